import { Inject, type Type } from '@nestjs/common';
import { processWide } from '../copies/index.js';
import { TokenService } from '../token/index.js';
import type { BankAuthProviderName } from './bank-auth.registry.js';

/**
 * Names that decorators have asked for, so that an undeclared one can be reported with the place that wants it. Those of
 * all copies of this package: a decorator of one may stand beside the module of the other.
 */
const wanted = processWide('wanted:1', () => new Map<symbol, string>());

/** The class `TokenService` once for each copy of this package in the process. */
const tokenServices = processWide('token-services:1', () => new Set<Type>());
tokenServices.add(TokenService as unknown as Type);

/** The injection token of a provider's `TokenService`. */
export function getTokenServiceToken(provider: BankAuthProviderName): symbol {
  return Symbol.for(`nestjs-bank-auth:token-service:${provider}`);
}

/** The injection token of a provider's `HttpService`. */
export function getBankHttpToken(provider: BankAuthProviderName): symbol {
  return Symbol.for(`nestjs-bank-auth:http:${provider}`);
}

/** The injection token of a provider's `BankFetch`. */
export function getBankFetchToken(provider: BankAuthProviderName): symbol {
  return Symbol.for(`nestjs-bank-auth:fetch:${provider}`);
}

/** The injection token of a provider's `BankAuthInterceptor`. */
export function getBankInterceptorToken(provider: BankAuthProviderName): symbol {
  return Symbol.for(`nestjs-bank-auth:interceptor:${provider}`);
}

/** What is injected of each provider, by the decorator that does. */
const INJECTED = {
  InjectTokenService: getTokenServiceToken,
  InjectBankHttp: getBankHttpToken,
  InjectBankFetch: getBankFetchToken,
  InjectBankInterceptor: getBankInterceptorToken,
} as const;

/** Injects the `TokenService` of a provider. */
export function InjectTokenService(provider: BankAuthProviderName): ParameterDecorator & PropertyDecorator {
  return injectNoted('InjectTokenService', provider);
}

/** Injects the `HttpService` of a provider: its base URL, authorised. */
export function InjectBankHttp(provider: BankAuthProviderName): ParameterDecorator & PropertyDecorator {
  return injectNoted('InjectBankHttp', provider);
}

/** Injects the `BankFetch` of a provider: `fetch` at its base URL, authorised, for clients that want one. */
export function InjectBankFetch(provider: BankAuthProviderName): ParameterDecorator & PropertyDecorator {
  return injectNoted('InjectBankFetch', provider);
}

/** Injects the `BankAuthInterceptor` of a provider, to attach it to an axios instance of your own. */
export function InjectBankInterceptor(
  provider: BankAuthProviderName,
): ParameterDecorator & PropertyDecorator {
  return injectNoted('InjectBankInterceptor', provider);
}

/**
 * The injection tokens of a provider, each with the decorator that injects it, as it is written.
 * @internal
 */
export function tokensOf(provider: string): ReadonlyMap<symbol, string> {
  const named = Object.entries(INJECTED);
  return new Map(named.map(([decorator, tokenOf]) => [tokenOf(provider), written(decorator, provider)]));
}

/**
 * The classes by which the `TokenService` of an only provider is injected.
 * @internal
 */
export function tokenServiceClasses(): ReadonlySet<Type> {
  return tokenServices;
}

/**
 * Tokens that decorators want beside those that are declared, each with the decorator as it is written.
 * @internal
 */
export function wantedTokens(): ReadonlyMap<symbol, string> {
  return wanted;
}

const written = (decorator: string, provider: string): string => `@${decorator}('${provider}')`;

function injectNoted(
  decorator: keyof typeof INJECTED,
  provider: BankAuthProviderName,
): ParameterDecorator & PropertyDecorator {
  const token = INJECTED[decorator](provider);
  return (target: object, key: string | symbol | undefined, index?: number) => {
    wanted.set(token, written(decorator, provider));
    Inject(token)(target, key, index as number);
  };
}
