import { attemptToken, duration, type ResolvedOptions, type ResolvedProvider } from '../../internal.js';
import { CLOCK_WRONG, retryAfter } from './check.messages.js';
import type { Concealer } from './concealer.js';
import { proxyOf } from './proxy-in-effect.js';
import { type FileReport, filesOf } from './secret-files.js';

/** The part of the resolved options that `check` reads. */
export type CheckedOptions = Pick<ResolvedOptions, 'providers' | 'refresh' | 'cooldown' | 'retry' | 'store'>;

/** The result of one provider. Plain data without secrets; durations in milliseconds, instants in ISO 8601. */
export interface ProviderReport {
  readonly provider: string;
  /** The id of its bank definition. */
  readonly bank: string;
  readonly environment: string;
  readonly result: 'well' | 'failed' | 'not-asked' | 'disabled' | 'no-credentials';
  /** Origin and path of the token endpoint. */
  readonly endpoint?: string;
  readonly credentialsFrom?: string;
  /** The source of the other merchants, which are not tried. */
  readonly merchantsFrom?: string;
  /** Address of the proxy for token requests; null without a proxy. */
  readonly proxy?: string | null;
  readonly token?: {
    readonly lifetimeMs: number;
    readonly lifetimeFrom: string;
    readonly scopes: readonly string[];
  };
  readonly error?: { readonly code: string; readonly status?: number; readonly message: string };
  /** Milliseconds by which the bank's clock is ahead of ours, negative if behind; left out if no answer shows it. */
  readonly clockAheadMs?: number;
  readonly expiries: readonly {
    readonly what: 'certificate' | 'secret';
    readonly notAfter: string;
    readonly state: 'valid' | 'soon' | 'expired';
  }[];
  readonly files: readonly FileReport[];
  /** Advice on each problem, in one sentence or more. */
  readonly advice: readonly string[];
}

const DAY = 86_400_000;
/** The time before an expiry at which the running application begins to warn, in milliseconds. */
const SOON = 30 * DAY;
/** The difference between two clocks that the running application tolerates silently, in milliseconds. */
const TOLERATED_SKEW = 30_000;

export async function reportOnProvider(
  options: CheckedOptions,
  provider: ResolvedProvider,
  offline: boolean,
  concealer: Concealer,
): Promise<ProviderReport> {
  const { name, bank, environment, enabled, credentials, merchants, tokenUrl, http } = provider;
  const is = { provider: name, bank: bank.id, environment };
  const nothing = { expiries: [], files: [], advice: [] };
  if (!enabled) return { ...is, result: 'disabled', ...nothing };
  const { origin, pathname } = new URL(tokenUrl);
  const endpoint = `${origin}${pathname}`;
  const proxy = proxyOf(tokenUrl, http.proxy, process.env);
  if (credentials === undefined) return { ...is, result: 'no-credentials', endpoint, proxy, ...nothing };

  const { error, retryAfterMs, aheadMs, lifetimeMs, lifetimeFrom, ...found } = await attemptToken(
    options,
    { ...provider, credentials },
    offline,
  );
  concealer.learn(found.token);
  concealer.learnCredentials(found.credentials);
  const files = await filesOf(credentials);
  const expiries = found.expiries.map(({ what, notAfter, leftMs }) => ({
    what,
    notAfter: new Date(notAfter).toISOString(),
    state: leftMs <= 0 ? ('expired' as const) : leftMs <= SOON ? ('soon' as const) : ('valid' as const),
  }));
  const isWell = error === undefined && expiries.every(({ state }) => state !== 'expired');
  return {
    ...is,
    result: !isWell ? 'failed' : offline ? 'not-asked' : 'well',
    endpoint,
    credentialsFrom: credentials.description,
    ...(merchants === undefined ? {} : { merchantsFrom: merchants.description }),
    proxy,
    ...(lifetimeMs === undefined || error !== undefined
      ? {}
      : {
          token: {
            lifetimeMs: Math.round(lifetimeMs),
            lifetimeFrom: lifetimeFrom ?? 'default',
            scopes: found.scopes ?? [],
          },
        }),
    ...(error === undefined
      ? {}
      : {
          error: {
            code: error.code,
            ...(error.status === undefined ? {} : { status: error.status }),
            message: error.message,
          },
        }),
    ...(aheadMs === undefined ? {} : { clockAheadMs: aheadMs }),
    expiries,
    files,
    advice: [
      ...(retryAfterMs === undefined ? [] : [retryAfter(duration(retryAfterMs))]),
      ...(Math.abs(aheadMs ?? 0) > TOLERATED_SKEW ? [CLOCK_WRONG] : []),
      ...found.expiries.flatMap(({ leftMs, advice }) => (leftMs <= SOON ? [advice] : [])),
      ...files.flatMap(({ advice }) => advice ?? []),
    ],
  };
}
