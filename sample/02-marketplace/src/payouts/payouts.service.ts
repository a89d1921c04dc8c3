import { HttpService } from '@nestjs/axios';
import { BadGatewayException, Injectable, NotFoundException } from '@nestjs/common';
import { isAxiosError } from 'axios';
import { InjectBankHttp } from 'nestjs-bank-auth';
import { catchError, map, type Observable, switchMap, throwError } from 'rxjs';
import type { Merchant } from '../merchants/merchant.js';
import type { BalanceDto } from './dto/balance.dto.js';
import type { CreatePayoutDto } from './dto/create-payout.dto.js';
import type { PayoutDto } from './dto/payout.dto.js';
import {
  balancePathOf,
  isRepeatedTransfer,
  type TbcBalance,
  type TbcImport,
  type TbcTransfer,
  type TbcTransferStatus,
  toBalance,
  toPayoutState,
  toTbcOrders,
  transferIdOf,
} from './tbc-transfer.js';

const TRANSFERS = '/bab/v1/transfers/single';

/**
 * Payouts at TBC Bank, each with the credentials of the merchant whose money it is. One instance serves all merchants,
 * and each call gets its merchant as an argument: no request scope, and no ambient state that could be wrong.
 */
@Injectable()
export class PayoutsService {
  constructor(@InjectBankHttp('tbc-business') private readonly tbc: HttpService) {}

  /**
   * @param idempotencyKey the client's own, the same for each attempt at one payout: the bank makes one transfer for
   *   each `transferExternalId`, and refuses a second. That is also why the call may be replayed if the bank refuses
   *   its token.
   * @throws UnprocessableEntityException if the bank made no transfer, though it answers 200
   */
  create(merchant: Merchant, payout: CreatePayoutDto, idempotencyKey: string): Observable<PayoutDto> {
    return this.tbc
      .post<TbcImport>(TRANSFERS, toTbcOrders(merchant, payout, idempotencyKey), {
        bankAuth: { merchant: merchant.id, replay: true },
      })
      .pipe(
        map(
          ({ data }): PayoutDto => ({
            id: transferIdOf(data),
            merchantId: merchant.id,
            state: 'in-progress',
          }),
        ),
        catchError((error: unknown) =>
          isRepeatedTransfer(error)
            ? this.made(merchant, idempotencyKey).pipe(switchMap((id) => this.find(merchant, id)))
            : throwError(() => error),
        ),
      );
  }

  /** The id of the transfer of an earlier attempt, whose answer may have been lost. */
  private made(merchant: Merchant, idempotencyKey: string): Observable<string> {
    return this.tbc
      .get<TbcTransfer>(`${TRANSFERS}/${idempotencyKey}`, { bankAuth: { merchant: merchant.id } })
      .pipe(
        map(({ data }) => String(data.transferId)),
        catchError((error: unknown) =>
          throwError(() =>
            statusOf(error) === 404
              ? new BadGatewayException('The bank knows this payout, but no transfer of it.')
              : error,
          ),
        ),
      );
  }

  /** Another merchant's payout does not exist under this one's token. */
  find(merchant: Merchant, payoutId: string): Observable<PayoutDto> {
    const none = () => new NotFoundException('There is no such payout.');
    // It becomes a segment of a path at the bank, so it must be an id as the bank issues it.
    if (!/^\d{1,19}$/.test(payoutId)) throw none();
    return this.tbc
      .get<TbcTransferStatus>(`${TRANSFERS}/${payoutId}/status`, { bankAuth: { merchant: merchant.id } })
      .pipe(
        map(({ data }) => ({ id: payoutId, merchantId: merchant.id, state: toPayoutState(data) })),
        catchError((error: unknown) => throwError(() => (statusOf(error) === 404 ? none() : error))),
      );
  }

  balance(merchant: Merchant): Observable<BalanceDto> {
    return this.tbc
      .get<TbcBalance>(balancePathOf(merchant), { bankAuth: { merchant: merchant.id } })
      .pipe(map(({ data }) => toBalance(merchant, data)));
  }
}

function statusOf(error: unknown): number | undefined {
  return isAxiosError(error) ? error.response?.status : undefined;
}
