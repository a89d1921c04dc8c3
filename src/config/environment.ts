import { type BankDefinition, builtInBanks, upperSnakeCase, valueVariable } from '../banks/index.js';
import { similarName } from '../errors/index.js';
import type { BankAuthOptions } from './bank-auth.options.js';
import {
  fileEmpty,
  fileProblem,
  fileUnreadable,
  sameVariables,
  variableNoString,
  variableProblem,
  variableTwice,
} from './config.messages.js';
import { CREDENTIAL_FIELDS, CREDENTIAL_TEXTS } from './credential-fields.js';
import { quotesProblem } from './credential-text.js';
import { readTextFileSync } from './text-file.js';
import { valueNames } from './value-rules.js';

/** The origin of options that were read from the environment; a member of the options under a symbol. */
export interface EnvironmentOrigin {
  /** The variable of an option at this path. */
  variableOf(path: readonly string[]): string | undefined;
  /** Another variable that is set, whose name looks like a misspelling of this one. */
  similarTo(variable: string): string | undefined;
  /** The problems of reading, by variable; the option of such a variable counts as missing too. */
  readonly problems: ReadonlyMap<string, string>;
  /** Files with credentials, by provider and option (`values.<name>` for a value); read again at each renewal. */
  readonly files: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** A registered symbol, and an own enumerable member, so that it survives `{ ...options, store }`. */
const ORIGIN = Symbol.for('nestjs-bank-auth:environment-origin');

export function originOf(options: object): EnvironmentOrigin | undefined {
  return (options as { [ORIGIN]?: EnvironmentOrigin })[ORIGIN];
}

const SUFFIXES: Readonly<Record<string, string>> = {
  bank: 'BANK',
  environment: 'ENVIRONMENT',
  enabled: 'ENABLED',
  ...Object.fromEntries(CREDENTIAL_TEXTS.map((name) => [name, CREDENTIAL_FIELDS[name].suffix])),
  scopes: 'SCOPES',
  tokenUrl: 'TOKEN_URL',
  apiBaseUrl: 'API_BASE_URL',
};

const CREDENTIALS: ReadonlySet<string> = new Set(CREDENTIAL_TEXTS);

/** A provider's name in upper snake case: `bog-payments` is `BOG_PAYMENTS`. */
export function variablePrefix(provider: string): string {
  return upperSnakeCase(provider);
}

/**
 * Reads the options of these providers from environment variables; each may be given as `…_FILE`, the path of a file
 * with the value. The validation reports missing and invalid options with their variables.
 * @param read the value of a variable, if it is set
 * @param names all variables that are set, to find misspelt ones
 */
export function optionsFromEnvironment(
  providers: ReadonlyMap<string, BankDefinition | undefined>,
  read: (variable: string) => string | undefined,
  names: readonly string[] = Object.keys(process.env),
): BankAuthOptions {
  const problems = new Map<string, string>();
  const files = new Map<string, Record<string, string>>();

  const readText = (name: string, variable = name): string | undefined => {
    const found: unknown = read(name);
    if (found === undefined || found === null || found === '') return undefined;
    // A configuration service may have loaded a value of any type from elsewhere.
    if (['string', 'number', 'boolean'].includes(typeof found)) return String(found);
    problems.set(variable, variableNoString(name));
    return undefined;
  };

  const readVariable = (variable: string): { value?: string; file?: string } => {
    const wrong = (text: string) => {
      problems.set(variable, text);
      return {};
    };
    const value = readText(variable);
    const file = readText(`${variable}_FILE`, variable);
    if (value !== undefined && file !== undefined) return wrong(variableTwice(variable));
    const given = file === undefined ? variable : `${variable}_FILE`;
    const quotes = quotesProblem(file ?? value ?? '');
    if (quotes !== undefined) return wrong(variableProblem(given, quotes));
    if (file === undefined) return { value };
    try {
      const content = readTextFileSync(file);
      const quotesWithin = quotesProblem(content);
      if (quotesWithin !== undefined) return wrong(fileProblem(given, quotesWithin));
      return { value: content, file };
    } catch (error) {
      const { message } = error as Error;
      return wrong(message === 'empty' ? fileEmpty(given) : fileUnreadable(given, message));
    }
  };

  const variablesOfValues: string[] = [];
  const configured = Object.create(null) as Record<string, Record<string, unknown>>;
  for (const [provider, definition] of providers) {
    const others = [...providers.keys()].filter(
      (other) => other < provider && variablePrefix(other) === variablePrefix(provider),
    );
    for (const other of others)
      problems.set(`${other} ${provider}`, sameVariables(other, provider, variablePrefix(provider)));
    const options: Record<string, unknown> = {};
    const filesOfProvider: Record<string, string> = {};
    const isDisabled = readVariable(`${variablePrefix(provider)}_ENABLED`).value === 'false';
    for (const [option, suffix] of Object.entries(SUFFIXES)) {
      const variable = `${variablePrefix(provider)}_${suffix}`;
      // The variables of a disabled provider are not read.
      if (isDisabled && option !== 'enabled') continue;
      const { value, file } = readVariable(variable);
      if (value === undefined) continue;
      options[option] = parse(option, value);
      if (file !== undefined && CREDENTIALS.has(option)) filesOfProvider[option] = file;
    }
    options.bank ??= definition;
    for (const name of isDisabled ? [] : valuesOf(provider, options.bank)) {
      const variable = `${variablePrefix(provider)}_${valueVariable(name)}`;
      variablesOfValues.push(variable);
      const { value, file } = readVariable(variable);
      if (value === undefined) continue;
      options.values = { ...(options.values as object | undefined), [name]: value };
      if (file !== undefined) filesOfProvider[`values.${name}`] = file;
    }
    configured[provider] = options;
    files.set(provider, filesOfProvider);
  }
  const origin: EnvironmentOrigin = {
    variableOf,
    similarTo: (variable) =>
      similarVariable(
        variable,
        ['BANK_AUTH_ENVIRONMENT', ...variablesOf(providers.keys()), ...variablesOfValues],
        names,
      ),
    problems,
    files,
  };
  const environment = readVariable('BANK_AUTH_ENVIRONMENT').value;
  return { environment, providers: configured, [ORIGIN]: origin } as unknown as BankAuthOptions;
}

function variableOf(path: readonly string[]): string | undefined {
  const [root, provider = '', option = '', value] = path;
  if (root === 'environment') return 'BANK_AUTH_ENVIRONMENT';
  if (option === 'values' && value !== undefined)
    return `${variablePrefix(provider)}_${valueVariable(value)}`;
  return Object.hasOwn(SUFFIXES, option) ? `${variablePrefix(provider)}_${SUFFIXES[option]}` : undefined;
}

/** The names of the values of the provider's bank, as far as they are known before the validation. */
function valuesOf(provider: string, bank: unknown): readonly string[] {
  if (bank !== undefined && typeof bank !== 'string') return valueNames(bank as BankDefinition);
  return valueNames(builtInBanks.get(bank ?? provider));
}

function variablesOf(providers: Iterable<string>): string[] {
  return [...providers].flatMap((provider) =>
    Object.values(SUFFIXES).map((suffix) => `${variablePrefix(provider)}_${suffix}`),
  );
}

/** The most letters of a misspelt name that may be wrong; an exchange of two neighbours counts as two. */
const MOST_WRONG_LETTERS = 2;

function similarVariable(
  variable: string,
  known: readonly string[],
  names: readonly string[],
): string | undefined {
  const ours = new Set(known.flatMap((name) => [name, `${name}_FILE`]));
  const others = names.filter((name) => /^\w{1,100}$/.test(name) && !ours.has(name));
  return (
    similarName(variable, others, MOST_WRONG_LETTERS) ??
    similarName(`${variable}_FILE`, others, MOST_WRONG_LETTERS)
  );
}

function parse(option: string, value: string): unknown {
  if (option === 'scopes') return value.trim().split(/\s+/);
  // Any other value stays a string, which the validation refuses.
  if (option === 'enabled') return value === 'true' ? true : value === 'false' ? false : value;
  return value;
}
