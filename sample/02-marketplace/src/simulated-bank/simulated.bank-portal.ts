import { Injectable } from '@nestjs/common';
import type { Credentials } from 'nestjs-bank-auth';
import { BankSimulator, type SimulatedBank } from 'nestjs-bank-auth/testing';
import type { BankPortal } from '../bank/bank-portal.js';

/** Each merchant is a client of its own at the simulated bank. */
@Injectable()
export class SimulatedBankPortal implements BankPortal {
  readonly #bank: SimulatedBank;
  readonly #clientIds = new Map<string, string>();

  constructor(simulator: BankSimulator) {
    this.#bank = simulator.bank('tbc-business');
  }

  issue(merchant: string): Credentials {
    const credentials = this.#bank.addMerchant();
    this.#clientIds.set(merchant, credentials.clientId);
    return credentials;
  }

  rotate(merchant: string, overlap: number): Credentials {
    return this.#bank.rotateCredentials({ clientId: this.clientIdOf(merchant), overlap });
  }

  withdraw(merchant: string): void {
    this.#bank.removeMerchant(this.clientIdOf(merchant));
  }

  clientIdOf(merchant: string): string {
    const clientId = this.#clientIds.get(merchant);
    if (clientId === undefined) throw new Error(`The bank does not know the merchant ${merchant}.`);
    return clientId;
  }
}
