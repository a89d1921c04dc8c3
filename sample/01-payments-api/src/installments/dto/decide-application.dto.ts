import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, Length } from 'class-validator';

const DECISIONS = ['confirm', 'cancel'] as const;

export class DecideApplicationDto {
  @ApiProperty({
    example: '000000000-aaaa-bbbb',
    description: 'The key that the application was started with.',
  })
  @IsString()
  @Length(1, 100)
  merchantKey!: string;

  @ApiProperty({
    enum: DECISIONS,
    example: 'confirm',
    description: 'Whether the shop delivers. A decision is for good.',
  })
  @IsIn(DECISIONS)
  decision!: (typeof DECISIONS)[number];
}
