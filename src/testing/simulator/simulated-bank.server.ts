import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BankClient } from './bank-client.js';
import { type BankListener, listen, originOf } from './bank-listener.js';
import type { BankProfile, ResourceRoute } from './bank-profile.types.js';
import { CallbackSender } from './callback.sender.js';
import { ClientRegister } from './client-register.js';
import { type Exchange, ExchangeResponder } from './exchange.responder.js';
import { FaultPlan } from './fault-plan.js';
import { readBody, splitTarget } from './http-call.reader.js';
import type { HttpCall, HttpReply } from './http-call.types.js';
import { writeReply } from './http-reply.writer.js';
import { answerResourceCall, tokenOf } from './resource.handler.js';
import type {
  RecordedRequest,
  SentCallback,
  SimulatedBank,
  SimulatedBankSettings,
  SimulatedCredentials,
  SimulatedProviderOptions,
  TokenFault,
} from './simulated-bank.types.js';
import { makeCredentials } from './simulated-credentials.js';
import { answerTokenRequest } from './token-endpoint.handler.js';
import { TokenIssuer } from './token-issuer.js';
import { namedClient } from './token-request.reader.js';
import { TrafficLog } from './traffic-log.js';

/** The HTTP server of one bank. */
export class SimulatedBankServer implements SimulatedBank {
  readonly id: string;
  readonly origin: string;
  readonly tokenUrl: string;
  readonly apiBaseUrl: string;
  readonly scopes?: readonly string[];

  readonly #profile: BankProfile;
  readonly #server: BankListener;
  readonly #issuer = new TokenIssuer();
  readonly #clients = new ClientRegister();
  /** The bank's own client; the others are merchants. */
  readonly #own: BankClient;
  readonly #tokenFaults = new FaultPlan();
  readonly #apiFaults = new FaultPlan();
  readonly #responder: ExchangeResponder;
  readonly #callbacks: CallbackSender | undefined;
  readonly #onRequest: SimulatedBankSettings['onRequest'];
  #log = new TrafficLog();
  #routes: readonly ResourceRoute[] = [];
  #lifetime = 0;
  #overrides: Record<string, unknown> = {};
  #refuseAll = false;
  #stopped: Promise<void> | undefined;

  private constructor(
    profile: BankProfile,
    server: BankListener,
    credentials: SimulatedCredentials,
    {
      callbacks,
      onRequest,
    }: { callbacks: CallbackSender | undefined } & Pick<SimulatedBankSettings, 'onRequest'>,
  ) {
    this.#profile = profile;
    this.#responder = new ExchangeResponder(profile.errors);
    this.#server = server;
    this.id = profile.id;
    this.origin = originOf(server);
    this.tokenUrl = `${this.origin}${profile.tokenPath}`;
    this.apiBaseUrl = `${this.origin}${profile.apiBasePath}`;
    if (profile.scopes.length > 0) this.scopes = profile.scopes;
    this.#own = this.#clients.add(credentials);
    this.#callbacks = callbacks;
    this.#onRequest = onRequest;
    this.reset();
    server.on('request', (request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        writeReply(response, { status: 500, body: `The simulator failed: ${String(error)}` });
      });
    });
  }

  static async start(
    profile: BankProfile,
    { credentials, webhooks = false, ...settings }: Omit<SimulatedBankSettings, 'bank'> = {},
  ): Promise<SimulatedBankServer> {
    // Before `listen`, since wrong settings would otherwise leave an open server.
    const own = makeCredentials(profile, credentials);
    const callbacks = webhooks ? new CallbackSender(webhooks === true ? {} : webhooks) : undefined;
    const server = await listen(profile.id, settings);
    return new SimulatedBankServer(profile, server, own, { callbacks, onRequest: settings.onRequest });
  }

  /** Keeps the process alive until `stop()`. */
  ref(): void {
    this.#server.ref();
  }

  get credentials(): SimulatedCredentials {
    return shown(this.#own.credentials);
  }

  get merchants(): readonly SimulatedCredentials[] {
    return [...this.#clients.clients]
      .filter((client) => client !== this.#own)
      .map(({ credentials }) => shown(credentials));
  }

  addMerchant(credentials: Partial<SimulatedCredentials> = {}): SimulatedCredentials {
    checkNames(credentials, ['clientId', 'clientSecret', 'apiKey', 'privateKey', 'values']);
    const client = this.#clients.add(makeCredentials(this.#profile, credentials));
    return shown(client.credentials);
  }

  removeMerchant(clientId: string): void {
    const client = this.#clientOf(clientId);
    if (client === this.#own) throw new Error("The bank's own client is no merchant: it cannot be removed.");
    this.#clients.remove(client);
    this.#issuer.forgetAllOf(client);
  }

  providerOptions(): SimulatedProviderOptions {
    const options: SimulatedProviderOptions = {
      ...this.credentials,
      tokenUrl: this.tokenUrl,
      apiBaseUrl: this.apiBaseUrl,
    };
    // Where there is but one scope to ask for, it is a constant of the bank and not the client's choice.
    const { scopeRequired, scopes, defined } = this.#profile;
    if (!defined && scopeRequired && scopes.length > 1) options.scopes = [...scopes];
    if (defined) {
      options.bank = defined.definition;
      // Without one, the definition has scopes of its own, or the bank asks for none.
      const chosen = scopeRequired && defined.definition.options?.defaultScopes === undefined;
      if (chosen) options.scopes = scopes.length > 0 ? [...scopes] : ['simulated'];
    }
    return options;
  }

  setLifetime(milliseconds: number): void {
    if (!Number.isFinite(milliseconds) || milliseconds <= 0) {
      throw new RangeError(`A lifetime is a positive number of milliseconds; got ${milliseconds}.`);
    }
    this.#lifetime = milliseconds;
  }

  setTokenResponse(overrides: Record<string, unknown>): void {
    this.#overrides = { ...overrides };
  }

  setLatency(milliseconds: { token?: number; api?: number }): void {
    checkNames(milliseconds, ['token', 'api']);
    const { token, api } = this.#responder.latency;
    this.#responder.latency = { token: milliseconds.token ?? token, api: milliseconds.api ?? api };
  }

  failToken(fault: TokenFault, times?: number): void {
    this.#tokenFaults.add(fault, times);
  }

  failApi(fault: TokenFault, times?: number): void {
    this.#apiFaults.add(fault, times);
  }

  endFaults(kind: 'token' | 'api'): void {
    (kind === 'token' ? this.#tokenFaults : this.#apiFaults).clear();
  }

  recover(): void {
    this.#calmDown();
    this.#issuer.restore();
    this.#clients.restore();
  }

  revoke(token?: string): void {
    this.#issuer.revoke(token);
  }

  refuseAllTokens(refuse = true): void {
    this.#refuseAll = refuse;
  }

  rotateCredentials(options: { clientId?: string; overlap?: number } = {}): SimulatedCredentials {
    checkNames(options, ['clientId', 'overlap']);
    const { clientId, overlap = 0 } = options;
    if (typeof overlap !== 'number' || Number.isNaN(overlap) || overlap < 0) {
      throw new RangeError(`An overlap is a number of milliseconds, at least 0; got ${overlap}.`);
    }
    const client = clientId === undefined ? this.#own : this.#clientOf(clientId);
    this.#clients.replace(
      client,
      makeCredentials(this.#profile, { clientId, values: client.credentials.values }),
      overlap,
    );
    return shown(client.credentials);
  }

  /** Back to the state at the start, but for the credentials and for requests that are open. */
  reset(): void {
    this.#log = new TrafficLog();
    this.#calmDown();
    this.#issuer.forgetAll();
    this.#callbacks?.forget();
    const { errors } = this.#profile;
    this.#routes = this.#profile.resources({
      apiBaseUrl: this.apiBaseUrl,
      errors,
      callbacks: this.#callbacks,
    });
  }

  /** Ends every connection at once. */
  stop(): Promise<void> {
    this.#stopped ??= new Promise((resolve) => {
      this.#responder.stop();
      this.#callbacks?.forget();
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    return this.#stopped;
  }

  get callbackPublicKey(): string | undefined {
    return this.#callbacks?.publicKey;
  }
  get callbacks(): readonly SentCallback[] {
    return this.#callbacks?.sent ?? [];
  }
  get tokenRequests(): number {
    return this.#log.tokenRequests;
  }
  get tokensIssued(): number {
    return this.#log.tokensIssued;
  }
  get tokenRejections(): number {
    return this.#log.tokenRejections;
  }
  get apiRequests(): number {
    return this.#log.apiRequests;
  }
  get apiRefusals(): number {
    return this.#log.apiRefusals;
  }
  get apiAborts(): number {
    return this.#log.apiAborts;
  }
  get peakTokenConcurrency(): number {
    return this.#log.peakTokenConcurrency;
  }
  get lastTokenRequest(): RecordedRequest | undefined {
    return this.#log.last('token');
  }
  get lastApiRequest(): RecordedRequest | undefined {
    return this.#log.last('api');
  }
  get requests(): readonly RecordedRequest[] {
    return this.#log.requests;
  }
  tokensIssuedTo(clientId: string): number {
    return this.#log.issuedTo(clientId);
  }

  /** Faults and settings as they are at the start. */
  #calmDown(): void {
    this.#tokenFaults.clear();
    this.#apiFaults.clear();
    this.#lifetime = this.#profile.lifetime;
    this.#overrides = {};
    this.#responder.latency = { token: 0, api: 0 };
    this.#refuseAll = false;
  }

  #clientOf(clientId: string): BankClient {
    const client = this.#clients.find(clientId);
    if (!client) throw new Error(`There is no client '${clientId}'.`);
    return client;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path, query } = splitTarget(request.url ?? '');
    const kind = path === this.#profile.tokenPath ? 'token' : 'api';
    const log = this.#log;
    const record = log.arrive(kind, request);
    const exchange: Exchange = { kind, record, response, log, cut: false };
    // Taken at arrival, so that `times` counts requests in the order in which they came.
    const fault = (kind === 'token' ? this.#tokenFaults : this.#apiFaults).next();
    response.on('close', () => {
      log.settle(record);
      const left = !response.writableFinished && !exchange.cut && !this.#stopped;
      if (kind === 'api' && left) log.apiAborts += 1;
      this.#onRequest?.(record);
    });

    if (kind === 'api') record.clientId = this.#bearer(record);
    const body = await readBody(request);
    if (body === 'gone') return;
    if (body === 'too large') {
      this.#responder.send(exchange, this.#error(kind, 413, 'The body is larger than 1 MiB'));
      return;
    }
    record.body = body.text;
    const call: HttpCall = {
      method: record.method,
      path,
      query,
      rawHeaders: record.rawHeaders,
      body: body.text,
    };
    if (kind === 'token') record.clientId = this.#named(call);
    if (fault !== undefined) this.#responder.fail(exchange, fault);
    else
      this.#responder.answer(exchange, kind === 'token' ? this.#token(call, log) : this.#resource(call, log));
  }

  /** The client whose live token a resource call bears. */
  #bearer(call: Pick<HttpCall, 'rawHeaders'>): string | undefined {
    const token = tokenOf(call, { profile: this.#profile, issuer: this.#issuer });
    return typeof token === 'object' && Date.now() < token.expiresAt ? token.clientId : undefined;
  }

  /** The client that a token request names, if it exists. */
  #named(call: HttpCall): string | undefined {
    const clientId = namedClient(call, this.#profile);
    return clientId !== undefined && this.#clients.find(clientId) ? clientId : undefined;
  }

  #error(kind: RecordedRequest['kind'], status: number, detail: string): HttpReply {
    const { errors } = this.#profile;
    return errors[kind](status, 'invalid_request', detail);
  }

  #token(call: HttpCall, log: TrafficLog): HttpReply {
    const answer = answerTokenRequest(call, {
      profile: this.#profile,
      clients: this.#clients,
      issuer: this.#issuer,
      origin: this.origin,
      lifetime: this.#lifetime,
      overrides: this.#overrides,
    });
    if (answer.outcome === 'issued') log.issued(answer.clientId);
    if (answer.outcome === 'rejected') log.tokenRejections += 1;
    return answer.reply;
  }

  #resource(call: HttpCall, log: TrafficLog): HttpReply {
    const { refused, reply } = answerResourceCall(call, {
      profile: this.#profile,
      issuer: this.#issuer,
      refuseAll: this.#refuseAll,
      routes: this.#routes,
    });
    if (refused) log.apiRefusals += 1;
    return reply;
  }
}

/** A copy. It leaves out an empty secret, which a configuration would refuse. */
function shown({ clientSecret, ...others }: Readonly<SimulatedCredentials>): SimulatedCredentials {
  return (clientSecret === '' ? others : { ...others, clientSecret }) as SimulatedCredentials;
}

/** @throws TypeError for a misspelt name, which would change nothing */
function checkNames(given: object, names: readonly string[]): void {
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new TypeError(`There is no '${unknown.join("', '")}' here: there are ${names.join(', ')}.`);
  }
}
