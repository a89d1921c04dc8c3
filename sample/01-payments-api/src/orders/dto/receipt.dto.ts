import { ApiProperty } from '@nestjs/swagger';

export class ReceiptDto {
  @ApiProperty({ example: '5f1c0c7a-6f0e-4d1f-9d5e-0d8f6a1f2b3c' })
  orderId!: string;

  @ApiProperty({ example: 'order-1001', type: String, nullable: true })
  externalOrderId!: string | null;

  @ApiProperty({
    example: 'created',
    description:
      'created, processing, completed, rejected, refund_requested, refunded, refunded_partially, auth_requested, blocked or partial_completed',
  })
  status!: string;

  @ApiProperty({ example: '25.00' })
  amount!: string;

  @ApiProperty({ example: 'GEL' })
  currency!: string;
}
