import { afterEach, expect, test } from '@jest/globals';
import { Cluster } from 'ioredis';
import { firstValueFrom } from 'rxjs';
import { BankSimulator } from '../../src/testing/index.js';
import {
  describeRedis,
  RedisCluster,
  RedisSentinelGroup,
  RedisServer,
  SlowProxy,
  stopProxies,
  stopRedis,
} from '../support/redis-server.js';
import { closeReplicas, Load, lines, type RedisAt, type Replica, startReplica } from './replicas.js';

const REPLICAS = 3;
const HOUR = 3_600_000;

let simulator: BankSimulator | undefined;
afterEach(async () => {
  await closeReplicas();
  await Promise.all([simulator?.stop(), stopProxies(), stopRedis()]);
  await group?.stop();
  group = undefined;
});
let group: RedisSentinelGroup | undefined;

async function aBank() {
  simulator = await BankSimulator.start('partner');
  const bank = simulator.bank('partner');
  bank.setLifetime(HOUR);
  return bank;
}

/** A fault of Redis: how replicas reach it, how it begins and how it ends. */
interface Fault {
  readonly redis: RedisAt;
  begin(): unknown;
  end(): unknown;
  /** Whether it is there when the replicas start. */
  readonly fromTheStart?: boolean;
}

const faults: Record<string, () => Promise<Fault>> = {
  'down at start-up': async () => {
    const server = await RedisServer.start();
    await server.kill();
    return { redis: server.url, fromTheStart: true, begin: () => undefined, end: () => server.restart() };
  },
  'killed under load and restarted empty': async () => {
    const server = await RedisServer.start();
    return { redis: server.url, begin: () => server.kill(), end: () => server.restart() };
  },
  'frozen for seconds': async () => {
    const server = await RedisServer.start();
    return {
      redis: server.url,
      begin: () => server.freeze(),
      end: async () => {
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        server.thaw();
      },
    };
  },
  'emptied and out of memory': async () => {
    const server = await RedisServer.start({ args: ['--maxmemory-policy', 'noeviction'] });
    return {
      redis: server.url,
      begin: async () => {
        await server.cli('FLUSHALL');
        await server.cli('CONFIG', 'SET', 'maxmemory', '1');
      },
      end: () => server.cli('CONFIG', 'SET', 'maxmemory', '0'),
    };
  },
  'read-only': async () => {
    const server = await RedisServer.start();
    const nowhere = await RedisServer.start();
    await nowhere.kill();
    return {
      redis: server.url,
      begin: () => server.cli('REPLICAOF', '127.0.0.1', nowhere.port),
      end: () => server.cli('REPLICAOF', 'NO', 'ONE'),
    };
  },
  'behind another password': async () => {
    const server = await RedisServer.start({ password: 'one-password' });
    return {
      redis: { ...server.address, password: 'another-password' },
      fromTheStart: true,
      begin: () => undefined,
      end: () => server.cli('CONFIG', 'SET', 'requirepass', 'another-password'),
    };
  },
  'too slow': async () => {
    const server = await RedisServer.start();
    const proxy = await SlowProxy.start(server.port);
    return {
      redis: proxy.url,
      begin: () => {
        proxy.delay = 2_000;
      },
      end: () => {
        proxy.delay = 0;
      },
    };
  },
  'failing over to a replica': async () => {
    const sentinels = await RedisSentinelGroup.start();
    group = sentinels;
    return {
      redis: {
        sentinels: [{ host: '127.0.0.1', port: sentinels.sentinel.port }],
        name: sentinels.masterName,
      },
      begin: () => sentinels.servers[0].kill(),
      end: async () => {
        await eventually(
          'the replica is the master',
          async () => (await sentinels.servers[1].info('replication')).role === 'master',
        );
      },
    };
  },
};

const clusters: Record<string, (cluster: RedisCluster) => Promise<Omit<Fault, 'redis'>>> = {
  'a cluster, one node of which is frozen': async ({ nodes }) => {
    const owner = await ownerOfToken(nodes);
    return {
      begin: () => owner.freeze(),
      end: async () => {
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        owner.thaw();
      },
    };
  },
};

async function ownerOfToken(nodes: readonly RedisServer[]): Promise<RedisServer> {
  const sizes = await Promise.all(nodes.map((node) => node.cli<number>('DBSIZE')));
  return nodes[sizes.findIndex((size) => size > 0)] as RedisServer;
}

/** Looks, not seconds, are counted: on a busy machine they take longer. */
async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (let looks = 0; !(await condition().catch(() => false)); looks += 1) {
    if (looks > 300) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const tokensOf = (replicas: readonly Replica[]) =>
  Promise.all(replicas.map(({ tokens }) => tokens.getAccessToken()));

describeRedis('with Redis', () => {
  test.each(Object.entries(faults))(
    '%s, no call fails, each process asks the bank once more at most, and then all share again',
    async (_name, make) => {
      const fault = await make();
      await endure(fault.redis, async () => fault, fault.fromTheStart);
    },
    40_000,
  );

  test.each(Object.entries(clusters))(
    '%s, no call fails, each process asks the bank once more at most, and then all share again',
    async (_name, make) => {
      const cluster = await RedisCluster.start();
      const client = new Cluster(cluster.startupNodes, { lazyConnect: true });
      await endure(client, () => make(cluster));
    },
    40_000,
  );
});

/** Lets replicas live through a fault, under load, and demands what the tests' names say. */
async function endure(
  redis: RedisAt,
  make: () => Promise<Omit<Fault, 'redis'>>,
  fromTheStart = false,
): Promise<void> {
  const bank = await aBank();
  const replicas = await Promise.all(
    Array.from({ length: REPLICAS }, () => startReplica(bank, redis, { warmUp: 'background' })),
  );
  const first = await tokensOf(replicas);
  if (!fromTheStart) {
    expect(new Set(first).size).toBe(1);
    expect(bank.tokenRequests).toBe(1);
  }
  const load = new Load(replicas);
  const before = fromTheStart ? 0 : bank.tokenRequests;
  const fault = await make();
  await fault.begin();
  // Tokens are needed while it lasts.
  if (!fromTheStart) await Promise.all(replicas.map(({ tokens }) => firstValueFrom(tokens.refresh())));
  await eventually('each has said a line about the fault', async () => lines.length === REPLICAS);
  for (const line of lines) {
    expect(line).toMatch(
      /^\[BANK_AUTH_STORE_UNAVAILABLE\] The token store \(Redis at [^)]*\) is in trouble \(.+\)\. /,
    );
  }
  expect(bank.tokenRequests - before).toBeLessThanOrEqual(REPLICAS);
  const during = bank.tokenRequests;
  await fault.end();

  await eventually('each has said a line about its end', async () => lines.length === 2 * REPLICAS);
  const sharing = async () => new Set(await tokensOf(replicas)).size === 1;
  await eventually('all share again', sharing);
  expect(bank.tokenRequests).toBe(during);
  // One process drops the token that all have, and one request brings all of them another.
  const [old] = await tokensOf(replicas);
  replicas[0]?.tokens.invalidate(old as string);
  await eventually('nobody uses the dropped token', async () => {
    return !(await tokensOf(replicas)).includes(old as string);
  });
  await eventually('all share another one', sharing);
  expect(bank.tokenRequests).toBe(during + 1);
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(load.calls).toBeGreaterThan(20);
  expect(bank.apiRefusals).toBe(0);
  expect(lines).toHaveLength(2 * REPLICAS);
  for (const line of lines.slice(REPLICAS)) {
    expect(line).toMatch(/^\[BANK_AUTH_STORE_RECOVERED\] The token store \(Redis at [^)]*\) is well again/);
  }
}
