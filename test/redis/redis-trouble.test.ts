import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, jest, test } from '@jest/globals';
import { Cluster } from 'ioredis';
import { RedisTokenStore } from 'nestjs-bank-auth/redis';
import { create } from '../../src/redis/redis-client.js';
import { describeRedis, RedisCluster, RedisServer, stopRedis } from '../support/redis-server.js';
import { unusedPort } from '../support/unused-port.mjs';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await stopRedis();
  jest.restoreAllMocks();
});

function storeAt(redis: ConstructorParameters<typeof RedisTokenStore>[0]): RedisTokenStore {
  const store = new RedisTokenStore(redis, { encryptionKey: randomBytes(32).toString('base64') });
  closing.push(() => store.close());
  return store;
}

/** The code and the words of the failure that a store has. */
async function troubleAt(redis: ConstructorParameters<typeof RedisTokenStore>[0]): Promise<string> {
  const store = storeAt(redis);
  return store.check('key').then(
    () => 'none',
    ({ code, trouble }: { code: string; trouble: string }) => `${code}: ${trouble}`,
  );
}

const withUser = async (...rules: string[]) => {
  const server = await RedisServer.start();
  await server.cli('ACL', 'SETUSER', 'app', 'on', '>word', '~*', '&*', ...rules);
  return `redis://app:word@127.0.0.1:${server.port}`;
};

/** How often the nodes have refused to run a script. */
async function refusals({ nodes }: RedisCluster): Promise<number> {
  const stats = await Promise.all(nodes.map((node) => node.cli<string>('INFO', 'commandstats')));
  return stats
    .flatMap((text) => [...text.matchAll(/^cmdstat_evalsha:.*rejected_calls=(\d+)/gm)])
    .reduce((sum, [, count]) => sum + Number(count), 0);
}

/** A server that answers each line it gets in the same way. */
async function answering(answer: string): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => socket.write(answer.repeat(String(data).split('*').length - 1)));
    closing.push(() => socket.destroy());
  });
  const port = await unusedPort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return `redis://127.0.0.1:${port}`;
}

const situations: Record<string, [() => Promise<ConstructorParameters<typeof RedisTokenStore>[0]>, RegExp]> =
  {
    'a replica': [
      async () => {
        const [server, nowhere] = [await RedisServer.start(), await RedisServer.start()];
        await nowhere.kill();
        await server.cli('REPLICAOF', '127.0.0.1', nowhere.port);
        return server.url;
      },
      /^READONLY: .*replica.*Wait.*correct/,
    ],
    'a replica that has lost its primary': [
      async () => {
        const [server, nowhere] = [await RedisServer.start(), await RedisServer.start()];
        await nowhere.kill();
        await server.cli('CONFIG', 'SET', 'replica-serve-stale-data', 'no');
        await server.cli('REPLICAOF', '127.0.0.1', nowhere.port);
        return server.url;
      },
      /^MASTERDOWN: .*Wait/,
    ],
    'no memory left': [
      async () => {
        const server = await RedisServer.start({ args: ['--maxmemory-policy', 'noeviction'] });
        await server.cli('CONFIG', 'SET', 'maxmemory', '1');
        return server.url;
      },
      /^OOM: .*more memory/,
    ],
    'no password': [
      async () => (await RedisServer.start({ password: 'a-password' })).url.replace(':a-password@', ''),
      /^NOAUTH: .*requires a password.*Correct/,
    ],
    'another password': [
      async () => (await RedisServer.start({ password: 'a-password' })).url.replace('a-password', 'another'),
      /^WRONGPASS: .*Correct/,
    ],
    'no right to run scripts': [
      () => withUser('+@all', '-evalsha'),
      /^NOPERM: .*the right \+evalsha .*docs\/replicas\.md/,
    ],
    'no right to what scripts do': [() => withUser('+@all', '-set'), /^NOPERM: .*lacks the right \+set /],
    'a renamed command': [
      async () => (await RedisServer.start({ args: ['--rename-command', 'EVALSHA', 'other'] })).url,
      /^ERR: .*the command EVALSHA.*renamed/,
    ],
    'a proxy that knows nothing': [
      () => answering("-ERR unsupported command 'HELLO' pl4nted\r\n"),
      /^ERR: .*(?:protocol: 2|does not know)/,
    ],
    'no server': [async () => `redis://127.0.0.1:${await unusedPort()}`, /^ECONNREFUSED: .*Wait.*correct/],
    'no TLS where TLS is spoken': [
      async () => (await RedisServer.start()).url.replace('redis:', 'rediss:'),
      /^ETIMEDOUT: .*the port may not speak TLS/,
    ],
    'a node of a cluster': [
      async () => (await RedisCluster.start()).nodes.map(({ url }) => url)[2] as string,
      /^(?:MOVED: .*`Cluster`|none)/,
    ],
  };

describeRedis('a Redis in trouble', () => {
  test.each(Object.entries(situations))(
    'has an error that says what happened and what to do: %s',
    async (_what, [make, words]) => {
      const printed = [jest.spyOn(console, 'warn'), jest.spyOn(console, 'error'), jest.spyOn(console, 'log')];
      const trouble = await troubleAt(await make());
      expect(trouble).toMatch(words);
      expect(trouble).not.toMatch(/pl4nted|a-password|another|word@/);
      for (const spy of printed) expect(spy).not.toHaveBeenCalled();
    },
    30_000,
  );

  test('without HELLO or INFO is used as with both', async () => {
    const server = await RedisServer.start({ args: ['--rename-command', 'HELLO', 'hallo'] });
    expect(await troubleAt(server.url)).toBe('none');
    const printed = jest.spyOn(console, 'warn');
    expect(await troubleAt(await withUser('+@all', '-info'))).toBe('none');
    expect(printed).not.toHaveBeenCalled();
  });

  test('has an error while a script blocks it', async () => {
    const server = await RedisServer.start();
    const store = storeAt(server.url);
    await store.check('key');
    await server.cli('CONFIG', 'SET', 'lua-time-limit', '10');
    const script = server.cli('EVAL', 'while true do end', '0').catch(() => undefined);
    const codes = new Set<string>();
    for (let turn = 0; turn < 50 && !codes.has('BUSY'); turn += 1) {
      await store.check('key').catch(({ code, trouble }) => {
        codes.add(code);
        if (code === 'BUSY') expect(trouble).toMatch(/script.*Wait/);
      });
    }
    expect([...codes]).toContain('BUSY');
    await server.cli('SCRIPT', 'KILL');
    await script;
    await store.check('key');
  });

  test('has an error while it loads its data, and recovers right after', async () => {
    let isSlow = false;
    const server = await RedisServer.launch((port) => [
      ...['--port', String(port), '--bind', '127.0.0.1', '--logfile', 'redis.log', '--save', ''],
      ...['--enable-debug-command', 'yes'],
      ...(isSlow ? ['--key-load-delay', '1000', '--loading-process-events-interval-bytes', '1024'] : []),
    ]);
    await server.cli('DEBUG', 'POPULATE', '3000');
    await server.cli('SAVE');
    const store = storeAt(server.url);
    await store.check('key');
    isSlow = true;
    await server.restart();
    let trouble = '';
    for (let turn = 0; turn < 200 && !trouble.startsWith('LOADING'); turn += 1) {
      trouble = await store.check('key').then(
        () => 'none',
        (error) => `${error.code}: ${error.trouble}`,
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(trouble).toMatch(/^LOADING: .*is still loading its data.*Wait/);
    for (let turn = 0; turn < 300 && trouble !== 'none'; turn += 1) {
      trouble = await store.check('key').then(
        () => 'none',
        (error) => error.code,
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(trouble).toBe('none');
  }, 30_000);

  test('has an error within one second while a Cluster moves the keys of a slot', async () => {
    const cluster = await RedisCluster.start();
    const client = new Cluster(cluster.startupNodes, { lazyConnect: true });
    closing.push(() => client.disconnect());
    const store = storeAt(client);
    await store.check('key');
    await store.lease('key', 60_000);
    const sizes = await Promise.all(cluster.nodes.map((node) => node.cli<string[]>('KEYS', '*')));
    const from = cluster.nodes[sizes.findIndex((keys) => keys.length > 0)] as RedisServer;
    const to = cluster.nodes.find((node) => node !== from) as RedisServer;
    const key = sizes.flat()[0] as string;
    const slot = await from.cli<number>('CLUSTER', 'KEYSLOT', key);
    await to.cli('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await from.cli<string>('CLUSTER', 'MYID'));
    await from.cli('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await to.cli<string>('CLUSTER', 'MYID'));
    await from.cli('MIGRATE', '127.0.0.1', to.port, key, 0, 10_000);
    const before = await refusals(cluster);
    const error = await store.lease('key', 1_000).then(
      () => undefined,
      (failed) => failed,
    );
    expect(error).toMatchObject({
      code: 'TRYAGAIN',
      trouble: expect.stringMatching(/is moving the keys.*Wait/),
    });
    // Else the log would say that nothing was answered. Counted in pauses, since the machine may take its time.
    const pauses = (await refusals(cluster)) - before - 1;
    const { retryDelayOnTryAgain: pause = Number.NaN } = (create(client) as Cluster).options;
    expect(pauses).toBeGreaterThan(0);
    expect(pauses * pause).toBeLessThan(1_000);
  }, 30_000);
});
