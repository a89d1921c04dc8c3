import type { Instant } from '../../src/time/clock.js';
import { AccessToken } from '../../src/token/access-token.js';
import type { TokenEntry } from '../../src/token/token-entry.js';
import type { TokenFailure } from '../../src/token/token-failure.js';
import { type TokenEvent, TokenMachine } from '../../src/token/token-machine.js';

/** The defaults of the module's options. */
export const refreshPolicy = {
  aheadFraction: 0.2,
  aheadMax: 120_000,
  unusableFraction: 0.05,
  unusableMax: 10_000,
  jitter: 0.1,
};
export const cooldownPolicy = { rejected: 60_000, unavailableMax: 3_000 };

export const machine = new TokenMachine(refreshPolicy, cooldownPolicy);

/** What an event leaves behind. */
export const reduce = (entry: TokenEntry, event: TokenEvent): TokenEntry =>
  machine.reduce(entry, event).entry;

export const START: Instant = { wall: Date.UTC(2026, 0, 1), monotonic: 5_000 };

/** So long after `START`, by both clocks or by each its own. */
export function startPlus(wall: number, monotonic = wall): Instant {
  return { wall: START.wall + wall, monotonic: START.monotonic + monotonic };
}

export function accessToken(value: string, lifetime = 3_600_000, since = START): AccessToken {
  return new AccessToken({
    provider: 'bank',
    value,
    headers: { Authorization: `Bearer ${value}` },
    scopes: [],
    issuedAt: since.wall,
    expiresAt: since.wall + lifetime,
  });
}

/** The token arrives that was asked for at `since`. */
export function issue(entry: TokenEntry, value: string, lifetime = 3_600_000, since = START): TokenEntry {
  const current = {
    token: accessToken(value, lifetime, since),
    since,
    ...machine.schedule(lifetime, 0, true),
  };
  return reduce(reduce(entry, { type: 'flight-started' }), { type: 'issued', current });
}

export const unavailable: TokenFailure = { kind: 'unavailable', reason: 'HTTP 503', status: 503 };
export const rejected: TokenFailure = {
  kind: 'rejected',
  reason: 'HTTP 401',
  status: 401,
  credentialsVersion: 'v1',
};
export const invalid: TokenFailure = { kind: 'invalid', reason: 'HTTP 404', status: 404 };
export const unreadable: TokenFailure = { kind: 'credentials-unreadable', reason: '/run/secret: ENOENT' };

/** A flight fails at `at`. */
export function fail(
  entry: TokenEntry,
  failure: TokenFailure,
  at = START,
  { noise = 0, recheckable = false, shared = false } = {},
): TokenEntry {
  const flying = reduce(entry, { type: 'flight-started' });
  return reduce(flying, { type: 'failed', failure, at, recheckable, noise, ...(shared ? { shared } : {}) });
}
