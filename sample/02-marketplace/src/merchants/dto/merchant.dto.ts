import { ApiProperty } from '@nestjs/swagger';
import { MERCHANT_STATES, type Merchant } from '../merchant.js';

export class MerchantDto implements Merchant {
  @ApiProperty({ example: 'vineyard' })
  id!: string;

  @ApiProperty({ example: 'Kakheti Vineyard' })
  name!: string;

  @ApiProperty({ example: 'GE27TB1100000000000001', description: 'The account that its payouts leave.' })
  iban!: string;

  @ApiProperty({ enum: MERCHANT_STATES, example: 'active' })
  state!: Merchant['state'];
}
