import type { BankSimulator, SimulatedBank } from '../testing/index.js';
import { BANK_DID } from './devtools.messages.js';

/** Milliseconds: longer than anybody likes to wait, shorter than any time-out. */
const SLOW = 3_000;
/** Milliseconds: a lifetime whose end a person at the page can see. */
const SHORT = 30_000;

/** The actions of the page's buttons. */
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
 * Performs an action on a simulated bank.
 * @returns a sentence on the bank's new behaviour; undefined if there is no such bank or action
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
