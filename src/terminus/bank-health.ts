import type { ProviderExpiry, ProviderSnapshot, TokenStatus } from '../index.js';

/** A reason why a provider is not simply up. */
export type BankHealthReason =
  /** There is no usable token, and the last request for one failed. */
  | 'no-token'
  /** The bank refuses the token, and refused the one before. */
  | 'token-refused'
  /** The token is usable, and cannot be renewed. */
  | 'renewal-failing'
  /** The token store is in trouble: each process obtains its own tokens. */
  | 'store-alone'
  /** A client certificate or a secret ends within 30 days, or has ended. */
  | 'certificate-expiring'
  | 'secret-expiring'
  /** Merchants have no usable token. */
  | 'merchants-failing';

/** The health of one provider. Instants are milliseconds since the Unix epoch. */
export interface BankHealth
  extends Partial<
    Pick<
      TokenStatus,
      'state' | 'since' | 'expiresAt' | 'retryAt' | 'lastErrorCode' | 'lastErrorAt' | 'lastStatus'
    >
  > {
  readonly status: 'up' | 'degraded' | 'down';
  /** Left out if the status is `up`. */
  readonly reasons?: readonly BankHealthReason[];
  /** Token requests that have failed in a row. */
  readonly failures?: number;
  /** The number of merchants in each state; states without merchants are left out. */
  readonly merchants?: Readonly<Partial<Record<TokenStatus['state'], number>>>;
  readonly store?: 'shared' | 'alone';
  /** Certificates and secrets that end within 30 days, or have ended. */
  readonly expiries?: readonly ProviderExpiry[];
}

/** The status that failing merchants give their provider. */
export type FailingMerchants = BankHealth['status'];

const SOON = 30 * 24 * 3_600_000;
const WEIGHTS = { up: 0, degraded: 1, down: 2 } as const;

/** The worst status; `up` if there is none. */
export function worstOf(statuses: Iterable<BankHealth['status']>): BankHealth['status'] {
  let worst: BankHealth['status'] = 'up';
  for (const status of statuses) if (WEIGHTS[status] > WEIGHTS[worst]) worst = status;
  return worst;
}

/** @param now milliseconds since the Unix epoch */
export function healthOf(
  snapshot: ProviderSnapshot,
  failingMerchants: FailingMerchants,
  now: number,
): BankHealth {
  const { token, merchants, store, expiries } = snapshot;
  const soon = expiries.filter(({ notAfter }) => notAfter - now <= SOON);
  const findings = [
    ...(token === undefined ? [] : findingsOnToken(token)),
    ...findingsOnMerchants(snapshot, failingMerchants),
    ...(store === 'alone' ? [['store-alone', 'degraded'] as const] : []),
    ...[...new Set(soon.map(({ what }) => what))].map((what) => [`${what}-expiring`, 'degraded'] as const),
  ];
  const known = Object.entries(merchants).filter(([, count]) => count > 0);
  return {
    status: worstOf(findings.map(([, status]) => status)),
    ...(findings.length === 0 ? {} : { reasons: findings.map(([reason]) => reason) }),
    ...(token === undefined ? {} : detailsOf(token)),
    ...(known.length === 0 ? {} : { merchants: Object.fromEntries(known) }),
    ...(store === undefined ? {} : { store }),
    ...(soon.length === 0 ? {} : { expiries: soon }),
  };
}

type Finding = readonly [reason: BankHealthReason, status: BankHealth['status']];

/** An absent or expired token without failures is no finding: nobody asked for one, and the next call gets one. */
function findingsOnToken({ state, failures }: TokenStatus): Finding[] {
  if (state === 'refused') return [['token-refused', 'down']];
  if (failures === 0) return [];
  return state === 'fresh' || state === 'stale' ? [['renewal-failing', 'degraded']] : [['no-token', 'down']];
}

function findingsOnMerchants(
  { token, merchants, failingMerchants }: ProviderSnapshot,
  whatTheyMake: FailingMerchants,
): Finding[] {
  if (failingMerchants === 0) return [];
  // One wrong key is no trouble of the bank's; a provider without any merchant that gets through may be one.
  const none = token === undefined && merchants.fresh + merchants.stale === 0;
  const status = worstOf([whatTheyMake, none ? 'degraded' : 'up']);
  return status === 'up' ? [] : [['merchants-failing', status]];
}

function detailsOf(token: TokenStatus): Partial<BankHealth> {
  const { state, since, expiresAt, failures, retryAt, lastErrorCode, lastErrorAt, lastStatus } = token;
  const details = { state, since, expiresAt, failures, retryAt, lastErrorCode, lastErrorAt, lastStatus };
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== undefined));
}
