import { defer, map, merge, type Observable, of, switchMap, take, tap, throwError } from 'rxjs';
import type { VersionedCredentials } from '../../credentials/index.js';
import type { LeaseAnswer, StoredFailure, TokenLease } from '../../store/index.js';
import { elapsed, type Instant } from '../../time/clock.js';
import { type Arrival, adopted, candidateIn } from '../arrival.js';
import type { FlightParts, FlightPlan, MerchantFlightParts } from '../flight-plan.js';
import {
  confirms,
  isProven,
  isRefusal,
  isSaidByBank,
  toldOf,
  toldToOthers,
} from '../sharing/told-failure.js';
import { failAfter, isTokenFailure, type TokenFailure, tokenFailure } from '../token-failure.js';
import type { FlightBudget } from './flight-budget.js';
import { LeasePatience } from './lease-patience.js';
import type { QueueTicket } from './token-request-queue.js';

/** The milliseconds by which a lease lasts longer than the work under it. */
const LEASE_MARGIN = 1_000;
/** The longest pause between two attempts in which the lease is kept, in milliseconds. */
const LONGEST_PAUSE_UNDER_LEASE = 1_000;
/** The least time in which a bank answers, in milliseconds. */
const LEAST_TIME = 50;
/** Milliseconds between two looks at a lease: news about it may get lost. */
const LOOK_EVERY = 500;
const LEAST_BETWEEN_LOOKS = 100;

/** The outcome of a turn at the bank: a token, or a wait for news, since another process is asking. */
type TurnOutcome = Arrival | { readonly wait: Observable<unknown> };

/**
 * The part of one flight that goes through the store, so that one token request serves all processes. Each attempt of
 * the flight is a round, which waits for the flight's turn at the bank and then asks for the lease:
 *
 * | the lease is        | then                                                                                   |
 * |---------------------|----------------------------------------------------------------------------------------|
 * | acquired            | looks into the store again, asks the bank, writes the token, gives the lease up        |
 * | held by another     | waits for news, or a moment, and looks into the store again                            |
 * | held for too long   | asks the bank without a lease                                                          |
 * | cooling down        | takes the bank's answer to another process for its own                                 |
 * | refused to another  | acquires the lease nevertheless: one refusal is no proof, and this is the second try   |
 * | unavailable         | asks the bank without a lease: a store in trouble costs one request more               |
 *
 * A failure without an HTTP answer (DNS, refused connections, time-outs) gives the lease up at once, so that a process
 * that can reach the bank gets it; a failure that the bank answered by HTTP is left in the store for the others.
 *
 * A refusal (`rejected`, `invalid`) may be due to the process that met it: its address, its clock. It counts for all
 * when a second process has met one too. The first waits while the second asks, and takes its token.
 *
 * A lease that brings no token must not be an outage, whichever process holds it: `LeasePatience` says when a flight
 * has waited for long enough. From then on it asks alone.
 */
export class LeaseRound {
  readonly #parts: FlightParts;
  readonly #own: MerchantFlightParts;
  readonly #plan: FlightPlan;
  readonly #budget: FlightBudget;
  readonly #ticket: QueueTicket;
  readonly #patience: LeasePatience;
  readonly #askBank: (credentials: VersionedCredentials, timeMs: number) => Observable<Arrival>;
  /** The credentials of the current attempt; set before the first one. */
  #credentials!: VersionedCredentials;
  /** False if the bank was not asked in the last turn. */
  #asked = true;
  /** The right to ask the bank, where it is shared with other processes. */
  #lease?: TokenLease;
  /** When the lease was asked for, or last extended. */
  #leasedAt?: Instant;
  /** Whether another process was asking: its outcome is as good as that of a request of ours. */
  #joined = false;
  /** The fingerprint of the token in the store when a new one was wanted; empty if there was none. */
  #before?: string;
  #waits = false;
  /** Whether it has waited long enough for others, and asks the bank without a lease. */
  #alone = false;
  /** The failure that cooled down when the lease was acquired nevertheless. */
  #despite?: StoredFailure;
  #refusal?: { readonly failure: TokenFailure; readonly since: Instant };
  /** Whether the bank may be asked: the requests with the old token are answered. */
  #ready = false;

  /** @param askBank one token request, which may take at most `timeMs` milliseconds */
  constructor(
    parts: FlightParts,
    own: MerchantFlightParts,
    plan: FlightPlan,
    budget: FlightBudget,
    askBank: (credentials: VersionedCredentials, timeMs: number) => Observable<Arrival>,
  ) {
    this.#parts = parts;
    this.#own = own;
    this.#plan = plan;
    this.#budget = budget;
    this.#askBank = askBank;
    this.#patience = new LeasePatience(parts, own.shared, budget, this.#leaseDuration);
    this.#ticket = budget.ticket();
  }

  /** Whether the flight waits for another process. */
  get waits(): boolean {
    return this.#waits;
  }

  /** The bank's refusal of this flight, while the flight waits for the bank's answer to another process. */
  get refusal(): TokenFailure | undefined {
    if (this.#refusal === undefined) return undefined;
    const { failure, since } = this.#refusal;
    const coolForMs = Math.max(0, (failure.coolForMs ?? 0) - elapsed(since, this.#parts.clock.now()));
    return tokenFailure({ ...failure, coolForMs });
  }

  /** One attempt, unless a token or a failure that another process got from the bank makes it needless. */
  run(credentials: VersionedCredentials): Observable<Arrival> {
    this.#credentials = credentials;
    return this.#run();
  }

  #run(): Observable<Arrival> {
    if (this.#lease !== undefined) return this.#takeTurn(() => this.#extendAndAttempt());
    const heard = this.#own.shared.newsHeard;
    return this.#find().pipe(
      switchMap((arrival) => {
        if (arrival !== undefined) return of(arrival);
        return this.#readyOrNews(heard).pipe(
          switchMap(() => (this.#ready ? this.#takeTurn(() => this.#acquire()) : this.#run())),
        );
      }),
    );
  }

  /**
   * Keeps, shares or releases the lease between two attempts.
   * @param wait milliseconds
   * @returns milliseconds until the next attempt
   */
  pause(failure: TokenFailure, wait: number): number {
    if (this.#lease === undefined) return wait;
    if (isSaidByBank(failure)) {
      if (wait > LONGEST_PAUSE_UNDER_LEASE) this.share(failure, wait);
      return wait;
    }
    this.release();
    // So that a process without news, too, has looked before we ask for the lease again.
    return Math.max(wait, LOOK_EVERY + 100);
  }

  /** Gives the lease up together with the bank's answer, if it gave one. */
  share<F>(failure: F, forMs?: number): F | TokenFailure {
    const lease = this.#lease;
    if (lease === undefined || !isTokenFailure(failure) || !isSaidByBank(failure)) return failure;
    const coolForMs = forMs ?? this.#plan.coolDownOf(failure);
    const { shared } = this.#own;
    this.#lease = undefined;
    const told = toldToOthers(failure, coolForMs, shared.id ?? '', this.#isConfirmed(failure));
    shared.release(lease, { failure: told, forMs: coolForMs });
    return tokenFailure({ ...failure, coolForMs });
  }

  /**
   * The bank has refused this flight. If another process asks now, its token is the answer; if it is refused
   * too, or none asks, the flight errors with the refusal.
   */
  secondOpinion(failure: TokenFailure): Observable<Arrival> {
    const isFirst =
      this.#lease !== undefined &&
      isTokenFailure(failure) &&
      isSaidByBank(failure) &&
      isRefusal(failure) &&
      failure.credentialsVersion === this.#credentials.version &&
      !this.#isConfirmed(failure);
    if (!isFirst) return throwError(() => failure);
    const { clock } = this.#parts;
    this.#refusal = { failure: this.share(failure), since: clock.now() };
    // A timer, not the news: they reach us before another process has acquired the lease because of them.
    return clock.timer(LEAST_BETWEEN_LOOKS).pipe(switchMap(() => this.#await()));
  }

  release(): void {
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease !== undefined) this.#own.shared.release(lease);
  }

  /** Waits for the turn at the bank. A flight that finds another process asking makes room for others. */
  #takeTurn(use: () => Observable<TurnOutcome>): Observable<Arrival> {
    const { queue } = this.#parts;
    const { traced } = this.#plan;
    this.#asked = true;
    const turn = defer(() => {
      this.#asked = false;
      return use();
    });
    const work = traced?.(turn) ?? turn;
    const giveBack = () => {
      if (!this.#asked) queue.unused(this.#ticket);
    };
    return queue.run(this.#ticket, work).pipe(
      tap({ next: giveBack, error: giveBack }),
      switchMap((turn) => ('wait' in turn ? turn.wait.pipe(switchMap(() => this.#run())) : of(turn))),
    );
  }

  /** The next attempt under a lease, if it has not been lost meanwhile. */
  #extendAndAttempt(): Observable<TurnOutcome> {
    const lease = this.#lease;
    if (lease === undefined) return of({ wait: of(undefined) });
    const asked = this.#parts.clock.now();
    return this.#own.shared.extend(lease, this.#leaseDuration).pipe(
      switchMap((stillOurs): Observable<TurnOutcome> => {
        this.#leasedAt = asked;
        if (stillOurs) return this.#attempt();
        this.#lease = undefined;
        return of({ wait: of(undefined) });
      }),
    );
  }

  #readyOrNews(heard: number): Observable<unknown> {
    if (this.#ready) return of(undefined);
    const ready = this.#plan.ready.pipe(
      tap(() => {
        this.#ready = true;
      }),
    );
    return merge(ready, this.#own.shared.newsSince(heard)).pipe(take(1));
  }

  /** A token that another process has put into the store, if it is usable. */
  #adopt(): Observable<Arrival | undefined> {
    return candidateIn(this.#own, this.#parts, this.#plan.adopts).pipe(
      map((found) => adopted(found, this.#credentials, this.#parts, this.#own.agents)),
    );
  }

  /** A token that another process has brought. A flight for a new one has no use for an earlier one. */
  #find(): Observable<Arrival | undefined> {
    if (!this.#plan.forced) return this.#adopt();
    if (!this.#own.shared.hasLeases) return of(undefined);
    if (this.#before === undefined) {
      return this.#own.shared.read().pipe(
        map((found) => {
          this.#before = found?.token.fingerprint ?? '';
          return undefined;
        }),
      );
    }
    return this.#adopt().pipe(
      map((found) => (found?.stored.fingerprint === this.#before ? undefined : found)),
    );
  }

  #acquire(despite?: StoredFailure): Observable<TurnOutcome> {
    if (this.#alone) return this.#attempt();
    const { shared } = this.#own;
    const heard = shared.newsHeard;
    const asked = this.#parts.clock.now();
    return shared.lease(this.#leaseDuration, despite !== undefined).pipe(
      tap((answer) => {
        this.#waits = answer?.kind === 'held';
        this.#joined ||= this.#waits;
      }),
      switchMap((answer: LeaseAnswer | undefined): Observable<TurnOutcome> => {
        switch (answer?.kind) {
          case 'acquired':
            this.#lease = answer.lease;
            this.#leasedAt = asked;
            this.#despite = despite;
            shared.holder = undefined;
            return this.#attemptUnlessThere();
          case 'held':
            if (!this.#patience.endsWith(answer.owner))
              return of({ wait: this.#newsOrTime(heard, answer.forMs) });
            this.#waits = false;
            this.#alone = true;
            return this.#attempt();
          case 'cooling-down':
            if (isProven(answer.failure, shared.id) && this.#concerns(answer.failure)) {
              return throwError(() => toldOf(answer));
            }
            // A store that gives the same answer again does not know `despiteFailure`.
            return despite === undefined ? this.#acquire(answer.failure) : this.#attempt();
          default:
            return this.#attempt();
        }
      }),
    );
  }

  /** Another process may have written between our look and our lease. */
  #attemptUnlessThere(): Observable<Arrival> {
    return this.#find().pipe(switchMap((found) => (found === undefined ? this.#attempt() : of(found))));
  }

  /** Waits for the outcome of another process, which the bank may accept; sends no request. */
  #await(): Observable<Arrival> {
    const { shared } = this.#own;
    const heard = shared.newsHeard;
    return this.#find().pipe(
      switchMap((found) =>
        found === undefined
          ? shared
              .lease(this.#leaseDuration, false)
              .pipe(switchMap((answer) => this.#afterRefusal(answer, heard)))
          : of(found),
      ),
    );
  }

  #afterRefusal(answer: LeaseAnswer | undefined, heard: number): Observable<Arrival> {
    const refused = throwError(() => this.refusal);
    switch (answer?.kind) {
      case 'held':
        if (this.#patience.endsWith(answer.owner)) return refused;
        return this.#newsOrTime(heard, answer.forMs).pipe(switchMap(() => this.#await()));
      case 'cooling-down': {
        const isOfAll = answer.failure.confirmed === true && this.#concerns(answer.failure);
        return isOfAll ? throwError(() => toldOf(answer)) : refused;
      }
      case 'acquired':
        // The failure is gone from the store: a token has come since then, or the store has been emptied.
        this.#own.shared.release(answer.lease);
        return this.#find().pipe(switchMap((found) => (found === undefined ? refused : of(found))));
      default:
        return refused;
    }
  }

  #newsOrTime(heard: number, forMs: number): Observable<unknown> {
    const wait = Math.max(LEAST_BETWEEN_LOOKS, Math.min(forMs + 1, LOOK_EVERY, this.#patience.left));
    return merge(this.#own.shared.newsSince(heard), this.#parts.clock.timer(wait)).pipe(take(1));
  }

  /** Whether the bank would give us the answer that it gave to another process. */
  #concerns(failure: StoredFailure): boolean {
    const isOfAll = failure.kind === 'unavailable' && failure.status !== 429;
    if (!isOfAll && failure.credentialsVersion !== this.#credentials.version) return false;
    return failure.kind === 'unavailable' || !this.#plan.forced || this.#joined;
  }

  get #leaseDuration(): number {
    return this.#parts.retry.attemptTimeout + LEASE_MARGIN;
  }

  #isConfirmed(failure: TokenFailure): boolean {
    return confirms(failure, this.#despite, this.#own.shared.id);
  }

  /** How long an attempt may take, in milliseconds: never longer than the flight, nor than its lease. */
  get #time(): number {
    const { clock, retry: policy } = this.#parts;
    const ofLease =
      this.#lease === undefined || this.#leasedAt === undefined
        ? Number.POSITIVE_INFINITY
        : this.#leaseDuration - elapsed(this.#leasedAt, clock.now());
    return Math.max(0, Math.min(policy.attemptTimeout, this.#budget.left, ofLease));
  }

  #attempt(): Observable<Arrival> {
    const { clock } = this.#parts;
    const time = this.#time;
    // Otherwise many flights near their end would get the lease in turn, and each would abort its request at once.
    if (this.#lease !== undefined && time < LEAST_TIME) return failAfter(time, clock);
    this.#asked = true;
    return this.#askBank(this.#credentials, time).pipe(
      tap(({ stored, since }) => {
        // No caller here waits for it.
        this.#own.shared.write(stored, elapsed(since, clock.now()), this.#lease);
        this.#lease = undefined;
      }),
    );
  }
}
