import type { Instant } from '../../time/clock.js';
import type { TokenEntry, TokenState } from '../token-entry.js';
import type { TokenMachine } from '../token-machine.js';
import type { TokenStatus } from '../token-status.js';

/** How things stand with one provider now. */
export interface ProviderCensus {
  /** The status with the provider's own credentials, if it has any. */
  readonly token?: TokenStatus;
  /** The number of other merchants in each state; unknown keys are left out. */
  readonly merchants: Readonly<Record<TokenState, number>>;
  /** The number of these merchants that cannot call the bank. */
  readonly failingMerchants: number;
  /** Callers that wait for a token, of any merchant. */
  readonly waiting: number;
  /** Flights that wait for their turn at the bank. */
  readonly queued: number;
  /** Flights under way, including flights that wait for their turn. */
  readonly flights: number;
}

/** A merchant, as far as it is counted. */
interface CountedMerchant {
  readonly entry: TokenEntry;
  readonly isFlying: boolean;
}

export function countMerchants(
  merchants: Iterable<CountedMerchant>,
  machine: TokenMachine,
  now: Instant,
): Pick<ProviderCensus, 'merchants' | 'failingMerchants' | 'flights'> {
  const counts = { absent: 0, fresh: 0, stale: 0, expired: 0, 'cooling-down': 0, refused: 0 };
  let failingMerchants = 0;
  let flights = 0;
  for (const { entry, isFlying } of merchants) {
    if (isFlying) flights += 1;
    // Anybody can make up keys, which must not look like merchants in trouble.
    if (isUnknown(entry)) continue;
    const state = machine.state(entry, now);
    counts[state] += 1;
    if (isFailing(entry, state)) failingMerchants += 1;
  }
  return { merchants: counts, failingMerchants, flights };
}

/** At most `limit` merchants, ordered by the weight of their trouble, the heaviest first; unknown keys last. */
export function troubledFirst<M extends CountedMerchant>(
  merchants: Iterable<M>,
  limit: number,
  machine: TokenMachine,
  now: Instant,
): M[] {
  const ranks = [[], [], [], [], []] as [M[], M[], M[], M[], M[]];
  for (const merchant of merchants) {
    const rank = ranks[rankOf(merchant.entry, machine.state(merchant.entry, now))];
    if (rank.length < limit) rank.push(merchant);
  }
  return ranks.flat().slice(0, limit);
}

function rankOf(entry: TokenEntry, state: TokenState): 0 | 1 | 2 | 3 | 4 {
  if (isUnknown(entry)) return 4;
  if (isFailing(entry, state)) return state === 'refused' ? 1 : 0;
  return entry.coolDown === undefined ? 3 : 2;
}

/** True also while a flight is under way, and after the cool-down: the state alone would change with each try. */
function isFailing({ coolDown }: TokenEntry, state: TokenState): boolean {
  return state === 'refused' || (coolDown !== undefined && state !== 'fresh' && state !== 'stale');
}

function isUnknown({ coolDown }: TokenEntry): boolean {
  return coolDown?.failure.kind === 'unknown-merchant';
}
