import { Redis, type RedisOptions, SentinelConnector } from 'ioredis';
import type { RedisScript } from './redis-scripts.js';
import { type Client, isCluster, isInstance, type RedisSource } from './redis-source.js';
import { failure, isOfConnection, isOfReplica, isRefusedLogin } from './redis-trouble.js';
import { RedisUrlFile } from './redis-url-file.js';
import { verifyTls } from './verified-tls.js';

/** Milliseconds without an answer after which the connection is given up for a new one. */
export const GIVEN_UP_AFTER = 3_000;
/** Milliseconds for a lost connection to return before it counts as a fault: connections are cut now and then. */
const BACK_WITHIN = 400;
/** How long a Sentinel may take to tell the address, in milliseconds. */
const SENTINEL_TIMEOUT = 1_000;

/** The settings of our own clients, whatever the user's instance has: no command waits for a later connection. */
const OURS = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 2_000,
  // The longest time for which a silent server keeps a connection, and this process, from ending.
  disconnectTimeout: 100,
  commandTimeout: undefined,
  stringNumbers: false,
  enableAutoPipelining: false,
  monitor: false,
  readOnly: false,
  // The pause before a server that loads its data is asked again, by a timer that keeps the process alive.
  maxLoadingRetryTime: 500,
  // Absent or silent Sentinels: a client that has given up is replaced by a new one.
  role: 'master',
  failoverDetector: false,
  // Its timer would keep the process alive; ours does not.
  sentinelCommandTimeout: undefined,
  sentinelRetryStrategy: () => null,
  // A master that became a replica: the address may lead to the new master by now.
  reconnectOnError: isOfReplica,
  retryStrategy: (times: number) => Math.min(25 * 2 ** Math.min(times - 1, 6), 1_000),
} satisfies RedisOptions;

/** One of our clients, from its first use until it is given up or has given up by itself. */
export class OwnClient {
  readonly client: Client;
  /** The URL that it connects to, if a file holds it. */
  readonly url: string | undefined;
  /** Called at each connection, with the time of the loss if there was one before, by the monotonic clock. */
  onReady: (lostAt?: number) => void = () => undefined;
  readonly #gone = new AbortController();
  #lastError?: unknown;
  /** When the connection was lost, by the monotonic clock; undefined while connected, and before the first one. */
  #lostAt?: number;
  #readyAt?: number;
  /** The server answers, but is still loading its data. */
  #isLoading = false;
  #readiness?: Promise<void>;

  constructor(client: Client, url?: string) {
    this.client = client;
    this.url = url;
    // ioredis prints errors without a listener.
    client.on('error', (error: unknown) => {
      this.#lastError = error;
    });
    client.on('ready', () => {
      const lostAt = this.#lostAt;
      this.#lostAt = undefined;
      this.#isLoading = false;
      this.#readyAt = performance.now();
      this.onReady(lostAt);
    });
    client.on('close', () => {
      this.#lostAt ??= performance.now();
      this.#isLoading = false;
      this.#readyAt = undefined;
    });
    if (!isCluster(client)) {
      watchLoading(client, () => {
        this.#isLoading = true;
        client.emit('loading');
      });
    }
    keepNothingAlive(client);
    verifyTls(client);
  }

  get isLost(): boolean {
    return this.client.status !== 'ready';
  }

  get hasEnded(): boolean {
    return this.#gone.signal.aborted || this.client.status === 'end';
  }

  /** When the connection was established, by the monotonic clock; undefined without a connection. */
  get readyAt(): number | undefined {
    return this.#readyAt;
  }

  /** Ends the client for good. */
  end(): void {
    this.#gone.abort();
    this.client.disconnect();
    // At once, without the pause that ioredis leaves a silent server.
    const { stream } = this.client as unknown as { stream?: { destroy?(): void } };
    if (this.client.status !== 'ready') stream?.destroy?.();
  }

  /** Resolves once there is a connection; rejects if there is none and none can be expected in a moment. */
  ready(): Promise<void> {
    if (!this.isLost) return Promise.resolve();
    this.#readiness ??= this.#wait().finally(() => {
      this.#readiness = undefined;
    });
    return this.#readiness;
  }

  /** The same after a failed command; rejects with its error if that has nothing to do with the connection. */
  async readyAfter(error: unknown): Promise<void> {
    const { client } = this;
    if (!this.isLost) {
      // ioredis replaces a connection to a replica, and the next may lead to the primary. Or it is closing already.
      const isClosing = OURS.reconnectOnError(error as Error) || isOfConnection(error);
      if (isCluster(client) || !isClosing) throw error;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, BACK_WITHIN).unref();
        client.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    await this.ready();
  }

  get #failure(): Error {
    return failure(this.#isLoading ? LOADING : this.#lastError);
  }

  async #wait(): Promise<void> {
    const { client } = this;
    // A connection that was established may still be closing.
    const lostAt = this.#lostAt ?? (this.#readyAt === undefined ? undefined : performance.now());
    const left = lostAt === undefined ? GIVEN_UP_AFTER : lostAt + BACK_WITHIN - performance.now();
    if (left <= 0 || this.hasEnded || this.#isLoading) throw this.#failure;
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        client.off('ready', settle);
        client.off('end', settle);
        client.off('loading', settle);
        client.off('close', lost);
        client.off('error', refused);
        this.#gone.signal.removeEventListener('abort', settle);
        if (this.isLost) reject(this.#failure);
        else resolve();
      };
      // A first connection that fails is a fault at once. A lost connection is given a moment.
      const lost = () => {
        if (lostAt === undefined) settle();
      };
      // The same password will be refused in a moment too.
      const refused = (error: unknown) => {
        if (isRefusedLogin(error)) settle();
      };
      const timer = setTimeout(settle, left).unref();
      client.on('ready', settle);
      client.on('end', settle);
      client.on('loading', settle);
      client.on('close', lost);
      client.on('error', refused);
      this.#gone.signal.addEventListener('abort', settle);
      if (client.status === 'wait') client.connect().catch(() => undefined);
    });
  }

  async run(
    { text, sha }: RedisScript,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const { client } = this;
    try {
      return await client.evalsha(sha, keys.length, ...keys, ...args);
    } catch (error) {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
      return client.eval(text, keys.length, ...keys, ...args);
    }
  }
}

/** A client with our settings, not connected yet. */
export function create(source: RedisSource): Client {
  if (source instanceof RedisUrlFile) return new Redis(source.url, OURS);
  if (typeof source === 'string') return new Redis(source, OURS);
  if (!isInstance(source)) return new Redis({ ...source, ...OURS, ...bySentinels(source) });
  if (!isCluster(source)) return source.duplicate({ ...OURS, ...bySentinels(source.options) });
  return source.duplicate(undefined, {
    lazyConnect: true,
    enableOfflineQueue: false,
    scaleReads: 'master',
    enableAutoPipelining: false,
    clusterRetryStrategy: OURS.retryStrategy,
    // A node's lasting refusal is known before the second is over that a store has.
    maxRedirections: 7,
    retryDelayOnTryAgain: 100,
    retryDelayOnClusterDown: 100,
    retryDelayOnFailover: 100,
    // A node that loads its data says so to each command; it is not waited for.
    redisOptions: {
      ...source.options.redisOptions,
      ...OURS,
      lazyConnect: undefined,
      enableReadyCheck: false,
    },
  });
}

/** A connection for news to a node of a Cluster. Once it is lost, another node may do better. */
export function duplicateOf(node: Redis): Redis {
  return node.duplicate({ ...OURS, retryStrategy: () => null });
}

/** ioredis' own connector, except that its connections to Sentinels end in time and keep no process alive. */
class OwnSentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as ConstructorParameters<typeof SentinelConnector>[0]);
    // A private member, which may go away; then only this override is lost.
    const parts = this as unknown as {
      connectToSentinel?: (sentinel: unknown, options?: RedisOptions) => Redis;
    };
    const connectToSentinel = parts.connectToSentinel?.bind(this);
    if (connectToSentinel === undefined) return;
    parts.connectToSentinel = (sentinel, more) => {
      const client = connectToSentinel(sentinel, { ...more, disconnectTimeout: OURS.disconnectTimeout });
      keepNothingAlive(client);
      const silence = setTimeout(() => client.disconnect(), SENTINEL_TIMEOUT).unref();
      client.once('end', () => clearTimeout(silence));
      return client;
    };
  }
}

function bySentinels({ sentinels, Connector }: RedisOptions): RedisOptions {
  return sentinels && !Connector ? { Connector: OwnSentinelConnector } : {};
}

const LOADING = new Error('LOADING the data');

/**
 * Tells when a server answers that it loads its data: ioredis asks for that by INFO before it calls a connection ready,
 * and keeps the answer to itself. Where INFO is refused, ioredis would print the server's answer, or give up; the store
 * needs no INFO.
 */
function watchLoading(client: Redis, tell: () => void): void {
  type Callback = (error: Error | null | undefined, info?: string) => void;
  const parts = client as unknown as { info?: (callback: Callback) => Promise<unknown> };
  const info = parts.info?.bind(client);
  if (info === undefined) return;
  parts.info = (callback) =>
    info((error, text) => {
      if (/NOPERM|unknown command/i.test(error?.message ?? '')) return callback(null, '');
      if (typeof text === 'string' && /^loading:1/m.test(text)) tell();
      return callback(error, text);
    });
}

const unreferenced = new WeakSet<Client>();

/** Unrefs sockets and reconnect timers, for which ioredis has no option. */
function keepNothingAlive(client: Client): void {
  if (unreferenced.has(client)) return;
  unreferenced.add(client);
  const parts = client as unknown as {
    stream?: { unref?(): void };
    reconnectTimeout?: NodeJS.Timeout | null;
    subscriber?: { getInstance?(): Redis | null };
  };
  const unref = () => parts.stream?.unref?.();
  unref();
  client.on('connect', unref);
  client.on('reconnecting', () => parts.reconnectTimeout?.unref?.());
  // A cluster has a client for each node, and one for subscriptions even if there are none.
  client.on('+node', (node: Redis) => keepNothingAlive(node));
  for (const event of ['ready', '+node', '-node']) {
    client.on(event, () => {
      const subscriber = parts.subscriber?.getInstance?.();
      if (subscriber) keepNothingAlive(subscriber);
    });
  }
}
