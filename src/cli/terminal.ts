import { programBroke } from './cli.messages.js';

/** What a command has of the place where it runs. */
export interface Terminal {
  /** Where relative paths begin. */
  readonly cwd: string;
  out(text: string): void;
  err(text: string): void;
}

/** The process that a person, or a pipeline, has started. */
export class Console implements Terminal {
  readonly #process: NodeJS.Process;

  constructor(process: NodeJS.Process) {
    this.#process = process;
    // A reader such as `head` may leave before the end.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  }

  get cwd(): string {
    return this.#process.cwd();
  }

  out(text: string): void {
    this.#process.stdout.write(text);
  }

  err(text: string): void {
    this.#process.stderr.write(text);
  }

  /** Something was thrown that nobody caught. */
  broken(thrown: unknown, code: number): void {
    this.err(`${programBroke(thrown instanceof Error ? thrown.name : '')}\n`);
    this.end(code);
  }

  /** Ends the process once everything is written, whatever else keeps it alive. */
  end(code: number): void {
    const { stdout, stderr } = this.#process;
    this.#process.exitCode = code;
    stdout.write('', () => stderr.write('', () => this.#process.exit(code)));
  }
}
