import { createHash } from 'node:crypto';
import { defer, map, type Observable } from 'rxjs';
import type { VersionedCredentials } from '../credentials/index.js';
import type { StoredToken } from '../store/index.js';
import type { Instant } from '../time/clock.js';
import { AccessToken } from './access-token.js';
import { madeHeaders } from './endpoint/made-by-definition.js';
import { bankCredentials } from './endpoint/token-request.js';
import { longestLifetime } from './endpoint/token-response.js';
import type { FlightParts, FlightPlan, MerchantFlightParts } from './flight-plan.js';
import { tokenFailure } from './token-failure.js';
import { UNUSABLE_HEADERS } from './token-failure.messages.js';

/** A token as a flight brings it. */
export interface Arrival {
  readonly token: AccessToken;
  /** The token as a store keeps it. */
  readonly stored: StoredToken;
  /** When it was asked for. */
  readonly since: Instant;
  /** Whether this process asked the bank for it, or found it in the store. */
  readonly source: 'bank' | 'store';
}

/** A token as the bank or a store states it; its lifetime in milliseconds. */
export interface FoundToken {
  readonly value: string;
  readonly scopes: readonly string[];
  readonly lifetime: number;
}

/**
 * Makes a token usable: adds the headers and the agent for connections that the bank requires.
 * @param since when it was asked for
 * @throws a `TokenFailure` if the headers would be broken, or the error of a function of the definition
 */
export function arrivalOf(
  found: FoundToken,
  since: Instant,
  credentials: VersionedCredentials,
  parts: Pick<FlightParts, 'bank' | 'environment' | 'provider' | 'scopes'>,
  agents: MerchantFlightParts['agents'],
): Arrival {
  const { value, lifetime } = found;
  const { bank, environment, provider } = parts;
  const scopes = equal(found.scopes, parts.scopes) ? parts.scopes : found.scopes;
  const headers =
    bank.headers === undefined
      ? { Authorization: `Bearer ${value}` }
      : checkedHeaders(bank.headers({ value }, bankCredentials(credentials), { environment }));
  const issuedAt = since.wall;
  const expiresAt = issuedAt + lifetime;
  const httpsAgent = agents.forResources(credentials);
  const made = { provider, value, headers, scopes, issuedAt, expiresAt, httpsAgent };
  const token = new AccessToken({ ...made, secrets: credentials });
  const credentialsVersion = credentials.version;
  const stored = {
    fingerprint: fingerprintOf(value),
    // The token's own string, so that it is in memory once.
    value: token.value,
    scopes,
    issuedAt,
    lifetime,
    credentialsVersion,
  };
  return { token, stored, since, source: 'bank' };
}

/** A usable token in the store, and when it was asked for. */
export type Candidate = StoredToken & { readonly since: Instant };

/** Emits once: the token of another process in the store, if it is usable. It lives no longer than ours would. */
export function candidateIn(
  { shared }: Pick<MerchantFlightParts, 'shared'>,
  { clock, bank }: Pick<FlightParts, 'clock' | 'bank'>,
  adopts: FlightPlan['adopts'],
): Observable<Candidate | undefined> {
  return defer(() => {
    // Read before the store is asked: the token grows older while the answer is under way.
    const { wall, monotonic } = clock.now();
    return shared.read().pipe(
      map((found) => {
        if (found === undefined) return undefined;
        const { token, ageMs } = found;
        const lifetime = Math.min(token.lifetime, longestLifetime(bank.tokenResponse));
        if (!adopts(token.fingerprint, ageMs, lifetime)) return undefined;
        return { ...token, lifetime, since: { wall: wall - ageMs, monotonic: monotonic - ageMs } };
      }),
    );
  });
}

/** The candidate as an arrival, if it was obtained with the same credentials. */
export function adopted(
  candidate: Candidate | undefined,
  credentials: VersionedCredentials,
  parts: Pick<FlightParts, 'bank' | 'environment' | 'provider' | 'scopes'>,
  agents: MerchantFlightParts['agents'],
): Arrival | undefined {
  if (candidate?.credentialsVersion !== credentials.version) return undefined;
  return { ...arrivalOf(candidate, candidate.since, credentials, parts, agents), source: 'store' };
}

/** Names a token without telling anything about it. */
export function fingerprintOf(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}

/** Whether two lists of scopes are equal: most tokens have the requested scopes, and need no list of their own. */
function equal(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && b.every((scope, index) => scope === a[index]);
}

/** A call without the bank's headers, or with broken ones, must not leave. */
function checkedHeaders(made: unknown): Readonly<Record<string, string>> {
  const headers = madeHeaders(made, UNUSABLE_HEADERS);
  const values = Object.values(headers);
  if (values.length === 0 || values.includes('')) throw WITHOUT_HEADERS;
  return headers;
}

const WITHOUT_HEADERS = tokenFailure({ kind: 'invalid', reason: UNUSABLE_HEADERS, trouble: 'definition' });
