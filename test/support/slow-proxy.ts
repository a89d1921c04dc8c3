import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { LOOPBACK, unusedPort } from './unused-port.mjs';

const running = new Set<SlowProxy>();
/** Ends every proxy that the test file has started. */
export async function stopProxies(): Promise<void> {
  await Promise.all([...running].map((proxy) => proxy.stop()));
}

/** Stands between a client and a server, over TCP, and makes the way between them as bad as it is told to. */
export class SlowProxy {
  /** Milliseconds that each chunk is kept, in either direction. Chunks stay in order. */
  delay = 0;
  /** How it lets that time pass. */
  wait = (milliseconds: number): Promise<unknown> =>
    new Promise((resolve) => void setTimeout(resolve, milliseconds).unref());
  /** How many connections it has accepted. */
  connections = 0;

  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #forgotten = new WeakSet<Socket>();
  #held?: { readonly over: Promise<void>; readonly end: () => void };
  #port = 0;

  #targetPort: number;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    this.#server.unref();
  }

  static async start(targetPort: number): Promise<SlowProxy> {
    const proxy = new SlowProxy(targetPort);
    proxy.#port = await unusedPort();
    await proxy.#listen();
    running.add(proxy);
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `redis://${LOOPBACK}:${this.#port}`;
  }

  /** How many connections are open. */
  get open(): number {
    return this.#sockets.size / 2;
  }

  /** As where packets get lost: connections are made and stay, and nothing comes through until `pass`. */
  hold(): void {
    if (this.#held !== undefined) return;
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#held = { over, end };
  }

  /** As a NAT that has forgotten its connections: they stay open at both ends, and nothing ever comes through again. */
  forget(): void {
    for (const socket of this.#sockets) this.#forgotten.add(socket);
  }

  /** Leads new connections to another server; those that are there stay. */
  lead(targetPort: number): void {
    this.#targetPort = targetPort;
  }

  /** Cuts all connections; new ones are refused until `pass`. */
  async refuse(): Promise<void> {
    this.cut();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Cuts the connections that are there. New ones are welcome. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Lets everything through, first of all what was held. */
  async pass(): Promise<void> {
    this.#held?.end();
    this.#held = undefined;
    if (!this.#server.listening) await this.#listen();
  }

  async stop(): Promise<void> {
    await this.refuse();
    this.#held?.end();
    running.delete(this);
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, LOOPBACK);
    await once(this.#server, 'listening');
  }

  #accept(client: Socket): void {
    this.connections += 1;
    const server = connect({ host: LOOPBACK, port: this.#targetPort, allowHalfOpen: true });
    this.#relay(client, server);
    this.#relay(server, client);
  }

  #relay(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.unref();
    let last: Promise<unknown> = Promise.resolve();
    const inTurn = (pass: () => void) => {
      const ready = Promise.all([last, this.#way()]);
      last = ready.then(() => {
        if (!to.destroyed && !this.#forgotten.has(from)) pass();
      });
    };
    from.on('data', (chunk) => inTurn(() => to.write(chunk)));
    from.on('end', () => inTurn(() => to.end()));
    from.on('error', () => undefined);
    from.on('close', (hadError) => {
      this.#sockets.delete(from);
      if (hadError) to.destroy();
    });
  }

  /** The time that something takes from one end to the other. */
  async #way(): Promise<void> {
    const { delay } = this;
    if (delay > 0) await this.wait(delay);
    while (this.#held !== undefined) await this.#held.over;
  }
}
