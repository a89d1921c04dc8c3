import {
  catchError,
  defer,
  EMPTY,
  finalize,
  map,
  merge,
  mergeMap,
  Observable,
  of,
  retry,
  switchMap,
  take,
  tap,
  throwError,
} from 'rxjs';
import { UnknownMerchant, type VersionedCredentials } from '../credentials/index.js';
import { adopted, candidateIn } from './adoption.js';
import { type Arrival, arrivalOf } from './arrival.js';
import { inNobodysContext } from './async-context.js';
import { elapsed } from './clock.js';
import { FlightBudget } from './flight-budget.js';
import type { FlightParts, FlightPlan, MerchantFlightParts } from './flight-plan.js';
import { LeaseRound } from './lease-round.js';
import { failAfter, isTokenFailure, type TokenFailure, tokenFailure } from './token-failure.js';
import {
  credentialsLate,
  DEFINITION_THREW,
  noAnswer,
  OTHERS_WITHOUT_TOKEN,
  SILENCE,
  tokenExpired,
} from './token-failure.messages.js';
import { isSaidByBank } from './told-failure.js';

/** What a flight errors with where the credentials are still those that were rejected. */
export const UNCHANGED_CREDENTIALS = Symbol('unchanged credentials');

const BACKOFF_FIRST = 250;

/** How far one flight is. */
interface Progress {
  readonly budget: FlightBudget;
  readonly round: LeaseRound;
  /** Whether the credentials have been read. */
  informed: boolean;
}

/**
 * One token request, retries included, when subscribed; unsubscribing aborts it. Reads the credentials, looks into the
 * store, then asks the bank when it is its turn, all within one deadline, which does not run while it waits for its
 * turn. Errors with a `TokenFailure` or `UNCHANGED_CREDENTIALS`, nothing else. With a store that has leases, it is one
 * request for all processes: `LeaseRound` says how.
 */
export class TokenFlight extends Observable<Arrival> {
  constructor(
    private readonly parts: FlightParts,
    private readonly own: MerchantFlightParts,
    private readonly plan: FlightPlan,
  ) {
    super((subscriber) => this.#flight().subscribe(subscriber));
  }

  /** The token that is in the store, if it is of use; completes without one, whatever is in the way. */
  takeOver(): Observable<Arrival> {
    const { parts, own, plan } = this;
    return candidateIn(own, parts, plan).pipe(
      // Reading credentials may cost a call to a vault: not for nothing.
      switchMap((found) =>
        found === undefined
          ? EMPTY
          : this.#readCredentials(this.#begin().budget).pipe(
              map((credentials) => adopted(found, credentials, parts, own)),
            ),
      ),
      mergeMap((arrival) => (arrival === undefined ? EMPTY : of(arrival))),
      catchError(() => EMPTY),
    );
  }

  /** What went wrong while the process did not run says nothing about the bank: that gets one attempt more. */
  #flight(): Observable<Arrival> {
    let progress = this.#begin();
    let { attempts } = this.plan;
    return defer(() => this.#within(progress, attempts)).pipe(
      retry({
        delay: (failure) => {
          const isOurs = isTokenFailure(failure) && mayBeOurs(failure);
          if (!isOurs || !progress.budget.paused) return throwError(() => failure);
          progress = this.#begin();
          attempts = 1;
          return of(undefined);
        },
      }),
    );
  }

  #within(progress: Progress, attempts: number): Observable<Arrival> {
    const { budget, round } = progress;
    const work = this.#readCredentials(budget).pipe(
      switchMap((credentials) => {
        if (credentials.version === this.plan.rejectedVersion) return this.#onlyLook(credentials, round);
        progress.informed = true;
        return this.#ask(credentials, attempts, progress).pipe(
          catchError((failure: TokenFailure) => this.#retryWithOthers(failure, credentials, progress)),
          catchError((failure: TokenFailure) => round.secondOpinion(failure, credentials)),
        );
      }),
    );
    const late = budget.over.pipe(switchMap(() => throwError(() => this.#lateness(progress))));
    return merge(work, late).pipe(
      take(1),
      catchError(asFailure),
      catchError((failure) => throwError(() => round.share(failure))),
      finalize(() => round.release()),
    );
  }

  /** The bank has refused these credentials, but perhaps only to this process. */
  #onlyLook(credentials: VersionedCredentials, round: LeaseRound): Observable<Arrival> {
    return round
      .adopt(credentials)
      .pipe(mergeMap((found) => (found === undefined ? throwError(() => UNCHANGED_CREDENTIALS) : of(found))));
  }

  #begin(): Progress {
    const { clock, retry: policy } = this.parts;
    const budget = new FlightBudget(policy.deadline, clock);
    const askBank = (credentials: VersionedCredentials, timeMs: number) =>
      this.#askBank(credentials, timeMs, budget);
    const round = new LeaseRound(this.parts, this.own, this.plan, budget, askBank);
    return { budget, round, informed: false };
  }

  #lateness({ informed, round, budget }: Progress): TokenFailure | typeof UNCHANGED_CREDENTIALS {
    if (round.refusal !== undefined) return round.refusal;
    const { milliseconds } = budget;
    if (!informed) return this.#unreadable(credentialsLate(this.own.credentials.description, milliseconds));
    const { waits } = round;
    const reason = noAnswer(waits ? OTHERS_WITHOUT_TOKEN : SILENCE, milliseconds);
    return tokenFailure({ kind: 'unavailable', reason, trouble: waits ? 'others' : 'time-out' });
  }

  #unreadable(reason: string): TokenFailure | typeof UNCHANGED_CREDENTIALS {
    // A file that is being replaced does not end the cool-down of a rejection.
    return this.plan.rejectedVersion === undefined
      ? tokenFailure({ kind: 'credentials-unreadable', reason })
      : UNCHANGED_CREDENTIALS;
  }

  #readCredentials(budget: FlightBudget): Observable<VersionedCredentials> {
    const { credentials, reads } = this.own;
    const read = defer(() => inNobodysContext(() => credentials.read())).pipe(
      catchError((error: Error) =>
        throwError(() =>
          error instanceof UnknownMerchant
            ? tokenFailure({ kind: 'unknown-merchant', reason: error.message })
            : this.#unreadable(error.message),
        ),
      ),
    );
    return reads === undefined ? read : reads.run(budget.ticket(), read);
  }

  #ask(
    credentials: VersionedCredentials,
    attempts: number,
    { budget, round }: Progress,
  ): Observable<Arrival> {
    const { clock, random } = this.parts;
    return defer(() => {
      budget.attemptBegins();
      return round.run(credentials);
    }).pipe(
      retry({
        count: attempts - 1,
        delay: (failure: TokenFailure, attempt) => {
          // Exponential backoff with full jitter, unless the bank says how long.
          const backoff = random() * BACKOFF_FIRST * 2 ** (attempt - 1);
          const wait = Math.max(failure.coolForMs ?? failure.retryAfterMs ?? 0, backoff);
          const tooLate = wait >= budget.left;
          const transient = isTokenFailure(failure) && failure.kind === 'unavailable';
          if (!transient || tooLate) return throwError(() => failure);
          return clock.timer(round.pause(failure, wait));
        },
      }),
    );
  }

  /** A rejection is final, unless the credentials were rotated meanwhile: then the new ones get one try. */
  #retryWithOthers(
    failure: TokenFailure,
    used: VersionedCredentials,
    progress: Progress,
  ): Observable<Arrival> {
    const rejected = isTokenFailure(failure) && failure.kind === 'rejected' && !failure.retryAfterMs;
    if (!rejected || !this.own.credentials.mayChange) return throwError(() => failure);
    return this.#readCredentials(progress.budget).pipe(
      catchError(() => throwError(() => failure)),
      switchMap((now) =>
        now.version === used.version ? throwError(() => failure) : this.#ask(now, 1, progress),
      ),
    );
  }

  #askBank(credentials: VersionedCredentials, timeMs: number, budget: FlightBudget): Observable<Arrival> {
    const { client, clock, scopes, queue } = this.parts;
    const { merchant, agents } = this.own;
    const failed = (failure: TokenFailure) => {
      if (!budget.paused || !mayBeOurs(failure)) queue.failed(merchant, failure);
    };
    return merge(client.request(credentials, scopes, agents), failAfter(timeMs, clock)).pipe(
      take(1),
      tap({
        next: ({ failure }) => {
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
        if (!this.plan.usable(age, grant.lifetime)) throw expired(age, grant.lifetime);
        const found = { ...grant, scopes: grant.scopes ?? scopes };
        return arrivalOf(found, sentAt, credentials, this.parts, agents);
      }),
    );
  }
}

/** Whether a process that did not run may have been the reason: the bank has said nothing, or too long ago. */
function mayBeOurs(failure: TokenFailure): boolean {
  return (
    (failure.kind === 'unavailable' && !isSaidByBank(failure)) || failure.kind === 'credentials-unreadable'
  );
}

function expired(age: number, lifetime: number): TokenFailure {
  return tokenFailure({ kind: 'unavailable', reason: tokenExpired(age, lifetime), trouble: 'expired' });
}

/** What a function of a bank definition throws must not be shown: it may hold a secret. */
function asFailure(failure: unknown): Observable<never> {
  return throwError(() =>
    failure === UNCHANGED_CREDENTIALS || isTokenFailure(failure)
      ? failure
      : ({ kind: 'invalid', reason: DEFINITION_THREW, trouble: 'definition' } satisfies TokenFailure),
  );
}
