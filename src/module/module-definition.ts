import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type BankAuthOptions, resolveOptions } from '../config/index.js';
import { BankAuthConfigError } from '../errors/index.js';
import { BankAuthEvents } from '../events/index.js';
import { SystemClock } from '../time/clock.js';
import { BankAuthState } from './bank-auth-state.js';
import { lifecycle, providersOf, state, tokenStore } from './bank-providers.js';
import { decorable, modulesOf } from './container.js';
import { eventProviders } from './event-providers.js';
import { hintsModule } from './hints.js';
import { getTokenServiceToken, tokenServiceClasses, tokensOf } from './injection-tokens.js';
import { factoryDependency, misinjections, writtenTokens } from './injections.js';
import {
  asyncProblems,
  BARE_IMPORT,
  injectedByOptions,
  NO_FACTORY,
  NO_NAMES,
  ODD_NAMES,
  oneWay,
  repeatedNames,
} from './module.messages.js';
import type { BankAuthAsyncOptions, BankAuthOptionsFactory } from './module-options.js';
import {
  BANK_AUTH_CLOCK,
  BANK_AUTH_OPTIONS,
  BANK_AUTH_RANDOM,
  REGISTRATION,
  RESOLVED_OPTIONS,
  SINGLE_REGISTRATION,
} from './own-tokens.js';
import { registrationCheck } from './registration.js';
import { open, type Sealed, seal } from './sealed.js';

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
  /** The providers of `BANK_AUTH_OPTIONS`. */
  readonly options: readonly Provider[];
}

/** The module with the declared providers. `BankAuthModule` exports it. */
@Module({})
class BankAuthCoreModule {}

let registrations = 0;

function dynamicModule(
  module: Type,
  { names, isGlobal = false, imports = [], options }: Registration,
): DynamicModule {
  // Makes registrations different: Nest compares modules by their content, and their factories look alike.
  const registration = { provide: REGISTRATION, useValue: ++registrations };
  const providers: Provider[] = [
    registration,
    registrationCheck(module, names, SINGLE_REGISTRATION, BANK_AUTH_OPTIONS),
    ...options,
    resolvedOptions(names),
    decorable({ provide: BANK_AUTH_CLOCK, useFactory: () => new SystemClock() }),
    { provide: BANK_AUTH_RANDOM, useValue: Math.random },
    ...eventProviders,
    tokenStore,
    ...names.flatMap((name) => providersOf(name)).map(decorable),
    decorable(state(names)),
    decorable(lifecycle(names)),
  ];
  // The service of a single provider can be injected without a name. Read when Nest scans: all copies are loaded then.
  const classes = () => (names.length === 1 ? [...tokenServiceClasses()] : []);
  const core: DynamicModule = {
    module: BankAuthCoreModule,
    // Global too, because Nest initialises global modules first and ends them last.
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
      return [
        RESOLVED_OPTIONS,
        BankAuthEvents,
        BankAuthState,
        ...names.flatMap((name) => [...tokensOf(name).keys()]),
        ...classes(),
      ];
    },
  };
  return {
    module,
    global: isGlobal,
    // In this order, so that `app.get()` finds the declared providers and not their placeholders.
    imports: [hintsModule({ core, names, isGlobal, checked: RESOLVED_OPTIONS }), core],
    providers: [registration],
    exports: [BankAuthCoreModule],
  };
}

/** Fails with all problems at once: of the configuration, and of classes that inject missing providers. */
function resolvedOptions(names: readonly string[]): Provider {
  return {
    provide: RESOLVED_OPTIONS,
    useFactory: (given: Sealed<unknown>, ref: ModuleRef) => {
      return seal(resolveOptions(open(given), names, misinjections(modulesOf(ref), names)));
    },
    inject: [BANK_AUTH_OPTIONS, ModuleRef],
  };
}
