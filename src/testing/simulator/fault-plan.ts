import type { TokenFault } from './simulated-bank.types.js';

/** Which of the coming requests fail, and how. */
export class FaultPlan {
  #counted: { fault: TokenFault; left: number }[] = [];
  #lasting: TokenFault | undefined;

  add(fault: TokenFault, times?: number): void {
    if (times === undefined) {
      this.#lasting = fault;
      return;
    }
    if (!Number.isInteger(times) || times < 1) {
      throw new RangeError(`A fault happens a whole number of times, at least once; got ${times}.`);
    }
    this.#counted.push({ fault, left: times });
  }

  /** The fault of the request that arrives now, if it has one. */
  next(): TokenFault | undefined {
    const first = this.#counted[0];
    if (!first) return this.#lasting;
    first.left -= 1;
    if (first.left === 0) this.#counted.shift();
    return first.fault;
  }

  clear(): void {
    this.#counted = [];
    this.#lasting = undefined;
  }
}
