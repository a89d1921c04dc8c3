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
  /** How long before its expiry a token is not used any more. Default 0.05, at most `unusableMax`. */
  unusableFraction?: number;
  /** Milliseconds, 0 or at least 100. Default 10 000. */
  unusableMax?: number;
  /** Random part by which renewal begins earlier still, so that replicas spread. Default 0.1. */
  jitter?: number;
}

/** How a token is asked for. */
export interface RetryOptions {
  /** Token requests per flight, at most. Default 3. */
  attempts?: number;
  /** Milliseconds for one request, at least 100. Default 5 000. */
  attemptTimeout?: number;
  /** Milliseconds for all of them together, at least `attemptTimeout`. Default 15 000. */
  deadline?: number;
}

/** How long a failure keeps the next token request back. */
export interface CooldownOptions {
  /** Milliseconds after the bank rejected the credentials, at least 100. Default 60 000. */
  rejected?: number;
  /** Milliseconds, at most, while the bank is unavailable; begins at 1 000 and doubles. At least 100; default 3 000. */
  unavailableMax?: number;
}

export interface ProviderHttpOptions {
  /**
   * Milliseconds for a resource call, at least 100, from its sending to the last byte of the answer (of a stream: to the
   * headers). Default 30 000.
   */
  timeout?: number;
  /**
   * Bytes of an answer to a resource call, unpacked, at most; streams excepted. As in axios, 0 lets only empty answers
   * through and -1 is no limit. Default 33 554 432 (32 MiB).
   */
  maxContentLength?: number;
  /** For token and resource calls. */
  httpsAgent?: Agent;
  /** For token and resource calls, as in axios. */
  proxy?: AxiosProxyConfig | false;
  /** Sends the resource calls of the bank's `HttpService` and `fetch` in place of axios' own adapter, where it can. */
  engine?: BankHttpEngine;
}

/**
 * Signs assertions with a key that does not leave its place, such as a KMS or an HSM. Gets the bytes to sign and the
 * algorithm of the bank's definition; gives the signature as JWS has it (RFC 7518 §3, RFC 8037 §3.1): of ECDSA r and s
 * one after the other, not DER. It has to answer within `retry.attemptTimeout`, and is called in the
 * `AsyncLocalStorage` context of no caller. Its errors are reported by class, HTTP status and code only.
 */
export type AssertionSigner = (
  data: Uint8Array,
  algorithm: AssertionAlgorithm,
) => Uint8Array | Promise<Uint8Array>;

/** What one merchant proves itself by; what the bank's definition requires has to be there. */
export interface Credentials {
  clientId: string;
  clientSecret?: string;
  /** Where the bank wants one besides the client credentials. */
  apiKey?: string;
  /** Signs assertions where the bank wants `private_key_jwt`: PEM, unencrypted. */
  privateKey?: string;
  /** By which name the bank knows that key (`kid`). */
  keyId?: string;
  /** Signs in place of `privateKey`, of which it is the holder. */
  signer?: AssertionSigner;
  /**
   * The path of a file with an assertion that is signed elsewhere, such as a projected token of Kubernetes: read for
   * each token request, and sent as it is in place of one signed with `privateKey`.
   */
  assertionFile?: string;
  /** TLS client certificate, PEM, with its chain: for token and resource calls (RFC 8705). */
  tlsCertificate?: string;
  /** The private key of `tlsCertificate`: PEM, unencrypted. */
  tlsKey?: string;
  /** Certificate authorities that are trusted instead of Node's own. Default: the provider's `tlsCa`. */
  tlsCa?: string;
  /** What the bank's definition asks for by `options.values`, for instance an account: strings by name. */
  values?: Readonly<Record<string, string>>;
  /**
   * When the secret or the key ends at the bank, of which the log warns ahead: a Date, or ISO 8601 with an offset
   * (`2027-01-31T12:00:00Z`) or as a day (`2027-01-31`, from its beginning in UTC).
   */
  secretExpiresAt?: Date | string;
  /** Another version means that something was rotated. At most 256 characters. Default: made of the values. */
  version?: string;
}

/** The credentials of a merchant; `undefined` and `null` say that there is no such merchant. */
type FoundCredentials = Credentials | undefined | null;

/**
 * Finds a merchant's credentials by its key. `undefined` or `null`, or an Observable that emits one of these or
 * completes without a value, says that there is no such merchant. Values and promises are asked for again at each
 * renewal; an Observable that stays open and emits again has rotated them. The function sees the key only: it is called
 * in the `AsyncLocalStorage` context of no caller.
 */
export type CredentialsResolver = (
  merchant: string,
) => FoundCredentials | Promise<FoundCredentials> | Observable<FoundCredentials>;

/** How long idle merchants are remembered. */
export interface MerchantsOptions {
  /** Idle merchants that are kept, at most; the least recently used go first. Default 10 000. */
  limit?: number;
  /** Milliseconds after which an idle merchant is forgotten, at least 100. Default 3 600 000. */
  idleTime?: number;
}

/** How much a provider's token endpoint is asked, by all merchants together. */
export interface TokenRequestsOptions {
  /** Token requests at once, at most. Default 8. */
  concurrency?: number;
  /** Token requests that wait for their turn, at most; one more is an error. Default 10 000. */
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
  /** Which bank this is: a built-in id or a definition. Default: the provider's name. */
  bank?: BankId | BankDefinition;
  /** Overrides the module's. */
  environment?: BankEnvironment;
  /** `false`: injects, is not validated, and is a clear error when used. */
  enabled?: boolean;
  /** Certificate authorities that are trusted instead of Node's own: PEM, one or more. Also for merchants. */
  tlsCa?: string;
  /** What the bank's definition asks for by `options.values`; of merchants, `credentials` gives their own. */
  values?: Readonly<Record<string, string>>;
  /**
   * Finds the credentials of merchants by their keys. Without `clientId` and what belongs to it there is no default
   * merchant besides.
   */
  credentials?: CredentialsResolver;
  /** For merchants found by `credentials`. */
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
  /** Renews the default merchant's token ahead of expiry also without traffic. Default false. */
  keepWarm?: boolean;
}

/** For a provider that injects, is not validated, and is a clear error when used. */
type DisabledProviderOptions = AnyProviderOptions & { enabled: false };

/** For another bank than the one of the provider's name: the options that it requires are checked at the start. */
type OtherBankProviderOptions = AnyProviderOptions & { bank: BankId | BankDefinition };

/** For merchants: what belongs to credentials is not required here, it comes with each merchant's. */
type MerchantsProviderOptions<K extends string> = AnyProviderOptions & {
  credentials: CredentialsResolver;
} & { [O in Exclude<RequiredOption<K>, keyof Credentials>]: NonNullable<AnyProviderOptions[O]> };

/** The usual case. */
type RequiredProviderOptions<K extends string> = AnyProviderOptions & {
  [O in RequiredOption<K>]: NonNullable<AnyProviderOptions[O]>;
};

/**
 * Options of one provider. Where its name is a built-in bank's id, what that bank requires is required here.
 *
 * Of several that do not fit, the compiler explains the last one. So the usual case stands last in the list, and last by
 * its name, by which TypeScript 7 sorts: a missing `apiKey` is then reported as a missing `apiKey`.
 */
export type ProviderOptions<K extends string = string> =
  | DisabledProviderOptions
  | MerchantsProviderOptions<K>
  | OtherBankProviderOptions
  | RequiredProviderOptions<K>;

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
  /**
   * How merchants are named in logs, errors and status: by their key, by a hash of it, or by what a function makes of
   * it (a string of 1 to 256 characters; the hash where it makes none). Default `key`.
   */
  merchantLabel?: 'key' | 'hash' | ((merchant: string) => string);
}
