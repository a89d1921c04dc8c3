import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../start.error.js';
import { freePort } from './free-port.js';
import { whyNoAnswer } from './redis-probe.js';

const PROGRAMS = ['redis-server', 'valkey-server'];
/** Attempts to start: another process may take a port that was free. */
const ATTEMPTS = 3;
const START_TIMEOUT = 10_000;

/** Our own Redis, on loopback, with a password, and without a file. */
export class RedisServer {
  readonly url: string;
  readonly #closed: Promise<unknown>;
  #output = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {
    const password = randomBytes(24).toString('hex');
    this.url = `redis://:${password}@127.0.0.1:${port}`;
    this.#closed = new Promise((resolve) => child.once('close', resolve));
    process.once('exit', () => child.kill('SIGKILL'));
    child.stdout?.on('data', (data) => {
      this.#output += data;
    });
    // On its standard input, because everybody can see a program's arguments.
    child.stdin?.end(
      [
        `port ${port}`,
        'bind 127.0.0.1',
        `requirepass ${password}`,
        'save ""',
        'appendonly no',
        `dir ${tmpdir()}`,
        '',
      ].join('\n'),
    );
  }

  /** Undefined if this machine has no such program. */
  static async start(): Promise<RedisServer | undefined> {
    for (const program of PROGRAMS) {
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        const child = await launched(program);
        if (child === undefined) break;
        const server = new RedisServer(child, await freePort());
        if (await server.#answers()) return server;
        await server.end();
        if (attempt === ATTEMPTS) throw new StartError(`${program} does not start:\n${server.#output}`);
      }
    }
    return undefined;
  }

  async end(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#closed;
  }

  async #answers(): Promise<boolean> {
    const until = Date.now() + START_TIMEOUT;
    while (Date.now() < until && this.child.exitCode === null) {
      if ((await whyNoAnswer(this.url)) === undefined) return true;
      await sleep(50);
    }
    return false;
  }
}

/** The program, which reads its configuration from standard input; undefined if there is none of this name. */
async function launched(program: string): Promise<ChildProcess | undefined> {
  // In a process group of its own: Ctrl+C must end it after its users, not before.
  const child = spawn(program, ['-'], { detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  // A program that ends before it has read its configuration prints the reason.
  child.stdin.on('error', () => undefined);
  try {
    await once(child, 'spawn');
    return child;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
