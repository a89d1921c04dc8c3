import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { RedisTokenStore } from 'nestjs-bank-auth/redis';
import { RedisProcess } from '../../prove/lib/redis-process.mjs';

const TIMES = 150;
/** The least of these counts: other load of the machine only adds. */
const ROUNDS = 3;
const SUBSCRIBERS = 50;
/** The length of a token, in characters: that of a JWT. */
const TOKEN_LENGTH = 1_000;
const KEY = 'a-bank';
const HOUR = 3_600_000;

/** The costs of each store operation at a real Redis: `{ bytes, micros }`, in and out, and of its processor. */
export async function redisCosts() {
  const redis = await RedisProcess.start();
  const monitor = new Redis(redis.url);
  const store = new RedisTokenStore(redis.url, { encryptionKey: randomBytes(32).toString('base64') });
  try {
    const token = (n) => ({
      fingerprint: `fingerprint-${n}`,
      value: randomBytes(TOKEN_LENGTH).toString('base64url').slice(0, TOKEN_LENGTH),
      scopes: [],
      issuedAt: Date.now(),
      lifetime: HOUR,
      credentialsVersion: 'v1',
    });
    await store.writeIfNewer(KEY, token(0));
    const [, nothing] = await spent(monitor, async () => undefined);
    const each = async (work) => {
      const rounds = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const [times, total] = await spent(monitor, work);
        rounds.push({
          bytes: Math.max(0, total.bytes - nothing.bytes) / times,
          micros: Math.max(0, total.micros - nothing.micros) / times,
        });
      }
      const least = (what) => Math.min(...rounds.map((round) => round[what]));
      return { bytes: least('bytes'), micros: least('micros') };
    };
    const read = await each(() => repeat(() => store.read(KEY)));
    const pair = await each(() =>
      repeat(async () => {
        const { lease } = await store.lease(KEY, 6_000);
        await lease.release();
      }),
    );
    const write = await each(() => repeat((n) => store.writeIfNewer(KEY, token(n + 1), { ageMs: 0 })));
    const remove = await each(() => repeat((n) => store.remove(KEY, `fingerprint-${n}`)));
    const listeners = await Promise.all(
      Array.from({ length: SUBSCRIBERS }, async () => {
        const listener = new Redis(redis.url);
        await listener.subscribe('bank-auth:changes');
        return listener;
      }),
    );
    const heard = await each(() => repeat((n) => store.remove(KEY, `fingerprint-${n}`)));
    for (const listener of listeners) listener.disconnect();
    const perListener = (what) => Math.max(0, heard[what] - remove[what]) / SUBSCRIBERS;
    const half = { bytes: pair.bytes / 2, micros: pair.micros / 2 };
    return {
      version: redis.version,
      costs: {
        read,
        write,
        remove,
        lease: half,
        release: half,
        news: { bytes: perListener('bytes'), micros: perListener('micros') },
      },
    };
  } finally {
    monitor.disconnect();
    await store.close();
    await redis.end();
  }
}

async function repeat(work) {
  for (let n = 0; n < TIMES; n += 1) await work(n);
  return TIMES;
}

async function spent(monitor, work) {
  const before = await usage(monitor);
  const times = await work();
  const after = await usage(monitor);
  return [times, { bytes: after.bytes - before.bytes, micros: after.micros - before.micros }];
}

/** All bytes in and out, and the microseconds of the processor. */
export async function usage(monitor) {
  const text = await monitor.info('all');
  const number = (name) => Number(new RegExp(`^${name}:(\\S+)`, 'm').exec(text)?.[1]);
  return {
    bytes: number('total_net_input_bytes') + number('total_net_output_bytes'),
    micros: (number('used_cpu_user') + number('used_cpu_sys')) * 1e6,
    commands: number('total_commands_processed'),
    // A script counts as a command, and so does each command within it.
    scripts: Number(/cmdstat_evalsha:calls=(\d+)/.exec(text)?.[1] ?? 0),
  };
}
