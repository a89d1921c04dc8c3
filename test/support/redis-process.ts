import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from '@jest/globals';
import { Redis, type RedisOptions } from 'ioredis';
import { startGuarded } from './guarded-process.mjs';
import { LOOPBACK, unusedPort } from './unused-port.mjs';

const START_TIMEOUT = 10_000;

const binary = () => process.env.REDIS_SERVER || 'redis-server';

let available: boolean | undefined;
/** Whether this machine has a Redis server: `redis-server` on the PATH, or what `REDIS_SERVER` names. */
function redisAvailable(): boolean {
  available ??= spawnSync(binary(), ['--version'], { stdio: 'ignore' }).status === 0;
  return available;
}

/** A suite on real Redis servers. Without one it is left out, and the end of the test run says so. */
export function describeRedis(name: string, suite: () => void): void {
  // The closing lines of the run are made of this form of a name.
  if (redisAvailable()) describe(name, suite);
  else describe.skip(`${name} [needs ${binary()}: apt-get install redis-server]`, suite);
}

const running = new Set<RedisServer>();
/** Ends every Redis process that the test file has started. */
export async function stopRedis(): Promise<void> {
  await Promise.all([...running].map((server) => server.stop()));
}

interface RedisServerOptions {
  /** Asked for by the server, and used towards a master of its own. */
  readonly password?: string;
  /** More options of `redis-server`, such as `--maxmemory`, `1mb`. */
  readonly args?: readonly string[];
}

/** How a process is to be started on this port, in this folder. */
type CommandLine = (port: number, folder: string) => readonly string[];

/**
 * A real Redis server, which keeps nothing on disk, on a port of 127.0.0.1 that was free. It ends with the process that
 * started it, however that one ends.
 */
export class RedisServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'redis-'));
  #port = 0;
  #child?: ChildProcess;
  /** What `cli` has sent since the server started. */
  #ownCommands = 0;

  private constructor(
    private readonly commandLine: CommandLine,
    private readonly password?: string,
  ) {}

  static async start({ password, args = [] }: RedisServerOptions = {}): Promise<RedisServer> {
    const secured = password === undefined ? [] : ['--requirepass', password, '--masterauth', password];
    return RedisServer.launch((port) => [...options(port), ...secured, ...args], password);
  }

  /** Starts Redis in another role, by a command line of the caller's. */
  static async launch(commandLine: CommandLine, password?: string): Promise<RedisServer> {
    const server = new RedisServer(commandLine, password);
    running.add(server);
    try {
      await server.#start();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    const login = this.password === undefined ? '' : `:${encodeURIComponent(this.password)}@`;
    return `redis://${login}${LOOPBACK}:${this.#port}`;
  }

  /** What a client of it needs. */
  get address(): { host: string; port: number; password?: string } {
    return {
      host: LOOPBACK,
      port: this.#port,
      ...(this.password === undefined ? {} : { password: this.password }),
    };
  }

  get pid(): number {
    return this.#child?.pid ?? Number.NaN;
  }

  get alive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Stops it in its tracks: connections stay open, and nothing is answered until `thaw`. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** As a crash ends it, and all that it knew. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.alive) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Starts it again, empty, on the port that it had. */
  async restart(): Promise<void> {
    await this.kill();
    await this.#start();
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
    running.delete(this);
  }

  /** What it answers to one command, on a connection of its own. */
  async cli<T = unknown>(...command: readonly [string, ...(string | number | Buffer)[]]): Promise<T> {
    return this.#ask((client, [name, ...args]) => client.call(name, args), command) as Promise<T>;
  }

  /** The same, with bytes in place of texts: for values that are none. */
  async cliBuffer<T = unknown>(...command: readonly [string, ...(string | number | Buffer)[]]): Promise<T> {
    return this.#ask((client, [name, ...args]) => client.callBuffer(name, args), command) as Promise<T>;
  }

  /** What INFO tells, by name. */
  async info(section: string): Promise<Record<string, string>> {
    const lines = (await this.cli<string>('INFO', section)).split('\r\n');
    return Object.fromEntries(
      lines
        .filter((line) => line.includes(':'))
        .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
    );
  }

  /**
   * How many commands it has been sent since it was started, those that scripts send included; those that open
   * connections, and those of `cli`, excepted.
   */
  async commandCount(): Promise<number> {
    const counts = Object.entries(await this.info('commandstats')).map(([name, stats]) =>
      GREETINGS.has(commandOf(name)) ? 0 : Number(/calls=(\d+)/.exec(stats)?.[1]),
    );
    return counts.reduce((sum, count) => sum + count, -this.#ownCommands);
  }

  async #ask(
    how: (client: Redis, command: readonly [string, ...(string | number | Buffer)[]]) => Promise<unknown>,
    command: readonly [string, ...(string | number | Buffer)[]],
  ): Promise<unknown> {
    const client = new Redis({ ...this.address, ...ONE_COMMAND });
    client.on('error', () => undefined);
    try {
      await client.connect();
      if (!GREETINGS.has(command[0].toLowerCase())) this.#ownCommands += 1;
      return await how(client, command);
    } finally {
      client.disconnect();
    }
  }

  async #start(): Promise<void> {
    const end = Date.now() + START_TIMEOUT;
    const isRestart = this.#port !== 0;
    this.#ownCommands = 0;
    for (;;) {
      if (!isRestart) this.#port = await unusedPort();
      if (await this.#spawned(end)) return;
      const log = this.#log();
      // Whoever else looks for a free port, or still has a connection on this one, may have been faster.
      if (/Address already in use/.test(log) && Date.now() < end) continue;
      throw new Error(`${binary()} did not start on port ${this.#port}: ${log.slice(-1_000)}`);
    }
  }

  /** Whether the server came up: this one, not somebody else's on the same port. */
  async #spawned(end: number): Promise<boolean> {
    rmSync(join(this.#folder, LOG), { force: true });
    const child = await startGuarded(binary(), this.commandLine(this.#port, this.#folder), this.#folder);
    this.#child = child;
    while (this.alive && Date.now() < end) {
      const pid = await this.info('server').then(
        ({ process_id }) => Number(process_id),
        () => undefined,
      );
      if (pid === child.pid) return true;
      await sleep(10);
    }
    await this.kill();
    return false;
  }

  #log(): string {
    try {
      return readFileSync(join(this.#folder, LOG), 'utf8');
    } catch {
      return 'it wrote no log';
    }
  }
}

const LOG = 'redis.log';

const options = (port: number): string[] => [
  ...['--port', String(port), '--bind', LOOPBACK, '--logfile', LOG],
  ...['--save', '', '--appendonly', 'no'],
  // A replica need not wait for others to come.
  ...['--repl-diskless-sync-delay', '0'],
];

const ONE_COMMAND: RedisOptions = {
  lazyConnect: true,
  enableReadyCheck: false,
  disableClientInfo: true,
  retryStrategy: () => null,
  maxRetriesPerRequest: 0,
  connectTimeout: 2_000,
  commandTimeout: 2_000,
  // A connection that never came about is waited for that long, which keeps Jest waiting.
  disconnectTimeout: 50,
};

/** What clients send of their own accord when they connect. */
const GREETINGS = new Set(['hello', 'auth', 'client', 'info', 'select', 'readonly', 'command']);

/** `cmdstat_client|setinfo` is a CLIENT. */
const commandOf = (statistic: string) => statistic.replace(/^cmdstat_/, '').replace(/\|.*/, '');
