import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { RedisTokenStore } from 'nestjs-bank-auth/redis';
import { tokenStoreContract } from 'nestjs-bank-auth/testing';
import { describeRedis, RedisCluster, RedisServer, stopRedis } from '../support/redis-server.js';

const encryptionKey = randomBytes(32).toString('base64');

type Source = () => ConstructorParameters<typeof RedisTokenStore>[0];

/** Cases that use each kind of command, and the channel. */
const SOME = [
  'gives all of a token back, to every instance',
  'gives the lease to one of many who ask at once',
  'frees the lease when it is released',
  'tells other instances that a token was written, once it can be read',
];

/**
 * The contract, for two stores over one Redis as two processes have them: all of it, or some cases, where a source
 * differs from another only by how it is connected to.
 */
function keepsTheContract(source: Source, which: 'all' | 'some', keyPrefix?: string) {
  const create = () => new RedisTokenStore(source(), { encryptionKey, keyPrefix });
  const cases = tokenStoreContract(create, { another: create });
  const chosen = cases.filter(({ name }) => which === 'all' || SOME.includes(name));
  // A case that has another name by now would be left out in silence.
  if (which === 'some' && chosen.length !== SOME.length) throw new Error('the contract has no such case');
  for (const { name, run } of chosen) test(name, run);
}

describeRedis('the Redis store', () => {
  let server: RedisServer;
  let secured: RedisServer;
  let cluster: RedisCluster;
  beforeAll(async () => {
    [server, secured, cluster] = await Promise.all([
      RedisServer.start(),
      RedisServer.start({ password: randomBytes(9).toString('base64') }),
      RedisCluster.start(3),
    ]);
  }, 30_000);
  afterAll(stopRedis);

  describe('on a URL', () => keepsTheContract(() => server.url, 'all'));

  describe('on a URL with a password', () => keepsTheContract(() => secured.url, 'some'));

  describe('on options of ioredis', () =>
    keepsTheContract(() => ({ ...secured.address, db: 3 }), 'some', 'ours:'));

  describe('on an instance of ioredis', () => {
    let instance: Redis;
    beforeAll(() => {
      instance = new Redis({ ...server.address, lazyConnect: true });
    });
    keepsTheContract(() => instance, 'some');

    test('never uses the given instance itself', () => {
      expect(instance.status).toBe('wait');
    });
  });

  describe('on an instance of ioredis in use, with a keyPrefix', () => {
    let instance: Redis;
    beforeAll(async () => {
      instance = new Redis({ ...server.address, keyPrefix: '{app}:' });
      await instance.set('key', 'value');
    });
    afterAll(() => instance.disconnect());
    keepsTheContract(() => instance, 'some');

    test('leaves the given instance as it is', async () => {
      expect(await instance.get('key')).toBe('value');
      const keys = await server.cli<string[]>('KEYS', '{app}:*');
      expect(keys.length).toBeGreaterThan(3);
    });
  });

  describe('on an instance of ioredis with a commandTimeout of 1 ms and other hostile settings', () => {
    let instance: Redis;
    beforeAll(() => {
      instance = new Redis({
        ...server.address,
        lazyConnect: true,
        enableAutoPipelining: true,
        enableOfflineQueue: false,
        stringNumbers: true,
        readOnly: true,
        maxRetriesPerRequest: null,
        commandTimeout: 1,
      });
    });
    keepsTheContract(() => instance, 'all');
  });

  describe('on a Redis Cluster', () => {
    let instance: Cluster;
    beforeAll(() => {
      instance = new Cluster(cluster.startupNodes, { lazyConnect: true });
    });
    keepsTheContract(() => instance, 'some');

    test('never uses the given instance itself, and spreads tokens over the nodes', async () => {
      const store = new RedisTokenStore(instance, { encryptionKey });
      const token = { value: 'token', scopes: [], issuedAt: 0, lifetime: 60_000, credentialsVersion: 'v' };
      await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          store.writeIfNewer(`merchant ${index}`, { ...token, fingerprint: `f${index}` }, { ageMs: 0 }),
        ),
      );
      await store.close();
      expect(instance.status).toBe('wait');
      const sizes = await Promise.all(cluster.nodes.map((node) => node.cli<number>('DBSIZE')));
      expect(Math.min(...sizes)).toBeGreaterThan(0);
    });
  });

  describe('on a Redis Cluster whose client prefixes keys and reads from replicas', () => {
    let instance: Cluster;
    beforeAll(async () => {
      instance = new Cluster(cluster.startupNodes, {
        scaleReads: 'slave',
        redisOptions: { keyPrefix: 'app:' },
      });
      await instance.set('key', 'value');
    });
    afterAll(() => instance.disconnect());
    keepsTheContract(() => instance, 'all');

    test('leaves the given instance as it is', async () => {
      expect(await instance.get('key')).toBe('value');
    });
  });
});
