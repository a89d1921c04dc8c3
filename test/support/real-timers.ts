/** Timers of Node.js that run, of those begun with the global `setTimeout` since it was made. */
export class RealTimers {
  readonly #running = new Map<unknown, number>();
  readonly #setTimeout = globalThis.setTimeout;
  readonly #clearTimeout = globalThis.clearTimeout;

  constructor() {
    const begin = (fire: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
      const handle = this.#setTimeout(() => {
        this.#running.delete(handle);
        fire(...args);
      }, ms);
      this.#running.set(handle, ms);
      return handle;
    };
    const end = (handle?: NodeJS.Timeout) => {
      this.#running.delete(handle);
      this.#clearTimeout(handle);
    };
    globalThis.setTimeout = begin as typeof setTimeout;
    globalThis.clearTimeout = end as typeof clearTimeout;
  }

  /** How many of them keep the process alive, of those that last so many milliseconds: the others are not for callers. */
  keepingAlive(milliseconds: number): number {
    return [...this.#running].filter(
      ([handle, ms]) => ms === milliseconds && (handle as NodeJS.Timeout).hasRef(),
    ).length;
  }

  stop(): void {
    globalThis.setTimeout = this.#setTimeout;
    globalThis.clearTimeout = this.#clearTimeout;
  }
}
