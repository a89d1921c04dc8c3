import { ALL_WELL, FAILED } from '../exit-codes.js';
import type { Concealer } from './concealer.js';
import type { SetPrefix } from './environment.js';
import { type CheckedOptions, type ProviderReport, reportOnProvider } from './provider.report.js';
import { reportOnStore, type StoreReport } from './store.report.js';

/** The output of `check --json`; its schema stands in docs/check.md. */
export interface CheckReport {
  readonly version: 1;
  readonly exitCode: number;
  /** Why nothing was tried; empty otherwise. */
  readonly problems: readonly string[];
  readonly providers: readonly ProviderReport[];
  /** Left out where processes share no tokens. */
  readonly store?: StoreReport;
  /** Without names: the prefixes of the set variables. */
  readonly prefixes?: readonly SetPrefix[];
}

/** Asks each provider, and the store, once and all at the same time. */
export async function reportOn(
  options: CheckedOptions,
  offline: boolean,
  concealer: Concealer,
): Promise<CheckReport> {
  const [store, ...providers] = await Promise.all([
    options.store === undefined ? undefined : reportOnStore(options.store, offline),
    ...[...options.providers.values()].map((provider) =>
      reportOnProvider(options, provider, offline, concealer),
    ),
  ]);
  const isFailed = [store, ...providers].some((each) => each?.result === 'failed');
  return {
    version: 1,
    exitCode: isFailed ? FAILED : ALL_WELL,
    problems: [],
    providers,
    ...(store === undefined ? {} : { store }),
  };
}
