import type { BankEnvironment } from '../banks/index.js';
import type { ResolvedProvider } from '../config/index.js';
import { BankAuthConfigError, similarName } from '../errors/index.js';
import { type GuardedStore, type ProviderCensus, TokenService, type TokenStatus } from '../token/index.js';
import { unknownProvider } from './module.messages.js';

/** The state of one provider. Plain data, without tokens. */
export interface ProviderSnapshot {
  readonly provider: string;
  /** The id of its bank definition. */
  readonly bank: string;
  readonly environment: BankEnvironment;
  readonly enabled: boolean;
  /** The token of its own credentials; absent if it has none, or is disabled. */
  readonly token?: TokenStatus;
  /**
   * The number of further merchants in each state, without merchants that are forgotten after a long idle time,
   * and without keys that no merchant has.
   */
  readonly merchants: Readonly<Record<TokenStatus['state'], number>>;
  /**
   * The number of these merchants that cannot call the bank: the last token request failed and no token is usable, or
   * the bank refuses the token. Unlike the states, it stays the same between two tries.
   */
  readonly failingMerchants: number;
  /** Callers that wait for a token. */
  readonly waiting: number;
  /** Token requests that wait for their turn at the bank. */
  readonly queued: number;
  /** Flights under way, also flights that wait for their turn. */
  readonly flights: number;
  /** Whether processes share tokens now, or the token store is unavailable; absent without a store. */
  readonly store?: 'shared' | 'alone';
  /** Client certificates and secrets whose end is known; `notAfter` in milliseconds since the Unix epoch. */
  readonly expiries: readonly ProviderExpiry[];
}

export interface ProviderExpiry {
  readonly merchant: string;
  readonly what: 'certificate' | 'secret';
  readonly notAfter: number;
}

/** The sources of a snapshot. */
export interface StateSource {
  readonly provider: Pick<ResolvedProvider, 'name' | 'bank' | 'environment' | 'enabled'>;
  /** A test may have put a double in place of the service. */
  readonly tokens: unknown;
  readonly store: Pick<GuardedStore, 'state'> | undefined;
}

const MERCHANTS = 100;
const LONGEST_NAME = 100;
const NOTHING: ProviderCensus = {
  merchants: { absent: 0, fresh: 0, stale: 0, expired: 0, 'cooling-down': 0, refused: 0 },
  failingMerchants: 0,
  waiting: 0,
  queued: 0,
  flights: 0,
};

/** The state at each bank, for dashboards and health checks. It calls no bank, no store and no credentials source. */
export class BankAuthState {
  readonly #sources: ReadonlyMap<string, StateSource>;

  /** @internal */
  constructor(sources: readonly StateSource[]) {
    this.#sources = new Map(sources.map((source) => [source.provider.name, source]));
  }

  /** All providers, disabled ones included, in the order of their declaration. */
  providers(): readonly ProviderSnapshot[] {
    return Object.freeze([...this.#sources.values()].map(snapshotOf));
  }

  /**
   * Merchants of a provider besides its own credentials: first merchants without a usable token, then merchants whose
   * tokens are refused or cannot be renewed; last, keys that no merchant has.
   * @param limit the most merchants to return; default 100
   * @throws BankAuthConfigError if there is no such provider
   */
  merchants(provider: string, limit: number = MERCHANTS): readonly TokenStatus[] {
    const source = this.#sources.get(provider);
    if (source === undefined) {
      const names = [...this.#sources.keys()];
      // The name may come from the URL of a request.
      const asked = String(provider).slice(0, LONGEST_NAME);
      throw new BankAuthConfigError(unknownProvider(asked, names, similarName(asked, names)), {
        provider: asked,
      });
    }
    const { tokens } = source;
    return Object.freeze(tokens instanceof TokenService ? tokens.merchantStatuses(limit) : []);
  }
}

function snapshotOf({ provider, tokens, store }: StateSource): ProviderSnapshot {
  const { name, bank, environment, enabled } = provider;
  const { token, merchants, ...numbers } = tokens instanceof TokenService ? tokens.census : censusOf(tokens);
  const expiries: readonly ProviderExpiry[] = tokens instanceof TokenService ? tokens.expiries : [];
  return Object.freeze({
    provider: name,
    bank: bank.id,
    environment,
    enabled,
    ...(token === undefined || !enabled ? {} : { token }),
    merchants: Object.freeze(merchants),
    ...numbers,
    ...(store === undefined ? {} : { store: store.state }),
    expiries: Object.freeze(expiries.map((expiry) => Object.freeze({ ...expiry }))),
  });
}

/** The numbers of a double, which may be anything. */
function censusOf(double: unknown): ProviderCensus {
  try {
    const { status } = double as { readonly status?: TokenStatus };
    return typeof status?.state === 'string' ? { ...NOTHING, token: Object.freeze({ ...status }) } : NOTHING;
  } catch {
    return NOTHING;
  }
}
