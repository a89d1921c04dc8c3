import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type RedisTokenStore, redisTokenStoreFromEnv } from 'nestjs-bank-auth/redis';

import { describeRedis, RedisServer, stopRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';

const BANK_AUTH_ENCRYPTION_KEY = randomBytes(32).toString('base64');

let folder: string;
const stores: RedisTokenStore[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'redis-url-'));
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await stopRedis();
  rmSync(folder, { recursive: true });
});

function file(content: string | Buffer): string {
  const path = join(folder, 'url');
  writeFileSync(path, content);
  return path;
}

function storeOf(content: string | Buffer): RedisTokenStore {
  const store = redisTokenStoreFromEnv({ BANK_AUTH_REDIS_URL_FILE: file(content), BANK_AUTH_ENCRYPTION_KEY });
  stores.push(store);
  return store;
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error: { code?: string }) => error.code,
  );

async function serverWithUser(password: string): Promise<RedisServer> {
  const server = await RedisServer.start();
  await server.cli('ACL', 'SETUSER', 'app', 'on', `>${password}`, '~*', '&*', '+@all');
  return server;
}

describeRedis('a URL of Redis in a file', () => {
  test('is read again when Redis refuses its password, and no call fails', async () => {
    const server = await serverWithUser('first');
    const url = (user: string, password: string) => `redis://${user}:${password}@127.0.0.1:${server.port}\n`;
    const store = storeOf(url('app', 'first'));
    let resumed = 0;
    store.changes('key').subscribe(({ type }) => {
      if (type === 'resumed') resumed += 1;
    });
    await store.check('key');
    await until(() => resumed === 1, 'the subscription');
    // As passwords are rotated: the new one is added, written to the file, the old one removed. Then connections are cut.
    await server.cli('ACL', 'SETUSER', 'app', '>second', '<first');
    file(url('app', 'second'));
    await store.check('key');
    await server.cli('CLIENT', 'KILL', 'TYPE', 'normal');
    await server.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
    expect(await Promise.all(Array.from({ length: 20 }, () => codeOf(store.check('key'))))).toEqual(
      Array(20).fill('ok'),
    );
    await until(() => resumed === 2, 'the subscription with the new password');
    // Another user, whose predecessor is deleted with all its connections.
    await server.cli('ACL', 'SETUSER', 'next', 'on', '>third', '~*', '&*', '+@all');
    file(url('next', 'third'));
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    await server.cli('ACL', 'DELUSER', 'app');
    await until(() => resumed >= 3, 'the subscription of the new user');
    expect(await codeOf(store.check('key'))).toBe('ok');
  }, 20_000);

  test('is read again when the host is gone', async () => {
    const [former, next] = [await RedisServer.start(), await RedisServer.start()];
    const store = storeOf(former.url);
    await store.check('key');
    await former.kill();
    file(next.url);
    expect(await codeOf(store.check('key'))).toBe('ok');
    expect(store.description).toBe(`Redis at redis://127.0.0.1:${next.port}`);
  });

  test('is read again until it holds the new password', async () => {
    const server = await serverWithUser('second');
    const url = (password: string) => `redis://app:${password}@127.0.0.1:${server.port}`;
    const store = storeOf(url('first'));
    expect(await codeOf(store.check('key'))).toBe('WRONGPASS');
    file('redis://half');
    file('');
    expect(await codeOf(store.check('key'))).toBe('WRONGPASS');
    file(url('second'));
    let code: string | undefined;
    for (let turn = 0; turn < 30 && code !== 'ok'; turn += 1) {
      code = await codeOf(store.check('key'));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(code).toBe('ok');
  });

  test.each<[string, (url: string) => string]>([
    ['a byte order mark', (url) => `\ufeff${url}`],
    ['a line break', (url) => `${url}\n`],
    ["Windows' line break", (url) => `${url}\r\n`],
    ['a byte order mark and a line break', (url) => `\ufeff${url}\r\n`],
  ])('may have %s', async (_what, change) => {
    const server = await RedisServer.start({ password: 'a-password' });
    expect(await codeOf(storeOf(change(server.url)).check('key'))).toBe('ok');
  });

  test.each<[string, (url: string) => string | Buffer, RegExp]>([
    ['two line breaks', (url) => `${url}\n\n`, /must hold redis:\/\//],
    ['a blank after it', (url) => `${url} `, /must hold redis:\/\//],
    ['another scheme', (url) => url.replace('redis:', 'https:'), /must hold redis:\/\//],
    ['nothing', () => '', /must hold redis:\/\//],
    ['quotes', (url) => `"${url}"`, /must hold redis:\/\//],
    ['UTF-16', (url) => Buffer.from(`\ufeff${url}`, 'utf16le'), /NOT_UTF_8/],
    ['no end', (url) => url + 'x'.repeat(70_000), /LARGER_THAN_64_KIB/],
  ])('is refused at the start with %s, and not shown', (_what, change, message) => {
    let refused: unknown;
    try {
      storeOf(change('redis://app:pl4nted-pass@127.0.0.1:6379'));
    } catch (error) {
      refused = error;
    }
    expect((refused as Error).message).toMatch(/BANK_AUTH_REDIS_URL_FILE/);
    expect((refused as Error).message).toMatch(message);
    expect(inspect(refused, { depth: 9, showHidden: true })).not.toContain('pl4nted');
  });
});
