import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, Length, Max, Min } from 'class-validator';
import { IsAmount } from '../../common/money.js';

export class InstallmentProductDto {
  @ApiProperty({ example: 'Washing machine' })
  @IsString()
  @Length(1, 200)
  name!: string;

  @ApiProperty({ example: 899.99, description: 'Price of one, in lari.' })
  @IsAmount()
  price!: number;

  @ApiProperty({ example: 1 })
  @IsInt()
  @Min(1)
  @Max(1_000)
  quantity!: number;
}
