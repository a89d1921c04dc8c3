import { ApiProperty } from '@nestjs/swagger';
import { IsBankReference } from '../../common/is-bank-reference.decorator.js';

export class BookingParamsDto {
  @ApiProperty({ description: 'The id that POST /bookings answered with.' })
  @IsBankReference()
  id!: string;
}
