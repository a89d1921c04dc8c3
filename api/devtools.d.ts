import { Type, CanActivate, ModuleMetadata, NestModule, BeforeApplicationShutdown, DynamicModule } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { BankDefinition, BankAuthOptions, BankAuthEvents, BankAuthState } from '../index.js';
import { ServerResponse } from 'node:http';

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

interface BankAuthDevtoolsOptions {
    /** The path of the page, below the application's global prefix. Default `'bank-auth'`. */
    readonly path?: string;
    /**
     * Guards each route of the page. Without a guard, there is no route where `NODE_ENV` or an enabled provider is in
     * `production`, and the page answers to `localhost`, to addresses and to names without a dot only.
     */
    readonly guard?: Type<CanActivate>;
    /** Simulated banks, which then have buttons on the page to make them fail. */
    readonly simulator?: BankSimulator;
    /** Modules that provide the guard's dependencies, unless they are global. */
    readonly imports?: ModuleMetadata['imports'];
}
/** The given options, with a path that begins and ends without a slash. */
interface DevtoolsSettings extends Omit<BankAuthDevtoolsOptions, 'imports'> {
    readonly path: string;
}

/** The content of an application's page, from its beginning to its end. Nothing is watched before `begin`. */
declare class LivePage {
    #private;
    private readonly simulated;
    /** @param simulated the ids of the banks with buttons */
    constructor(simulated: readonly string[]);
    begin(events: BankAuthEvents, state: BankAuthState): void;
    /** All kept entries and the state, as JSON. */
    get whole(): string;
    /** Whether one more page may open. */
    get isOpen(): boolean;
    /**
     * Sends all entries from now on, and before them the kept entries after the given one.
     * @param response whose headers were written
     * @param id of that entry, as it was sent with it
     */
    show(response: ServerResponse, id: string | undefined): void;
    close(): void;
}

/** Holds the application's page for the controller: a decorator of instances may wrap this, but not the page in it. */
interface PageHolder {
    readonly page: LivePage;
}

interface Registration {
    readonly settings: DevtoolsSettings;
    readonly controller: Type;
}
/**
 * A page on the tokens and calls of `BankAuthModule`, now and in the past. Import it once, in the root module, by
 * `forRoot`. Without a guard, it has no route where `NODE_ENV` or an enabled provider is in `production`.
 */
declare class BankAuthDevtoolsModule implements NestModule, BeforeApplicationShutdown {
    private readonly ref;
    private readonly registration;
    private readonly holder;
    constructor(ref: ModuleRef, registration: Registration | undefined, holder: PageHolder | undefined);
    /** @throws BankAuthConfigError if an option is unknown or wrong */
    static forRoot(options?: BankAuthDevtoolsOptions): DynamicModule;
    /** Nest calls it with all instances made, but no routes yet: the last moment to remove a route. */
    configure(): void;
    /** Closes the page before the server, which waits for open connections. */
    beforeApplicationShutdown(): void;
    private shutOut;
    private say;
    /** The path as a browser requests it. */
    private pathOf;
    /** The injectable container may be wrapped by a decorator of instances that no `Map` works in. */
    private get modules();
    private get insight();
    private find;
}

export { BankAuthDevtoolsModule };
export type { BankAuthDevtoolsOptions };
