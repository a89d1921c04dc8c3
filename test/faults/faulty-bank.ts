import { createHash } from 'node:crypto';
import { type LookupAddress, type LookupOptions, lookup as resolverLookup } from 'node:dns';
import { Agent } from 'node:https';
import type { TlsOptions } from 'node:tls';
import { type Certificates, certificates, TLS_HOST } from '../support/certificates.js';
import { PlantedSecrets } from '../support/planted-secrets.js';
import { httpAnswer, type RawRequest, RawServer } from '../support/raw-server.js';

type LookupCallback = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** What an ordinary answer says beside the token. */
const GRANT = { token_type: 'Bearer', expires_in: 3600 } as const;

/**
 * A bank on real sockets of 127.0.0.1: a token endpoint, an API, and a host elsewhere that must never be called. All
 * that is secret about it is planted, so that it is recognised wherever it turns up.
 */
export class FaultyBank {
  /** The tokens it has issued, in order. */
  readonly issued: string[] = [];
  readonly secrets = new PlantedSecrets();
  readonly credentials: { readonly clientId: string; readonly clientSecret: string; readonly apiKey: string };
  /** The agent of the application's own: it trusts the test's authority, and holds the key of a client. */
  readonly agent: Agent;
  /** How often the name of the TLS host was looked up, which is once for each connection. */
  lookups = 0;
  /** Whether that name is resolved by the resolver, which does not know it. */
  unknownHost = false;

  private constructor(
    readonly name: string,
    readonly tls: 'token' | 'api' | undefined,
    readonly certificates: Certificates,
    readonly token: RawServer,
    readonly api: RawServer,
    readonly elsewhere: RawServer,
  ) {
    const { secrets } = this;
    // What the encodings of a URL, a form, JSON and Base64 each write in their own way is in it.
    const secret = `${digest(`${name} secret`)}/+=&%"é`;
    this.credentials = {
      clientId: `client-${digest(name).slice(0, 12)}`,
      clientSecret: secrets.plant('the client secret', secret),
      apiKey: secrets.plant('the API key', `key-${digest(`${name} key`)}`),
    };
    secrets.plantBasic(this.credentials.clientId, secret);
    const { ca, client } = certificates;
    secrets.plantPem('the private key of the client', client.key);
    secrets.plantPem('the certificate of the client', client.cert);
    this.agent = new Agent({
      ca,
      ...client,
      lookup: (host: string, options: LookupOptions, callback: LookupCallback) => {
        this.lookups += 1;
        if (this.unknownHost) return void resolverLookup(host, options, callback);
        if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
        else callback(null, '127.0.0.1', 4);
      },
    });
    this.#behave();
  }

  /** @param tls which of its servers speaks TLS */
  static async start(name: string, tls?: 'token' | 'api'): Promise<FaultyBank> {
    return new FaultyBank(
      name,
      tls,
      await certificates(),
      await RawServer.start(),
      await RawServer.start(),
      await RawServer.start(),
    );
  }

  get tokenUrl(): string {
    return `${this.#origin('token')}/oauth/token`;
  }

  get apiBaseUrl(): string {
    return this.#origin('api');
  }

  /** How often a token was asked for: attempts to connect, since an attempt may never become a request. */
  get tokenRequests(): number {
    return this.tls === 'token' ? this.lookups : this.token.connections;
  }

  /**
   * A new token.
   * @param make what it looks like, from a text that is unique
   */
  issue(make: (unique: string) => string = (unique) => unique): string {
    const number = this.issued.length + 1;
    const value = make(`${digest(`${this.name} token ${number}`)}-${number}_/+=`);
    this.issued.push(value);
    this.secrets.plant(`token ${number}`, value);
    return value;
  }

  /** The body of a right answer with a new token, and what is to be different. */
  grant(different: object = {}): string {
    const token = 'access_token' in different ? {} : { access_token: this.issue() };
    return JSON.stringify({ ...token, ...GRANT, ...different });
  }

  /** An answer that repeats, wherever there is room, what the request said, unless the caller may have it byte for byte. */
  answer(
    request: RawRequest,
    status: number,
    body: string | Buffer,
    headers: readonly (readonly [string, string])[] = [],
  ): Buffer {
    const isForCaller = request.path !== '/oauth/token' && status >= 200 && status < 300;
    const { authorization = 'none', apikey = 'none' } = isForCaller ? {} : request.headers;
    // A client would not read headers of any length.
    const shown = authorization.length < 4_000 ? authorization : 'too long';
    return httpAnswer(
      `${status} Thanks for ${shown}`,
      [['X-Authorization', shown], ['X-Key', apikey], ...headers],
      body,
    );
  }

  /** Ends the fault. */
  async heal(): Promise<void> {
    this.unknownHost = false;
    this.#behave();
    for (const server of [this.token, this.api]) if (!server.listening) await server.listen();
  }

  /** How the server speaks TLS that does. */
  useTls(options: TlsOptions): void {
    const server = this.tls === 'token' ? this.token : this.api;
    server.useTls(options);
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    await Promise.all([this.token.stop(), this.api.stop(), this.elsewhere.stop()]);
  }

  #behave(): void {
    if (this.tls !== undefined) this.useTls(this.certificates.good);
    for (const server of [this.token, this.api]) server.onConnection = () => false;
    this.token.onRequest = ({ request, socket }) =>
      void socket.write(this.answer(request, 200, this.grant()));
    this.api.onRequest = ({ request, socket }) =>
      void socket.write(this.answer(request, 200, JSON.stringify({ path: request.path })));
  }

  #origin(which: 'token' | 'api'): string {
    const { port } = this[which];
    return this.tls === which ? `https://${TLS_HOST}:${port}` : `http://127.0.0.1:${port}`;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 48);
}
