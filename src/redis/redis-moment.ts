/** What Redis' clock showed no later than ours showed that, both in milliseconds, with fractions. */
export interface RedisMoment {
  readonly there: number;
  /** By the monotonic clock, when the answer came. */
  readonly here: number;
  /** And when it was asked for. */
  readonly sent: number;
}

/** What Redis' clock shows at a moment of ours, in milliseconds; at the earliest, since an answer takes its time. */
export function thereAt({ there, here }: RedisMoment, now: number): number {
  return there + (now - here);
}

/** The same, at the latest. */
export function thereAtMost({ there, sent }: RedisMoment, now: number): number {
  return there + (now - sent);
}

/** Redis' clock, as far as its last answer tells. */
export class RedisTime {
  #moment?: RedisMoment;

  /**
   * @param microseconds what a script has just returned of it
   * @param sent when it was asked, by the monotonic clock
   */
  note(microseconds: unknown, sent: number): RedisMoment {
    this.#moment = { there: Number(microseconds) / 1_000, here: performance.now(), sent };
    return this.#moment;
  }

  /** What it shows now, in milliseconds; undefined where it has not been asked yet. */
  get now(): number | undefined {
    return this.#moment && thereAt(this.#moment, performance.now());
  }
}
