import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import {
  AsyncSubject,
  catchError,
  defer,
  EMPTY,
  merge,
  mergeMap,
  Observable,
  of,
  repeat,
  type Subscriber,
  type Subscription,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
} from 'rxjs';
import { codeOf, type LineLogger, type LogLine, writeLine } from '../../errors/index.js';
import { ALL, type BankAuthEventDetails, type EventSink, NO_EVENTS } from '../../events/index.js';
import type { LeaseAnswer, StoredToken, TokenChange, TokenLease, TokenStore } from '../../store/index.js';
import { type Clock, elapsed, type Instant } from '../../time/clock.js';
import { afterRunning } from '../../time/running-time.js';
import { inNobodysContext, subscribedByNobody } from '../async-context.js';
import { isReminderDue } from '../reminders.js';
import {
  ADVICE_ON_SILENCE,
  storeName,
  storeRecovered,
  storeStillUnavailable,
  storeUnavailable,
  storeUnusable,
} from '../token.messages.js';
import { noAnswer, SILENCE } from '../token-failure.messages.js';
import { adviceOn } from './store-trouble.js';

/** How long a store may take for one answer, in milliseconds. */
const STORE_TIMEOUT = 1_000;
/** How often a store in trouble is looked at, in milliseconds; each time half as often, where it relapses. */
const CHECK_EVERY = 1_000;
const CHECK_EVERY_MAX = 4_000;
/** A store that fails again within this time, in milliseconds, was not well. */
const RELAPSE_WITHIN = 5_000;
/** How long the application's end waits for pending writes, in milliseconds. */
const LAST_WRITES = 500;
/** At most this many reasons of a store are logged, each once, with this many characters: they may be made up. */
const MOST_REASONS = 5;
const LONGEST_REASON = 500;

/** A store's answer, in an object because it may be undefined; no object while the store is unavailable. */
type Answer<T> = { readonly value: T } | undefined;

/**
 * The application's token store as seen by services that must not depend on it: nothing here fails or takes long. At
 * the first fault the store is left alone, so that no caller waits for it twice, and looked at every few seconds until
 * it is well again. One line is logged when that begins, one when it ends.
 */
export class GuardedStore {
  /** The name of this process in failures that other processes are told of. */
  readonly id = randomBytes(12).toString('base64url');
  readonly #store: TokenStore;
  readonly #clock: Clock;
  readonly #logger: LineLogger;
  readonly #events: EventSink;
  /** Told when a fault is over: news may have been missed, and writes of that time are not in the store. */
  readonly #listeners = new Set<Subscriber<TokenChange>>();
  /** Writes, and requests for leases that have to be given back. */
  readonly #pending = new Set<Promise<unknown>>();
  readonly #ended = new AsyncSubject<void>();
  readonly #warned = new Set<string>();
  #fault?: Subscription;
  /** The logged fault; `why` in words of ours. */
  #outage?: { readonly since: Instant; readonly why: string | undefined; toldAt: Instant };
  #wellSince?: Instant;
  #relapses = 0;
  #closed = false;
  #closing?: Promise<void>;

  constructor(store: TokenStore, clock: Clock, logger: LineLogger, events: EventSink = NO_EVENTS) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
    this.#events = events;
  }

  get hasLeases(): boolean {
    return typeof this.#store.lease === 'function';
  }

  /** Whether processes share tokens now: `alone` during a fault. */
  get state(): 'shared' | 'alone' {
    return this.#fault === undefined ? 'shared' : 'alone';
  }

  get clock(): Clock {
    return this.#clock;
  }

  read(key: string): Observable<Answer<{ readonly token: StoredToken; readonly ageMs: number } | undefined>> {
    return this.#use(key, (store) => store.read(key));
  }

  lease(key: string, durationMs: number, despiteFailure: boolean): Observable<Answer<LeaseAnswer>> {
    return this.#use(
      key,
      (store) => {
        const answer = this.#askForLease(store, key, durationMs, despiteFailure);
        this.#track(answer);
        return answer;
      },
      // No subscriber waits for it any more, and others must not wait for it in vain.
      (answer) => {
        if (answer.kind === 'acquired') this.release(key, answer.lease);
      },
    ).pipe(tap((answer) => this.#warnOf(answer?.value)));
  }

  /** Emits whether the lease is still ours. */
  extend(key: string, lease: TokenLease, durationMs: number): Observable<Answer<boolean>> {
    return this.#use(key, () => lease.extend(durationMs));
  }

  /** Tries to release the lease even during a fault: others should not wait for it in vain. */
  release(key: string, lease: TokenLease, outcome?: Parameters<TokenLease['release']>[0]): void {
    this.#write(key, () => lease.release(outcome), true);
  }

  /**
   * Writes, and then releases the lease: the next owner finds the token.
   * @param outdated called if there is a newer token
   */
  write(
    key: string,
    token: StoredToken,
    ageMs: number,
    lease: TokenLease | undefined,
    outdated: () => void = () => undefined,
  ): void {
    let given = lease;
    const giveUp = () => {
      if (given !== undefined) this.release(key, given);
      given = undefined;
    };
    this.#write(key, async (store) => {
      try {
        const kept = await store.writeIfNewer(key, token, {
          ageMs,
          ...(lease === undefined ? {} : { lease }),
        });
        if (kept === false) outdated();
      } finally {
        giveUp();
      }
    }).then(giveUp);
  }

  remove(key: string, fingerprint: string, refused: boolean): void {
    this.#write(key, (store) => store.remove(key, fingerprint, { refused }));
  }

  changes(key: string): Observable<TokenChange> {
    // Without operators: there may be ten thousand of these, and each has to be small.
    return new Observable((subscriber) => {
      this.#listeners.add(subscriber);
      subscriber.add(() => this.#listeners.delete(subscriber));
      try {
        // A store of the user's may throw here, fail or end: then there is no more news from it.
        const hear = (change: TokenChange) => inNobodysContext(() => subscriber.next(change));
        const listen = () => this.#store.changes?.(key)?.subscribe({ next: hear, error: () => undefined });
        subscriber.add(inNobodysContext(listen));
      } catch {
        // No more news from it either.
      }
    });
  }

  /** Waits a moment for pending writes, then closes the store. */
  close(): Promise<void> {
    this.#closing ??= inNobodysContext(() => this.#close());
    return this.#closing;
  }

  async #close(): Promise<void> {
    await atMost(LAST_WRITES, this.#settled());
    this.#closed = true;
    this.#fault?.unsubscribe();
    this.#ended.next();
    this.#ended.complete();
    for (const listener of [...this.#listeners]) listener.complete();
    // The application ends, even if the store does not close.
    await atMost(
      STORE_TIMEOUT,
      (async () => this.#store.close?.())().catch(() => undefined),
    );
  }

  /** In a loop, since a lease that arrives late is released by a further write. */
  async #settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  /** Goes on without a subscriber; keeps the process alive until it is done, or has taken too long. */
  #write(
    key: string,
    operation: (store: TokenStore) => Promise<unknown>,
    evenInFault = false,
  ): Promise<void> {
    const written = new Promise<void>((resolve) => {
      const alive = setTimeout(() => undefined, STORE_TIMEOUT);
      this.#use(key, operation, undefined, evenInFault).subscribe({
        complete: () => {
          clearTimeout(alive);
          resolve();
        },
      });
    });
    this.#track(written);
    return written;
  }

  async #askForLease(
    store: TokenStore,
    key: string,
    durationMs: number,
    despiteFailure: boolean,
  ): Promise<LeaseAnswer> {
    return (await store.lease?.(key, durationMs, { despiteFailure })) ?? { kind: 'unavailable' };
  }

  /** Adds pending work, which the application's end waits for. */
  #track(work: Promise<unknown>): void {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.#pending.add(settled);
    void settled.finally(() => this.#pending.delete(settled));
  }

  #use<T>(
    key: string,
    operation: (store: TokenStore) => Promise<T>,
    late: (value: T) => void = () => undefined,
    evenInFault = false,
  ): Observable<Answer<T>> {
    const answer = defer((): Observable<Answer<T>> => {
      if (this.#closed || (this.#fault !== undefined && !evenInFault)) return of(undefined);
      return merge(this.#ask(operation, late), this.#timeout()).pipe(
        take(1),
        catchError((error: unknown) => {
          this.#begin(key, error);
          return of(undefined);
        }),
        takeUntil(this.#ended),
      );
    });
    // A caller's context reaches neither the store nor the timers here.
    return subscribedByNobody(answer);
  }

  #ask<T>(operation: (store: TokenStore) => Promise<T>, late: (value: T) => void): Observable<Answer<T>> {
    return new Observable((subscriber) => {
      inNobodysContext(() => operation(this.#store)).then(
        (value) => {
          if (subscriber.closed) late(value);
          subscriber.next({ value });
        },
        (error: unknown) => subscriber.error(error),
      );
    });
  }

  /** Errors when the store has taken too long, but not because this process was too busy to listen. */
  #timeout(): Observable<never> {
    return afterRunning(STORE_TIMEOUT, this.#clock).pipe(switchMap(() => throwError(() => TIMED_OUT)));
  }

  #begin(key: string, error: unknown): void {
    if (this.#fault !== undefined || this.#closed) return;
    const [why, advice] =
      error === TIMED_OUT
        ? [noAnswer(SILENCE, STORE_TIMEOUT), ADVICE_ON_SILENCE]
        : [codeOf(error), adviceOn(error)];
    const now = this.#clock.now();
    this.#outage = { since: now, why, toldAt: now };
    this.#say(storeUnavailable(this.#what, why, advice));
    this.#emit(now, { type: 'store.unavailable', reason: why ?? 'unknown' });
    const isRelapse = this.#wellSince !== undefined && elapsed(this.#wellSince, now) < RELAPSE_WITHIN;
    this.#relapses = isRelapse ? this.#relapses + 1 : 0;
    this.#fault = this.#clock
      .timer(Math.min(CHECK_EVERY * 2 ** Math.min(this.#relapses, 10), CHECK_EVERY_MAX))
      .pipe(
        mergeMap(() => this.#check(key)),
        repeat(),
      )
      .subscribe();
  }

  #check(key: string): Observable<unknown> {
    const store = this.#store;
    const check = this.#ask<unknown>(
      async () => (store.check === undefined ? store.read(key) : store.check(key)),
      () => undefined,
    );
    return merge(check, this.#timeout()).pipe(
      take(1),
      tap(() => this.#end()),
      catchError(() => {
        this.#remind();
        return EMPTY;
      }),
    );
  }

  #end(): void {
    const fault = this.#fault;
    const now = this.#clock.now();
    const outageMs = this.#outage === undefined ? 0 : elapsed(this.#outage.since, now);
    this.#fault = undefined;
    this.#outage = undefined;
    this.#wellSince = now;
    this.#say(storeRecovered(this.#what, outageMs));
    this.#emit(now, { type: 'store.recovered', outageMs });
    for (const listener of [...this.#listeners]) listener.next({ type: 'resumed' });
    fault?.unsubscribe();
  }

  /** Logs once a minute that the store is still in trouble. */
  #remind(): void {
    const outage = this.#outage;
    const now = this.#clock.now();
    if (outage === undefined || !isReminderDue(outage.toldAt, now)) return;
    outage.toldAt = now;
    this.#say(storeStillUnavailable(this.#what, outage.why, elapsed(outage.since, now)));
  }

  #emit({ wall }: Instant, details: BankAuthEventDetails): void {
    if (this.#events.observed) this.#events.emit(ALL, ALL, wall, details);
  }

  [inspect.custom](): string {
    return `GuardedStore(${this.#what})`;
  }

  /** Logs each reason once: it holds for every token, until the configuration changes. */
  #warnOf(answer: LeaseAnswer | undefined): void {
    const reason = answer?.kind === 'unavailable' ? answer.reason : undefined;
    if (typeof reason !== 'string' || this.#warned.has(reason) || this.#warned.size >= MOST_REASONS) return;
    this.#warned.add(reason);
    this.#say(storeUnusable(this.#what, reason.slice(0, LONGEST_REASON)));
  }

  get #what(): string {
    return storeName(this.#store.description);
  }

  #say(line: LogLine): void {
    try {
      writeLine(this.#logger, line);
    } catch {
      // No logger is left to report it to.
    }
  }
}

/** Waits for a promise, but no longer than a number of milliseconds. */
async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, enough]);
  clearTimeout(timer);
}

const TIMED_OUT = Symbol('timed out');
