import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Credentials } from 'nestjs-bank-auth';

/** A secrets service over HTTP, as the page on merchants supposes one. */
export class LoopbackVault {
  static readonly token = 'the-token-of-the-vault';
  readonly #secrets = new Map<string, { readonly credentials: Credentials; readonly version: string }>();
  #server!: Server;
  #rotations = 0;
  #open = 0;
  /** Answered in place of what was asked for; with this body. */
  fault?: { readonly status: number; readonly body?: object };
  /** Milliseconds. */
  latency = 0;
  /** Paths that were asked for, in order. */
  readonly paths: string[] = [];
  /** The most requests that were open at one time. */
  peak = 0;

  static async start(): Promise<LoopbackVault> {
    const vault = new LoopbackVault();
    vault.#server = createServer((request, response) => void vault.#answer(request, response));
    await new Promise<void>((resolve) => vault.#server.listen(0, '127.0.0.1', resolve));
    return vault;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  put(merchant: string, credentials: Credentials): void {
    this.#rotations += 1;
    this.#secrets.set(merchant, { credentials, version: `version-${this.#rotations}` });
  }

  remove(merchant: string): void {
    this.#secrets.delete(merchant);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.paths.push(request.url ?? '');
    this.#open += 1;
    this.peak = Math.max(this.peak, this.#open);
    await new Promise((resolve) => setTimeout(resolve, this.latency));
    this.#open -= 1;
    const { status, body } = this.#answerTo(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  #answerTo({ url = '', headers }: IncomingMessage): { readonly status: number; readonly body: object } {
    if (this.fault !== undefined) return { body: {}, ...this.fault };
    if (headers['x-vault-token'] !== LoopbackVault.token) return { status: 403, body: {} };
    if (url === '/versions/bog-payments') {
      const versions = [...this.#secrets].map(([merchant, { version }]) => [merchant, version]);
      return { status: 200, body: Object.fromEntries(versions) };
    }
    const merchant = /^\/secrets\/bog-payments\/([^/]+)$/.exec(url)?.[1] ?? '';
    const found = this.#secrets.get(merchant);
    if (found === undefined) return { status: 404, body: {} };
    const { clientId, clientSecret } = found.credentials;
    return { status: 200, body: { client_id: clientId, client_secret: clientSecret } };
  }
}
