import fc from 'fast-check';
import { HOSTILE } from './hostile-values.js';

/** One change of a structure: something hostile at a place, or beside it under a name that does not belong there. */
export interface Sabotage {
  /** Chooses the place, of all there are. */
  readonly place: number;
  /** A name of `HOSTILE`. */
  readonly value: string;
  /** Puts it beside, under this name. */
  readonly beside: string | undefined;
}

const names = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toString',
  'then',
  '',
  'a.b',
  'client_id',
  'clientSecret',
  'apiKey',
  'scopes',
  'tokenUrl',
  'apiBaseUrl',
  'allowedOrigins',
  'allowInsecureOrigins',
  'environment',
  'enabled',
  'http',
  'proxy',
  'httpsAgent',
  'bank',
  'store',
  'refresh',
  'retry',
  'privateKey',
  'tlsCertificate',
  'tlsKey',
  'tlsCa',
  'keyId',
  'credentials',
);

/** @param values names of values; by default any of `HOSTILE` */
export function sabotages(
  values: readonly string[] = Object.keys(HOSTILE),
): fc.Arbitrary<readonly Sabotage[]> {
  const sabotage = fc.record({
    place: fc.nat(10_000),
    value: fc.constantFrom(...values),
    beside: fc.option(names, { nil: undefined }),
  });
  return fc.array(sabotage, { maxLength: 4 });
}

/** Values by their names, made of a text that stands for a secret. */
type Values = Readonly<Record<string, (secret: string) => unknown>>;

/**
 * Applies the changes to a structure of plain objects and lists, which is changed.
 * @param secretAt what stands for a secret at this path
 */
export function sabotaged<T extends object>(
  structure: T,
  sabotages: readonly Sabotage[],
  secretAt: (path: string) => string,
  values: Values = HOSTILE,
): T {
  for (const { place, value, beside } of sabotages) {
    const places = placesIn(structure, '');
    const chosen = places[place % Math.max(1, places.length)];
    if (chosen === undefined) continue;
    const { holder, path, name } = chosen;
    // Not an assignment, for which `__proto__` is not a name like others.
    Object.defineProperty(holder, Array.isArray(holder) ? name : (beside ?? name), {
      value: values[value]?.(secretAt(path)),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return structure;
}

interface Place {
  readonly holder: object;
  readonly path: string;
  readonly name: string;
}

/** All members, at most eight levels down. */
function placesIn(holder: object, above: string, levels = 8): Place[] {
  if (levels === 0) return [];
  return Object.keys(holder).flatMap((name) => {
    const path = `${above}${name}`;
    const member: unknown = Reflect.get(holder, name);
    const here = { holder, path, name };
    return isPlain(member) ? [here, ...placesIn(member, `${path}.`, levels - 1)] : [here];
  });
}

function isPlain(member: unknown): member is object {
  if (typeof member !== 'object' || member === null || !Object.isExtensible(member)) return false;
  return Array.isArray(member) || Object.getPrototypeOf(member) === Object.prototype;
}
