import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { Redis } from 'ioredis';
import { now, sleep } from './clock.mjs';
import { endedWithUs } from './ended-with-us.mjs';

const PROGRAM = process.env.REDIS_SERVER || 'redis-server';
const LOOPBACK = '127.0.0.1';
const START_TIMEOUT = 10_000;
/** Somebody else may be faster at a port that was free. */
const ATTEMPTS = 3;

/** A real Redis server that keeps nothing, on a port of its own. Ends with us, however we end. */
export class RedisProcess {
  version;
  #port;
  #password = randomBytes(24).toString('hex');
  #child;
  #closed;
  #output = '';

  constructor(port) {
    this.#port = port;
  }

  static async start() {
    for (let attempt = 1; ; attempt += 1) {
      const redis = new RedisProcess(await unusedPort());
      try {
        await redis.restart();
        return redis;
      } catch (error) {
        await redis.end();
        if (attempt === ATTEMPTS || error.code === 'ENOENT') throw error;
      }
    }
  }

  get url() {
    return `redis://:${this.#password}@${LOOPBACK}:${this.#port}`;
  }

  /** As a crash ends it. */
  async kill() {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  async end() {
    if (this.#child !== undefined) await this.kill();
  }

  /** Starts it, empty, on its port. */
  async restart() {
    const child = spawn(PROGRAM, ['-'], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.on('error', () => undefined);
    try {
      await once(child, 'spawn');
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
      const help = 'Install it (Debian: apt install redis-server), or name it by REDIS_SERVER';
      throw Object.assign(new Error(`There is no ${PROGRAM} on this machine. ${help}.`), { code: 'ENOENT' });
    }
    this.#child = endedWithUs(child);
    this.#closed = new Promise((resolve) => child.once('close', resolve));
    guard(child);
    this.#output = '';
    child.stdout.on('data', (data) => {
      this.#output += data;
    });
    // A password of its own tells it from whatever else may listen there; everybody can see arguments.
    const configuration = {
      port: this.#port,
      bind: LOOPBACK,
      requirepass: this.#password,
      save: '""',
      appendonly: 'no',
      dir: tmpdir(),
    };
    const lines = Object.entries(configuration).map(([name, value]) => `${name} ${value}\n`);
    child.stdin.end(lines.join(''));
    await this.#answering();
  }

  async #answering() {
    const end = now() + START_TIMEOUT;
    while (now() < end && this.#child.exitCode === null) {
      this.version = await versionOf(this.url);
      if (this.version !== undefined) return;
      await sleep(10);
    }
    throw new Error(`${PROGRAM} does not start:\n${this.#output}`);
  }
}

/** Undefined if it does not answer. */
async function versionOf(url) {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 1_000,
    commandTimeout: 1_000,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return /redis_version:(\S+)/.exec(await redis.info('server'))?.[1];
  } catch {
    return undefined;
  } finally {
    redis.disconnect();
  }
}

/**
 * Below those that systems give to outgoing connections: whoever keeps trying such a port while nobody listens
 * there may get connected to himself, and take it.
 */
async function unusedPort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const probe = createServer().listen(port, LOOPBACK);
    try {
      await once(probe, 'listening');
    } catch {
      continue;
    }
    probe.close();
    await once(probe, 'close');
    return port;
  }
}

/** A shell that kills the server when its standard input ends, as it does with us, even where we are killed. */
function guard(child) {
  const shell = spawn('/bin/sh', ['-c', 'trap "" INT TERM HUP; read -r _; kill -9 "$0"', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', () => undefined);
  // The number of a process that has ended may be given to another.
  child.once('exit', () => shell.kill('SIGKILL'));
}
