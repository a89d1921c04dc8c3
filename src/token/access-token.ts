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
}

/**
 * A token as a bank issued it. Printing it in any way (`String()`, `JSON.stringify`, `util.inspect`) never shows its
 * value.
 */
export class AccessToken {
  /** The name of the provider it belongs to. */
  readonly provider: string;
  /** The scopes the bank granted, or those asked for where it does not say (RFC 6749 §5.1). */
  readonly scopes: readonly string[];
  /** When it was asked for, in milliseconds since the Unix epoch. */
  readonly issuedAt: number;
  /** When it expires by the shortest of the bank's statements, in milliseconds since the Unix epoch. */
  readonly expiresAt: number;
  // Private fields, because nothing that prints an object can see them.
  readonly #value: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #httpsAgent: Agent | undefined;

  constructor(parts: AccessTokenParts) {
    const { value, headers } = onceInMemory(parts);
    this.provider = parts.provider;
    this.scopes = Object.isFrozen(parts.scopes) ? parts.scopes : Object.freeze([...parts.scopes]);
    this.issuedAt = parts.issuedAt;
    this.expiresAt = parts.expiresAt;
    this.#value = value;
    this.#headers = headers;
    this.#httpsAgent = parts.httpsAgent;
    Object.freeze(this);
  }

  /** The raw token. A secret. */
  get value(): string {
    return this.#value;
  }

  /** Everything an authorised call to this bank needs: `Authorization`, and `apikey` where it wants one. Secrets. */
  get headers(): Readonly<Record<string, string>> {
    return this.#headers;
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

/**
 * The value as a part of the header that carries it: with ten thousand merchants, a token of a few kilobytes should not
 * be there twice. V8 keeps a part of a string as a reference to the whole, and joins a string when it is first sent;
 * by way of a buffer it is joined now. Headers are visible ASCII.
 */
function onceInMemory({ value, headers }: Pick<AccessTokenParts, 'value' | 'headers'>): {
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
} {
  let once = value;
  // Member by member: a copy by `...` that is frozen has a hidden class of its own, larger than all the rest.
  const copy: Record<string, string> = {};
  for (const [name, text] of Object.entries(headers)) {
    const start = text.indexOf(value);
    copy[name] = start < 0 ? text : Buffer.from(text).toString();
    if (start >= 0) once = (copy[name] as string).slice(start, start + value.length);
  }
  const { Authorization } = copy;
  // What nearly all banks want, in an object that has no room for more.
  if (Authorization !== undefined && Object.keys(copy).length === 1) {
    return { value: once, headers: Object.freeze({ Authorization }) };
  }
  return { value: once, headers: Object.freeze(copy) };
}
