import { getMetadataStorage, type ValidationError, validateSync } from 'class-validator';
import {
  BankAuthOptionsClass,
  CooldownOptionsClass,
  HttpOptionsClass,
  RefreshOptionsClass,
  RetryOptionsClass,
} from './options.classes.js';
import { similarName } from './similar-name.js';

/** A mistake at a path such as `providers.bog-payments.clientId`; the text follows the path and carries no value. */
export interface OptionProblem {
  readonly path: readonly string[];
  readonly text: string;
}

/** Options classes within options classes; everything else is handed on as it is, agents and stores included. */
const nested = new Map<object, Readonly<Record<string, new () => object>>>([
  [
    BankAuthOptionsClass,
    { refresh: RefreshOptionsClass, retry: RetryOptionsClass, cooldown: CooldownOptionsClass },
  ],
]);

/**
 * Fills an options class from a plain object and validates it. Own members are taken over by reference: a general
 * converter would clone agents and stores.
 */
export function validateOptions<T extends object>(
  Class: new () => T,
  plain: object,
  path: readonly string[],
): { readonly options: T; readonly problems: readonly OptionProblem[] } {
  const options = fill(Class, plain);
  const errors = validateSync(options, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
  });
  return { options, problems: errors.flatMap((error) => problemsOf(error, Class, path)) };
}

function fill<T extends object>(Class: new () => T, plain: object): T {
  const options = new Class() as Record<string, unknown>;
  for (const [name, value] of Object.entries(plain)) {
    if (value === undefined) continue;
    const Nested = nestedClass(Class, name);
    const filled = Nested !== undefined && isPlainObject(value) ? fill(Nested, value) : value;
    // Defined, not assigned: a member called `__proto__` is an unknown option like any other.
    Object.defineProperty(options, name, {
      value: filled,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return options as T;
}

function nestedClass(Class: object, name: string): (new () => object) | undefined {
  const known = nested.get(Class);
  if (known !== undefined) return Object.hasOwn(known, name) ? known[name] : undefined;
  return name === 'http' ? HttpOptionsClass : undefined;
}

function problemsOf(
  error: ValidationError,
  Class: new () => object,
  parent: readonly string[],
): OptionProblem[] {
  const path = [...parent, error.property];
  const own = Object.entries(error.constraints ?? {}).map(([constraint, text]) => ({
    path,
    text: constraint === 'whitelistValidation' ? unknownOption(error.property, Class) : text,
  }));
  const Nested = nestedClass(Class, error.property);
  const inner = (error.children ?? []).flatMap((child) => problemsOf(child, Nested ?? Class, path));
  return [...own, ...inner];
}

function unknownOption(name: string, Class: new () => object): string {
  const names = new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(Class, '', false, false)
      .map((metadata) => metadata.propertyName),
  );
  const similar = similarName(name, names);
  return `is not an option here${similar === undefined ? '' : `; did you mean ${similar}?`}`;
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
