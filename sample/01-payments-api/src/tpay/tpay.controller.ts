import { HttpService } from '@nestjs/axios';
import { Body, Controller, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { InjectBankHttp } from 'nestjs-bank-auth';
import { map, type Observable } from 'rxjs';
import { ApiProblems } from '../common/api-problems.decorator.js';
import { CreateTpayPaymentDto } from './dto/create-tpay-payment.dto.js';
import { TpayPaymentDto } from './dto/tpay-payment.dto.js';

/** What TBC answers to a new payment; only the members that are used here. */
interface TbcPayment {
  readonly payId: string;
  readonly status: string;
  readonly links?: readonly { readonly uri: string; readonly rel: string }[];
}

@ApiTags('tpay (TBC Bank, payments by QR code)')
@ApiProblems()
@Controller('tpay/payments')
export class TpayController {
  constructor(@InjectBankHttp('tbc-tpay') private readonly tpay: HttpService) {}

  @Post()
  @ApiOperation({
    operationId: 'createTpayPayment',
    summary: 'Creates a payment that the customer approves by scanning a QR code',
    description:
      'This call has no idempotency key. If the bank refuses the token of a payment, the payment is not sent again by itself; the answer is 502 and the next call has a new token.',
  })
  @ApiCreatedResponse({ type: TpayPaymentDto })
  create(@Body() payment: CreateTpayPaymentDto): Observable<TpayPaymentDto> {
    const { amount, currency, merchantPaymentId, callbackUrl } = payment;
    return this.tpay
      .post<TbcPayment>('/v2/tpay/qr', {
        amount: { currency, total: amount },
        merchantPaymentId,
        callbackUrl,
      })
      .pipe(
        map(({ data: { payId, status, links = [] } }) => ({
          payId,
          status,
          approvalUrl: links.find(({ rel }) => rel === 'approval_url')?.uri,
        })),
      );
  }
}
