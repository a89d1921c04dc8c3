import type { LoggerService } from '@nestjs/common';
import { catchError, defer, merge, type Observable, of, take, tap } from 'rxjs';
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
    private readonly logger: Pick<LoggerService, 'log' | 'warn'>,
  ) {}

  /** Emits once: the token that is there, with its age in milliseconds, or undefined. */
  read(): Observable<{ readonly token: StoredToken; readonly ageMs: number } | undefined> {
    return this.#use((store) => store.read(this.key));
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
        if (this.#failed) this.logger.log(`${this.who}: the token store answers again.`);
        this.#failed = false;
      }),
      catchError(() => {
        // Once, not for each call: it may be away for hours.
        if (!this.#failed) {
          this.logger.warn(
            `${this.who}: the token store does not answer; tokens are obtained without it meanwhile.`,
          );
        }
        this.#failed = true;
        return of(undefined);
      }),
    );
  }
}
