import { describeForeignFailure } from '../internal.js';
import { programBroke } from './cli.messages.js';

/** What a command has of the place where it runs. */
export interface Terminal {
  /** Where relative paths begin. */
  readonly cwd: string;
  out(text: string): void;
  err(text: string): void;
  /** From now on, only `out` and `err` are seen: an application or a definition may print anything. */
  silence?(): void;
}

/** Milliseconds, as long as a timer can be. */
const LONG = 2 ** 31 - 1;

/** The process that a person, or a pipeline, has started. */
export class Console implements Terminal {
  readonly #process: NodeJS.Process;
  readonly #out: NodeJS.WriteStream['write'];
  readonly #err: NodeJS.WriteStream['write'];

  constructor(process: NodeJS.Process) {
    const { stdout, stderr } = process;
    this.#process = process;
    this.#out = stdout.write.bind(stdout);
    this.#err = stderr.write.bind(stderr);
    // Token requests keep no process alive, so one that only waits for them would end before its answer, as if all were well.
    setInterval(() => undefined, LONG);
    // A reader such as `head` may leave before the end.
    for (const stream of [stdout, stderr]) stream.on('error', () => undefined);
  }

  get cwd(): string {
    return this.#process.cwd();
  }

  out(text: string): void {
    this.#out(text);
  }

  err(text: string): void {
    this.#err(text);
  }

  silence(): void {
    const { stdout, stderr } = this.#process;
    for (const stream of [stdout, stderr]) {
      stream.write = ((_text: unknown, encoding?: unknown, done?: unknown) => {
        for (const told of [encoding, done]) if (typeof told === 'function') told();
        return true;
      }) as typeof stream.write;
    }
  }

  /** Something was thrown that nobody caught. */
  broken(thrown: unknown, code: number): void {
    this.err(`${programBroke(describeForeignFailure(thrown))}\n`);
    this.end(code);
  }

  /** Ends the process once everything is written, whatever else keeps it alive. */
  end(code: number): void {
    this.#process.exitCode = code;
    this.#out('', () => this.#err('', () => this.#process.exit(code)));
  }
}
