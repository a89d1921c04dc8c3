import { type InjectionToken, type OnModuleInit, type Provider, Scope, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { BankAuthConfigError } from '../errors/index.js';
import { modulesOf, type Wrapper } from './container.js';
import { writtenTokens } from './injections.js';
import { byWayOf, circularOptions, registeredTwice, requestScoped } from './module.messages.js';

/**
 * Refuses two registrations in one application, which would be two caches and twice the token calls, and a configuration
 * that Nest makes anew for each request, which would be a cache for each of them.
 * @param provide the token of the check. Guarded providers depend on it, so that no factory runs before
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
      // Once more when Nest has looked at everything: a dependency of the options may have been unknown before.
      return { onModuleInit: check };
    },
    inject: [ModuleRef],
  };
}

function registeredOften(module: Type, times: number): BankAuthConfigError {
  return new BankAuthConfigError(registeredTwice(module.name, times));
}

/** Options come first, and once: what they depend on must neither be made for each request nor need a bank itself. */
function assertSound(module: Type, options: Wrapper, written: ReadonlyMap<InjectionToken, string>): void {
  // Not `isDependencyTreeStatic()`, which remembers an answer that came before all dependencies were known.
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

/** The last on the way from the options, and what is between. */
function described(way: readonly Wrapper[]): string {
  const names = way.slice(1).map(({ name, token }) => (typeof name === 'string' ? name : String(token)));
  return byWayOf(String(names.at(-1)), names.slice(0, -1));
}

/** From a provider down to the first of its dependencies that is of this kind. */
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
    // Sparse, while Nest is still looking.
    const below = dependency && wayTo(dependency, wanted, seen);
    if (below !== undefined) return [wrapper, ...below];
  }
  return undefined;
}
