import { createCipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type StoredFailure, type StoredToken, type TokenChange } from 'nestjs-bank-auth';
import { RedisTokenStore, type RedisTokenStoreOptions } from 'nestjs-bank-auth/redis';
import { describeRedis, RedisServer, stopRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

const newKey = () => randomBytes(32).toString('base64');
const OURS = newKey();

let server: RedisServer;
const stores: RedisTokenStore[] = [];
function storeWith(options: RedisTokenStoreOptions = { encryptionKey: OURS }): RedisTokenStore {
  const store = new RedisTokenStore(server.url, options);
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

/** What is sealed of a token. */
const aRecord = () => ({ token: aToken(), order: Date.now() * 1_000, askedAt: Date.now() });

/** The lease that nobody gets, with what there is to do about it. */
const UNAVAILABLE = { kind: 'unavailable', reason: expect.stringMatching(/encryption key.*same keys/s) };

const REJECTED: StoredFailure = { kind: 'rejected', reason: 'the bank says no', status: 401, by: 'one' };

/** The name in Redis of what is kept of a key: the only one that has come with writing it. */
async function nameOf(part: 'token' | 'failure', write: () => Promise<unknown>): Promise<string> {
  const namesOf = async () =>
    (await server.cli<string[]>('KEYS', '*')).filter((name) => name.endsWith(`:${part}`));
  const before = await namesOf();
  await write();
  const [name, ...others] = (await namesOf()).filter((one) => !before.includes(one));
  expect(others).toEqual([]);
  return name as string;
}

async function acquire(store: RedisTokenStore, key: string, despiteFailure = false) {
  const answer = await store.lease(key, 10_000, { despiteFailure });
  if (answer.kind !== 'acquired') throw new Error(`the lease is ${answer.kind}`);
  return answer.lease;
}

/** What a record in Redis is made of, and how long it has left. */
async function recordOf(name: string) {
  const values = await server.cli<string[]>('HGETALL', name);
  const left = await server.cli<number>('PTTL', name);
  const fields: Record<string, string> = {};
  for (let index = 0; index < values.length; index += 2) fields[values[index]!] = values[index + 1]!;
  return { fields, left };
}

/** Puts another record in the place of the one that is there. */
async function replace(name: string, fields: Readonly<Record<string, string>>, left: number): Promise<void> {
  await server.cli('DEL', name);
  await server.cli('HSET', name, ...Object.entries(fields).flat());
  await server.cli('PEXPIRE', name, left);
}

describeRedis('the Redis store', () => {
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  beforeEach(() => server.cli('FLUSHALL'));
  afterEach(() => Promise.all(stores.splice(0).map((store) => store.close())));
  afterAll(stopRedis);

  /** Demands that what stands under a key is as good as nothing. */
  async function expectNothing(store: RedisTokenStore, key: string): Promise<void> {
    expect(await store.read(key)).toBeUndefined();
    const lease = await acquire(store, key);
    const next = aToken({ issuedAt: Date.now() - 60_000 });
    expect(await store.writeIfNewer(key, next, { ageMs: 60_000, lease })).toBe(true);
    expect((await store.read(key))?.token).toEqual(next);
    await store.remove(key, next.fingerprint);
    expect(await store.read(key)).toBeUndefined();
    await lease.release();
  }

  describe('ignores', () => {
    test("another key's token, and replaces it with a new token", async () => {
      const store = storeWith();
      const [mine, theirs] = [aToken(), aToken()];
      const from = await nameOf('token', () => store.writeIfNewer('theirs', theirs));
      const to = await nameOf('token', () => store.writeIfNewer('mine', mine));
      await server.cli('COPY', from, to, 'REPLACE');
      await expectNothing(store, 'mine');
      expect((await store.read('theirs'))?.token).toEqual(theirs);
    });

    test("another key's failure", async () => {
      const store = storeWith();
      const fail = async (key: string) =>
        (await acquire(store, key)).release({ failure: REJECTED, forMs: 60_000 });
      const from = await nameOf('failure', () => fail('theirs'));
      const to = await nameOf('failure', () => fail('mine'));
      expect((await store.lease('mine', 1_000)).kind).toBe('cooling-down');
      await server.cli('COPY', from, to, 'REPLACE');
      await acquire(store, 'mine');
      expect((await store.lease('theirs', 1_000)).kind).toBe('cooling-down');
    });

    test.each<[string, (text: string) => string]>([
      ['is another word', () => 'nothing'],
      ['is empty', () => ''],
      ['has no dot', (text) => text.replace('.', '')],
      ['is cut off', (text) => text.slice(0, -3)],
      ['has another letter at its end', (text) => text.slice(0, -1) + (text.endsWith('A') ? 'B' : 'A')],
    ])('a failure that %s', async (_what, change) => {
      const store = storeWith();
      const name = await nameOf('failure', async () =>
        (await acquire(store, 'key')).release({ failure: REJECTED, forMs: 60_000 }),
      );
      const text = await server.cli<string>('GET', name);
      await server.cli('SET', name, change(text), 'PX', 60_000);
      await acquire(store, 'key');
    });

    test('a failure of another type', async () => {
      const store = storeWith();
      const name = await nameOf('failure', async () =>
        (await acquire(store, 'key')).release({ failure: REJECTED, forMs: 60_000 }),
      );
      await server.cli('DEL', name);
      await server.cli('LPUSH', name, 'x');
      await server.cli('PEXPIRE', name, 60_000);
      const lease = await acquire(store, 'key');
      await lease.release({ failure: REJECTED, forMs: 60_000 });
      expect((await store.lease('key', 1_000)).kind).toBe('cooling-down');
    });

    const bit = (text: string, at: number) => {
      const bytes = Buffer.from(text, 'base64url');
      const index = at < 0 ? bytes.length + at : at;
      bytes.writeUInt8(bytes.readUInt8(index) ^ 1, index);
      return bytes.toString('base64url');
    };
    const otherLetter = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);

    test.each<[string, (fields: Record<string, string>) => Record<string, string | undefined>]>([
      ['has one bit changed at the start of the nonce', ({ v = '' }) => ({ v: bit(v, 0) })],
      ['has one bit changed at the end of the nonce', ({ v = '' }) => ({ v: bit(v, 11) })],
      ['has one bit changed at the start of the tag', ({ v = '' }) => ({ v: bit(v, 12) })],
      ['has one bit changed at the end of the tag', ({ v = '' }) => ({ v: bit(v, 27) })],
      ['has one bit changed at the start of the text', ({ v = '' }) => ({ v: bit(v, 28) })],
      ['has one bit changed in the middle of the text', ({ v = '' }) => ({ v: bit(v, 100) })],
      ['has one bit changed at the end of the text', ({ v = '' }) => ({ v: bit(v, -1) })],
      ['is cut off in the text', ({ v = '' }) => ({ v: v.slice(0, -8) })],
      ['is cut off after the tag', ({ v = '' }) => ({ v: v.slice(0, 38) })],
      ['is cut off in the tag', ({ v = '' }) => ({ v: v.slice(0, 24) })],
      ['is cut off in the nonce', ({ v = '' }) => ({ v: v.slice(0, 8) })],
      ['goes on', ({ v = '' }) => ({ v: `${v}AAAA` })],
      ['goes on with what is no Base64', ({ v = '' }) => ({ v: `${v}=` })],
      ['is no Base64', ({ v = '' }) => ({ v: `\0${v.slice(1)}` })],
      ['is bytes', () => ({ v: randomBytes(100).toString('latin1') })],
      ['is empty', () => ({ v: '' })],
      ['is missing', () => ({ v: undefined })],
      ["bears another token's name", ({ t = '' }) => ({ t: otherLetter(t) })],
      ['bears an empty name', () => ({ t: '' })],
      ['bears no name', () => ({ t: undefined })],
      ['names a key as no version does', () => ({ k: 'v2' })],
      ['names a key by nothing', () => ({ k: '' })],
      ['names no key', () => ({ k: undefined })],
      ['is one field that nobody knows', () => ({ k: undefined, f: undefined, t: undefined, v: undefined })],
    ])('a record that %s', async (_what, change) => {
      const store = storeWith();
      const token = aToken();
      const name = await nameOf('token', () => store.writeIfNewer('key', token));
      const { fields, left } = await recordOf(name);
      const changed = Object.entries({ ...fields, ...change(fields), x: 'unknown' });
      const defined = changed.filter((entry): entry is [string, string] => entry[1] !== undefined);
      await replace(name, Object.fromEntries(defined), left);
      await expectNothing(store, 'key');
    });

    test.each<[string, (name: string) => Promise<unknown>]>([
      ['a string', (name) => server.cli('SET', name, 'x', 'PX', 60_000)],
      ['an empty string', (name) => server.cli('SET', name, '', 'PX', 60_000)],
      ['a list', (name) => server.cli('LPUSH', name, 'x')],
      ['a set', (name) => server.cli('SADD', name, 'x')],
      ['a sorted set', (name) => server.cli('ZADD', name, 1, 'x')],
      ['a stream', (name) => server.cli('XADD', name, '*', 'x', 'y')],
    ])('%s in the place of a record', async (_what, put) => {
      const store = storeWith();
      const name = await nameOf('token', () => store.writeIfNewer('key', aToken()));
      await server.cli('DEL', name);
      await put(name);
      await expectNothing(store, 'key');
      // Also where nobody reads first.
      await server.cli('DEL', name);
      await put(name);
      const [first, second] = [aToken(), aToken()];
      await store.remove('key', first.fingerprint);
      expect(await store.writeIfNewer('key', second)).toBe(true);
      expect((await store.read('key'))?.token).toEqual(second);
    });

    test('a record that Redis would keep for ever', async () => {
      const store = storeWith();
      const name = await nameOf('token', () => store.writeIfNewer('key', aToken()));
      await server.cli('PERSIST', name);
      await expectNothing(store, 'key');
    });

    test.each<[string, (place: string[]) => unknown[], unknown]>([
      ['of the form before', (place) => ['nestjs-bank-auth', 1, ...place], aRecord()],
      ['of another form', (place) => ['nestjs-bank-auth', 3, ...place], aRecord()],
      ['of another use', ([id = '', , key = '']) => ['nestjs-bank-auth', 2, id, 'failure', key], aRecord()],
      ['that holds nothing', (place) => ['nestjs-bank-auth', 2, ...place], null],
      ['that holds a number', (place) => ['nestjs-bank-auth', 2, ...place], 7],
      ['that holds something else', (place) => ['nestjs-bank-auth', 2, ...place], { value: 'x' }],
      ['without a token', (place) => ['nestjs-bank-auth', 2, ...place], { ...aRecord(), token: null }],
      ['without an order', (place) => ['nestjs-bank-auth', 2, ...place], { ...aRecord(), order: undefined }],
      ['without its time', (place) => ['nestjs-bank-auth', 2, ...place], { ...aRecord(), askedAt: '1' }],
      [
        'from the future',
        (place) => ['nestjs-bank-auth', 2, ...place],
        { ...aRecord(), askedAt: Date.now() + 60_000 },
      ],
    ])('a record %s, encrypted with the right key', async (_what, bound, content) => {
      const store = storeWith();
      const name = await nameOf('token', () => store.writeIfNewer('key', aToken()));
      const { fields, left } = await recordOf(name);
      const id = /\{(.*)\}/.exec(name)?.[1] ?? '';
      const place = bound([fields.k ?? '', 'token', id]);
      await replace(name, { ...fields, v: sealed(content, JSON.stringify(place)) }, left);
      await expectNothing(store, 'key');
    });

    test('no record that is made in the right way', async () => {
      const store = storeWith();
      const [token, other] = [aToken(), aToken()];
      const name = await nameOf('token', () => store.writeIfNewer('key', token));
      const { fields, left } = await recordOf(name);
      const id = /\{(.*)\}/.exec(name)?.[1] ?? '';
      const place = JSON.stringify(['nestjs-bank-auth', 2, fields.k, 'token', id]);
      const forged = { ...other, fingerprint: token.fingerprint };
      const record = { token: forged, order: Number(fields.f), askedAt: Date.now() };
      await replace(name, { ...fields, v: sealed(record, place) }, left);
      expect((await store.read('key'))?.token).toEqual(forged);
    });
  });

  test.each([
    '',
    'abc',
    '-1',
    '0',
    '9007199254740993',
    '1e300',
    'inf',
    '-inf',
    'nan',
    '99999999999999999999',
  ])('is not confused in the order of leases by a record whose number is “%s”', async (number) => {
    const [one, two] = [storeWith(), storeWith()];
    const name = await nameOf('token', () => one.writeIfNewer('key', aToken()));
    await server.cli('HSET', name, 'f', number);
    const lost = await acquire(one, 'key');
    await lost.extend(1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const lease = await acquire(two, 'key');
    const token = aToken();
    expect(await two.writeIfNewer('key', token, { ageMs: 0, lease })).toBe(true);
    expect(await one.writeIfNewer('key', aToken(), { ageMs: 0, lease: lost })).toBe(false);
    expect((await one.read('key'))?.token).toEqual(token);
    // Nor for good: this holds for all leases from now on.
    await lease.release();
    const next = await acquire(one, 'key');
    expect(await two.writeIfNewer('key', aToken(), { ageMs: 0, lease: next })).toBe(true);
    expect(await two.writeIfNewer('key', aToken(), { ageMs: 0, lease })).toBe(false);
  });

  test('ignores messages that are changed, under another key, or no messages at all', async () => {
    const [one, two] = [storeWith(), storeWith()];
    const listener = one as unknown as { changes: RedisTokenStore['changes'] };
    const [mine, theirs]: [TokenChange[], TokenChange[]] = [[], []];
    const errors: unknown[] = [];
    for (const [key, heard] of [['mine', mine] as const, ['theirs', theirs] as const]) {
      listener.changes(key).subscribe({
        next: (change) => void (change.type === 'resumed' || heard.push(change)),
        error: (error) => void errors.push(error),
      });
    }
    const messages: string[] = [];
    const subscriber = await spyOn('bank-auth:changes', messages);
    await until(() => subscriber.isReady);
    // Until both listen.
    for (let turn = 0; turn < 100 && (mine.length === 0 || theirs.length === 0); turn++) {
      await two.writeIfNewer('mine', aToken());
      await two.writeIfNewer('theirs', aToken());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await until(() => mine.length > 0 && theirs.length > 0);
    const [myId, theirId] = messages.slice(-2).map((message) => message.split('.')[0]) as [string, string];
    const message = messages.at(-1) as string;
    expect(theirId).not.toBe(myId);
    const before = [mine.length, theirs.length];
    for (const text of [
      message.replace(theirId, myId),
      message.slice(0, -4),
      `${message.slice(0, -1)}${message.endsWith('A') ? 'B' : 'A'}`,
      message.split('.').slice(0, 2).join('.'),
      `${myId}.`,
      myId,
      '',
      '..',
      '{"type":"written","fingerprint":"x"}',
      randomBytes(1_000).toString('latin1'),
    ]) {
      await server.cli('PUBLISH', 'bank-auth:changes', text);
    }
    const token = aToken();
    await two.writeIfNewer('mine', token);
    await until(() =>
      mine.some((change) => 'fingerprint' in change && change.fingerprint === token.fingerprint),
    );
    expect([mine.length, theirs.length]).toEqual([before[0]! + 1, before[1]]);
    expect(errors).toEqual([]);
    subscriber.end();
  });

  describe('leaves what is encrypted with a key that it does not know', () => {
    const THEIRS = newKey();

    test('as it is, whatever the store is asked to do, and reports the store as unavailable', async () => {
      const [ours, theirs] = [storeWith(), storeWith({ encryptionKey: THEIRS })];
      const token = aToken();
      const name = await nameOf('token', () => theirs.writeIfNewer('key', token, { ageMs: 1_000 }));
      const before = await recordOf(name);

      expect(await ours.read('key')).toBeUndefined();
      expect(await ours.writeIfNewer('key', aToken())).toBe(false);
      expect(await ours.writeIfNewer('key', token)).toBe(false);
      await ours.remove('key', token.fingerprint);
      await ours.remove('key', token.fingerprint, { refused: true });
      expect(await ours.lease('key', 10_000)).toEqual(UNAVAILABLE);
      expect(await ours.lease('key', 10_000, { despiteFailure: true })).toEqual(UNAVAILABLE);
      await ours.check('key');

      const after = await recordOf(name);
      expect(after.fields).toEqual(before.fields);
      expect(after.left).toBeLessThanOrEqual(before.left);
      expect(after.left).toBeGreaterThan(before.left / 2);
      expect((await theirs.read('key'))?.token).toEqual(token);
      // And the lease is theirs to have.
      await acquire(theirs, 'key');
    });

    test('even if it holds a lease that it acquired before', async () => {
      const [ours, theirs] = [storeWith(), storeWith({ encryptionKey: THEIRS })];
      const lease = await acquire(ours, 'key');
      expect(await theirs.lease('key', 10_000)).toMatchObject({ kind: 'held' });
      const token = aToken();
      expect(await theirs.writeIfNewer('key', token)).toBe(true);
      expect(await ours.writeIfNewer('key', aToken(), { ageMs: 0, lease })).toBe(false);
      expect((await theirs.read('key'))?.token).toEqual(token);
    });

    test('including a failure, until its time is over', async () => {
      const [ours, theirs] = [storeWith(), storeWith({ encryptionKey: THEIRS })];
      const name = await nameOf('failure', async () =>
        (await acquire(theirs, 'key')).release({ failure: REJECTED, forMs: 60_000 }),
      );
      expect(await ours.lease('key', 10_000)).toEqual(UNAVAILABLE);
      expect(await theirs.lease('key', 10_000)).toMatchObject({ kind: 'cooling-down', failure: REJECTED });
      await server.cli('PEXPIRE', name, 1);
      await new Promise((resolve) => setTimeout(resolve, 10));
      await acquire(ours, 'key');
    });

    test('until its time is over', async () => {
      const [ours, theirs] = [storeWith(), storeWith({ encryptionKey: THEIRS })];
      const name = await nameOf('token', () => theirs.writeIfNewer('key', aToken()));
      expect(await ours.writeIfNewer('key', aToken())).toBe(false);
      await server.cli('PEXPIRE', name, 1);
      await new Promise((resolve) => setTimeout(resolve, 10));
      await expectNothing(ours, 'key');
    });
  });

  describe('goes on sharing while keys are rotated', () => {
    const NEW = newKey();
    const steps: Record<string, RedisTokenStoreOptions> = {
      'the old key': { encryptionKey: OURS },
      'the old key, reading with the new one': { encryptionKey: OURS, previousEncryptionKeys: [NEW] },
      'the new key, reading with the old one': { encryptionKey: NEW, previousEncryptionKeys: [OURS] },
      'the new key': { encryptionKey: NEW },
    };
    const mixes = Object.entries(steps).flatMap(([one, options], index, all) =>
      all.slice(index, index + 2).map(([two, others]) => [one, two, options, others] as const),
    );

    test.each(mixes)('between replicas with %s and replicas with %s', async (_one, _two, options, others) => {
      for (const [here, there] of [
        [storeWith(options), storeWith(others)],
        [storeWith(others), storeWith(options)],
      ] as const) {
        const key = randomBytes(6).toString('hex');
        const heard: TokenChange[] = [];
        there.changes(key).subscribe((change) => void heard.push(change));

        // Tokens, in both directions, and in order.
        const lease = await acquire(here, key);
        expect(await there.lease(key, 10_000)).toMatchObject({ kind: 'held' });
        const [first, second] = [aToken(), aToken()];
        expect(await here.writeIfNewer(key, first, { ageMs: 0, lease })).toBe(true);
        await lease.release();
        expect((await there.read(key))?.token).toEqual(first);
        const next = await acquire(there, key);
        expect(await there.writeIfNewer(key, second, { ageMs: 0, lease: next })).toBe(true);
        await next.release();
        expect((await here.read(key))?.token).toEqual(second);
        expect(await here.writeIfNewer(key, aToken(), { ageMs: 0, lease })).toBe(false);
        expect((await there.read(key))?.token).toEqual(second);
        // Removals, of the other one's token and of no other.
        await here.remove(key, first.fingerprint);
        expect((await there.read(key))?.token).toEqual(second);
        await here.remove(key, second.fingerprint, { refused: true });
        expect(await there.read(key)).toBeUndefined();
        // Failures.
        await (await acquire(here, key)).release({ failure: REJECTED, forMs: 60_000 });
        expect(await there.lease(key, 10_000)).toMatchObject({ kind: 'cooling-down', failure: REJECTED });
        const again = await acquire(there, key, true);
        await again.release({ failure: { ...REJECTED, status: 400 }, forMs: 60_000 });
        expect(await here.lease(key, 10_000)).toMatchObject({ failure: { status: 400 } });
        // And news.
        for (let turn = 0; turn < 100 && !heard.some(({ type }) => type === 'written'); turn++) {
          await here.writeIfNewer(key, aToken());
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        expect(heard.map(({ type }) => type)).toContain('written');
      }
    });

    test('but not from the first step of a rotation to the last', async () => {
      const [old, next] = [storeWith(steps['the old key']), storeWith(steps['the new key'])];
      await old.writeIfNewer('key', aToken());
      expect(await next.read('key')).toBeUndefined();
      expect(await next.lease('key', 1_000)).toEqual(UNAVAILABLE);
    });

    test('with a key in hexadecimal digits, in Base64 and in Base64 for URLs', async () => {
      const bytes = Buffer.from(OURS, 'base64');
      const token = aToken();
      await storeWith().writeIfNewer('key', token);
      for (const encryptionKey of [
        bytes.toString('hex'),
        bytes.toString('hex').toUpperCase(),
        bytes.toString('base64url'),
        OURS.replace('=', ''),
      ]) {
        expect((await storeWith({ encryptionKey }).read('key'))?.token).toEqual(token);
      }
    });

    describe('by files', () => {
      let folder: string;
      beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), 'bank-auth-keys-'));
      });
      afterEach(() => rmSync(folder, { recursive: true }));
      const file = (name: string, content: string) => {
        writeFileSync(join(folder, name), content);
        return join(folder, name);
      };
      /** Files are not looked at more often than once a second. */
      const aWhile = () => new Promise((resolve) => setTimeout(resolve, 1_050));

      test('that change while the process runs', async () => {
        const options = {
          encryptionKeyFile: file('current', `${OURS}\n`),
          previousEncryptionKeyFile: file('previous', ''),
        };
        const [one, still] = [
          storeWith(options),
          storeWith({ encryptionKey: OURS, previousEncryptionKeys: [NEW] }),
        ];
        const first = aToken();
        await one.writeIfNewer('key', first);
        await aWhile();
        file('previous', `${OURS}\n`);
        file('current', `${NEW}\r\n`);
        // A write looks at the files, and is encrypted with the new key from then on.
        const second = aToken();
        expect(await one.writeIfNewer('key', second)).toBe(true);
        expect((await still.read('key'))?.token).toEqual(second);
        expect((await storeWith({ encryptionKey: NEW }).read('key'))?.token).toEqual(second);
        expect(await storeWith({ encryptionKey: OURS }).read('key')).toBeUndefined();
        // What the old key has encrypted is read still.
        const third = aToken();
        await still.writeIfNewer('other', third);
        expect((await one.read('other'))?.token).toEqual(third);
      });

      test('after another replica has written with the new key', async () => {
        const one = storeWith({ encryptionKeyFile: file('current', OURS) });
        const token = aToken();
        await storeWith({ encryptionKey: NEW }).writeIfNewer('key', token);
        expect(await one.read('key')).toBeUndefined();
        await aWhile();
        file('current', NEW);
        expect((await one.read('key'))?.token).toEqual(token);
      });

      test('and keeps its keys while a file is damaged or missing', async () => {
        const one = storeWith({ encryptionKeyFile: file('current', OURS) });
        for (const content of ['', 'nonsense', `${NEW}\n${OURS}`, undefined]) {
          await aWhile();
          if (content === undefined) rmSync(join(folder, 'current'));
          else file('current', content);
          const token = aToken();
          expect(await one.writeIfNewer('key', token)).toBe(true);
          expect((await storeWith().read('key'))?.token).toEqual(token);
        }
      }, 10_000);
    });
  });
});

/** What the store writes, made by the documented means and by nothing of its code. */
function sealed(content: unknown, associated: string): string {
  const secret = hkdfSync('sha256', Buffer.from(OURS, 'base64'), '', 'nestjs-bank-auth records', 32);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(Buffer.from(secret)), nonce);
  cipher.setAAD(Buffer.from(associated));
  const text = Buffer.concat([cipher.update(JSON.stringify(content)), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
}

async function spyOn(channel: string, messages: string[]) {
  const { Redis } = await import('ioredis');
  const client = new Redis({ ...server.address, disconnectTimeout: 50 });
  const spy = { isReady: false, end: () => client.disconnect() };
  client.on('message', (_channel, message: string) => messages.push(message));
  await client.subscribe(channel);
  spy.isReady = true;
  return spy;
}
