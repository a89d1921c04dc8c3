const SHOWN = 3;

/** The unmet demands. */
export class Findings {
  #byDemand = new Map();

  /** @param demand a sentence that ends before its details */
  add(demand, detail) {
    const found = this.#byDemand.get(demand) ?? { count: 0, details: [] };
    found.count += 1;
    if (found.details.length < SHOWN) found.details.push(detail);
    this.#byDemand.set(demand, found);
  }

  get list() {
    return [...this.#byDemand].map(([demand, { count, details }]) => ({ demand, count, details }));
  }
}
