import { Observable, Subject } from 'rxjs';
import type { TokenChange } from '../index.js';
import type { EncryptionKey, EncryptionKeys } from './encryption-keys.js';
import { isKeyId } from './record-cipher.js';
import type { RedisConnection } from './redis-connection.js';
import type { RedisMessage } from './redis-listener.js';
import type { RedisTime } from './redis-moment.js';
import { type MessageRecord, openRecord, sealRecord } from './sealed-records.js';

/** How long a message is accepted, in milliseconds, and only once: an attacker may have recorded it. */
const NEWS_LAST = 60_000;
/** The most messages that are remembered, to recognise repetitions. */
const MOST_HEARD = 10_000;
/** The length of a sealed message's nonce, which comes first in it. */
const NONCE_LENGTH = 16;
/** The longest message, in characters. */
const LONGEST_MESSAGE = 4_096;
/** At most this many messages wait for keys: any client with the right to publish may send their few hundred bytes. */
const MOST_WAITING_NEWS = 1_000;

/**
 * The news between replicas by publish/subscribe, encrypted and bound to their key, time and order. A client of Redis
 * can record a message and publish it again: no replica accepts it twice.
 */
export class RedisNews {
  readonly #listeners = new Map<string, Subject<TokenChange>>();
  /** The nonces of the last messages, each with the time of its message. */
  readonly #heard = new Map<string, number>();
  /** The number of messages that wait for key files to be read. */
  #waitingNews = 0;
  #waiting: Promise<void> = Promise.resolve();

  constructor(
    private readonly connection: RedisConnection,
    private readonly keys: EncryptionKeys,
    private readonly time: RedisTime,
  ) {
    connection.news.subscribe((news) => this.#hear(news));
  }

  /** Whether there are listeners. */
  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  of(id: string): Observable<TokenChange> {
    return new Observable((subscriber) => {
      const listeners = this.#listeners.get(id) ?? new Subject<TokenChange>();
      this.#listeners.set(id, listeners);
      const subscription = listeners.subscribe(subscriber);
      this.connection.listen();
      return () => {
        subscription.unsubscribe();
        if (!listeners.observed) this.#listeners.delete(id);
      };
    });
  }

  /** The text of a message. */
  message(id: string, message: MessageRecord): string {
    const { current } = this.keys;
    return `${id}.${current.id}.${sealRecord('message', message, current, id)}`;
  }

  #hear(news: RedisMessage): void {
    if (news.type === 'subscribed') {
      for (const listeners of [...this.#listeners.values()]) listeners.next({ type: 'resumed' });
      return;
    }
    if (news.text.length > LONGEST_MESSAGE) return;
    const [id = '', keyId = '', sealed = ''] = news.text.split('.');
    if (!this.#listeners.has(id)) return;
    const encryptionKey = this.keys.byId(keyId);
    if (encryptionKey !== undefined) this.#open(id, sealed, encryptionKey);
    else if (isKeyId(keyId)) this.#emitLater(id, sealed, keyId);
  }

  /** News under an unknown key wait in order until the key files have been read. Few may wait: messages get lost. */
  #emitLater(id: string, sealed: string, keyId: string): void {
    if (this.#waitingNews >= MOST_WAITING_NEWS) return;
    this.#waitingNews += 1;
    const found = this.keys.awaited(keyId);
    this.#waiting = this.#waiting.then(async () => {
      const encryptionKey = await found;
      this.#waitingNews -= 1;
      if (encryptionKey !== undefined) this.#open(id, sealed, encryptionKey);
    });
  }

  #open(id: string, sealed: string, encryptionKey: EncryptionKey): void {
    const message = openRecord('message', sealed, encryptionKey, id);
    if (message === undefined || this.#isOld(sealed.slice(0, NONCE_LENGTH), message.at)) return;
    this.#listeners.get(id)?.next(message.change);
  }

  /** Whether the message is too old, or has been heard already. */
  #isOld(nonce: string, at: number): boolean {
    const now = this.time.now ?? at;
    if (at < now - NEWS_LAST || this.#heard.has(nonce)) return true;
    this.#heard.set(nonce, at);
    for (const [oldest, toldAt] of this.#heard) {
      if (toldAt >= now - NEWS_LAST && this.#heard.size <= MOST_HEARD) break;
      this.#heard.delete(oldest);
    }
    return false;
  }
}
