import { externalIdOf, type SingleTransferOrder } from './tbc-business.orders.js';

export interface Transfer {
  readonly transferId: number;
  readonly position: number;
  readonly order: SingleTransferOrder;
  /** Epoch in milliseconds. */
  readonly bookedAt: number;
}

/** One side of a transfer. */
export interface Movement {
  readonly id: string;
  readonly transfer: Transfer;
  readonly iban: string;
  readonly isDebit: boolean;
  /** In hundredths. */
  readonly amount: number;
}

export interface MovementFilter {
  readonly iban?: string;
  readonly currency?: string;
  /** Epochs in milliseconds; `until` is excluded. */
  readonly from?: number;
  readonly until?: number;
}

/** The balance of every account at the start, in hundredths of its currency. */
const OPENING_BALANCE = 10_000_00;

const hundredths = (amount: number) => Math.round(amount * 100);

/** The transfers of one client, and their effects on accounts. A transfer is booked when its order arrives. */
export class Ledger {
  readonly #transfers = new Map<number, Transfer>();
  readonly #byExternalId = new Map<string, Transfer>();
  readonly #movements = new Map<string, Movement>();

  /** @param nextId gives ids that are unique among all clients' transfers */
  constructor(private readonly nextId: () => number) {}

  transfer(transferId: number): Transfer | undefined {
    return this.#transfers.get(transferId);
  }

  byExternalId(externalId: string): Transfer | undefined {
    return this.#byExternalId.get(externalId);
  }

  movement(id: string): Movement | undefined {
    return this.#movements.get(id);
  }

  book(order: SingleTransferOrder, position: number): Transfer {
    const transfer: Transfer = { transferId: this.nextId(), position, order, bookedAt: Date.now() };
    this.#transfers.set(transfer.transferId, transfer);
    const externalId = externalIdOf(order);
    if (externalId !== undefined) this.#byExternalId.set(externalId, transfer);
    const sides = [order.debitAccount, order.creditAccount];
    for (const [side, account] of sides.entries()) {
      if (!account) continue;
      const id = `${String(transfer.transferId).padStart(12, '0')}.${side + 1}`;
      const amount = hundredths(order.amount.amount);
      this.#movements.set(id, { id, transfer, iban: account.accountNumber, isDebit: side === 0, amount });
    }
    return transfer;
  }

  /** In the order of booking. */
  movements({ iban, currency, from = 0, until = Number.POSITIVE_INFINITY }: MovementFilter): Movement[] {
    return [...this.#movements.values()].filter(
      (movement) =>
        (iban === undefined || movement.iban === iban) &&
        (currency === undefined || movement.transfer.order.amount.currency === currency) &&
        movement.transfer.bookedAt >= from &&
        movement.transfer.bookedAt < until,
    );
  }

  /** In hundredths, before `until`. */
  balance(iban: string, currency: string, until?: number): number {
    return this.movements({ iban, currency, until }).reduce(
      (sum, { isDebit, amount }) => sum + (isDebit ? -amount : amount),
      OPENING_BALANCE,
    );
  }

  covers({ debitAccount, amount }: SingleTransferOrder): boolean {
    return hundredths(amount.amount) <= this.balance(debitAccount.accountNumber, amount.currency);
  }
}
