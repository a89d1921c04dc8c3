import {
  type DynamicModule,
  type FactoryProvider,
  Inject,
  type InjectionToken,
  Module,
  Scope,
  type Type,
} from '@nestjs/common';
import { INQUIRER, ModuleRef } from '@nestjs/core';
import { BankAuthConfigError } from '../errors/index.js';
import { modulesOf, type Wrapper } from './container.js';
import {
  consumersOf,
  hidePlaceholders,
  isDeclared,
  markPlaceholder,
  misinjection,
  providerFor,
  writtenTokens,
} from './injections.js';

/**
 * Explains mistakes that Nest would only report as a symbol that it cannot resolve: an undeclared name, a module that
 * does not import `BankAuthModule`, an ambiguous `TokenService`. It is global, because a module with such a mistake
 * imports nothing of this library. Providers of other modules under the same token come first, in any order.
 */
@Module({})
export class BankAuthHintsModule {}

interface Declared {
  /** The module with the declared providers. */
  readonly core: DynamicModule;
  readonly names: readonly string[];
  readonly isGlobal: boolean;
  /** A token that `core` exports; its factory fails with all problems of the configuration and of injections. */
  readonly checked: symbol;
}

export function hintsModule(declared: Declared): DynamicModule {
  // Getters, because Nest reads them after every decorator has run: then all required tokens are known.
  return {
    module: BankAuthHintsModule,
    global: true,
    imports: [declared.core],
    get providers() {
      return [hiding, ...tokensToExplain(declared).map((token) => placeholderFor(token, declared))];
    },
    get exports() {
      return tokensToExplain(declared) as DynamicModule['exports'];
    },
  };
}

/** The tokens that need placeholders. Globally declared tokens need none, since every module has them. */
function tokensToExplain({ names, isGlobal }: Declared): InjectionToken[] {
  return [...writtenTokens(names).keys()].filter((token) => !(isGlobal && isDeclared(token, names)));
}

const hiding: FactoryProvider = {
  provide: Symbol.for('nestjs-bank-auth:hidden-placeholders'),
  inject: [ModuleRef],
  useFactory: (ref: ModuleRef) => {
    for (const module of modulesOf(ref))
      if (module.metatype === BankAuthHintsModule) hidePlaceholders(module);
    return true;
  },
};

function placeholderFor(token: InjectionToken, { names, checked }: Declared): FactoryProvider {
  return {
    provide: token,
    // Not run unless injected, and run for each class that injects it.
    scope: Scope.TRANSIENT,
    inject: [INQUIRER, ModuleRef, checked],
    useFactory: markPlaceholder((inquirer: object | undefined, ref: ModuleRef) => {
      const type = inquirer?.constructor as Type | undefined;
      const consumers = consumersOf(modulesOf(ref), token, type);
      for (const { module } of consumers) {
        const provider = providerFor(module, token);
        if (provider !== undefined) return instanceOf(provider);
      }
      const [consumer = { name: type?.name ?? 'A class', module: undefined }] = consumers;
      throw new BankAuthConfigError(misinjection(consumer, token, names));
    }),
  };
}

/** The instance, which is made if it does not exist yet: the application may still be starting. */
async function instanceOf({ token, host }: Wrapper): Promise<unknown> {
  class Holder {
    constructor(readonly instance: unknown) {}
  }
  Inject(token)(Holder, undefined, 0);
  const ref = host?.providers.get(ModuleRef)?.instance as ModuleRef;
  return (await ref.create(Holder)).instance;
}
