import { describeForeignFailure } from '../internal.js';
import { programBroke } from './cli.messages.js';

/** The surroundings of a command. */
export interface Terminal {
  /** The folder where relative paths begin. */
  readonly cwd: string;
  out(text: string): void;
  err(text: string): void;
  /** Drops all output but that of `out` and `err` from now on: an application or a definition may print anything. */
  silence?(): void;
}

/** The longest timer, in milliseconds. */
const LONG = 2 ** 31 - 1;

/** The process that a person or a pipeline has started. */
export class Console implements Terminal {
  readonly #process: NodeJS.Process;
  readonly #out: NodeJS.WriteStream['write'];
  readonly #err: NodeJS.WriteStream['write'];

  constructor(process: NodeJS.Process) {
    const { stdout, stderr } = process;
    this.#process = process;
    this.#out = stdout.write.bind(stdout);
    this.#err = stderr.write.bind(stderr);
    // Keeps the process alive. Token requests do not: it would end before their answers, as if all were well.
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

  /** Reports a thrown value that nobody caught, and ends the process. */
  broken(thrown: unknown, code: number): void {
    this.err(`${programBroke(describeForeignFailure(thrown))}\n`);
    this.end(code);
  }

  /** Ends the process once all output is written, whatever else keeps it alive. */
  end(code: number): void {
    this.#process.exitCode = code;
    this.#out('', () => this.#err('', () => this.#process.exit(code)));
  }
}
