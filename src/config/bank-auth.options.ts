import type { Agent } from 'node:https';
import type { AxiosProxyConfig } from 'axios';
import type { BankDefinition, BankEnvironment, BankId, RequiredOption } from '../banks/index.js';
import type { TokenStore } from '../store/index.js';

/** When tokens are renewed. Fractions are parts of a token's lifetime; maxima are milliseconds. */
export interface RefreshOptions {
  /** How far ahead of expiry renewal begins. Default 0.2, at most `aheadMax`. */
  aheadFraction?: number;
  /** Milliseconds. Default 120 000. */
  aheadMax?: number;
  /** How long before its expiry a token is not used any more. Default 0.05, at most `unusableMax`. */
  unusableFraction?: number;
  /** Milliseconds. Default 10 000. */
  unusableMax?: number;
  /** Random part by which renewal begins earlier still, so that replicas spread. Default 0.1. */
  jitter?: number;
}

/** How a token is asked for. */
export interface RetryOptions {
  /** Token requests per flight, at most. Default 3. */
  attempts?: number;
  /** Milliseconds for one request. Default 5 000. */
  attemptTimeout?: number;
  /** Milliseconds for all of them together. Default 15 000. */
  deadline?: number;
}

/** How long a failure keeps the next token request back. */
export interface CooldownOptions {
  /** Milliseconds after the bank rejected the credentials. Default 60 000. */
  rejected?: number;
  /** Milliseconds, at most, while the bank is unavailable; begins at 1 000 and doubles. Default 3 000. */
  unavailableMax?: number;
}

export interface ProviderHttpOptions {
  /** Milliseconds for a resource call. Default 30 000. */
  timeout?: number;
  /** For token and resource calls. */
  httpsAgent?: Agent;
  /** For token and resource calls, as in axios. */
  proxy?: AxiosProxyConfig | false;
}

interface AnyProviderOptions {
  /** Which bank this is: a built-in id or a definition. Default: the provider's name. */
  bank?: BankId | BankDefinition;
  /** Overrides the module's. */
  environment?: BankEnvironment;
  /** `false`: injects, is not validated, and is a clear error when used. */
  enabled?: boolean;
  clientId?: string;
  clientSecret?: string;
  /** Where the bank wants one besides the client credentials. */
  apiKey?: string;
  /** Signs assertions where the bank wants `private_key_jwt`: PEM, unencrypted. */
  privateKey?: string;
  /** By which name the bank knows that key (`kid`). */
  keyId?: string;
  /** TLS client certificate, PEM, with its chain: for token and resource calls (RFC 8705). */
  tlsCertificate?: string;
  /** The private key of `tlsCertificate`: PEM, unencrypted. */
  tlsKey?: string;
  /** Certificate authorities that are trusted instead of Node's own: PEM, one or more. */
  tlsCa?: string;
  scopes?: readonly string[];
  /** Replaces the definition's. */
  tokenUrl?: string;
  /** Replaces the definition's. */
  apiBaseUrl?: string;
  /** Further origins that may get the token, for instance `https://files.bank.example`. */
  allowedOrigins?: readonly string[];
  /** Origins that may be called without TLS, for instance `http://bank:4000`; refused in production. */
  allowInsecureOrigins?: readonly string[];
  http?: ProviderHttpOptions;
  /** Renews the token ahead of expiry also without traffic. Default false. */
  keepWarm?: boolean;
}

/**
 * Options of one provider. Where its name is a built-in bank's id, what that bank requires is required here.
 */
export type ProviderOptions<K extends string = string> =
  | (AnyProviderOptions & { [O in RequiredOption<K>]: NonNullable<AnyProviderOptions[O]> })
  | (AnyProviderOptions & { enabled: false })
  | (AnyProviderOptions & { bank: BankId | BankDefinition });

/** Options of the module; generic over the providers' names. */
export interface BankAuthOptions<N extends string = string> {
  /** Required: nothing chooses an environment silently. */
  environment: BankEnvironment;
  providers: { [K in N]: ProviderOptions<K> };
  /** Shares tokens beyond one service. Default: none, each service keeps its own in memory. */
  store?: TokenStore;
  refresh?: RefreshOptions;
  retry?: RetryOptions;
  cooldown?: CooldownOptions;
  /**
   * Whether tokens are obtained at start-up: `background` does not wait, `required` fails the start if a provider has
   * none within one deadline, `false` waits for the first call. Default `background`.
   */
  warmUp?: 'background' | 'required' | false;
}
