import { ASSERTION_ALGORITHMS, SECRET_ALGORITHMS } from './bank-definition.js';
import {
  A_FILLED_STRING,
  A_STRING_PER_ENVIRONMENT,
  AUDIENCE_MISSING,
  algorithmMissing,
  belongsTo,
  CLAIMS,
  mustBe,
  oddValueNames,
  oneOf,
  reservedClaims,
  sameValueVariables,
  VALUE_RULES,
} from './banks.messages.js';
import type { MemberRule as Rule } from './member-rule.js';
import { isValueName, valueVariable } from './value-variable.js';

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isFilled = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** Members of `clientAuthentication` that belong to assertions. */
export const ASSERTION_MEMBERS = {
  algorithm: [...ASSERTION_ALGORITHMS, ...SECRET_ALGORITHMS],
  audience: {
    wording: A_STRING_PER_ENVIRONMENT,
    holds: (value) => {
      if (!isObject(value)) return false;
      const entries = Object.entries(value).filter(([, text]) => text !== undefined);
      const isRight = ([name, text]: [string, unknown]) =>
        ['production', 'sandbox'].includes(name) && isFilled(text);
      return entries.length > 0 && entries.every(isRight);
    },
  },
  type: { wording: A_FILLED_STRING, holds: isFilled },
  issuer: { wording: A_FILLED_STRING, holds: isFilled },
  claims: { wording: CLAIMS, holds: (value) => typeof value === 'function' || isJsonObject(value) },
} as const satisfies Record<string, Rule>;

export const VALUE_MEMBER: Rule = {
  wording: VALUE_RULES,
  holds: (value) =>
    isObject(value) && Object.values(value).every((rule) => rule === 'required' || rule === 'optional'),
};

const METHODS: Readonly<Record<string, readonly string[]>> = {
  private_key_jwt: ASSERTION_ALGORITHMS,
  client_secret_jwt: SECRET_ALGORITHMS,
};

/** The problems of members for assertions: set for another method, or missing or wrong for one of these. */
export function assertionProblems(method: unknown, members: Readonly<Record<string, unknown>>): string[] {
  const algorithms =
    typeof method === 'string' && Object.hasOwn(METHODS, method) ? METHODS[method] : undefined;
  if (algorithms === undefined) {
    return [...Object.keys(ASSERTION_MEMBERS), 'lifetime']
      .filter((name) => members[name] !== undefined)
      .map((name) => belongsTo(name, oneOf(Object.keys(METHODS))));
  }
  const { algorithm, audience, claims } = members;
  const reserved = isObject(claims) ? reservedIn(claims) : [];
  const known: readonly unknown[] = ASSERTION_MEMBERS.algorithm;
  return [
    ...(algorithm === undefined ? [algorithmMissing(algorithms)] : []),
    // An algorithm of the other method; a value that is no algorithm at all is a problem elsewhere.
    ...(known.includes(algorithm) && !algorithms.includes(algorithm as string)
      ? [mustBe('clientAuthentication.algorithm', oneOf(algorithms))]
      : []),
    ...(audience === undefined ? [AUDIENCE_MISSING] : []),
    ...(reserved.length === 0 ? [] : [reservedClaims(reserved)]),
  ];
}

/** Claims of RFC 7519 §4.1: every assertion states them by itself, except `nbf`, which none states. */
const RESERVED = ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti'];

/** The reserved claims among these. */
function reservedIn(claims: object): readonly string[] {
  return RESERVED.filter((name) => Object.hasOwn(claims, name));
}

/** Whether it is a plain object that JSON can carry. */
function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isObject(value)) return false;
  try {
    return typeof JSON.stringify(value) === 'string';
  } catch {
    return false;
  }
}

/** Each value has an environment variable of its own, and that variable's `_FILE`. */
export function valueNameProblems(values: unknown): string[] {
  if (!isObject(values)) return [];
  const names = Object.keys(values);
  const odd = names.filter((name) => !isValueName(name));
  if (odd.length > 0) return [oddValueNames(odd)];
  const takenBy = new Map<string, string>();
  const problems: string[] = [];
  for (const name of names) {
    const variable = valueVariable(name);
    for (const each of [variable, `${variable}_FILE`]) {
      const other = takenBy.get(each);
      if (other !== undefined && other !== name) problems.push(sameValueVariables(other, name));
      takenBy.set(each, name);
    }
  }
  return [...new Set(problems)];
}
