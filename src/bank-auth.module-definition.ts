import {
  type DynamicModule,
  type FactoryProvider,
  Logger,
  type Provider,
  Scope,
  type Type,
} from '@nestjs/common';
import { INQUIRER, ModulesContainer } from '@nestjs/core';
import { BankAuthLifecycle, type LivingProvider } from './bank-auth.lifecycle.js';
import type { BankAuthAsyncOptions, BankAuthOptionsFactory } from './bank-auth.module-options.js';
import { Sealed } from './bank-auth.sealed.js';
import {
  getBankHttpToken,
  getBankInterceptorToken,
  getTokenServiceToken,
  wantedTokens,
} from './bank-auth.tokens.js';
import { type BankAuthOptions, type ResolvedOptions, resolveOptions } from './config/index.js';
import { createCredentialsSource, ResolverCredentials } from './credentials/index.js';
import { BankAuthConfigError } from './errors/index.js';
import { BankAuthInterceptor, BankHttpService, createBankHttp, type TokenSupply } from './http/index.js';
import {
  type Clock,
  GuardedStore,
  MerchantDirectory,
  SystemClock,
  TokenEndpointClient,
  TokenMachine,
  TokenService,
} from './token/index.js';

// Injection tokens of the module's own. Registered symbols, as the public ones.
export const BANK_AUTH_OPTIONS = Symbol.for('nestjs-bank-auth:options');
export const BANK_AUTH_CLOCK = Symbol.for('nestjs-bank-auth:clock');
export const BANK_AUTH_RANDOM = Symbol.for('nestjs-bank-auth:random');
const SINGLE_REGISTRATION = Symbol.for('nestjs-bank-auth:single-registration');
const RESOLVED_OPTIONS = Symbol.for('nestjs-bank-auth:resolved-options');
const TOKEN_STORE = Symbol.for('nestjs-bank-auth:token-store');
const LIFECYCLE = Symbol.for('nestjs-bank-auth:lifecycle');

export function syncModule(module: Type, options: BankAuthOptions & { isGlobal?: boolean }): DynamicModule {
  const { isGlobal, ...own } = options ?? {};
  const names = Object.keys(own.providers ?? {});
  return dynamicModule(module, {
    names,
    isGlobal,
    options: [
      { provide: BANK_AUTH_OPTIONS, useFactory: () => new Sealed(own), inject: [SINGLE_REGISTRATION] },
    ],
  });
}

export function asyncModule(module: Type, options: BankAuthAsyncOptions): DynamicModule {
  const names = checkAsyncOptions(options);
  return dynamicModule(module, {
    names,
    isGlobal: options.isGlobal,
    imports: options.imports,
    options: [...(options.extraProviders ?? []), ...optionsProviders(options)],
  });
}

export function bareImportError(): BankAuthConfigError {
  return new BankAuthConfigError(
    'BankAuthModule is imported without a configuration. Import BankAuthModule.forRoot(…) or .forRootAsync(…) once, in ' +
      'the root module; with `isGlobal: true` no other module needs to import it.',
  );
}

function optionsProviders(options: BankAuthAsyncOptions): Provider[] {
  if (options.useFactory !== undefined) {
    const { useFactory, inject = [] } = options;
    return [
      {
        provide: BANK_AUTH_OPTIONS,
        // The check comes first, so that a second registration runs nobody's factory.
        useFactory: async (_single: unknown, ...args: unknown[]) => new Sealed(await useFactory(...args)),
        inject: [SINGLE_REGISTRATION, ...inject],
      },
    ];
  }
  const factory = (options.useClass ?? options.useExisting) as Type<BankAuthOptionsFactory>;
  return [
    {
      provide: BANK_AUTH_OPTIONS,
      useFactory: async (_single: unknown, made: BankAuthOptionsFactory) =>
        new Sealed(await made.createBankAuthOptions()),
      inject: [SINGLE_REGISTRATION, factory],
    },
    ...(options.useClass === undefined ? [] : [options.useClass]),
  ];
}

function checkAsyncOptions(options: BankAuthAsyncOptions): string[] {
  const problems: string[] = [];
  const { providers, useFactory, useClass, useExisting } = options ?? {};
  const names: unknown[] = Array.isArray(providers) ? [...providers] : [];
  if (names.length === 0) {
    problems.push("providers must list the providers' names, for instance ['my-bank']");
  }
  if (names.some((name) => typeof name !== 'string' || name.trim() === '')) {
    problems.push('providers must hold names only, none of them empty');
  }
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  if (repeated.length > 0) problems.push(`providers names ${[...new Set(repeated)].join(', ')} twice`);
  const ways = [useFactory, useClass, useExisting].filter((way) => way !== undefined).length;
  if (ways !== 1) {
    problems.push(
      `${ways === 0 ? 'there is no way to the configuration' : 'there is more than one way to the configuration'}: give exactly one of useFactory, useClass and useExisting`,
    );
  }
  if (useFactory !== undefined && typeof useFactory !== 'function')
    problems.push('useFactory must be a function');
  if (problems.length > 0) {
    throw new BankAuthConfigError(`BankAuthModule.forRootAsync: ${problems.join('; ')}.`, { problems });
  }
  return names as string[];
}

interface Registration {
  readonly names: readonly string[];
  readonly isGlobal?: boolean;
  readonly imports?: DynamicModule['imports'];
  /** Provide `BANK_AUTH_OPTIONS`. */
  readonly options: readonly Provider[];
}

function dynamicModule(
  module: Type,
  { names, isGlobal = false, imports = [], options }: Registration,
): DynamicModule {
  const declared = names.flatMap((name) => providersOf(name));
  const shared: Provider[] = [
    singleRegistration(module),
    ...options,
    {
      provide: RESOLVED_OPTIONS,
      useFactory: (given: Sealed<unknown>) => new Sealed(resolveOptions(given.open(), names)),
      inject: [BANK_AUTH_OPTIONS],
    },
    { provide: BANK_AUTH_CLOCK, useClass: SystemClock },
    { provide: BANK_AUTH_RANDOM, useValue: Math.random },
    tokenStore,
    lifecycle(names),
    // Where there is one provider only, its service needs no name.
    ...(names.length === 1
      ? [{ provide: TokenService, useExisting: getTokenServiceToken(names[0] as string) }]
      : []),
  ];
  const exported = [
    ...names.flatMap((name) => [
      getTokenServiceToken(name),
      getBankHttpToken(name),
      getBankInterceptorToken(name),
    ]),
    ...(names.length === 1 ? [TokenService] : []),
  ];
  // Getters, because Nest reads them after every decorator has run: what is wanted but not declared is known then.
  return {
    module,
    global: isGlobal,
    imports,
    get providers() {
      return [...shared, ...declared, ...undeclared(names)];
    },
    get exports() {
      return [...exported, ...undeclared(names).map(({ provide }) => provide)];
    },
  };
}

/** One for all providers, so that a fault of it is one fault. */
const tokenStore: Provider = {
  provide: TOKEN_STORE,
  useFactory: (sealed: Sealed<ResolvedOptions>, clock: Clock) => {
    const { store } = sealed.open();
    return new Sealed(store && new GuardedStore(store, clock, new Logger('BankAuth')));
  },
  inject: [RESOLVED_OPTIONS, BANK_AUTH_CLOCK],
};

function providersOf(name: string): Provider[] {
  return [
    {
      provide: getTokenServiceToken(name),
      useFactory: (
        options: Sealed<ResolvedOptions>,
        store: Sealed<GuardedStore | undefined>,
        clock: Clock,
        random: () => number,
      ) => createTokenService(name, options.open(), store.open(), clock, random),
      inject: [RESOLVED_OPTIONS, TOKEN_STORE, BANK_AUTH_CLOCK, BANK_AUTH_RANDOM],
    },
    {
      provide: getBankInterceptorToken(name),
      useFactory: (options: Sealed<ResolvedOptions>, tokens: TokenService) => {
        const { bank, origins, http } = providerOf(options.open(), name);
        const { maxContentLength } = http;
        const { idempotencyHeader, rejectsToken, rejectsTokenOn } = bank;
        return new BankAuthInterceptor({
          tokens: supplyOf(tokens),
          origins,
          idempotencyHeader,
          rejectsToken,
          rejectsTokenOn,
          ...(maxContentLength === undefined ? {} : { maxContentLength }),
        });
      },
      inject: [RESOLVED_OPTIONS, getTokenServiceToken(name)],
    },
    {
      provide: getBankHttpToken(name),
      useFactory: (options: Sealed<ResolvedOptions>, interceptor: BankAuthInterceptor) =>
        createBankHttp(interceptor, providerOf(options.open(), name)),
      inject: [RESOLVED_OPTIONS, getBankInterceptorToken(name)],
    },
  ];
}

function createTokenService(
  provider: string,
  options: ResolvedOptions,
  store: GuardedStore | undefined,
  clock: Clock,
  random: () => number,
): TokenService {
  const configured = providerOf(options, provider);
  const { bank, environment, tokenUrl, scopes, credentials, merchants, http, tokenRequests, enabled } =
    configured;
  const { httpsAgent, proxy } = http;
  const directory = new MerchantDirectory({
    provider,
    bank,
    tokenUrl,
    // Shared by all tokens that have the same.
    scopes: Object.freeze([...scopes]),
    ...(credentials === undefined ? {} : { credentials: createCredentialsSource(credentials) }),
    ...(merchants === undefined
      ? {}
      : {
          merchants: {
            limit: merchants.limit,
            idleTime: merchants.idleTime,
            credentialsOf: (merchant, changed) => new ResolverCredentials(merchants, merchant, changed),
            credentialsFrom: merchants.description,
          },
        }),
    labelOf: options.merchantLabel,
    client: new TokenEndpointClient(bank, { tokenUrl, environment }, { httpsAgent, proxy }, clock),
    machine: new TokenMachine(options.refresh, options.cooldown),
    retry: options.retry,
    tokenRequests,
    clock,
    random,
    logger: new Logger('BankAuth'),
    store,
    disabled: !enabled,
  });
  return new TokenService(directory, clock);
}

/** A test may have put a double in place of the service, which has the public members only. */
function supplyOf(tokens: TokenService): TokenSupply {
  if (tokens instanceof TokenService) return tokens;
  const { provider, merchant } = tokens as TokenService;
  const double: Pick<TokenService, 'getToken' | 'invalidate' | 'forMerchant'> = tokens;
  return {
    provider,
    label: merchant,
    assertUsable: () => undefined,
    acquire: () => double.getToken(),
    accepted: () => undefined,
    refused(token) {
      double.invalidate(token);
      return true;
    },
    forMerchant: (key) => supplyOf(double.forMerchant(key)),
  };
}

function providerOf(options: ResolvedOptions, name: string) {
  const provider = options.providers.get(name);
  if (provider === undefined)
    throw new BankAuthConfigError(`BankAuthModule: provider "${name}" is not configured.`);
  return provider;
}

function lifecycle(names: readonly string[]): Provider {
  const tokensOf = (name: string) => [
    getTokenServiceToken(name),
    getBankInterceptorToken(name),
    getBankHttpToken(name),
  ];
  return {
    provide: LIFECYCLE,
    useFactory: (
      sealed: Sealed<ResolvedOptions>,
      store: Sealed<GuardedStore | undefined>,
      ...made: unknown[]
    ) => {
      const options = sealed.open();
      const providers = names.map((name, index): LivingProvider => {
        const [tokens, interceptor, http] = made.slice(3 * index);
        const { enabled, keepWarm, credentials } = providerOf(options, name);
        return {
          tokens: tokens instanceof TokenService ? tokens : undefined,
          // Merchants other than the default one are not known before somebody names them.
          warm: enabled && credentials !== undefined,
          keepWarm,
          close() {
            if (interceptor instanceof BankAuthInterceptor) interceptor.close();
            if (http instanceof BankHttpService) http.closeIdle();
          },
        };
      });
      return new BankAuthLifecycle(providers, store.open(), options.warmUp, new Logger('BankAuth'));
    },
    inject: [RESOLVED_OPTIONS, TOKEN_STORE, ...names.flatMap(tokensOf)],
  };
}

/** Two registrations would be two caches, and twice the token calls. */
function singleRegistration(module: Type): Provider {
  return {
    provide: SINGLE_REGISTRATION,
    useFactory: (modules: ModulesContainer) => {
      const registered = [...modules.values()].filter(({ providers }) => providers.has(BANK_AUTH_OPTIONS));
      if (registered.length <= 1) return true;
      throw new BankAuthConfigError(
        `${module.name} is registered ${registered.length} times in this application. Call forRoot or forRootAsync ` +
          'once, in the root module, with all providers; set `isGlobal: true` or import the same reference elsewhere.',
      );
    },
    inject: [ModulesContainer],
  };
}

/** For each name that some class wants but nobody declared, a provider that says so when it is injected. */
function undeclared(names: readonly string[]): FactoryProvider[] {
  const known = new Set(
    names.flatMap((name) => [
      getTokenServiceToken(name),
      getBankHttpToken(name),
      getBankInterceptorToken(name),
    ]),
  );
  return [...wantedTokens()]
    .filter(([token]) => !known.has(token))
    .map(([provide, decorator]) => ({
      provide,
      scope: Scope.TRANSIENT,
      inject: [INQUIRER],
      useFactory: (inquirer: object | undefined) => {
        throw new BankAuthConfigError(
          `${inquirer?.constructor?.name ?? 'A class'} injects ${decorator}, but BankAuthModule declares ` +
            `${names.join(', ') || 'nothing'}. Add the name to its providers, or correct it.`,
        );
      },
    }));
}
