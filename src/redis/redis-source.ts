import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { A_CLUSTER, bySentinel } from './redis.messages.js';
import { isRedisUrl, RedisUrlFile } from './redis-url-file.js';

/** The source of a connection: an instance to be duplicated, ioredis' options, a URL, or a file that holds a URL. */
export type RedisSource = Client | RedisOptions | string | RedisUrlFile;

export type Client = Redis | Cluster;

/** Shown in place of an address that could hold a password. */
const UNNAMED = 'Redis';

/** Options have a host, a path or Sentinels; other clients look like options, and would lead to localhost. */
export function isRedisSource(redis: unknown): boolean {
  if (redis instanceof RedisUrlFile) return true;
  if (typeof redis !== 'object' || redis === null) return isRedisUrl(redis);
  return isInstance(redis) || (!('duplicate' in redis) && !('url' in redis));
}

/** Recognises an instance by its members, because two copies of ioredis have two classes. */
export function isInstance(source: unknown): source is Client {
  const { duplicate, isCluster } = (source ?? {}) as Partial<Redis>;
  return typeof duplicate === 'function' && typeof isCluster === 'boolean';
}

export function isCluster(source: Client): source is Cluster {
  return source.isCluster;
}

/** The address, without user and password. */
export function addressOf(source: RedisSource): string {
  if (source instanceof RedisUrlFile) return withoutCredentials(source.url);
  if (typeof source === 'string') return withoutCredentials(source);
  if (isInstance(source) && isCluster(source)) return A_CLUSTER;
  const options = (isInstance(source) ? source.options : source) as RedisOptions;
  const { path, host = 'localhost', port = 6379, sentinels, name } = options;
  if (sentinels) return bySentinel(name);
  const address = path ?? `${host}:${port}`;
  // A URL with its password in the place of a host.
  return address.includes('@') ? UNNAMED : address;
}

function withoutCredentials(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    // A path may be the number of a database, but never part of a password.
    return `${protocol}//${host}${/^\/\d*$/.test(pathname) ? pathname : ''}`;
  } catch {
    return UNNAMED;
  }
}
