import type { Agent } from 'node:https';
import { inspect } from 'node:util';

/** The parts of an `AccessToken`. */
export interface AccessTokenParts {
  readonly provider: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly scopes: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly issuedAt: number;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
  /** The agent with the client certificate, where the bank requires one with each call. */
  readonly httpsAgent?: Agent | undefined;
  /** The secrets of the token's credentials that a bank may repeat in an error. */
  readonly secrets?: IssuingSecrets | undefined;
}

interface IssuingSecrets {
  readonly clientSecret: string;
  readonly apiKey?: string | undefined;
}

/**
 * The secrets that a bank may repeat and that must not be shown: the token, and the client secret and the API key with
 * which it was obtained.
 */
export let secretsOf: (token: AccessToken) => readonly string[];

/**
 * A token as a bank issued it. Printing it in any way (`String()`, `JSON.stringify`, `util.inspect`) never shows its
 * value.
 */
export class AccessToken {
  /** The name of the provider it belongs to. */
  readonly provider: string;
  /** The scopes that the bank granted, or the requested ones where it does not say (RFC 6749 §5.1). */
  readonly scopes: readonly string[];
  /** When it was asked for, in whole milliseconds since the Unix epoch. */
  readonly issuedAt: number;
  /** When it expires by the shortest of the bank's statements, in whole milliseconds since the Unix epoch. */
  readonly expiresAt: number;
  // Private fields, because nothing that prints an object can see them. Most tokens have the one header only: with ten
  // thousand merchants, a token of a few kilobytes should not be in memory twice, nor should objects around it.
  readonly #authorization: string | undefined;
  readonly #more: MoreThanBearer | undefined;
  readonly #httpsAgent: Agent | undefined;
  // Two fields, not an object: the strings are those of the credentials, and take no memory of their own.
  readonly #clientSecret: string | undefined;
  readonly #apiKey: string | undefined;

  static {
    // Code that has only the token cannot call this.
    secretsOf = (token) =>
      [token.value, token.#clientSecret, token.#apiKey].filter((secret) => secret !== undefined);
  }

  constructor(parts: AccessTokenParts) {
    this.provider = parts.provider;
    this.scopes = Object.isFrozen(parts.scopes) ? parts.scopes : Object.freeze([...parts.scopes]);
    // Ages from Redis and decimals from a bank have fractions; cutting them off makes no token younger or longer-lived.
    this.issuedAt = Math.floor(parts.issuedAt);
    this.expiresAt = Math.floor(parts.expiresAt);
    this.#authorization = bearerOnly(parts);
    this.#more = this.#authorization === undefined ? moreThanBearer(parts) : undefined;
    this.#httpsAgent = parts.httpsAgent;
    this.#clientSecret = parts.secrets?.clientSecret;
    this.#apiKey = parts.secrets?.apiKey;
    Object.freeze(this);
  }

  /** The raw token. A secret. */
  get value(): string {
    return this.#more?.value ?? (this.#authorization as string).slice(BEARER.length);
  }

  /** All headers of an authorised call to this bank: `Authorization`, and `apikey` where it requires one. Secrets. */
  get headers(): Readonly<Record<string, string>> {
    return this.#more?.headers ?? Object.freeze({ Authorization: this.#authorization as string });
  }

  /**
   * The agent whose connections use the client certificate that the token was issued for; undefined without one.
   * @internal
   */
  get httpsAgent(): Agent | undefined {
    return this.#httpsAgent;
  }

  toString(): string {
    return `AccessToken(${this.provider}, expires ${new Date(this.expiresAt).toISOString()})`;
  }

  toJSON(): { provider: string; scopes: readonly string[]; issuedAt: number; expiresAt: number } {
    return {
      provider: this.provider,
      scopes: this.scopes,
      issuedAt: this.issuedAt,
      expiresAt: this.expiresAt,
    };
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

const BEARER = 'Bearer ';

type MoreThanBearer = Pick<AccessTokenParts, 'value' | 'headers'>;

/** The `Authorization` header, if it is the only one and holds nothing but the bearer token. */
function bearerOnly({ value, headers }: AccessTokenParts): string | undefined {
  const { Authorization: authorization, ...others } = headers;
  const isAll = authorization === BEARER + value && Object.keys(others).length === 0;
  // V8 keeps a joined string as its parts until it is sent, and both afterwards; by way of bytes it is one string.
  return isAll ? Buffer.from(authorization).toString() : undefined;
}

function moreThanBearer({ value, headers }: AccessTokenParts): MoreThanBearer {
  return { value, headers: Object.freeze({ ...headers }) };
}
