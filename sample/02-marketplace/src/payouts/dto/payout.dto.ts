import { ApiProperty } from '@nestjs/swagger';

const STATES = ['in-progress', 'finished', 'failed'] as const;

export type PayoutState = (typeof STATES)[number];

export class PayoutDto {
  @ApiProperty({ example: '502341', description: 'As the bank calls it.' })
  id!: string;

  @ApiProperty({ example: 'vineyard' })
  merchantId!: string;

  @ApiProperty({ enum: STATES, example: 'finished' })
  state!: string;
}
