import { lastValueFrom } from 'rxjs';
import { sleep } from '../lib/clock.mjs';
import { RESOURCE } from './constants.mjs';

const DETAILS = 3;

/** Resource calls, one after the other in each lane, until it is stopped. */
export class Load {
  #http;
  #pause;
  #running = true;
  #calls = 0;
  #failures = 0;
  #details = [];
  #lanes;

  constructor(http, { lanes, pause }) {
    this.#http = http;
    this.#pause = pause;
    this.#lanes = Array.from({ length: lanes }, () => this.#lane());
  }

  async stop() {
    this.#running = false;
    await Promise.all(this.#lanes);
    return { calls: this.#calls, failures: this.#failures, details: this.#details };
  }

  async #lane() {
    // Lanes of all processes must not run in step.
    await sleep(Math.random() * this.#pause);
    while (this.#running) {
      this.#calls += 1;
      try {
        await lastValueFrom(this.#http.get(RESOURCE));
      } catch (error) {
        this.#failures += 1;
        if (this.#details.length < DETAILS) {
          this.#details.push(
            `${new Date().toISOString()} ${error?.response?.status ?? ''} ${error?.message}`,
          );
        }
      }
      await sleep(this.#pause);
    }
  }
}

/** Starts the same load in several processes. */
export async function startLoad(workers, parameters) {
  await Promise.all(workers.map((worker) => worker.ask('startLoad', parameters)));
}

export async function stopLoad(workers) {
  const ends = await Promise.all(workers.map((worker) => worker.ask('stopLoad')));
  return {
    calls: ends.reduce((sum, { calls }) => sum + calls, 0),
    failures: ends.reduce((sum, { failures }) => sum + failures, 0),
    details: ends.flatMap(({ details }) => details).slice(0, DETAILS),
  };
}
