import type { Agent } from 'node:https';
import type { AxiosProxyConfig } from 'axios';
import type { Observable } from 'rxjs';
import type {
  AssertionAlgorithm,
  BankDefinition,
  BankEnvironment,
  BankId,
  RequiredOption,
} from '../banks/index.js';
import type { BankHttpEngine } from '../engine/index.js';
import type { TokenStore } from '../store/index.js';

/** When tokens are renewed. Fractions are parts of a token's lifetime; maxima are milliseconds. */
export interface RefreshOptions {
  /** How far ahead of expiry renewal begins. Default 0.2, at most `aheadMax`. */
  aheadFraction?: number;
  /** Milliseconds, 0 or at least 100. Default 120 000. */
  aheadMax?: number;
  /** How long before its expiry a token is no longer used. Default 0.05, at most `unusableMax`. */
  unusableFraction?: number;
  /** Milliseconds, 0 or at least 100. Default 10 000. */
  unusableMax?: number;
  /** Random part by which renewal begins earlier still, so that replicas spread. Default 0.1. */
  jitter?: number;
}

/** How a token is requested. */
export interface RetryOptions {
  /** Token requests per flight, at most. Default 3. */
  attempts?: number;
  /** Milliseconds for one request, at least 100. Default 5 000. */
  attemptTimeout?: number;
  /** Milliseconds for all requests of a flight, at least `attemptTimeout`. Default 15 000. */
  deadline?: number;
}

/** How long a failure keeps the next token request back. */
export interface CooldownOptions {
  /** Milliseconds after the bank rejected the credentials, at least 100. Default 60 000. */
  rejected?: number;
  /** The most milliseconds while the bank is unavailable; begins at 1 000 and doubles. At least 100; default 3 000. */
  unavailableMax?: number;
}

export interface ProviderHttpOptions {
  /**
   * Milliseconds for a resource call, at least 100, from its sending to the last byte of the answer (of a stream: to the
   * headers). Default 30 000.
   */
  timeout?: number;
  /**
   * The most bytes of an unpacked answer to a resource call, except of streams. As in axios, 0 lets only empty answers
   * through and -1 is no limit. Default 33 554 432 (32 MiB).
   */
  maxContentLength?: number;
  /** The HTTPS agent of token and resource calls. */
  httpsAgent?: Agent;
  /** The proxy of token and resource calls, as in axios. */
  proxy?: AxiosProxyConfig | false;
  /** Sends resource calls of the bank's `HttpService` and `fetch`, where it can, in place of axios' own adapter. */
  engine?: BankHttpEngine;
}

/**
 * Signs assertions with a key that does not leave its place, such as a KMS or an HSM. Gets the bytes to sign and the
 * algorithm of the bank's definition; returns the signature in the format of JWS (RFC 7518 §3, RFC 8037 §3.1): for
 * ECDSA, r and s one after the other, not DER. It must answer within `retry.attemptTimeout`, and is called in no
 * caller's `AsyncLocalStorage` context. Its errors are reported by class, HTTP status and code only.
 */
export type AssertionSigner = (
  data: Uint8Array,
  algorithm: AssertionAlgorithm,
) => Uint8Array | Promise<Uint8Array>;

/** The credentials of one merchant; the members that the bank's definition requires must be set. */
export interface Credentials {
  clientId: string;
  clientSecret?: string;
  /** The API key, if the bank requires one besides the client credentials. */
  apiKey?: string;
  /** The key that signs assertions, if the bank requires `private_key_jwt`: PEM, unencrypted. */
  privateKey?: string;
  /** The bank's name of that key (`kid`). */
  keyId?: string;
  /** Signs with a key that it holds, in place of `privateKey`. */
  signer?: AssertionSigner;
  /**
   * The path of a file with an assertion that is signed elsewhere, such as a projected token of Kubernetes. It is read
   * for each token request, and sent unchanged in place of an assertion signed with `privateKey`.
   */
  assertionFile?: string;
  /** TLS client certificate, PEM, with its chain: for token and resource calls (RFC 8705). */
  tlsCertificate?: string;
  /** The private key of `tlsCertificate`: PEM, unencrypted. */
  tlsKey?: string;
  /** Certificate authorities that are trusted instead of Node's own. Default: the provider's `tlsCa`. */
  tlsCa?: string;
  /** The values that the bank's definition lists in `options.values`, for instance an account: strings by name. */
  values?: Readonly<Record<string, string>>;
  /**
   * The end of the secret or the key at the bank; the log warns ahead of it. A Date, or ISO 8601 with an offset
   * (`2027-01-31T12:00:00Z`) or as a day (`2027-01-31`, from its beginning in UTC).
   */
  secretExpiresAt?: Date | string;
  /** Another version means that credentials were rotated. At most 256 characters. Default: made from the values. */
  version?: string;
}

/** The credentials of a merchant; `undefined` and `null` mean that there is no such merchant. */
type FoundCredentials = Credentials | undefined | null;

/**
 * Finds a merchant's credentials by its key. `undefined` or `null`, or an Observable that emits one of these or
 * completes without a value, means that there is no such merchant. If it returns values or promises, it is called again
 * at each renewal; an Observable that stays open and emits again has rotated the credentials. The function gets the key
 * only: it is called in no caller's `AsyncLocalStorage` context.
 */
export type CredentialsResolver = (
  merchant: string,
) => FoundCredentials | Promise<FoundCredentials> | Observable<FoundCredentials>;

/** How long idle merchants are remembered. */
export interface MerchantsOptions {
  /** The most idle merchants that are kept; the least recently used go first. Default 10 000. */
  limit?: number;
  /** Milliseconds after which an idle merchant is forgotten, at least 100. Default 3 600 000. */
  idleTime?: number;
}

/** Limits of the token requests of a provider, for all its merchants together. */
export interface TokenRequestsOptions {
  /** The most token requests at once. Default 8. */
  concurrency?: number;
  /** The most token requests that wait for their turn; one more is an error. Default 10 000. */
  queue?: number;
  /** At most `requests` token requests in `per` milliseconds. Default: no such limit. */
  rate?: {
    requests: number;
    /** Milliseconds, at least 100. */
    per: number;
  };
}

/** The credentials of the default merchant are members of the provider. */
interface AnyProviderOptions extends Partial<Omit<Credentials, 'version'>> {
  /** The bank: a built-in id or a definition. Default: the provider's name. */
  bank?: BankId | BankDefinition;
  /** Overrides the module's environment. */
  environment?: BankEnvironment;
  /** `false`: the provider can be injected, is not validated, and throws a clear error when used. */
  enabled?: boolean;
  /** Certificate authorities, in PEM, that are trusted instead of Node's own; also for merchants. */
  tlsCa?: string;
  /** The values that the bank's definition lists in `options.values`; `credentials` returns those of merchants. */
  values?: Readonly<Record<string, string>>;
  /**
   * Finds the credentials of merchants by their keys. Without `clientId` and the other credentials here, there is no
   * default merchant.
   */
  credentials?: CredentialsResolver;
  /** Limits of the merchants that `credentials` finds. */
  merchants?: MerchantsOptions;
  tokenRequests?: TokenRequestsOptions;
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
  /** Renews the default merchant's token ahead of its expiry, even without traffic. Default false. */
  keepWarm?: boolean;
}

/** A disabled provider: it can be injected, is not validated, and throws a clear error when used. */
type DisabledProviderOptions = AnyProviderOptions & { enabled: false };

/** A provider whose bank is not the bank of its name: the options that the bank requires are checked at the start. */
type OtherBankProviderOptions = AnyProviderOptions & { bank: BankId | BankDefinition };

/** A provider with merchants: no credentials are required here, since each merchant has its own. */
type MerchantsProviderOptions<K extends string> = AnyProviderOptions & {
  credentials: CredentialsResolver;
} & { [O in Exclude<RequiredOption<K>, keyof Credentials>]: NonNullable<AnyProviderOptions[O]> };

/** The usual case: a provider with the name of a built-in bank and its own credentials. */
type RequiredProviderOptions<K extends string> = AnyProviderOptions & {
  [O in RequiredOption<K>]: NonNullable<AnyProviderOptions[O]>;
};

/**
 * Options of one provider. If its name is a built-in bank's id, the options that the bank requires are required here.
 *
 * If no member of the union fits, the compiler explains the last one. So the usual case is last in the list, and last
 * by its name, by which TypeScript 7 sorts: a missing `apiKey` is then reported as a missing `apiKey`.
 */
export type ProviderOptions<K extends string = string> =
  | DisabledProviderOptions
  | MerchantsProviderOptions<K>
  | OtherBankProviderOptions
  | RequiredProviderOptions<K>;

/** Options of the module; generic over the providers' names. */
export interface BankAuthOptions<N extends string = string> {
  /** Required: there is no default environment. */
  environment: BankEnvironment;
  providers: { [K in N]: ProviderOptions<K> };
  /** Shares tokens beyond one service. Default: none, each service keeps its own in memory. */
  store?: TokenStore;
  refresh?: RefreshOptions;
  retry?: RetryOptions;
  cooldown?: CooldownOptions;
  /**
   * Whether tokens are obtained at start-up: `background` does not wait, `required` fails the start if a provider has
   * no token within one deadline, `false` waits for the first call. Default `background`.
   */
  warmUp?: 'background' | 'required' | false;
  /**
   * The names of merchants in logs, errors and status: their key, a hash of it, or the result of a function of it (a
   * string of 1 to 256 characters; the hash if the function returns none). Default `key`.
   */
  merchantLabel?: 'key' | 'hash' | ((merchant: string) => string);
}
