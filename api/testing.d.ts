import { FactoryProvider } from '@nestjs/common';
import { BankAuthProviderName, BankFetch, TokenService, AccessToken, BankDefinition, BankAuthOptions, TokenStore } from '../index.js';
import { HttpService } from '@nestjs/axios';

/** Facts about the bank that its fake cannot know. */
interface FakeBankOptions {
    /** The header by which the bank recognises a repeated request; `false` if it has none. Default `Idempotency-Key`. */
    readonly idempotencyHeader?: string | false;
}

/** A call as the code under test made it. */
interface FakeBankRequest {
    /** In upper case. */
    readonly method: string;
    /** As it was given, without the base URL. */
    readonly url: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly headers: Readonly<Record<string, string>>;
    /** Parsed, if it is JSON. */
    readonly body: unknown;
    /** The merchant whose credentials the call asked for; undefined for the default merchant. */
    readonly merchant?: string;
}
/** An answer of the fake bank. Default status 200. */
interface FakeBankResponse {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
}
/** An `HttpService` without a network, which remembers its calls. */
interface FakeBankHttp extends HttpService {
    readonly requests: readonly FakeBankRequest[];
}
/**
 * Provides a fake in place of a bank's `HttpService`, over a real axios: statuses outside 2xx are `AxiosError`s.
 * `bankCallOf` and `isSafeToRepeat` recognise its responses and errors.
 * @param answer decides each call; an error that it throws is a network error, of which only a code such as
 *   `ECONNREFUSED` shows that nothing was sent; a `BankAuthError` is thrown as it is. Default: 200 with an empty object
 */
declare function provideFakeBankHttp(provider: BankAuthProviderName, answer?: (request: FakeBankRequest) => FakeBankResponse | Promise<FakeBankResponse>, options?: FakeBankOptions): FactoryProvider;

/** A `fetch` without a network, which remembers its calls: those of all merchants in one list. */
interface FakeBankFetch extends BankFetch {
    readonly requests: readonly FakeBankRequest[];
    forMerchant(key: string): FakeBankFetch;
}
type Answer = (request: FakeBankRequest) => FakeBankResponse | Response | Promise<FakeBankResponse | Response>;
/**
 * Provides a fake in place of a bank's `fetch`. Any status is a `Response`. `bankCallOf` and `isSafeToRepeat` recognise
 * its responses and errors.
 * @param answer decides each call; an error that it throws is a network failure, but a `BankAuthError` is thrown as it
 *   is. Default: 200 with an empty object
 */
declare function provideFakeBankFetch(provider: BankAuthProviderName, answer?: Answer, options?: FakeBankOptions): FactoryProvider;

/** The settings of a fake; everything has a default. */
interface FakeTokenOptions {
    /** The raw token. Default `fake-token-of-<provider>`, and of a merchant `fake-token-of-<provider>-<key>`. */
    readonly value?: string;
    /** All headers of an authorised call. Default: a bearer header. */
    readonly headers?: Readonly<Record<string, string>>;
    readonly scopes?: readonly string[];
    /** Milliseconds. Default one hour. */
    readonly lifetime?: number;
    /** Rejects every request for a token, in place of a token. */
    readonly error?: Error;
    /** The merchants there are, by their keys; any other is an error. Default: any key. */
    readonly merchants?: Readonly<Record<string, string | FakeTokenOptions>>;
}
/** A `TokenService` without a bank: for unit tests of whatever injects one. */
interface FakeTokenService extends Pick<TokenService, 'provider' | 'merchant' | 'token$' | 'getToken' | 'getAccessToken' | 'invalidate' | 'refresh' | 'status'> {
    /** The invalidated tokens, in order. */
    readonly invalidated: readonly string[];
    /** From now on this is the token; `token$` emits it. */
    renew(next?: string | FakeTokenOptions): AccessToken;
    /**
     * The fake of a merchant, always the same for a key.
     * @throws BankAuthConfigError if there can be no merchant of this key
     */
    forMerchant(key: string): FakeTokenService;
}
/**
 * Provides a fake in place of a provider's `TokenService`: `providers: [provideFakeTokenService('bog-payments')]`.
 * No request is sent.
 * @param token the raw token, or more about it
 */
declare function provideFakeTokenService(provider: BankAuthProviderName, token?: string | FakeTokenOptions): FactoryProvider;

/** The banks that can be simulated, by the id of their definition. */
type SimulatedBankId = 'bog-payments' | 'tbc-business' | 'tbc-installments' | 'tbc-tpay' | 'partner' | 'tbc-checkout' | 'bog-business' | 'bog-installments' | 'bog-ipay' | 'unipay';
/** A choice of `BankSimulator.start`: an id, a definition of your own, or settings for either. */
type SimulatedBankChoice = SimulatedBankId | BankDefinition | SimulatedBankSettings;
/** How a bank is started. */
interface SimulatedBankSettings<Id extends string = string> {
    /** A built-in one by its id, or a definition made by `defineBank()`. */
    bank: SimulatedBankId | BankDefinition<Id>;
    /** Default 0: a free port. */
    port?: number;
    /** The address to listen on. Default `127.0.0.1`; on any other, all clients that reach it may use the bank. */
    host?: string;
    /** The credentials of the bank's own client; random where they are left out. */
    credentials?: Partial<SimulatedCredentials>;
    /** The bank's answers; only for a definition of your own. */
    answers?: SimulatedAnswers;
    /**
     * Only for `bog-payments`: signed callbacks to the `callback_url` of each order. `true` is all defaults; without it, none
     * is sent.
     */
    webhooks?: boolean | SimulatedWebhooks;
    /** Serves HTTPS with this key and certificate, both PEM. */
    tls?: {
        readonly key: string;
        readonly cert: string;
    };
    /** Called once a request is over, answered or not. Its argument may hold credentials that the client sent. */
    onRequest?: (request: RecordedRequest) => void;
}
/** When and where a bank sends callbacks. Durations in milliseconds. */
interface SimulatedWebhooks {
    /** From an order to its end state; an order whose receipt is read to the end ends sooner. Default 1000. */
    after?: number;
    /** The pauses before the repetitions of a callback that was not answered 200. Default 1000, 5000, 15000. */
    repeatAfter?: readonly number[];
    /** Hosts for which a `callback_url` may be `http:`; `https:` may be anywhere. Default `'loopback'`. */
    http?: 'loopback' | 'anywhere';
}
/** One attempt to send a callback. */
interface SentCallback {
    readonly url: string;
    /** The body as sent and signed. */
    readonly body: string;
    /** The header `Callback-Signature`. */
    readonly signature: string;
    /** From 1 on. */
    readonly attempt: number;
    /** The status answered; 0 without an answer. */
    readonly status: number;
}
/** A bank's answers, for a definition that only says how to read them. */
interface SimulatedAnswers {
    /** Members of a token response besides those that the definition names; they may stand in the same objects. */
    token?: Record<string, unknown>;
    /**
     * The answer to a resource call whose token is missing, wrong, expired or revoked. Default: as in RFC 6750, with 401
     * or the status of `rejectsTokenOn`.
     */
    tokenRefused?: SimulatedAnswer;
    /** The answer to a token request with wrong credentials. Default: 401 as in RFC 6749. */
    credentialsRejected?: SimulatedAnswer;
}
/** An answer as it is sent; an object as JSON. */
interface SimulatedAnswer {
    status: number;
    body?: string | object;
    headers?: Record<string, string>;
}
/** Credentials that a simulated bank accepts at its token endpoint; random unless chosen. */
interface SimulatedCredentials {
    clientId: string;
    clientSecret: string;
    /** Only where the bank wants an `apikey` header. */
    apiKey?: string;
    /** Only where the bank requires signed assertions: PEM. The bank knows the public key; there is no secret then. */
    privateKey?: string;
    /** Only where the bank's definition asks for values (`options.values`). */
    values?: Record<string, string>;
}
/** Options of a provider that points at a simulated bank. */
interface SimulatedProviderOptions extends SimulatedCredentials {
    /** Only for a bank of your own. */
    bank?: BankDefinition;
    /** Only where the bank requires the client to choose. */
    scopes?: string[];
    tokenUrl: string;
    apiBaseUrl: string;
}
/** One request as it arrived. May hold credentials that the client sent: for assertions only. */
interface RecordedRequest {
    kind: 'token' | 'api';
    method: string;
    /** The request target as sent: the path, with the query if there was one. */
    path: string;
    /** Names in lower case; values of a repeated header joined by a comma. */
    headers: Record<string, string>;
    /** Name, value, name, value …, as sent. */
    rawHeaders: string[];
    body: string;
    /** Epoch in milliseconds at arrival. */
    at: number;
    /** The status answered; 0 while open, or if the connection ended without an answer. */
    status: number;
    /**
     * The id of the client that a token request names, or whose live token a resource call bears, whatever the
     * answer. Missing where there is no such client or no live token.
     */
    clientId?: string;
}
/**
 * - `{ status, body?, headers? }` is answered as it is; an object is sent as JSON.
 * - `{ hang: true }` accepts the request and never answers.
 * - `{ reset: true }` destroys the socket.
 * - `{ bytes }` answers 200 with that many bytes of a well-formed token response, as long as the client reads.
 *   Only its size is wrong, so only a size limit refuses it.
 * - `{ redirectTo, status? }` redirects, with 302 unless it says otherwise.
 * - `'rejected'` is the bank's own error for wrong credentials; on a resource call, for a wrong token.
 * - `'unavailable'` is the bank's own 503.
 */
type TokenFault = {
    status: number;
    body?: string | object;
    headers?: Record<string, string>;
} | {
    hang: true;
} | {
    reset: true;
} | {
    bytes: number;
} | {
    redirectTo: string;
    status?: 301 | 302 | 303 | 307 | 308;
} | 'rejected' | 'unavailable';
/** One bank: a real HTTP server on loopback, its controls, and its counters and records. */
interface SimulatedBank {
    readonly id: string;
    /** `http://127.0.0.1:PORT`, unless the settings name another host or `tls`. */
    readonly origin: string;
    readonly tokenUrl: string;
    readonly apiBaseUrl: string;
    /** The current credentials of the bank's own client. */
    readonly credentials: SimulatedCredentials;
    /** The current credentials of the added clients, as new copies at each reading. */
    readonly merchants: readonly SimulatedCredentials[];
    /** PEM of the key that signs the bank's callbacks, where it sends any. Each start makes another. */
    readonly callbackPublicKey?: string;
    /** The last 1000 attempts to send a callback, in the order in which they ended. */
    readonly callbacks: readonly SentCallback[];
    /** The scopes that every client may ask for, where the bank uses scopes. */
    readonly scopes?: readonly string[];
    /** Options of a provider for the bank's own client: credentials, scopes where it must choose, both URLs. */
    providerOptions(): SimulatedProviderOptions;
    /**
     * The lifetime in milliseconds of tokens issued from now on. It is stated in the bank's own unit, also in
     * the claims of a JWT, as a fraction where it is not a whole number of units, and enforced on resource calls.
     */
    setLifetime(milliseconds: number): void;
    /**
     * Members put over the body of a successful token response; `undefined` removes a member. Only the statement
     * changes, not the true lifetime. A string where the token stands becomes the token that is issued.
     */
    setTokenResponse(overrides: Record<string, unknown>): void;
    /**
     * Delays answers by this many milliseconds; a kind that is left out keeps its latency. The request takes
     * effect at arrival: a token lives from then on, and a payment is made even if the client does not wait.
     */
    setLatency(milliseconds: {
        token?: number;
        api?: number;
    }): void;
    /**
     * The next `times` token requests get this fault; without `times`, all until `recover()`. Counted faults
     * queue in the order given and come before an uncounted one, of which the last given holds.
     */
    failToken(fault: TokenFault, times?: number): void;
    /** The same for resource calls. */
    failApi(fault: TokenFault, times?: number): void;
    /** Ends the faults of one kind, counted or not; other faults and settings stay. */
    endFaults(kind: 'token' | 'api'): void;
    /**
     * Undoes all faults and settings: latency, lifetime, members of the token response, refused and revoked tokens, and
     * rotations, after which only the first credentials of each client are valid again. Recorded requests, payments and
     * merchants stay. A request under way ends as it would have.
     */
    recover(): void;
    /** The same as `reset()` of the simulator, for this bank. */
    reset(): void;
    /** Revokes one token, or every token issued so far, of all clients. */
    revoke(token?: string): void;
    /** Every resource call answers 401 as the bank does, whatever the token. */
    refuseAllTokens(refuse?: boolean): void;
    /**
     * New credentials: all of them for the bank's own client; a client named by `clientId` keeps its id.
     * Token requests with the old ones are refused from now on, or after `overlap` milliseconds in which both
     * are accepted. The next rotation of that client ends an overlap, so `Infinity` lasts until then. Tokens
     * issued before live on, together with the `apikey` that they were issued for.
     */
    rotateCredentials(options?: {
        clientId?: string;
        overlap?: number;
    }): SimulatedCredentials;
    /**
     * Another client of this bank, besides its own, with credentials, tokens and resources to itself. Members left out
     * are random; an `apiKey` is made only where the bank requires one, and clients may share it. An id that exists is an
     * error. Merchants outlive a reset.
     */
    addMerchant(credentials?: Partial<SimulatedCredentials>): SimulatedCredentials;
    /** Ends a client that was added: its credentials and tokens are refused, its resources forgotten. */
    removeMerchant(clientId: string): void;
    /** Requests that reached the token endpoint. */
    readonly tokenRequests: number;
    readonly tokensIssued: number;
    /** Those of `tokensIssued` that were issued to the client with this id. */
    tokensIssuedTo(clientId: string): number;
    /** Token requests answered with the bank's error for wrong credentials. */
    readonly tokenRejections: number;
    /** Requests that reached any path but the token endpoint. */
    readonly apiRequests: number;
    /** Resource calls answered 401 for a missing, unknown, expired or revoked token. */
    readonly apiRefusals: number;
    /** Resource calls whose client went away before the answer. */
    readonly apiAborts: number;
    /** The most token requests that were open at one time. */
    readonly peakTokenConcurrency: number;
    readonly lastTokenRequest: RecordedRequest | undefined;
    readonly lastApiRequest: RecordedRequest | undefined;
    /** The last 10 000 requests of both kinds, in order of arrival. */
    readonly requests: readonly RecordedRequest[];
}

/** The id under which a bank is started. */
type SimulatedIdOf<B> = B extends string ? B : B extends {
    readonly bank: infer C;
} ? SimulatedIdOf<C> : B extends {
    readonly id: infer Id extends string;
} ? Id : never;
/**
 * Banks to develop and test against: each is a real HTTP server of its own, on 127.0.0.1 unless its settings say
 * otherwise, as strict as the bank's pages or your own definition, and with faults on demand. They run until `stop()`,
 * but keep no process alive.
 */
declare class BankSimulator<Id extends string = string> {
    #private;
    /** The built-in banks, and whether they can send signed callbacks. */
    static get available(): readonly {
        readonly id: SimulatedBankId;
        readonly sendsCallbacks: boolean;
    }[];
    private constructor();
    /** Starts every built-in bank. */
    static start(): Promise<BankSimulator<SimulatedBankId>>;
    /** Starts these banks. */
    static start<const B extends readonly SimulatedBankChoice[]>(...banks: B): Promise<BankSimulator<SimulatedIdOf<B[number]>>>;
    /** One of the banks that were started. */
    bank(id: Id): SimulatedBank;
    get banks(): readonly SimulatedBank[];
    /**
     * Options for `BankAuthModule.forRoot`: one provider per bank under the bank's id, in the environment
     * `sandbox`. Without names, all banks that were started.
     */
    options<const N extends Id>(...ids: N[]): BankAuthOptions<N>;
    /** The same as environment variables for `bankAuthFromEnv`. */
    env(...ids: Id[]): Record<string, string>;
    /**
     * Every bank: sets counters to 0, faults and settings to their defaults, and forgets issued tokens and payments.
     * Credentials and merchants stay as they are.
     */
    reset(): void;
    /** Every bank: undoes its faults and changed settings; recorded requests, issued tokens and payments stay. */
    recover(): void;
    /** Keeps the process alive until `stop()`, for a program that does nothing but serve banks. */
    ref(): this;
    /** Closes all sockets at once, also those of requests that hang. */
    stop(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

interface TokenStoreContractOptions {
    /**
     * Makes a second instance over the data of the first, as another process has it. Default: the first instance itself,
     * as befits a store that stays in its process.
     */
    readonly another?: (one: TokenStore) => TokenStore | Promise<TokenStore>;
    /** Whether the store has `lease`. Default true. */
    readonly leases?: boolean;
    /** Whether the store has `changes`. Default true. */
    readonly changes?: boolean;
}
/** One promise of `TokenStore`, to be passed to any test framework. */
interface TokenStoreContractTest {
    /** A sentence whose subject is the store. */
    readonly name: string;
    /** Rejects, with an `AssertionError` as a rule, if the promise is not kept. */
    run(): Promise<void>;
}
/**
 * Tests of all promises of `TokenStore`, for an implementation of it:
 *
 *     for (const { name, run } of tokenStoreContract(() => new MyStore())) test(name, run);
 *
 * Each test makes stores of its own and closes them, and uses keys of its own, so that nothing needs to be
 * emptied. Times are real; all tests together take some seconds.
 */
declare function tokenStoreContract(create: () => TokenStore | Promise<TokenStore>, { another, leases, changes }?: TokenStoreContractOptions): readonly TokenStoreContractTest[];

export { BankSimulator, provideFakeBankFetch, provideFakeBankHttp, provideFakeTokenService, tokenStoreContract };
export type { FakeBankFetch, FakeBankHttp, FakeBankOptions, FakeBankRequest, FakeBankResponse, FakeTokenOptions, FakeTokenService, RecordedRequest, SentCallback, SimulatedAnswers, SimulatedBank, SimulatedBankChoice, SimulatedBankId, SimulatedBankSettings, SimulatedCredentials, SimulatedProviderOptions, SimulatedWebhooks, TokenFault, TokenStoreContractOptions, TokenStoreContractTest };
