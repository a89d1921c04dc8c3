import { BankAuthConfigError } from '../errors/index.js';

/** Which of a bank's systems is meant. Credentials of one are worthless at the other. */
export type BankEnvironment = 'production' | 'sandbox';

/** A URL for each environment a bank offers; an environment that is missing does not exist there. */
export type UrlPerEnvironment = { readonly [E in BankEnvironment]?: string };

/** What a definition may read of a merchant's credentials. */
export interface BankCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly apiKey?: string;
}

/** How the client proves itself at the token endpoint; names from the IANA OAuth registry (RFC 7591 §2). */
export type ClientAuthentication =
  | {
      readonly method: 'client_secret_basic';
      /**
       * `raw` joins id and secret as they are, as the banks' pages show; `rfc6749` form-encodes both first
       * (RFC 6749 §2.3.1). They differ only for special characters. Default `raw`.
       */
      readonly encoding?: 'raw' | 'rfc6749';
    }
  | { readonly method: 'client_secret_post' };

export interface TokenRequestShape {
  /** Default `form` (RFC 6749 §4.4.2). */
  readonly format?: 'form' | 'json';
  /** Default `client_credentials`; `false` where the bank wants no `grant_type`. */
  readonly grantType?: string | false;
  /** More body parameters, for instance an `audience`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Headers besides `Content-Type`, `Accept` and `Authorization`. */
  readonly headers?: (credentials: BankCredentials) => Readonly<Record<string, string>>;
}

/** What a bank means by its `expires_in`. */
export type ExpiresInUnit = 'seconds' | 'milliseconds' | 'epoch-seconds' | 'epoch-milliseconds';

/** An answer of the token endpoint that carried no token; `body` is undefined unless it was a JSON object. */
export interface TokenEndpointAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

export interface TokenResponseShape {
  /** Default `seconds` (RFC 6749 §5.1). */
  readonly expiresIn?: ExpiresInUnit;
  /** Lifetime in milliseconds where the response makes no credible statement. Default 300 000. */
  readonly defaultLifetime?: number;
  /** No token is used longer than this, in milliseconds, whatever the response says. Default 24 h. */
  readonly maxLifetime?: number;
  /** Names of the members where the bank does not use those of RFC 6749 §5.1. */
  readonly members?: {
    readonly accessToken?: string;
    readonly tokenType?: string;
    readonly expiresIn?: string;
    readonly scope?: string;
  };
  /** Further `token_type` values that mean a bearer token; `Bearer` and `BearerToken` always do. */
  readonly tokenTypes?: readonly string[];
  /** Where the error code stands. Default: the member `error` (RFC 6749 §5.2). */
  readonly errorCode?: (body: Readonly<Record<string, unknown>>) => string | undefined;
  /** Whether the answer means "wrong credentials" beyond 401 and the codes of RFC 6749 §5.2. */
  readonly rejectsCredentials?: (answer: TokenEndpointAnswer) => boolean;
}

/** A response to a resource call; `body` is undefined unless it was a JSON object. */
export interface ResourceAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

export interface BankOptionsShape {
  /** Whether the bank wants an API key besides the client credentials. Default `none`. */
  readonly apiKey?: 'required' | 'none';
  /** Whether the token request carries scopes. Default `optional`. */
  readonly scopes?: 'required' | 'optional' | 'none';
  /** Scopes sent where the configuration names none. */
  readonly defaultScopes?: readonly string[];
  /** All scopes the bank knows; another one is a configuration error. */
  readonly knownScopes?: readonly string[];
  /** A sentence for whoever left an option out, for instance what the bank's page calls it. */
  readonly hints?: {
    readonly [O in 'clientId' | 'clientSecret' | 'apiKey' | 'scopes' | 'apiBaseUrl']?: string;
  };
}

/**
 * What one bank's token endpoint wants and returns: data and small pure functions, no I/O. Everything above the
 * definitions is bank-agnostic.
 */
export interface BankDefinition<Id extends string = string> {
  readonly id: Id;
  readonly title: string;
  /** The bank's public page. */
  readonly docs?: string;
  /** Absolute, or a path that begins with `/` and is appended to `apiBaseUrl`. */
  readonly tokenUrl: UrlPerEnvironment;
  /** Where the bank's resources are; where it is missing for an environment, the configuration has to say. */
  readonly apiBaseUrl: UrlPerEnvironment;
  readonly clientAuthentication: ClientAuthentication;
  readonly tokenRequest?: TokenRequestShape;
  readonly tokenResponse?: TokenResponseShape;
  /** All headers of an authorised resource call. Default: `Authorization: Bearer <token>` (RFC 6750 §2.1). */
  readonly headers?: (
    token: { readonly value: string },
    credentials: BankCredentials,
  ) => Readonly<Record<string, string>>;
  /** Whether a 401 on a resource call is about the token (RFC 6750 §3.1), not about business. Default: always. */
  readonly rejectsToken?: (answer: ResourceAnswer) => boolean;
  /** The header by which the bank recognises a repeated request; only requests that carry it may be replayed. */
  readonly idempotencyHeader?: string;
  /**
   * A new token disables the former at once. Such a token is renewed only when it can no longer be used, not ahead
   * of that; with the memory store this is safe in one process only.
   */
  readonly singleActiveToken?: boolean;
  readonly options?: BankOptionsShape;
}

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
    method: ['client_secret_basic', 'client_secret_post'],
    encoding: ['raw', 'rfc6749'],
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
    const lifetime = tokenResponse?.[name];
    must(
      lifetime === undefined || (Number.isFinite(lifetime) && lifetime > 0),
      `tokenResponse.${name} must be a positive number of milliseconds`,
    );
  }
  return problems;
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
