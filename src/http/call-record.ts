import type { InternalAxiosRequestConfig } from 'axios';
import {
  type BankCallDelivery,
  type BankCallReport,
  keepFirstReport,
  keptCall,
  type ReportedCall,
} from '../reports/index.js';
import type { Delivery } from './delivery.js';
import { own } from './own-members.js';
import { PlainConfig } from './plain-config.js';
import { isSafeMethod } from './replay-policy.js';

/** The origin of a call. */
export interface Caller {
  readonly provider: string;
  /** The label of the merchant. */
  readonly label: string;
}

/** Writes down what becomes of one call, from the interceptor on; `report` reads it, which is seldom. */
export class CallRecord implements ReportedCall {
  caller: Caller;
  /** Whether the request carries the bank's idempotency header, or its method is safe. */
  repeatable = false;
  tokenRefused = false;
  /** Milliseconds. */
  waitedForToken = 0;
  #delivery: BankCallDelivery = 'not-sent';
  #status: number | undefined;
  #attempts = 0;
  #replayed = false;
  /** Whether a try has begun of which nothing is known yet. */
  #isTrying = false;
  /** Runs of the adapter that are not over: what wraps it may give up before it does, or run it twice. */
  #runs = 0;
  /** On its way to the adapter. */
  #handedOn: { readonly config: InternalAxiosRequestConfig; readonly adapter: unknown } | undefined;

  constructor(caller: Caller) {
    this.caller = caller;
  }

  /** That of a request on its way through axios, by its configuration; a new one for a request that came otherwise. */
  static of(config: InternalAxiosRequestConfig, caller: Caller): CallRecord {
    const found = PlainConfig.recordOf(config) ?? keptCall(config);
    if (found instanceof CallRecord) return found;
    const record = new CallRecord(caller);
    keepFirstReport(record, config);
    return record;
  }

  describe(config: InternalAxiosRequestConfig, idempotencyHeader: string | undefined): void {
    this.repeatable =
      isSafeMethod(own(config, 'method')) ||
      (idempotencyHeader !== undefined && Boolean(config.headers.get(idempotencyHeader)));
  }

  /** axios has it from here on, and may end it, or another adapter may stand in the place of ours. */
  handOn(config: InternalAxiosRequestConfig): void {
    this.#handedOn = { config, adapter: config.adapter };
  }

  /** The adapter has it. */
  opens(): void {
    this.#handedOn = undefined;
    this.#runs += 1;
  }

  closes(): void {
    this.#runs -= 1;
    // Whoever keeps an answer must not keep the tokens of its merchant.
    const { provider, label } = this.caller;
    if (this.#runs === 0) this.caller = { provider, label };
  }

  begins(isReplay: boolean): void {
    this.#isTrying = true;
    this.#attempts += 1;
    if (isReplay) this.#replayed = true;
  }

  /** The last try that left the process decides: one before it was answered, with a refusal of the token. */
  ended({ delivery, status }: Delivery): void {
    const wasTried = this.#isTrying;
    this.#isTrying = false;
    if (!wasTried || delivery === 'not-sent') return;
    this.#delivery = delivery;
    this.#status = status;
  }

  /** It is not made, since its request has been sent before: what became of that, as far as it is known, counts. */
  wasMadeBefore({ delivery, status }: Partial<Pick<Delivery, 'delivery' | 'status'>> = {}): void {
    this.#delivery = delivery ?? 'unknown';
    this.#status = status;
  }

  report(): BankCallReport {
    const { provider, label } = this.caller;
    return Object.freeze({
      provider,
      merchant: label,
      ...(this.#isOpen
        ? { delivery: 'unknown' }
        : { delivery: this.#delivery, ...(this.#status === undefined ? {} : { status: this.#status }) }),
      attempts: this.#attempts,
      tokenRefused: this.tokenRefused,
      replayed: this.#replayed,
      waitedForToken: this.waitedForToken,
    });
  }

  isRepeatable(): boolean {
    return this.repeatable;
  }

  /** Whether it is still under way, or has gone a way that is not ours. */
  get #isOpen(): boolean {
    const handedOn = this.#handedOn;
    return this.#runs > 0 || (handedOn !== undefined && handedOn.config.adapter !== handedOn.adapter);
  }
}
