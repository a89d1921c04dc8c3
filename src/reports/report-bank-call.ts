import { isBankAuthError } from '../errors/index.js';
import { type BankCallReport, keepReport } from './bank-call-report.js';
import { isBeforeSending } from './before-sending.js';

/** What a double of a bank's client says of a call; all but the provider may be left out. */
export interface DoubledBankCall extends Partial<Omit<BankCallReport, 'provider'>> {
  readonly provider: string;
  /** Whether the request has a safe method, or carries the bank's idempotency header. Default `false`. */
  readonly repeatable?: boolean;
}

/**
 * Lets `bankCallOf` and `isSafeToRepeat` know what a double of a bank's client, in a test, returns or throws. Without
 * `delivery`, a `status` means that the call was answered; an error was not sent if it is one of this package that says
 * so, or its code says that the host is unknown, refuses the connection or is not trusted. Of any other nothing is known.
 * @param outcome a response or an error; anything but an object is left as it is
 * @returns the same outcome
 */
export function reportBankCall<T>(outcome: T, call: DoubledBankCall): T {
  const { repeatable = false, ...said } = call;
  const { status } = said;
  const report: BankCallReport = Object.freeze({
    merchant: 'default',
    delivery: status === undefined ? (wasNotSent(outcome) ? 'not-sent' : 'unknown') : 'answered',
    attempts: 1,
    tokenRefused: false,
    replayed: false,
    waitedForToken: 0,
    ...said,
  });
  keepReport({ report: () => report, isRepeatable: () => repeatable }, outcome);
  return outcome;
}

function wasNotSent(outcome: unknown): boolean {
  return isBankAuthError(outcome) ? outcome.requestSent === false : isBeforeSending(outcome);
}
