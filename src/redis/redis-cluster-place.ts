import type { Cluster, Redis } from 'ioredis';
import { failure } from './redis-trouble.js';
import { within } from './within.js';

/** How long a node may take to list the cluster, in milliseconds. */
const ANSWER_WITHIN = 500;
/** How many nodes are asked for that, one after the other. */
const MOST_ASKED = 3;

/**
 * A node of a cluster to listen to: any that serves slots, since each of them tells all news.
 * @returns the node, and whether it is still one of them; rejects if there is none
 */
export async function placeInCluster(
  cluster: Cluster,
): Promise<{ readonly node: Redis; readonly isInPlace: () => Promise<boolean> }> {
  for (const node of shuffled(cluster.nodes('master'))) {
    const id = await idOf(node);
    // Without the right to ask, any will do.
    if (await serves(cluster, node, id)) return { node, isInPlace: () => serves(cluster, node, id) };
  }
  throw failure(undefined);
}

/** Asks others: a node that has left, or was demoted behind a wall, may not know. */
async function serves(cluster: Cluster, node: Redis, id: string | undefined): Promise<boolean> {
  if (id === undefined) return true;
  const { host, port } = node.options;
  const others = cluster
    .nodes('master')
    .filter(({ options }) => options.host !== host || options.port !== port);
  // The only one there is.
  if (others.length === 0) return true;
  const serving = await idsOfServing(shuffled(others));
  return serving === undefined || serving.has(id);
}

/** The ids of all nodes that serve slots, by the first node that knows any; undefined if none tells. */
async function idsOfServing(nodes: readonly Redis[]): Promise<ReadonlySet<string> | undefined> {
  for (const node of nodes.slice(0, MOST_ASKED)) {
    const slots = await inTime(node.cluster('SLOTS'));
    const ids = Array.isArray(slots) ? slots.flatMap((range) => idOfMaster(range) ?? []) : [];
    // A node that was thrown out of its cluster knows of no slots at all.
    if (ids.length > 0) return new Set(ids);
  }
  return undefined;
}

/** Of a range of slots: from, to, the master (its host, port, id), its replicas. */
function idOfMaster(range: unknown): string | undefined {
  const id = ((range as unknown[] | undefined)?.[2] as unknown[] | undefined)?.[2];
  return typeof id === 'string' ? id : undefined;
}

async function idOf(node: Redis): Promise<string | undefined> {
  const id = await inTime(node.cluster('MYID'));
  return typeof id === 'string' ? id : undefined;
}

/** An answer, or undefined if there is none in time, or the question is refused. */
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
