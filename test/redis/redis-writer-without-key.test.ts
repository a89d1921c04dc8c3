import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { StoredFailure, StoredToken, TokenChange } from 'nestjs-bank-auth';
import { RedisTokenStore } from 'nestjs-bank-auth/redis';
import { EncryptionKeys } from '../../src/redis/encryption-keys.js';
import { CHECK, DISCARD } from '../../src/redis/redis-scripts.js';
import { sealRecord } from '../../src/redis/sealed-records.js';
import { describeRedis, RedisServer, stopRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

const encryptionKey = randomBytes(32).toString('base64');
const DAYS = 300 * 86_400_000;

let server: RedisServer;
/** The connection of somebody who may write, and has no key. */
let writer: Redis;
const stores: RedisTokenStore[] = [];
const ending: (() => void)[] = [];
function newStore(url = server.url): RedisTokenStore {
  const store = new RedisTokenStore(url, { encryptionKey });
  stores.push(store);
  return store;
}

const aToken = (parts: Partial<StoredToken> = {}): StoredToken => ({
  fingerprint: `fingerprint-${randomBytes(6).toString('hex')}`,
  value: `value-${randomBytes(30).toString('hex')}`,
  scopes: ['read'],
  issuedAt: Date.now(),
  lifetime: 3_600_000,
  credentialsVersion: 'v1',
  ...parts,
});

const UNAVAILABLE: StoredFailure = {
  kind: 'unavailable',
  reason: 'answered 503',
  status: 503,
  by: 'a-process',
};

async function nameOf(part: string): Promise<string> {
  const [name = '', ...others] = await writer.keys(`*:${part}`);
  expect(others).toEqual([]);
  return name;
}

async function acquire(store: RedisTokenStore, key = 'key', despiteFailure = true) {
  const answer = await store.lease(key, 10_000, { despiteFailure });
  if (answer.kind !== 'acquired') throw new Error(`the lease is ${answer.kind}`);
  return answer.lease;
}

/** Writes a token under a lease of its own, as a flight does. */
async function obtain(store: RedisTokenStore, token = aToken()): Promise<StoredToken> {
  const lease = await acquire(store);
  expect(await store.writeIfNewer('key', token, { ageMs: 0, lease })).toBe(true);
  await lease.release();
  return token;
}

const fail = async (store: RedisTokenStore, forMs: number) =>
  (await acquire(store)).release({ failure: UNAVAILABLE, forMs });

/** Which commands have read values since the statistics were reset, also inside scripts. */
async function readsIn(redis: Redis): Promise<string[]> {
  const statistics = await redis.info('commandstats');
  return [...statistics.matchAll(/^cmdstat_(get|hmget):/gm)].map(([, command]) => String(command));
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describeRedis('a writer without the key', () => {
  beforeAll(async () => {
    server = await RedisServer.start();
    writer = new Redis({ ...server.address, disconnectTimeout: 50 });
  });
  beforeEach(() => writer.flushall());
  afterEach(async () => {
    for (const end of ending.splice(0)) end();
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });
  afterAll(async () => {
    writer.disconnect();
    await stopRedis();
  });

  describe('cannot make a token', () => {
    test.each<[string, (name: string) => Promise<unknown>]>([
      ['PEXPIRE', (name) => writer.pexpire(name, DAYS)],
      ['RENAME and back', (name) => writer.rename(name, 'x').then(() => writer.rename('x', name))],
    ])('younger or longer-lived by %s', async (_what, change) => {
      const store = newStore();
      const token = await obtain(store, aToken({ lifetime: 60_000 }));
      await pause(50);
      await change(await nameOf('token'));
      const found = await store.read('key');
      expect(found?.token).toEqual(token);
      expect(found?.ageMs).toBeGreaterThanOrEqual(45);
    });

    test('valid again after it has expired', async () => {
      await obtain(newStore(), aToken({ lifetime: 200 }));
      const name = await nameOf('token');
      const record = await writer.hgetall(name);
      await pause(250);
      await writer.hset(name, record);
      await writer.pexpire(name, DAYS);
      expect(await newStore().read('key')).toBeUndefined();
    });

    test('newer or older than its seal says, because such a record is removed', async () => {
      for (const by of [30_000_000, -30_000_000]) {
        await obtain(newStore());
        const name = await nameOf('token');
        await writer.hset(name, 'f', String(Number(await writer.hget(name, 'f')) + by));
        expect(await newStore().read('key')).toBeUndefined();
        expect(await writer.exists(name)).toBe(0);
      }
    });

    test('come back after a newer token has replaced it, whatever is written beside it', async () => {
      const [one, two] = [newStore(), newStore()];
      await obtain(one);
      const name = await nameOf('token');
      const old = await writer.hgetall(name);
      const newer = await obtain(one);
      // The other one has met the newer one as well.
      expect((await two.read('key'))?.token).toEqual(newer);
      for (const f of [old.f, String(Date.now() * 1_000 + 59_000_000), '0']) {
        await writer.del(name);
        await writer.hset(name, { ...old, f });
        await writer.pexpire(name, 3_000_000);
        for (const store of [one, two]) expect(await store.read('key')).toBeUndefined();
        const newest = await obtain(one);
        expect((await two.read('key'))?.token).toEqual(newest);
      }
    });
  });

  describe('cannot make a failure', () => {
    test('last longer by PEXPIRE', async () => {
      const store = newStore();
      await fail(store, 5_000);
      await writer.pexpire(await nameOf('failure'), DAYS);
      const answer = await newStore().lease('key', 1_000);
      expect(answer).toMatchObject({ kind: 'cooling-down', failure: UNAVAILABLE });
      expect((answer as { forMs: number }).forMs).toBeLessThanOrEqual(5_000);
    });

    test('come back after its time is over', async () => {
      await fail(newStore(), 200);
      const name = await nameOf('failure');
      const text = (await writer.get(name)) as string;
      await pause(1_300);
      await writer.set(name, text, 'PX', DAYS);
      await acquire(newStore(), 'key', false);
    });

    test('come back after a token has ended it', async () => {
      const store = newStore();
      await fail(store, 60_000);
      const name = await nameOf('failure');
      const text = (await writer.get(name)) as string;
      await obtain(store);
      await writer.set(name, text, 'PX', 60_000);
      await acquire(store, 'key', false);
    });
  });

  test('cannot make replicas hear a recorded message again, nor a long message', async () => {
    const [one, two] = [newStore(), newStore()];
    const heard: TokenChange[] = [];
    let listens = false;
    one.changes('key').subscribe((change) => {
      if (change.type === 'resumed') listens = true;
      else heard.push(change);
    });
    const spy = new Redis({ ...server.address, disconnectTimeout: 50 });
    ending.push(() => spy.disconnect());
    const messages: string[] = [];
    spy.on('message', (_channel, message: string) => messages.push(message));
    await spy.subscribe('bank-auth:changes');
    await until(() => listens);
    const token = await obtain(two);
    await two.remove('key', token.fingerprint, { refused: true });
    await until(() => heard.length === 3);
    await until(() => heard.length === messages.length);
    const before = heard.length;
    const again = Array.from({ length: 20 }, () => messages).flat();
    await Promise.all(again.map((message) => writer.publish('bank-auth:changes', message)));
    await writer.publish('bank-auth:changes', `${messages[0]}${'A'.repeat(1_000_000)}`);
    const last = aToken();
    await two.remove('key', last.fingerprint);
    await until(() => heard.some((news) => 'fingerprint' in news && news.fingerprint === last.fingerprint));
    expect(heard.length).toBe(before + 1);
  });

  test('cannot make replicas hear a message that is older than a minute', async () => {
    const [one, two] = [newStore(), newStore()];
    const heard: (string | undefined)[] = [];
    let listens = false;
    one.changes('key').subscribe((change) => {
      if (change.type === 'resumed') listens = true;
      else if ('fingerprint' in change) heard.push(change.fingerprint);
    });
    await until(() => listens);
    // So that both know Redis' clock, and the name of the key is known here.
    await obtain(two);
    await one.read('key');
    const [, id = ''] = /\{(.+)\}/.exec(await nameOf('token')) ?? [];
    const { current } = new EncryptionKeys({ encryptionKey });
    for (const [fingerprint, age] of Object.entries({ old: 70_000, new: 1_000 })) {
      const change = { type: 'removed', fingerprint, refused: true } as const;
      const sealed = sealRecord('message', { change, order: 0, at: Date.now() - age }, current, id);
      await writer.publish('bank-auth:changes', `${id}.${current.id}.${sealed}`);
    }
    await until(() => heard.includes('new'));
    expect(heard).not.toContain('old');
  });

  test.each<[string, (name: string, huge: string) => Promise<unknown>]>([
    ['record', (name, huge) => writer.hset(name, { k: 'AAAAAAAAAAAA', f: '1', t: 'x'.repeat(43), v: huge })],
    ['key id', (name, huge) => writer.hset(name, { k: huge, f: '1', t: 'x'.repeat(43), v: 'y' })],
    ['digest', (name, huge) => writer.hset(name, { k: 'AAAAAAAAAAAA', f: '1', t: huge, v: 'y' })],
    ['order', (name, huge) => writer.hset(name, { k: 'AAAAAAAAAAAA', f: huge, t: 'x'.repeat(43), v: 'y' })],
    ['failure', (name, huge) => writer.set(name.replace('token', 'failure'), `AAAAAAAAAAAA.${huge}`)],
    ['lease', (name, huge) => writer.set(name.replace('token', 'lease'), huge)],
    ['number', (name, huge) => writer.set(name.replace('token', 'number'), huge)],
  ])('cannot make the store read or transfer a %s of 20 MB', async (_what, put) => {
    const store = newStore();
    await obtain(store);
    const name = await nameOf('token');
    await writer.flushall();
    await put(name, 'A'.repeat(20_000_000));
    for (const key of await writer.keys('*')) await writer.pexpire(key, 600_000);
    const sent = async () => Number((await server.info('stats')).total_net_output_bytes);
    await writer.config('RESETSTAT');
    const before = await sent();
    expect(await store.read('key')).toBeUndefined();
    const lease = await acquire(store, 'key', false);
    expect(await readsIn(writer)).toEqual([]);
    await lease.release();
    await obtain(store);
    expect((await sent()) - before).toBeLessThan(1_000_000);
  });

  test('cannot make the store read a record of 20 MB in place of an unusable record', async () => {
    await writer.hset('token', 'v', 'A'.repeat(20_000_000));
    await writer.config('RESETSTAT');
    expect(await writer.eval(DISCARD.text, 1, 'token', 'A')).toBe(0);
    expect(await readsIn(writer)).toEqual([]);
    expect(await writer.exists('token')).toBe(1);
  });

  test('gets one reason for all the key ids that it makes up, so that the log has one line', async () => {
    const store = newStore();
    await obtain(store);
    const name = await nameOf('token');
    const token = await writer.hgetall(name);
    const reasons = new Set<string | undefined>();
    for (let n = 0; n < 300; n += 1) {
      await writer.flushall();
      const madeUp = randomBytes(9).toString('base64url');
      if (n % 2 === 0) await writer.hset(name, { ...token, k: madeUp });
      else await writer.set(name.replace(/token$/, 'failure'), `${madeUp}.AAAA`);
      for (const key of await writer.keys('*')) await writer.pexpire(key, 600_000);
      const answer = await store.lease('key', 1_000);
      expect(answer.kind).toBe('unavailable');
      reasons.add((answer as { reason?: string }).reason);
    }
    expect([...reasons]).toEqual([expect.stringContaining('that this process does not know')]);
  });

  test('cannot make a lease of another string, and the name of an owner does not release the lease', async () => {
    const [one, two] = [newStore(), newStore()];
    await acquire(one);
    const name = await nameOf('lease');
    const value = await writer.get(name);
    const answers = [await two.lease('key', 1_000), await two.lease('key', 1_000)];
    expect(answers[0]).toMatchObject({ kind: 'held', owner: expect.stringMatching(/^[\w-]{22}$/) });
    expect((answers[1] as { owner?: string }).owner).toBe((answers[0] as { owner?: string }).owner);
    expect(JSON.stringify(answers)).not.toContain(value);
    for (const lease of ['attacker', 'x'.repeat(23), `${'x'.repeat(21)}\n`]) {
      await writer.set(name, lease, 'PX', 86_400_000);
      await (await acquire(two)).release();
    }
  });

  test('cannot make the store read, replace or remove records of an earlier form', async () => {
    const store = newStore();
    const token = await obtain(store);
    const names = [...(await writer.keys('*'))];
    // As the version before names them, with what it writes.
    const before = (part: string) => (names[0] as string).replace(/:2:\w+$/, `:${part}`);
    await writer.hset(before('token'), { k: 'AAAAAAAAAAAA', f: '1', t: 'x', v: 'y' });
    await writer.set(before('lease'), 'A'.repeat(22));
    await writer.set(before('failure'), 'AAAAAAAAAAAA.BBBB');
    await writer.set(before('number'), '7');
    for (const part of ['token', 'lease', 'failure', 'number']) await writer.pexpire(before(part), 600_000);
    expect((await store.read('key'))?.token).toEqual(token);
    await store.remove('key', token.fingerprint);
    await fail(store, 1);
    await obtain(store);
    await store.check('key');
    expect(await writer.hgetall(before('token'))).toEqual({ k: 'AAAAAAAAAAAA', f: '1', t: 'x', v: 'y' });
    expect(await writer.mget(before('lease'), before('failure'), before('number'))).toEqual([
      'A'.repeat(22),
      'AAAAAAAAAAAA.BBBB',
      '7',
    ]);
  });

  test('can put any bytes under any key, and the store neither throws nor serves them', async () => {
    const store = newStore();
    await obtain(store);
    const names = ['token', 'lease', 'failure', 'number'].map((part) => part);
    const name = await nameOf('token');
    const real = await writer.hgetall(name);
    let seed = 20_261_129;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const bytes = () => Buffer.from(Array.from({ length: random(90) }, () => random(256)));
    for (let round = 0; round < 150; round += 1) {
      await writer.flushall();
      for (const part of names) {
        const at = name.replace(/token$/, part);
        if (random(3) === 0) await writer.set(at, random(2) === 0 ? bytes() : 'A'.repeat(22));
        else {
          const field = () => (random(2) === 0 ? bytes() : (['k', 'f', 't', 'v'] as const)[random(4)]);
          await writer.hset(at, 'x', 'y');
          for (const own of ['k', 'f', 't', 'v']) {
            const value = random(3) === 0 ? bytes() : own === 'v' ? bytes() : (real[own] as string);
            await writer.hset(at, own, value);
          }
          await writer.hset(at, field() as string, bytes());
        }
        if (random(4) > 0) await writer.pexpire(at, 1 + random(DAYS));
      }
      expect(await store.read('key')).toBeUndefined();
      const answer = await store.lease('key', 1_000);
      expect(['acquired', 'held', 'unavailable']).toContain(answer.kind);
    }
  }, 30_000);
});

describeRedis('a user of Redis', () => {
  afterAll(stopRedis);

  test.each(['strlen', 'hstrlen', 'hmget', 'pexpire', 'pexpireat'])(
    'without the right to %s gets an error that names the right, also when the store checks Redis again',
    async (right) => {
      const secured = await RedisServer.start();
      await secured.cli('ACL', 'SETUSER', 'some', 'on', '>a-password', '~*', '&*', '+@all', `-${right}`);
      const store = newStore(`redis://some:a-password@127.0.0.1:${secured.port}`);
      await expect(store.check('key')).rejects.toMatchObject({ code: 'NOPERM' });
      const user = new Redis({
        ...secured.address,
        username: 'some',
        password: 'a-password',
        disconnectTimeout: 50,
      });
      const keys = ['check', 'token', 'lease', 'failure', 'number'].map((part) => `{x}:${part}`);
      await expect(user.eval(CHECK.text, keys.length, ...keys)).rejects.toThrow(`'${right}' command`);
      user.disconnect();
      await store.close();
      await secured.stop();
    },
  );
});
