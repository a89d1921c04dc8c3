import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { type Observable, Subject } from 'rxjs';
import type { RedisScript } from './redis-scripts.js';

/** What a connection is made from: an instance to be duplicated, ioredis' options, or a URL. */
export type RedisSource = Redis | Cluster | RedisOptions | string;

/** News from the server. */
export type RedisMessage =
  | { readonly type: 'message'; readonly text: string }
  /** The subscription is new: what was said before may have been missed. */
  | { readonly type: 'subscribed' };

/** After so many milliseconds without an answer the connection is given up for a new one. */
const GIVEN_UP_AFTER = 3_000;
/** How long until news are listened to again after the connection was lost for good, in milliseconds. */
const LISTEN_AGAIN_AFTER = 1_000;
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
  // A master that became a replica: the address may lead to the new master by now.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
  retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 5), 1_000),
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
  #commands?: Client;
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
    commands.disconnect();
  }

  async #run(
    { text, sha }: RedisScript,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    if (this.#wantsNews) this.#listen();
    const client = this.#commandClient();
    const timer = setTimeout(() => this.#giveUp(client), GIVEN_UP_AFTER).unref();
    try {
      await whenReady(client);
      return await client.evalsha(sha, keys.length, ...keys, ...args).catch((error: Error) => {
        if (!error.message.startsWith('NOSCRIPT')) throw error;
        return client.eval(text, keys.length, ...keys, ...args);
      });
    } catch (error) {
      throw failure(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A connection on which nothing comes back, and the other one with it: new ones may fare better. */
  #giveUp(client: Client): void {
    client.disconnect(true);
    this.#listener?.abort();
    this.#listener = undefined;
    if (this.#wantsNews && client === this.#commands) this.#listen();
  }

  #commandClient(): Client {
    this.#commands ??= connect(this.#source);
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
    const client = await this.#listenerClient();
    if (signal.aborted) return;
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => {
        client.disconnect();
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
      client.on('end', () => reject(failure(lastErrors.get(client))));
      client.connect().catch(() => undefined);
    });
  }

  /**
   * In a cluster each node tells all news, so that a connection to one of them will do; if that one is lost, to another.
   * ioredis' own way would keep the process alive, and does not tell when news may have been missed.
   */
  async #listenerClient(): Promise<Redis> {
    const source = this.#source;
    if (!isInstance(source) || !isCluster(source)) return connect(source) as Redis;
    const cluster = this.#commandClient() as Cluster;
    await whenReady(cluster);
    const nodes = cluster.nodes('master');
    const node = nodes[Math.floor(Math.random() * nodes.length)];
    if (node === undefined) throw failure(undefined);
    return prepared(node.duplicate({ ...OURS, retryStrategy: () => null }));
  }
}

type Client = Redis | Cluster;

function connect(source: RedisSource): Client {
  return prepared(create(source));
}

function prepared<C extends Client>(client: C): C {
  // ioredis prints errors that nobody listens to.
  client.on('error', (error: unknown) => lastErrors.set(client, error));
  keepNothingAlive(client);
  return client;
}

function create(source: RedisSource): Client {
  if (typeof source === 'string') return new Redis(source, OURS);
  if (!isInstance(source)) return new Redis({ ...source, ...OURS });
  if (!isCluster(source)) return source.duplicate(OURS);
  return source.duplicate(undefined, {
    lazyConnect: true,
    enableOfflineQueue: false,
    scaleReads: 'master',
    enableAutoPipelining: false,
    clusterRetryStrategy: OURS.retryStrategy,
    redisOptions: { ...source.options.redisOptions, ...OURS, lazyConnect: undefined },
  });
}

/** By what it can do, because two copies of ioredis have two classes. */
function isInstance(source: RedisSource): source is Client {
  return typeof (source as Partial<Redis>).duplicate === 'function';
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
const lastErrors = new WeakMap<Client, unknown>();
const readiness = new WeakMap<Client, Promise<void>>();

/** A client that is about to be connected is waited for; one that has lost its server is not. */
function whenReady(client: Client): Promise<void> {
  if (client.status === 'ready') return Promise.resolve();
  const pending = readiness.get(client);
  if (pending !== undefined) return pending;
  const waiting = new Promise<void>((resolve, reject) => {
    if (['reconnecting', 'close', 'end', 'disconnecting'].includes(client.status)) {
      reject(failure(lastErrors.get(client)));
      return;
    }
    const settle = () => {
      client.off('ready', settle);
      client.off('close', settle);
      client.off('end', settle);
      if (client.status === 'ready') resolve();
      else reject(failure(lastErrors.get(client)));
    };
    client.on('ready', settle);
    client.on('close', settle);
    client.on('end', settle);
    if (client.status === 'wait') client.connect().catch(() => undefined);
  }).finally(() => readiness.delete(client));
  readiness.set(client, waiting);
  return waiting;
}

/** An error that says no more than a code: Node's, or the word that Redis' errors begin with, such as READONLY. */
function failure(cause: unknown): Error {
  if (ours.has(cause as Error)) return cause as Error;
  const { code, message = '' } = (cause ?? {}) as { code?: unknown; message?: string };
  const word = /^[A-Z]{3,20}(?= )/.exec(message)?.[0];
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
