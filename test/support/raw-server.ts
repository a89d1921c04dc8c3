import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions, type Server as TlsServer } from 'node:tls';

/** One whole HTTP request as its bytes said it. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  /** By lower-case name; the last one where a name is repeated. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request that waits for whatever the server does with its socket. */
export interface Exchange {
  readonly request: RawRequest;
  /** What the answer is written to: a TLS socket where the server speaks TLS. */
  readonly socket: Socket;
}

/**
 * A server that writes bytes, not answers, on a free port of 127.0.0.1, so that it can do what no HTTP server would. It
 * reads requests with a `Content-Length` only, and counts them and its connections.
 */
export class RawServer {
  readonly requests: RawRequest[] = [];
  connections = 0;
  /** How often somebody was left waiting for good, as its user says by `stalled`. */
  stalls = 0;
  /** Bytes that were read, of whatever kind, on all connections; those of TLS itself do not count. */
  received = 0;
  /** Bytes that clients or the kernel have taken, on all connections. */
  written = 0;
  /** Sees a connection before a byte of it is read; true if it deals with it itself. */
  onConnection: (socket: Socket) => boolean = () => false;
  onRequest: (exchange: Exchange) => void = ({ socket }) => void socket.end();

  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #tls?: TlsServer;
  #port = 0;

  private constructor() {
    // A client that sends its FIN is not answered by one at once: what happens then is the user's to say.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  static async start(): Promise<RawServer> {
    const server = new RawServer();
    await server.listen();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** How many connections are open. */
  get open(): number {
    return this.#sockets.size;
  }

  get listening(): boolean {
    return this.#server.listening;
  }

  /** Listens, on the port it had before if it had one. */
  async listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Cuts all connections and accepts none any more. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Sends its FIN on all connections. Those who wait for the promise wait until the clients have seen it. */
  async endConnections(): Promise<void> {
    const closed = [...this.#sockets].map(
      (socket) => new Promise((resolve) => socket.end().once('close', resolve)),
    );
    await Promise.all(closed);
  }

  /** Speaks TLS from the next connection on. */
  useTls(options: TlsOptions): void {
    this.#tls = createTlsServer(options, (socket) => this.#read(socket));
    this.#tls.on('tlsClientError', () => undefined);
  }

  stalled(): void {
    this.stalls += 1;
  }

  #accept(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.written += socket.bytesWritten;
    });
    if (this.onConnection(socket)) return;
    if (this.#tls === undefined) this.#read(socket);
    else this.#tls.emit('connection', socket);
  }

  #read(socket: Socket): void {
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      this.received += chunk.length;
      for (;;) {
        const read = readRequest(received);
        if (read === undefined) return;
        received = read.rest;
        this.requests.push(read.request);
        this.onRequest({ request: read.request, socket });
      }
    });
  }
}

function readRequest(text: string): { readonly request: RawRequest; readonly rest: string } | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [line = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((header) => {
      const colon = header.indexOf(':');
      return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
    }),
  );
  const bodyEnd = end + 4 + Number(headers['content-length'] ?? 0);
  if (text.length < bodyEnd) return undefined;
  const [method = '', path = ''] = line.split(' ');
  const request = { method, path, headers, body: text.slice(end + 4, bodyEnd) };
  return { request, rest: text.slice(bodyEnd) };
}

/** The bytes of an HTTP/1.1 answer; `Content-Length` is added unless the headers say how long it is. */
export function httpAnswer(
  status: number | string,
  headers: readonly (readonly [name: string, value: string])[] = [],
  body: string | Buffer = '',
): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const framed = headers.some(([name]) => /^(?:content-length|transfer-encoding)$/i.test(name));
  const all = framed ? headers : [...headers, ['Content-Length', String(bytes.length)] as const];
  const line = typeof status === 'number' ? `${status} Whatever` : status;
  const head = [`HTTP/1.1 ${line}`, ...all.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}
