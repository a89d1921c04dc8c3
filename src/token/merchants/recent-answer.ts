/** What `getAccessToken` answers within one millisecond of a full check. */
export class RecentAnswer {
  // Private, because inspecting a promise prints its value.
  readonly #promise: Promise<string>;
  readonly #at: number;

  /** @param at when it is given, by the wall clock */
  constructor(value: string, at: number) {
    this.#promise = Promise.resolve(value);
    this.#at = at;
  }

  get promise(): Promise<string> {
    return this.#promise;
  }

  /**
   * The answer, in the millisecond in which it was given. Nothing ages within it, and reading two clocks on each call
   * would cost more than all the rest.
   */
  at(wall: number): Promise<string> | undefined {
    return wall === this.#at ? this.#promise : undefined;
  }
}
