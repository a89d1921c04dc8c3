import {
  type DynamicModule,
  type FactoryProvider,
  Logger,
  Module,
  type Provider,
  type Type,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type BankAuthOptions, type ResolvedOptions, resolveOptions } from '../config/index.js';
import { createCredentialsSource, ResolverCredentials } from '../credentials/index.js';
import { BankAuthConfigError, written } from '../errors/index.js';
import {
  BankAuthInterceptor,
  BankHttpService,
  closeIdleFetch,
  createBankFetch,
  createBankHttp,
  type TokenSupply,
} from '../http/index.js';
import { type Clock, SystemClock } from '../time/clock.js';
import {
  GuardedStore,
  MerchantDirectory,
  MerchantLog,
  TokenEndpointClient,
  TokenMachine,
  TokenService,
} from '../token/index.js';
import { decorable, modulesOf } from './container.js';
import { hintsModule } from './hints.js';
import {
  getBankFetchToken,
  getBankHttpToken,
  getBankInterceptorToken,
  getTokenServiceToken,
  tokenServiceClasses,
  tokensOf,
} from './injection-tokens.js';
import { factoryDependency, misinjections, writtenTokens } from './injections.js';
import { BankAuthLifecycle, type LivingProvider } from './lifecycle.js';
import {
  asyncProblems,
  BARE_IMPORT,
  injectedByOptions,
  NO_FACTORY,
  NO_NAMES,
  notConfigured,
  ODD_NAMES,
  oneWay,
  repeatedNames,
} from './module.messages.js';
import type { BankAuthAsyncOptions, BankAuthOptionsFactory } from './module-options.js';
import { registrationCheck } from './registration.js';
import { open, type Sealed, seal } from './sealed.js';

// Injection tokens of the module's own. Registered symbols, as the public ones.
export const BANK_AUTH_OPTIONS = Symbol.for('nestjs-bank-auth:options');
export const BANK_AUTH_CLOCK = Symbol.for('nestjs-bank-auth:clock');
export const BANK_AUTH_RANDOM = Symbol.for('nestjs-bank-auth:random');
export const REGISTRATION = Symbol.for('nestjs-bank-auth:registration');
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
    options: [{ provide: BANK_AUTH_OPTIONS, useFactory: () => seal(own), inject: [SINGLE_REGISTRATION] }],
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
  return new BankAuthConfigError(BARE_IMPORT);
}

function optionsProviders(options: BankAuthAsyncOptions): Provider[] {
  if (options.useFactory !== undefined) {
    const { useFactory, inject = [] } = options;
    return [
      {
        provide: BANK_AUTH_OPTIONS,
        // The check comes first, so that a second registration runs no factory.
        useFactory: async (_single: unknown, ...args: unknown[]) => seal(await useFactory(...args)),
        inject: [SINGLE_REGISTRATION, ...inject],
      },
    ];
  }
  const factory = (options.useClass ?? options.useExisting) as Type<BankAuthOptionsFactory>;
  return [
    {
      provide: BANK_AUTH_OPTIONS,
      useFactory: async (_single: unknown, made: BankAuthOptionsFactory) =>
        seal(await made.createBankAuthOptions()),
      inject: [SINGLE_REGISTRATION, factory],
    },
    ...(options.useClass === undefined ? [] : [options.useClass]),
  ];
}

function checkAsyncOptions(options: BankAuthAsyncOptions): string[] {
  const problems: string[] = [];
  const { providers, useFactory, inject, useClass, useExisting } = options ?? {};
  const names: unknown[] = Array.isArray(providers) ? [...providers] : [];
  if (names.length === 0) {
    problems.push(NO_NAMES);
  }
  if (names.some((name) => typeof name !== 'string' || name.trim() === '')) {
    problems.push(ODD_NAMES);
  }
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  if (repeated.length > 0) problems.push(repeatedNames([...new Set(repeated)]));
  const ways = [useFactory, useClass, useExisting].filter((way) => way !== undefined).length;
  if (ways !== 1) {
    problems.push(oneWay(ways));
  }
  if (useFactory !== undefined && typeof useFactory !== 'function') problems.push(NO_FACTORY);
  const wanted = writtenTokens(names as string[]);
  for (const { token } of (inject ?? []).map(factoryDependency)) {
    if (wanted.has(token)) {
      problems.push(injectedByOptions(wanted.get(token)));
    }
  }
  if (problems.length > 0) {
    throw new BankAuthConfigError(asyncProblems(problems), { problems });
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

/** Holds what is declared. `BankAuthModule` exports it. */
@Module({})
class BankAuthCoreModule {}

let registrations = 0;

function dynamicModule(
  module: Type,
  { names, isGlobal = false, imports = [], options }: Registration,
): DynamicModule {
  // Tells registrations apart where Nest compares modules by their content: the factories in them look alike.
  const registration = { provide: REGISTRATION, useValue: ++registrations };
  const providers: Provider[] = [
    registration,
    registrationCheck(module, names, SINGLE_REGISTRATION, BANK_AUTH_OPTIONS),
    ...options,
    resolvedOptions(names),
    decorable({ provide: BANK_AUTH_CLOCK, useFactory: () => new SystemClock() }),
    { provide: BANK_AUTH_RANDOM, useValue: Math.random },
    tokenStore,
    ...names.flatMap((name) => providersOf(name)).map(decorable),
    decorable(lifecycle(names)),
  ];
  // Where there is one provider only, its service needs no name. Read when Nest scans: all copies are loaded then.
  const classes = () => (names.length === 1 ? [...tokenServiceClasses()] : []);
  const core: DynamicModule = {
    module: BankAuthCoreModule,
    // For Nest begins with global modules and ends with them.
    global: isGlobal,
    imports,
    get providers() {
      const [name = ''] = names;
      return [
        ...providers,
        ...classes().map((type) => ({ provide: type, useExisting: getTokenServiceToken(name) })),
      ];
    },
    get exports() {
      return [RESOLVED_OPTIONS, ...names.flatMap((name) => [...tokensOf(name).keys()]), ...classes()];
    },
  };
  return {
    module,
    global: isGlobal,
    // In this order, so that `app.get()` finds what is declared, and not what stands in for it elsewhere.
    imports: [hintsModule({ core, names, isGlobal, checked: RESOLVED_OPTIONS }), core],
    providers: [registration],
    exports: [BankAuthCoreModule],
  };
}

/** Fails with all that is wrong at once: in the configuration, and where classes inject what is not there. */
function resolvedOptions(names: readonly string[]): Provider {
  return {
    provide: RESOLVED_OPTIONS,
    useFactory: (given: Sealed<unknown>, ref: ModuleRef) => {
      return seal(resolveOptions(open(given), names, misinjections(modulesOf(ref), names)));
    },
    inject: [BANK_AUTH_OPTIONS, ModuleRef],
  };
}

/** One for all providers, so that a fault of it is one fault. */
const tokenStore: Provider = {
  provide: TOKEN_STORE,
  useFactory: (sealed: Sealed<ResolvedOptions>, clock: Clock) => {
    const { store } = open(sealed);
    return seal(store && new GuardedStore(store, clock, new Logger('BankAuth')));
  },
  inject: [RESOLVED_OPTIONS, BANK_AUTH_CLOCK],
};

function providersOf(name: string): FactoryProvider[] {
  return [
    {
      provide: getTokenServiceToken(name),
      useFactory: (
        options: Sealed<ResolvedOptions>,
        store: Sealed<GuardedStore | undefined>,
        clock: Clock,
        random: () => number,
      ) => createTokenService(name, open(options), open(store), clock, random),
      inject: [RESOLVED_OPTIONS, TOKEN_STORE, BANK_AUTH_CLOCK, BANK_AUTH_RANDOM],
    },
    {
      provide: getBankInterceptorToken(name),
      useFactory: (options: Sealed<ResolvedOptions>, tokens: TokenService, clock: Clock) => {
        const log = new MerchantLog(new Logger('BankAuth'), clock, name, 'call');
        const { bank, origins, http } = providerOf(open(options), name);
        const { maxContentLength } = http;
        const { idempotencyHeader, rejectsToken, rejectsTokenOn } = bank;
        return new BankAuthInterceptor({
          tokens: supplyOf(tokens),
          origins,
          idempotencyHeader,
          rejectsToken,
          rejectsTokenOn,
          tell: (line) => log[line.level](written(line)),
          ...(maxContentLength === undefined ? {} : { maxContentLength }),
        });
      },
      inject: [RESOLVED_OPTIONS, getTokenServiceToken(name), BANK_AUTH_CLOCK],
    },
    {
      provide: getBankHttpToken(name),
      useFactory: (options: Sealed<ResolvedOptions>, interceptor: BankAuthInterceptor) =>
        createBankHttp(interceptor, providerOf(open(options), name), new Logger('BankAuth')),
      inject: [RESOLVED_OPTIONS, getBankInterceptorToken(name)],
    },
    {
      provide: getBankFetchToken(name),
      useFactory: (options: Sealed<ResolvedOptions>, interceptor: BankAuthInterceptor) =>
        createBankFetch(interceptor, providerOf(open(options), name)),
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
  const {
    bank,
    environment,
    tokenUrl,
    scopes,
    scopesFrom,
    credentials,
    merchants,
    http,
    tokenRequests,
    enabled,
  } = configured;
  const { httpsAgent, proxy } = http;
  const directory = new MerchantDirectory({
    provider,
    bank,
    environment,
    tokenUrl,
    // Shared by all tokens that have the same.
    scopes: Object.freeze([...scopes]),
    scopesFrom,
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
  if (provider === undefined) throw new BankAuthConfigError(notConfigured(name));
  return provider;
}

function lifecycle(names: readonly string[]): FactoryProvider {
  const tokensOf = (name: string) => [
    getTokenServiceToken(name),
    getBankInterceptorToken(name),
    getBankHttpToken(name),
    getBankFetchToken(name),
  ];
  return {
    provide: LIFECYCLE,
    useFactory: (
      sealed: Sealed<ResolvedOptions>,
      store: Sealed<GuardedStore | undefined>,
      ...made: unknown[]
    ) => {
      const options = open(sealed);
      const providers = names.map((name, index): LivingProvider => {
        const [tokens, interceptor, http, fetch] = made.slice(4 * index);
        const { enabled, keepWarm, credentials } = providerOf(options, name);
        return {
          tokens: tokens instanceof TokenService ? tokens : undefined,
          // Merchants other than the default one are not known before a call names them.
          warm: enabled && credentials !== undefined,
          keepWarm,
          close() {
            if (interceptor instanceof BankAuthInterceptor) interceptor.close();
            if (http instanceof BankHttpService) http.closeIdle();
            closeIdleFetch(fetch);
          },
        };
      });
      return new BankAuthLifecycle(providers, open(store), options.warmUp, new Logger('BankAuth'));
    },
    inject: [RESOLVED_OPTIONS, TOKEN_STORE, ...names.flatMap(tokensOf)],
  };
}
