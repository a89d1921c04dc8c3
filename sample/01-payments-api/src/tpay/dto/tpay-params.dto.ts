import { ApiProperty } from '@nestjs/swagger';
import { IsBankReference } from '../../common/is-bank-reference.decorator.js';

export class TpayParamsDto {
  @ApiProperty({ description: 'The payment that POST /tpay/payments answered with.' })
  @IsBankReference()
  payId!: string;
}
