/** An element of a waiting line. */
export interface Ordered {
  readonly order: number;
  /** The place in the heap. */
  index: number;
}

/** The lowest order first: a binary heap, in which 100 000 waiters may come, go and leave in any sequence. */
export class WaitingLine<Waiter extends Ordered> {
  readonly all: Waiter[] = [];

  get first(): Waiter | undefined {
    return this.all[0];
  }

  add(waiter: Waiter): void {
    this.#put(waiter, this.all.length);
  }

  /** Returns whether it was there. */
  remove(waiter: Waiter): boolean {
    if (this.all[waiter.index] !== waiter) return false;
    const last = this.all.pop();
    if (last !== undefined && last !== waiter) this.#put(last, waiter.index);
    return true;
  }

  /** Moves the gap up or down to the right place, and fills it with the waiter. */
  #put(waiter: Waiter, gap: number): void {
    const { all } = this;
    let index = gap;
    const above = () => all[(index - 1) >> 1];
    const below = () => {
      const [one, other] = [all[2 * index + 1], all[2 * index + 2]];
      return other !== undefined && one !== undefined && other.order < one.order ? other : one;
    };
    const fillWith = (moved: Waiter) => {
      all[index] = moved;
      [moved.index, index] = [index, moved.index];
    };
    for (let next = above(); next !== undefined && next.order > waiter.order; next = above()) fillWith(next);
    for (let next = below(); next !== undefined && next.order < waiter.order; next = below()) fillWith(next);
    fillWith(waiter);
  }
}
