import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsOptional,
  IsString,
  Length,
  ValidateNested,
} from 'class-validator';
import { InstallmentProductDto } from './installment-product.dto.js';

export class StartApplicationDto {
  @ApiProperty({
    example: '000000000-aaaa-bbbb',
    description: 'The key of the shop that sells, as the bank gave it out.',
  })
  @IsString()
  @Length(1, 100)
  merchantKey!: string;

  @ApiProperty({ example: 'invoice-2001', description: "The shop's own number of the sale." })
  @IsString()
  @Length(1, 64)
  invoiceId!: string;

  @ApiPropertyOptional({ example: '204', description: 'A campaign agreed with the bank.' })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  campaignId?: string;

  @ApiProperty({ type: [InstallmentProductDto] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => InstallmentProductDto)
  products!: InstallmentProductDto[];
}
