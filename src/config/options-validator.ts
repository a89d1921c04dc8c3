import { getMetadataStorage, type ValidationError, validateSync } from 'class-validator';
import { similarName } from '../errors/index.js';
import { unknownOption } from './config.messages.js';
import {
  BankAuthOptionsClass,
  CooldownOptionsClass,
  HttpOptionsClass,
  MerchantsOptionsClass,
  ProviderOptionsClass,
  RateOptionsClass,
  RefreshOptionsClass,
  RetryOptionsClass,
  TokenRequestsOptionsClass,
} from './options.classes.js';

/** A mistake at a path such as `providers.bog-payments.clientId`; the text follows the path and holds no value. */
export interface OptionProblem {
  readonly path: readonly string[];
  readonly text: string;
}

/** Options classes within options classes; every other value is passed on unchanged, agents and stores included. */
const nested = new Map<object, Readonly<Record<string, new () => object>>>([
  [
    BankAuthOptionsClass,
    { refresh: RefreshOptionsClass, retry: RetryOptionsClass, cooldown: CooldownOptionsClass },
  ],
  [
    ProviderOptionsClass,
    { http: HttpOptionsClass, merchants: MerchantsOptionsClass, tokenRequests: TokenRequestsOptionsClass },
  ],
  [TokenRequestsOptionsClass, { rate: RateOptionsClass }],
]);

/**
 * Fills an options class from a plain object and validates it. Own members are copied by reference: a general
 * converter would clone agents and stores.
 */
export function validateOptions<T extends object>(
  Class: new () => T,
  plain: object,
  path: readonly string[],
): { readonly options: T; readonly problems: readonly OptionProblem[] } {
  const unknown: OptionProblem[] = [];
  const options = fill(Class, plain, path, unknown);
  const errors = validateSync(options, {
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
  });
  return { options, problems: [...unknown, ...errors.flatMap((error) => problemsOf(error, path))] };
}

/** Fills a class and finds unknown options: class-validator's whitelist accepts `hasOwnProperty` and the like. */
function fill<T extends object>(
  Class: new () => T,
  plain: object,
  path: readonly string[],
  unknown: OptionProblem[],
): T {
  const options = new Class() as Record<string, unknown>;
  const names = optionNames(Class);
  for (const [name, value] of Object.entries(plain)) {
    // JSON and some configuration services use `null` for a missing value.
    if (value === undefined || value === null) continue;
    if (!names.has(name)) {
      unknown.push({ path: [...path, name], text: unknownOption(similarName(name, names)) });
      continue;
    }
    const Nested = nestedClass(Class, name);
    options[name] =
      Nested !== undefined && isPlainObject(value) ? fill(Nested, value, [...path, name], unknown) : value;
  }
  return options as T;
}

function nestedClass(Class: object, name: string): (new () => object) | undefined {
  for (let each: object | null = Class; each !== null; each = Object.getPrototypeOf(each)) {
    const known = nested.get(each);
    if (known !== undefined) return Object.hasOwn(known, name) ? known[name] : undefined;
  }
  return undefined;
}

function problemsOf(error: ValidationError, parent: readonly string[]): OptionProblem[] {
  const path = [...parent, error.property];
  const own = Object.values(error.constraints ?? {}).map((text) => ({ path, text }));
  // If the value is not an object, its members are not reported.
  return own.length > 0 ? own : (error.children ?? []).flatMap((child) => problemsOf(child, path));
}

const namesOf = new Map<object, ReadonlySet<string>>();

function optionNames(Class: new () => object): ReadonlySet<string> {
  const known = namesOf.get(Class);
  if (known !== undefined) return known;
  const names = new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(Class, '', false, false)
      .map((metadata) => metadata.propertyName),
  );
  namesOf.set(Class, names);
  return names;
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
