import {
  catchError,
  defer,
  finalize,
  map,
  merge,
  type Observable,
  of,
  retry,
  switchMap,
  take,
  tap,
  throwError,
} from 'rxjs';
import { UnknownMerchant, type VersionedCredentials } from '../../credentials/index.js';
import { elapsed, type Instant } from '../../time/clock.js';
import { type Arrival, adopted, arrivalOf, candidateIn } from '../arrival.js';
import { type TokenGrant, unstatedLifetime } from '../endpoint/token-response.js';
import type { FlightParts, FlightPlan, MerchantFlightParts } from '../flight-plan.js';
import { isSaidByBank } from '../sharing/told-failure.js';
import { failAfter, isTokenFailure, type TokenFailure, tokenFailure } from '../token-failure.js';
import {
  credentialsLate,
  DEFINITION_THREW,
  noAnswer,
  OTHERS_WITHOUT_TOKEN,
  SILENCE,
  tokenExpired,
} from '../token-failure.messages.js';
import { readCredentials } from './credentials-reading.js';
import { FlightBudget } from './flight-budget.js';
import { LeaseRound } from './lease-round.js';

/** The error of a flight whose credentials are still the rejected ones. */
export const UNCHANGED_CREDENTIALS = Symbol('unchanged credentials');

const BACKOFF_FIRST = 250;
/** At most this many further flights: where the process stops again and again, callers wait no longer. */
const MOST_EXCUSED = 3;

/**
 * One token request, retries included, when subscribed; unsubscribing aborts it. Errors with a `TokenFailure` or
 * `UNCHANGED_CREDENTIALS`, nothing else. A failure from a time in which the process did not run says nothing about the
 * bank: one more flight follows, of one attempt. That may happen three times at most.
 */
export function tokenFlight(
  parts: FlightParts,
  own: MerchantFlightParts,
  plan: FlightPlan,
): Observable<Arrival> {
  return defer(() => {
    let flight = new TokenFlight(parts, own, plan);
    return defer(() => flight.run()).pipe(
      retry({
        count: MOST_EXCUSED,
        delay: (failure) => {
          if (!flight.isExcused(failure)) return throwError(() => failure);
          flight = new TokenFlight(parts, own, { ...plan, attempts: 1 });
          return of(undefined);
        },
      }),
    );
  });
}

/**
 * One flight, to be run once: reads the credentials, looks into the store, then asks the bank when it is its turn, all
 * within one deadline, which does not run while it waits for its turn. With a store that has leases, it is one request
 * for all processes: `LeaseRound` says how.
 */
class TokenFlight {
  readonly #parts: FlightParts;
  readonly #own: MerchantFlightParts;
  readonly #plan: FlightPlan;
  readonly #budget: FlightBudget;
  readonly #round: LeaseRound;
  /** The credentials of the flight; undefined until they have been read. */
  #credentials?: VersionedCredentials;

  constructor(parts: FlightParts, own: MerchantFlightParts, plan: FlightPlan) {
    this.#parts = parts;
    this.#own = own;
    this.#plan = plan;
    this.#budget = new FlightBudget(parts.retry.deadline, parts.clock);
    this.#round = new LeaseRound(parts, own, plan, this.#budget, (credentials, timeMs) =>
      this.#askBank(credentials, timeMs),
    );
  }

  run(): Observable<Arrival> {
    const work = this.#readCredentials().pipe(
      switchMap((credentials) =>
        credentials.version === this.#plan.rejectedVersion
          ? this.#onlyLook(credentials)
          : this.#ask(credentials),
      ),
    );
    const late = this.#budget.over.pipe(switchMap(() => throwError(() => this.#lateness)));
    return merge(work, late).pipe(
      take(1),
      catchError(asFailure),
      catchError((failure) => throwError(() => this.#round.share(failure))),
      finalize(() => this.#round.release()),
    );
  }

  /** Whether it may have failed because the process did not run. */
  isExcused(failure: unknown): boolean {
    return isTokenFailure(failure) && mayBeOurs(failure) && this.#budget.paused;
  }

  #readCredentials(): Observable<VersionedCredentials> {
    return readCredentials(this.#own, () => this.#budget.ticket()).pipe(
      catchError((error: Error) => throwError(() => this.#unread(error))),
    );
  }

  #unread(error: Error | TokenFailure): TokenFailure | typeof UNCHANGED_CREDENTIALS {
    if (isTokenFailure(error)) return error;
    return error instanceof UnknownMerchant
      ? tokenFailure({ kind: 'unknown-merchant', reason: error.message })
      : this.#unreadable((error as Error).message);
  }

  #unreadable(reason: string): TokenFailure | typeof UNCHANGED_CREDENTIALS {
    // A file that is being replaced does not end the cool-down of a rejection.
    return this.#plan.rejectedVersion === undefined
      ? tokenFailure({ kind: 'credentials-unreadable', reason })
      : UNCHANGED_CREDENTIALS;
  }

  /** Looks only into the store: the bank has refused these credentials, but perhaps only to this process. */
  #onlyLook(credentials: VersionedCredentials): Observable<Arrival> {
    const { adopts } = this.#plan;
    return candidateIn(this.#own, this.#parts, adopts).pipe(
      map((found) => adopted(found, credentials, this.#parts, this.#own.agents)),
      switchMap((arrival) => (arrival === undefined ? throwError(() => UNCHANGED_CREDENTIALS) : of(arrival))),
    );
  }

  #ask(credentials: VersionedCredentials): Observable<Arrival> {
    return this.#attempts(credentials, this.#plan.attempts).pipe(
      catchError((failure: TokenFailure) => this.#retryWithOthers(failure, credentials.version)),
      catchError((failure: TokenFailure) => this.#round.secondOpinion(failure)),
    );
  }

  #attempts(credentials: VersionedCredentials, count: number): Observable<Arrival> {
    this.#credentials = credentials;
    return defer(() => {
      this.#budget.attemptBegins();
      return this.#round.run(credentials);
    }).pipe(
      retry({
        count: count - 1,
        delay: (failure: TokenFailure, attempt) => this.#pauseBeforeNext(failure, attempt),
      }),
    );
  }

  /** Exponential backoff with full jitter, unless the bank says how long. */
  #pauseBeforeNext(failure: TokenFailure, attempt: number): Observable<unknown> {
    const { clock, random } = this.#parts;
    const backoff = random() * BACKOFF_FIRST * 2 ** (attempt - 1);
    const wait = Math.max(failure.coolForMs ?? failure.retryAfterMs ?? 0, backoff);
    const transient = isTokenFailure(failure) && failure.kind === 'unavailable';
    return !transient || wait >= this.#budget.left
      ? throwError(() => failure)
      : clock.timer(this.#round.pause(failure, wait));
  }

  /** A rejection is final, unless the credentials were rotated meanwhile: then the new ones get one try. */
  #retryWithOthers(failure: TokenFailure, rejectedVersion: string): Observable<Arrival> {
    const rejected = isTokenFailure(failure) && failure.kind === 'rejected' && !failure.retryAfterMs;
    if (!rejected || !this.#own.credentials.mayChange) return throwError(() => failure);
    return this.#readCredentials().pipe(
      catchError(() => throwError(() => failure)),
      switchMap((now) =>
        now.version === rejectedVersion ? throwError(() => failure) : this.#attempts(now, 1),
      ),
    );
  }

  /** One token request, which may take at most `timeMs` milliseconds. */
  #askBank(credentials: VersionedCredentials, timeMs: number): Observable<Arrival> {
    const { client, clock, scopes, queue } = this.#parts;
    const { merchant, agents } = this.#own;
    const failed = (failure: TokenFailure) => {
      if (!this.#budget.paused || !mayBeOurs(failure)) queue.failed(merchant, failure);
    };
    this.#plan.asking?.();
    return merge(client.request(credentials, scopes, agents, timeMs), failAfter(timeMs, clock)).pipe(
      take(1),
      tap({
        next: ({ failure, aheadMs }) => {
          if (aheadMs !== undefined) this.#parts.bankClock?.(aheadMs);
          if (failure === undefined || (failure.kind !== 'unavailable' && isSaidByBank(failure)))
            queue.answered();
          else if (failure.kind === 'unavailable') failed(failure);
        },
        error: (failure: unknown) => {
          if (isTokenFailure(failure)) failed(failure);
        },
      }),
      map(({ grant, failure, sentAt }) => {
        if (failure !== undefined)
          throw tokenFailure({ ...failure, credentialsVersion: credentials.version });
        const age = elapsed(sentAt, clock.now());
        const lifetime = this.#lifetimeOf(grant, sentAt);
        if (!this.#plan.usable(age, lifetime)) throw expired(age, lifetime);
        const found = { ...grant, lifetime, scopes: grant.scopes ?? scopes };
        return arrivalOf(found, sentAt, credentials, this.#parts, agents);
      }),
    );
  }

  /**
   * The lifetime of a token, in milliseconds. Servers that return the same token until it expires (Spring, WSO2) send
   * `expires_in: 0` in its last second, or none: then their earlier statement still holds.
   */
  #lifetimeOf({ value, lifetime, silent }: TokenGrant, sentAt: Instant): number {
    const { current } = this.#plan;
    if (!silent || current?.value !== value) return lifetime;
    // The bank never states a lifetime.
    if (current.lifetime === unstatedLifetime(this.#parts.bank.tokenResponse)) return lifetime;
    const left = current.lifetime - elapsed(current.since, sentAt);
    return left > 0 ? Math.min(left, lifetime) : lifetime;
  }

  /** The failure of a flight whose time is over. */
  get #lateness(): TokenFailure | typeof UNCHANGED_CREDENTIALS {
    const round = this.#round;
    if (round.refusal !== undefined) return round.refusal;
    const { milliseconds } = this.#budget;
    if (this.#credentials === undefined) {
      return this.#unreadable(credentialsLate(this.#own.credentials.description, milliseconds));
    }
    const { waits } = round;
    const reason = noAnswer(waits ? OTHERS_WITHOUT_TOKEN : SILENCE, milliseconds);
    return tokenFailure({ kind: 'unavailable', reason, trouble: waits ? 'others' : 'time-out' });
  }
}

/** Whether a process that did not run may be the cause: the bank has not answered, or too long ago. */
function mayBeOurs(failure: TokenFailure): boolean {
  return (
    (failure.kind === 'unavailable' && !isSaidByBank(failure)) || failure.kind === 'credentials-unreadable'
  );
}

export function expired(age: number, lifetime: number): TokenFailure {
  return tokenFailure({ kind: 'unavailable', reason: tokenExpired(age, lifetime), trouble: 'expired' });
}

/** Replaces an error of a definition's function, which must not be shown: it may hold a secret. */
function asFailure(failure: unknown): Observable<never> {
  return throwError(() =>
    failure === UNCHANGED_CREDENTIALS || isTokenFailure(failure)
      ? failure
      : ({ kind: 'invalid', reason: DEFINITION_THREW, trouble: 'definition' } satisfies TokenFailure),
  );
}
