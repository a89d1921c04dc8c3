import { type BankDefinition, isValueName } from '../banks/index.js';
import { similarName } from '../errors/index.js';
import { A_CREDENTIAL, IS_MISSING, ODD_VALUE_NAME, unknownOption } from './config.messages.js';
import { credentialTextProblem } from './credential-text.js';
import { isPlainObject, type OptionProblem } from './options-validator.js';

/** The names of a bank's values, which each merchant may or must have; empty for an invalid definition. */
export function valueNames(bank: BankDefinition | undefined): readonly string[] {
  const values: unknown = bank?.options?.values;
  return isPlainObject(values) ? Object.keys(values) : [];
}

/**
 * The problems of single values; paths begin with `values`. Values that are no object, or that the bank does not use,
 * are reported elsewhere.
 */
export function valueProblems(given: unknown, bank: BankDefinition): OptionProblem[] {
  const names = valueNames(bank);
  if (names.length === 0 || (given !== undefined && !isPlainObject(given))) return [];
  const values = given ?? {};
  const unknown = Object.keys(values).filter(
    (name) => !names.includes(name) && (values[name] ?? undefined) !== undefined,
  );
  return [
    ...(unknown.every(isValueName) ? [] : [{ path: ['values'], text: ODD_VALUE_NAME }]),
    ...unknown.filter(isValueName).map((name) => ({
      path: ['values', name],
      text: unknownOption(similarName(name, names)),
    })),
    ...names.flatMap((name) => {
      const text = problemOf(Object.hasOwn(values, name) ? values[name] : undefined, bank, name);
      return text === undefined ? [] : [{ path: ['values', name], text }];
    }),
  ];
}

function problemOf(value: unknown, { options }: BankDefinition, name: string): string | undefined {
  if (value === undefined || value === null)
    return options?.values?.[name] === 'required' ? IS_MISSING : undefined;
  return typeof value === 'string' ? credentialTextProblem(value) : A_CREDENTIAL;
}

/** A frozen copy that inherits nothing; undefined if it is empty. */
export function frozenValues(given: unknown): Readonly<Record<string, string>> | undefined {
  if (!isPlainObject(given)) return undefined;
  const entries = Object.entries(given).filter(([, value]) => typeof value === 'string');
  if (entries.length === 0) return undefined;
  // Sorted, so that equal values are serialised equally.
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.freeze(Object.assign(Object.create(null), Object.fromEntries(entries)));
}
