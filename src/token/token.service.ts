import { inspect } from 'node:util';
import { defer, firstValueFrom, map, merge, mergeMap, Observable, of, take, throwError } from 'rxjs';
import { TokenEndpointUnavailableError } from '../errors/index.js';
import type { Clock } from '../time/clock.js';
import { AccessToken } from './access-token.js';
import { CallTokens } from './call-tokens.js';
import type { MerchantExpiry } from './merchants/expiry-watch.js';
import type { ProviderCensus } from './merchants/merchant-census.js';
import { DEFAULT_MERCHANT, type MerchantDirectory } from './merchants/merchant-directory.js';
import type { MerchantTokens } from './merchants/merchant-tokens.js';
import { callerTimedOut } from './token.messages.js';
import { whoIs } from './token-failure.messages.js';
import type { TokenStatus } from './token-status.js';

/** How long one caller waits. */
interface Patience {
  readonly signal?: AbortSignal;
  /** Milliseconds. */
  readonly timeout?: number;
}

/**
 * The tokens of one provider, or of one merchant of it. A handle: the state of a merchant is kept elsewhere, so that
 * any number of handles may be made and held. Each subscriber is called in the `AsyncLocalStorage` context in which it
 * subscribed; token requests run in the context of no caller.
 */
export class TokenService {
  readonly provider: string;
  readonly #directory: MerchantDirectory;
  readonly #clock: Clock;
  readonly #key: string | undefined;
  #token$?: Observable<AccessToken>;

  /** @internal */
  constructor(directory: MerchantDirectory, clock: Clock, key?: string) {
    this.provider = directory.provider;
    this.#directory = directory;
    this.#clock = clock;
    this.#key = key;
  }

  // A getter, not an own member, which would be printed with the object: a key may be sensitive.
  /** The merchant's key; `default` for the provider's own credentials. */
  get merchant(): string {
    return this.#key ?? DEFAULT_MERCHANT;
  }

  /**
   * The current token (obtained if there is none), then each renewal. While subscribed, renews ahead of expiry. A
   * failed renewal is not an error here, it is tried again after its cool-down; completes at shutdown.
   */
  get token$(): Observable<AccessToken> {
    this.#token$ ??= defer(() => this.#tokens.follow());
    return this.#token$;
  }

  /**
   * One usable token, then completes. Cold: each subscription asks again.
   * Errors with `CredentialsRejectedError`, `TokenEndpointUnavailableError`, `InvalidTokenResponseError`,
   * `TokenQueueFullError` or `BankAuthConfigError`.
   */
  getToken(): Observable<AccessToken> {
    return defer(() => {
      const token = this.acquire();
      return token instanceof AccessToken ? of(token) : token;
    });
  }

  /**
   * The raw token, for `await`. Rejects as `getToken` errors.
   * @param options `signal` and `timeout` (milliseconds) end this caller's wait only; the flight goes on
   */
  getAccessToken(options?: { readonly signal?: AbortSignal; readonly timeout?: number }): Promise<string> {
    const tokens = this.#tokens;
    return (options === undefined ? tokens.answer : undefined) ?? this.#getAccessToken(tokens, options);
  }

  /** Drops `rejected` if it is still the current token; a newer one stays. */
  invalidate(rejected: AccessToken | string): void {
    const value = typeof rejected === 'string' ? rejected : rejected?.value;
    if (typeof value === 'string') this.#tokens.invalidate(value);
  }

  /**
   * Renews now, joining a renewal in flight. Errors as `getToken` does, also where the bank's `Retry-After` has not
   * passed or the last failure is less than a second old.
   */
  refresh(): Observable<AccessToken> {
    return defer(() => this.#tokens.refresh());
  }

  /**
   * The tokens of another merchant. The key is looked up when a token is needed; an unknown one never falls back to
   * the provider's own credentials.
   * @throws BankAuthConfigError if the key is no string, empty or too long, or the provider has no other credentials
   */
  forMerchant(key: string): TokenService {
    return new TokenService(this.#directory, this.#clock, this.#directory.check(key));
  }

  /** How things stand, without asking the bank. Never the token. */
  get status(): TokenStatus {
    return this.#tokens.status;
  }

  /**
   * The tokens of this merchant for one call.
   * @internal
   */
  forCall(): CallTokens {
    return new CallTokens(this.provider, this.label, () => this.#tokens);
  }

  /**
   * The token where there is one, else an Observable that emits it.
   * @internal
   */
  acquire(): AccessToken | Observable<AccessToken> {
    return this.#tokens.acquire();
  }

  /**
   * The merchant's name in messages.
   * @internal
   */
  get label(): string {
    return this.#directory.labelOf(this.#key);
  }

  /**
   * How things stand with the provider, without asking the bank.
   * @internal
   */
  get census(): ProviderCensus {
    return this.#directory.census;
  }

  /**
   * The expiry dates of the credentials, the nearest first.
   * @internal
   */
  get expiries(): readonly MerchantExpiry[] {
    return this.#directory.expiries;
  }

  /**
   * The statuses of at most `limit` merchants besides the provider itself, merchants in trouble first.
   * @internal
   */
  merchantStatuses(limit: number): TokenStatus[] {
    return this.#directory.statuses(limit);
  }

  /**
   * Starts a flight without a caller, where there is no token.
   * @internal
   */
  warmUp(): void {
    this.#tokens.warmUp();
  }

  /**
   * Reads when the credentials expire, where no token is requested at the start.
   * @internal
   */
  watchExpiry(): void {
    void this.#directory.watchExpiry();
  }

  /**
   * Renews ahead of expiry from now on, until the application ends.
   * @internal
   */
  keepWarm(): void {
    this.#tokens.keepWarm();
  }

  /**
   * Ends everything, of all merchants: `token$` completes, a flight is aborted and its waiters get an error.
   * @internal
   */
  close(): void {
    this.#directory.close();
  }

  [inspect.custom](): string {
    return `TokenService(${this.provider}, ${this.label}, ${this.status.state})`;
  }

  get #tokens(): MerchantTokens {
    return this.#directory.find(this.#key);
  }

  #getAccessToken(tokens: MerchantTokens, options: Patience = {}): Promise<string> {
    let token: AccessToken | Observable<AccessToken>;
    try {
      options.signal?.throwIfAborted();
      token = tokens.acquire();
    } catch (error) {
      return Promise.reject(error);
    }
    return token instanceof AccessToken
      ? tokens.answerWith(token)
      : firstValueFrom(this.#boundWait(token, options).pipe(map(({ value }) => value)));
  }

  #boundWait(token: Observable<AccessToken>, { signal, timeout }: Patience): Observable<AccessToken> {
    const waits = [token];
    if (signal !== undefined) waits.push(rejectionOf(signal));
    if (timeout !== undefined) {
      const late = () =>
        new TokenEndpointUnavailableError(
          callerTimedOut(whoIs(this.provider, this.#key === undefined ? undefined : this.label), timeout),
          { provider: this.provider, merchant: this.label },
        );
      waits.push(this.#clock.timer(timeout).pipe(mergeMap(() => throwError(late))));
    }
    return waits.length === 1 ? token : merge(...waits).pipe(take(1));
  }
}

function rejectionOf(signal: AbortSignal): Observable<never> {
  return new Observable((subscriber) => {
    const abort = () => subscriber.error(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    return () => signal.removeEventListener('abort', abort);
  });
}
