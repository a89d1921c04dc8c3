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
 * Says what is wrong where Nest would know only that it cannot resolve a symbol: an undeclared name, a module
 * that does not import `BankAuthModule`, a `TokenService` that could be any of several. It is global, because the place
 * that is wrong imports nothing of ours. What others provide under the same token comes first, in any order.
 */
@Module({})
export class BankAuthHintsModule {}

interface Declared {
  /** Has the providers that are declared. */
  readonly core: DynamicModule;
  readonly names: readonly string[];
  readonly isGlobal: boolean;
  /** Exported by `core`; fails where the configuration is wrong, with all problems, those of injections included. */
  readonly checked: symbol;
}

export function hintsModule(declared: Declared): DynamicModule {
  // Getters, because Nest reads them after every decorator has run: what is wanted but not there is known then.
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

/** What is declared globally is everywhere: Nest's lookup need not come by here. */
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
    // Inert unless it is injected, and told each time by which class.
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

/** The instance, made first where it is not there yet: the application may still be starting. */
async function instanceOf({ token, host }: Wrapper): Promise<unknown> {
  class Holder {
    constructor(readonly instance: unknown) {}
  }
  Inject(token)(Holder, undefined, 0);
  const ref = host?.providers.get(ModuleRef)?.instance as ModuleRef;
  return (await ref.create(Holder)).instance;
}
