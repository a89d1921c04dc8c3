import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class PayoutDto {
  @ApiProperty({ example: '5f1c0c7a-6f0e-4d1f-9d5e-0d8f6a1f2b3c', description: 'As the bank calls it.' })
  id!: string;

  @ApiProperty({ example: 'vineyard' })
  merchantId!: string;

  @ApiProperty({ enum: ['in-progress', 'booked'], example: 'booked' })
  state!: string;

  @ApiProperty({ example: 120.5, description: 'In lari.' })
  amount!: number;

  @ApiPropertyOptional({ example: '2030-01-31T18:00:00.000Z' })
  bookedAt?: string;
}
