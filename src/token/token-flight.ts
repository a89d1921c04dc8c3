import { createHash } from 'node:crypto';
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
import type { BankDefinition } from '../banks/index.js';
import { type CredentialsSource, UnknownMerchant, type VersionedCredentials } from '../credentials/index.js';
import type { LeaseAnswer, StoredFailure, StoredToken, TokenLease } from '../store/index.js';
import { AccessToken } from './access-token.js';
import { type Clock, elapsed, type Instant } from './clock.js';
import { FlightBudget } from './flight-budget.js';
import type { SharedTokens } from './shared-tokens.js';
import type { TlsAgents } from './tls-agents.js';
import { bankCredentials, type TokenEndpointClient } from './token-endpoint.client.js';
import { failAfter, isTokenFailure, type TokenFailure, tokenFailure } from './token-failure.js';
import type { QueueTicket, TokenRequestQueue } from './token-request-queue.js';

/** How a flight goes about its attempts. Durations in milliseconds. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly attemptTimeout: number;
  readonly deadline: number;
}

/** What the flights of all merchants of a provider work with. */
export interface FlightParts {
  readonly provider: string;
  readonly bank: BankDefinition;
  readonly scopes: readonly string[];
  readonly client: Pick<TokenEndpointClient, 'request'>;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** In which they wait for their turn at the bank. */
  readonly queue: TokenRequestQueue;
}

/** What the flights of one merchant work with. */
export interface MerchantFlightParts {
  /** Tells this merchant from others. */
  readonly merchant: unknown;
  readonly credentials: CredentialsSource;
  readonly shared: SharedTokens;
  /** Makes the connections of calls that need more than headers. */
  readonly agents: Pick<TlsAgents, 'forTokens' | 'forResources'>;
}

/** What makes one flight different from another. */
export interface FlightPlan {
  readonly attempts: number;
  /** Whether the token has to come from the bank, not from a store. */
  readonly forced: boolean;
  /** Credentials that the bank has rejected: if they are still the same, it is not asked again. */
  readonly rejectedVersion?: string;
  /** Whether a token of this age and lifetime, both in milliseconds, may be used. */
  readonly usable: (ageMs: number, lifetime: number) => boolean;
  /** Whether a token in the store would be of use. */
  readonly adopts: (fingerprint: string, ageMs: number, lifetime: number) => boolean;
  /** How long a failure keeps the next flight back, in milliseconds; for other processes to know. */
  readonly coolDownOf: (failure: TokenFailure) => number;
  /** Emits once when the bank may be asked: a new token may be the end of the old one. */
  readonly ready: Observable<unknown>;
}

/** A token as a flight brings it. */
export interface Arrival {
  readonly token: AccessToken;
  /** The same as a store keeps it. */
  readonly stored: StoredToken;
  /** When it was asked for. */
  readonly since: Instant;
}

/** What a flight errors with where the credentials are still those that were rejected. */
export const UNCHANGED_CREDENTIALS = Symbol('unchanged credentials');

const BACKOFF_FIRST = 250;
/** What a lease lasts longer than the work that is done under it, in milliseconds. */
const LEASE_MARGIN = 1_000;
/** A longer pause than this between two attempts is no reason to keep the lease, in milliseconds. */
const LONGEST_PAUSE_UNDER_LEASE = 1_000;
/** In less time than this no bank answers, in milliseconds. */
const LEAST_TIME = 50;
/** News about a lease may get lost, so that it is looked at now and then, in milliseconds. */
const LOOK_EVERY = 500;
const LEAST_BETWEEN_LOOKS = 100;

/** How far one flight is. */
interface Progress {
  readonly budget: FlightBudget;
  readonly ticket: QueueTicket;
  /** Whether the credentials have been read. */
  informed: boolean;
  /** False if the bank was not asked in its last turn. */
  asked: boolean;
  /** The right to ask the bank, where it is shared with other processes. */
  lease?: TokenLease;
  /** When it was asked for, or last extended. */
  leasedAt?: Instant;
  /** Whether another process was asking: what it brought is as good as what we would have asked for. */
  joined: boolean;
  /** The fingerprint of what was in the store when a new token was wanted; empty if there was none. */
  before?: string;
  /** Whether it is another process that is waited for. */
  waiting: boolean;
  /** Whether nothing stands against asking the bank: the requests with the old token are answered. */
  ready: boolean;
}

/** What a turn at the bank came to: another process is asking, and there will be news. */
type Turn = Arrival | { readonly wait: Observable<unknown> };

/**
 * One token request, retries included, when subscribed; unsubscribing aborts it. Reads the credentials, looks into the
 * store, then asks the bank when it is its turn, all within one deadline, which does not run while it waits for its
 * turn. Errors with a `TokenFailure` or `UNCHANGED_CREDENTIALS`, nothing else.
 *
 * With a store that has leases, it is one request for all processes:
 *
 * | the lease is        | then                                                                                   |
 * |---------------------|----------------------------------------------------------------------------------------|
 * | acquired            | looks into the store again, asks the bank, writes the token, gives the lease up        |
 * | held by another     | waits for news, or a moment, and looks into the store again                            |
 * | cooling down        | takes what the bank said to another process for an answer of its own                   |
 * | not to be had       | asks the bank without: a store in trouble costs one request more                       |
 *
 * A failure that the bank had no part in (DNS, refused connections, time-outs) gives the lease up at once, so that a
 * process that can reach the bank gets it; what the bank said by HTTP is left in the store for the others.
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
    return this.#readCredentials().pipe(
      switchMap((credentials) => this.#adopt(credentials)),
      mergeMap((found) => (found === undefined ? EMPTY : of(found))),
      catchError(() => EMPTY),
    );
  }

  #flight(): Observable<Arrival> {
    const progress = this.#begin();
    const work = this.#readCredentials().pipe(
      switchMap((credentials) => {
        progress.informed = true;
        return credentials.version === this.plan.rejectedVersion
          ? throwError(() => UNCHANGED_CREDENTIALS)
          : this.#ask(credentials, this.plan.attempts, progress).pipe(
              catchError((failure: TokenFailure) => this.#retryWithOthers(failure, credentials, progress)),
            );
      }),
    );
    const late = progress.budget.over.pipe(switchMap(() => throwError(() => this.#lateness(progress))));
    return merge(work, late).pipe(
      take(1),
      catchError(asFailure),
      catchError((failure) => throwError(() => this.#share(failure, progress))),
      finalize(() => this.#release(progress)),
    );
  }

  #begin(): Progress {
    const { clock, retry: policy } = this.parts;
    const budget = new FlightBudget(policy.deadline, clock);
    const ticket: QueueTicket = {
      timeLeft: () => budget.left,
      waiting: (waits, counted) => budget.standStill(waits, counted),
    };
    return { budget, ticket, informed: false, asked: true, joined: false, waiting: false, ready: false };
  }

  #lateness({ informed, waiting, budget }: Progress): TokenFailure | typeof UNCHANGED_CREDENTIALS {
    const within = `within ${Math.round(budget.milliseconds)} ms`;
    if (informed) {
      const what = waiting ? 'another process was asking the bank, and brought no token' : 'no answer';
      return tokenFailure({ kind: 'unavailable', reason: `${what} ${within}` });
    }
    return this.#unreadable(`${this.own.credentials.description}: no answer ${within}`);
  }

  #unreadable(reason: string): TokenFailure | typeof UNCHANGED_CREDENTIALS {
    // A file that is being replaced does not end the cool-down of a rejection.
    return this.plan.rejectedVersion === undefined
      ? tokenFailure({ kind: 'credentials-unreadable', reason })
      : UNCHANGED_CREDENTIALS;
  }

  #readCredentials(): Observable<VersionedCredentials> {
    return defer(() => this.own.credentials.read()).pipe(
      catchError((error: Error) =>
        throwError(() =>
          error instanceof UnknownMerchant
            ? tokenFailure({ kind: 'unknown-merchant', reason: error.message })
            : this.#unreadable(error.message),
        ),
      ),
    );
  }

  #ask(credentials: VersionedCredentials, attempts: number, progress: Progress): Observable<Arrival> {
    const { clock, random } = this.parts;
    return defer(() => this.#round(credentials, progress)).pipe(
      retry({
        count: attempts - 1,
        delay: (failure: TokenFailure, attempt) => {
          // Exponential backoff with full jitter, unless the bank says how long.
          const backoff = random() * BACKOFF_FIRST * 2 ** (attempt - 1);
          const wait = Math.max(failure.coolForMs ?? failure.retryAfterMs ?? 0, backoff);
          const tooLate = wait >= progress.budget.left;
          const transient = isTokenFailure(failure) && failure.kind === 'unavailable';
          if (!transient || tooLate) return throwError(() => failure);
          return clock.timer(this.#pause(failure, wait, progress));
        },
      }),
    );
  }

  /** What becomes of the lease between two attempts; gives the milliseconds until the next. */
  #pause(failure: TokenFailure, wait: number, progress: Progress): number {
    if (progress.lease === undefined) return wait;
    if (isSaidByBank(failure)) {
      if (wait > LONGEST_PAUSE_UNDER_LEASE) this.#share(failure, progress, wait);
      return wait;
    }
    this.#release(progress);
    // So that also who gets no news has looked before we ask for the lease again.
    return Math.max(wait, LOOK_EVERY + 100);
  }

  /** One attempt, or what makes it needless: a token or a failure that another process had from the bank. */
  #round(credentials: VersionedCredentials, progress: Progress): Observable<Arrival> {
    if (progress.lease !== undefined)
      return this.#turn(credentials, progress, () => this.#goOn(credentials, progress));
    const heard = this.own.shared.newsHeard;
    return this.#find(credentials, progress).pipe(
      switchMap((arrival) => {
        if (arrival !== undefined) return of(arrival);
        return this.#readyOrNews(heard, progress).pipe(
          switchMap(() =>
            progress.ready
              ? this.#turn(credentials, progress, () => this.#acquire(credentials, progress))
              : this.#round(credentials, progress),
          ),
        );
      }),
    );
  }

  /** Waits for the turn at the bank. Who finds another process asking makes room for others. */
  #turn(
    credentials: VersionedCredentials,
    progress: Progress,
    use: () => Observable<Turn>,
  ): Observable<Arrival> {
    const { queue } = this.parts;
    progress.asked = true;
    const work = defer(() => {
      progress.asked = false;
      return use();
    });
    const giveBack = () => {
      if (!progress.asked) queue.unused(progress.ticket);
    };
    return queue.run(progress.ticket, work).pipe(
      tap({ next: giveBack, error: giveBack }),
      switchMap((turn) =>
        'wait' in turn ? turn.wait.pipe(switchMap(() => this.#round(credentials, progress))) : of(turn),
      ),
    );
  }

  /** The next attempt under a lease, if it has not been lost meanwhile. */
  #goOn(credentials: VersionedCredentials, progress: Progress): Observable<Turn> {
    const { lease } = progress;
    if (lease === undefined) return of({ wait: of(undefined) });
    const asked = this.parts.clock.now();
    return this.own.shared.extend(lease, this.#leaseDuration).pipe(
      switchMap((held): Observable<Turn> => {
        progress.leasedAt = asked;
        if (held) return this.#attempt(credentials, progress);
        progress.lease = undefined;
        return of({ wait: of(undefined) });
      }),
    );
  }

  #readyOrNews(heard: number, progress: Progress): Observable<unknown> {
    if (progress.ready) return of(undefined);
    const ready = this.plan.ready.pipe(
      tap(() => {
        progress.ready = true;
      }),
    );
    return merge(ready, this.own.shared.newsSince(heard)).pipe(take(1));
  }

  /** A token that another process has brought. Who wants a new one has no use for what was there before. */
  #find(credentials: VersionedCredentials, progress: Progress): Observable<Arrival | undefined> {
    if (!this.plan.forced) return this.#adopt(credentials);
    if (!this.own.shared.hasLeases) return of(undefined);
    if (progress.before === undefined) {
      return this.own.shared.read().pipe(
        map((found) => {
          progress.before = found?.token.fingerprint ?? '';
          return undefined;
        }),
      );
    }
    return this.#adopt(credentials).pipe(
      map((found) => (found?.stored.fingerprint === progress.before ? undefined : found)),
    );
  }

  #acquire(credentials: VersionedCredentials, progress: Progress, despiteFailure = false): Observable<Turn> {
    const { shared } = this.own;
    const { clock } = this.parts;
    const heard = shared.newsHeard;
    const asked = clock.now();
    return shared.lease(this.#leaseDuration, despiteFailure).pipe(
      tap((answer) => {
        progress.waiting = answer?.kind === 'held';
        progress.joined ||= progress.waiting;
      }),
      switchMap((answer: LeaseAnswer | undefined): Observable<Turn> => {
        switch (answer?.kind) {
          case 'acquired':
            progress.lease = answer.lease;
            progress.leasedAt = asked;
            return this.#attemptUnlessThere(credentials, progress);
          case 'held':
            return of({ wait: this.#newsOrTime(heard, answer.forMs) });
          case 'cooling-down':
            return this.#concerns(answer.failure, credentials, progress)
              ? throwError(() => tokenFailure({ ...answer.failure, coolForMs: answer.forMs }))
              : this.#acquire(credentials, progress, true);
          default:
            return this.#attempt(credentials, progress);
        }
      }),
    );
  }

  /** Somebody may have written between our look and our lease. */
  #attemptUnlessThere(credentials: VersionedCredentials, progress: Progress): Observable<Arrival> {
    return this.#find(credentials, progress).pipe(
      switchMap((found) => (found === undefined ? this.#attempt(credentials, progress) : of(found))),
    );
  }

  #newsOrTime(heard: number, forMs: number): Observable<unknown> {
    const { shared } = this.own;
    const { clock } = this.parts;
    const wait = Math.max(LEAST_BETWEEN_LOOKS, Math.min(forMs + 1, LOOK_EVERY));
    return merge(shared.newsSince(heard), clock.timer(wait)).pipe(take(1));
  }

  /** Whether what the bank said to another process would be said to us. */
  #concerns(failure: StoredFailure, credentials: VersionedCredentials, progress: Progress): boolean {
    const isOfAll = failure.kind === 'unavailable' && failure.status !== 429;
    if (!isOfAll && failure.credentialsVersion !== credentials.version) return false;
    return failure.kind === 'unavailable' || !this.plan.forced || progress.joined;
  }

  /** Gives the lease up with what the bank said, if it said something. */
  #share<F>(failure: F, progress: Progress, forMs?: number): F | TokenFailure {
    const { lease } = progress;
    if (lease === undefined || !isTokenFailure(failure) || !isSaidByBank(failure)) return failure;
    const coolForMs = forMs ?? this.plan.coolDownOf(failure);
    const { kind, reason, status, retryAfterMs, credentialsVersion } = failure;
    progress.lease = undefined;
    this.own.shared.release(lease, {
      failure: {
        kind,
        reason,
        status,
        credentialsVersion,
        // As far as it is obeyed.
        retryAfterMs: retryAfterMs === undefined ? undefined : Math.min(retryAfterMs, coolForMs),
      },
      forMs: coolForMs,
    });
    return tokenFailure({ ...failure, coolForMs });
  }

  #release(progress: Progress): void {
    const { lease } = progress;
    progress.lease = undefined;
    if (lease !== undefined) this.own.shared.release(lease);
  }

  get #leaseDuration(): number {
    return this.parts.retry.attemptTimeout + LEASE_MARGIN;
  }

  /** How long an attempt may take, in milliseconds: never longer than the flight, nor than the lease it is made under. */
  #timeFor({ budget, lease, leasedAt }: Progress): number {
    const { clock, retry: policy } = this.parts;
    const now = clock.now();
    const ofLease =
      lease === undefined || leasedAt === undefined
        ? Number.POSITIVE_INFINITY
        : this.#leaseDuration - elapsed(leasedAt, now);
    return Math.max(0, Math.min(policy.attemptTimeout, budget.left, ofLease));
  }

  #attempt(credentials: VersionedCredentials, progress: Progress): Observable<Arrival> {
    const { client, clock, scopes, queue } = this.parts;
    const { merchant, agents } = this.own;
    const time = this.#timeFor(progress);
    // Each of many that come to their end would get the lease in turn, and abort its request at once.
    if (progress.lease !== undefined && time < LEAST_TIME) return failAfter(time, clock);
    progress.asked = true;
    const answer = client.request(credentials, scopes, agents);
    return merge(answer, failAfter(time, clock)).pipe(
      take(1),
      tap({
        next: ({ failure }) => {
          if (failure === undefined || (failure.kind !== 'unavailable' && isSaidByBank(failure)))
            queue.answered();
          else if (failure.kind === 'unavailable') queue.failed(merchant, failure);
        },
        error: (failure: unknown) => {
          if (isTokenFailure(failure)) queue.failed(merchant, failure);
        },
      }),
      map(({ grant, failure, sentAt }) => {
        if (failure === undefined) {
          const age = elapsed(sentAt, clock.now());
          if (!this.plan.usable(age, grant.lifetime)) throw expired(age, grant.lifetime);
          const arrival = this.#arrival({ ...grant, scopes: grant.scopes ?? scopes }, sentAt, credentials);
          this.#write(arrival, age, progress);
          return arrival;
        }
        throw tokenFailure({ ...failure, credentialsVersion: credentials.version });
      }),
    );
  }

  /** Nobody here waits for it. */
  #write({ stored }: Arrival, ageMs: number, progress: Progress): void {
    this.own.shared.write(stored, ageMs, progress.lease);
    progress.lease = undefined;
  }

  /** A rejection is final, unless the credentials were rotated meanwhile: then the new ones get one try. */
  #retryWithOthers(
    failure: TokenFailure,
    used: VersionedCredentials,
    progress: Progress,
  ): Observable<Arrival> {
    const rejected = isTokenFailure(failure) && failure.kind === 'rejected';
    if (!rejected || !this.own.credentials.mayChange) return throwError(() => failure);
    return this.#readCredentials().pipe(
      catchError(() => throwError(() => failure)),
      switchMap((now) =>
        now.version === used.version ? throwError(() => failure) : this.#ask(now, 1, progress),
      ),
    );
  }

  /** A token that somebody else has put into the store, if it is of use. */
  #adopt(credentials: VersionedCredentials): Observable<Arrival | undefined> {
    const { shared } = this.own;
    const { clock } = this.parts;
    return defer(() => {
      // The answer may take its time, in which the token grows older.
      const asked = clock.now();
      return shared.read().pipe(map((found) => ({ found, asked })));
    }).pipe(
      map(({ found, asked }) => {
        if (found === undefined || found.token.credentialsVersion !== credentials.version) return undefined;
        const { token, ageMs } = found;
        if (!this.plan.adopts(token.fingerprint, ageMs, token.lifetime)) return undefined;
        const { wall, monotonic } = asked;
        return this.#arrival(token, { wall: wall - ageMs, monotonic: monotonic - ageMs }, credentials);
      }),
    );
  }

  #arrival(
    found: { readonly value: string; readonly scopes: readonly string[]; readonly lifetime: number },
    since: Instant,
    credentials: VersionedCredentials,
  ): Arrival {
    const { value, lifetime } = found;
    const scopes = equal(found.scopes, this.parts.scopes) ? this.parts.scopes : found.scopes;
    const { bank, provider } = this.parts;
    const headers =
      bank.headers === undefined
        ? { Authorization: `Bearer ${value}` }
        : bank.headers({ value }, bankCredentials(credentials));
    if (!areHeaders(headers)) throw UNUSABLE_HEADERS;
    const issuedAt = since.wall;
    const expiresAt = issuedAt + lifetime;
    const httpsAgent = this.own.agents.forResources(credentials);
    const token = new AccessToken({ provider, value, headers, scopes, issuedAt, expiresAt, httpsAgent });
    const credentialsVersion = credentials.version;
    const stored = {
      fingerprint: fingerprintOf(value),
      // The token's own, so that it is there once.
      value: token.value,
      scopes,
      issuedAt,
      lifetime,
      credentialsVersion,
    };
    return { token, stored, since };
  }
}

/** Names a token without telling anything about it. */
export function fingerprintOf(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}

/** Whether two lists of scopes are the same: most tokens have those that were asked for, and need no list of their own. */
function equal(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && b.every((scope, index) => scope === a[index]);
}

/** An answer by HTTP is the bank's to all of us; a network failure may be this machine's own. */
function isSaidByBank(
  failure: TokenFailure,
): failure is TokenFailure & Pick<StoredFailure, 'kind' | 'status'> {
  return failure.status !== undefined && failure.kind !== 'credentials-unreadable';
}

const UNUSABLE_HEADERS = tokenFailure({
  kind: 'invalid',
  reason: 'the "headers" of the bank definition made no headers of visible characters',
});

/** A call without the bank's headers, or with broken ones, must not leave. */
function areHeaders(headers: unknown): headers is Readonly<Record<string, string>> {
  if (typeof headers !== 'object' || headers === null) return false;
  const values: unknown[] = Object.values(headers);
  return (
    values.length > 0 && values.every((value) => typeof value === 'string' && /^[\x20-\x7e]+$/.test(value))
  );
}

function expired(age: number, lifetime: number): TokenFailure {
  const reason = `a token that lives ${Math.round(lifetime)} ms, ${Math.round(age)} ms after it was asked for`;
  return tokenFailure({ kind: 'unavailable', reason });
}

/** What a function of a bank definition throws must not be shown: it may hold a secret. */
function asFailure(failure: unknown): Observable<never> {
  return throwError(() =>
    failure === UNCHANGED_CREDENTIALS || isTokenFailure(failure)
      ? failure
      : ({ kind: 'invalid', reason: 'a function of the bank definition threw' } satisfies TokenFailure),
  );
}
