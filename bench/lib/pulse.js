import { Agent, get } from 'node:http';
import { sleep } from './timing.js';

const PERIOD = 10;

/**
 * Bare requests from the same event loop to the same bank, one every 10 ms: their delays come from the machine, not
 * from a token.
 */
export class Pulse {
  #beats = [];
  #agent = new Agent({ keepAlive: true });
  #stopped = false;

  constructor(url) {
    this.#run(url);
  }

  /** The duration of the slowest bare request between two instants, in milliseconds. */
  slowest(from, to) {
    return Math.max(
      0,
      ...this.#beats
        .filter(({ start, end }) => start < to && end > from)
        .map(({ start, end }) => end - start),
    );
  }

  async stop() {
    this.#stopped = true;
    await sleep(200);
    this.#agent.destroy();
  }

  async #run(url) {
    while (!this.#stopped) {
      const beat = { start: performance.now(), end: Number.POSITIVE_INFINITY };
      this.#beats.push(beat);
      get(url, { agent: this.#agent }, (response) => {
        response.resume().on('end', () => {
          beat.end = performance.now();
        });
      });
      await sleep(PERIOD);
    }
  }
}
