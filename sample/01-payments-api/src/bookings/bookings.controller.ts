import { HttpService } from '@nestjs/axios';
import { Body, Controller, Delete, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { InjectBankHttp } from 'nestjs-bank-auth';
import { map, type Observable } from 'rxjs';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { BookingDto } from './dto/booking.dto.js';
import { BookingParamsDto } from './dto/booking-params.dto.js';
import { CreateBookingDto } from './dto/create-booking.dto.js';

/**
 * The partner's page documents its tokens and their scopes, but no resource. Only the simulator has these paths and
 * bodies: replace them by the partner's own.
 */
const BOOKINGS = '/api/bookings';

@ApiTags("Bookings (partner; these paths are the simulator's own)")
@ApiProblems()
@Controller('bookings')
export class BookingsController {
  constructor(@InjectBankHttp('partner') private readonly partner: HttpService) {}

  @Post()
  @ApiOperation({
    operationId: 'createBooking',
    summary: 'Makes a booking at the partner',
    description: 'Only the simulator has this resource: the partner documents none.',
  })
  @ApiCreatedResponse({
    type: BookingDto,
    links: { delete: { operationId: 'deleteBooking', parameters: { id: '$response.body#/id' } } },
  })
  create(@Body() booking: CreateBookingDto): Observable<BookingDto> {
    return this.partner
      .post<BookingDto>(BOOKINGS, booking)
      .pipe(map(({ data: { id, status } }) => ({ id, status })));
  }

  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({
    operationId: 'deleteBooking',
    summary: 'Deletes a booking at the partner',
    description:
      'The id comes from POST /bookings. Only the simulator has this resource: the partner documents none.',
  })
  @ApiNoContentResponse()
  delete(@Param() { id }: BookingParamsDto): Observable<void> {
    return this.partner.delete(`${BOOKINGS}/${id}`).pipe(map(() => undefined));
  }
}
