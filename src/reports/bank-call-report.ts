import { processWide } from '../copies/index.js';

/**
 * How far a request came. `not-sent`: no byte of it left this process. `answered`: a status line came. `unknown`: bytes
 * left, or may have left, and no status came, so the bank may have acted on them.
 */
export type BankCallDelivery = 'not-sent' | 'unknown' | 'answered';

/** The outcome of one call through a bank's `HttpService` or `fetch`. */
export interface BankCallReport {
  readonly provider: string;
  /** The merchant's name in messages: its label, never its key; `default` for the provider's own credentials. */
  readonly merchant: string;
  readonly delivery: BankCallDelivery;
  /** The HTTP status of the last answer, where one came. */
  readonly status?: number;
  /** HTTP requests of this call that began: 0, 1, or 2 with a replay. */
  readonly attempts: number;
  /** Whether the bank refused the token, once or twice. */
  readonly tokenRefused: boolean;
  /** Whether the request was sent again with another token. */
  readonly replayed: boolean;
  /** Milliseconds that the call waited for a token. */
  readonly waitedForToken: number;
}

/** The facts of a call, as long as its result or error is referenced. */
export interface ReportedCall {
  report(): BankCallReport;
  /** Whether a second request has no effect of its own: a safe method, or the bank's idempotency header. */
  isRepeatable(): boolean;
}

/**
 * The calls by result and error. No object that a caller sees refers to its call, so printing an object cannot show it.
 * All copies of this package share the map, since an error may come from another copy.
 */
const CALLS = processWide('bank-calls:1', () => new WeakMap<object, ReportedCall>());

/** Registers a call's result or error, or the configuration in axios' errors, for `bankCallOf`. */
export function keepReport(call: ReportedCall, value: unknown): void {
  if (!isObject(value)) return;
  const before = CALLS.get(value);
  CALLS.set(value, before === undefined || before === call ? call : new SeveralCalls(before, call));
}

/** Does the same for an object that cannot belong to another call. */
export function keepFirstReport(call: ReportedCall, value: object): void {
  CALLS.set(value, call);
}

/** The call that is registered for an object, if there is one. */
export function keptCall(value: object): ReportedCall | undefined {
  return CALLS.get(value);
}

/**
 * Reports the outcome of a call.
 * @param value the result or error of the bank's `HttpService` or `fetch`
 * @returns undefined for any other value, and for an error that the application's own interceptor or transform threw
 */
export function bankCallOf(value: unknown): BankCallReport | undefined {
  return callOf(value)?.report();
}

/**
 * Whether a failed call may be made again without the danger of a double effect: it was not sent, its method is safe
 * (RFC 9110 §9.2.1), or it carries the bank's idempotency header. Whether a repetition helps is another question, which
 * `retryable` of this package's errors answers.
 * @param error the error of the bank's `HttpService` or `fetch`; `false` for any other value
 */
export function isSafeToRepeat(error: unknown): boolean {
  const call = callOf(error);
  return call !== undefined && (call.isRepeatable() || call.report().delivery === 'not-sent');
}

/** Looks up the value itself, then the response and configuration in an error that axios makes after the adapter. */
function callOf(value: unknown): ReportedCall | undefined {
  if (!isObject(value)) return undefined;
  const found = CALLS.get(value);
  if (found !== undefined) return found;
  try {
    const { response, config } = value as { response?: unknown; config?: unknown };
    return (
      (isObject(response) ? CALLS.get(response) : undefined) ??
      (isObject(config) ? CALLS.get(config) : undefined)
    );
  } catch {
    // A getter of a foreign object may throw.
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

const LEAST_CERTAIN: readonly BankCallDelivery[] = ['not-sent', 'answered', 'unknown'];

/** Calls that ended with the same object, such as the reason of one signal: the report is true of each of them. */
class SeveralCalls implements ReportedCall {
  readonly #report: BankCallReport;
  readonly #isRepeatable: boolean;

  constructor(before: ReportedCall, last: ReportedCall) {
    const [one, other] = [before.report(), last.report()];
    const delivery = [one, other]
      .map((report) => report.delivery)
      .sort((a, b) => LEAST_CERTAIN.indexOf(b) - LEAST_CERTAIN.indexOf(a))[0] as BankCallDelivery;
    const { status: _, ...rest } = other;
    this.#report = Object.freeze({
      ...rest,
      delivery,
      ...(one.status === other.status && one.status !== undefined ? { status: one.status } : {}),
      attempts: Math.max(one.attempts, other.attempts),
      tokenRefused: one.tokenRefused || other.tokenRefused,
      replayed: one.replayed || other.replayed,
      waitedForToken: Math.max(one.waitedForToken, other.waitedForToken),
    });
    this.#isRepeatable = before.isRepeatable() && last.isRepeatable();
  }

  report(): BankCallReport {
    return this.#report;
  }

  isRepeatable(): boolean {
    return this.#isRepeatable;
  }
}
