import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsString, Length, ValidateNested } from 'class-validator';
import { IsHttpsUrl } from '../../common/is-https-url.decorator.js';
import { CURRENCIES, type Currency, IsCurrency } from '../../common/money.js';
import { OrderItemDto } from './order-item.dto.js';

export class CreateOrderDto {
  @ApiProperty({ example: 'order-1001', description: "The shop's own number of the order." })
  @IsString()
  @Length(1, 64)
  externalOrderId!: string;

  @ApiProperty({ enum: CURRENCIES, example: 'GEL' })
  @IsCurrency()
  currency!: Currency;

  @ApiProperty({ type: [OrderItemDto] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => OrderItemDto)
  items!: OrderItemDto[];

  @ApiProperty({
    example: 'https://shop.example/payments/callback',
    description: 'Where the bank reports the result.',
  })
  @IsHttpsUrl()
  callbackUrl!: string;

  @ApiProperty({ example: 'https://shop.example/thank-you' })
  @IsHttpsUrl()
  successUrl!: string;

  @ApiProperty({ example: 'https://shop.example/payment-failed' })
  @IsHttpsUrl()
  failUrl!: string;
}
