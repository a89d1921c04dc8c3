import { ApiProperty } from '@nestjs/swagger';

export class BalanceDto {
  @ApiProperty({ example: 'vineyard' })
  merchantId!: string;

  @ApiProperty({ example: 9879.5 })
  available!: number;

  @ApiProperty({ example: 'GEL' })
  currency!: string;
}
