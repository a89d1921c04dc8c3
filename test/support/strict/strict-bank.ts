import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';

export type Json = Readonly<Record<string, unknown>>;

/** A provider's page, written out by hand: what it shows of a request and of its answers, and nothing of our definition. */
export interface StrictPage {
  readonly token: {
    readonly method: 'GET' | 'POST';
    /** With the query, which holds this and no more. */
    readonly target: string;
    /** Each must be there, once and so; another header of the provider's or of OAuth's is refused. */
    readonly headers: Readonly<Record<string, string>>;
    /** Empty, the members of a form, or those of a JSON object: these and no more. */
    readonly body: '' | { readonly form: Readonly<Record<string, string>> } | { readonly json: Json };
    readonly answer: (token: string) => { readonly status?: number; readonly body: Json };
    /** To a request in which nothing but this, the header or member with the secret, is wrong. */
    readonly wrongSecret: { readonly in: string; readonly status: number; readonly body: Json };
  };
  readonly call: {
    readonly headers: (token: string) => Readonly<Record<string, string>>;
    /** To a token that is none, or no longer one. */
    readonly deadToken: { readonly status: number; readonly body: Json };
    /** A new token ends the former. */
    readonly oneToken?: boolean;
  };
}

/** What any HTTP client sends. */
const TRANSPORT = [
  ...['host', 'connection', 'accept', 'accept-encoding', 'user-agent', 'cache-control'],
  ...['content-type', 'content-length'],
];

/** A provider that refuses all that its page does not show, and notes why. */
export class StrictBank {
  /** Why requests were refused, apart from wrong secrets and dead tokens. */
  readonly refusals: string[] = [];
  /** Tokens in the order in which they were issued. */
  readonly issued: string[] = [];
  readonly #dead = new Set<string>();
  readonly #server: Server;

  private constructor(
    private readonly page: StrictPage,
    private readonly tls?: { readonly key: string; readonly cert: string; readonly ca: string },
  ) {
    const serve: Parameters<typeof createServer>[1] = async (request, response) => {
      const { status, body } = this.#answer(request, await bodyOf(request));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    this.#server = tls
      ? createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: true }, serve)
      : createServer(serve);
  }

  /** @param tls what a provider shows that wants a certificate of its clients, from the same authority */
  static async start(page: StrictPage, tls?: StrictBank['tls']): Promise<StrictBank> {
    const bank = new StrictBank(page, tls);
    await new Promise<void>((resolve) => bank.#server.listen(0, '127.0.0.1', resolve));
    return bank;
  }

  get origin(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `${this.tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  }

  kill(token: string): void {
    this.#dead.add(token);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, body: string): { status: number; body: Json } {
    const { token } = this.page;
    const asksForToken = request.url?.split('?')[0] === token.target.split('?')[0];
    const problem = asksForToken ? this.#tokenProblem(request, body) : undefined;
    if (problem === token.wrongSecret.in) return token.wrongSecret;
    if (problem !== undefined) return this.#refuse(problem);
    if (!asksForToken) return this.#call(request);
    if (this.page.call.oneToken) for (const former of this.issued) this.kill(former);
    const value = `token-${this.issued.length + 1}-${Math.random().toString(36).slice(2)}`;
    this.issued.push(value);
    return { status: 200, ...token.answer(value) };
  }

  /** The names of what is wrong with a token request. */
  #tokenProblem(request: IncomingMessage, sent: string): string | undefined {
    const { method, target, headers, body } = this.page.token;
    const problems = [
      ...(request.method === method ? [] : [`method ${request.method}`]),
      ...(request.url === target ? [] : [`target ${request.url}`]),
      ...headerProblems(request, headers),
    ];
    const type = request.headers['content-type']?.split(';')[0];
    if (body === '') {
      if (sent !== '') problems.push('a body');
    } else if ('json' in body) {
      if (type !== 'application/json') problems.push(`content-type ${type}`);
      problems.push(...memberProblems(parsed(sent), body.json));
    } else {
      if (type !== 'application/x-www-form-urlencoded') problems.push(`content-type ${type}`);
      const pairs = [...new URLSearchParams(sent)];
      if (new Set(pairs.map(([name]) => name)).size < pairs.length) problems.push('a parameter twice');
      problems.push(...memberProblems(Object.fromEntries(pairs), body.form));
    }
    return problems.length === 0 ? undefined : problems.join(', ');
  }

  #call(request: IncomingMessage): { status: number; body: Json } {
    const { headers, deadToken } = this.page.call;
    const fits = (token: string) => headerProblems(request, headers(token)).length === 0;
    const token = this.issued.find(fits);
    if (token !== undefined && !this.#dead.has(token)) return { status: 200, body: { ok: true } };
    if (token !== undefined) return deadToken;
    return this.#refuse(`call: ${headerProblems(request, headers(this.issued.at(-1) ?? 'none')).join(', ')}`);
  }

  #refuse(problem: string): { status: number; body: Json } {
    this.refusals.push(problem);
    return { status: 422, body: { refused: problem } };
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return { 'no JSON': text };
  }
}

/** Names only: what is wrong must say no secret, also in a test. */
function memberProblems(sent: Json, wanted: Json): string[] {
  const names = new Set([...Object.keys(sent), ...Object.keys(wanted)]);
  return [...names].filter((name) => !isDeepStrictEqual(sent[name], wanted[name]));
}

function headerProblems(request: IncomingMessage, wanted: Readonly<Record<string, string>>): string[] {
  const lower = Object.fromEntries(
    Object.entries(wanted).map(([name, value]) => [name.toLowerCase(), value]),
  );
  // Not `headersDistinct`, which was empty for all requests of a process, seldom, with Node.js 20.
  const sent: Record<string, string> = {};
  request.rawHeaders.forEach((name, at, all) => {
    if (at % 2 === 1) return;
    const [key, value] = [name.toLowerCase(), String(all[at + 1])];
    sent[key] = key in sent ? `${sent[key]} and again ${value}` : value;
  });
  return memberProblems(
    Object.fromEntries(Object.entries(sent).filter(([name]) => name in lower || !TRANSPORT.includes(name))),
    lower,
  );
}
