import { type InjectionToken, type OnModuleInit, type Provider, Scope, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { BankAuthConfigError } from '../errors/index.js';
import { modulesOf, type Wrapper } from './container.js';
import { writtenTokens } from './injections.js';
import { byWayOf, circularOptions, registeredTwice, requestScoped } from './module.messages.js';

/**
 * Refuses two registrations in one application, with two caches and twice the token calls, and a configuration that
 * Nest makes anew for each request, with a cache for each request.
 * @param provide the token of the check. Guarded providers depend on it, so that no factory runs before it
 * @param options the token under which a registration keeps its options
 */
export function registrationCheck(
  module: Type,
  names: readonly string[],
  provide: symbol,
  options: symbol,
): Provider {
  return {
    provide,
    useFactory: (ref: ModuleRef): OnModuleInit => {
      const check = () => {
        const registered = modulesOf(ref).flatMap(({ providers }) => providers.get(options) ?? []);
        if (registered.length > 1) throw registeredOften(module, registered.length);
        for (const wrapper of registered) assertSound(module, wrapper, writtenTokens(names));
      };
      check();
      // Checked again when Nest has resolved everything: a dependency of the options may have been unknown before.
      return { onModuleInit: check };
    },
    inject: [ModuleRef],
  };
}

function registeredOften(module: Type, times: number): BankAuthConfigError {
  return new BankAuthConfigError(registeredTwice(module.name, times));
}

/** Options are made first, and once: their dependencies must be neither request-scoped nor users of this module. */
function assertSound(module: Type, options: Wrapper, written: ReadonlyMap<InjectionToken, string>): void {
  // Not `isDependencyTreeStatic()`, which caches its result before all dependencies are known.
  const scoped = wayTo(options, ({ scope }) => scope === Scope.REQUEST);
  if (scoped !== undefined) {
    throw new BankAuthConfigError(requestScoped(module.name, described(scoped)));
  }
  const circular = wayTo(options, ({ token }) => written.has(token));
  if (circular !== undefined) {
    const [injected, ...way] = [...circular].reverse();
    throw new BankAuthConfigError(
      circularOptions(module.name, described(way.reverse()), written.get(injected?.token as InjectionToken)),
    );
  }
}

/** The last provider on the way from the options, and the providers between. */
function described(way: readonly Wrapper[]): string {
  const names = way.slice(1).map(({ name, token }) => (typeof name === 'string' ? name : String(token)));
  return byWayOf(String(names.at(-1)), names.slice(0, -1));
}

/** The way from a provider to the first of its dependencies for which `wanted` is true. */
function wayTo(
  wrapper: Wrapper,
  wanted: (dependency: Wrapper) => boolean,
  seen = new Set<Wrapper>(),
): Wrapper[] | undefined {
  if (seen.has(wrapper)) return undefined;
  seen.add(wrapper);
  if (wanted(wrapper)) return [wrapper];
  const dependencies = [
    ...(wrapper.getCtorMetadata() ?? []),
    ...(wrapper.getPropertiesMetadata() ?? []).map((property) => property.wrapper),
  ];
  for (const dependency of dependencies) {
    // The list is sparse while Nest still resolves dependencies.
    const below = dependency && wayTo(dependency, wanted, seen);
    if (below !== undefined) return [wrapper, ...below];
  }
  return undefined;
}
