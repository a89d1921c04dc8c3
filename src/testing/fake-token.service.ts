import { AsyncResource } from 'node:async_hooks';
import type { FactoryProvider } from '@nestjs/common';
import { defer, EMPTY, merge, Observable, of, Subject, throwError } from 'rxjs';
import {
  AccessToken,
  BankAuthConfigError,
  type BankAuthProviderName,
  getTokenServiceToken,
  isBankAuthError,
  type TokenService,
  type TokenStatus,
} from '../index.js';
import { checkRequestOptions } from '../internal.js';
import { unknownToFake } from './testing.messages.js';

/** The settings of a fake; everything has a default. */
export interface FakeTokenOptions {
  /** The raw token. Default `fake-token-of-<provider>`, and of a merchant `fake-token-of-<provider>-<key>`. */
  readonly value?: string;
  /** All headers of an authorised call. Default: a bearer header. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly scopes?: readonly string[];
  /** Milliseconds. Default one hour. */
  readonly lifetime?: number;
  /** Rejects every request for a token, in place of a token. */
  readonly error?: Error;
  /** The merchants there are, by their keys; any other is an error. Default: any key. */
  readonly merchants?: Readonly<Record<string, string | FakeTokenOptions>>;
}

/** A `TokenService` without a bank: for unit tests of whatever injects one. */
export interface FakeTokenService
  extends Pick<
    TokenService,
    'provider' | 'merchant' | 'token$' | 'getToken' | 'getAccessToken' | 'invalidate' | 'refresh' | 'status'
  > {
  /** The invalidated tokens, in order. */
  readonly invalidated: readonly string[];
  /** From now on this is the token; `token$` emits it. */
  renew(next?: string | FakeTokenOptions): AccessToken;
  /**
   * The fake of a merchant, always the same for a key.
   * @throws BankAuthConfigError if there can be no merchant of this key
   */
  forMerchant(key: string): FakeTokenService;
}

/**
 * Provides a fake in place of a provider's `TokenService`: `providers: [provideFakeTokenService('bog-payments')]`.
 * No request is sent.
 * @param token the raw token, or more about it
 */
export function provideFakeTokenService(
  provider: BankAuthProviderName,
  token: string | FakeTokenOptions = {},
): FactoryProvider {
  return {
    provide: getTokenServiceToken(provider),
    useFactory: () => createFakeTokenServices(provider, optionsOf(token)),
  };
}

/** The default merchant's fake, which leads to all others. */
function createFakeTokenServices(provider: string, options: FakeTokenOptions): FakeTokenService {
  const merchants = new Map<string, FakeTokenService>();
  const forMerchant = (key: string): FakeTokenService => {
    // As in the real service: an impossible key must not come to stand for the provider itself.
    checkRequestOptions(provider, { merchant: key });
    const known = merchants.get(key);
    if (known !== undefined) return known;
    const value = `fake-token-of-${provider}-${key}`;
    const given = merchantOptions(provider, key, options.merchants);
    const made = createFakeTokenService({ provider, merchant: key, value, forMerchant }, given);
    merchants.set(key, made);
    return made;
  };
  const value = `fake-token-of-${provider}`;
  return createFakeTokenService({ provider, merchant: 'default', value, forMerchant }, options);
}

function merchantOptions(
  provider: string,
  merchant: string,
  merchants: FakeTokenOptions['merchants'],
): FakeTokenOptions {
  if (merchants === undefined) return {};
  // Own members only: `constructor` is no merchant.
  const found = Object.hasOwn(merchants, merchant) ? merchants[merchant] : undefined;
  if (found !== undefined) return optionsOf(found);
  const error = new BankAuthConfigError(unknownToFake(provider, merchant), { provider, merchant });
  return { error };
}

interface Identity {
  readonly provider: string;
  readonly merchant: string;
  /** The raw token, unless the options name another. */
  readonly value: string;
  readonly forMerchant: FakeTokenService['forMerchant'];
}

function createFakeTokenService(identity: Identity, initial: FakeTokenOptions): FakeTokenService {
  const { provider, merchant, forMerchant } = identity;
  const invalidated: string[] = [];
  const renewals = new Subject<AccessToken>();
  let options = initial;
  let token = tokenOf(identity, options);

  const getToken = (): Observable<AccessToken> =>
    defer(() => (options.error ? throwError(() => options.error) : of(token)));
  return {
    provider,
    merchant,
    invalidated,
    forMerchant,
    // As with the real service, a failure is no event here, and each subscriber is called in its own context.
    token$: defer(() => merge(options.error === undefined ? of(token) : EMPTY, inOwnContext(renewals))),
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
        merchant,
        state: options.error === undefined ? 'fresh' : 'cooling-down',
        since: token.issuedAt,
        issuedAt: token.issuedAt,
        expiresAt: token.expiresAt,
        failures: options.error === undefined ? 0 : 1,
        ...(isBankAuthError(options.error) ? { lastErrorCode: options.error.code } : {}),
      };
    },
    renew(next = {}) {
      options = optionsOf(next);
      token = tokenOf(identity, options);
      if (options.error === undefined) renewals.next(token);
      return token;
    },
  };
}

function inOwnContext<T>(source: Observable<T>): Observable<T> {
  return new Observable((subscriber) =>
    source.subscribe(AsyncResource.bind((value: T) => subscriber.next(value))),
  );
}

function optionsOf(token: string | FakeTokenOptions): FakeTokenOptions {
  return typeof token === 'string' ? { value: token } : token;
}

function tokenOf({ provider, value: usual }: Identity, options: FakeTokenOptions): AccessToken {
  const { value = usual, scopes = [], lifetime = 3_600_000 } = options;
  const issuedAt = Date.now();
  const headers = options.headers ?? { Authorization: `Bearer ${value}` };
  return new AccessToken({ provider, value, headers, scopes, issuedAt, expiresAt: issuedAt + lifetime });
}
