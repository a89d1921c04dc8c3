import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startGuarded } from '../../test/support/guarded-process.mjs';
import { LOOPBACK, unusedPort } from '../../test/support/unused-port.mjs';
import { now, sleep } from './clock.mjs';

const PROGRAM = process.env.REDIS_SERVER || 'redis-server';
const LOG = 'redis.log';
const START_TIMEOUT = 10_000;
/** Attempts to start: another process may take a port that was free. */
const ATTEMPTS = 3;

/** A real Redis server without persistence, on a port of its own. Ends with this process, however that ends. */
export class RedisProcess {
  version;
  #port;
  #password = randomBytes(24).toString('hex');
  #child;
  #closed;
  #folder = mkdtempSync(join(tmpdir(), 'redis-'));

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

  /** Kills the server, as a crash would. */
  async kill() {
    // Otherwise this process might end before the server has.
    this.#child.ref();
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  async end() {
    if (this.#child !== undefined) await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Starts an empty server on the same port. */
  async restart() {
    // The password distinguishes it from any other server on that port.
    const configuration = {
      port: this.#port,
      bind: LOOPBACK,
      requirepass: this.#password,
      save: '""',
      appendonly: 'no',
      logfile: LOG,
    };
    const lines = Object.entries(configuration).map(([name, value]) => `${name} ${value}\n`);
    rmSync(join(this.#folder, LOG), { force: true });
    try {
      this.#child = await startGuarded(PROGRAM, ['-'], this.#folder, lines.join(''));
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
      const help = 'Install it (Debian: apt install redis-server), or name it by REDIS_SERVER';
      throw Object.assign(new Error(`There is no ${PROGRAM} on this machine. ${help}.`), { code: 'ENOENT' });
    }
    const child = this.#child;
    this.#closed = new Promise((resolve) => child.once('close', resolve));
    await this.#answering();
  }

  async #answering() {
    const end = now() + START_TIMEOUT;
    while (now() < end && this.#child.exitCode === null && this.#child.signalCode === null) {
      this.version = await versionOf(this.url);
      if (this.version !== undefined) return;
      await sleep(10);
    }
    throw new Error(`${PROGRAM} does not start:\n${this.#log()}`);
  }

  #log() {
    try {
      return readFileSync(join(this.#folder, LOG), 'utf8');
    } catch {
      return 'it wrote no log';
    }
  }
}

/** The version of a server; undefined if it does not answer. */
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
