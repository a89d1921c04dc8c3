import type { Redis } from 'ioredis';
import type { OwnClient } from './redis-client.js';
import { failure, isRefusedLogin } from './redis-trouble.js';

/** News from the server. */
export type RedisMessage =
  | { readonly type: 'message'; readonly text: string }
  /** The subscription is new: earlier messages may have been missed. */
  | { readonly type: 'subscribed' };

/** A connection for news, not connected yet. */
export interface ListeningClient {
  readonly own: OwnClient;
  /** Whether commands still go to the node of this connection; undefined if they always do. */
  readonly isInPlace?: () => Promise<boolean>;
}

/** How often and how long the connection for news is checked, in milliseconds. */
export interface ListenerTimes {
  /** The pause between checks. Nothing else would notice that a silent connection leads nowhere any more. */
  readonly every: number;
  /** How long the answer to a check may take. */
  readonly within: number;
  /** The pause before another connection is opened after one was lost for good. */
  readonly again: number;
}

export const LISTENER_TIMES: ListenerTimes = { every: 5_000, within: 1_000, again: 1_000 };

/**
 * The connection for news: subscribed to one channel, checked every few seconds, and opened anew if it does not answer
 * or leads to another node than commands. It keeps no process alive.
 */
export class RedisListener {
  readonly #channel: string;
  readonly #open: () => Promise<ListeningClient>;
  readonly #emit: (news: RedisMessage) => void;
  readonly #times: ListenerTimes;
  #life?: AbortController;
  #client?: OwnClient;

  constructor(
    channel: string,
    open: () => Promise<ListeningClient>,
    tell: (news: RedisMessage) => void,
    times: ListenerTimes,
  ) {
    this.#channel = channel;
    this.#open = open;
    this.#emit = tell;
    this.#times = times;
  }

  /** Listens from now on, until `stop`. */
  start(): void {
    if (this.#life !== undefined) return;
    const life = new AbortController();
    this.#life = life;
    this.#live(life.signal).then(
      () => this.#over(life, 0),
      () => this.#over(life, this.#times.again),
    );
  }

  stop(): void {
    const life = this.#life;
    this.#life = undefined;
    life?.abort();
  }

  /** Opens another connection if the current one is from before that time: commands have gone elsewhere since. */
  renewIfFromBefore(time: number): void {
    const readyAt = this.#client?.readyAt;
    if (this.#life === undefined || readyAt === undefined || readyAt >= time) return;
    this.stop();
    this.start();
  }

  #over(life: AbortController, after: number): void {
    if (this.#life !== life) return;
    life.abort();
    setTimeout(() => {
      if (this.#life !== life) return;
      this.#life = undefined;
      this.start();
    }, after).unref();
  }

  /** Lasts until a check of the connection fails; rejects if the connection was lost or could not be made. */
  async #live(signal: AbortSignal): Promise<void> {
    const { own, isInPlace } = await this.#open();
    if (signal.aborted) return;
    const client = own.client as Redis;
    const subscription = new Subscription(client, this.#channel, this.#emit);
    let wasLost = false;
    await new Promise<void>((resolve, reject) => {
      this.#client = own;
      const look = async () => {
        const isLost = own.isLost;
        const isGood = isLost
          ? !wasLost
          : (await this.#answers(subscription.isThere ? client.ping() : subscription.begin())) &&
            (await isInPlace?.()) !== false;
        wasLost = isLost;
        if (!isGood) resolve();
      };
      let isLooking = false;
      const timer = setInterval(() => {
        if (isLooking) return;
        isLooking = true;
        void look()
          .catch(() => undefined)
          .finally(() => {
            isLooking = false;
          });
      }, this.#times.every).unref();
      client.on('end', () => reject(failure(undefined)));
      // The same password will be refused again; a new connection may find another one in force.
      client.on('error', (error: unknown) => {
        if (isRefusedLogin(error)) reject(failure(error));
      });
      signal.addEventListener('abort', () => {
        clearInterval(timer);
        own.end();
        if (this.#client === own) this.#client = undefined;
        resolve();
      });
      client.connect().catch(() => undefined);
    });
  }

  /** Whether an answer comes in time, even an error: it shows that a server is there. */
  async #answers(asked: Promise<unknown>): Promise<boolean> {
    let answered = false;
    const answer = asked.then(
      () => true,
      () => true,
    );
    void answer.then(() => {
      answered = true;
    });
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#times.within).unref();
    });
    await Promise.race([answer, tooLate]);
    clearTimeout(timer);
    // Timers come before sockets: after a pause of this process, an unread answer may be there.
    for (let turn = 0; turn < 2 && !answered; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    return answered;
  }
}

/** Subscribes at each connection. Without the right to listen, waiting flights poll. */
class Subscription {
  #isThere = false;
  #beginning?: Promise<void>;

  constructor(
    private readonly client: Redis,
    private readonly channel: string,
    private readonly tell: (news: RedisMessage) => void,
  ) {
    client.on('message', (from: string, text: string) => {
      if (from === channel) tell({ type: 'message', text });
    });
    client.on('ready', () => void this.begin());
    client.on('close', () => {
      this.#isThere = false;
    });
  }

  get isThere(): boolean {
    return this.#isThere;
  }

  /** Resolves at any answer, even an error. */
  begin(): Promise<void> {
    this.#beginning ??= this.#begin().finally(() => {
      this.#beginning = undefined;
    });
    return this.#beginning;
  }

  async #begin(): Promise<void> {
    try {
      await this.client.subscribe(this.channel);
    } catch {
      return;
    }
    this.#isThere = true;
    this.tell({ type: 'subscribed' });
  }
}
