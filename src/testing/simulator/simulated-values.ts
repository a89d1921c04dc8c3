import type { BankCredentials, BankDefinition } from '../../index.js';
import type { SimulatedCredentials } from './simulated-bank.types.js';

/** A value for each name that a definition requires; undefined if it requires none. */
export function valuesFor(
  { options }: BankDefinition,
  make: (name: string) => string,
): Record<string, string> | undefined {
  const names = Object.keys(options?.values ?? {});
  return names.length === 0 ? undefined : Object.fromEntries(names.map((name) => [name, make(name)]));
}

/** Credentials in the form that the functions of a definition read. */
export function readable({ values, ...credentials }: Readonly<SimulatedCredentials>): BankCredentials {
  return { ...credentials, values: Object.assign(Object.create(null), values) };
}
