import { ApiProperty } from '@nestjs/swagger';

export class TpayPaymentDto {
  @ApiProperty({ example: '0c7e3a52-4c1b-4b6e-8d7a-4a5c1b2d3e4f' })
  payId!: string;

  @ApiProperty({ example: 'https://tpay.ge/qr/qr-fa22871022', description: 'What the QR code says.' })
  qrCode!: string;
}
