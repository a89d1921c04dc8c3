import { Cluster, Redis, type RedisOptions, SentinelConnector } from 'ioredis';
import { type Observable, Subject } from 'rxjs';
import type { RedisScript } from './redis-scripts.js';
import { verifyTls } from './verified-tls.js';

/** What a connection is made from: an instance to be duplicated, ioredis' options, or a URL. */
export type RedisSource = Redis | Cluster | RedisOptions | string;

/** News from the server. */
export type RedisMessage =
  | { readonly type: 'message'; readonly text: string }
  /** The subscription is new: what was said before may have been missed. */
  | { readonly type: 'subscribed' };

/** After so many milliseconds without an answer the connection is given up for a new one. */
const GIVEN_UP_AFTER = 3_000;
/** A connection that was lost is waited for so long before it counts as a fault, in milliseconds: they are cut now and then. */
const BACK_WITHIN = 400;
/** How long until news are listened to again after the connection was lost for good, in milliseconds. */
const LISTEN_AGAIN_AFTER = 1_000;
/** How long a Sentinel may take to tell the address, in milliseconds. */
const SENTINEL_TIMEOUT = 1_000;
/** How long the end waits for commands that are under way, in milliseconds. */
const LAST_COMMANDS = 500;

/** Ours alone, whatever the user's instance is set to: a command that cannot be sent now is never sent later. */
const OURS = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 2_000,
  // How long a silent server may keep a connection, and this process, from ending.
  disconnectTimeout: 100,
  commandTimeout: undefined,
  stringNumbers: false,
  enableAutoPipelining: false,
  monitor: false,
  readOnly: false,
  // Sentinels that are away or silent: a client that has given up is replaced by a new one.
  role: 'master',
  failoverDetector: false,
  // With a timer that would keep the process alive; ours does not.
  sentinelCommandTimeout: undefined,
  sentinelRetryStrategy: () => null,
  // A master that became a replica: the address may lead to the new master by now.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  retryStrategy: (times: number) => Math.min(25 * 2 ** Math.min(times - 1, 6), 1_000),
} satisfies RedisOptions;

/**
 * Two connections of our own to one Redis, for commands and for news, made when first used. They keep no process alive.
 */
export class RedisConnection {
  readonly #source: RedisSource;
  readonly #channel: string;
  readonly #pending = new Set<Promise<unknown>>();
  readonly #news = new Subject<RedisMessage>();
  #wantsNews = false;
  #commands?: OwnClient;
  #listener?: AbortController;

  constructor(source: RedisSource, channel: string) {
    this.#source = source;
    this.#channel = channel;
  }

  /** Where it leads, without the password. */
  get address(): string {
    if (typeof this.#source === 'string') return withoutCredentials(this.#source);
    if (isInstance(this.#source) && this.#source.isCluster) return 'a Redis Cluster';
    const options = (isInstance(this.#source) ? this.#source.options : this.#source) as RedisOptions;
    const { path, host = 'localhost', port = 6379, sentinels, name } = options;
    if (sentinels) return `${name} by Sentinel`;
    return path ?? `${host}:${port}`;
  }

  /** Messages of the channel, from `listen` on. */
  get news(): Observable<RedisMessage> {
    return this.#news;
  }

  /** Listens from now on, also after a `close` that is followed by other use. */
  listen(): void {
    this.#wantsNews = true;
    this.#listen();
  }

  /** Runs a script. Rejects if there is no connection, or it is lost, before the answer is there. */
  run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const running = this.#run(script, keys, args);
    const settled = running.catch(() => undefined).finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
    return running;
  }

  /** Waits a moment for commands that are under way, then ends both connections. */
  async close(): Promise<void> {
    const [commands, listener] = [this.#commands, this.#listener];
    this.#commands = undefined;
    this.#listener = undefined;
    listener?.abort();
    if (commands === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise((resolve) => {
      timer = setTimeout(resolve, LAST_COMMANDS);
    });
    await Promise.race([Promise.all(this.#pending), enough]);
    clearTimeout(timer);
    commands.end();
  }

  /** Each script may be run twice: it finds what it did the first time. */
  async #run(
    script: RedisScript,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    if (this.#wantsNews) this.#listen();
    const client = this.#commandClient();
    const timer = setTimeout(() => this.#giveUp(client), GIVEN_UP_AFTER).unref();
    try {
      await client.ready();
      return await client.run(script, keys, args).catch(async (error) => {
        if (!client.isLost) throw error;
        await client.ready();
        return client.run(script, keys, args);
      });
    } catch (error) {
      throw failure(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A connection on which nothing comes back, and the other one with it: new ones may fare better. */
  #giveUp(client: OwnClient): void {
    if (client !== this.#commands) return;
    this.#commands = undefined;
    client.end();
    this.#listener?.abort();
    this.#listener = undefined;
    if (this.#wantsNews) this.#listen();
  }

  #commandClient(): OwnClient {
    if (this.#commands?.hasEnded !== false) this.#commands = new OwnClient(create(this.#source));
    return this.#commands;
  }

  #listen(): void {
    if (this.#listener !== undefined) return;
    const listener = new AbortController();
    this.#listener = listener;
    this.#openListener(listener.signal).catch(() => {
      if (listener.signal.aborted) return;
      this.#listener = undefined;
      // The next command would do so too, but it may be an hour away.
      setTimeout(() => this.#wantsNews && this.#commands && this.#listen(), LISTEN_AGAIN_AFTER).unref();
    });
  }

  /** Lasts as long as the connection; rejects when there is none any more. */
  async #openListener(signal: AbortSignal): Promise<void> {
    const own = await this.#listenerClient();
    if (signal.aborted) return;
    const client = own.client as Redis;
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => {
        own.end();
        resolve();
      });
      client.on('message', (channel: string, text: string) => {
        if (channel === this.#channel) this.#news.next({ type: 'message', text });
      });
      client.on('ready', () => {
        // Without the right to listen, those who wait look now and then.
        client.subscribe(this.#channel).then(
          () => this.#news.next({ type: 'subscribed' }),
          () => undefined,
        );
      });
      client.on('end', () => reject(failure(undefined)));
      client.connect().catch(() => undefined);
    });
  }

  /**
   * In a cluster each node tells all news, so that a connection to one of them will do; if that one is lost, to another.
   * ioredis' own way would keep the process alive, and does not tell when news may have been missed.
   */
  async #listenerClient(): Promise<OwnClient> {
    const source = this.#source;
    if (!isInstance(source) || !isCluster(source)) return new OwnClient(create(source));
    const commands = this.#commandClient();
    await commands.ready();
    const nodes = (commands.client as Cluster).nodes('master');
    const node = nodes[Math.floor(Math.random() * nodes.length)];
    if (node === undefined) throw failure(undefined);
    return new OwnClient(node.duplicate({ ...OURS, retryStrategy: () => null }));
  }
}

type Client = Redis | Cluster;

/** A client of ours, from its first use until it is given up or has given up by itself. */
class OwnClient {
  readonly #gone = new AbortController();
  #lastError?: unknown;
  /** When the connection was lost, by the monotonic clock; undefined while it is there, and before it was. */
  #lostAt?: number;
  #readiness?: Promise<void>;

  constructor(readonly client: Client) {
    // ioredis prints errors that nobody listens to.
    client.on('error', (error: unknown) => {
      this.#lastError = error;
    });
    client.on('ready', () => {
      this.#lostAt = undefined;
    });
    client.on('close', () => {
      this.#lostAt ??= performance.now();
    });
    keepNothingAlive(client);
    verifyTls(client);
  }

  get isLost(): boolean {
    return this.client.status !== 'ready';
  }

  get hasEnded(): boolean {
    return this.#gone.signal.aborted || this.client.status === 'end';
  }

  /** For good. */
  end(): void {
    this.#gone.abort();
    this.client.disconnect();
    // Not after the pause that ioredis leaves a silent server.
    const { stream } = this.client as unknown as { stream?: { destroy?(): void } };
    if (this.client.status !== 'ready') stream?.destroy?.();
  }

  /** Resolves when there is a connection; rejects if there is none and none is to be expected in a moment. */
  ready(): Promise<void> {
    if (!this.isLost) return Promise.resolve();
    this.#readiness ??= this.#wait().finally(() => {
      this.#readiness = undefined;
    });
    return this.#readiness;
  }

  async #wait(): Promise<void> {
    const { client } = this;
    const left = this.#lostAt === undefined ? GIVEN_UP_AFTER : this.#lostAt + BACK_WITHIN - performance.now();
    if (left <= 0 || this.hasEnded) throw failure(this.#lastError);
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        client.off('ready', settle);
        client.off('end', settle);
        client.off('close', lost);
        this.#gone.signal.removeEventListener('abort', settle);
        if (this.isLost) reject(failure(this.#lastError));
        else resolve();
      };
      // The first connection cannot be made: that is a fault at once. One that was there is given a moment.
      const wasThere = this.#lostAt !== undefined;
      const lost = () => {
        if (!wasThere) settle();
      };
      const timer = setTimeout(settle, left).unref();
      client.on('ready', settle);
      client.on('end', settle);
      client.on('close', lost);
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

function create(source: RedisSource): Client {
  if (typeof source === 'string') return new Redis(source, OURS);
  if (!isInstance(source)) return new Redis({ ...source, ...OURS, ...bySentinels(source) });
  if (!isCluster(source)) return source.duplicate({ ...OURS, ...bySentinels(source.options) });
  return source.duplicate(undefined, {
    lazyConnect: true,
    enableOfflineQueue: false,
    scaleReads: 'master',
    enableAutoPipelining: false,
    clusterRetryStrategy: OURS.retryStrategy,
    redisOptions: { ...source.options.redisOptions, ...OURS, lazyConnect: undefined },
  });
}

/** ioredis' own, except that its connections to Sentinels end in time and keep no process alive. */
class OwnSentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as ConstructorParameters<typeof SentinelConnector>[0]);
    // Private, so that it may go away; then all that is lost is this.
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

/** By what it has, because two copies of ioredis have two classes. */
export function isInstance(source: unknown): source is Client {
  const { duplicate, isCluster } = (source ?? {}) as Partial<Redis>;
  return typeof duplicate === 'function' && typeof isCluster === 'boolean';
}

function isCluster(source: Client): source is Cluster {
  return source.isCluster;
}

const unreferenced = new WeakSet<Client>();

/** Sockets and pauses between connections, of which ioredis has no option for this. */
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

const ours = new WeakSet<Error>();

/** An error that says no more than a code: Node's, or the word that Redis' errors begin with, such as READONLY. */
function failure(cause: unknown): Error {
  if (ours.has(cause as Error)) return cause as Error;
  const { code, message = '' } = (cause ?? {}) as { code?: unknown; message?: string };
  const missesRight = /can't run this command|no permissions/i.test(message);
  const word = missesRight ? 'NOPERM' : /^[A-Z]{3,20}(?= )/.exec(message)?.[0];
  const error = Object.assign(new Error('Redis is of no use now'), { code: code ?? word ?? 'NOT_CONNECTED' });
  ours.add(error);
  return error;
}

function withoutCredentials(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return 'Redis';
  }
}
