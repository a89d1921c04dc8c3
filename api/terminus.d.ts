import { HealthIndicatorService, HealthIndicatorResult } from '@nestjs/terminus';
import { TokenStatus, ProviderExpiry, BankAuthState, BankAuthProviderName } from '../index.js';

/** A reason why a provider is not simply up. */
type BankHealthReason = 
/** There is no usable token, and the last request for one failed. */
'no-token'
/** The bank refuses the token, and refused the one before. */
 | 'token-refused'
/** The token is usable, and cannot be renewed. */
 | 'renewal-failing'
/** The token store is in trouble: each process obtains its own tokens. */
 | 'store-alone'
/** A client certificate or a secret ends within 30 days, or has ended. */
 | 'certificate-expiring' | 'secret-expiring'
/** Merchants have no usable token. */
 | 'merchants-failing';
/** The health of one provider. Instants are milliseconds since the Unix epoch. */
interface BankHealth extends Partial<Pick<TokenStatus, 'state' | 'since' | 'expiresAt' | 'retryAt' | 'lastErrorCode' | 'lastErrorAt' | 'lastStatus'>> {
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
type FailingMerchants = BankHealth['status'];

/** Options of a health check. */
interface BankAuthHealthOptions {
    /** Names of providers. Default: all enabled providers. */
    readonly providers?: readonly BankAuthProviderName[];
    /**
     * The status of a provider with a merchant whose token is refused, or that gets none. Default `up`: one merchant's
     * wrong key is no reason. A provider without own credentials is `degraded` anyway if no merchant has a usable token.
     */
    readonly failingMerchants?: FailingMerchants;
}
/**
 * Reports whether there are tokens for the banks, from local knowledge: it asks no bank and starts no token request.
 * For dashboards and readiness, not for liveness. Provide it in a module that imports `TerminusModule`.
 */
declare class BankAuthHealthIndicator {
    private readonly indicator;
    private readonly state;
    constructor(indicator: HealthIndicatorService, state: BankAuthState);
    /**
     * Down if one of the providers has no usable token because requests for one fail, or the bank refuses it. Degraded (with
     * terminus 11: up, with `degraded: true`) if a renewal fails, the token store is in trouble, or a client certificate or
     * secret ends within 30 days. The details hold no secret.
     * @param key of the result
     * @throws BankAuthConfigError if there is no provider of a given name
     */
    check<const Key extends string>(key: Key, { providers, failingMerchants }?: BankAuthHealthOptions): HealthIndicatorResult<Key>;
}

export { BankAuthHealthIndicator };
export type { BankAuthHealthOptions, BankHealth, BankHealthReason };
