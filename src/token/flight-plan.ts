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

/** The parts that the flights of all merchants of a provider share. */
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
  /** Called with the milliseconds by which the bank's clock is ahead of ours, for each answer that says so. */
  readonly bankClock?: (aheadMs: number) => void;
  /** The queue in which flights wait for their turn at the bank. */
  readonly queue: TokenRequestQueue;
}

/** The parts that the flights of one merchant share. */
export interface MerchantFlightParts {
  /** Tells this merchant from others. */
  readonly merchant: unknown;
  readonly credentials: CredentialsSource;
  /** Called with a merchant's credentials whenever they have been read. Never throws. */
  readonly credentialsRead?: (merchant: unknown, credentials: VersionedCredentials) => void;
  readonly shared: SharedTokens;
  /** Makes the connections of calls that need more than headers. */
  readonly agents: Pick<TlsAgents, 'forTokens' | 'forResources'>;
  /** The queue in which a flight waits to read the credentials; undefined where it need not wait. */
  readonly reads?: TokenRequestQueue | undefined;
}

/** The parts in which one flight differs from another. */
export interface FlightPlan {
  readonly attempts: number;
  /** Called before each token request. */
  readonly asking?: () => void;
  /** Whether the token has to come from the bank, not from a store. */
  readonly forced: boolean;
  /** The version of the credentials that the bank has rejected: while it is the same, the bank is not asked again. */
  readonly rejectedVersion?: string;
  /** Whether a token of this age and lifetime, both in milliseconds, may be used. */
  readonly usable: (ageMs: number, lifetime: number) => boolean;
  /** Whether a token in the store would be usable. */
  readonly adopts: (fingerprint: string, ageMs: number, lifetime: number) => boolean;
  /** The current token of this process, with its lifetime in milliseconds. */
  readonly current?:
    | { readonly value: string; readonly lifetime: number; readonly since: Instant }
    | undefined;
  /** How long a failure keeps the next flight back, in milliseconds; other processes are told. */
  readonly coolDownOf: (failure: TokenFailure) => number;
  /** Where flights are traced: runs work that others start as a part of this flight. */
  readonly traced?: <T>(work: Observable<T>) => Observable<T>;
  /** Emits once when the bank may be asked, since a new token may end the old one. */
  readonly ready: Observable<unknown>;
}
