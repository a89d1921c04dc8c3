import { randomBytes } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { StoredToken, TokenChange } from 'nestjs-bank-auth';
import { RedisTokenStore, type RedisTokenStoreOptions } from 'nestjs-bank-auth/redis';

import { describeRedis, RedisServer, stopRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

const newKey = () => randomBytes(32).toString('base64');
const [OLD, NEW] = [newKey(), newKey()];
/** Files are not looked at more often than once a second. */
const SINCE_THE_LAST_LOOK = 1_050;

let server: RedisServer;
let folder: string;
const stores: RedisTokenStore[] = [];
beforeAll(async () => {
  server = await RedisServer.start();
});
beforeEach(async () => {
  await server.cli('FLUSHALL');
  folder = mkdtempSync(join(tmpdir(), 'key-rotation-'));
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  rmSync(folder, { recursive: true });
});
afterAll(stopRedis);

function storeWith(options: RedisTokenStoreOptions): RedisTokenStore {
  const store = new RedisTokenStore(server.url, options);
  stores.push(store);
  return store;
}

/** Replaces a file as one does, so that nobody reads half of it. */
function put(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
  return path;
}

const inFiles = (): RedisTokenStoreOptions => ({
  encryptionKeyFile: put('current', OLD),
  previousEncryptionKeyFile: put('previous', ''),
});

const aToken = (): StoredToken => ({
  fingerprint: `fingerprint-${randomBytes(6).toString('hex')}`,
  value: `value-${randomBytes(30).toString('hex')}`,
  scopes: [],
  issuedAt: Date.now(),
  lifetime: 3_600_000,
  credentialsVersion: 'v1',
});

describeRedis('while encryption keys are rotated by files, step by step', () => {
  test.each([1, 9, 20])(
    'the first records under the new key are read, and leased, by replicas with %d merchants',
    async (merchants) => {
      const one = storeWith(inFiles());
      const ahead = storeWith({ encryptionKey: NEW, previousEncryptionKeys: [OLD] });
      const keys = Array.from({ length: merchants }, (_, n) => `merchant ${n}`);
      await sleep(SINCE_THE_LAST_LOOK);
      put('previous', NEW);
      const tokens = keys.map(aToken);
      await Promise.all(keys.map((key, n) => ahead.writeIfNewer(key, tokens[n] as StoredToken)));
      const found = await Promise.all(keys.map((key) => one.read(key)));
      expect(found.map((record) => record?.token)).toEqual(tokens);
    },
  );

  test.each([1, 9, 20])(
    '%d merchants get their leases at once, none is told of an unknown key',
    async (n) => {
      const one = storeWith(inFiles());
      const ahead = storeWith({ encryptionKey: NEW, previousEncryptionKeys: [OLD] });
      const keys = Array.from({ length: n }, (_, index) => `merchant ${index}`);
      await sleep(SINCE_THE_LAST_LOOK);
      put('previous', NEW);
      await Promise.all(keys.map((key) => ahead.writeIfNewer(key, aToken())));
      const answers = await Promise.all(keys.map((key) => one.lease(key, 1_000)));
      expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['acquired']));
    },
  );

  test('replicas hear news under the new key without any other reason to read files', async () => {
    const one = storeWith(inFiles());
    const ahead = storeWith({ encryptionKey: NEW, previousEncryptionKeys: [OLD] });
    const heard: TokenChange[] = [];
    one.changes('key').subscribe((change) => heard.push(change));
    await until(() => heard.length === 1, 'the subscription');
    // Also where they were looked at just before.
    await one.writeIfNewer('other', aToken());
    put('previous', NEW);
    const [first, second] = [aToken(), aToken()];
    await ahead.writeIfNewer('key', first);
    await ahead.remove('key', first.fingerprint, { refused: true });
    await ahead.writeIfNewer('key', second);
    await until(() => heard.length === 4, 'the news');
    expect(heard).toEqual([
      { type: 'resumed' },
      { type: 'written', fingerprint: first.fingerprint },
      { type: 'removed', fingerprint: first.fingerprint, refused: true },
      { type: 'written', fingerprint: second.fingerprint },
    ]);
  });

  test('messages under made-up keys reach no listener and delay no other message', async () => {
    const one = storeWith(inFiles());
    const heard: TokenChange[] = [];
    one.changes('key').subscribe((change) => heard.push(change));
    await until(() => heard.length === 1, 'the subscription');
    await one.writeIfNewer('key', aToken());
    const [name = ''] = await server.cli<string[]>('KEYS', '*:token*');
    const id = /\{(.*)\}/.exec(name)?.[1];
    for (let n = 0; n < 300; n += 1) {
      await server.cli('PUBLISH', 'bank-auth:changes', `${id}.${randomBytes(9).toString('base64url')}.AAAA`);
    }
    const token = aToken();
    await one.writeIfNewer('key', token);
    await until(() => heard.length === 3, 'the news');
    expect(heard[2]).toEqual({ type: 'written', fingerprint: token.fingerprint });
  });
});
