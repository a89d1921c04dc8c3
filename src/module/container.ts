import type { FactoryProvider, InjectionToken } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';

/** A module as Nest's container holds it. */
export type ModuleHost = ModulesContainer extends Map<string, infer M> ? M : never;

/** A provider or a controller as Nest's container holds it. */
export type Wrapper = ModuleHost extends { providers: Map<InjectionToken, infer W> } ? W : never;

/** The private members of a `ModuleRef` of Nest 11 and 12. */
interface Insight {
  readonly container?: {
    getModules(): ModulesContainer;
    readonly contextOptions?: { readonly instrument?: { readonly instanceDecorator?: unknown } };
  };
}

/** All modules of the application. The injectable container may be in a decorator's proxy, in which a `Map` fails. */
export function modulesOf(ref: ModuleRef): ModuleHost[] {
  const modules =
    (ref as unknown as Insight).container?.getModules() ??
    ref.get<ModulesContainer>(ModulesContainer, { strict: false });
  return [...modules.values()];
}

/**
 * The same provider, whose instance works also behind a `Proxy` of the application's `instrument.instanceDecorator`: a
 * method that is called on the proxy finds the private fields of the instance.
 */
export function decorable(provider: FactoryProvider): FactoryProvider {
  const { useFactory, inject = [] } = provider;
  return {
    ...provider,
    inject: [ModuleRef, ...inject],
    useFactory: (ref: ModuleRef, ...args: unknown[]) => {
      const instance: unknown = useFactory(...args);
      const decorator = (ref as unknown as Insight).container?.contextOptions?.instrument?.instanceDecorator;
      return decorator === undefined ? instance : bound(instance as object);
    },
  };
}

/** The instance with all its methods and accessors as its own, bound to itself. */
function bound<T extends object>(instance: T): T {
  for (
    let type = Object.getPrototypeOf(instance);
    type !== Object.prototype;
    type = Object.getPrototypeOf(type)
  ) {
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(type))) {
      if (key !== 'constructor' && !Object.hasOwn(instance, key)) {
        Object.defineProperty(instance, key, boundDescriptor(instance, descriptor));
      }
    }
  }
  return instance;
}

function boundDescriptor(
  instance: object,
  { get, set, value, ...rest }: PropertyDescriptor,
): PropertyDescriptor {
  if (get !== undefined || set !== undefined) {
    return { enumerable: false, configurable: true, get: get?.bind(instance), set: set?.bind(instance) };
  }
  return { ...rest, enumerable: false, value: typeof value === 'function' ? value.bind(instance) : value };
}
