/** The started processes, to be ended in reverse order. */
export class Running {
  readonly #ends: (() => Promise<unknown>)[] = [];

  keep<T>(started: T, end: (started: T) => Promise<unknown>): T {
    this.#ends.push(() => end(started));
    return started;
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }
}
