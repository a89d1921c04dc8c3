import { HttpService } from '@nestjs/axios';
import { Injectable, NotFoundException } from '@nestjs/common';
import { InjectBankHttp } from 'nestjs-bank-auth';
import { map, type Observable } from 'rxjs';
import type { Merchant } from '../merchants/merchant.js';
import type { BalanceDto } from './dto/balance.dto.js';
import type { CreatePayoutDto } from './dto/create-payout.dto.js';
import type { PayoutDto } from './dto/payout.dto.js';
import {
  balancePathOf,
  type TbcBalance,
  type TbcStatement,
  type TbcTransfer,
  toBalance,
  toBookedPayout,
  toStatementQuery,
  toTbcTransfer,
} from './tbc-transfer.js';

/**
 * Payouts at TBC Bank, each made as the merchant whose money it is. There is one of this service for all merchants, and
 * whom a call is for goes along with it like any other argument: no request scope, nothing ambient to be wrong.
 */
@Injectable()
export class PayoutsService {
  constructor(@InjectBankHttp('tbc-business') private readonly tbc: HttpService) {}

  /**
   * @param idempotencyKey the client's own, the same for each attempt at one payout: the bank makes one transfer of
   *   each `transferExternalId`. That is also why the call may be replayed where the bank refuses its token.
   */
  create(merchant: Merchant, payout: CreatePayoutDto, idempotencyKey: string): Observable<PayoutDto> {
    return this.tbc
      .post<TbcTransfer>('/bab/v1/transfers/single', toTbcTransfer(merchant, payout, idempotencyKey), {
        bankAuth: { merchant: merchant.id, replay: true },
      })
      .pipe(
        map(({ data }) => ({
          id: data.transferId,
          merchantId: merchant.id,
          state: 'in-progress',
          amount: payout.amount,
        })),
      );
  }

  /** From the bank's statement of the merchant's account: what another merchant paid out does not exist there. */
  find(merchant: Merchant, payoutId: string): Observable<PayoutDto> {
    return this.tbc
      .get<TbcStatement>('/bab/v1/accounts/statements', {
        params: toStatementQuery(merchant),
        bankAuth: { merchant: merchant.id },
      })
      .pipe(
        map(({ data }) => {
          const transaction = data.transactions.find(({ transferId }) => transferId === payoutId);
          if (transaction === undefined) throw new NotFoundException('There is no such payout.');
          return toBookedPayout(merchant, transaction);
        }),
      );
  }

  balance(merchant: Merchant): Observable<BalanceDto> {
    return this.tbc
      .get<TbcBalance>(balancePathOf(merchant), { bankAuth: { merchant: merchant.id } })
      .pipe(map(({ data }) => toBalance(merchant, data)));
  }
}
