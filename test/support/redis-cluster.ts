import { setTimeout as sleep } from 'node:timers/promises';
import { RedisServer } from './redis-process.js';
import { LOOPBACK, unusedPort } from './unused-port.mjs';

const SLOTS = 16_384;
const START_TIMEOUT = 20_000;

/** A Redis Cluster of masters, between which all slots are shared out evenly. */
export class RedisCluster {
  private constructor(readonly nodes: readonly RedisServer[]) {}

  static async start(size = 3, args: readonly string[] = []): Promise<RedisCluster> {
    // Taken one after the other, so that none is taken twice.
    const busPorts: number[] = [];
    while (busPorts.length < size) {
      const port = await unusedPort();
      if (!busPorts.includes(port)) busPorts.push(port);
    }
    const cluster = new RedisCluster(
      await Promise.all(
        busPorts.map((busPort) =>
          RedisServer.start({
            args: [
              ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
              ...['--cluster-node-timeout', '2000', ...args],
            ],
          }),
        ),
      ),
    );
    try {
      await cluster.#meet(busPorts);
      await cluster.#settled();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** What an ioredis `Cluster` starts from. */
  get startupNodes(): { host: string; port: number }[] {
    return this.nodes.map(({ port }) => ({ host: LOOPBACK, port }));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  /** The node that has the slot of a key. */
  async nodeOf(key: string): Promise<RedisServer> {
    const slot = await this.nodes[0]!.cli<number>('CLUSTER', 'KEYSLOT', key);
    return this.nodes.find((_, index) => slot < firstSlot(index + 1, this.nodes.length)) as RedisServer;
  }

  /** Takes all slots from a node, which must hold no keys, and throws it out; it lives on, alone. */
  async leave(leaver: RedisServer): Promise<readonly RedisServer[]> {
    const others = this.nodes.filter((node) => node !== leaver);
    const index = this.nodes.indexOf(leaver);
    const [from, to] = [firstSlot(index, this.nodes.length), firstSlot(index + 1, this.nodes.length) - 1];
    const id = await leaver.cli<string>('CLUSTER', 'MYID');
    for (const node of others) {
      await node.cli('CLUSTER', 'FORGET', id);
      // Forgetting frees the slots; where it does not, they are freed by hand.
      await node.cli('CLUSTER', 'DELSLOTSRANGE', from, to).catch(() => undefined);
    }
    await leaver.cli('CLUSTER', 'RESET', 'HARD');
    await others[0]!.cli('CLUSTER', 'ADDSLOTSRANGE', from, to);
    await others[0]!.cli('CLUSTER', 'BUMPEPOCH');
    await this.#settled(others);
    return others;
  }

  async #meet(busPorts: readonly number[]): Promise<void> {
    const size = this.nodes.length;
    for (const [index, node] of this.nodes.entries()) {
      await node.cli('CLUSTER', 'ADDSLOTSRANGE', firstSlot(index, size), firstSlot(index + 1, size) - 1);
      // Else they would have to find out by themselves who comes first.
      await node.cli('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    }
    for (const [index, { port }] of this.nodes.entries()) {
      if (index > 0) await this.nodes[0]!.cli('CLUSTER', 'MEET', LOOPBACK, port, busPorts[index] as number);
    }
  }

  /** Waits until each node knows all others and all slots. */
  async #settled(nodes = this.nodes): Promise<void> {
    const end = Date.now() + START_TIMEOUT;
    for (;;) {
      const views = await Promise.all(nodes.map((node) => node.cli<string>('CLUSTER', 'INFO')));
      const known = `cluster_known_nodes:${nodes.length}\r\n`;
      if (views.every((view) => view.includes('cluster_state:ok\r\n') && view.includes(known))) return;
      if (Date.now() > end) throw new Error(`the cluster does not settle: ${views[0]}`);
      await sleep(25);
    }
  }
}

const firstSlot = (index: number, size: number) => Math.round((index * SLOTS) / size);
