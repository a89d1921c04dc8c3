import { Agent } from 'node:https';
import { AxiosProxyConfig, AxiosInstance } from 'axios';
import { Observable, Operator, Observer, Subscription } from 'rxjs';
import { SecureContext } from 'node:tls';
import { inspect } from 'node:util';
import { ExceptionFilter, ArgumentsHost, ModuleMetadata, Provider, Type, DynamicModule } from '@nestjs/common';
import { HttpService } from '@nestjs/axios';
import { ConfigService } from '@nestjs/config';

/** One of a bank's systems. Credentials of one are worthless at the other. */
type BankEnvironment = 'production' | 'sandbox';
/** A URL for each environment a bank offers; an environment that is missing does not exist there. */
type UrlPerEnvironment = {
    readonly [E in BankEnvironment]?: string;
};
/** The context that a function of a definition gets besides the credentials. */
interface BankContext {
    readonly environment: BankEnvironment;
}
/** The part of a merchant's credentials that a definition may read. */
interface BankCredentials {
    readonly clientId: string;
    /** Empty where the client proves itself by a certificate or a signed assertion. */
    readonly clientSecret: string;
    readonly apiKey?: string;
    /** The values that the definition declares in `options.values`: strings by name. Empty if it declares none. */
    readonly values: Readonly<Record<string, string>>;
}
/** How the client proves itself at the token endpoint; names from the IANA OAuth registry (RFC 7591 §2). */
type ClientAuthentication = {
    readonly method: 'client_secret_basic';
    /**
     * `raw` joins id and secret as they are, as the banks' pages show; `rfc6749` form-encodes both first
     * (RFC 6749 §2.3.1). They differ only for special characters. Default `raw`.
     */
    readonly encoding?: 'raw' | 'rfc6749';
} | {
    readonly method: 'client_secret_post';
    /** The parameters' names where they are not `client_id` and `client_secret`. */
    readonly names?: {
        readonly clientId?: string;
        readonly clientSecret?: string;
    };
}
/** By an id and a secret in headers other than `Authorization`, and nowhere else; both in visible ASCII. */
 | {
    readonly method: 'client_secret_header';
    /**
     * The headers' names. Without `clientSecret` the bank knows no secret: then `options` has to require an API key,
     * which `tokenRequest.headers` sends, or a certificate.
     */
    readonly names: {
        readonly clientId: string;
        readonly clientSecret?: string;
    };
}
/** By the TLS client certificate, from a CA or self-signed and known to the bank (RFC 8705 §2). */
 | {
    readonly method: 'tls_client_auth' | 'self_signed_tls_client_auth';
}
/** By a JWT that the client signs for each request with its private key (RFC 7523 §2.2). */
 | ({
    readonly method: 'private_key_jwt';
    readonly algorithm: AssertionAlgorithm;
} & AssertionShape)
/** By a JWT that the client authenticates for each request with its secret (RFC 7523 §2.2). */
 | ({
    readonly method: 'client_secret_jwt';
    readonly algorithm: SecretAlgorithm;
} & AssertionShape);
/** The content of an assertion, besides the client. */
interface AssertionShape {
    /** `aud`: the issuer identifier of the server (RFC 8414), as the only value, which RFC 10070 demands. */
    readonly audience: UrlPerEnvironment;
    /** `typ` in the header. Default `client-authentication+jwt` (RFC 10070 §4). */
    readonly type?: string;
    /** `iss`. Default: the client id (RFC 7523 §3). */
    readonly issuer?: string;
    /** Further claims, other than iss, sub, aud, exp, iat, nbf and jti, which are refused. */
    readonly claims?: Readonly<Record<string, unknown>> | ((credentials: BankCredentials, context: {
        readonly environment: BankEnvironment;
    }) => Readonly<Record<string, unknown>>);
    /** How long an assertion is valid, in milliseconds. Default 60 000. */
    readonly lifetime?: number;
}
/** How an assertion is authenticated by a secret (RFC 7518 §3.2), which has to be as long as the hash. */
type SecretAlgorithm = (typeof SECRET_ALGORITHMS)[number];
declare const SECRET_ALGORITHMS: readonly ["HS256", "HS384", "HS512"];
/** How an assertion is signed (RFC 7518 §3.1, RFC 8037); the key has to be of that kind. */
type AssertionAlgorithm = (typeof ASSERTION_ALGORITHMS)[number];
declare const ASSERTION_ALGORITHMS: readonly ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
interface TokenRequestShape {
    /**
     * Default `post` (RFC 6749 §3.2). With `get` the parameters are in the query, which many servers log: so credentials
     * must be in headers or a certificate, and a parameter that holds a secret is refused.
     */
    readonly method?: 'post' | 'get';
    /** The format of the body of a POST. Default `form` (RFC 6749 §4.4.2). */
    readonly format?: 'form' | 'json';
    /** Default `client_credentials`; `false` where the bank wants no `grant_type`. */
    readonly grantType?: string | false;
    /** More parameters, for instance an `audience`, but none that the request has by itself. */
    readonly parameters?: Readonly<Record<string, string>> | ((credentials: BankCredentials, context: BankContext) => Readonly<Record<string, string>>);
    /** Further headers, besides `Content-Type`, `Accept` and the authentication: for instance a subscription key. */
    readonly headers?: (credentials: BankCredentials, context: BankContext) => Readonly<Record<string, string>>;
}
/** The unit of a bank's `expires_in`. */
type ExpiresInUnit = 'seconds' | 'milliseconds' | 'epoch-seconds' | 'epoch-milliseconds';
/** The form in which a bank writes a token's expiry; `date` is RFC 3339 or an HTTP date, with its offset from UTC. */
type ExpiresAtForm = 'date' | 'epoch-seconds' | 'epoch-milliseconds';
/** The path to a member of an answer: its name, or the names that lead to it, the outermost first. */
type MemberPath = string | readonly string[];
/** An answer of the token endpoint that carried no token; `body` is undefined unless it was a JSON object. */
interface TokenEndpointAnswer {
    readonly status: number;
    readonly body: Readonly<Record<string, unknown>> | undefined;
}
interface TokenResponseShape {
    /** Default `seconds` (RFC 6749 §5.1). */
    readonly expiresIn?: ExpiresInUnit;
    /** Lifetime in milliseconds where the response makes no credible statement. Default 300 000. */
    readonly defaultLifetime?: number;
    /** No token is used longer than this, in milliseconds, whatever the response says. Default 24 h. */
    readonly maxLifetime?: number;
    /**
     * The form of `members.expiresAt`. It is a statement of the lifetime like `expires_in`, and the shortest one holds;
     * it is measured by the answer's own `Date`.
     */
    readonly expiresAt?: ExpiresAtForm;
    /** The paths to the members, if not the names of RFC 6749 §5.1; the RFC has no name for `expiresAt`. */
    readonly members?: {
        readonly accessToken?: MemberPath;
        readonly tokenType?: MemberPath;
        readonly expiresIn?: MemberPath;
        readonly scope?: MemberPath;
        readonly expiresAt?: MemberPath;
    };
    /** `optional` where the bank may send no `token_type`; if it sends one, it must be right. Default `required`. */
    readonly tokenType?: 'required' | 'optional';
    /** Further `token_type` values that mean a bearer token; `Bearer` and `BearerToken` always do. */
    readonly tokenTypes?: readonly string[];
    /**
     * Reads the error code, which alone says whether a 2xx is an error. Default: the member `error` (RFC 6749 §5.2),
     * where any value that is not empty, 0 or false makes a 2xx an error.
     */
    readonly errorCode?: (body: Readonly<Record<string, unknown>>) => string | undefined;
    /** Whether the answer means "wrong credentials" beyond 401 and the codes of RFC 6749 §5.2. */
    readonly rejectsCredentials?: (answer: TokenEndpointAnswer) => boolean;
}
/** A response to a resource call; `body` is undefined unless it was a JSON object. */
interface ResourceAnswer {
    readonly status: number;
    readonly body: Readonly<Record<string, unknown>> | undefined;
}
/** Options that a definition may explain. */
type HintedOption = 'clientId' | 'clientSecret' | 'apiKey' | 'scopes' | 'apiBaseUrl' | 'privateKey' | 'keyId' | 'tlsCertificate' | `values.${string}`;
interface BankOptionsShape {
    /** Whether the bank wants an API key besides the client credentials. Default `none`. */
    readonly apiKey?: 'required' | 'none';
    /** Whether the token request carries scopes. Default `optional`. */
    readonly scopes?: 'required' | 'optional' | 'none';
    /** Whether the bank requires a TLS client certificate. Default `optional`; `required` where it is the proof. */
    readonly tlsCertificate?: 'required' | 'optional';
    /** Scopes sent where the configuration names none. */
    readonly defaultScopes?: readonly string[];
    /** All scopes the bank knows; another one is a configuration error. */
    readonly knownScopes?: readonly string[];
    /**
     * Values of each merchant that the functions of the definition need besides the credentials, for instance the account
     * in a header: they read it as `credentials.values.<name>`. A name consists of letters, digits, `-` and `_`.
     */
    readonly values?: Readonly<Record<string, 'required' | 'optional'>>;
    /** A sentence for the message on a missing option, for instance the name of the option on the bank's page. */
    readonly hints?: {
        readonly [O in HintedOption]?: string;
    };
}
/**
 * The requests and answers of one bank's token endpoint: data and small pure functions, no I/O. Everything above the
 * definitions is bank-agnostic.
 */
interface BankDefinition<Id extends string = string> {
    readonly id: Id;
    readonly title: string;
    /** The bank's public page. */
    readonly docs?: string;
    /** Absolute, or a path that begins with `/` and is appended to `apiBaseUrl`. */
    readonly tokenUrl: UrlPerEnvironment;
    /** The base URL of the bank's resources; if it is missing for an environment, the configuration has to name one. */
    readonly apiBaseUrl: UrlPerEnvironment;
    readonly clientAuthentication: ClientAuthentication;
    readonly tokenRequest?: TokenRequestShape;
    readonly tokenResponse?: TokenResponseShape;
    /** All headers of an authorised resource call. Default: `Authorization: Bearer <token>` (RFC 6750 §2.1). */
    readonly headers?: (token: {
        readonly value: string;
    }, credentials: BankCredentials, context: BankContext) => Readonly<Record<string, string>>;
    /** Whether a 401 on a resource call is about the token (RFC 6750 §3.1), not about business. Default: always. */
    readonly rejectsToken?: (answer: ResourceAnswer) => boolean;
    /**
     * The statuses of resource calls, from 400 to 499, on which `rejectsToken` is asked; 401 always is. Default `[401]`.
     * Another status renews the token only where it is listed and `rejectsToken` says that it is about the token;
     * `insufficient_scope` never does (RFC 6750 §3.1).
     */
    readonly rejectsTokenOn?: readonly number[];
    /** The header by which the bank recognises a repeated request; only requests that carry it may be replayed. */
    readonly idempotencyHeader?: string;
    /**
     * Whether a new token disables the former at once. Such a token is renewed only when it can no longer be used, not
     * ahead of that; with the memory store this is safe in one process only.
     */
    readonly singleActiveToken?: boolean;
    readonly options?: BankOptionsShape;
}

/** Bank of Georgia, Business Online. Production only. */
declare const bogBusiness: BankDefinition<"bog-business">;

/** Bank of Georgia, installment loans. Its credentials are not those of card payments. */
declare const bogInstallments: BankDefinition<"bog-installments">;

/** Bank of Georgia, iPay: the legacy e-commerce API. Its `expires_in` really is an epoch in milliseconds. */
declare const bogIpay: BankDefinition<"bog-ipay">;

/** Bank of Georgia, online payments. */
declare const bogPayments: BankDefinition<"bog-payments">;

/**
 * Declares a bank of your own, or a variant of a built-in one (`defineBank({ ...bogPayments, … })`).
 * @throws BankAuthConfigError naming every member that is wrong
 */
declare function defineBank<const Id extends string>(definition: BankDefinition<Id>): BankDefinition<Id>;

/** A partner API in the manner of Laravel Passport. Its page names no host, so `apiBaseUrl` is required. */
declare const partner: BankDefinition<"partner">;

declare const definitions: readonly [BankDefinition<"bog-business">, BankDefinition<"bog-installments">, BankDefinition<"bog-ipay">, BankDefinition<"bog-payments">, BankDefinition<"partner">, BankDefinition<"tbc-business">, BankDefinition<"tbc-checkout">, BankDefinition<"tbc-installments">, BankDefinition<"tbc-tpay">, BankDefinition<"unipay">];
/** The ids of the built-in definitions. */
type BankId = (typeof definitions)[number]['id'];
/** Options that a built-in bank requires, for the types; the definitions decide at run time. */
interface RequiredOptions {
    'tbc-business': 'scopes';
    'tbc-checkout': 'apiKey';
    'tbc-tpay': 'apiKey';
    partner: 'apiBaseUrl';
}
type RequiredOption<K extends string> = K extends keyof RequiredOptions ? RequiredOptions[K] : never;

/** TBC Bank, Business Integration Services: accounts and transfers. */
declare const tbcBusiness: BankDefinition<"tbc-business">;

/** TBC Bank, checkout (tpay v1): e-commerce payments. Production only. */
declare const tbcCheckout: BankDefinition<"tbc-checkout">;

/** TBC Bank, online installments. */
declare const tbcInstallments: BankDefinition<"tbc-installments">;

/** TBC Bank, tpay v2: QR payments at points of sale. Production only. For e-commerce see `tbcCheckout`. */
declare const tbcTpay: BankDefinition<"tbc-tpay">;

/** UniPAY, the Georgian payment provider: API version 3. Production only. */
declare const unipay: BankDefinition<"unipay">;

/**
 * Sends resource calls in place of axios' own adapter: the option `http.engine` of a provider. It moves bytes; the
 * token, the guard of origins, time-outs, redaction and the processing of answers as by axios stay with this library.
 */
interface BankHttpEngine {
    /** Makes the connections of one client of a bank. None is open before the first call. */
    open(): BankHttpConnections;
}
/** The connections of one client of a bank. */
interface BankHttpConnections {
    /**
     * The connections of the next call: the engine's own (`engine`), the ones that the application passed to the engine
     * (`application`), the replacement for all others in the process (`process`), or a mock's (`mock`), wherever it was
     * set. All but the engine's own have their own TLS settings.
     */
    readonly by: 'engine' | 'application' | 'mock' | 'process';
    /**
     * Sends a request once, and never again by itself. Reports everything to the exchange, errors included.
     * @returns a function that drops the request if its sending has not begun
     */
    send(request: BankHttpRequest, exchange: BankHttpExchange): () => void;
    /** Closes idle connections, and busy ones when their calls are done. */
    close(): void;
}
/** One request over HTTP/1.1, ready to be sent. */
interface BankHttpRequest {
    /** `https://api.bank.example`, with the port unless it is the default. */
    readonly origin: string;
    /** The path with its query, in visible ASCII. */
    readonly path: string;
    /** The method in capitals. */
    readonly method: string;
    /** Names and values in turn. `Host`, `Content-Length` and `Transfer-Encoding` are not among them. */
    readonly headers: readonly string[];
    readonly body: string | Uint8Array | undefined;
    /** The client certificate and the trusted authorities of the connection; Node's own authorities if undefined. */
    readonly secureContext: SecureContext | undefined;
    /** The proxy for CONNECT, and the value of its `Proxy-Authorization`. */
    readonly proxy: {
        readonly url: string;
        readonly authorization?: string;
    } | undefined;
}
/** Controls an exchange that has begun. */
interface BankHttpControl {
    /** Ends the exchange and its connection. */
    abort(reason: Error): void;
    pause(): void;
    resume(): void;
}
/** Gets the events of a request, in this order. `end`, `refused` or `fail` is the last. */
interface BankHttpExchange {
    /**
     * A connection is open, and the request is about to be written to it. No byte of it was written before.
     * @returns false if the request must no longer be sent
     */
    start(control: BankHttpControl): boolean;
    /**
     * The final status line and the headers of an answer.
     * @param headers names and values in turn, as Latin-1, unchanged
     */
    head(status: number, statusText: string, headers: readonly string[]): void;
    data(chunk: Buffer): void;
    end(): void;
    /** A proxy refused CONNECT with this status. */
    refused(status: number): void;
    /** @param error with a code of Node.js if one fits */
    fail(error: Error & {
        code?: string;
    }): void;
}

/** One moment as two clocks show it, both in milliseconds. */
interface Instant {
    /** Milliseconds since the Unix epoch; an operator or NTP may set it forward or back. */
    readonly wall: number;
    /** Milliseconds since some start; never goes back, but may stand still while a machine is suspended. */
    readonly monotonic: number;
}

/**
 * A token as a store keeps it. All of it is secret: a store that leaves the process has to encrypt it.
 */
interface StoredToken {
    /** Names this token without telling anything about it. */
    readonly fingerprint: string;
    readonly value: string;
    readonly scopes: readonly string[];
    /** When it was asked for, in milliseconds since the Unix epoch, by the clock of the process that asked. */
    readonly issuedAt: number;
    /** Milliseconds from `issuedAt`. */
    readonly lifetime: number;
    /** The version of the credentials it was obtained with. */
    readonly credentialsVersion: string;
}
/** The bank's own answer instead of a token. A failure that one process alone saw, as by a time-out, is not shared. */
interface StoredFailure {
    readonly kind: 'rejected' | 'unavailable' | 'invalid';
    /** A clause for messages, in our own words. */
    readonly reason: string;
    /** The status of the bank's answer. */
    readonly status: number;
    /** The bank's `Retry-After`, in milliseconds. */
    readonly retryAfterMs?: number;
    /** The version of the credentials that the request used: a process with other credentials may try. */
    readonly credentialsVersion?: string;
    /** The process that met it, by an id that each process draws at random when it starts. */
    readonly by: string;
    /**
     * Whether the bank refused two processes one after the other (`rejected`, `invalid`). If not, the refusal may be due
     * to that one process, its address or its clock: one other process asks as well. A store that drops `by` or
     * `confirmed` costs one token request of each process.
     */
    readonly confirmed?: true;
}
/** The right to ask the bank, for a while. */
interface TokenLease {
    /**
     * Makes the lease last for `durationMs` milliseconds from now on. Resolves to false if it was lost meanwhile.
     */
    extend(durationMs: number): Promise<boolean>;
    /**
     * Releases the lease, so that others may ask. A lost lease stays with its current owner.
     * @param outcome the failure that answers each request for the lease in the next `forMs` milliseconds
     */
    release(outcome?: {
        readonly failure: StoredFailure;
        readonly forMs: number;
    }): Promise<void>;
}
/** The answer to a request for the lease. A promise that rejects says that the store is in trouble. */
type LeaseAnswer = {
    readonly kind: 'acquired';
    readonly lease: TokenLease;
}
/**
 * Another process has it, for at most `forMs` milliseconds unless it is extended. `owner` stays the same for the same
 * lease, and tells nothing else.
 */
 | {
    readonly kind: 'held';
    readonly forMs: number;
    readonly owner?: string;
}
/** A token request just failed at the bank, which is to be left alone for `forMs` milliseconds. */
 | {
    readonly kind: 'cooling-down';
    readonly failure: StoredFailure;
    readonly forMs: number;
}
/**
 * The key holds a record that this process cannot use and must not replace: it has to go on alone. `reason`, for a
 * warning: the trouble and the remedy, as a sentence without a secret.
 */
 | {
    readonly kind: 'unavailable';
    readonly reason?: string;
};
/** News about a key. None is guaranteed: messages get lost, so a waiting process also polls. */
type TokenChange = 
/** There is another token; with its fingerprint, if that is known. */
{
    readonly type: 'written';
    readonly fingerprint?: string;
}
/** A token was dropped; `refused`: because a resource call with it was answered 401. */
 | {
    readonly type: 'removed';
    readonly fingerprint: string;
    readonly refused: boolean;
}
/** The lease was given up. */
 | {
    readonly type: 'released';
}
/** News may have been missed. */
 | {
    readonly type: 'resumed';
};
/**
 * Keeps tokens outside the service that obtained them, so that others may use them. The service never depends
 * on it: a store that fails or is slow costs one token call more. `tokenStoreContract` of `nestjs-bank-auth/testing`
 * tests an implementation.
 *
 * A promise that rejects says that the store is in trouble. Of the error, the log shows only `code`, if that is a word
 * in capitals, and `trouble`: at most 500 characters in the store's own words, which say whether to wait or to mend,
 * and hold no secret.
 */
interface TokenStore {
    /** A clause for messages on where it is, without a secret. */
    readonly description?: string;
    /** The token under this key, unless it has expired. `ageMs` is its age by the store's own clock, in milliseconds. */
    read(key: string): Promise<{
        readonly token: StoredToken;
        readonly ageMs: number;
    } | undefined>;
    /**
     * Keeps the token unless the stored token was asked for later. Resolves to whether it was kept. A kept token ends the
     * cool-down of a failure.
     * @param how `ageMs`: milliseconds since it was asked for (default: by `issuedAt`); `lease`: the lease under which it
     *   was obtained. The later lease has the newer token, whatever clocks say.
     */
    writeIfNewer(key: string, token: StoredToken, how?: {
        readonly ageMs?: number;
        readonly lease?: TokenLease;
    }): Promise<boolean>;
    /** Removes the token with this fingerprint; any other token stays. `refused`: because of a 401, for listeners. */
    remove(key: string, fingerprint: string, how?: {
        readonly refused?: boolean;
    }): Promise<void>;
    /**
     * Asks for the right to ask the bank for a token, so that only one of many processes does.
     * @param durationMs how long it lasts if its holder dies
     * @param how `despiteFailure`: also while a failure cools down
     */
    lease?(key: string, durationMs: number, how?: {
        readonly despiteFailure?: boolean;
    }): Promise<LeaseAnswer>;
    /** News about this key from other processes, and perhaps from this one. Never errors, never keeps a process alive. */
    changes?(key: string): Observable<TokenChange>;
    /** Resolves if the store can be read and written at this key. Called during a fault, to learn whether it is over. */
    check?(key: string): Promise<void>;
    /** Ends connections when the application ends. A store that is used again afterwards makes new ones. */
    close?(): Promise<void>;
}

/** Keeps tokens in this process, for the services of several applications in it. Processes do not share them. */
declare class MemoryTokenStore implements TokenStore {
    #private;
    readonly description = "in the memory of this process";
    /** @param now for tests that own the time */
    constructor(now?: () => Instant);
    read(key: string): Promise<{
        token: StoredToken;
        ageMs: number;
    } | undefined>;
    writeIfNewer(key: string, token: StoredToken, { ageMs, lease }?: {
        readonly ageMs?: number;
        readonly lease?: TokenLease;
    }): Promise<boolean>;
    remove(key: string, fingerprint: string, { refused }?: {
        readonly refused?: boolean;
    }): Promise<void>;
    lease(key: string, durationMs: number, { despiteFailure }?: {
        readonly despiteFailure?: boolean;
    }): Promise<LeaseAnswer>;
    changes(key: string): Observable<TokenChange>;
    [inspect.custom](): string;
}

/** When tokens are renewed. Fractions are parts of a token's lifetime; maxima are milliseconds. */
interface RefreshOptions {
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
interface RetryOptions {
    /** Token requests per flight, at most. Default 3. */
    attempts?: number;
    /** Milliseconds for one request, at least 100. Default 5 000. */
    attemptTimeout?: number;
    /** Milliseconds for all requests of a flight, at least `attemptTimeout`. Default 15 000. */
    deadline?: number;
}
/** How long a failure keeps the next token request back. */
interface CooldownOptions {
    /** Milliseconds after the bank rejected the credentials, at least 100. Default 60 000. */
    rejected?: number;
    /** The most milliseconds while the bank is unavailable; begins at 1 000 and doubles. At least 100; default 3 000. */
    unavailableMax?: number;
}
interface ProviderHttpOptions {
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
type AssertionSigner = (data: Uint8Array, algorithm: AssertionAlgorithm) => Uint8Array | Promise<Uint8Array>;
/** The credentials of one merchant; the members that the bank's definition requires must be set. */
interface Credentials {
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
type CredentialsResolver = (merchant: string) => FoundCredentials | Promise<FoundCredentials> | Observable<FoundCredentials>;
/** How long idle merchants are remembered. */
interface MerchantsOptions {
    /** The most idle merchants that are kept; the least recently used go first. Default 10 000. */
    limit?: number;
    /** Milliseconds after which an idle merchant is forgotten, at least 100. Default 3 600 000. */
    idleTime?: number;
}
/** Limits of the token requests of a provider, for all its merchants together. */
interface TokenRequestsOptions {
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
type DisabledProviderOptions = AnyProviderOptions & {
    enabled: false;
};
/** A provider whose bank is not the bank of its name: the options that the bank requires are checked at the start. */
type OtherBankProviderOptions = AnyProviderOptions & {
    bank: BankId | BankDefinition;
};
/** A provider with merchants: no credentials are required here, since each merchant has its own. */
type MerchantsProviderOptions<K extends string> = AnyProviderOptions & {
    credentials: CredentialsResolver;
} & {
    [O in Exclude<RequiredOption<K>, keyof Credentials>]: NonNullable<AnyProviderOptions[O]>;
};
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
type ProviderOptions<K extends string = string> = DisabledProviderOptions | MerchantsProviderOptions<K> | OtherBankProviderOptions | RequiredProviderOptions<K>;
/** Options of the module; generic over the providers' names. */
interface BankAuthOptions<N extends string = string> {
    /** Required: there is no default environment. */
    environment: BankEnvironment;
    providers: {
        [K in N]: ProviderOptions<K>;
    };
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

/** Stable codes of the errors this library throws. */
type BankAuthErrorCode = 'BANK_AUTH_CONFIG' | 'BANK_AUTH_CREDENTIALS_REJECTED' | 'BANK_AUTH_UNAVAILABLE' | 'BANK_AUTH_INVALID_RESPONSE' | 'BANK_AUTH_UNTRUSTED_ORIGIN' | 'BANK_AUTH_QUEUE_FULL';
/** The details of every error of this library. They never hold a secret, nor anything from a bank's body. */
interface BankAuthErrorDetails {
    /** The provider's name; empty where an error concerns the whole configuration. */
    readonly provider?: string;
    /** The merchant's key. */
    readonly merchant?: string;
    /** Whether the same call may succeed later without anyone changing anything. */
    readonly retryable?: boolean;
    /** When it will be tried again, in milliseconds from now. */
    readonly retryAfterMs?: number;
    /** The HTTP status of the token endpoint's answer, where it answered. */
    readonly status?: number;
    /** Whether the caller's own request (the payment) was sent. If not, it is safe to try again. */
    readonly requestSent?: boolean;
}
/** Base of all errors thrown by this library. */
declare abstract class BankAuthError extends Error {
    abstract readonly code: BankAuthErrorCode;
    readonly provider: string;
    readonly merchant: string;
    readonly retryable: boolean;
    /** Milliseconds until it is tried again, counted from when this error was made. */
    readonly retryAfterMs?: number;
    readonly status?: number;
    readonly requestSent: boolean;
    constructor(message: string, details?: BankAuthErrorDetails);
}
/**
 * Tells an error of this library from any other, also across duplicate copies of the package.
 * @param code narrows to one kind
 */
declare function isBankAuthError(error: unknown, code?: BankAuthErrorCode): error is BankAuthError;

/** The configuration is wrong: options, names, a disabled provider that was used, an unknown merchant. */
declare class BankAuthConfigError extends BankAuthError {
    readonly code = "BANK_AUTH_CONFIG";
    /** One sentence per mistake, each with its path; never a value. */
    readonly problems: readonly string[];
    constructor(message: string, details?: BankAuthErrorDetails & {
        readonly problems?: readonly string[];
    });
}

/**
 * The bank refused the credentials: 401, or `invalid_client`, `unauthorized_client`, `invalid_scope`,
 * `invalid_grant` (RFC 6749 §5.2), or an answer that the bank's definition classifies as a rejection. Another request
 * with the same credentials cannot help, so there is no retry.
 */
declare class CredentialsRejectedError extends BankAuthError {
    readonly code = "BANK_AUTH_CREDENTIALS_REJECTED";
    constructor(message: string, details: BankAuthErrorDetails);
}

/** The token endpoint answered something that is no token: another 4xx, a redirect, an unusable 200. */
declare class InvalidTokenResponseError extends BankAuthError {
    readonly code = "BANK_AUTH_INVALID_RESPONSE";
    constructor(message: string, details: BankAuthErrorDetails);
}

/** The token endpoint could not be reached or could not answer: network, TLS, time-out, 5xx, 408, 425, 429. */
declare class TokenEndpointUnavailableError extends BankAuthError {
    readonly code = "BANK_AUTH_UNAVAILABLE";
    /** A sentence for each provider without a token; only if the application's start requires tokens. */
    readonly problems?: readonly string[];
    constructor(message: string, details: BankAuthErrorDetails & {
        readonly problems?: readonly string[];
    });
}

/** The queue of the token endpoint is full: one more merchant would wait too long for its turn. */
declare class TokenQueueFullError extends BankAuthError {
    readonly code = "BANK_AUTH_QUEUE_FULL";
    constructor(message: string, details: BankAuthErrorDetails);
}

/** A call through a bank's client went to an origin that is not the bank's; nothing was sent. */
declare class UntrustedOriginError extends BankAuthError {
    readonly code = "BANK_AUTH_UNTRUSTED_ORIGIN";
    constructor(message: string, details: BankAuthErrorDetails);
}

/** A token has arrived, and the callers that waited for it have it. */
interface TokenArrivedEvent {
    /** `obtained` where there was no usable token, `renewed` where one is replaced. */
    readonly type: 'token.obtained' | 'token.renewed';
    /** `bank` if this process requested the token; `store` if another process did and put it into the store. */
    readonly source: 'bank' | 'store';
    /** Milliseconds from the start of the flight; 0 where another process brought the token. */
    readonly durationMs: number;
    /** Token requests that this process sent for it. */
    readonly attempts: number;
    /** Milliseconds since the Unix epoch. */
    readonly expiresAt: number;
    /** The time from which the token is renewed ahead of its expiry, in milliseconds since the Unix epoch. */
    readonly refreshAt: number;
    /** Flights that had failed in a row before. */
    readonly afterFailures: number;
    /** Milliseconds from the first of those failures to now. */
    readonly outageMs?: number;
}
/** A flight brought no token: `token.failed` where callers are without one, else `token.renewal-failed`. */
interface TokenFailedEvent {
    readonly type: 'token.failed' | 'token.renewal-failed';
    /** The code of the error that callers get. */
    readonly code: BankAuthErrorCode;
    /** The HTTP status of the token endpoint, where it answered. */
    readonly status?: number;
    /** Milliseconds from the start of the flight. */
    readonly durationMs: number;
    /** Token requests that this process sent. */
    readonly attempts: number;
    /** Flights that have failed in a row, with this one. */
    readonly failures: number;
    /** Before this, no token request is sent; in milliseconds since the Unix epoch. */
    readonly retryAt?: number;
    /** Until then, calls go on with the old token; in milliseconds since the Unix epoch. */
    readonly usableUntil?: number;
}
/** The events by type. Instants are milliseconds since the Unix epoch, durations milliseconds. */
type BankAuthEventDetails = TokenArrivedEvent | TokenFailedEvent
/** A call with the current token was refused by the bank (`refused`), or the application dropped the token. */
 | {
    readonly type: 'token.refused' | 'token.invalidated';
}
/** New tokens are refused too: until then, no refused token is replaced. */
 | {
    readonly type: 'token.braked';
    readonly until: number;
}
/** A failure keeps token requests of this merchant back. */
 | {
    readonly type: 'cooldown.started';
    readonly code: BankAuthErrorCode;
    readonly until: number;
}
/** The bank rejected the credentials, or their source gave others. */
 | {
    readonly type: 'credentials.rejected' | 'credentials.rotated';
}
/** A call was sent again with a new token; `status` is the status of its answer, if one came. */
 | {
    readonly type: 'request.replayed';
    readonly method: string;
    readonly status?: number;
}
/** A call to an origin that is not the bank's was stopped before anything was sent. */
 | {
    readonly type: 'origin.refused';
}
/** The queue of the token endpoint is full. */
 | {
    readonly type: 'queue.saturated';
    readonly queued: number;
}
/** The bank's clock is ahead of the local clock by `byMs` milliseconds; negative where it is behind. */
 | {
    readonly type: 'clock.skewed';
    readonly byMs: number;
}
/** A client certificate or a secret ends soon. */
 | {
    readonly type: 'certificate.expiring';
    readonly what: 'certificate' | 'secret';
    readonly notAfter: number;
}
/** The token store is unavailable: each process obtains tokens on its own. */
 | {
    readonly type: 'store.unavailable';
    readonly reason: string;
} | {
    readonly type: 'store.recovered';
    readonly outageMs: number;
};
/** Something that happened to the tokens or calls of one merchant. Never a token, never a secret. */
type BankAuthEvent = BankAuthEventDetails & {
    /** The provider's name; `*` for an event of all providers. */
    readonly provider: string;
    /** The merchant's label by `merchantLabel`; `default` for the provider's own credentials, `*` for all merchants. */
    readonly merchant: string;
    /** Milliseconds since the Unix epoch. */
    readonly at: number;
};
type BankAuthEventType = BankAuthEvent['type'];

/** @param hasEnded whether the subscriber gets no more events */
type SubscriberReport = (thrown: unknown, hasEnded: boolean) => void;
type Next<T> = ((value: T) => void) | null | undefined;
/**
 * An Observable whose subscribers and operators can throw without harm: RxJS would throw their errors again in a turn
 * of the event loop of its own, and that ends the process. Each subscriber is called in the `AsyncLocalStorage` context
 * in which it subscribed.
 */
declare class HarmlessObservable<T> extends Observable<T> {
    #private;
    /** @param report gets a subscriber's error, once for each subscription, and once more if an error ends it */
    constructor(report?: SubscriberReport, source?: Observable<T>);
    /** Observables that operators derive from this one are as harmless. */
    lift<R>(operator?: Operator<T, R>): Observable<R>;
    subscribe(observerOrNext?: Partial<Observer<T>> | Next<T>, ...rest: unknown[]): Subscription;
}
/**
 * The events of this application's tokens and calls, as they happen; completes when the application ends. Subscribers
 * are called after the call that they watch, and hold nothing up. An error that a subscriber throws is logged once and
 * has no other effect. To see all applications of a process, subscribe to the diagnostics channel
 * `nestjs-bank-auth:event`.
 */
declare class BankAuthEvents extends HarmlessObservable<BankAuthEvent> {
    #private;
    /** The member `application` in the messages of this application on the diagnostics channels. */
    readonly application: number;
}

/**
 * How far a request came. `not-sent`: no byte of it left this process. `answered`: a status line came. `unknown`: bytes
 * left, or may have left, and no status came, so the bank may have acted on them.
 */
type BankCallDelivery = 'not-sent' | 'unknown' | 'answered';
/** The outcome of one call through a bank's `HttpService` or `fetch`. */
interface BankCallReport {
    readonly provider: string;
    /** The merchant's name in messages: its label, never its key; `default` for the provider's own credentials. */
    readonly merchant: string;
    readonly delivery: BankCallDelivery;
    /** The HTTP status of the last answer, where one came. */
    readonly status?: number;
    /** HTTP requests of this call that began: 0, 1, or 2 with a replay. */
    readonly attempts: number;
    /** Whether the bank refused the token, once or twice. */
    readonly tokenRefused: boolean;
    /** Whether the request was sent again with another token. */
    readonly replayed: boolean;
    /** Milliseconds that the call waited for a token. */
    readonly waitedForToken: number;
}
/**
 * Reports the outcome of a call.
 * @param value the result or error of the bank's `HttpService` or `fetch`
 * @returns undefined for any other value, and for an error that the application's own interceptor or transform threw
 */
declare function bankCallOf(value: unknown): BankCallReport | undefined;
/**
 * Whether a failed call may be made again without the danger of a double effect: it was not sent, its method is safe
 * (RFC 9110 §9.2.1), or it carries the bank's idempotency header. Whether a repetition helps is another question, which
 * `retryable` of this package's errors answers.
 * @param error the error of the bank's `HttpService` or `fetch`; `false` for any other value
 */
declare function isSafeToRepeat(error: unknown): boolean;

/** The report of a call by a double of a bank's client; only the provider is required. */
interface DoubledBankCall extends Partial<Omit<BankCallReport, 'provider'>> {
    readonly provider: string;
    /** Whether the request has a safe method, or carries the bank's idempotency header. Default `false`. */
    readonly repeatable?: boolean;
}
/**
 * Registers the result or error of a double of a bank's client, in a test, for `bankCallOf` and `isSafeToRepeat`. The
 * default of `delivery` is `answered` with a `status`; `not-sent` for an error of this package with
 * `requestSent: false`, and for an error whose code says that the host is unknown, refuses the connection or is not
 * trusted; else `unknown`.
 * @param outcome a response or an error; a primitive value is ignored
 * @returns the same outcome
 */
declare function reportBankCall<T>(outcome: T, call: DoubledBankCall): T;

/** Must call `work` once, before it returns. */
type Surrounding = (work: () => void) => void;
interface OperationStart {
    readonly phase: 'start';
    /** Tells the applications of a process apart, as in events. */
    readonly application: number;
    readonly provider: string;
    /**
     * Runs the operation within a function of the subscriber, such as `(work) => context.with(active, work)`: the
     * operation and everything that it starts have the subscriber's context. Stores that are bound to the channel
     * (`bindStore`) apply too.
     */
    runWithin(surrounding: Surrounding): void;
}
/** A message of the channel `nestjs-bank-auth:flight`: a token request with its retries, in no caller's context. */
type BankAuthFlightMessage = (OperationStart & {
    /** Tells the flights of a process apart. */
    readonly flight: number;
    /** The host of the token endpoint. */
    readonly address: string;
}) | {
    readonly phase: 'end';
    readonly application: number;
    readonly provider: string;
    readonly flight: number;
    /** `aborted`: the application ended first. */
    readonly outcome: 'obtained' | 'failed' | 'aborted';
    /** `bank` if the bank issued the token to this process; `store` if another process put it into the store. */
    readonly source?: 'bank' | 'store';
    /** Token requests that this process sent. */
    readonly attempts: number;
    /** The code of the error that callers get. */
    readonly code?: BankAuthErrorCode;
    /** The HTTP status of the token endpoint, where a failure has one. */
    readonly status?: number;
};
/** A message of the channel `nestjs-bank-auth:wait`, in the caller's context: a caller begins to wait for a flight. */
interface BankAuthWaitMessage {
    readonly application: number;
    readonly provider: string;
    readonly flight: number;
}
/** A message of the channel `nestjs-bank-auth:call`, in the caller's context: a call with its wait for a token. */
type BankAuthCallMessage = (OperationStart & {
    /** Tells the calls of a process apart. */
    readonly call: number;
    readonly method: string;
}) | {
    readonly phase: 'end';
    readonly application: number;
    readonly provider: string;
    readonly call: number;
    readonly report: BankCallReport;
    /** The code of the error that the caller gets, if it has one in the style of this package, axios and Node.js. */
    readonly code?: string;
    /** Whether the caller gets an error. An answer whose status the caller accepts is no error. */
    readonly failed: boolean;
};

/** The code of a failed call that threw no error of this package. */
type BankCallCode = 'BANK_CALL_NOT_SENT' | 'BANK_CALL_UNKNOWN' | 'BANK_CALL_REFUSED' | 'BANK_CALL_FAILED';
/** Problem details (RFC 9457) about a bank: nothing of its body, no merchant, nothing secret. */
interface BankProblem {
    readonly type: 'about:blank';
    readonly title: string;
    readonly status: number;
    /** A sentence for the client of this service. */
    readonly detail: string;
    readonly code: BankAuthErrorCode | BankCallCode;
    /** The same as `code`; present if Nest's own answers have this member, from version 12 on. */
    readonly errorCode?: string;
    readonly provider: string;
    /** How far the call to the bank came; absent where no call was to be made. */
    readonly delivery?: BankCallDelivery;
    /** The bank's status, if the request itself was at fault (4xx, except 401, 403, 429 and a refused token). */
    readonly bankStatus?: number;
    /** Seconds, as in the header `Retry-After`. */
    readonly retryAfter?: number;
}
/**
 * Chooses another status than the filter's own, or undefined to keep the filter's.
 * @param error the error that was thrown
 * @param report the report of the call; undefined where no call was to be made
 */
type BankProblemStatus = (error: unknown, report: BankCallReport | undefined) => number | undefined;

interface BankAuthExceptionFilterOptions {
    /** Chooses another status, from 400 to 599, for some failures. */
    readonly status?: BankProblemStatus;
}
/**
 * Answers the failures of banks: errors of this package, and errors of calls through a bank's `HttpService` or `fetch`.
 * Over HTTP it answers with problem details (RFC 9457) and `Retry-After`; RPC, WebSocket and GraphQL contexts get an
 * error of the same content; in RPC, where events have no client, it is logged too. Everything else goes to the
 * application's other filters, or to Nest's own.
 *
 * | failure                                                                  | status            |
 * |--------------------------------------------------------------------------|-------------------|
 * | no token: the bank is unavailable, or the queue is full                  | 503               |
 * | the call was not sent                                                    | 503               |
 * | the call was sent, and no status came                                    | 504               |
 * | configuration, rejected credentials, an invalid answer to a token request | 502              |
 * | the bank answered 5xx, a redirect, or a success that cannot be read      | 502               |
 * | the bank refused the token, or answered 401 or 403                       | 502               |
 * | the bank answered 429                                                    | 503               |
 * | the bank answered another 4xx                                            | 502, `bankStatus` |
 * | the call was for an origin that is not the bank's                        | 500               |
 */
declare class BankAuthExceptionFilter implements ExceptionFilter {
    #private;
    /** Set by Nest where Nest makes the filter; a filter made by `new` answers by the response's own methods. */
    private readonly adapterHost?;
    constructor(options?: BankAuthExceptionFilterOptions);
    /** @throws an error whose `extensions` are the problem, in GraphQL and other contexts that require an error */
    catch(exception: unknown, host: ArgumentsHost): Observable<never> | undefined;
}

interface ReplayWithoutMerchant {
    /** Whether to send the request again with a new token if the bank refuses the first. Default: only if that is safe. */
    replay: boolean;
    merchant?: never;
}
interface RequestOfMerchant {
    /** The merchant whose credentials to use; an empty or unknown key is an error, never the default merchant. */
    merchant: string;
    /** Whether to send the request again with a new token if the bank refuses the first. Default: only if that is safe. */
    replay?: boolean;
}
/**
 * The authorisation options of one request: a merchant, a replay, or both. `merchant: undefined` does not compile
 * (beside `replay`, only with `exactOptionalPropertyTypes`): it is a mistake, not a choice of the default merchant. A
 * request for the default merchant leaves `bankAuth` out.
 */
type BankAuthRequestOptions = ReplayWithoutMerchant | RequestOfMerchant;
/** The options of an attached instance: a merchant, or none. `merchant: undefined` is neither. */
type BankAuthAttachOptions = Readonly<Pick<RequestOfMerchant, 'merchant'>>
/** Matches an object without members only. */
 | {
    readonly replay?: never;
};
declare module 'axios' {
    interface AxiosRequestConfig<D = any> {
        /** Read by `BankAuthInterceptor` of nestjs-bank-auth; never sent. */
        bankAuth?: BankAuthRequestOptions;
    }
}

/** Authorises the calls of an axios instance at one bank. */
declare class BankAuthInterceptor {
    #private;
    readonly provider: string;
    /**
     * Installs the interceptor on an axios instance.
     * @param options `merchant`: the merchant whose credentials its calls use, unless a request names another
     * @returns a function that removes the interceptor
     * @throws BankAuthConfigError if there can be no such merchant, an option or the instance's default `bankAuth` is
     *   misspelt, or the instance already has a bank's interceptor
     */
    attach(instance: AxiosInstance | HttpService['axiosRef'], options?: BankAuthAttachOptions): () => void;
    [inspect.custom](): string;
}

/** The parts of an `AccessToken`. */
interface AccessTokenParts {
    readonly provider: string;
    readonly value: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly scopes: readonly string[];
    /** Milliseconds since the Unix epoch. */
    readonly issuedAt: number;
    /** Milliseconds since the Unix epoch. */
    readonly expiresAt: number;
    /** The agent with the client certificate, where the bank requires one with each call. */
    readonly httpsAgent?: Agent | undefined;
    /** The secrets of the token's credentials that a bank may repeat in an error. */
    readonly secrets?: IssuingSecrets | undefined;
}
interface IssuingSecrets {
    readonly clientSecret: string;
    readonly apiKey?: string | undefined;
}
/**
 * A token as a bank issued it. Printing it in any way (`String()`, `JSON.stringify`, `util.inspect`) never shows its
 * value.
 */
declare class AccessToken {
    #private;
    /** The name of the provider it belongs to. */
    readonly provider: string;
    /** The scopes that the bank granted, or the requested ones where it does not say (RFC 6749 §5.1). */
    readonly scopes: readonly string[];
    /** When it was asked for, in whole milliseconds since the Unix epoch. */
    readonly issuedAt: number;
    /** When it expires by the shortest of the bank's statements, in whole milliseconds since the Unix epoch. */
    readonly expiresAt: number;
    constructor(parts: AccessTokenParts);
    /** The raw token. A secret. */
    get value(): string;
    /** All headers of an authorised call to this bank: `Authorization`, and `apikey` where it requires one. Secrets. */
    get headers(): Readonly<Record<string, string>>;
    toString(): string;
    toJSON(): {
        provider: string;
        scopes: readonly string[];
        issuedAt: number;
        expiresAt: number;
    };
    [inspect.custom](): string;
}

type TokenState = 'absent' | 'fresh' | 'stale' | 'expired' | 'cooling-down' | 'refused';

/** The status of a token service. Never the token. */
interface TokenStatus {
    readonly provider: string;
    /** As `merchantLabel` names it; `default` for the provider's own credentials. */
    readonly merchant: string;
    readonly state: TokenState;
    /**
     * The beginning of this state, in milliseconds since the Unix epoch, as are the other instants; of `cooling-down` and
     * `refused`, the first of the failures or refusals in a row. Left out before the first token, and after the
     * application dropped it.
     */
    readonly since?: number;
    /** When the token was asked for. */
    readonly issuedAt?: number;
    readonly expiresAt?: number;
    /** When the renewal of the token ahead of its expiry begins. */
    readonly refreshAt?: number;
    /** Token requests that have failed in a row; a request and its retries count as one. */
    readonly failures: number;
    /** No token request is sent before this instant; in the state `refused`, no refused token is replaced before it. */
    readonly retryAt?: number;
    /** The code of the last failure; left out as soon as a token has arrived. */
    readonly lastErrorCode?: BankAuthErrorCode;
    readonly lastErrorAt?: number;
    /** The HTTP status of the token endpoint, where it answered. */
    readonly lastStatus?: number;
    /** Whether processes share tokens now, or the token store is in trouble; left out without a store. */
    readonly store?: 'shared' | 'alone';
}

/**
 * The tokens of one provider, or of one merchant of it. A handle: the state of a merchant is kept elsewhere, so that
 * any number of handles may be made and held. Each subscriber is called in the `AsyncLocalStorage` context in which it
 * subscribed; token requests run in the context of no caller.
 */
declare class TokenService {
    #private;
    readonly provider: string;
    /** The merchant's key; `default` for the provider's own credentials. */
    get merchant(): string;
    /**
     * The current token (obtained if there is none), then each renewal. While subscribed, renews ahead of expiry. A
     * failed renewal is not an error here, it is tried again after its cool-down; completes at shutdown.
     */
    get token$(): Observable<AccessToken>;
    /**
     * One usable token, then completes. Cold: each subscription asks again.
     * Errors with `CredentialsRejectedError`, `TokenEndpointUnavailableError`, `InvalidTokenResponseError`,
     * `TokenQueueFullError` or `BankAuthConfigError`.
     */
    getToken(): Observable<AccessToken>;
    /**
     * The raw token, for `await`. Rejects as `getToken` errors.
     * @param options `signal` and `timeout` (milliseconds) end this caller's wait only; the flight goes on
     */
    getAccessToken(options?: {
        readonly signal?: AbortSignal;
        readonly timeout?: number;
    }): Promise<string>;
    /** Drops `rejected` if it is still the current token; a newer one stays. */
    invalidate(rejected: AccessToken | string): void;
    /**
     * Renews now, joining a renewal in flight. Errors as `getToken` does, also where the bank's `Retry-After` has not
     * passed or the last failure is less than a second old.
     */
    refresh(): Observable<AccessToken>;
    /**
     * The tokens of another merchant. The key is looked up when a token is needed; an unknown one never falls back to
     * the provider's own credentials.
     * @throws BankAuthConfigError if the key is no string, empty or too long, or the provider has no other credentials
     */
    forMerchant(key: string): TokenService;
    /** How things stand, without asking the bank. Never the token. */
    get status(): TokenStatus;
    [inspect.custom](): string;
}

type BankFetchInput = string | URL | Request;
type BankFetchInit = RequestInit & {
    bankAuth?: BankAuthRequestOptions;
};

/** An authorised `fetch` at one bank, with the guard of origins, the replay and the redaction of its `HttpService`. */
interface BankFetch {
    /**
     * @param input the URL or request; a relative URL is appended to the API base URL of the bank
     * @returns the bank's answer, redirects and failures included
     * @throws BankAuthError if nothing was sent; TypeError, whose `cause` has a code and a message, if the call failed; the
     *   reason of the signal, if the caller aborted
     */
    (input: BankFetchInput, init?: BankFetchInit): Promise<Response>;
    readonly provider: string;
    /**
     * The same with the credentials of another merchant, unless a request says otherwise.
     * @throws BankAuthConfigError if there can be no merchant of this key
     */
    forMerchant(key: string): BankFetch;
}

/** A class that makes the options, for `useClass` and `useExisting`. */
interface BankAuthOptionsFactory<N extends string = string> {
    createBankAuthOptions(): BankAuthOptions<N> | Promise<BankAuthOptions<N>>;
}
interface AsyncOptionsBase<N extends string> extends Pick<ModuleMetadata, 'imports'> {
    /** The providers' names. Static, because injection tokens are. */
    providers: readonly N[];
    /** Providers that the factory needs. */
    extraProviders?: Provider[];
    /** Whether other modules need not import this one. Default false. */
    isGlobal?: boolean;
}
interface ByFactory<N extends string, R> extends AsyncOptionsBase<N> {
    useFactory: (...args: any[]) => R | Promise<R>;
    inject?: readonly any[];
    useClass?: never;
    useExisting?: never;
}
/** `BankAuthOptionsFactory` by its result, whose names are compared with the list, as are those of `useFactory`. */
type FactoryOf<R> = Type<{
    createBankAuthOptions(): R | Promise<R>;
}>;
interface ByClass<N extends string, R> extends AsyncOptionsBase<N> {
    useClass: FactoryOf<R>;
    useFactory?: never;
    inject?: never;
    useExisting?: never;
}
interface ByExisting<N extends string, R> extends AsyncOptionsBase<N> {
    useExisting: FactoryOf<R> | symbol | string;
    useFactory?: never;
    inject?: never;
    useClass?: never;
}
/** Options of `BankAuthModule.forRootAsync`: the names, and exactly one way to the configuration. */
type BankAuthAsyncOptions<N extends string = string, R = BankAuthOptions<N>> = ByFactory<N, R> | ByClass<N, R> | ByExisting<N, R>;
type KeysOfUnion<T> = T extends unknown ? keyof T : never;
/** Whether a type is `any`, which cannot be checked: `(config) => config.get('banks')`, the result of `JSON.parse`. */
type IsAny<X> = 0 extends 1 & X ? true : false;
/** Options that no provider has; TypeScript does not check the return type of a callback for excess members. */
type UnknownOptions<P> = {
    [K in keyof P]-?: IsAny<P[K]> extends true ? never : Exclude<KeysOfUnion<Exclude<P[K], undefined>>, KeysOfUnion<ProviderOptions>>;
}[keyof P];
/** A type that makes "providers" impossible to satisfy if the factory's result does not match the list. */
type Surplus<N extends string, R extends {
    providers: object;
}> = IsAny<R> extends true ? unknown : [R] extends [never] ? unknown : [Exclude<keyof R, keyof BankAuthOptions>] extends [never] ? SurplusProviders<N, R['providers']> : {
    'unknown options': Exclude<keyof R, keyof BankAuthOptions>;
};
type SurplusProviders<N extends string, P> = IsAny<P> extends true ? unknown : string extends keyof P ? unknown : [Exclude<keyof P, N>] extends [never] ? [UnknownOptions<P>] extends [never] ? unknown : {
    'unknown options': UnknownOptions<P>;
} : {
    'configured but not listed': Exclude<keyof P, N>;
};

/**
 * Keeps a service authorised at its banks: for each provider an injectable `TokenService`, `HttpService`, `BankFetch` and
 * `BankAuthInterceptor`.
 */
declare class BankAuthModule {
    /**
     * Registers the providers with a given configuration.
     * At start-up, throws `BankAuthConfigError` listing every problem.
     */
    static forRoot<const N extends string>(options: BankAuthOptions<N> & {
        /** Whether other modules need not import this one. Default false. */
        isGlobal?: boolean;
    }): DynamicModule;
    /**
     * Registers the providers with a configuration that a factory makes from injected values.
     * @throws BankAuthConfigError if the names or the way to the configuration are missing; the configuration itself is
     *   validated at start-up
     */
    static forRootAsync<const N extends string, R extends BankAuthOptions<NoInfer<N>> = BankAuthOptions<N>>(options: BankAuthAsyncOptions<N, R> & {
        providers: Surplus<NoInfer<N>, R>;
    }): DynamicModule;
}

/**
 * The names of an application's providers, for the compiler. If it is empty, any string is a name; once an application
 * adds members, only their keys are names, so that a misspelt name does not compile:
 *
 * ```ts
 * declare module 'nestjs-bank-auth' {
 *   interface BankAuthRegistry {
 *     'bog-payments': true;
 *   }
 * }
 * ```
 */
interface BankAuthRegistry {
}
/**
 * A provider's name: a key of `BankAuthRegistry` if it has any, otherwise any string. The template makes the compiler
 * list the names in its errors.
 */
type BankAuthProviderName = [keyof BankAuthRegistry] extends [never] ? BankId | (string & {}) : `${keyof BankAuthRegistry & string}`;

/** The variables of an application, as `ConfigModule` has collected them. */
type Variables = Record<string, unknown>;
interface Issue {
    readonly message: string;
    /** The variable, if the problem concerns one. */
    readonly path?: readonly string[];
}
/** A Standard Schema, version 1 (https://standardschema.dev). */
interface BankAuthEnvSchema {
    readonly '~standard': {
        readonly version: 1;
        readonly vendor: 'nestjs-bank-auth';
        readonly validate: (variables: unknown) => {
            readonly value: Variables;
            readonly issues?: undefined;
        } | {
            readonly issues: readonly Issue[];
        };
        readonly types?: {
            readonly input: Variables;
            readonly output: Variables;
        } | undefined;
    };
    /** The method that `@nestjs/config` 4 calls. */
    validate(variables: Variables): {
        readonly value: Variables;
        readonly error?: Error;
    };
}
/**
 * A schema of the variables that `bankAuthFromEnv` with the same arguments reads, for
 * `ConfigModule.forRoot({ validationSchema })`: it reports the same problems as the start of the module, with the same
 * messages. It passes all variables on unchanged, also variables that this module does not read.
 * @param providers names, or definitions of your own, whose ids are then the names
 */
declare function bankAuthEnvSchema(...providers: (BankAuthProviderName | BankDefinition<BankAuthProviderName>)[]): BankAuthEnvSchema;

type NameOf<P> = P extends BankDefinition<infer Id> ? Id : Extract<P, string>;
/** The result of `bankAuthFromEnv`: ready for `forRootAsync`, also spread into further options. */
interface BankAuthEnvironmentOptions<N extends string> {
    providers: N[];
    inject: [{
        token: typeof ConfigService;
        optional: true;
    }];
    useFactory: (config?: ConfigService) => BankAuthOptions<N>;
}
/**
 * Options for `BankAuthModule.forRootAsync` that read everything from environment variables, through
 * `@nestjs/config`: `BANK_AUTH_ENVIRONMENT`, and for each provider its name in upper snake case with `_CLIENT_ID`,
 * `_CLIENT_SECRET`, `_API_KEY`, `_SCOPES`, `_API_BASE_URL`, `_TOKEN_URL`, `_ENVIRONMENT`, `_ENABLED`, `_BANK`,
 * `_PRIVATE_KEY`, `_KEY_ID`, `_TLS_CERTIFICATE`, `_TLS_KEY`, `_TLS_CA`, `_ASSERTION_FILE`, `_VALUE_<NAME>`. Each may be
 * given as `…_FILE`, the path of a file with the value; credentials in files are read again at each renewal.
 * @param providers names, or definitions of your own, whose ids are then the names
 */
declare function bankAuthFromEnv<const P extends readonly (BankAuthProviderName | BankDefinition<BankAuthProviderName>)[]>(...providers: P): BankAuthEnvironmentOptions<NameOf<P[number]>>;

/** The state of one provider. Plain data, without tokens. */
interface ProviderSnapshot {
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
interface ProviderExpiry {
    readonly merchant: string;
    readonly what: 'certificate' | 'secret';
    readonly notAfter: number;
}
/** The state at each bank, for dashboards and health checks. It calls no bank, no store and no credentials source. */
declare class BankAuthState {
    #private;
    /** All providers, disabled ones included, in the order of their declaration. */
    providers(): readonly ProviderSnapshot[];
    /**
     * Merchants of a provider besides its own credentials: first merchants without a usable token, then merchants whose
     * tokens are refused or cannot be renewed; last, keys that no merchant has.
     * @param limit the most merchants to return; default 100
     * @throws BankAuthConfigError if there is no such provider
     */
    merchants(provider: string, limit?: number): readonly TokenStatus[];
}

/** The injection token of a provider's `TokenService`. */
declare function getTokenServiceToken(provider: BankAuthProviderName): symbol;
/** The injection token of a provider's `HttpService`. */
declare function getBankHttpToken(provider: BankAuthProviderName): symbol;
/** The injection token of a provider's `BankFetch`. */
declare function getBankFetchToken(provider: BankAuthProviderName): symbol;
/** The injection token of a provider's `BankAuthInterceptor`. */
declare function getBankInterceptorToken(provider: BankAuthProviderName): symbol;
/** Injects the `TokenService` of a provider. */
declare function InjectTokenService(provider: BankAuthProviderName): ParameterDecorator & PropertyDecorator;
/** Injects the `HttpService` of a provider, authorised and with its base URL. */
declare function InjectBankHttp(provider: BankAuthProviderName): ParameterDecorator & PropertyDecorator;
/** Injects the `BankFetch` of a provider: an authorised `fetch` at its base URL, for clients that require a `fetch`. */
declare function InjectBankFetch(provider: BankAuthProviderName): ParameterDecorator & PropertyDecorator;
/** Injects the `BankAuthInterceptor` of a provider, to attach it to an axios instance of your own. */
declare function InjectBankInterceptor(provider: BankAuthProviderName): ParameterDecorator & PropertyDecorator;

export { AccessToken, BankAuthConfigError, BankAuthError, BankAuthEvents, BankAuthExceptionFilter, BankAuthInterceptor, BankAuthModule, BankAuthState, CredentialsRejectedError, InjectBankFetch, InjectBankHttp, InjectBankInterceptor, InjectTokenService, InvalidTokenResponseError, MemoryTokenStore, TokenEndpointUnavailableError, TokenQueueFullError, TokenService, UntrustedOriginError, bankAuthEnvSchema, bankAuthFromEnv, bankCallOf, bogBusiness, bogInstallments, bogIpay, bogPayments, defineBank, getBankFetchToken, getBankHttpToken, getBankInterceptorToken, getTokenServiceToken, isBankAuthError, isSafeToRepeat, partner, reportBankCall, tbcBusiness, tbcCheckout, tbcInstallments, tbcTpay, unipay };
export type { AssertionAlgorithm, AssertionShape, AssertionSigner, BankAuthAsyncOptions, BankAuthCallMessage, BankAuthEnvSchema, BankAuthEnvironmentOptions, BankAuthErrorCode, BankAuthErrorDetails, BankAuthEvent, BankAuthEventType, BankAuthExceptionFilterOptions, BankAuthFlightMessage, BankAuthOptions, BankAuthOptionsFactory, BankAuthProviderName, BankAuthRegistry, BankAuthRequestOptions, BankAuthWaitMessage, BankCallCode, BankCallDelivery, BankCallReport, BankContext, BankCredentials, BankDefinition, BankEnvironment, BankFetch, BankHttpConnections, BankHttpControl, BankHttpEngine, BankHttpExchange, BankHttpRequest, BankId, BankOptionsShape, BankProblem, BankProblemStatus, ClientAuthentication, CooldownOptions, Credentials, CredentialsResolver, DoubledBankCall, ExpiresAtForm, ExpiresInUnit, LeaseAnswer, MemberPath, MerchantsOptions, ProviderExpiry, ProviderHttpOptions, ProviderOptions, ProviderSnapshot, RefreshOptions, ResourceAnswer, RetryOptions, SecretAlgorithm, StoredFailure, StoredToken, TokenChange, TokenEndpointAnswer, TokenLease, TokenRequestShape, TokenRequestsOptions, TokenResponseShape, TokenState, TokenStatus, TokenStore, UrlPerEnvironment };
