import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import { describeRedis, RedisServer, stopRedis } from '../support/redis-server.js';
import { useTranspiledPackage } from '../support/transpiled-package.js';
import { unusedPort } from '../support/unused-port.mjs';

const BANKS = ['bog-payments', 'tbc-business', 'tbc-installments', 'tbc-tpay', 'partner'];
const PATIENCE = 60_000;
/** A server of another place or name counts as installed, too. */
const PATH = [
  ...(process.env.REDIS_SERVER ? [dirname(process.env.REDIS_SERVER)] : []),
  process.env.PATH,
].join(':');

const built = useTranspiledPackage('bundled');

/** A run of the launcher, which ends with its test. */
class Launch {
  static readonly #running = new Set<Launch>();
  output = '';
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    const program = join(built.folder, 'sample/01-payments-api/dist/replicas.js');
    // What ends a replica when its launcher is killed ends the launcher when the tests are.
    const watch = pathToFileURL(join(dirname(program), 'replicas/ends-with-launcher.js')).href;
    this.#child = spawn(process.execPath, ['--import', watch, program, ...args], {
      cwd: built.folder,
      env: { PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data) => {
        this.output += data;
      });
    }
    Launch.#running.add(this);
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        Launch.#running.delete(this);
        resolve(code);
      });
    });
  }

  static async stopAll(): Promise<void> {
    for (const launch of Launch.#running) {
      // Killed at once, it could not end what it has started.
      launch.signal('SIGTERM');
      const patience = setTimeout(() => launch.signal('SIGKILL'), 15_000);
      await launch.ended;
      clearTimeout(patience);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when this has been printed, or when there is nothing more to come. */
  printed(text: string): Promise<unknown> {
    const seen = new Promise<void>((resolve) => {
      const look = () => {
        if (this.output.includes(text)) resolve();
      };
      this.#child.stdout?.on('data', look);
      look();
    });
    return Promise.race([seen, this.ended]);
  }

  get rows(): string[][] {
    return this.output.split('\n').map((line) => line.split(/ {2,}/));
  }

  get addresses(): string[] {
    return [...this.output.matchAll(/Swagger UI of replica \d: (\S+)/g)].map(([, address]) => address!);
  }

  get redisPort(): number {
    return Number(/Redis: started for this, on port (\d+)/.exec(this.output)?.[1]);
  }
}
afterEach(() => Launch.stopAll(), PATIENCE);

/**
 * Whether a replica answers there. Its port may be another program's by now, which need not answer at all. Each look has
 * a connection of its own: looks on one that stays open would keep a closing server alive.
 */
const reaches = (url: string) =>
  fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(10_000) }).then(
    async (response) => response.ok && /swagger/i.test(await response.text()),
    () => false,
  );

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** Enough for what does not depend on how many there are: each takes its time to start. */
const TWO = ['--replicas', '2'];

describeRedis('the payments API as replicas', () => {
  afterEach(() => stopRedis());

  test(
    'asks each bank for one token, serves payments with each replica, and ends with everything it started',
    async () => {
      const launch = new Launch(['--once']);

      expect([await launch.ended, launch.output]).toEqual([0, expect.any(String)]);

      for (const bank of BANKS) expect(launch.rows).toContainEqual([bank, '1', '12', '4']);
      expect(launch.output).toContain('Each bank was asked for one token');
      expect(launch.output).not.toContain('FAILED');
      expect(new Set(launch.addresses).size).toBe(4);
      for (const address of launch.addresses) expect(await reaches(address)).toBe(false);
      expect(launch.redisPort).toBeGreaterThan(0);
      expect(await listens(launch.redisPort)).toBe(false);
    },
    PATIENCE,
  );

  test(
    'works with the Redis of the environment and runs until SIGINT, which Redis survives',
    async () => {
      const redis = await RedisServer.start({ password: 'pass-of-redis' });
      const launch = new Launch(TWO, { BANK_AUTH_REDIS_URL: redis.url });
      await launch.printed('Ctrl+C');

      for (const bank of BANKS) expect(launch.rows).toContainEqual([bank, '1', '6', '2']);
      expect(launch.output).toContain('Redis: that of BANK_AUTH_REDIS_URL');
      expect(launch.output).not.toContain('pass-of-redis');
      for (const address of launch.addresses) expect(await reaches(address)).toBe(true);
      expect(await redis.cli<number>('DBSIZE')).toBeGreaterThan(0);

      launch.signal('SIGINT');

      expect(await launch.ended).toBe(0);
      expect(launch.addresses).toHaveLength(2);
      for (const address of launch.addresses) expect(await reaches(address)).toBe(false);
      expect(redis.alive).toBe(true);
    },
    PATIENCE,
  );

  test(
    'ends everything at SIGTERM even during the start',
    async () => {
      const launch = new Launch(TWO);
      await launch.printed('processes of this service are starting');
      expect(await listens(launch.redisPort)).toBe(true);

      launch.signal('SIGTERM');

      expect(await launch.ended).toBe(0);
      expect(launch.addresses).toHaveLength(0);
      expect(await listens(launch.redisPort)).toBe(false);
    },
    PATIENCE,
  );

  test(
    'ends with 1 if the banks got more requests, as with a Redis that refuses writes',
    async () => {
      const redis = await RedisServer.start({ args: ['--min-replicas-to-write', '1'] });
      const launch = new Launch(['--once', ...TWO], { BANK_AUTH_REDIS_URL: redis.url });

      expect(await launch.ended).toBe(1);

      expect(launch.output).toContain('NOT AS PROMISED');
      for (const bank of BANKS) expect(launch.rows).toContainEqual([bank, '2', '6', '2']);
    },
    PATIENCE,
  );

  test(
    'leaves no replica behind when it is killed',
    async () => {
      const redis = await RedisServer.start();
      const launch = new Launch(TWO, { BANK_AUTH_REDIS_URL: redis.url });
      await launch.printed('Ctrl+C');
      expect(launch.addresses).toHaveLength(2);

      launch.signal('SIGKILL');
      await launch.ended;

      const alive = async () => (await Promise.all(launch.addresses.map(reaches))).filter(Boolean).length;
      // However long a busy machine takes for it; a replica that stays makes the test run out of time.
      while ((await alive()) > 0) await sleep(50);
      expect(await alive()).toBe(0);
    },
    PATIENCE,
  );
});

describe('the launcher of the replicas', () => {
  test(
    'says what to do without a Redis and without a program for one',
    async () => {
      const port = await unusedPort();
      const launch = new Launch(['--once'], {
        PATH: built.folder,
        BANK_AUTH_REDIS_URL: `redis://:pass-of-redis@127.0.0.1:${port}`,
      });

      expect(await launch.ended).toBe(1);

      expect(launch.output).toContain('The Redis of BANK_AUTH_REDIS_URL does not answer (ECONNREFUSED)');
      expect(launch.output).toContain('There is no redis-server on this machine');
      expect(launch.output).toContain('BANK_AUTH_REDIS_URL to a Redis that runs');
      expect(launch.output).not.toContain('pass-of-redis');
      expect(launch.output).not.toContain('    at ');
    },
    PATIENCE,
  );

  test.each([
    ['an unknown option', ['--onec'], 'The options are --once and --replicas n.'],
    ['seventeen replicas', ['--replicas', '17'], '--replicas must be a number from 1 to 16.'],
  ])(
    'starts nothing with %s',
    async (_what, args, sentence) => {
      const launch = new Launch(args);

      expect(await launch.ended).toBe(1);

      expect(launch.output).toContain(sentence);
      expect(launch.output).not.toContain('Redis');
    },
    PATIENCE,
  );
});
