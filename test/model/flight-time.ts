import type { Instant } from '../../src/time/clock.js';
import { between } from './token-history.js';

/** What a timer may be late by chance, in milliseconds. */
const BY_CHANCE = 500;

/**
 * The time of one flight, by docs/behaviour.md: a process that did not run loses a tenth of it at most. So it is cut into
 * tenths, and whatever happens between two looks at the clock, at most a tenth has gone by.
 */
export class FlightTime {
  /** By the monotonic clock, as timers go. */
  partEndsAt: number;
  readonly #tenth: number;
  #gone = 0;
  #lookedAt: Instant;
  #stoodStill = false;

  /** @param whole in milliseconds */
  constructor(
    private readonly whole: number,
    now: Instant,
  ) {
    this.#tenth = whole / 10;
    this.#lookedAt = now;
    this.partEndsAt = now.monotonic + this.#tenth;
  }

  /** Milliseconds. */
  left(now: Instant): number {
    return Math.max(0, this.whole - this.#gone - Math.min(this.#tenth, between(this.#lookedAt, now)));
  }

  /** What happened before is no excuse for what comes of this attempt, unless it has taken its time. */
  attemptBegins(now: Instant): void {
    this.#look(now);
    if (this.left(now) >= this.#tenth) this.#stoodStill = false;
  }

  /** Whether the process did not run for a while, in the current attempt. */
  hasStoodStill(now: Instant): boolean {
    return this.#stoodStill || between(this.#lookedAt, now) >= this.#tenth + BY_CHANCE;
  }

  /** Returns the milliseconds that are left, of which the next part begins. */
  endPart(now: Instant): number {
    this.#look(now);
    const left = this.left(now);
    this.partEndsAt = now.monotonic + Math.min(left, this.#tenth);
    return left;
  }

  #look(now: Instant): void {
    this.#stoodStill = this.hasStoodStill(now);
    this.#gone = this.whole - this.left(now);
    this.#lookedAt = now;
  }
}
