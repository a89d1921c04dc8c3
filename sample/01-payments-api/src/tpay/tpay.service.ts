import { HttpService } from '@nestjs/axios';
import { Injectable } from '@nestjs/common';
import { InjectBankHttp } from 'nestjs-bank-auth';
import { map, type Observable } from 'rxjs';
import type { CreateTpayPaymentDto } from './dto/create-tpay-payment.dto.js';
import type { TpayPaymentDto } from './dto/tpay-payment.dto.js';
import type { TpayPaymentStatusDto } from './dto/tpay-payment-status.dto.js';

/** TBC's answer; only the members that are used here. */
type TbcQrPayment = TpayPaymentDto;
type TbcQrStatus = TpayPaymentStatusDto;

const PAYMENTS = '/v2/tpay/qr';

/** Payments at tills, by QR code: tpay version 2. A web shop's payments are another product, `tbc-checkout`. */
@Injectable()
export class TpayService {
  constructor(@InjectBankHttp('tbc-tpay') private readonly tpay: HttpService) {}

  create(payment: CreateTpayPaymentDto): Observable<TpayPaymentDto> {
    return this.tpay
      .post<TbcQrPayment>(PAYMENTS, { ...payment, currency: 'GEL' })
      .pipe(map(({ data: { payId, qrCode } }) => ({ payId, qrCode })));
  }

  status(payId: string): Observable<TpayPaymentStatusDto> {
    return this.tpay
      .get<TbcQrStatus>(`${PAYMENTS}/${payId}`)
      .pipe(map(({ data: { status, amount } }) => ({ payId, status, amount })));
  }
}
