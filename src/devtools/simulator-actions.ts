import type { BankSimulator, SimulatedBank } from '../testing/index.js';
import { BANK_DID } from './devtools.messages.js';

/** Milliseconds: longer than anybody likes to wait, shorter than any time-out. */
const SLOW = 3_000;
/** Milliseconds: a life that somebody who looks can see to its end. */
const SHORT = 30_000;

/** What the page's buttons do to a bank. */
const ACTIONS: ReadonlyMap<string, (bank: SimulatedBank) => void> = new Map([
  ['unavailable', (bank) => bank.failToken('unavailable')],
  ['slow', (bank) => bank.setLatency({ token: SLOW, api: SLOW })],
  ['revoke', (bank) => bank.revoke()],
  ['refuse', (bank) => bank.refuseAllTokens()],
  ['reject', (bank) => bank.failToken('rejected')],
  ['short', (bank) => bank.setLifetime(SHORT)],
  ['heal', (bank) => bank.recover()],
]);

/**
 * Does it.
 * @returns what was done, in a sentence; undefined where there is no such bank or action
 */
export function letBank(
  simulator: BankSimulator | undefined,
  params: Readonly<Record<string, string | undefined>> = {},
): string | undefined {
  const bank = simulator?.banks.find(({ id }) => id === params.bank);
  const action = ACTIONS.get(params.action ?? '');
  const said = BANK_DID.get(params.action ?? '');
  if (bank === undefined || action === undefined || said === undefined) return undefined;
  action(bank);
  return said(bank.id);
}
