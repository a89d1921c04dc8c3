import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server on a free port of 127.0.0.1 that notes what it sees and answers as it is told. */
export class Loopback {
  readonly seen: SeenRequest[] = [];
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      this.seen.push({ method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') });
      this.answer(response, request);
    });
    request.on('error', () => undefined);
  });

  constructor(public answer: (response: ServerResponse, request: IncomingMessage) => void) {}

  static async start(answer: Loopback['answer'] = json(token)): Promise<Loopback> {
    const loopback = new Loopback(answer);
    await new Promise<void>((resolve) => loopback.#server.listen(0, '127.0.0.1', resolve));
    return loopback;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `${this.origin}/oauth/token`;
  }

  get last(): SeenRequest {
    return this.seen.at(-1) as SeenRequest;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export const token = { access_token: 'issued-token', token_type: 'Bearer', expires_in: 3600 };

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Loopback['answer'] {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}
