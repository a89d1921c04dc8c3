import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endedWithUs } from './ended-with-us.mjs';

const ANSWER_TIMEOUT = 90_000;
const END_TIMEOUT = 5_000;
const KEPT = 4_000;

/** A process with an application of its own, which answers questions. */
export class Worker {
  #child;
  #ended;
  #output = '';
  #waiting = new Map();
  #asked = 0;

  /**
   * @param program the URL of its module
   * @param how `execArgv` and `env` of the process; `onLine` gets each line that it prints
   */
  constructor(program, { execArgv = process.execArgv, env = {}, onLine } = {}) {
    // Nothing of this environment: no proxy, no variable of a bank.
    this.#child = endedWithUs(
      fork(fileURLToPath(program), {
        execArgv,
        env: { PATH: process.env.PATH, NO_COLOR: '1', ...env },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      }),
    );
    this.#ended = once(this.#child, 'exit').then(() => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`a process ended\n${this.#output}`));
    });
    this.#child.on('message', ({ id, answer, error }) => {
      if (error === undefined) this.#waiting.get(id)?.resolve(answer);
      else this.#waiting.get(id)?.reject(new Error(error));
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (data) => {
        this.#output = (this.#output + data).slice(-KEPT);
      });
      if (onLine !== undefined) createInterface({ input: stream }).on('line', onLine);
    }
  }

  /** @param patience milliseconds */
  async ask(question, parameters = {}, patience = ANSWER_TIMEOUT) {
    const id = ++this.#asked;
    let timer;
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        timer = setTimeout(
          () => reject(new Error(`a process does not answer "${question}"\n${this.#output}`)),
          patience,
        );
        this.#child.send({ id, question, parameters }, (error) => error && reject(error));
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** Kills the process, as a crash would. */
  async kill() {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async end() {
    if (this.#child.connected) this.#child.disconnect();
    const patience = setTimeout(() => this.#child.kill('SIGKILL'), END_TIMEOUT);
    await this.#ended;
    clearTimeout(patience);
  }
}
