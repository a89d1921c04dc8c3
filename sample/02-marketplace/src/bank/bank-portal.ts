import type { Credentials } from 'nestjs-bank-auth';

/**
 * What a merchant does in its bank's portal, by hand: it lets the marketplace act for it, replaces the secret, ends all
 * of it. Banks have no API for that, so only a simulated bank implements this.
 */
export abstract class BankPortal {
  abstract issue(merchant: string): Credentials;

  /** @param overlap milliseconds in which the bank accepts the old secret as well */
  abstract rotate(merchant: string, overlap: number): Credentials;

  abstract withdraw(merchant: string): void;
}
