import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsString, Length, Max, Min } from 'class-validator';
import { IsAmount } from '../../common/money.js';

export class OrderItemDto {
  @ApiProperty({ example: 'coffee-250g' })
  @IsString()
  @Length(1, 64)
  productId!: string;

  @ApiProperty({ example: 2 })
  @IsInt()
  @Min(1)
  @Max(10_000)
  quantity!: number;

  @ApiProperty({ example: 12.5, description: 'Price of one, in the main unit of the currency.' })
  @IsAmount()
  unitPrice!: number;
}
