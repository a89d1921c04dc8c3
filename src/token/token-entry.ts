import type { Instant } from '../time/clock.js';
import type { AccessToken } from './access-token.js';
import type { Refusals } from './refusals.js';
import type { TokenFailure } from './token-failure.js';

// The state of one merchant's token.

export type TokenState = 'absent' | 'fresh' | 'stale' | 'expired' | 'cooling-down' | 'refused';

/** A token and its state. All durations in milliseconds, counted from `since`. */
export interface CurrentToken {
  readonly token: AccessToken;
  /** When it was asked for. */
  readonly since: Instant;
  readonly refreshAfter: number;
  readonly unusableAfter: number;
  /** Whether any resource call with it got past authentication. */
  readonly worked: boolean;
  /** Whether it was obtained because a resource call refused the one before. */
  readonly replacesRefused: boolean;
}

/** A failed flight, remembered until its cool-down is over. */
export interface CoolDown {
  readonly failure: TokenFailure;
  /** When the first of the flights in a row failed. */
  readonly began: Instant;
  /** When the last one failed. */
  readonly since: Instant;
  /** Milliseconds. */
  readonly duration: number;
  /** How many flights in a row have failed. */
  readonly count: number;
  /** Whether other credentials or another process' token may arrive, so that a look before the end is worthwhile. */
  readonly recheckable: boolean;
  /** When the credentials were read last. */
  readonly checked: Instant;
}

export interface TokenEntry {
  readonly current?: CurrentToken;
  readonly flying: boolean;
  readonly coolDown?: CoolDown;
  /** The last token was refused by a resource and dropped; the next one replaces it. */
  readonly refused: boolean;
  /** Recent renewals because of refused tokens. */
  readonly refusals?: Refusals;
}
