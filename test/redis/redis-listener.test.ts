import { afterEach, describe, expect, test } from '@jest/globals';
import { Cluster } from 'ioredis';
import { RedisConnection } from '../../src/redis/redis-connection.js';
import type { ListenerTimes } from '../../src/redis/redis-listener.js';
import { CHECK } from '../../src/redis/redis-scripts.js';
import type { RedisSource } from '../../src/redis/redis-source.js';

import {
  describeRedis,
  RedisCluster,
  RedisServer,
  SlowProxy,
  stopProxies,
  stopRedis,
} from '../support/redis-server.js';
import { until } from '../support/until.js';

const CHANNEL = 'news';
/** Looked at more often than in earnest, so that nobody has to wait. */
const TIMES: ListenerTimes = { every: 50, within: 300, again: 50 };

const connections: RedisConnection[] = [];
const clients: Cluster[] = [];
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()));
  for (const client of clients.splice(0)) client.disconnect();
  await stopProxies();
  await stopRedis();
});

/** A connection that listens, with what it has heard. */
async function listening(source: RedisSource, times = TIMES) {
  const connection = new RedisConnection(source, CHANNEL, times);
  connections.push(connection);
  const heard: string[] = [];
  connection.news.subscribe((news) => void heard.push(news.type === 'message' ? news.text : news.type));
  connection.listen();
  await until(() => heard.length > 0, 'the subscription');
  expect(heard.splice(0)).toEqual(['subscribed']);
  return { connection, heard };
}

/** Runs a command, as the store would. */
const use = (connection: RedisConnection) =>
  connection.run(
    CHECK,
    Array.from('abcde', (part) => `{x}:${part}`),
    [],
  );

const looks = (count: number) => new Promise((resolve) => setTimeout(resolve, count * TIMES.every));

describeRedis('the connection for news', () => {
  test('stays open while it answers, however often it is pinged', async () => {
    const server = await RedisServer.start();
    const proxy = await SlowProxy.start(server.port);
    // On a busy machine an answer may take longer than a silent connection is given otherwise.
    const { heard } = await listening(proxy.url, { ...TIMES, within: 15_000 });
    await looks(10);
    expect(proxy.connections).toBe(1);
    await server.cli('PUBLISH', CHANNEL, 'hello');
    await until(() => heard.length === 1, 'the news');
    expect(heard).toEqual(['hello']);
    // It was indeed looked at.
    expect(
      Number(/calls=(\d+)/.exec((await server.info('commandstats')).cmdstat_ping ?? '')?.[1]),
    ).toBeGreaterThan(2);
  });

  test('is reopened when it no longer answers, without any call', async () => {
    const server = await RedisServer.start();
    const proxy = await SlowProxy.start(server.port);
    const { heard } = await listening(proxy.url);
    for (let round = 1; round <= 2; round += 1) {
      proxy.forget();
      await until(() => heard.length === 1, 'the subscription');
      await server.cli('PUBLISH', CHANNEL, 'hello');
      await until(() => heard.length === 2, 'the news');
      expect(heard.splice(0)).toEqual(['subscribed', 'hello']);
      expect(proxy.connections).toBe(1 + round);
    }
  });

  test('is reopened if it was never established because no answer came', async () => {
    const server = await RedisServer.start();
    const proxy = await SlowProxy.start(server.port);
    const { heard } = await listening(proxy.url);
    proxy.hold();
    proxy.forget();
    await until(() => proxy.connections >= 3, 'more connections');
    proxy.forget();
    await proxy.pass();
    await until(() => heard.includes('subscribed'), 'the subscription');
  });

  test('follows commands to another server, although its own server is still alive', async () => {
    const [former, next] = [await RedisServer.start(), await RedisServer.start()];
    const proxy = await SlowProxy.start(former.port);
    const { connection, heard } = await listening(proxy.url);
    await use(connection);
    proxy.lead(next.port);
    await former.cli('CLIENT', 'KILL', 'TYPE', 'normal');
    await use(connection);
    await until(() => heard.length === 1, 'the subscription');
    expect(await next.cli('PUBLISH', CHANNEL, 'hello')).toBe(1);
    expect(await former.cli('PUBLISH', CHANNEL, 'late')).toBe(0);
    await until(() => heard.length === 2, 'the news');
    expect(heard).toEqual(['subscribed', 'hello']);
  });

  test('follows commands to the new primary when its own server has become a replica', async () => {
    const [former, next] = [await RedisServer.start(), await RedisServer.start()];
    const proxy = await SlowProxy.start(former.port);
    const { connection, heard } = await listening(proxy.url);
    await use(connection);
    proxy.lead(next.port);
    const nowhere = await RedisServer.start();
    await nowhere.kill();
    // It does not even hear what its primary tells.
    await former.cli('REPLICAOF', '127.0.0.1', nowhere.port);
    // Nobody notices: what the former one refuses is asked of the next one.
    await use(connection);
    await until(() => heard.length === 1, 'the subscription');
    expect(await next.cli('PUBLISH', CHANNEL, 'hello')).toBe(1);
  });

  test('is reopened once when both connections are lost at the same time', async () => {
    const server = await RedisServer.start();
    const proxy = await SlowProxy.start(server.port);
    const { connection, heard } = await listening(proxy.url, { ...TIMES, every: 600_000 });
    await use(connection);
    proxy.cut();
    await until(() => heard.length === 1, 'the subscription');
    await use(connection);
    await looks(5);
    expect(heard).toEqual(['subscribed']);
    expect(proxy.connections).toBe(4);
  });

  test('subscribes as soon as the user has the right to the channel', async () => {
    const server = await RedisServer.start();
    await server.cli('ACL', 'SETUSER', 'app', 'on', '>word', '~*', '+@all', 'resetchannels');
    const connection = new RedisConnection(`redis://app:word@127.0.0.1:${server.port}`, CHANNEL, TIMES);
    connections.push(connection);
    const heard: string[] = [];
    connection.news.subscribe(({ type }) => void heard.push(type));
    connection.listen();
    await looks(5);
    expect(heard).toEqual([]);
    await server.cli('ACL', 'SETUSER', 'app', `&${CHANNEL}`);
    await until(() => heard.length > 0, 'the subscription');
    await looks(5);
    expect(heard).toEqual(['subscribed']);
  });

  test('ends with the connection for commands', async () => {
    const server = await RedisServer.start();
    const proxy = await SlowProxy.start(server.port);
    const { connection } = await listening(proxy.url);
    await use(connection);
    proxy.forget();
    await connection.close();
    await looks(10);
    expect(proxy.connections).toBe(2);
  });

  describe('in a cluster', () => {
    const subscribers = (nodes: readonly RedisServer[]) =>
      Promise.all(
        nodes.map(async (node) => (await node.cli<[string, number]>('PUBSUB', 'NUMSUB', CHANNEL))[1] > 0),
      );

    test('moves to another node when its own leaves, alive', async () => {
      const cluster = await RedisCluster.start();
      const client = new Cluster(cluster.startupNodes, { lazyConnect: true });
      clients.push(client);
      const { heard } = await listening(client);
      const leaver = cluster.nodes[(await subscribers(cluster.nodes)).indexOf(true)] as RedisServer;
      const others = await cluster.leave(leaver);
      await until(() => heard.length > 0, 'the subscription');
      expect(await leaver.cli('PUBLISH', CHANNEL, 'nobody')).toBe(0);
      await others[0]?.cli('PUBLISH', CHANNEL, 'hello');
      await until(() => heard.includes('hello'), 'the news');
      expect(heard).toEqual(['subscribed', 'hello']);
    }, 30_000);

    test('stays open while its node serves slots', async () => {
      const cluster = await RedisCluster.start();
      const client = new Cluster(cluster.startupNodes, { lazyConnect: true });
      clients.push(client);
      const { heard } = await listening(client);
      await looks(20);
      expect(heard).toEqual([]);
    }, 30_000);
  });
});
