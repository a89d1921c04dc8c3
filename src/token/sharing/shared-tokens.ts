import {
  defer,
  map,
  NEVER,
  type Observable,
  of,
  Subject,
  type Subscription,
  switchMap,
  take,
  takeUntil,
} from 'rxjs';
import type { LeaseAnswer, StoredFailure, StoredToken, TokenChange, TokenLease } from '../../store/index.js';
import { type Clock, elapsed, type Instant } from '../../time/clock.js';
import type { GuardedStore } from './guarded-store.js';
import { isChange, isLeaseAnswer, isStored } from './store-answers.js';

/** A flight that waits is woken by news at most this often in a second: news may be repeated, or made up. */
const MOST_WAKES = 5;
const A_SECOND = 1_000;

/** Another process that has the lease. */
export interface LeaseHolder {
  readonly owner: string;
  /** When it was first seen to have it. */
  readonly since: Instant;
  /** Whether it has been waited for in vain, so that no flight here waits for it any more. */
  overdue: boolean;
}

/** One merchant's place in the token store, if there is a store. Never fails: a store costs one token call at most. */
export class SharedTokens {
  /** Present while a flight waits for news. */
  #news?: Subject<void>;
  #newsHeard = 0;
  /** How often news have woken a flight from `since` on. */
  #wakes?: { readonly since: Instant; count: number };
  /** Called when the store has refused a token, because the token in it is for all processes. */
  overtaken?: () => void;
  /** The holder of the lease, as far as known, if it is another process. */
  holder?: LeaseHolder;

  constructor(
    private readonly store: GuardedStore | undefined,
    private readonly key: string,
    /** Emits when the application ends. */
    private readonly closing: Observable<unknown>,
  ) {}

  /** Emits once: the token in the store with its age in milliseconds, or undefined. */
  read(): Observable<{ readonly token: StoredToken; readonly ageMs: number } | undefined> {
    if (this.store === undefined) return of(undefined);
    return this.store.read(this.key).pipe(
      map((answer) => (isStored(answer?.value) ? answer.value : undefined)),
      takeUntil(this.closing),
    );
  }

  /** The name of this process in the store. */
  get id(): string | undefined {
    return this.store?.id;
  }

  get hasLeases(): boolean {
    return this.store?.hasLeases === true;
  }

  /** Emits once: the answer to the request for the lease; undefined where each process asks the bank on its own. */
  lease(durationMs: number, despiteFailure: boolean): Observable<LeaseAnswer | undefined> {
    if (this.store === undefined || !this.hasLeases) return of(undefined);
    return this.store.lease(this.key, durationMs, despiteFailure).pipe(
      map((answer) => (isLeaseAnswer(answer?.value) ? answer.value : undefined)),
      takeUntil(this.closing),
    );
  }

  /** Emits whether the lease is still held; a store in trouble cannot say no. */
  extend(lease: TokenLease, durationMs: number): Observable<boolean> {
    if (this.store === undefined) return of(true);
    return this.store.extend(this.key, lease, durationMs).pipe(
      map((answer) => answer?.value !== false),
      takeUntil(this.closing),
    );
  }

  release(lease: TokenLease, outcome?: { readonly failure: StoredFailure; readonly forMs: number }): void {
    this.store?.release(this.key, lease, outcome);
  }

  /** Writes in the background, and then gives the lease up. */
  write(token: StoredToken, ageMs: number, lease?: TokenLease): void {
    // A process that lost the lease may have been overtaken.
    this.store?.write(this.key, token, ageMs, lease, lease && (() => this.overtaken?.()));
  }

  /** Writes a token that is not new, in the background. */
  offer(token: StoredToken, ageMs: number): void {
    this.store?.write(this.key, token, ageMs, undefined, () => this.overtaken?.());
  }

  remove(fingerprint: string, refused: boolean): void {
    this.store?.remove(this.key, fingerprint, refused);
  }

  /** Listens to the changes of this merchant's token by other processes; to be called once. */
  listen(hear: (change: TokenChange) => void): Subscription | undefined {
    return this.store?.changes(this.key).subscribe((change: unknown) => {
      if (!isChange(change)) return;
      this.#newsHeard += 1;
      this.#news?.next();
      hear(change);
    });
  }

  /** The number of news heard so far, for `newsSince`. */
  get newsHeard(): number {
    return this.#newsHeard;
  }

  /** Emits once when there has been news since then, if not too often. */
  newsSince(heard: number): Observable<void> {
    return defer(() => {
      const clock = this.store?.clock;
      if (clock === undefined) return NEVER;
      this.#news ??= new Subject();
      const news = heard === this.#newsHeard ? this.#news.pipe(take(1)) : of(undefined);
      return news.pipe(switchMap(() => this.#wake(clock)));
    });
  }

  #wake(clock: Clock): Observable<void> {
    const now = clock.now();
    const left = this.#wakes === undefined ? 0 : A_SECOND - elapsed(this.#wakes.since, now);
    if (this.#wakes === undefined || left <= 0) this.#wakes = { since: now, count: 0 };
    if (this.#wakes.count >= MOST_WAKES) return clock.timer(left).pipe(switchMap(() => this.#wake(clock)));
    this.#wakes.count += 1;
    return of(undefined);
  }
}
