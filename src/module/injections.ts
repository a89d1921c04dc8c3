import type { InjectionToken, Type } from '@nestjs/common';
import { similarName } from '../errors/index.js';
import type { ModuleHost, Wrapper } from './container.js';
import { tokenServiceClasses, tokensOf, wantedTokens } from './injection-tokens.js';
import { BY_ITS_CLASS, notImported, oneOfSeveral, undeclared } from './module.messages.js';

/** The factories of the providers that stand in for what is missing, in order to say so. */
const placeholders = new WeakSet<object>();

export function markPlaceholder<F extends object>(factory: F): F {
  placeholders.add(factory);
  return factory;
}

/**
 * Takes the placeholders of a module out of the sight of `app.get()`, which would find them instead of what others
 * provide under the same token. Nest's lookups for injection do not use `forEach`.
 */
export function hidePlaceholders({ providers }: ModuleHost): void {
  const forEach: typeof providers.forEach = (visit) => {
    for (const [token, wrapper] of providers) if (genuine(wrapper)) visit(wrapper, token, providers);
  };
  Object.defineProperty(providers, 'forEach', { value: forEach });
}

/** What classes may want of this package, each token with the way it is written: declared, misspelt, or by class. */
export function writtenTokens(names: readonly string[]): ReadonlyMap<InjectionToken, string> {
  return new Map<InjectionToken, string>([
    ...wantedTokens(),
    ...names.flatMap((name) => [...tokensOf(name)]),
    ...[...tokenServiceClasses()].map((type): [InjectionToken, string] => [type, BY_ITS_CLASS]),
  ]);
}

/** Whether `BankAuthModule` provides it. */
export function isDeclared(token: InjectionToken, names: readonly string[]): boolean {
  if (typeof token === 'function') return names.length === 1;
  return names.some((name) => tokensOf(name).has(token as symbol));
}

/** A class or a factory that injects a token, in one module. */
export interface Consumer {
  readonly name: string;
  readonly module: ModuleHost;
}

/** The provider that Nest finds for a token where a module looks for it, placeholders aside; own ones come first. */
export function providerFor(module: ModuleHost, token: InjectionToken): Wrapper | undefined {
  return genuine(module.providers.get(token)) ?? importedProvider(module, token, new Set(), false);
}

/** The modules that hold this class, or a factory that injects this token where there is no class. */
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

/** One sentence for each place that requires what it does not get. */
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

/** What is wrong with an injection that finds nothing, and what to write. */
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

/** The provider's name as a decorator was told it. */
function nameWithin(injection = ''): string {
  return /\('(.*)'\)$/s.exec(injection)?.[1] ?? '';
}

function isMissing(module: ModuleHost, token: InjectionToken): boolean {
  return providerFor(module, token) === undefined;
}

/** As Nest walks the imports: modules that are imported, and of those what they re-export. */
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

/** A test may have put a double in the place of a placeholder: that one is meant to be injected. */
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

/** What a class or a factory injects, as Nest reads it. */
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

/** One of the `inject` of a factory. */
export function factoryDependency(dependency: unknown): Dependency {
  const { token, optional } = ((typeof dependency === 'object' ? dependency : undefined) as {
    token?: unknown;
    optional?: boolean;
  }) ?? { token: dependency };
  return { token: tokenOf(token ?? dependency), optional: optional === true };
}

/** The token behind a `forwardRef` too. */
function tokenOf(dependency: unknown): InjectionToken {
  const forward = (dependency as { forwardRef?: () => unknown } | null | undefined)?.forwardRef;
  return (typeof forward === 'function' ? forward() : dependency) as InjectionToken;
}
