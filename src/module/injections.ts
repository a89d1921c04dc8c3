import type { InjectionToken, Type } from '@nestjs/common';
import { similarName } from '../errors/index.js';
import type { ModuleHost, Wrapper } from './container.js';
import { tokenServiceClasses, tokensOf, wantedTokens } from './injection-tokens.js';
import { BY_ITS_CLASS, notImported, oneOfSeveral, undeclared } from './module.messages.js';

/** The factories of placeholders, which replace missing providers and report them. */
const placeholders = new WeakSet<object>();

export function markPlaceholder<F extends object>(factory: F): F {
  placeholders.add(factory);
  return factory;
}

/**
 * Hides the placeholders of a module from `app.get()`, which would find them instead of other modules' providers under
 * the same token. Nest's lookups for injection do not use `forEach`.
 */
export function hidePlaceholders({ providers }: ModuleHost): void {
  const forEach: typeof providers.forEach = (visit) => {
    for (const [token, wrapper] of providers) if (genuine(wrapper)) visit(wrapper, token, providers);
  };
  Object.defineProperty(providers, 'forEach', { value: forEach });
}

/** The tokens of this package that classes may inject (declared, misspelt, or a class), each with its source text. */
export function writtenTokens(names: readonly string[]): ReadonlyMap<InjectionToken, string> {
  return new Map<InjectionToken, string>([
    ...wantedTokens(),
    ...names.flatMap((name) => [...tokensOf(name)]),
    ...[...tokenServiceClasses()].map((type): [InjectionToken, string] => [type, BY_ITS_CLASS]),
  ]);
}

/** Whether `BankAuthModule` provides the token. */
export function isDeclared(token: InjectionToken, names: readonly string[]): boolean {
  if (typeof token === 'function') return names.length === 1;
  return names.some((name) => tokensOf(name).has(token as symbol));
}

/** A class or a factory that injects a token, in one module. */
export interface Consumer {
  readonly name: string;
  readonly module: ModuleHost;
}

/** The provider that Nest finds for a token in a module, without placeholders; the module comes before its imports. */
export function providerFor(module: ModuleHost, token: InjectionToken): Wrapper | undefined {
  return genuine(module.providers.get(token)) ?? importedProvider(module, token, new Set(), false);
}

/** The consumers of this class; without a class, all consumers of this token. */
export function consumersOf(
  modules: readonly ModuleHost[],
  token: InjectionToken,
  type: Type | undefined,
): Consumer[] {
  return modules.flatMap((module) =>
    wrappersOf(module)
      .filter((wrapper) =>
        type === undefined
          ? dependenciesOf(wrapper).some((dependency) => dependency.token === token)
          : wrapper.metatype === type,
      )
      .map((wrapper) => ({ name: nameOf(wrapper), module })),
  );
}

/** One sentence for each consumer of a missing provider. */
export function misinjections(modules: readonly ModuleHost[], names: readonly string[]): string[] {
  const written = writtenTokens(names);
  const found = modules.flatMap((module) =>
    wrappersOf(module).flatMap((wrapper) =>
      dependenciesOf(wrapper)
        .filter(({ token, optional }) => !optional && written.has(token) && isMissing(module, token))
        .map(({ token }) => misinjection({ name: nameOf(wrapper), module }, token, names)),
    ),
  );
  return [...new Set(found)];
}

/** The problem of an injection without a provider, and its correction. */
export function misinjection(
  { name, module }: { readonly name: string; readonly module: ModuleHost | undefined },
  token: InjectionToken,
  names: readonly string[],
): string {
  const injection = writtenTokens(names).get(token);
  if (isDeclared(token, names)) return notImported(name, injection, module?.name);
  return typeof token === 'function'
    ? oneOfSeveral(name, injection, names)
    : undeclared(name, injection, { names, similar: similarName(nameWithin(injection), names) });
}

/** The provider's name in the source text of a decorator. */
function nameWithin(injection = ''): string {
  return /\('(.*)'\)$/s.exec(injection)?.[1] ?? '';
}

function isMissing(module: ModuleHost, token: InjectionToken): boolean {
  return providerFor(module, token) === undefined;
}

/** Searches as Nest does: in the imported modules, and in the modules that those re-export. */
function importedProvider(
  module: ModuleHost,
  token: InjectionToken,
  seen: Set<ModuleHost>,
  traversing: boolean,
): Wrapper | undefined {
  for (const related of module.imports) {
    if ((traversing && !module.exports.has(related.metatype)) || seen.has(related)) continue;
    seen.add(related);
    const own = related.exports.has(token) ? genuine(related.providers.get(token)) : undefined;
    const provider = own ?? importedProvider(related, token, seen, true);
    if (provider !== undefined) return provider;
  }
  return undefined;
}

/** The provider unless it is a placeholder. A double of a test in place of a placeholder is a real provider. */
function genuine(wrapper: Wrapper | undefined): Wrapper | undefined {
  return wrapper?.metatype != null && placeholders.has(wrapper.metatype) ? undefined : wrapper;
}

function wrappersOf({ providers, controllers, injectables }: ModuleHost): Wrapper[] {
  return [...providers.values(), ...controllers.values(), ...injectables.values()];
}

function nameOf({ name, token }: Wrapper): string {
  return typeof name === 'string' ? name : String(token);
}

interface Dependency {
  readonly token: InjectionToken;
  readonly optional: boolean;
}

/** The dependencies of a class or a factory, as Nest reads them. */
function dependenciesOf({ metatype, inject }: Wrapper): Dependency[] {
  if (inject != null) return inject.map(factoryDependency);
  if (typeof metatype !== 'function') return [];
  const read = (key: string): unknown[] => Reflect.getMetadata(key, metatype) ?? [];
  const parameters = [...read('design:paramtypes')];
  for (const { index, param } of read('self:paramtypes') as { index: number; param: unknown }[]) {
    parameters[index] = param;
  }
  const properties = read('self:properties_metadata') as { key: string | symbol; type: unknown }[];
  const [optionalParameters, optionalProperties] = [
    'optional:paramtypes',
    'optional:properties_metadata',
  ].map(read);
  return [
    ...Array.from(parameters, (param, index) => ({
      token: tokenOf(param),
      optional: (optionalParameters ?? []).includes(index),
    })),
    ...properties.map(({ key, type }) => ({
      token: tokenOf(type),
      optional: (optionalProperties ?? []).includes(key),
    })),
  ];
}

/** A member of the list `inject` of a factory. */
export function factoryDependency(dependency: unknown): Dependency {
  const { token, optional } = ((typeof dependency === 'object' ? dependency : undefined) as {
    token?: unknown;
    optional?: boolean;
  }) ?? { token: dependency };
  return { token: tokenOf(token ?? dependency), optional: optional === true };
}

/** The token of a dependency, resolved if it is a `forwardRef`. */
function tokenOf(dependency: unknown): InjectionToken {
  const forward = (dependency as { forwardRef?: () => unknown } | null | undefined)?.forwardRef;
  return (typeof forward === 'function' ? forward() : dependency) as InjectionToken;
}
