import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { Subject } from 'rxjs';
import type { TokenChange } from '../../../src/index.js';
import { type EncryptionKey, EncryptionKeys } from '../../../src/redis/encryption-keys.js';
import type { RedisConnection } from '../../../src/redis/redis-connection.js';
import type { RedisMessage } from '../../../src/redis/redis-listener.js';
import type { RedisTime } from '../../../src/redis/redis-moment.js';
import { RedisNews } from '../../../src/redis/redis-news.js';

const NOW = 1_000_000;
const WRITTEN = { type: 'written' } as unknown as TokenChange;
const keys = new EncryptionKeys({ encryptionKey: randomBytes(32).toString('base64') });
const others = new EncryptionKeys({ encryptionKey: randomBytes(32).toString('base64') });

let channel: Subject<RedisMessage>;
let listens: number;
let heard: string[];
let now: number | undefined;
/** Settled by a test: keys that are not known yet. */
let awaited: { readonly id: string; readonly found: (key?: EncryptionKey) => void }[];
let news: RedisNews;

beforeEach(() => {
  channel = new Subject();
  listens = 0;
  heard = [];
  now = NOW;
  awaited = [];
  const connection = { news: channel, listen: () => (listens += 1) } as unknown as RedisConnection;
  const ours = {
    current: keys.current,
    byId: (id: string) => keys.byId(id),
    awaited: (id: string) => new Promise<EncryptionKey | undefined>((found) => awaited.push({ id, found })),
  } as unknown as EncryptionKeys;
  const time = {
    get now() {
      return now;
    },
  } as RedisTime;
  news = new RedisNews(connection, ours, time);
});

const listenTo = (id: string) => news.of(id).subscribe(({ type }) => heard.push(`${id}: ${type}`));
const publish = (text: string) => channel.next({ type: 'message', text } as RedisMessage);
const tell = (id: string, at = NOW) => news.message(id, { change: WRITTEN, order: 0, at });
const tellOfOthers = (id: string) =>
  new RedisNews({ news: new Subject() } as unknown as RedisConnection, others, {} as RedisTime).message(id, {
    change: WRITTEN,
    order: 0,
    at: NOW,
  });
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('news of Redis', () => {
  test('reach the listeners of their key', () => {
    listenTo('a');
    listenTo('a');
    listenTo('b');
    publish(tell('a'));
    expect(heard).toEqual(['a: written', 'a: written']);
    expect(listens).toBe(3);
  });

  test('reach no listener after the last one has left', () => {
    expect(news.isHeard).toBe(false);
    const [one, two] = [listenTo('a'), listenTo('a')];
    one.unsubscribe();
    expect(news.isHeard).toBe(true);
    publish(tell('a'));
    expect(heard).toEqual(['a: written']);
    two.unsubscribe();
    expect(news.isHeard).toBe(false);
    listenTo('b');
    publish(tellOfOthers('a'));
    expect(awaited).toEqual([]);
  });

  test('resume for all keys when the subscription is back', () => {
    listenTo('a');
    listenTo('b');
    channel.next({ type: 'subscribed' } as RedisMessage);
    expect(heard).toEqual(['a: resumed', 'b: resumed']);
  });

  test('are delivered once within a minute', () => {
    listenTo('a');
    const [first, second] = [tell('a', NOW - 60_000), tell('a', NOW - 60_001)];
    publish(first);
    publish(first);
    publish(second);
    expect(heard).toEqual(['a: written']);
  });

  test('are delivered whatever their age while the clock of Redis is unknown', () => {
    now = undefined;
    listenTo('a');
    publish(tell('a', 0));
    expect(heard).toEqual(['a: written']);
  });

  test('are forgotten after a minute, when they are too old to be believed', () => {
    listenTo('a');
    const first = tell('a', NOW);
    publish(first);
    now = NOW + 60_001;
    publish(tell('a', now));
    // As if Redis' clock had been set back: it is not remembered any more.
    now = NOW;
    publish(first);
    expect(heard).toHaveLength(3);
  });

  test('are remembered for the last ten thousand messages', () => {
    listenTo('a');
    const messages = Array.from({ length: 10_001 }, () => tell('a'));
    for (const message of messages.slice(0, 10_000)) publish(message);
    publish(messages[0]!);
    expect(heard).toHaveLength(10_000);
    publish(messages[10_000]!);
    publish(messages[1]!);
    expect(heard).toHaveLength(10_001);
    publish(messages[0]!);
    expect(heard).toHaveLength(10_002);
  });

  test('are ignored in another form, of another key, or if they are too long', () => {
    listenTo('a');
    listenTo('b');
    const [id, keyId, sealed] = tell('a').split('.') as [string, string, string];
    for (const text of [
      '',
      'a',
      `${id}.${keyId}`,
      `b.${keyId}.${sealed}`,
      `a..${sealed}`,
      `a.short.${sealed}`,
    ]) {
      publish(text);
    }
    publish(`${tell('a')}.${'x'.repeat(4_096)}`);
    expect(heard).toEqual([]);
    expect(awaited).toEqual([]);
    // What comes after a further dot is not looked at.
    const message = tell('a');
    publish(`${message}.${'x'.repeat(4_095 - message.length)}`);
    expect(heard).toEqual(['a: written']);
  });

  test('under an unknown key wait for it, in their order', async () => {
    listenTo('a');
    listenTo('b');
    for (const id of ['a', 'b', 'a']) publish(tellOfOthers(id));
    expect(awaited.map(({ id }) => id)).toEqual(Array(3).fill(others.current.id));
    awaited[1]?.found(others.current);
    await settled();
    expect(heard).toEqual([]);
    // One that stays unknown, and one whose listener has left, hold up none after them.
    awaited[0]?.found(undefined);
    awaited[2]?.found(others.current);
    await settled();
    expect(heard).toEqual(['b: written', 'a: written']);
    const leaving = listenTo('c');
    for (const id of ['c', 'a']) publish(tellOfOthers(id));
    leaving.unsubscribe();
    for (const { found } of awaited) found(others.current);
    await settled();
    expect(heard).toEqual(['b: written', 'a: written', 'a: written']);
  });

  test('under an unknown key wait, a thousand at most', async () => {
    listenTo('a');
    const message = tellOfOthers('a');
    for (let index = 0; index < 1_001; index += 1) publish(message);
    expect(awaited).toHaveLength(1_000);
    for (const { found } of awaited) found();
    await settled();
    publish(message);
    expect(awaited).toHaveLength(1_001);
  });
});
