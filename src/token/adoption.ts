import { defer, map, type Observable } from 'rxjs';
import type { VersionedCredentials } from '../credentials/index.js';
import type { StoredToken } from '../store/index.js';
import { type Arrival, arrivalOf } from './arrival.js';
import type { Instant } from './clock.js';
import type { FlightParts, FlightPlan, MerchantFlightParts } from './flight-plan.js';
import { longestLifetime } from './token-response.js';

/** A token in the store that is of use, and when it was asked for. */
export type Candidate = StoredToken & { readonly since: Instant };

/** Emits once: the token that somebody else has put into the store, if it is of use. It lives no longer than ours would. */
export function candidateIn(
  { shared }: Pick<MerchantFlightParts, 'shared'>,
  { clock, bank }: Pick<FlightParts, 'clock' | 'bank'>,
  { adopts }: Pick<FlightPlan, 'adopts'>,
): Observable<Candidate | undefined> {
  return defer(() => {
    // The answer may take its time, in which the token grows older.
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

/** Makes it ours, if it was obtained with the same credentials. */
export function adopted(
  candidate: Candidate,
  credentials: VersionedCredentials,
  parts: FlightParts,
  { agents }: Pick<MerchantFlightParts, 'agents'>,
): Arrival | undefined {
  if (candidate.credentialsVersion !== credentials.version) return undefined;
  return arrivalOf(candidate, candidate.since, credentials, parts, agents);
}
