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

/** The credentials of a merchant. */
export interface CredentialValues extends Readonly<CredentialOptions> {
  readonly clientId: string;
  /** Empty if the bank requires none. */
  readonly clientSecret: string;
}

/** The place in which an expiring certificate or secret must be replaced. */
export interface RenewalPlace {
  /** A clause for messages that names the options or variables. */
  readonly where: string;
  /** Whether the place is read again, so that no restart is needed. */
  readonly isReadAgain: boolean;
}

/** Credentials, with the paths of the files from which some are read again. */
export interface ResolvedCredentials extends CredentialValues {
  readonly files: { readonly [C in keyof CredentialValues]?: string };
  /**
   * Reads the files again and validates their content as the start did. Undefined without files.
   * @throws Error whose message names the file and the rule; never a value
   */
  readonly read?: () => Promise<CredentialValues>;
  /** A clause for messages on where they come from. */
  readonly description: string;
}

/** The source of a provider's merchants, besides the default merchant. */
export interface ResolvedMerchants extends Readonly<Required<MerchantsOptions>> {
  readonly resolve: CredentialsResolver;
  /**
   * Validates the function's result and converts it to credentials.
   * @throws BankAuthConfigError with a list of problems, never with a value
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
  /** The credentials of the default merchant; undefined if there is none. */
  readonly credentials?: ResolvedCredentials;
  /** The places for a new certificate or secret of the provider's own credentials. */
  readonly renewal?: Readonly<Record<'certificate' | 'secret', RenewalPlace>>;
  /** Undefined if there is only the default merchant. */
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
