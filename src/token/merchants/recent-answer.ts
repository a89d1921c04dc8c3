/**
 * The last answer of `getAccessToken` to any merchant of a provider, for the rest of that millisecond. There is one for
 * all merchants: one for each would outlive V8's collections of young objects, which would move it twice.
 */
export class RecentAnswer {
  #merchant?: object | undefined;
  // Private, because inspecting a promise prints its value.
  #promise?: Promise<string> | undefined;
  /** By the wall clock. */
  #at = 0;
  #isToBeForgotten = false;

  /**
   * The answer of this merchant, in the millisecond in which it was given. Nothing ages within it, and reading two
   * clocks on each call would cost more than all the rest.
   */
  of(merchant: object, wall: number): Promise<string> | undefined {
    return merchant === this.#merchant && wall === this.#at ? this.#promise : undefined;
  }

  /** @param wall when it is given, by the wall clock */
  give(merchant: object, value: string, wall: number): Promise<string> {
    // Not beyond this turn of the event loop: a clock may be set back to this very millisecond.
    if (!this.#isToBeForgotten) setImmediate(RecentAnswer.#forget, this).unref();
    this.#isToBeForgotten = true;
    this.#merchant = merchant;
    this.#at = wall;
    this.#promise = Promise.resolve(value);
    return this.#promise;
  }

  /** Forgets the answer of a merchant that has changed. */
  forget(merchant: object): void {
    if (merchant === this.#merchant) this.#drop();
  }

  #drop(): void {
    this.#merchant = undefined;
    this.#promise = undefined;
  }

  static readonly #forget = (recent: RecentAnswer) => {
    recent.#isToBeForgotten = false;
    recent.#drop();
  };
}
