import { defer, filter, merge, type Observable, of, Subject, take } from 'rxjs';
import { type Clock, elapsed, type Instant } from '../../time/clock.js';
import type { AccessToken } from '../access-token.js';
import { inNobodysContext } from '../async-context.js';

/** How long a renewal that ends the token of requests under way waits for them, in milliseconds. */
const LONGEST_DRAIN = 5_000;

/** Requests under way with the token they carry; counted only where a new token ends the old one. */
export class CallsUnderWay {
  readonly #counts = new Map<AccessToken, number>();
  readonly #ended = new Subject<void>();

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  begin(token: AccessToken): void {
    this.#counts.set(token, (this.#counts.get(token) ?? 0) + 1);
  }

  end(token: AccessToken): void {
    const left = (this.#counts.get(token) ?? 1) - 1;
    if (left > 0) this.#counts.set(token, left);
    else this.#counts.delete(token);
    // A renewal may wait for the end, and belongs to no caller.
    if (this.#ended.observed) inNobodysContext(() => this.#ended.next());
  }

  /** Emits once, when no request is under way with the token, or after the longest wait. */
  drained(token: AccessToken | undefined, since: Instant, clock: Clock): Observable<unknown> {
    const isDrained = () => token === undefined || !this.#counts.has(token);
    return defer(() => {
      if (isDrained()) return of(undefined);
      const left = LONGEST_DRAIN - elapsed(since, clock.now());
      return merge(this.#ended.pipe(filter(isDrained)), clock.timer(left)).pipe(take(1));
    });
  }
}
