import type { BankAuthErrorCode } from '../errors/index.js';
import { elapsed, type Instant } from '../time/clock.js';
import type { CommonParts } from './merchants/merchant-parts.js';
import type { TokenEntry, TokenState } from './token-entry.js';
import { ERROR_CODES } from './token-failure.js';

/** The status of a token service. Never the token. */
export interface TokenStatus {
  readonly provider: string;
  /** As `merchantLabel` names it; `default` for the provider's own credentials. */
  readonly merchant: string;
  readonly state: TokenState;
  /**
   * The beginning of this state, in milliseconds since the Unix epoch, as are the other instants; of `cooling-down` and
   * `refused`, the first of the failures or refusals in a row. Left out before the first token, and after the
   * application dropped it.
   */
  readonly since?: number;
  /** When the token was asked for. */
  readonly issuedAt?: number;
  readonly expiresAt?: number;
  /** When the renewal of the token ahead of its expiry begins. */
  readonly refreshAt?: number;
  /** Token requests that have failed in a row; a request and its retries count as one. */
  readonly failures: number;
  /** No token request is sent before this instant; in the state `refused`, no refused token is replaced before it. */
  readonly retryAt?: number;
  /** The code of the last failure; left out as soon as a token has arrived. */
  readonly lastErrorCode?: BankAuthErrorCode;
  readonly lastErrorAt?: number;
  /** The HTTP status of the token endpoint, where it answered. */
  readonly lastStatus?: number;
  /** Whether processes share tokens now, or the token store is in trouble; left out without a store. */
  readonly store?: 'shared' | 'alone';
}

/** How things stand with one merchant's token now. */
export function statusOf(entry: TokenEntry, parts: CommonParts, key: string | undefined): TokenStatus {
  const { provider, machine, clock, labelOf, store } = parts;
  const now = clock.now();
  const { current, coolDown } = entry;
  const state = machine.state(entry, now);
  const since = sinceOf(state, entry);
  const cooling = coolDown === undefined ? 0 : coolDown.duration - elapsed(coolDown.since, now);
  const retryIn = Math.max(cooling, state === 'refused' ? machine.refusedFor(entry, now) : 0);
  return Object.freeze({
    provider,
    merchant: labelOf(key),
    state,
    // Not in the future, where the wall clock was set back.
    ...(since === undefined ? {} : { since: Math.round(Math.min(since, now.wall)) }),
    ...(current === undefined
      ? {}
      : {
          issuedAt: current.token.issuedAt,
          expiresAt: current.token.expiresAt,
          refreshAt: Math.round(current.token.issuedAt + current.refreshAfter),
        }),
    failures: coolDown?.count ?? 0,
    ...(retryIn > 0 ? { retryAt: Math.ceil(now.wall + retryIn) } : {}),
    ...(coolDown === undefined ? {} : lastErrorOf(coolDown)),
    ...(store === undefined ? {} : { store: store.state }),
  });
}

/** The facts of the error, without the error itself: nobody would read its sentences and its stack. */
function lastErrorOf({
  failure,
  since,
}: NonNullable<TokenEntry['coolDown']>): Pick<TokenStatus, 'lastErrorCode' | 'lastErrorAt' | 'lastStatus'> {
  const { kind, status } = failure;
  return {
    lastErrorCode: ERROR_CODES[kind],
    lastErrorAt: Math.round(since.wall),
    ...(status === undefined ? {} : { lastStatus: status }),
  };
}

/** The beginning of a state, by the wall clock, in milliseconds. */
function sinceOf(
  state: TokenState,
  { current, coolDown, refused, refusals }: TokenEntry,
): number | undefined {
  const age = (milliseconds: number) => current && current.token.issuedAt + milliseconds;
  const at = (instant: Instant | undefined) => instant?.wall;
  switch (state) {
    case 'fresh':
      return age(0);
    case 'stale':
      return age(current?.refreshAfter ?? 0);
    case 'expired':
      return age(current?.unusableAfter ?? 0);
    case 'refused':
      return at(refusals?.began);
    case 'cooling-down':
      return at(coolDown?.began);
    case 'absent':
      return at(refused ? refusals?.since : coolDown?.began);
  }
}
