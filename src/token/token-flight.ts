import { catchError, defer, map, merge, Observable, of, retry, switchMap, take, throwError } from 'rxjs';
import type { BankDefinition } from '../banks/index.js';
import type { CredentialsSource, VersionedCredentials } from '../credentials/index.js';
import { AccessToken } from './access-token.js';
import { type Clock, elapsed, type Instant } from './clock.js';
import type { SharedTokens } from './shared-tokens.js';
import type { TlsAgents } from './tls-agents.js';
import { bankCredentials, type TokenEndpointClient } from './token-endpoint.client.js';
import { failAfter, isTokenFailure, type TokenFailure, tokenFailure } from './token-failure.js';

/** How a flight goes about its attempts. Durations in milliseconds. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly attemptTimeout: number;
  readonly deadline: number;
}

/** What flights work with. */
export interface FlightParts {
  readonly provider: string;
  readonly bank: BankDefinition;
  readonly scopes: readonly string[];
  readonly credentials: CredentialsSource;
  readonly client: Pick<TokenEndpointClient, 'request'>;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly shared: SharedTokens;
  /** Makes the connections of calls that need more than headers. */
  readonly agents: Pick<TlsAgents, 'forResources'>;
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
}

/** A token as a flight brings it. */
export interface Arrival {
  readonly token: AccessToken;
  /** Milliseconds. */
  readonly lifetime: number;
  /** When it was asked for. */
  readonly since: Instant;
  readonly credentialsVersion: string;
}

/** What a flight errors with where the credentials are still those that were rejected. */
export const UNCHANGED_CREDENTIALS = Symbol('unchanged credentials');

const BACKOFF_FIRST = 250;

/**
 * One token request, retries included, when subscribed; unsubscribing aborts it. Reads the credentials, looks into the
 * store, then asks the bank, all within one deadline. Errors with a `TokenFailure` or `UNCHANGED_CREDENTIALS`, nothing
 * else.
 */
export class TokenFlight extends Observable<Arrival> {
  constructor(
    private readonly parts: FlightParts,
    private readonly plan: FlightPlan,
  ) {
    super((subscriber) => this.#flight().subscribe(subscriber));
  }

  #flight(): Observable<Arrival> {
    const { clock, retry: policy } = this.parts;
    const started = clock.now();
    const work = this.#readCredentials().pipe(
      switchMap((credentials) =>
        credentials.version === this.plan.rejectedVersion
          ? throwError(() => UNCHANGED_CREDENTIALS)
          : this.#obtain(credentials, started).pipe(
              catchError((failure: TokenFailure) => this.#retryWithOthers(failure, credentials, started)),
            ),
      ),
    );
    return merge(work, failAfter(policy.deadline, clock)).pipe(take(1), catchError(asFailure));
  }

  #readCredentials(): Observable<VersionedCredentials> {
    return defer(() => this.parts.credentials.read()).pipe(
      catchError((error: Error) =>
        throwError(() =>
          // A file that is being replaced does not end the cool-down of a rejection.
          this.plan.rejectedVersion === undefined
            ? tokenFailure({ kind: 'credentials-unreadable', reason: error.message })
            : UNCHANGED_CREDENTIALS,
        ),
      ),
    );
  }

  #obtain(credentials: VersionedCredentials, started: Instant): Observable<Arrival> {
    const asked = this.#ask(credentials, this.plan.attempts, started);
    return this.plan.forced
      ? asked
      : this.#adopt(credentials).pipe(switchMap((found) => (found === undefined ? asked : of(found))));
  }

  #ask(credentials: VersionedCredentials, attempts: number, started: Instant): Observable<Arrival> {
    const { clock, random, retry: policy } = this.parts;
    return defer(() => this.#attempt(credentials, started)).pipe(
      retry({
        count: attempts - 1,
        delay: (failure: TokenFailure, attempt) => {
          // Exponential backoff with full jitter, unless the bank says how long.
          const backoff = random() * BACKOFF_FIRST * 2 ** (attempt - 1);
          const wait = Math.max(failure.retryAfterMs ?? 0, backoff);
          const tooLate = elapsed(started, clock.now()) + wait >= policy.deadline;
          const transient = isTokenFailure(failure) && failure.kind === 'unavailable';
          return !transient || tooLate ? throwError(() => failure) : clock.timer(wait);
        },
      }),
    );
  }

  #attempt(credentials: VersionedCredentials, started: Instant): Observable<Arrival> {
    const { client, clock, retry: policy, scopes } = this.parts;
    const left = Math.max(0, policy.deadline - elapsed(started, clock.now()));
    const answer = client.request(credentials, scopes);
    return merge(answer, failAfter(Math.min(policy.attemptTimeout, left), clock)).pipe(
      take(1),
      map(({ grant, failure, sentAt }) => {
        if (failure === undefined) {
          const age = elapsed(sentAt, clock.now());
          if (!this.plan.usable(age, grant.lifetime)) throw expired(age, grant.lifetime);
          return this.#arrival({ ...grant, scopes: grant.scopes ?? scopes }, sentAt, credentials);
        }
        throw tokenFailure(
          failure.kind === 'rejected'
            ? { ...failure, credentialsVersion: credentials.version }
            : { ...failure },
        );
      }),
    );
  }

  /** A rejection is final, unless the credentials were rotated meanwhile: then the new ones get one try. */
  #retryWithOthers(failure: TokenFailure, used: VersionedCredentials, started: Instant): Observable<Arrival> {
    const rejected = isTokenFailure(failure) && failure.kind === 'rejected';
    if (!rejected || !this.parts.credentials.mayChange) return throwError(() => failure);
    return this.#readCredentials().pipe(
      catchError(() => throwError(() => failure)),
      switchMap((now) =>
        now.version === used.version ? throwError(() => failure) : this.#ask(now, 1, started),
      ),
    );
  }

  /** A token that somebody else has put into the store, if it is of use. */
  #adopt(credentials: VersionedCredentials): Observable<Arrival | undefined> {
    const { shared, clock } = this.parts;
    return shared.read().pipe(
      map((found) => {
        if (found === undefined || found.token.credentialsVersion !== credentials.version) return undefined;
        const { token, ageMs } = found;
        if (!this.plan.adopts(token.fingerprint, ageMs, token.lifetime)) return undefined;
        const { wall, monotonic } = clock.now();
        return this.#arrival(token, { wall: wall - ageMs, monotonic: monotonic - ageMs }, credentials);
      }),
    );
  }

  #arrival(
    { value, scopes, lifetime }: { value: string; scopes: readonly string[]; lifetime: number },
    since: Instant,
    credentials: VersionedCredentials,
  ): Arrival {
    const { bank, provider, agents } = this.parts;
    const headers =
      bank.headers === undefined
        ? { Authorization: `Bearer ${value}` }
        : bank.headers({ value }, bankCredentials(credentials));
    if (!areHeaders(headers)) throw UNUSABLE_HEADERS;
    const issuedAt = since.wall;
    const expiresAt = issuedAt + lifetime;
    const httpsAgent = agents.forResources(credentials);
    const token = new AccessToken({ provider, value, headers, scopes, issuedAt, expiresAt, httpsAgent });
    return { token, lifetime, since, credentialsVersion: credentials.version };
  }
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
