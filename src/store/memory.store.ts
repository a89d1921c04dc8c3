import { inspect } from 'node:util';
import type { StoredToken, TokenStore } from './token-store.js';

/** Keeps tokens in this process. The default. */
export class MemoryTokenStore implements TokenStore {
  readonly #tokens = new Map<string, { readonly token: StoredToken; readonly since: number }>();

  async read(key: string): Promise<{ token: StoredToken; ageMs: number } | undefined> {
    const kept = this.#tokens.get(key);
    if (kept === undefined) return undefined;
    // Older than either clock says would be wrong; younger than either says would be dangerous.
    const ageMs = Math.max(Date.now() - kept.token.issuedAt, performance.now() - kept.since);
    if (ageMs < kept.token.lifetime) return { token: kept.token, ageMs };
    this.#tokens.delete(key);
    return undefined;
  }

  async writeIfNewer(key: string, token: StoredToken): Promise<boolean> {
    const kept = this.#tokens.get(key);
    if (kept !== undefined && kept.token.issuedAt > token.issuedAt) return false;
    this.#tokens.set(key, { token, since: performance.now() - Math.max(0, Date.now() - token.issuedAt) });
    return true;
  }

  async remove(key: string, fingerprint: string): Promise<void> {
    if (this.#tokens.get(key)?.token.fingerprint === fingerprint) this.#tokens.delete(key);
  }

  [inspect.custom](): string {
    return `MemoryTokenStore(${this.#tokens.size} tokens)`;
  }
}
