import { ApiProperty } from '@nestjs/swagger';
import { IsIBAN } from 'class-validator';
import { CURRENCIES, type Currency, IsCurrency } from '../../common/money.js';

export class AccountParamsDto {
  @ApiProperty({ example: 'GE85TB7000000000000001' })
  @IsIBAN()
  iban!: string;

  @ApiProperty({ enum: CURRENCIES, example: 'GEL' })
  @IsCurrency()
  currency!: Currency;
}
