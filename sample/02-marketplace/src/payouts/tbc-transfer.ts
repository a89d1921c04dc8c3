import type { Merchant } from '../merchants/merchant.js';
import type { BalanceDto } from './dto/balance.dto.js';
import type { CreatePayoutDto } from './dto/create-payout.dto.js';
import type { PayoutDto } from './dto/payout.dto.js';

const CURRENCY = 'GEL';

/** What TBC answers to a transfer; only the members that are used here, as in the other answers. */
export interface TbcTransfer {
  readonly transferId: string;
}

/** What has happened on an account. */
export interface TbcStatement {
  readonly transactions: readonly TbcTransaction[];
}

interface TbcTransaction extends TbcTransfer {
  readonly date: string;
  /** Negative where money left the account. */
  readonly amount: number;
}

export interface TbcBalance {
  readonly availableBalance: number;
}

export function toTbcTransfer(merchant: Merchant, payout: CreatePayoutDto, idempotencyKey: string) {
  return {
    transferExternalId: idempotencyKey,
    debitAccount: merchant.iban,
    creditAccount: payout.iban,
    beneficiaryName: payout.recipient,
    amount: payout.amount,
    currency: CURRENCY,
    description: payout.description,
  };
}

export function toStatementQuery({ iban }: Merchant) {
  return { accountNumber: iban, currency: CURRENCY };
}

export function balancePathOf({ iban }: Merchant): string {
  return `/bab/v1/accounts/${iban}/balances/${CURRENCY}`;
}

export function toBookedPayout(merchant: Merchant, { transferId, amount, date }: TbcTransaction): PayoutDto {
  return { id: transferId, merchantId: merchant.id, state: 'booked', amount: -amount, bookedAt: date };
}

export function toBalance(merchant: Merchant, { availableBalance }: TbcBalance): BalanceDto {
  return { merchantId: merchant.id, available: availableBalance, currency: CURRENCY };
}
