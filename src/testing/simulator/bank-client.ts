import type { SimulatedCredentials } from './simulated-bank.types.js';

/** One client of a bank: its credentials change, its tokens and resources stay its own. */
export interface BankClient {
  credentials: Readonly<SimulatedCredentials>;
  /** The first credentials, to which an undone rotation leads back. */
  readonly original: Readonly<SimulatedCredentials>;
  /** The credentials before these, and the epoch in milliseconds until which they are valid too. */
  former: { readonly credentials: Readonly<SimulatedCredentials>; readonly until: number } | undefined;
}

/** The credentials that are valid now: the current ones first. */
export function goodCredentials({ credentials, former }: BankClient): Readonly<SimulatedCredentials>[] {
  return former && Date.now() < former.until ? [credentials, former.credentials] : [credentials];
}
