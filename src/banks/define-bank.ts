import { BankAuthConfigError } from '../errors/index.js';
import { ASSERTION_ALGORITHMS, type BankDefinition, type ClientAuthentication } from './bank-definition.js';

/**
 * Declares a bank of your own, or a variant of a built-in one (`defineBank({ ...bogPayments, … })`).
 * @throws BankAuthConfigError naming every member that is wrong
 */
export function defineBank<const Id extends string>(definition: BankDefinition<Id>): BankDefinition<Id> {
  const problems = problemsOf(definition);
  if (problems.length > 0) {
    throw new BankAuthConfigError(
      `defineBank(${typeof definition?.id === 'string' ? `'${definition.id}'` : '…'}): ${problems.join('; ')}`,
      { problems },
    );
  }
  return deepFreeze({ ...definition });
}

/** What a member has to be, if it is there: one of these words, or what the wording says. */
type Rule = readonly string[] | { readonly wording: string; readonly holds: (value: unknown) => boolean };

const isText = (value: unknown): boolean => typeof value === 'string';
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isClientError = (status: unknown): boolean =>
  Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 499;

const A_FUNCTION: Rule = { wording: 'a function', holds: (value) => typeof value === 'function' };
const A_TEXT: Rule = { wording: 'a text', holds: isText };
const TEXTS: Rule = {
  wording: 'a list of texts',
  holds: (value) => Array.isArray(value) && value.every(isText),
};
const NAMED_TEXTS: Rule = {
  wording: 'an object of texts',
  holds: (value) =>
    isObject(value) && Object.values(value).every((text) => text === undefined || isText(text)),
};
const TEXT_PER_ENVIRONMENT: Rule = {
  wording: 'an object { production?, sandbox? } of texts',
  holds: (value) =>
    isObject(value) &&
    Object.entries(value).every(([name, text]) => ['production', 'sandbox'].includes(name) && isText(text)),
};
const A_LIFETIME: Rule = {
  wording: 'a positive number of milliseconds',
  holds: (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
};

/** The members of each part of a definition, so that a misspelt one is found. */
const MEMBERS = {
  clientAuthentication: {
    method: [
      'client_secret_basic',
      'client_secret_post',
      'tls_client_auth',
      'self_signed_tls_client_auth',
      'private_key_jwt',
    ],
    encoding: ['raw', 'rfc6749'],
    algorithm: ASSERTION_ALGORITHMS,
    audience: TEXT_PER_ENVIRONMENT,
    lifetime: A_LIFETIME,
  },
  tokenRequest: {
    format: ['form', 'json'],
    grantType: { wording: 'a text, or false', holds: (value) => value === false || isText(value) },
    parameters: {
      wording: 'an object of texts',
      holds: (value) => isObject(value) && Object.values(value).every(isText),
    },
    headers: A_FUNCTION,
  },
  tokenResponse: {
    expiresIn: ['seconds', 'milliseconds', 'epoch-seconds', 'epoch-milliseconds'],
    defaultLifetime: A_LIFETIME,
    maxLifetime: A_LIFETIME,
    members: NAMED_TEXTS,
    tokenTypes: TEXTS,
    errorCode: A_FUNCTION,
    rejectsCredentials: A_FUNCTION,
  },
  options: {
    apiKey: ['required', 'none'],
    scopes: ['required', 'optional', 'none'],
    tlsCertificate: ['required', 'optional'],
    defaultScopes: TEXTS,
    knownScopes: TEXTS,
    hints: NAMED_TEXTS,
  },
} as const satisfies Record<string, Record<string, Rule>>;

/** Members at the top that may be left out and are no parts. */
const PLAIN_MEMBERS: Readonly<Record<string, Rule>> = {
  docs: A_TEXT,
  headers: A_FUNCTION,
  rejectsToken: A_FUNCTION,
  rejectsTokenOn: {
    wording: 'a list of statuses from 400 to 499',
    holds: (value) => Array.isArray(value) && [...value].every(isClientError),
  },
  idempotencyHeader: A_TEXT,
  singleActiveToken: { wording: 'true or false', holds: (value) => typeof value === 'boolean' },
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
  must(
    prototype === null || prototype === Object.prototype,
    'a definition must be a plain object: members of a class would be lost',
  );
  must(
    typeof id === 'string' && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(id),
    'id must be kebab-case, for instance "my-bank"',
  );
  must(typeof title === 'string' && title !== '', 'title must say the name of the bank');
  for (const name of Object.keys(definition ?? {}))
    must(TOP_MEMBERS.includes(name), `${name} is not a member of a definition`);
  for (const [name, urls] of Object.entries({ tokenUrl, apiBaseUrl })) {
    if (typeof urls !== 'object' || urls === null) {
      problems.push(`${name} must be an object { production?, sandbox? }`);
      continue;
    }
    for (const [environment, url] of Object.entries(urls)) {
      must(
        environment === 'production' || environment === 'sandbox',
        `${name} has no environment "${environment}"`,
      );
      const relative = name === 'tokenUrl' && typeof url === 'string' && /^\/(?!\/)/.test(url);
      must(
        url === undefined || relative || isAbsoluteUrl(url),
        `${name}.${environment} must be an absolute URL${name === 'tokenUrl' ? ' or a path' : ''}`,
      );
    }
  }
  const parts = { ...definition, clientAuthentication: clientAuthentication ?? ({} as ClientAuthentication) };
  for (const [part, members] of Object.entries(MEMBERS)) {
    problems.push(...partProblems(part, parts[part as keyof typeof MEMBERS], members));
  }
  problems.push(...membersProblems('', parts, PLAIN_MEMBERS));
  problems.push(...authenticationProblems(parts.clientAuthentication));
  const { rejectsToken, rejectsTokenOn } = parts;
  const listed: readonly unknown[] = Array.isArray(rejectsTokenOn) ? rejectsTokenOn : [];
  const others = listed.filter((status) => status !== 401 && isClientError(status));
  must(
    others.length === 0 || rejectsToken !== undefined,
    `rejectsTokenOn lists ${others.join(', ')}, so rejectsToken must say which of these answers are about the token`,
  );
  return problems;
}

/** What belongs to one method only means nothing with another, so whoever wrote it there is mistaken. */
function authenticationProblems(authentication: object): string[] {
  const problems: string[] = [];
  const { method, encoding, ...assertion }: Record<string, unknown> = { ...authentication };
  if (encoding !== undefined && method !== 'client_secret_basic')
    problems.push('clientAuthentication.encoding belongs to client_secret_basic');
  for (const name of ['algorithm', 'audience', 'lifetime'] as const) {
    if (assertion[name] !== undefined && method !== 'private_key_jwt')
      problems.push(`clientAuthentication.${name} belongs to private_key_jwt`);
  }
  if (assertion.algorithm === undefined && method === 'private_key_jwt')
    problems.push(`clientAuthentication.algorithm is missing: one of ${ASSERTION_ALGORITHMS.join(', ')}`);
  return problems;
}

function partProblems(
  part: string,
  value: object | undefined,
  rules: Readonly<Record<string, Rule>>,
): string[] {
  if (value === undefined) return [];
  if (!isObject(value)) return [`${part} must be an object`];
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(rules, name));
  return [
    ...unknown.map((name) => `${part}.${name} is not a member of a definition`),
    ...membersProblems(`${part}.`, value, rules),
  ];
}

function membersProblems(prefix: string, value: object, rules: Readonly<Record<string, Rule>>): string[] {
  return Object.entries(rules).flatMap(([name, rule]) => {
    const member: unknown = (value as Record<string, unknown>)[name];
    const required = prefix + name === 'clientAuthentication.method';
    if (member === undefined && !required) return [];
    if ('holds' in rule) return rule.holds(member) ? [] : [`${prefix}${name} must be ${rule.wording}`];
    const words = rule.map((word) => `'${word}'`);
    const list = [words.slice(0, -1).join(', '), words.at(-1)].join(' or ');
    return rule.includes(member as string) ? [] : [`${prefix}${name} must be ${list}`];
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

/** Frozen to the bottom: nothing may change at run time where credentials are sent. */
function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !Object.isFrozen(member)) deepFreeze(member);
  }
  return Object.freeze(value);
}
