import { Observable } from 'rxjs';
import type { Clock, Instant } from '../../src/time/clock.js';

/** Time that a test owns. Both clocks move by `advance`; either may be moved alone, as NTP or a suspension would. */
export class VirtualClock implements Clock {
  #wall: number;
  #monotonic = 0;
  readonly #timers = new Set<{ readonly at: number; readonly fire: () => void }>();

  constructor(wall = Date.UTC(2026, 0, 1)) {
    this.#wall = wall;
  }

  /** How many timers are running. */
  get timers(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer is due; Infinity without one. */
  get untilNextTimer(): number {
    return Math.min(...[...this.#timers].map(({ at }) => at - this.#monotonic));
  }

  wall(): number {
    return this.#wall;
  }

  now(): Instant {
    return { wall: this.#wall, monotonic: this.#monotonic };
  }

  timer(milliseconds: number): Observable<void> {
    return new Observable((subscriber) => {
      const timer = {
        // As Node.js does: whole milliseconds, at least one.
        at: this.#monotonic + Math.max(1, Math.trunc(milliseconds)),
        fire: () => {
          subscriber.next();
          subscriber.complete();
        },
      };
      this.#timers.add(timer);
      return () => this.#timers.delete(timer);
    });
  }

  /** Moves both clocks, firing timers in order at their times, and lets promises settle between them. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#monotonic + milliseconds;
    await settle();
    for (;;) {
      const next = this.#firstUntil(end);
      if (next === undefined) break;
      this.#move(next.at - this.#monotonic);
      this.#timers.delete(next);
      next.fire();
      await settle();
    }
    this.#move(end - this.#monotonic);
    await settle();
  }

  /** Sets the wall clock, forward or back, as an operator does. */
  setWall(wall: number): void {
    this.#wall = wall;
  }

  /**
   * A process that does not run: both clocks go on, and afterwards all timers that are due fire at once, before
   * anything that has arrived is read.
   */
  freeze(milliseconds: number): void {
    this.#move(milliseconds);
    const due = [...this.#timers].filter(({ at }) => at <= this.#monotonic).sort((a, b) => a.at - b.at);
    for (const timer of due) if (this.#timers.delete(timer)) timer.fire();
  }

  /** A suspended machine: the wall clock goes on, the monotonic one and all timers stand still. */
  suspend(milliseconds: number): void {
    this.#wall += milliseconds;
  }

  /** Looked for, not sorted: fleets and markets have hundreds of timers. The first of those that are due together. */
  #firstUntil(end: number) {
    let first: { readonly at: number; readonly fire: () => void } | undefined;
    for (const timer of this.#timers)
      if (timer.at <= end && !(timer.at >= (first?.at ?? Infinity))) first = timer;
    return first;
  }

  #move(milliseconds: number): void {
    this.#wall += milliseconds;
    this.#monotonic += milliseconds;
  }
}

/** Lets everything that waits for a promise go on. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
