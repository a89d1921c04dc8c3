import type { Cluster } from 'ioredis';
import { type Observable, Subject } from 'rxjs';
import { create, duplicateOf, GIVEN_UP_AFTER, OwnClient } from './redis-client.js';
import { placeInCluster } from './redis-cluster-place.js';
import {
  LISTENER_TIMES,
  type ListenerTimes,
  type ListeningClient,
  RedisListener,
  type RedisMessage,
} from './redis-listener.js';
import type { RedisScript } from './redis-scripts.js';
import { addressOf, isCluster, isInstance, type RedisSource } from './redis-source.js';
import { failure, isOfConnection, isRefusedLogin } from './redis-trouble.js';
import { RedisUrlFile } from './redis-url-file.js';
import { within } from './within.js';

/** How long the end waits for commands under way, in milliseconds. */
const LAST_COMMANDS = 500;

/**
 * Our own two connections to one Redis, for commands and for news, made when first used. They keep no process alive.
 */
export class RedisConnection {
  readonly #source: RedisSource;
  readonly #pending = new Set<Promise<unknown>>();
  readonly #news = new Subject<RedisMessage>();
  readonly #listener: RedisListener;
  #wantsNews = false;
  #hasListened = false;
  #commands?: OwnClient;

  constructor(source: RedisSource, channel: string, times: ListenerTimes = LISTENER_TIMES) {
    this.#source = source;
    const open = () => this.#listenerClient();
    this.#listener = new RedisListener(channel, open, (news) => this.#news.next(news), times);
  }

  /** The address of Redis, without the password. */
  get address(): string {
    return addressOf(this.#source);
  }

  /** Messages of the channel, from `listen` on. */
  get news(): Observable<RedisMessage> {
    return this.#news;
  }

  /** Listens from now on, also when the connection is used again after `close`. */
  listen(): void {
    this.#wantsNews = true;
    this.#listener.start();
  }

  /** Runs a script. Rejects if there is no connection, or it is lost before the answer arrives. */
  run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const running = this.#run(script, keys, args);
    const settled = running.catch(() => undefined).finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
    return running;
  }

  /** Waits a moment for commands under way, then ends both connections. */
  async close(): Promise<void> {
    const commands = this.#commands;
    this.#commands = undefined;
    this.#listener.stop();
    if (commands === undefined) return;
    await within(LAST_COMMANDS, Promise.all(this.#pending), true);
    commands.end();
  }

  /** Each script can run twice: the second run finds the result of the first. */
  async #run(
    script: RedisScript,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    if (this.#wantsNews) this.#listener.start();
    const client = this.#commandClient();
    try {
      return await this.#runOn(client, script, keys, args);
    } catch (error) {
      if (!(await this.#movesOn(client, error))) throw error;
      return this.#runOn(this.#commandClient(), script, keys, args);
    }
  }

  async #runOn(
    client: OwnClient,
    script: RedisScript,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const timer = setTimeout(() => this.#giveUp(client), GIVEN_UP_AFTER).unref();
    try {
      await client.ready();
      return await client.run(script, keys, args).catch(async (error) => {
        await client.readyAfter(error);
        return client.run(script, keys, args);
      });
    } catch (error) {
      throw failure(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether the URL has changed since this client was made, if the client was refused or has no connection. */
  async #movesOn(client: OwnClient, error: unknown): Promise<boolean> {
    const source = this.#source;
    if (!(source instanceof RedisUrlFile)) return false;
    if (!client.isLost && !isRefusedLogin(error) && !isOfConnection(error)) return false;
    if (source.url === client.url) await source.reread();
    if (source.url === client.url) return false;
    this.#giveUp(client);
    return true;
  }

  /** Gives up a connection without answers, and the connection for news with it: new ones may fare better. */
  #giveUp(client: OwnClient): void {
    if (client !== this.#commands) return;
    this.#commands = undefined;
    client.end();
    this.#listener.stop();
    if (this.#wantsNews) this.#listener.start();
  }

  #commandClient(): OwnClient {
    const before = this.#commands;
    if (before?.hasEnded === false) return before;
    const replacedAt = before && performance.now();
    const source = this.#source;
    const client = new OwnClient(create(source), source instanceof RedisUrlFile ? source.url : undefined);
    this.#commands = client;
    // The lost commands may have gone to another server than the next ones.
    client.onReady = (lostAt = replacedAt) => {
      if (client === this.#commands && lostAt !== undefined) this.#listener.renewIfFromBefore(lostAt);
    };
    return client;
  }

  /**
   * Each node of a cluster tells all news, so one connection to any of them suffices; if it is lost, to another node.
   * ioredis' own way would keep the process alive, and does not tell when news may have been missed.
   */
  async #listenerClient(): Promise<ListeningClient> {
    const source = this.#source;
    // The previous connection was lost, perhaps because the URL has changed.
    if (source instanceof RedisUrlFile && this.#hasListened) await source.reread();
    this.#hasListened = true;
    if (!isInstance(source) || !isCluster(source)) return { own: new OwnClient(create(source)) };
    const commands = this.#commandClient();
    await commands.ready();
    const { node, isInPlace } = await placeInCluster(commands.client as Cluster);
    return { own: new OwnClient(duplicateOf(node)), isInPlace };
  }
}
