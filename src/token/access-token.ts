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
    this.provider = parts.provider;
    this.scopes = Object.freeze([...parts.scopes]);
    this.issuedAt = parts.issuedAt;
    this.expiresAt = parts.expiresAt;
    this.#value = parts.value;
    this.#headers = Object.freeze({ ...parts.headers });
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
