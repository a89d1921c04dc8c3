import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** An answer of a token endpoint, as it came over the wire. */
export interface TokenAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Hands on the bytes of token requests and answers as they are, and keeps the answers. One connection, one request. */
export class TokenTap {
  readonly answers: TokenAnswer[] = [];
  readonly #clients = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    /** The token endpoint, through the tap. */
    readonly url: string,
  ) {}

  static async open(tokenUrl: string): Promise<TokenTap> {
    const target = new URL(tokenUrl);
    const server = createServer((client) => {
      tap.#clients.add(client);
      const bank = connect(Number(target.port), target.hostname);
      const chunks: Buffer[] = [];
      // Read before it is handed on: when the client has the answer, so has the test.
      bank.on('data', (chunk) => {
        chunks.push(chunk);
        tap.#read(chunks);
        client.write(chunk);
      });
      bank.on('end', () => client.end());
      client.pipe(bank);
      client.on('error', () => bank.destroy());
      bank.on('error', () => client.destroy());
      client.on('close', () => {
        tap.#clients.delete(client);
        bank.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new URL(tokenUrl);
    url.port = String((server.address() as AddressInfo).port);
    const tap = new TokenTap(server, url.href);
    return tap;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Keeps an answer once it is whole; more bytes of it never come after that. */
  #read(chunks: readonly Buffer[]): void {
    const text = Buffer.concat(chunks).toString('latin1');
    const [head, ...rest] = text.split('\r\n\r\n') as [string, ...string[]];
    const [line, ...lines] = head.split('\r\n') as [string, ...string[]];
    const headers = new Map(
      lines.map((header) => {
        const colon = header.indexOf(':');
        return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
      }),
    );
    const body = headers.get('content-length') === '0' ? {} : objectIn(rest.join('\r\n\r\n'));
    if (body !== undefined) this.answers.push({ status: Number(line.split(' ')[1]), headers, body });
  }
}

/** The JSON object in a body that has come so far, in one piece or in chunks; undefined until it is whole. */
function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
  } catch {
    return undefined;
  }
}
