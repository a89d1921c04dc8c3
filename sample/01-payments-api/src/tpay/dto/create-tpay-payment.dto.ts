import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { IsHttpsUrl } from '../../common/is-https-url.decorator.js';
import { CURRENCIES, type Currency, IsAmount, IsCurrency } from '../../common/money.js';

export class CreateTpayPaymentDto {
  @ApiProperty({ example: 18.4 })
  @IsAmount()
  amount!: number;

  @ApiProperty({ enum: CURRENCIES, example: 'GEL' })
  @IsCurrency()
  currency!: Currency;

  @ApiProperty({ example: 'till-7-000123', description: "The shop's own number of the payment." })
  @IsString()
  @Length(1, 64)
  merchantPaymentId!: string;

  @ApiProperty({
    example: 'https://shop.example/payments/tpay',
    description: 'Where the bank reports the result.',
  })
  @IsHttpsUrl()
  callbackUrl!: string;
}
