import { BadGatewayException, UnprocessableEntityException } from '@nestjs/common';
import { isAxiosError } from 'axios';
import type { Merchant } from '../merchants/merchant.js';
import type { BalanceDto } from './dto/balance.dto.js';
import type { CreatePayoutDto } from './dto/create-payout.dto.js';
import type { PayoutState } from './dto/payout.dto.js';

const CURRENCY = 'GEL';

/** A request may hold up to ten orders; here it holds one. */
const POSITION = 1;

/** TBC's answer to orders, by their positions: some may have failed, whatever the status of the answer. */
export interface TbcImport {
  readonly succeeded?: readonly (TbcTransfer & { readonly position: number })[];
  readonly failed?: readonly { readonly position: number }[];
}

export interface TbcTransfer {
  readonly transferId: number | string;
}

export interface TbcTransferStatus {
  readonly status: string;
}

export interface TbcBalance {
  readonly availableBalance: number;
}

export function toTbcOrders({ iban }: Merchant, payout: CreatePayoutDto, idempotencyKey: string) {
  const order = {
    transferType: isAtTbc(payout.iban) ? 'TransferWithinBank' : 'TransferToOtherBankNationalCurrency',
    transferExternalId: idempotencyKey,
    position: POSITION,
    debitAccount: { accountNumber: iban, accountCurrencyCode: CURRENCY },
    creditAccount: { accountNumber: payout.iban, accountCurrencyCode: CURRENCY },
    beneficiaryName: payout.recipient,
    amount: { amount: payout.amount, currency: CURRENCY },
    description: payout.description,
  };
  return { singleTransferOrders: [order] };
}

/** The bank of a Georgian account stands in its IBAN after the check digits. */
function isAtTbc(iban: string): boolean {
  return iban.slice(4, 6) === 'TB';
}

/**
 * The id of the one transfer. A status of 200 alone is no success: the order must be among the succeeded ones.
 * @throws UnprocessableEntityException if it is among the failed ones
 * @throws BadGatewayException if it is in neither list
 */
export function transferIdOf({ succeeded, failed }: TbcImport): string {
  const made = succeeded?.find(({ position }) => position === POSITION);
  if (made !== undefined) return String(made.transferId);
  if (failed?.some(({ position }) => position === POSITION)) {
    throw new UnprocessableEntityException('The bank refuses this payout and has made no transfer.');
  }
  throw new BadGatewayException('The bank does not say what became of the payout.');
}

/** Whether the bank answers that it has seen this `transferExternalId`: the payout was made before. */
export function isRepeatedTransfer(error: unknown): boolean {
  if (!isAxiosError<{ code?: unknown } | undefined>(error)) return false;
  const { status, data } = error.response ?? {};
  return status === 400 && data?.code === 'DUPLICATED_SINGLE_TRANSFER_REQUEST';
}

/** The bank has further words for a transfer that is neither done nor failed, and may get more. */
export function toPayoutState({ status }: TbcTransferStatus): PayoutState {
  switch (status.toLowerCase()) {
    case 'finished':
      return 'finished';
    case 'failed':
    case 'error':
    case 'cancelled':
    case 'deleted':
      return 'failed';
    default:
      return 'in-progress';
  }
}

export function balancePathOf({ iban }: Merchant): string {
  return `/bab/v1/accounts/${iban}/balances/${CURRENCY}`;
}

export function toBalance(merchant: Merchant, { availableBalance }: TbcBalance): BalanceDto {
  return { merchantId: merchant.id, available: availableBalance, currency: CURRENCY };
}
