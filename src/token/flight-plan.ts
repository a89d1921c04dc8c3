import type { Observable } from 'rxjs';
import type { BankDefinition, BankEnvironment } from '../banks/index.js';
import type { CredentialsSource, VersionedCredentials } from '../credentials/index.js';
import type { Clock, Instant } from '../time/clock.js';
import type { TlsAgents } from './endpoint/tls-agents.js';
import type { TokenEndpointClient } from './endpoint/token-endpoint.client.js';
import type { TokenRequestQueue } from './flight/token-request-queue.js';
import type { SharedTokens } from './sharing/shared-tokens.js';
import type { TokenFailure } from './token-failure.js';

/** How a flight goes about its attempts. Durations in milliseconds. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly attemptTimeout: number;
  readonly deadline: number;
}

/** What the flights of all merchants of a provider work with. */
export interface FlightParts {
  readonly provider: string;
  readonly bank: BankDefinition;
  /** Which of the bank's systems is meant. */
  readonly environment: BankEnvironment;
  readonly scopes: readonly string[];
  readonly client: Pick<TokenEndpointClient, 'request'>;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Told by how many milliseconds the bank's clock is ahead of ours, with each answer that says so. */
  readonly bankClock?: (aheadMs: number) => void;
  /** In which they wait for their turn at the bank. */
  readonly queue: TokenRequestQueue;
}

/** What the flights of one merchant work with. */
export interface MerchantFlightParts {
  /** Tells this merchant from others. */
  readonly merchant: unknown;
  readonly credentials: CredentialsSource;
  /** Told of a merchant's credentials whenever they have been read. Never throws. */
  readonly credentialsRead?: (merchant: unknown, credentials: VersionedCredentials) => void;
  readonly shared: SharedTokens;
  /** Makes the connections of calls that need more than headers. */
  readonly agents: Pick<TlsAgents, 'forTokens' | 'forResources'>;
  /** In which it waits for its turn to read its credentials; undefined where it need not wait. */
  readonly reads?: TokenRequestQueue | undefined;
}

/** What makes one flight different from another. */
export interface FlightPlan {
  readonly attempts: number;
  /** Told of each token request that is about to be sent. */
  readonly asking?: () => void;
  /** Whether the token has to come from the bank, not from a store. */
  readonly forced: boolean;
  /** Credentials that the bank has rejected: if they are still the same, it is not asked again. */
  readonly rejectedVersion?: string;
  /** Whether a token of this age and lifetime, both in milliseconds, may be used. */
  readonly usable: (ageMs: number, lifetime: number) => boolean;
  /** Whether a token in the store would be of use. */
  readonly adopts: (fingerprint: string, ageMs: number, lifetime: number) => boolean;
  /** The token that this process has, with what was said of it; durations in milliseconds. */
  readonly current?:
    | { readonly value: string; readonly lifetime: number; readonly since: Instant }
    | undefined;
  /** How long a failure keeps the next flight back, in milliseconds; for other processes to know. */
  readonly coolDownOf: (failure: TokenFailure) => number;
  /** Where flights are traced: has work that others start run as part of this one. */
  readonly traced?: <T>(work: Observable<T>) => Observable<T>;
  /** Emits once when the bank may be asked: a new token may be the end of the old one. */
  readonly ready: Observable<unknown>;
}
