import { expect, test } from '@jest/globals';
import type { Cluster, Redis } from 'ioredis';
import { placeInCluster } from '../../../src/redis/redis-cluster-place.js';

/** A node that says of each of these that it serves slots. */
function node(id: string, port: number, serving: readonly string[]): Redis {
  const answers: Readonly<Record<string, unknown>> = {
    MYID: id,
    SLOTS: serving.map((master, at) => [at, at, ['127.0.0.1', 1, master]]),
  };
  return {
    options: { host: '127.0.0.1', port },
    cluster: async (asked: string) => answers[asked],
  } as unknown as Redis;
}

test('a node that has left a cluster and does not know it yet is no place to listen', async () => {
  const leaver = node('left', 1, ['left', 'stays']);
  const stayer = node('stays', 2, ['stays']);
  const cluster = { nodes: () => [leaver, stayer] } as unknown as Cluster;
  // In any order of the nodes, which are shuffled.
  for (let turn = 0; turn < 30; turn += 1) expect((await placeInCluster(cluster)).node).toBe(stayer);
});
