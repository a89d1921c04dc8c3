import type { Agent } from 'node:https';
import { inspect } from 'node:util';

/** What an `AccessToken` is made of. */
export interface AccessTokenParts {
  readonly provider: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly scopes: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly issuedAt: number;
  /** Milliseconds since the Unix epoch. */
  readonly expiresAt: number;
  /** Where the bank wants a client certificate with each call: what makes such connections. */
  readonly httpsAgent?: Agent | undefined;
  /** Of the credentials that the token was issued for, what a bank may repeat in an error. */
  readonly secrets?: IssuingSecrets | undefined;
}

interface IssuingSecrets {
  readonly clientSecret: string;
  readonly apiKey?: string | undefined;
}

/**
 * All that must not be shown of what a bank may repeat: the token, and the client secret and the API key with which it
 * was obtained.
 */
export let secretsOf: (token: AccessToken) => readonly string[];

/**
 * A token as a bank issued it. Printing it in any way (`String()`, `JSON.stringify`, `util.inspect`) never shows its
 * value.
 */
export class AccessToken {
  /** The name of the provider it belongs to. */
  readonly provider: string;
  /** The scopes the bank granted, or those asked for where it does not say (RFC 6749 §5.1). */
  readonly scopes: readonly string[];
  /** When it was asked for, in whole milliseconds since the Unix epoch. */
  readonly issuedAt: number;
  /** When it expires by the shortest of the bank's statements, in whole milliseconds since the Unix epoch. */
  readonly expiresAt: number;
  // Private fields, because nothing that prints an object can see them. Of most tokens the one header is all there is:
  // with ten thousand merchants, a token of a few kilobytes should not be there twice, nor objects around it.
  readonly #authorization: string | undefined;
  readonly #more: MoreThanBearer | undefined;
  readonly #httpsAgent: Agent | undefined;
  // One by one, not an object: they are the strings that came with the credentials.
  readonly #clientSecret: string | undefined;
  readonly #apiKey: string | undefined;

  static {
    // Out of reach of code that has the token only.
    secretsOf = (token) =>
      [token.value, token.#clientSecret, token.#apiKey].filter((secret) => secret !== undefined);
  }

  constructor(parts: AccessTokenParts) {
    this.provider = parts.provider;
    this.scopes = Object.isFrozen(parts.scopes) ? parts.scopes : Object.freeze([...parts.scopes]);
    // Redis' ages and a bank's decimals leave fractions; cut off, they make no token younger or longer-lived.
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

  /** Everything an authorised call to this bank needs: `Authorization`, and `apikey` where it wants one. Secrets. */
  get headers(): Readonly<Record<string, string>> {
    return this.#more?.headers ?? Object.freeze({ Authorization: this.#authorization as string });
  }

  /**
   * Makes connections with the client certificate for which the token was issued; undefined where there is none.
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

/** The header, where it is all that there is to the token. */
function bearerOnly({ value, headers }: AccessTokenParts): string | undefined {
  const { Authorization: authorization, ...others } = headers;
  const isAll = authorization === BEARER + value && Object.keys(others).length === 0;
  // V8 keeps what is joined as its parts until it is sent, and both afterwards; by way of bytes it is one text.
  return isAll ? Buffer.from(authorization).toString() : undefined;
}

function moreThanBearer({ value, headers }: AccessTokenParts): MoreThanBearer {
  return { value, headers: Object.freeze({ ...headers }) };
}
