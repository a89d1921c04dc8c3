import { processWide } from '../copies/index.js';

/**
 * How far a request came. `not-sent`: no byte of it left this process. `answered`: a status line came. `unknown`: bytes
 * left, or may have, and no status came, so that the bank may have acted on them.
 */
export type BankCallDelivery = 'not-sent' | 'unknown' | 'answered';

/** What became of one call through a bank's `HttpService` or `fetch`. */
export interface BankCallReport {
  readonly provider: string;
  /** What the merchant is called in messages: its label, never its key; `default` for the provider's own credentials. */
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
  /** Whether the same request, sent twice, does what it does once: a safe method, or the bank's idempotency header. */
  isRepeatable(): boolean;
}

/**
 * In no object that a caller sees, so that nothing that prints objects shows it; of all copies of this package, since an
 * error may have come from another one.
 */
const CALLS = processWide('bank-calls:1', () => new WeakMap<object, ReportedCall>());

/** Lets `bankCallOf` know what a call returned or threw, and the configuration that stands in axios' errors. */
export function keepReport(call: ReportedCall, value: unknown): void {
  if (!isObject(value)) return;
  const before = CALLS.get(value);
  CALLS.set(value, before === undefined || before === call ? call : new SeveralCalls(before, call));
}

/** The same of an object that nobody has had before. */
export function keepFirstReport(call: ReportedCall, value: object): void {
  CALLS.set(value, call);
}

/** The call that an object stands for, where it is one of this copy's making. */
export function keptCall(value: object): ReportedCall | undefined {
  return CALLS.get(value);
}

/**
 * Says what became of a call.
 * @param value what the bank's `HttpService` or `fetch` returned or threw
 * @returns undefined for anything else, and for what an interceptor or a transform of the application's own has thrown
 */
export function bankCallOf(value: unknown): BankCallReport | undefined {
  return callOf(value)?.report();
}

/**
 * Whether a call that failed may be made again without the danger of doing twice what it does: it was not sent, its
 * method is safe (RFC 9110 §9.2.1), or it carries the bank's idempotency header. Whether that helps is another question,
 * which `retryable` of this package's errors answers.
 * @param error what the bank's `HttpService` or `fetch` threw; `false` for anything else
 */
export function isSafeToRepeat(error: unknown): boolean {
  const call = callOf(error);
  return call !== undefined && (call.isRepeatable() || call.report().delivery === 'not-sent');
}

/** By the object itself; else by the response or the configuration in an error that axios makes when an adapter is done. */
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

/** Calls that ended with the same object, as all that one signal aborts: what is said holds for each of them. */
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
