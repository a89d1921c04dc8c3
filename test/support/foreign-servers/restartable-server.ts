import { createServer, get, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ForeignServer } from './foreign-server.js';

/** A server in this process that ends and starts again on the same port, with a new memory. */
export class RestartableServer implements ForeignServer {
  #server: Server | undefined;
  #port = 0;

  /** @param boot makes what answers, without any memory of an earlier one */
  private constructor(private readonly boot: (origin: string) => Promise<RequestListener>) {}

  static async start(boot: (origin: string) => Promise<RequestListener>): Promise<RestartableServer> {
    const started = new RestartableServer(boot);
    await started.#listen();
    return started;
  }

  get apiBaseUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get tokenUrl(): string {
    return `${this.apiBaseUrl}/token`;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.#listen();
    // A restart takes long enough for clients to notice that their connections are gone; in one process, this turn does.
    await new Promise((resolve, reject) =>
      get(this.apiBaseUrl, { agent: false }, resolve).on('error', reject),
    );
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  }

  async #listen(): Promise<void> {
    let answer: RequestListener = () => undefined;
    const server = createServer((request, response) => {
      if (request.url === '/') response.end();
      else answer(request, response);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    answer = await this.boot(this.apiBaseUrl);
  }
}

/** The body of a request, as the frameworks of these servers would read it. */
export async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
