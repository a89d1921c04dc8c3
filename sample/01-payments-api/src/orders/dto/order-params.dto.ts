import { ApiProperty } from '@nestjs/swagger';
import { IsBankReference } from '../../common/is-bank-reference.decorator.js';

export class OrderParamsDto {
  @ApiProperty({ description: 'The id that POST /orders answered with.' })
  @IsBankReference()
  id!: string;
}
