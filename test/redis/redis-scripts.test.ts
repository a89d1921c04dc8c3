import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { RedisTokenStore } from 'nestjs-bank-auth/redis';
import { DISCARD, EXTEND, LEASE, type RedisScript, WRITE } from '../../src/redis/redis-scripts.js';
import { describeRedis, RedisServer, stopRedis } from '../support/redis-server.js';

const [TOKEN, HELD, FAILURE, NUMBER] = ['{a}:token', '{a}:lease', '{a}:failure', '{a}:number'];
const KEY_ID = 'k'.repeat(12);
const OWNER = 'o'.repeat(22);
const digest = (letter: string) => letter.repeat(43);

let server: RedisServer;
let redis: Redis;

const run = (script: RedisScript, keys: string[], args: (string | number)[]) =>
  redis.eval(script.text, keys.length, ...keys, ...args);

/** Microseconds of Redis' clock. */
async function now(): Promise<number> {
  const [seconds, microseconds] = (await redis.time()) as unknown as [string, string];
  return Number(seconds) * 1_000_000 + Number(microseconds);
}

async function putToken(record: { f: number; t?: string; k?: string }, forMs?: number): Promise<void> {
  await redis.hset(TOKEN, { k: KEY_ID, t: digest('t'), v: 'sealed', ...record });
  if (forMs !== undefined) await redis.pexpire(TOKEN, forMs);
}

const lease = (owner = OWNER) =>
  run(LEASE, [TOKEN, HELD, FAILURE, NUMBER], [owner, 10_000, 1, KEY_ID]) as Promise<string[]>;
const extend = () => run(EXTEND, [TOKEN, HELD, NUMBER], [OWNER, 10_000]) as Promise<string[]>;
/** @param expires milliseconds of Redis' clock */
const write = (order: number, expires: number, name = digest('t')) =>
  run(WRITE, [TOKEN, FAILURE], [order, Math.floor(expires), KEY_ID, name, 'sealed', 'news', 'text', KEY_ID]);

describeRedis('a script of the Redis store', () => {
  beforeAll(async () => {
    server = await RedisServer.start();
    redis = new Redis({ ...server.address, disconnectTimeout: 50 });
  });
  beforeEach(() => redis.flushall());
  afterEach(() => void jest.restoreAllMocks());
  afterAll(async () => {
    redis.disconnect();
    await stopRedis();
  });

  test('discards the record that could not be used, and no other record of the same length', async () => {
    await redis.hset(TOKEN, 'v', 'sealed-2');
    expect(await run(DISCARD, [TOKEN], ['sealed-1'])).toBe(0);
    expect(await redis.exists(TOKEN)).toBe(1);
    expect(await run(DISCARD, [TOKEN], ['sealed-2'])).toBe(1);
  });

  test.each<[string, (number: number) => Promise<unknown>]>([
    ['lease', (number) => redis.set(NUMBER, number)],
    ['token', (number) => putToken({ f: number }, 60_000)],
  ])('numbers leases above the last %s, though the clock of Redis was set back since', async (_of, put) => {
    const last = (await now()) + 30_000_000;
    await put(last);
    expect((await lease())[1]).toBe(String(last + 1));
    expect((await extend())[0]).toBe(String(last + 2));
  });

  test('keeps the number of the last lease for a day', async () => {
    await lease();
    const left = await redis.pttl(NUMBER);
    expect(left).toBeGreaterThan(86_000_000);
    expect(left).toBeLessThanOrEqual(86_400_000);
  });

  test('acquires the lease although a lease without an expiry stands there', async () => {
    await redis.set(HELD, 'x'.repeat(22));
    expect((await lease())[0]).toBe('acquired');
  });

  test('ignores a token without an expiry, whatever its key and its order', async () => {
    const time = await now();
    await putToken({ f: time + 30_000_000, k: 'u'.repeat(12) });
    expect((await lease())[0]).toBe('acquired');
    expect(await write(time, time / 1_000 + 60_000)).toBe(1);
  });

  test('keeps a token of the same order as the one before, and none of a lower order', async () => {
    const time = await now();
    await putToken({ f: time }, 60_000);
    expect(await write(time - 1, time / 1_000 + 60_000, digest('n'))).toBe(0);
    expect(await write(time, time / 1_000 + 60_000, digest('n'))).toBe(1);
    expect(await redis.hget(TOKEN, 't')).toBe(digest('n'));
  });

  test('keeps no token that has expired when it arrives', async () => {
    const time = await now();
    expect(await write(time, time / 1_000 - 1)).toBe(0);
    expect(await redis.exists(TOKEN)).toBe(0);
  });

  test('shortens, never lengthens, the time of a token that is there, and removes the failure', async () => {
    const time = await now();
    await putToken({ f: time }, 60_000);
    await redis.set(FAILURE, 'failure');
    expect(await write(time, time / 1_000 + 300_000)).toBe(2);
    expect(await redis.pttl(TOKEN)).toBeLessThanOrEqual(60_000);
    expect(await redis.exists(FAILURE)).toBe(0);
    expect(await write(time, time / 1_000 + 30_000)).toBe(2);
    expect(await redis.pttl(TOKEN)).toBeLessThanOrEqual(30_000);
  });

  test('tells the age of a token by the clock of Redis, whatever the clock of the process shows', async () => {
    const encryptionKey = randomBytes(32).toString('base64');
    const store = new RedisTokenStore(server.url, { encryptionKey });
    const real = Date.now;
    const token = { fingerprint: 'f', value: 'v', scopes: [], lifetime: 3_600_000, credentialsVersion: 'v1' };
    jest.spyOn(Date, 'now').mockImplementation(() => real() + 7_200_000);
    expect(await store.writeIfNewer('key', { ...token, issuedAt: Date.now() }, { ageMs: 0 })).toBe(true);
    jest.restoreAllMocks();
    const found = await store.read('key');
    expect(found?.token.value).toBe('v');
    // Where Redis keeps it for a shorter time, it is as much older.
    const [name = ''] = await redis.keys('*:token');
    await redis.pexpire(name, 600_000);
    expect((await store.read('key'))?.ageMs).toBeGreaterThanOrEqual(3_000_000);
    await store.close();
  });
});
