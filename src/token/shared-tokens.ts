import { catchError, defer, map, merge, type Observable, of, take, takeUntil, tap } from 'rxjs';
import type { StoredToken, TokenStore } from '../store/index.js';
import type { Clock } from './clock.js';
import { failAfter } from './token-failure.js';

const STORE_TIMEOUT = 1_000;

/** One merchant's place in the token store, if there is a store. Never fails: a store costs one token call at most. */
export class SharedTokens {
  #failed = false;

  constructor(
    private readonly store: TokenStore | undefined,
    private readonly key: string,
    private readonly who: string,
    private readonly clock: Clock,
    private readonly say: (level: 'log' | 'warn', message: string) => void,
    /** Emits when nothing is waited for any more. */
    private readonly closing: Observable<unknown>,
  ) {}

  /** Emits once: the token that is there, with its age in milliseconds, or undefined. */
  read(): Observable<{ readonly token: StoredToken; readonly ageMs: number } | undefined> {
    return this.#use((store) => store.read(this.key)).pipe(
      map((found) => (isStored(found) ? found : undefined)),
    );
  }

  write(token: StoredToken): void {
    this.#use((store) => store.writeIfNewer(this.key, token)).subscribe();
  }

  remove(fingerprint: string): void {
    this.#use((store) => store.remove(this.key, fingerprint)).subscribe();
  }

  #use<T>(operation: (store: TokenStore) => Promise<T>): Observable<T | undefined> {
    const { store } = this;
    if (store === undefined) return of(undefined);
    return merge(
      defer(() => operation(store)),
      failAfter(STORE_TIMEOUT, this.clock),
    ).pipe(
      take(1),
      tap(() => {
        if (this.#failed) this.say('log', `${this.who}: the token store answers again.`);
        this.#failed = false;
      }),
      catchError(() => {
        // Once, not for each call: it may be away for hours.
        if (!this.#failed) {
          this.say(
            'warn',
            `${this.who}: the token store does not answer; tokens are obtained without it meanwhile.`,
          );
        }
        this.#failed = true;
        return of(undefined);
      }),
      takeUntil(this.closing),
    );
  }
}

/** Whether a store's answer is a token that may be used; anything may stand in a store. */
function isStored(found: unknown): found is { readonly token: StoredToken; readonly ageMs: number } {
  const { token, ageMs } = (found ?? {}) as { token?: Partial<StoredToken>; ageMs?: unknown };
  return (
    typeof token?.value === 'string' &&
    /^[\x21-\x7e]+$/.test(token.value) &&
    typeof token.fingerprint === 'string' &&
    isDuration(token.lifetime) &&
    isDuration(ageMs) &&
    Array.isArray(token.scopes) &&
    token.scopes.every((scope) => typeof scope === 'string')
  );
}

/** Milliseconds that make sense: no token lives longer than a year. */
function isDuration(milliseconds: unknown): boolean {
  return typeof milliseconds === 'number' && milliseconds >= 0 && milliseconds < 31_536_000_000;
}
