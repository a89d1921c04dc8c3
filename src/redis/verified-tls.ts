import type { Cluster, Redis, RedisOptions } from 'ioredis';

type TlsOptions = Pick<RedisOptions, 'tls' | 'sentinelTLS'>;

/**
 * Lets a client that has not connected yet verify its server, whatever `NODE_TLS_REJECT_UNAUTHORIZED` says: an unverified
 * server would get the password, and could send anything. A `false` in the user's own options is heeded.
 */
export function verifyTls(client: Redis | Cluster): void {
  const { options, startupNodes } = client as unknown as {
    options: TlsOptions & { redisOptions?: TlsOptions };
    startupNodes?: (string | number | TlsOptions)[];
  };
  verify(options);
  if (options.redisOptions !== undefined) verify(options.redisOptions);
  for (const [index, node] of startupNodes?.entries() ?? []) {
    // Copies, since the user's own cluster shares these objects.
    if (startupNodes !== undefined && typeof node === 'object') startupNodes[index] = verify({ ...node });
  }
}

function verify(options: TlsOptions): TlsOptions {
  for (const name of ['tls', 'sentinelTLS'] as const) {
    // ioredis makes `true` of rediss://.
    const given: unknown = options[name];
    if (!given) continue;
    options[name] = { rejectUnauthorized: true, ...(typeof given === 'object' ? given : {}) };
  }
  return options;
}
