import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Cluster } from 'ioredis';
import { create, OwnClient } from '../../src/redis/redis-client.js';

import { RawServer } from '../support/raw-server.js';
import { until } from '../support/until.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function clientAt(url: string): OwnClient {
  const client = new OwnClient(create(url));
  stops.unshift(() => client.end());
  return client;
}

describe('a connection to Redis that is lost each time', () => {
  const DELAYS = [25, 50, 100, 200, 400, 800, 1_000];

  test('is made again after 25 milliseconds, then after twice as long each time, up to a second', async () => {
    const server = await RawServer.start();
    stops.push(() => server.stop());
    server.onConnection = (socket: Socket) => {
      socket.destroy();
      return true;
    };
    const client = clientAt(`redis://127.0.0.1:${server.port}`);
    const delays: number[] = [];
    client.client.on('reconnecting', (delay: number) => delays.push(delay));
    await client.ready().catch(() => undefined);
    await until(() => delays.length === DELAYS.length, 'the last attempt');
    expect(delays).toEqual(DELAYS);
    expect(server.connections).toBe(DELAYS.length);
  });

  test('is made again to a Cluster after the same times', () => {
    const given = new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true });
    const { clusterRetryStrategy } = (create(given) as Cluster).options;
    expect([...DELAYS, 1_000].map((_delay, n) => clusterRetryStrategy?.(n + 1))).toEqual([...DELAYS, 1_000]);
  });
});
