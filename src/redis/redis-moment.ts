/** A reading of Redis' clock with its bounds on ours, all in milliseconds, with fractions. */
export interface RedisMoment {
  readonly there: number;
  /** The monotonic clock when the answer came. */
  readonly here: number;
  /** The monotonic clock when the question was sent. */
  readonly sent: number;
}

/** The time of Redis' clock at a moment of ours, in milliseconds; at the earliest, since an answer takes its time. */
export function thereAt({ there, here }: RedisMoment, now: number): number {
  return there + (now - here);
}

/** The same time, at the latest. */
export function thereAtMost({ there, sent }: RedisMoment, now: number): number {
  return there + (now - sent);
}

/** Redis' clock, as its last answer tells it. */
export class RedisTime {
  #moment?: RedisMoment;

  /**
   * @param microseconds the time of Redis' clock that a script has just returned
   * @param sent when the script was sent, by the monotonic clock
   */
  note(microseconds: unknown, sent: number): RedisMoment {
    this.#moment = { there: Number(microseconds) / 1_000, here: performance.now(), sent };
    return this.#moment;
  }

  /** The time of Redis' clock now, in milliseconds; undefined before the first answer. */
  get now(): number | undefined {
    return this.#moment && thereAt(this.#moment, performance.now());
  }
}
