import { BankAuthConfigError } from '../errors/index.js';
import type { BankDefinition, ClientAuthentication } from './bank-definition.js';
import {
  A_DURATION,
  A_FLAG,
  A_FUNCTION,
  A_STRING,
  A_STRING_OR_FALSE,
  AN_OBJECT,
  belongsTo,
  definitionProblems,
  mustBe,
  NAMED_STRINGS,
  NAMED_STRINGS_OR_FUNCTION,
  NO_PLAIN_OBJECT,
  NO_TITLE,
  noSuchEnvironment,
  noUrl,
  ODD_ID,
  oddMember,
  oneOf,
  refusalsUnjudged,
  STATUSES,
  STRINGS,
  URLS,
} from './banks.messages.js';
import { urlWithQuery } from './contradictions.messages.js';
import {
  ASSERTION_MEMBERS,
  assertionProblems,
  VALUE_MEMBER,
  valueNameProblems,
} from './define-bank.assertion.js';
import { contradictions } from './define-bank.contradictions.js';
import type { MemberRule as Rule } from './member-rule.js';

/**
 * Declares a bank of your own, or a variant of a built-in one (`defineBank({ ...bogPayments, … })`).
 * @throws BankAuthConfigError naming every member that is wrong
 */
export function defineBank<const Id extends string>(definition: BankDefinition<Id>): BankDefinition<Id> {
  const problems = problemsOf(definition);
  if (problems.length > 0) {
    throw new BankAuthConfigError(definitionProblems(definition?.id, problems), { problems });
  }
  return deepFreeze({ ...definition });
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isClientError = (status: unknown): boolean =>
  Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 499;

const FUNCTION: Rule = { wording: A_FUNCTION, holds: (value) => typeof value === 'function' };
const TEXT: Rule = { wording: A_STRING, holds: isText };
const TEXTS: Rule = {
  wording: STRINGS,
  holds: (value) => Array.isArray(value) && value.every(isText),
};
const NAMED_TEXTS: Rule = {
  wording: NAMED_STRINGS,
  holds: (value) =>
    isObject(value) && Object.values(value).every((text) => text === undefined || isText(text)),
};
const A_LIFETIME: Rule = {
  wording: A_DURATION,
  holds: (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
};

/** The members of each part of a definition, so that a misspelt one is found. */
const MEMBERS = {
  clientAuthentication: {
    method: [
      'client_secret_basic',
      'client_secret_post',
      'client_secret_header',
      'tls_client_auth',
      'self_signed_tls_client_auth',
      'client_secret_jwt',
      'private_key_jwt',
    ],
    encoding: ['raw', 'rfc6749'],
    names: NAMED_TEXTS,
    ...ASSERTION_MEMBERS,
    lifetime: A_LIFETIME,
  },
  tokenRequest: {
    method: ['post', 'get'],
    format: ['form', 'json'],
    grantType: { wording: A_STRING_OR_FALSE, holds: (value) => value === false || isText(value) },
    parameters: {
      wording: NAMED_STRINGS_OR_FUNCTION,
      holds: (value) =>
        typeof value === 'function' || (isObject(value) && Object.values(value).every(isText)),
    },
    headers: FUNCTION,
  },
  tokenResponse: {
    expiresIn: ['seconds', 'milliseconds', 'epoch-seconds', 'epoch-milliseconds'],
    defaultLifetime: A_LIFETIME,
    maxLifetime: A_LIFETIME,
    expiresAt: ['date', 'epoch-seconds', 'epoch-milliseconds'],
    members: { wording: AN_OBJECT, holds: isObject },
    tokenType: ['required', 'optional'],
    tokenTypes: TEXTS,
    errorCode: FUNCTION,
    rejectsCredentials: FUNCTION,
  },
  options: {
    apiKey: ['required', 'none'],
    scopes: ['required', 'optional', 'none'],
    tlsCertificate: ['required', 'optional'],
    defaultScopes: TEXTS,
    knownScopes: TEXTS,
    values: VALUE_MEMBER,
    hints: NAMED_TEXTS,
  },
} as const satisfies Record<string, Record<string, Rule>>;

/** Optional members at the top that are no parts. */
const PLAIN_MEMBERS: Readonly<Record<string, Rule>> = {
  docs: TEXT,
  headers: FUNCTION,
  rejectsToken: FUNCTION,
  rejectsTokenOn: {
    wording: STATUSES,
    holds: (value) => Array.isArray(value) && [...value].every(isClientError),
  },
  idempotencyHeader: TEXT,
  singleActiveToken: { wording: A_FLAG, holds: (value) => typeof value === 'boolean' },
};

const TOP_MEMBERS = [
  ...['id', 'title', 'tokenUrl', 'apiBaseUrl'],
  ...Object.keys(PLAIN_MEMBERS),
  ...Object.keys(MEMBERS),
];

function problemsOf(definition: BankDefinition): string[] {
  const problems: string[] = [];
  const must = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  const { id, title, tokenUrl, apiBaseUrl, clientAuthentication } = definition ?? {};
  const prototype: unknown = definition == null ? null : Object.getPrototypeOf(definition);
  must(prototype === null || prototype === Object.prototype, NO_PLAIN_OBJECT);
  must(typeof id === 'string' && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(id), ODD_ID);
  must(typeof title === 'string' && title !== '', NO_TITLE);
  for (const name of Object.keys(definition ?? {})) must(TOP_MEMBERS.includes(name), oddMember(name));
  for (const [name, urls] of Object.entries({ tokenUrl, apiBaseUrl })) {
    if (typeof urls !== 'object' || urls === null) {
      problems.push(mustBe(name, URLS));
      continue;
    }
    for (const [environment, url] of Object.entries(urls)) {
      must(environment === 'production' || environment === 'sandbox', noSuchEnvironment(name, environment));
      const relative = name === 'tokenUrl' && typeof url === 'string' && /^\/(?!\/)/.test(url);
      must(
        url === undefined || relative || isAbsoluteUrl(url),
        noUrl(`${name}.${environment}`, name === 'tokenUrl'),
      );
      const hasQuery = name === 'tokenUrl' && typeof url === 'string' && /[?#]/.test(url);
      must(!hasQuery, urlWithQuery(`${name}.${environment}`));
    }
  }
  const parts = { ...definition, clientAuthentication: clientAuthentication ?? ({} as ClientAuthentication) };
  for (const [part, members] of Object.entries(MEMBERS)) {
    problems.push(...partProblems(part, parts[part as keyof typeof MEMBERS], members));
  }
  problems.push(...membersProblems('', parts, PLAIN_MEMBERS));
  problems.push(...contradictions(parts));
  problems.push(
    ...authenticationProblems(parts.clientAuthentication),
    ...valueNameProblems(parts.options?.values),
  );
  const { rejectsToken, rejectsTokenOn } = parts;
  const listed: readonly unknown[] = Array.isArray(rejectsTokenOn) ? rejectsTokenOn : [];
  const others = listed.filter((status) => status !== 401 && isClientError(status));
  must(others.length === 0 || rejectsToken !== undefined, refusalsUnjudged(others));
  return problems;
}

/** The problems of members that belong to another method: they would mean nothing, so they are a mistake. */
function authenticationProblems(authentication: object): string[] {
  const problems: string[] = [];
  const { method, encoding, ...others }: Record<string, unknown> = { ...authentication };
  if (encoding !== undefined && method !== 'client_secret_basic')
    problems.push(belongsTo('encoding', 'client_secret_basic'));
  return [...problems, ...assertionProblems(method, others)];
}

function partProblems(
  part: string,
  value: object | undefined,
  rules: Readonly<Record<string, Rule>>,
): string[] {
  if (value === undefined) return [];
  if (!isObject(value)) return [mustBe(part, AN_OBJECT)];
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(rules, name));
  return [
    ...unknown.map((name) => oddMember(`${part}.${name}`)),
    ...membersProblems(`${part}.`, value, rules),
  ];
}

function membersProblems(prefix: string, value: object, rules: Readonly<Record<string, Rule>>): string[] {
  return Object.entries(rules).flatMap(([name, rule]) => {
    const member: unknown = (value as Record<string, unknown>)[name];
    const required = prefix + name === 'clientAuthentication.method';
    if (member === undefined && !required) return [];
    const holds = 'holds' in rule ? rule.holds(member) : rule.includes(member as string);
    return holds ? [] : [mustBe(`${prefix}${name}`, 'holds' in rule ? rule.wording : oneOf(rule))];
  });
}

function isAbsoluteUrl(url: unknown): boolean {
  if (typeof url !== 'string' || !/^https?:\/\//.test(url)) return false;
  try {
    // `URL.canParse` refuses Latin-1 letters in Node.js 20, once it is optimised.
    return new URL(url).host !== '';
  } catch {
    return false;
  }
}

/**
 * Freezes all levels: nothing may change at run time where credentials are sent. An object that is frozen already may
 * hold objects that are not. The elements of a view of bytes cannot be frozen.
 */
function deepFreeze<T extends object>(value: T, before: ReadonlySet<object> = new Set()): T {
  const seen = new Set([...before, value]);
  for (const member of Object.values(value)) {
    if (isObject(member) && !seen.has(member) && !ArrayBuffer.isView(member)) deepFreeze(member, seen);
  }
  return Object.freeze(value);
}
