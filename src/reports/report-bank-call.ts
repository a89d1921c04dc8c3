import { isBankAuthError } from '../errors/index.js';
import { type BankCallReport, keepReport } from './bank-call-report.js';
import { isBeforeSending } from './before-sending.js';

/** The report of a call by a double of a bank's client; only the provider is required. */
export interface DoubledBankCall extends Partial<Omit<BankCallReport, 'provider'>> {
  readonly provider: string;
  /** Whether the request has a safe method, or carries the bank's idempotency header. Default `false`. */
  readonly repeatable?: boolean;
}

/**
 * Registers the result or error of a double of a bank's client, in a test, for `bankCallOf` and `isSafeToRepeat`. The
 * default of `delivery` is `answered` with a `status`; `not-sent` for an error of this package with
 * `requestSent: false`, and for an error whose code says that the host is unknown, refuses the connection or is not
 * trusted; else `unknown`.
 * @param outcome a response or an error; a primitive value is ignored
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
