import type { BankAuthErrorCode } from '../errors/index.js';
import { elapsed } from '../time/clock.js';
import { errorOn } from './merchants/merchant-errors.js';
import type { CommonParts } from './merchants/merchant-parts.js';
import type { TokenEntry, TokenState } from './token-entry.js';

/** The status of a token service. Never the token. */
export interface TokenStatus {
  readonly provider: string;
  /** As `merchantLabel` names it; `default` for the provider's own credentials. */
  readonly merchant: string;
  readonly state: TokenState;
  /** Milliseconds since the Unix epoch, as are the other instants. */
  readonly expiresAt?: number;
  /** From when on the token is renewed ahead of its expiry. */
  readonly refreshAt?: number;
  /** Token requests that have failed in a row. */
  readonly failures: number;
  /** Before this, no token request is sent. */
  readonly retryAt?: number;
  readonly lastErrorCode?: BankAuthErrorCode;
}

/** How things stand with one merchant's token now. */
export function statusOf(entry: TokenEntry, parts: CommonParts, key: string | undefined): TokenStatus {
  const { provider, machine, clock, labelOf } = parts;
  const now = clock.now();
  const { current, coolDown } = entry;
  const cooling = coolDown === undefined ? 0 : coolDown.duration - elapsed(coolDown.since, now);
  return Object.freeze({
    provider,
    merchant: labelOf(key),
    state: machine.state(entry, now),
    ...(current === undefined
      ? {}
      : {
          expiresAt: current.token.expiresAt,
          refreshAt: Math.round(current.token.issuedAt + current.refreshAfter),
        }),
    failures: coolDown?.count ?? 0,
    ...(cooling > 0 ? { retryAt: Math.ceil(now.wall + cooling) } : {}),
    ...(coolDown === undefined
      ? {}
      : { lastErrorCode: errorOn(coolDown, { entry, key }, parts, { retryInMs: 0, cooling: false }).code }),
  });
}
