import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';
import { IsHttpsUrl } from '../../common/is-https-url.decorator.js';
import { IsAmount } from '../../common/money.js';

export class CreateTpayPaymentDto {
  @ApiProperty({ example: 18.4, description: 'In lari: the bank takes no other currency here.' })
  @IsAmount()
  amount!: number;

  @ApiProperty({ example: 'till-7', description: 'The till that shows the QR code, as the bank numbers it.' })
  @IsString()
  @Length(1, 64)
  terminalNo!: string;

  @ApiProperty({ example: 'till-7-000123', description: "The shop's own number of the payment." })
  @IsString()
  @Length(1, 64)
  merchantPaymentId!: string;

  @ApiPropertyOptional({
    example: 'https://shop.example/tpay/callback',
    description: 'Where the bank reports that the payment has ended: this service, at POST /tpay/callback.',
  })
  @IsOptional()
  @IsHttpsUrl()
  callbackUrl?: string;
}
