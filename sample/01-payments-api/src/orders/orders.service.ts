import { HttpService } from '@nestjs/axios';
import { Injectable } from '@nestjs/common';
import { InjectBankHttp } from 'nestjs-bank-auth';
import { map, type Observable } from 'rxjs';
import { type BogOrder, type BogReceipt, toBogOrderRequest, toOrder, toReceipt } from './bog-order.js';
import type { CreateOrderDto } from './dto/create-order.dto.js';
import type { OrderDto } from './dto/order.dto.js';
import type { ReceiptDto } from './dto/receipt.dto.js';

/** Orders at Bank of Georgia, the same for clients over HTTP and over TCP. */
@Injectable()
export class OrdersService {
  constructor(@InjectBankHttp('bog-payments') private readonly bog: HttpService) {}

  /**
   * @param idempotencyKey the client's own. A new key for each attempt would be worthless: a client that saw a time-out
   *   and asks again would get a second order, and its customer could pay twice. With the client's key, the bank
   *   answers the second attempt with the first order.
   */
  create(order: CreateOrderDto, idempotencyKey: string): Observable<OrderDto> {
    return this.bog
      .post<BogOrder>('/payments/v1/ecommerce/orders', toBogOrderRequest(order), {
        headers: { 'Idempotency-Key': idempotencyKey },
      })
      .pipe(map(({ data }) => toOrder(data)));
  }

  receipt(id: string): Observable<ReceiptDto> {
    return this.bog.get<BogReceipt>(`/payments/v1/receipt/${id}`).pipe(map(({ data }) => toReceipt(data)));
  }
}
