import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { BankClient } from './bank-client.js';

/** A token that resource calls may bear. */
export interface IssuedToken {
  readonly value: string;
  /** The values of the header by which a call may bear it, where that is not `Bearer` and the token. */
  readonly shownAs?: readonly string[] | undefined;
  readonly client: BankClient;
  /** The client's id when it was issued. */
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** The `apikey` that was sent when it was issued, where the bank wants one. */
  readonly apiKey?: string | undefined;
  /** Epoch in milliseconds. */
  readonly expiresAt: number;
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** Issues, finds and revokes tokens. */
export class TokenIssuer {
  readonly #key = randomBytes(32);
  readonly #keyId = randomBytes(8).toString('hex');
  readonly #issued = new Map<string, IssuedToken>();
  readonly #shown = new Map<string, string>();
  readonly #revoked = new Set<string>();
  readonly #ofClient = new Map<BankClient, string[]>();

  /** A JWT (RFC 7519) over these claims, under a key of its own: it can be read, not verified. */
  jwt(claims: Record<string, unknown>): string {
    const unsigned = `${encode({ alg: 'HS256', typ: 'JWT', kid: this.#keyId })}.${encode(claims)}`;
    return `${unsigned}.${createHmac('sha256', this.#key).update(unsigned).digest('base64url')}`;
  }

  /** A reference token: random, without any meaning of its own. */
  opaque(): string {
    return randomBytes(24).toString('base64url');
  }

  /** A unique token id. */
  tokenId(): string {
    return randomUUID();
  }

  remember(token: IssuedToken): void {
    this.#issued.set(token.value, token);
    this.#revoked.delete(token.value);
    for (const shown of token.shownAs ?? []) this.#shown.set(shown, token.value);
    const others = this.#ofClient.get(token.client);
    if (others) others.push(token.value);
    else this.#ofClient.set(token.client, [token.value]);
  }

  find(value: string): IssuedToken | undefined {
    return this.#revoked.has(value) ? undefined : this.#issued.get(value);
  }

  /** Finds a token by the value of the header that bears it. */
  findShown(header: string): IssuedToken | undefined {
    const value = this.#shown.get(header);
    return value === undefined ? undefined : this.find(value);
  }

  /** Refuses one token, or every token issued so far, until they are restored. */
  revoke(value?: string): void {
    if (value !== undefined) this.#revoked.add(value);
    else for (const issued of this.#issued.keys()) this.#revoked.add(issued);
  }

  /** Undoes every revocation. */
  restore(): void {
    this.#revoked.clear();
  }

  /** Forgets all tokens, for good. */
  forgetAll(): void {
    for (const kept of [this.#issued, this.#shown, this.#ofClient, this.#revoked]) kept.clear();
  }

  /** Forgets the tokens of one client, for good. */
  forgetAllOf(client: BankClient): void {
    for (const value of this.#ofClient.get(client) ?? []) {
      const token = this.#issued.get(value);
      // An overridden response may name any token, also one that another client has now.
      if (token?.client !== client) continue;
      this.#issued.delete(value);
      this.#revoked.delete(value);
      for (const shown of token.shownAs ?? []) this.#shown.delete(shown);
    }
    this.#ofClient.delete(client);
  }
}
