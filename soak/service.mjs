import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { now, sleep } from './clock.mjs';
import { EXIT_MARK, OWN_WARNING } from './probe-signs.mjs';

const MAIN = fileURLToPath(new URL('../sample/01-payments-api/dist/main.js', import.meta.url));
const PROBE = new URL('./service-probe.mjs', import.meta.url).href;
// A folder without an `.env` that could name real banks.
const DIRECTORY = fileURLToPath(new URL('.', import.meta.url));
const START_TIMEOUT = 30_000;
const ANSWER_TIMEOUT = 30_000;
const LINES_KEPT = 20;

/** The sample service as a process of its own, and all its output. */
export class Service {
  address;
  /** How the process ended; undefined while it runs. */
  exit;
  /** The open handles of the process when it ended. */
  heldAtExit;
  lastLines = [];
  #child;
  #waiting = new Map();
  #asked = 0;

  constructor(banks, { findings, secrets, say }) {
    Object.assign(this, { findings, secrets, say });
    // Nothing of this environment: no proxy, no variable of a bank.
    const env = { ...banks, PORT: '0', TCP_PORT: '0', PATH: process.env.PATH, NO_COLOR: '1' };
    this.#child = spawn(process.execPath, ['--expose-gc', '--import', PROBE, MAIN], {
      cwd: DIRECTORY,
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child.on('message', ({ id, answer }) => this.#waiting.get(id)?.(answer));
    this.ended = once(this.#child, 'close').then(([code, signal]) => {
      this.exit = { code, signal, at: now() };
    });
    process.once('exit', () => this.#child.kill('SIGKILL'));
    createInterface({ input: this.#child.stderr }).on('line', (line) => {
      if (/Warning:|Unhandled|Uncaught|^\s+at /.test(line) && !OWN_WARNING.test(line)) {
        findings.add('the service printed a warning of Node.js or a crash', line);
      }
      this.#read(line);
    });
  }

  static async start(banks, parts) {
    const service = new Service(banks, parts);
    await service.#listening();
    return service;
  }

  /** Asks the probe in the process. */
  ask(question) {
    const id = ++this.#asked;
    const answered = new Promise((resolve) => this.#waiting.set(id, resolve));
    if (this.#child.connected) this.#child.send({ id, question });
    return Promise.race([
      answered,
      sleep(ANSWER_TIMEOUT).then(() => {
        throw new Error('the service does not answer its probe');
      }),
      this.ended.then(() => {
        throw new Error('the service has ended');
      }),
    ]).finally(() => this.#waiting.delete(id));
  }

  /** Tells it to end, and returns how long that took; kills it if it does not end. */
  async stop(patience) {
    const told = now();
    this.#child.kill('SIGTERM');
    await Promise.race([this.ended, sleep(patience)]);
    if (this.exit === undefined) {
      this.#child.kill('SIGKILL');
      await this.ended;
      return undefined;
    }
    return this.exit.at - told;
  }

  async #listening() {
    const lines = createInterface({ input: this.#child.stdout });
    const printed = new Promise((resolve) => {
      lines.on('line', (line) => {
        if (line.startsWith(EXIT_MARK)) this.heldAtExit = JSON.parse(line.slice(EXIT_MARK.length));
        const address = /^Swagger UI: (http:\/\/127\.0\.0\.1:\d+)\//.exec(line)?.[1];
        if (address !== undefined) resolve(address);
        this.#read(line);
      });
    });
    const address = await Promise.race([printed, this.ended, sleep(START_TIMEOUT)]);
    if (address === undefined) {
      throw new Error(`the service did not start:\n${this.lastLines.join('\n')}`);
    }
    this.address = address;
  }

  #read(line) {
    const secret = this.secrets.find(line);
    if (secret !== undefined) this.findings.add('the service printed a secret', secret);
    this.say(`service: ${line}`);
    this.lastLines.push(line);
    if (this.lastLines.length > LINES_KEPT) this.lastLines.shift();
  }
}
