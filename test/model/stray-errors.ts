import { runInThisContext } from 'node:vm';

/** Errors that nobody caught. Jest fails the test too, but cannot say at which input it was. */
export class StrayErrors {
  readonly seen: unknown[] = [];
  // A test under Jest has a `process` of its own, which hears nothing of them.
  readonly #process = runInThisContext('process') as NodeJS.Process;
  readonly #note = (error: unknown) => void this.seen.push(error);

  constructor() {
    this.#process.on('unhandledRejection', this.#note);
    this.#process.on('uncaughtExceptionMonitor', this.#note);
  }

  stop(): void {
    this.#process.off('unhandledRejection', this.#note);
    this.#process.off('uncaughtExceptionMonitor', this.#note);
  }
}
