import type { FactoryProvider } from '@nestjs/common';
import { defer, EMPTY, merge, type Observable, of, Subject, throwError } from 'rxjs';
import { AccessToken, getTokenServiceToken, type TokenService, type TokenStatus } from '../index.js';

/** What a fake says; everything has a default. */
export interface FakeTokenOptions {
  /** The raw token. Default `fake-token-of-<provider>`. */
  readonly value?: string;
  /** All headers of an authorised call. Default: a bearer header. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly scopes?: readonly string[];
  /** Milliseconds. Default one hour. */
  readonly lifetime?: number;
  /** Thrown by every way to a token, in place of one. */
  readonly error?: Error;
}

/** A `TokenService` without a bank: for unit tests of whatever injects one. */
export interface FakeTokenService
  extends Pick<
    TokenService,
    'provider' | 'merchant' | 'token$' | 'getToken' | 'getAccessToken' | 'invalidate' | 'refresh' | 'status'
  > {
  /** What was invalidated, in order. */
  readonly invalidated: readonly string[];
  /** From now on this is the token; `token$` emits it. */
  renew(next?: string | FakeTokenOptions): AccessToken;
}

/**
 * Provides a fake in place of a provider's `TokenService`: `providers: [provideFakeTokenService('bog-payments')]`.
 * No request is sent.
 * @param token the raw token, or more about it
 */
export function provideFakeTokenService(
  provider: string,
  token: string | FakeTokenOptions = {},
): FactoryProvider {
  return {
    provide: getTokenServiceToken(provider),
    useFactory: () => createFakeTokenService(provider, optionsOf(token)),
  };
}

function createFakeTokenService(provider: string, initial: FakeTokenOptions): FakeTokenService {
  const invalidated: string[] = [];
  const renewals = new Subject<AccessToken>();
  let options = initial;
  let token = tokenOf(provider, options);

  const getToken = (): Observable<AccessToken> =>
    defer(() => (options.error ? throwError(() => options.error) : of(token)));
  return {
    provider,
    merchant: 'default',
    invalidated,
    // As with the real service, a failure is no event here.
    token$: defer(() => merge(options.error === undefined ? of(token) : EMPTY, renewals)),
    getToken,
    refresh: getToken,
    getAccessToken: () =>
      options.error === undefined ? Promise.resolve(token.value) : Promise.reject(options.error),
    invalidate(rejected) {
      invalidated.push(typeof rejected === 'string' ? rejected : rejected.value);
    },
    get status(): TokenStatus {
      return {
        provider,
        merchant: 'default',
        state: options.error === undefined ? 'fresh' : 'cooling-down',
        expiresAt: token.expiresAt,
        failures: options.error === undefined ? 0 : 1,
      };
    },
    renew(next = {}) {
      options = optionsOf(next);
      token = tokenOf(provider, options);
      if (options.error === undefined) renewals.next(token);
      return token;
    },
  };
}

function optionsOf(token: string | FakeTokenOptions): FakeTokenOptions {
  return typeof token === 'string' ? { value: token } : token;
}

function tokenOf(provider: string, options: FakeTokenOptions): AccessToken {
  const { value = `fake-token-of-${provider}`, scopes = [], lifetime = 3_600_000 } = options;
  const issuedAt = Date.now();
  const headers = options.headers ?? { Authorization: `Bearer ${value}` };
  return new AccessToken({ provider, value, headers, scopes, issuedAt, expiresAt: issuedAt + lifetime });
}
