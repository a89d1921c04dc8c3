import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisServer } from './redis-process.js';
import { LOOPBACK } from './unused-port.mjs';

const START_TIMEOUT = 20_000;
const MASTER = 'tests-master';

/** A master, its replica, and a sentinel that puts the replica in the master's place within seconds of its end. */
export class RedisSentinelGroup {
  readonly masterName = MASTER;

  private constructor(
    /** The first one is the master to begin with. */
    readonly servers: readonly [RedisServer, RedisServer],
    readonly sentinel: RedisServer,
  ) {}

  static async start(): Promise<RedisSentinelGroup> {
    const started: RedisServer[] = [];
    try {
      const master = await RedisServer.start();
      started.push(master);
      const replica = await RedisServer.start({ args: ['--replicaof', LOOPBACK, String(master.port)] });
      started.push(replica);
      await until('the replica follows', async () => {
        return (await replica.info('replication')).master_link_status === 'up';
      });
      const sentinel = await RedisServer.launch((port, folder) => {
        const file = join(folder, 'sentinel.conf');
        writeFileSync(file, configuration(port, master.port));
        return [file, '--sentinel'];
      });
      started.push(sentinel);
      await until('the sentinel knows the replica', async () => {
        const replicas = await sentinel.cli<unknown[]>('SENTINEL', 'REPLICAS', MASTER);
        const known = JSON.stringify(replicas);
        return known.includes(String(replica.port)) && known.includes('"ok"');
      });
      return new RedisSentinelGroup([master, replica], sentinel);
    } catch (error) {
      await Promise.all(started.map((server) => server.stop()));
      throw error;
    }
  }

  get sentinelPort(): number {
    return this.sentinel.port;
  }

  /** What an ioredis client needs to find the master. */
  get address(): { sentinels: { host: string; port: number }[]; name: string } {
    return { sentinels: [{ host: LOOPBACK, port: this.sentinelPort }], name: MASTER };
  }

  /** Whom the sentinel takes for the master. */
  async master(): Promise<RedisServer> {
    const [, port] = await this.sentinel.cli<string[]>('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER);
    return this.servers.find((server) => server.port === Number(port)) as RedisServer;
  }

  /** Kills the master, and gives it back. It can be restarted, and is a replica then. */
  async killMaster(): Promise<RedisServer> {
    const master = await this.master();
    await master.kill();
    return master;
  }

  /** Waits until another server than this one is the master, and takes writes. */
  async failedOver(from: RedisServer): Promise<RedisServer> {
    let successor = from;
    await until('the replica takes over', async () => {
      successor = await this.master();
      return successor !== from && (await successor.info('replication')).role === 'master';
    });
    return successor;
  }

  async stop(): Promise<void> {
    await Promise.all([this.sentinel, ...this.servers].map((server) => server.stop()));
  }
}

const configuration = (port: number, masterPort: number) => `
port ${port}
bind ${LOOPBACK}
logfile redis.log
sentinel monitor ${MASTER} ${LOOPBACK} ${masterPort} 1
sentinel down-after-milliseconds ${MASTER} 500
sentinel failover-timeout ${MASTER} 2000
`;

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + START_TIMEOUT;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited ${START_TIMEOUT} ms in vain until ${what}`);
    await sleep(25);
  }
}
