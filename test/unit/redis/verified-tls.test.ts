import { describe, expect, test } from '@jest/globals';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { verifyTls } from '../../../src/redis/verified-tls.js';

const lazyConnect = true;

function tlsOf(client: Redis): unknown[] {
  verifyTls(client);
  return [client.options.tls, client.options.sentinelTLS];
}

describe('a TLS connection to Redis verifies the server', () => {
  test.each<[string, () => Redis, unknown, unknown]>([
    ['a URL', () => new Redis('rediss://localhost', { lazyConnect }), {}, undefined],
    [
      'a URL with a profile',
      () => new Redis('rediss://localhost?tls=no-profile', { lazyConnect }),
      {},
      undefined,
    ],
    ['options', () => new Redis({ tls: { servername: 'a' }, lazyConnect }), { servername: 'a' }, undefined],
    [
      'Sentinels',
      () =>
        new Redis({
          sentinels: [{ host: 'localhost' }],
          name: 'x',
          sentinelTLS: {},
          tls: {},
          lazyConnect,
        } as RedisOptions),
      {},
      {},
    ],
  ])('by %s', (_what, client, tls, sentinelTls) => {
    const verified = (options: unknown) =>
      options === undefined ? undefined : { ...(options as object), rejectUnauthorized: true };
    expect(tlsOf(client())).toEqual([verified(tls), verified(sentinelTls)]);
  });

  test('skips verification only where its own options say rejectUnauthorized: false', () => {
    const client = new Redis({ tls: { rejectUnauthorized: false }, lazyConnect });
    expect(tlsOf(client)[0]).toEqual({ rejectUnauthorized: false });
  });

  test('leaves a connection without TLS unchanged', () => {
    expect(tlsOf(new Redis('redis://localhost', { lazyConnect }))).toEqual([undefined, undefined]);
  });

  test('verifies each node of a cluster, and does not change the options of the user', () => {
    const node = { host: 'localhost', tls: {} };
    const redisOptions = { tls: {} };
    const cluster = new Cluster([node, 'rediss://localhost', 6379], { lazyConnect, redisOptions });
    verifyTls(cluster);
    expect(cluster.options.redisOptions?.tls).toEqual({ rejectUnauthorized: true });
    const { startupNodes } = cluster as unknown as { startupNodes: unknown[] };
    expect(startupNodes).toEqual([
      { host: 'localhost', tls: { rejectUnauthorized: true } },
      'rediss://localhost',
      6379,
    ]);
    expect(node).toEqual({ host: 'localhost', tls: {} });
  });
});
