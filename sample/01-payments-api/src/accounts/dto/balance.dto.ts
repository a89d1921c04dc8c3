import { ApiProperty } from '@nestjs/swagger';

export class BalanceDto {
  @ApiProperty({ example: 'GE85TB7000000000000001' })
  iban!: string;

  @ApiProperty({ example: 'GEL' })
  currency!: string;

  @ApiProperty({ example: 10_000 })
  available!: number;

  @ApiProperty({ example: 10_000 })
  current!: number;
}
