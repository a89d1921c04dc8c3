import type { Cluster, Redis } from 'ioredis';
import { failure } from './redis-trouble.js';
import { within } from './within.js';

/** How long a node may take to list the cluster's slots, in milliseconds. */
const ANSWER_WITHIN = 500;
/** The most nodes that are asked for the slots, one after the other. */
const MOST_ASKED = 3;

/**
 * A node of a cluster to listen to: any node that serves slots, since each of them tells all news.
 * @returns the node, and a function that checks whether it still serves slots; rejects if there is none
 */
export async function placeInCluster(
  cluster: Cluster,
): Promise<{ readonly node: Redis; readonly isInPlace: () => Promise<boolean> }> {
  for (const node of shuffled(cluster.nodes('master'))) {
    const id = await idOf(node);
    // Without the right to CLUSTER, any node will do.
    if (await serves(cluster, node, id)) return { node, isInPlace: () => serves(cluster, node, id) };
  }
  throw failure(undefined);
}

/** Asks other nodes: a node that has left, or was demoted behind a network partition, may not know. */
async function serves(cluster: Cluster, node: Redis, id: string | undefined): Promise<boolean> {
  if (id === undefined) return true;
  const { host, port } = node.options;
  const others = cluster
    .nodes('master')
    .filter(({ options }) => options.host !== host || options.port !== port);
  // The only node of the cluster.
  if (others.length === 0) return true;
  const serving = await idsOfServing(shuffled(others));
  return serving === undefined || serving.has(id);
}

/** The ids of all nodes that serve slots, from the first node that knows any; undefined if none answers. */
async function idsOfServing(nodes: readonly Redis[]): Promise<ReadonlySet<string> | undefined> {
  for (const node of nodes.slice(0, MOST_ASKED)) {
    const slots = await inTime(node.cluster('SLOTS'));
    const ids = Array.isArray(slots) ? slots.flatMap((range) => idOfMaster(range) ?? []) : [];
    // A node that was removed from its cluster knows no slots at all.
    if (ids.length > 0) return new Set(ids);
  }
  return undefined;
}

/** The id of a range's master. A range of slots is: from, to, the master (its host, port, id), its replicas. */
function idOfMaster(range: unknown): string | undefined {
  const id = ((range as unknown[] | undefined)?.[2] as unknown[] | undefined)?.[2];
  return typeof id === 'string' ? id : undefined;
}

async function idOf(node: Redis): Promise<string | undefined> {
  const id = await inTime(node.cluster('MYID'));
  return typeof id === 'string' ? id : undefined;
}

/** The answer; undefined if it is late or an error. */
function inTime(asked: Promise<unknown>): Promise<unknown> {
  return within(
    ANSWER_WITHIN,
    asked.catch(() => undefined),
  );
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((one, two) => one.order - two.order)
    .map(({ item }) => item);
}
