import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { StartError } from '../start.error.js';

const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));
const ENDS_WITH_LAUNCHER = new URL('./ends-with-launcher.js', import.meta.url).href;
// This folder has no `.env` that could name real banks.
const DIRECTORY = fileURLToPath(new URL('.', import.meta.url));
const START_TIMEOUT = 60_000;
const END_TIMEOUT = 10_000;

/** One process of the service. Its output after the start is shown under its name. */
export class Replica {
  /** The address that it listens on. Rejects if it does not start. */
  readonly started: Promise<string>;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #startUp: string[] = [];
  #address: string | undefined;

  constructor(
    readonly name: string,
    env: Record<string, string>,
  ) {
    this.#child = fork(MAIN, {
      env,
      cwd: DIRECTORY,
      execArgv: ['--import', ENDS_WITH_LAUNCHER],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#closed = once(this.#child, 'close');
    process.once('exit', () => this.#child.kill('SIGKILL'));
    this.started = Promise.race([
      this.#listening(),
      this.#closed,
      sleep(START_TIMEOUT, undefined, { ref: false }),
    ]).then(() => {
      if (this.#address !== undefined) return this.#address;
      throw new StartError(`The ${name} does not start:\n${this.#startUp.join('\n')}`);
    });
    // Several may fail at once, and only the first is reported.
    this.started.catch(() => undefined);
  }

  get address(): string {
    if (this.#address === undefined) throw new Error(`The ${this.name} does not listen yet.`);
    return this.#address;
  }

  async end(): Promise<void> {
    this.#child.kill('SIGTERM');
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), END_TIMEOUT);
    await this.#closed;
    clearTimeout(patience);
  }

  #listening(): Promise<void> {
    return new Promise((resolve) => {
      let started = false;
      for (const input of [this.#child.stdout!, this.#child.stderr!]) {
        createInterface({ input }).on('line', (line) => {
          if (started && line !== '') console.log(`${this.name}: ${line}`);
          if (!started) this.#startUp.push(line);
          this.#address ??= /^Swagger UI: (http:\S+)\/api$/.exec(line)?.[1];
          if (!/^TCP microservice: /.test(line)) return;
          // The last line of its start.
          started = true;
          resolve();
        });
      }
    });
  }
}
