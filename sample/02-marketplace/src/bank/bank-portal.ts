import type { Credentials } from 'nestjs-bank-auth';

/**
 * A merchant's actions in its bank's portal, by hand: it lets the marketplace act for it, replaces the secret, or ends
 * the permission. Banks have no API for that, so only a simulated bank implements this.
 */
export abstract class BankPortal {
  abstract issue(merchant: string): Credentials;

  /** @param overlap milliseconds in which the bank accepts the old secret as well */
  abstract rotate(merchant: string, overlap: number): Credentials;

  abstract withdraw(merchant: string): void;
}
