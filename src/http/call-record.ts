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

/** Records the facts of one call, from the interceptor on. `report`, which is seldom called, reads them. */
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
  /** Whether a try has begun that has no outcome yet. */
  #isTrying = false;
  /** Runs of the adapter that are not over: a wrapper may give up before the adapter does, or run it twice. */
  #runs = 0;
  /** The configuration on its way to the adapter. */
  #handedOn: { readonly config: InternalAxiosRequestConfig; readonly adapter: unknown } | undefined;

  constructor(caller: Caller) {
    this.caller = caller;
  }

  /** The record of a request that passed the interceptor, by its configuration; a new record for any other request. */
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

  /** axios has the request from here on: it may end the call, or another adapter may replace the authorising one. */
  handOn(config: InternalAxiosRequestConfig): void {
    this.#handedOn = { config, adapter: config.adapter };
  }

  /** The adapter has the request. */
  opens(): void {
    this.#handedOn = undefined;
    this.#runs += 1;
  }

  closes(): void {
    this.#runs -= 1;
    // A reference to an answer must not keep the tokens of its merchant in memory.
    const { provider, label } = this.caller;
    if (this.#runs === 0) this.caller = { provider, label };
  }

  begins(isReplay: boolean): void {
    this.#isTrying = true;
    this.#attempts += 1;
    if (isReplay) this.#replayed = true;
  }

  /** The last try that left the process decides: a try before it was answered, with a refusal of the token. */
  ended({ delivery, status }: Delivery): void {
    const wasTried = this.#isTrying;
    this.#isTrying = false;
    if (!wasTried || delivery === 'not-sent') return;
    this.#delivery = delivery;
    this.#status = status;
  }

  /** The call is not made, since its request was sent before: the known outcome of the first call counts. */
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

  /** Whether the call is still under way, or another adapter has replaced the authorising one. */
  get #isOpen(): boolean {
    const handedOn = this.#handedOn;
    return this.#runs > 0 || (handedOn !== undefined && handedOn.config.adapter !== handedOn.adapter);
  }
}
