import { ApiProperty } from '@nestjs/swagger';

export class TpayPaymentStatusDto {
  @ApiProperty({ example: '0c7e3a52-4c1b-4b6e-8d7a-4a5c1b2d3e4f' })
  payId!: string;

  @ApiProperty({
    example: 'Created',
    description: 'Created or Processing, or for good: Succeeded, Failed, Expired or Returned.',
  })
  status!: string;

  @ApiProperty({ example: 18.4, description: 'In lari.' })
  amount!: number;
}
