import { catchError, defer, firstValueFrom, map, merge, type Observable, of, switchMap, take } from 'rxjs';
import type { CredentialsSource, VersionedCredentials } from '../credentials/index.js';
import type { BankAuthError } from '../errors/index.js';
import { elapsed } from '../time/clock.js';
import { arrivalOf } from './arrival.js';
import { TlsAgents } from './endpoint/tls-agents.js';
import type { TimedReading } from './endpoint/token-endpoint.client.js';
import { type LifetimeSource, lifetimeSourceOf } from './endpoint/token-response.js';
import { expired } from './flight/token-flight.js';
import type { FlightParts } from './flight-plan.js';
import { errorOf, failAfter, isTokenFailure, type TokenFailure } from './token-failure.js';
import { credentialsLate, DEFINITION_THREW, whoIs } from './token-failure.messages.js';

/** The parts of one token request outside an application. */
export interface AttemptParts
  extends Pick<FlightParts, 'provider' | 'bank' | 'environment' | 'scopes' | 'client' | 'clock'> {
  readonly tokenUrl: string;
  readonly merchant: string;
  readonly credentials: CredentialsSource;
  /** A clause on where the scopes come from. */
  readonly scopesFrom: string;
  /** Milliseconds for reading the credentials, and again for the request. */
  readonly timeMs: number;
  /** Whether a token of this age and lifetime, both in milliseconds, may be used. */
  readonly usable: (ageMs: number, lifetime: number) => boolean;
  /** Whether the credentials are only read, and nothing is sent. */
  readonly offline: boolean;
}

/** The outcome of the attempt. It holds credentials and a token, which must not be shown. */
export interface AttemptOutcome {
  /** Why there is no token. */
  readonly error?: BankAuthError;
  /** The bank's `Retry-After`, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** By how many milliseconds the bank's clock is ahead of ours, where its answer says so. */
  readonly aheadMs?: number | undefined;
  readonly lifetimeMs?: number;
  readonly lifetimeFrom?: LifetimeSource | undefined;
  readonly scopes?: readonly string[];
  readonly credentials?: VersionedCredentials;
  readonly token?: string;
}

/**
 * Asks the bank once and judges the answer as a flight does, without retries, cool-down, queue and store.
 * @returns a promise that never rejects: a failure is an outcome too
 */
export async function singleAttempt(parts: AttemptParts): Promise<AttemptOutcome> {
  // Its agents for tokens keep no connection, so there is nothing to close.
  const agents = new TlsAgents();
  const attempt = readCredentials(parts).pipe(
    switchMap((credentials) =>
      parts.offline
        ? of({ credentials })
        : ask(parts, credentials, agents).pipe(map((outcome) => ({ ...outcome, credentials }))),
    ),
    catchError((failure: unknown) => of(failed(parts, failure))),
  );
  return firstValueFrom(attempt);
}

function readCredentials({ credentials, timeMs, clock }: AttemptParts): Observable<VersionedCredentials> {
  const unreadable = (reason: string): TokenFailure => ({ kind: 'credentials-unreadable', reason });
  const read = defer(() => credentials.read()).pipe(
    catchError((error: unknown) => {
      throw isTokenFailure(error) ? error : new Unasked(unreadable((error as Error).message));
    }),
  );
  const late = failAfter(timeMs, clock).pipe(
    catchError(() => {
      throw new Unasked(unreadable(credentialsLate(credentials.description, timeMs)));
    }),
  );
  return merge(read, late).pipe(take(1));
}

/** A failure of ours on its way through operators, distinct from any error that a user's function throws. */
class Unasked {
  constructor(readonly failure: TokenFailure) {}
}

function ask(
  parts: AttemptParts,
  credentials: VersionedCredentials,
  agents: TlsAgents,
): Observable<AttemptOutcome> {
  const { client, scopes, timeMs, clock } = parts;
  return merge(client.request(credentials, scopes, agents, timeMs), failAfter(timeMs, clock)).pipe(
    take(1),
    map((reading) => judged(parts, reading, credentials, agents)),
    catchError((failure: unknown) => of(failed(parts, failure))),
  );
}

function judged(
  parts: AttemptParts,
  { grant, failure, sentAt, aheadMs }: TimedReading,
  credentials: VersionedCredentials,
  agents: TlsAgents,
): AttemptOutcome {
  if (failure !== undefined) {
    return { ...failed(parts, new Unasked(failure)), aheadMs, retryAfterMs: failure.retryAfterMs };
  }
  const { lifetime, value } = grant;
  const scopes = grant.scopes ?? parts.scopes;
  const told = { aheadMs, lifetimeMs: lifetime, lifetimeFrom: lifetimeSourceOf(grant), scopes, token: value };
  const age = elapsed(sentAt, parts.clock.now());
  try {
    if (!parts.usable(age, lifetime)) throw expired(age, lifetime);
    // The headers that the definition makes of the token have to be usable too.
    arrivalOf({ value, lifetime, scopes }, sentAt, credentials, parts, agents);
    return told;
  } catch (thrown) {
    return { ...told, ...failed(parts, thrown) };
  }
}

/** The outcome of a failure. An error of a definition's function is not shown: it may hold a secret. */
function failed(parts: AttemptParts, thrown: unknown): AttemptOutcome {
  const failure: TokenFailure =
    thrown instanceof Unasked
      ? thrown.failure
      : isTokenFailure(thrown)
        ? thrown
        : { kind: 'invalid', reason: DEFINITION_THREW, trouble: 'definition' };
  const { provider, merchant, credentials, scopesFrom } = parts;
  const { origin, pathname } = new URL(parts.tokenUrl);
  const context = {
    provider,
    merchant,
    who: whoIs(provider, undefined),
    endpoint: `${origin}${pathname}`,
    credentialsFrom: credentials.description,
    scopesFrom,
  };
  return { error: errorOf(failure, context, undefined) };
}
