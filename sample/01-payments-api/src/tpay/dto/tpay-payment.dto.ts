import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class TpayPaymentDto {
  @ApiProperty({ example: '0c7e3a52-4c1b-4b6e-8d7a-4a5c1b2d3e4f' })
  payId!: string;

  @ApiProperty({ example: 'Created' })
  status!: string;

  @ApiPropertyOptional({
    example: 'https://ecom.tbcpayments.ge/?payId=0c7e3a52',
    description: 'What the QR code says.',
  })
  approvalUrl?: string;
}
