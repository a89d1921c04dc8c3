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

/** The members of each part of a definition, so that a misspelt one is found. `true` stands for a function. */
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
    audience: null,
    lifetime: null,
  },
  tokenRequest: { format: ['form', 'json'], grantType: null, parameters: null, headers: true },
  tokenResponse: {
    expiresIn: ['seconds', 'milliseconds', 'epoch-seconds', 'epoch-milliseconds'],
    defaultLifetime: null,
    maxLifetime: null,
    members: null,
    tokenTypes: null,
    errorCode: true,
    rejectsCredentials: true,
  },
  options: {
    apiKey: ['required', 'none'],
    scopes: ['required', 'optional', 'none'],
    tlsCertificate: ['required', 'optional'],
    defaultScopes: null,
    knownScopes: null,
    hints: null,
  },
} as const satisfies Record<string, Record<string, readonly string[] | true | null>>;

const TOP_MEMBERS = [
  ...[
    'id',
    'title',
    'docs',
    'tokenUrl',
    'apiBaseUrl',
    'headers',
    'rejectsToken',
    'idempotencyHeader',
    'singleActiveToken',
  ],
  ...Object.keys(MEMBERS),
];

function problemsOf(definition: BankDefinition): string[] {
  const problems: string[] = [];
  const must = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  const { id, title, tokenUrl, apiBaseUrl, clientAuthentication, tokenResponse } = definition ?? {};
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
  for (const name of ['headers', 'rejectsToken'] as const) {
    must(parts[name] === undefined || typeof parts[name] === 'function', `${name} must be a function`);
  }
  for (const name of ['defaultLifetime', 'maxLifetime'] as const) {
    must(
      isLifetime(tokenResponse?.[name]),
      `tokenResponse.${name} must be a positive number of milliseconds`,
    );
  }
  problems.push(...authenticationProblems(parts.clientAuthentication));
  return problems;
}

/** What belongs to one method only means nothing with another, so whoever wrote it there is mistaken. */
function authenticationProblems(authentication: object): string[] {
  const problems: string[] = [];
  const { method, encoding, ...assertion }: Record<string, unknown> = { ...authentication };
  const { algorithm, audience, lifetime } = assertion;
  if (encoding !== undefined && method !== 'client_secret_basic')
    problems.push('clientAuthentication.encoding belongs to client_secret_basic');
  for (const name of ['algorithm', 'audience', 'lifetime'] as const) {
    if (assertion[name] !== undefined && method !== 'private_key_jwt')
      problems.push(`clientAuthentication.${name} belongs to private_key_jwt`);
  }
  if (algorithm === undefined && method === 'private_key_jwt')
    problems.push(`clientAuthentication.algorithm is missing: one of ${ASSERTION_ALGORITHMS.join(', ')}`);
  if (!isLifetime(lifetime))
    problems.push('clientAuthentication.lifetime must be a positive number of milliseconds');
  if (audience !== undefined && !isTextPerEnvironment(audience))
    problems.push('clientAuthentication.audience must be an object { production?, sandbox? } of texts');
  return problems;
}

function isTextPerEnvironment(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(
      ([environment, text]) => ['production', 'sandbox'].includes(environment) && typeof text === 'string',
    )
  );
}

/** Whether it is left out, or a duration that makes sense. */
function isLifetime(lifetime: unknown): boolean {
  return (
    lifetime === undefined || (typeof lifetime === 'number' && Number.isFinite(lifetime) && lifetime > 0)
  );
}

function partProblems(
  part: string,
  value: object | undefined,
  members: Readonly<Record<string, readonly string[] | true | null>>,
): string[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null) return [`${part} must be an object`];
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(members, name));
  const wrong = Object.entries(members).flatMap(([name, allowed]) => {
    const member: unknown = (value as Record<string, unknown>)[name];
    const required = part === 'clientAuthentication' && name === 'method';
    if (allowed === null || (member === undefined && !required)) return [];
    if (allowed === true) return typeof member === 'function' ? [] : [`${part}.${name} must be a function`];
    const words = allowed.map((word) => `'${word}'`);
    const list = [words.slice(0, -1).join(', '), words.at(-1)].join(' or ');
    return allowed.includes(member as string) ? [] : [`${part}.${name} must be ${list}`];
  });
  return [...unknown.map((name) => `${part}.${name} is not a member of a definition`), ...wrong];
}

function isAbsoluteUrl(url: unknown): boolean {
  return typeof url === 'string' && /^https?:\/\//.test(url) && URL.canParse(url);
}

/** Frozen to the bottom: nothing may change at run time where credentials are sent. */
function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null && !Object.isFrozen(member)) deepFreeze(member);
  }
  return Object.freeze(value);
}
