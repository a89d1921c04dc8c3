import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { BankClient } from './bank-client.js';

/** A token that resource calls may bear. */
export interface IssuedToken {
  readonly value: string;
  readonly client: BankClient;
  /** The client's id when it was issued. */
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** The `apikey` that was sent when it was issued, where the bank wants one. */
  readonly apiKey?: string;
  /** Epoch in milliseconds. */
  readonly expiresAt: number;
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** Makes tokens and remembers which are good. */
export class TokenIssuer {
  readonly #key = randomBytes(32);
  readonly #keyId = randomBytes(8).toString('hex');
  readonly #issued = new Map<string, IssuedToken>();
  readonly #ofClient = new Map<BankClient, string[]>();

  /** A JWT (RFC 7519) over these claims, under a key that nobody else has: it can be read, not verified. */
  jwt(claims: Record<string, unknown>): string {
    const unsigned = `${encode({ alg: 'HS256', typ: 'JWT', kid: this.#keyId })}.${encode(claims)}`;
    return `${unsigned}.${createHmac('sha256', this.#key).update(unsigned).digest('base64url')}`;
  }

  /** A reference token: random, without any meaning of its own. */
  opaque(): string {
    return randomBytes(24).toString('base64url');
  }

  /** An id that no other token has. */
  tokenId(): string {
    return randomUUID();
  }

  remember(token: IssuedToken): void {
    this.#issued.set(token.value, token);
    const others = this.#ofClient.get(token.client);
    if (others) others.push(token.value);
    else this.#ofClient.set(token.client, [token.value]);
  }

  find(value: string): IssuedToken | undefined {
    return this.#issued.get(value);
  }

  /** Forgets one token, or all. */
  revoke(value?: string): void {
    if (value === undefined) {
      this.#issued.clear();
      this.#ofClient.clear();
    } else {
      this.#issued.delete(value);
    }
  }

  /** Forgets the tokens of one client. */
  revokeAllOf(client: BankClient): void {
    for (const value of this.#ofClient.get(client) ?? []) {
      // A response can be made to name a token, also one that another client has now.
      if (this.#issued.get(value)?.client === client) this.#issued.delete(value);
    }
    this.#ofClient.delete(client);
  }
}
