import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Cluster, Redis, type RedisOptions } from 'ioredis';

import {
  describeRedis,
  RedisCluster,
  RedisSentinelGroup,
  RedisServer,
  SlowProxy,
  stopProxies,
  stopRedis,
} from '../support/redis-server.js';
import { until } from '../support/until.js';

const clients: { disconnect(): void }[] = [];
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await stopProxies();
  await stopRedis();
});

function clientOf(options: RedisOptions): Redis {
  const client = new Redis({
    maxRetriesPerRequest: null,
    retryStrategy: () => 20,
    disconnectTimeout: 50,
    ...options,
  });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

/** What a client gets that has no password and tries once. */
async function oneTry(port: number): Promise<unknown> {
  const client = new Redis({ port, retryStrategy: () => null, disconnectTimeout: 50 });
  client.on('error', () => undefined);
  try {
    return await client.get('key');
  } finally {
    client.disconnect();
  }
}

const within = (promise: Promise<unknown>, ms: number) =>
  Promise.race([
    promise,
    new Promise((resolve) => void setTimeout(resolve, ms, 'nothing within the time').unref()),
  ]);

describeRedis('a Redis server', () => {
  test('admits clients with the password, and reports their commands', async () => {
    const server = await RedisServer.start({ password: 'a pass/word', args: ['--maxmemory', '64mb'] });
    expect(await server.cli('CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', String(64 * 2 ** 20)]);
    expect(server.url).toBe(`redis://:a%20pass%2Fword@127.0.0.1:${server.port}`);
    const client = new Redis(server.url);
    clients.push(client);
    expect(await client.set('key', 'value')).toBe('OK');
    expect(await server.cli('KEYS', '*')).toEqual(['key']);
    expect(await server.cliBuffer('GET', 'key')).toEqual(Buffer.from('value'));
    await expect(oneTry(server.port)).rejects.toThrow(/NOAUTH/);
  });

  test('counts the commands of its clients, but not those of `cli`', async () => {
    const server = await RedisServer.start();
    const client = clientOf(server.address);
    await client.set('key', 'value');
    await server.cli('GET', 'key');
    await server.cli('CONFIG', 'GET', 'save');
    const before = await server.commandCount();
    expect(before).toBe(1);
    await client.get('key');
    await client.get('key');
    expect(await server.commandCount()).toBe(before + 2);
  });

  test('stands still when it is frozen, and goes on when it is thawed', async () => {
    const server = await RedisServer.start();
    const client = clientOf(server.address);
    await client.set('key', 'value');
    server.freeze();
    const answer = client.get('key');
    expect(await within(answer, 150)).toBe('nothing within the time');
    server.thaw();
    expect(await answer).toBe('value');
  });

  test('is killed, and restarted on its port with nothing in it', async () => {
    const server = await RedisServer.start();
    const client = clientOf(server.address);
    await client.set('key', 'value');
    const { port, pid } = server;
    await server.kill();
    expect(server.alive).toBe(false);
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    await server.restart();
    expect(server.port).toBe(port);
    expect(server.pid).not.toBe(pid);
    expect(await client.get('key')).toBeNull();
    expect(await server.commandCount()).toBe(1);
  });

  test('is stopped even while it is frozen', async () => {
    const server = await RedisServer.start();
    const { pid } = server;
    server.freeze();
    await server.stop();
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  test('says why it does not start', async () => {
    await expect(RedisServer.start({ args: ['--maxmemory', 'much'] })).rejects.toThrow(/did not start/);
  });
});

describeRedis('a Redis cluster', () => {
  test('shares all keys out between three masters', async () => {
    const cluster = await RedisCluster.start(3);
    for (const node of cluster.nodes) {
      const view = await node.cli('CLUSTER', 'INFO');
      expect(view).toContain('cluster_state:ok\r\n');
      expect(view).toContain('cluster_known_nodes:3\r\n');
    }
    const client = new Cluster(cluster.startupNodes);
    for (let number = 0; number < 60; number++) await client.set(`key-${number}`, number);
    const sizes = await Promise.all(cluster.nodes.map((node) => node.cli<number>('DBSIZE')));
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(60);
    expect(await (await cluster.nodeOf('key-7')).cli('GET', 'key-7')).toBe('7');
    client.disconnect();
    await cluster.stop();
  }, 30_000);
});

describeRedis('a Redis master with a replica and a sentinel', () => {
  test('is replaced by the replica when it is killed', async () => {
    const group = await RedisSentinelGroup.start();
    const client = clientOf({ ...group.address, sentinelRetryStrategy: () => 50 });
    await client.set('key', 'value');
    await client.wait(1, 2_000);
    const killed = await group.killMaster();
    const successor = await group.failedOver(killed);
    expect(successor).toBe(group.servers[1]);
    expect(await client.get('key')).toBe('value');
    expect(await client.set('key', 'other')).toBe('OK');
    client.disconnect();
    await group.stop();
  }, 30_000);
});

describeRedis('a slow way to Redis', () => {
  let server: RedisServer;
  let proxy: SlowProxy;
  beforeAll(async () => {
    server = await RedisServer.start();
    proxy = await SlowProxy.start(server.port);
  });

  test('delays each direction by the given time', async () => {
    const client = clientOf({ port: proxy.port });
    await client.set('key', 'value');
    const { wait } = proxy;
    const waits: { readonly milliseconds: number; readonly end: (value: unknown) => void }[] = [];
    proxy.delay = 60;
    proxy.wait = (milliseconds) => new Promise((end) => waits.push({ milliseconds, end }));
    let answered = 0;
    const answers = Promise.all(
      Array.from({ length: 5 }, () =>
        client.get('key').then(() => {
          answered += 1;
        }),
      ),
    );
    await until(() => waits.length > 0, 'the way there');
    const there = waits.splice(0);
    for (const { end } of there) end(undefined);
    await until(() => waits.length > 0, 'the way back');
    expect(answered).toBe(0);
    proxy.delay = 0;
    proxy.wait = wait;
    for (const { end } of waits) end(undefined);
    await answers;
    // All together: one after the other, each would wait for itself.
    for (const { milliseconds } of [...there, ...waits]) expect(milliseconds).toBe(60);
    expect([there.length, waits.length]).toEqual([1, 1]);
  });

  test('holds packets, and delivers them later', async () => {
    const client = clientOf({ port: proxy.port });
    await client.ping();
    proxy.hold();
    const answer = client.set('held', 'yes');
    expect(await within(answer, 100)).toBe('nothing within the time');
    expect(await server.cli('EXISTS', 'held')).toBe(0);
    await proxy.pass();
    expect(await answer).toBe('OK');
  });

  test('refuses connections, and accepts them again', async () => {
    const client = clientOf({ port: proxy.port });
    await client.ping();
    const lost = new Promise((resolve) => client.once('close', resolve));
    await proxy.refuse();
    await lost;
    await expect(oneTry(proxy.port)).rejects.toThrow(/closed|ECONNREFUSED/);
    await proxy.pass();
    expect(await client.ping()).toBe('PONG');
    expect(proxy.connections).toBeGreaterThan(1);
  });
});
