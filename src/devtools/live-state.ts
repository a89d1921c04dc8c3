import type { BankAuthState, ProviderSnapshot, TokenStatus } from '../index.js';
import type { CallCounts, CallWatch } from './call-watch.js';

/** How things stand with one provider, and what became of its calls. */
export interface LiveProvider extends ProviderSnapshot {
  readonly calls: CallCounts;
  /** The worst few of its merchants, where there are any in trouble. */
  readonly worst: readonly TokenStatus[];
}

/** What the page is shown besides what happens. */
export interface LiveState {
  /** Of the application, by its own clock, in milliseconds since the Unix epoch. */
  readonly now: number;
  /** When the application began to watch. */
  readonly since: number;
  readonly providers: readonly LiveProvider[];
  /** The ids of simulated banks that have buttons. */
  readonly simulated: readonly string[];
}

/** Merchants in trouble that are named; all are counted. */
const MOST_WORST = 5;
/** Certificates and secrets that are named, the nearest end first. */
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

/** Keys that no merchant has are nobody's trouble: anybody can make them up. */
function isInTrouble({ state, failures, lastErrorCode }: TokenStatus): boolean {
  return (state === 'refused' || failures > 0) && lastErrorCode !== 'BANK_AUTH_CONFIG';
}
