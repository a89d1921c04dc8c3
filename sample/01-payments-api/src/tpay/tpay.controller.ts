import { Body, Controller, Get, HttpCode, HttpStatus, Logger, Param, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiExcludeEndpoint,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { map, type Observable } from 'rxjs';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { CreateTpayPaymentDto } from './dto/create-tpay-payment.dto.js';
import { TpayCallbackDto } from './dto/tpay-callback.dto.js';
import { TpayParamsDto } from './dto/tpay-params.dto.js';
import { TpayPaymentDto } from './dto/tpay-payment.dto.js';
import { TpayPaymentStatusDto } from './dto/tpay-payment-status.dto.js';
import { TpayService } from './tpay.service.js';

@ApiTags('tpay (TBC Bank, payments by QR code)')
@ApiProblems()
@Controller('tpay')
export class TpayController {
  private readonly logger = new Logger(TpayController.name);

  constructor(private readonly tpay: TpayService) {}

  @Post('payments')
  @ApiOperation({
    operationId: 'createTpayPayment',
    summary: 'Creates a payment that the customer approves by scanning a QR code at a till',
    description:
      'This call has no idempotency key. If the bank refuses the token of a payment, the payment is not sent again by itself; the answer is 502 and the next call has a new token.',
  })
  @ApiCreatedResponse({
    type: TpayPaymentDto,
    links: { status: { operationId: 'getTpayPayment', parameters: { payId: '$response.body#/payId' } } },
  })
  create(@Body() payment: CreateTpayPaymentDto): Observable<TpayPaymentDto> {
    return this.tpay.create(payment);
  }

  @Get('payments/:payId')
  @ApiOperation({
    operationId: 'getTpayPayment',
    summary: 'Says how far a payment has got',
    description: 'The payId comes from POST /tpay/payments.',
  })
  @ApiOkResponse({ type: TpayPaymentStatusDto })
  status(@Param() { payId }: TpayParamsDto): Observable<TpayPaymentStatusDto> {
    return this.tpay.status(payId);
  }

  /**
   * For the bank, which only says which payment has ended. Anybody can send this, so it proves nothing: the result is
   * the bank's answer to a question of ours.
   */
  @Post('callback')
  @HttpCode(HttpStatus.OK)
  @ApiExcludeEndpoint()
  callback(@Body() { PaymentId }: TpayCallbackDto): Observable<void> {
    return this.tpay.status(PaymentId).pipe(
      map(({ status }) => {
        this.logger.log(`Payment ${PaymentId} is ${status}.`);
      }),
    );
  }
}
