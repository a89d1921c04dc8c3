import type { INestApplicationContext } from '@nestjs/common';
import { BankSimulator, type SimulatedBank } from 'nestjs-bank-auth/testing';
import { SimulatedBankPortal } from '../simulated-bank/simulated.bank-portal.js';

/** The bank's records: the half of the story that no client of the service can tell. */
export class BankRecords {
  readonly #bank: SimulatedBank;
  readonly #portal: SimulatedBankPortal;

  constructor(app: INestApplicationContext) {
    this.#bank = app.get(BankSimulator, { strict: false }).bank('tbc-business');
    this.#portal = app.get(SimulatedBankPortal, { strict: false });
  }

  get requests(): number {
    return this.#bank.tokenRequests + this.#bank.apiRequests;
  }

  tokenCallsOf(merchant: string): number {
    const clientId = this.#portal.clientIdOf(merchant);
    return this.#bank.requests.filter((request) => request.kind === 'token' && request.clientId === clientId)
      .length;
  }

  /** Whether the merchant's last token request had its current secret. */
  hasNewSecret(merchant: string): boolean {
    const clientId = this.#portal.clientIdOf(merchant);
    const current = this.#bank.merchants.find((client) => client.clientId === clientId);
    const last = this.#bank.requests.findLast(
      (request) => request.kind === 'token' && request.clientId === clientId,
    );
    const basic = Buffer.from(`${clientId}:${current?.clientSecret}`).toString('base64');
    return last?.headers.authorization === `Basic ${basic}`;
  }

  /** Transfers from an account: the number with a token of that merchant's own, and with another's. */
  transfersFrom(iban: string, merchant: string): { readonly own: number; readonly others: number } {
    const clientId = this.#portal.clientIdOf(merchant);
    const transfers = this.#bank.requests.filter(
      ({ method, path, body }) =>
        method === 'POST' && path.endsWith('/transfers/single') && debitAccountsOf(body).includes(iban),
    );
    const own = transfers.filter((transfer) => transfer.clientId === clientId).length;
    return { own, others: transfers.length - own };
  }
}

function debitAccountsOf(body: string): string[] {
  const { singleTransferOrders } = JSON.parse(body) as {
    singleTransferOrders: { debitAccount: { accountNumber: string } }[];
  };
  return singleTransferOrders.map(({ debitAccount }) => debitAccount.accountNumber);
}
