import type { BankDefinition, BankEnvironment } from '../banks/index.js';
import type { TokenStore } from '../store/index.js';
import type {
  BankAuthOptions,
  CooldownOptions,
  CredentialsResolver,
  MerchantsOptions,
  ProviderHttpOptions,
  RefreshOptions,
  RetryOptions,
  TokenRequestsOptions,
} from './bank-auth.options.js';
import type { CredentialOptions } from './credential-fields.js';

/** All by which a merchant proves itself. */
export interface CredentialValues extends Readonly<CredentialOptions> {
  readonly clientId: string;
  /** Empty where the bank wants none. */
  readonly clientSecret: string;
}

/** Where something that ends has to be renewed. */
export interface RenewalPlace {
  /** A clause for messages: into which options or variables. */
  readonly where: string;
  /** Whether what stands there is read again, so that no restart is needed. */
  readonly isReadAgain: boolean;
}

/** Values, and for those that stand in files where to read them again. */
export interface ResolvedCredentials extends CredentialValues {
  readonly files: { readonly [C in keyof CredentialValues]?: string };
  /**
   * Reads the files again and judges what they hold as the start did. Undefined where nothing stands in files.
   * @throws Error whose message names the file and the rule; never a value
   */
  readonly read?: () => Promise<CredentialValues>;
  /** A clause for messages on where they come from. */
  readonly description: string;
}

/** Where a provider's merchants come from, besides the default one. */
export interface ResolvedMerchants extends Readonly<Required<MerchantsOptions>> {
  readonly resolve: CredentialsResolver;
  /**
   * What the function gave, as values.
   * @throws BankAuthConfigError whose problems name what is wrong; never a value
   */
  readonly values: (found: unknown) => CredentialValues & { readonly version?: string };
  /** A clause for messages on where they come from. */
  readonly description: string;
}

/** One provider, validated, with every default filled in. */
export interface ResolvedProvider {
  readonly name: string;
  readonly enabled: boolean;
  readonly bank: BankDefinition;
  readonly environment: BankEnvironment;
  readonly tokenUrl: string;
  readonly apiBaseUrl: string;
  /** Origins that may get the token: the API's and those of `allowedOrigins`. */
  readonly origins: ReadonlySet<string>;
  readonly scopes: readonly string[];
  /** A clause for messages on where they come from. */
  readonly scopesFrom: string;
  /** The default merchant's; undefined where there is none. */
  readonly credentials?: ResolvedCredentials;
  /** Where a new certificate or secret of the provider's own has to go. */
  readonly renewal?: Readonly<Record<'certificate' | 'secret', RenewalPlace>>;
  /** Undefined where there are no others. */
  readonly merchants?: ResolvedMerchants;
  readonly tokenRequests: Readonly<Required<Omit<TokenRequestsOptions, 'rate'>>> &
    Readonly<Pick<TokenRequestsOptions, 'rate'>>;
  readonly http: ProviderHttpOptions & { readonly timeout: number };
  readonly keepWarm: boolean;
}

export interface ResolvedOptions {
  readonly providers: ReadonlyMap<string, ResolvedProvider>;
  readonly store?: TokenStore;
  readonly refresh: Readonly<Required<RefreshOptions>>;
  readonly retry: Readonly<Required<RetryOptions>>;
  readonly cooldown: Readonly<Required<CooldownOptions>>;
  readonly warmUp: NonNullable<BankAuthOptions['warmUp']>;
  /** The label of a merchant in logs, errors and status. Never throws. */
  readonly merchantLabel: (merchant: string) => string;
}
