import type { BankAuthState, ProviderSnapshot, TokenStatus } from '../index.js';
import type { CallCounts, CallWatch } from './call-watch.js';

/** The state of one provider, and the results of its calls. */
export interface LiveProvider extends ProviderSnapshot {
  readonly calls: CallCounts;
  /** The worst few of its merchants in trouble. */
  readonly worst: readonly TokenStatus[];
}

/** The state that the page shows beside the entries of the journal. */
export interface LiveState {
  /** The time of the application's own clock, in milliseconds since the Unix epoch. */
  readonly now: number;
  /** When the application began to watch. */
  readonly since: number;
  readonly providers: readonly LiveProvider[];
  /** The ids of the simulated banks with buttons. */
  readonly simulated: readonly string[];
}

/** The most merchants in trouble that are named; all are counted. */
const MOST_WORST = 5;
/** The most certificates and secrets that are named, the nearest end first. */
const MOST_EXPIRIES = 20;

export function liveProviders(state: BankAuthState, calls: CallWatch): LiveProvider[] {
  return state.providers().map((snapshot) => ({
    ...snapshot,
    expiries: snapshot.expiries.slice(0, MOST_EXPIRIES),
    calls: calls.countsOf(snapshot.provider),
    worst: worstOf(snapshot, state),
  }));
}

function worstOf({ provider, merchants }: ProviderSnapshot, state: BankAuthState): readonly TokenStatus[] {
  if (Object.values(merchants).every((count) => count === 0)) return [];
  return state.merchants(provider, MOST_WORST).filter(isInTrouble);
}

/** Whether a merchant is in trouble. Unknown keys are not: anybody can make them up. */
function isInTrouble({ state, failures, lastErrorCode }: TokenStatus): boolean {
  return (state === 'refused' || failures > 0) && lastErrorCode !== 'BANK_AUTH_CONFIG';
}
