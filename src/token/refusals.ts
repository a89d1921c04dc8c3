import { elapsed, type Instant } from '../time/clock.js';

/** Keeps a permanent 401 from buying a token per call. */
export interface Refusals {
  /** The number of refused tokens that were dropped in a row, each soon after the one before. */
  readonly count: number;
  /** When the first token of the row was refused. */
  readonly began: Instant;
  /** When the last token was dropped, or when the suspension began. */
  readonly since: Instant;
  /** Milliseconds from `since` in which no refused token is dropped. */
  readonly pause: number;
}

/** This many refused tokens are replaced without a pause: a bank may well revoke more than one. */
const REFUSALS_AT_ONCE = 3;

/** The row so far. A new one begins after twice the cool-down of a rejection, which is `rejected` milliseconds. */
function ofLate(
  refusals: Refusals | undefined,
  at: Instant,
  rejected: number,
): Pick<Refusals, 'count' | 'began'> {
  const forgotten = refusals === undefined || elapsed(refusals.since, at) >= 2 * rejected;
  return forgotten ? { count: 0, began: at } : refusals;
}

/** A refused token was dropped. */
export function afterDrop(refusals: Refusals | undefined, at: Instant, rejected: number): Refusals {
  const { count, began } = ofLate(refusals, at, rejected);
  const pause =
    count < REFUSALS_AT_ONCE - 1
      ? 0
      : Math.min(1_000 * 2 ** Math.min(count + 1 - REFUSALS_AT_ONCE, 20), rejected);
  return { count: count + 1, began, since: at, pause };
}

/** The token that replaced a refused one is refused too: the trouble is not the token. */
export function suspension(refusals: Refusals | undefined, at: Instant, rejected: number): Refusals {
  const { count, began } = ofLate(refusals, at, rejected);
  return { count, began, since: at, pause: rejected };
}

/** Whether there has been a suspension that no accepted call has ended; its time may be over. */
export function isSuspended(refusals: Refusals | undefined, rejected: number): refusals is Refusals {
  return refusals !== undefined && refusals.pause >= rejected;
}

/** How many milliseconds a suspension has left. */
export function suspendedFor(refusals: Refusals | undefined, at: Instant, rejected: number): number {
  if (!isSuspended(refusals, rejected)) return 0;
  return Math.max(0, refusals.pause - elapsed(refusals.since, at));
}
