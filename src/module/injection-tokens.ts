import { Inject, type Type } from '@nestjs/common';
import { processWide } from '../copies/index.js';
import { TokenService } from '../token/index.js';
import type { BankAuthProviderName } from './bank-auth.registry.js';

/**
 * The tokens that decorators inject, so that an undeclared name can be reported with its place. All copies of this
 * package share them: a decorator of one copy may be used with the module of the other.
 */
const wanted = processWide('wanted:1', () => new Map<symbol, string>());

/** The classes `TokenService` of all copies of this package in the process. */
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

/** The injection tokens of each provider, by decorator. */
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

/** Injects the `HttpService` of a provider, authorised and with its base URL. */
export function InjectBankHttp(provider: BankAuthProviderName): ParameterDecorator & PropertyDecorator {
  return injectNoted('InjectBankHttp', provider);
}

/** Injects the `BankFetch` of a provider: an authorised `fetch` at its base URL, for clients that require a `fetch`. */
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
 * The injection tokens of a provider, each with the source text of the decorator that injects it.
 * @internal
 */
export function tokensOf(provider: string): ReadonlyMap<symbol, string> {
  const named = Object.entries(INJECTED);
  return new Map(named.map(([decorator, tokenOf]) => [tokenOf(provider), written(decorator, provider)]));
}

/**
 * The classes that inject the `TokenService` of a single provider.
 * @internal
 */
export function tokenServiceClasses(): ReadonlySet<Type> {
  return tokenServices;
}

/**
 * The tokens that decorators inject, declared or not, each with the source text of the decorator.
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
