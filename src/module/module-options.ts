import type { ModuleMetadata, Provider, Type } from '@nestjs/common';
import type { BankAuthOptions, ProviderOptions } from '../config/index.js';

/** A class that makes the options, for `useClass` and `useExisting`. */
export interface BankAuthOptionsFactory<N extends string = string> {
  createBankAuthOptions(): BankAuthOptions<N> | Promise<BankAuthOptions<N>>;
}

interface AsyncOptionsBase<N extends string> extends Pick<ModuleMetadata, 'imports'> {
  /** The providers' names. Static, because injection tokens are. */
  providers: readonly N[];
  /** Providers that the factory needs. */
  extraProviders?: Provider[];
  /** Whether other modules need not import this one. Default false. */
  isGlobal?: boolean;
}

interface ByFactory<N extends string, R> extends AsyncOptionsBase<N> {
  useFactory: (...args: any[]) => R | Promise<R>;
  inject?: readonly any[];
  useClass?: never;
  useExisting?: never;
}

/** `BankAuthOptionsFactory` by its result, whose names are compared with the list, as are those of `useFactory`. */
type FactoryOf<R> = Type<{ createBankAuthOptions(): R | Promise<R> }>;

interface ByClass<N extends string, R> extends AsyncOptionsBase<N> {
  useClass: FactoryOf<R>;
  useFactory?: never;
  inject?: never;
  useExisting?: never;
}

interface ByExisting<N extends string, R> extends AsyncOptionsBase<N> {
  useExisting: FactoryOf<R> | symbol | string;
  useFactory?: never;
  inject?: never;
  useClass?: never;
}

/** Options of `BankAuthModule.forRootAsync`: the names, and exactly one way to the configuration. */
export type BankAuthAsyncOptions<N extends string = string, R = BankAuthOptions<N>> =
  | ByFactory<N, R>
  | ByClass<N, R>
  | ByExisting<N, R>;

type KeysOfUnion<T> = T extends unknown ? keyof T : never;

/** Whether a type is `any`, which cannot be checked: `(config) => config.get('banks')`, the result of `JSON.parse`. */
type IsAny<X> = 0 extends 1 & X ? true : false;

/** Options that no provider has; TypeScript does not check the return type of a callback for excess members. */
type UnknownOptions<P> = {
  [K in keyof P]-?: IsAny<P[K]> extends true
    ? never
    : Exclude<KeysOfUnion<Exclude<P[K], undefined>>, KeysOfUnion<ProviderOptions>>;
}[keyof P];

/** A type that makes "providers" impossible to satisfy if the factory's result does not match the list. */
export type Surplus<N extends string, R extends { providers: object }> =
  IsAny<R> extends true
    ? unknown
    : [R] extends [never]
      ? unknown
      : [Exclude<keyof R, keyof BankAuthOptions>] extends [never]
        ? SurplusProviders<N, R['providers']>
        : { 'unknown options': Exclude<keyof R, keyof BankAuthOptions> };

type SurplusProviders<N extends string, P> =
  IsAny<P> extends true
    ? unknown
    : string extends keyof P
      ? unknown
      : [Exclude<keyof P, N>] extends [never]
        ? [UnknownOptions<P>] extends [never]
          ? unknown
          : { 'unknown options': UnknownOptions<P> }
        : { 'configured but not listed': Exclude<keyof P, N> };
