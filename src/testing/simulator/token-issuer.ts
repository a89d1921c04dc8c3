import { createHmac, randomBytes, randomUUID } from 'node:crypto';

/** A token that resource calls may bear. */
export interface IssuedToken {
  readonly value: string;
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
  }

  find(value: string): IssuedToken | undefined {
    return this.#issued.get(value);
  }

  /** Forgets one token, or all. */
  revoke(value?: string): void {
    if (value === undefined) this.#issued.clear();
    else this.#issued.delete(value);
  }
}
