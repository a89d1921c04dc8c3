/** At most this many keys are remembered; the oldest key is forgotten first. */
const MOST_KEYS = 20_000;
/** An order further ahead of Redis' clock than this, in microseconds, means that the clock was set back. */
const AHEAD = 60_000_000;

/**
 * The order of the latest token that this process has read or written under each key of Redis. A writer without the
 * encryption key can put an earlier record back: a record with a lower order than remembered here is old.
 */
export class SeenOrders {
  readonly #latest = new Map<string, number>();

  /** @param now microseconds of Redis' clock */
  latest(id: string, now: number): number {
    const latest = this.#latest.get(id) ?? 0;
    return latest > now + AHEAD ? 0 : latest;
  }

  note(id: string, order: number): void {
    this.#latest.set(id, order);
    if (this.#latest.size <= MOST_KEYS) return;
    const [oldest] = this.#latest.keys();
    if (oldest !== undefined) this.#latest.delete(oldest);
  }
}
