import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { RedisProcess } from '../../prove/lib/redis-process.mjs';
import { runAll } from '../lib/pool.js';
import { median } from '../lib/statistics.js';
import { usage } from './redis-costs.js';

const PROGRAM = fileURLToPath(new URL('replica.js', import.meta.url));
/** Milliseconds for a replica to start, and to end. */
const PATIENCE = 120_000;
/** Replicas that start at the same time: an import keeps a core busy. */
const STARTING = 2;
const MEBI = 1024 ** 2;

/** Runs replicas in processes of their own, on one Redis. @param milliseconds the time for which they are watched */
export async function replicasFor(count, milliseconds, { bankUrl, desk }) {
  const redis = await RedisProcess.start();
  const monitor = new Redis(redis.url);
  const key = randomBytes(32).toString('base64');
  const children = [];
  const start = async () => {
    const child = fork(PROGRAM, [bankUrl, desk.name, redis.url, key], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    children.push(child);
    await answerOf(child);
  };
  try {
    await runAll(
      Array.from({ length: count }, () => start),
      STARTING,
    );
    const before = await usage(monitor);
    const began = performance.timeOrigin + performance.now();
    for (const child of children) child.send('begin');
    await sleep(milliseconds);
    const after = await usage(monitor);
    const asked = children.map(answerOf);
    for (const child of children) child.send('end');
    const ends = await Promise.all(asked);
    const { agree, first, tokens } = agreementOf(ends, count);
    const seconds = milliseconds / 1000;
    return {
      calls: await desk.tokenCalls(),
      tokens,
      failures: ends.reduce((sum, { failures }) => sum + failures, 0),
      first: Math.round(first - began),
      agree: Math.round(agree),
      scripts: round((after.scripts - before.scripts) / seconds),
      kib: round((after.bytes - before.bytes) / seconds / 1024),
      redisCpu: round((after.micros - before.micros) / seconds / 1e4),
      rss: Math.round(median(ends.map(({ rss }) => rss)) / MEBI),
    };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    monitor.disconnect();
    await redis.end();
  }
}

/** The next message of a child; rejects if it ends, or takes too long. */
async function answerOf(child) {
  const end = new AbortController();
  const { signal } = end;
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message),
      once(child, 'exit', { signal }).then(([code]) =>
        Promise.reject(new Error(`a replica ended with ${code}`)),
      ),
      sleep(PATIENCE, undefined, { signal }).then(() =>
        Promise.reject(new Error('a replica does not answer')),
      ),
    ]);
  } finally {
    end.abort();
  }
}

/** The time from the first replica to the last, for each token that all replicas had. */
function agreementOf(ends, count) {
  const times = new Map();
  for (const { seen } of ends) {
    for (const [token, at] of seen) times.set(token, [...(times.get(token) ?? []), at]);
  }
  const [firstTimes = [Number.NaN], ...later] = [...times.values()];
  const spans = later.filter(({ length }) => length === count).map((at) => Math.max(...at) - Math.min(...at));
  return {
    tokens: times.size,
    first: Math.max(...firstTimes),
    agree: spans.length > 0 ? median(spans) : Number.NaN,
  };
}

function round(value) {
  return Number(value.toPrecision(3));
}
