import type { TokenFault } from './simulated-bank.types.js';

/** Which of the coming requests fail, and how. */
export class FaultPlan {
  #counted: { fault: TokenFault; left: number }[] = [];
  #lasting: TokenFault | undefined;

  /** @throws TypeError for an unknown fault: it would let a request hang, or not fail at all */
  add(fault: TokenFault, times?: number): void {
    if (!isFault(fault)) throw new TypeError(`There is no such fault. There are: ${FAULTS}.`);
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

const FAULTS =
  "{ status, body?, headers? }, { hang: true }, { reset: true }, { bytes }, { redirectTo, status? }, 'rejected' and 'unavailable'";

function isFault(fault: unknown): fault is TokenFault {
  if (typeof fault !== 'object' || fault === null) return fault === 'rejected' || fault === 'unavailable';
  const { status, hang, reset, bytes, redirectTo } = fault as Record<string, unknown>;
  if (status !== undefined && !(Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 999)) {
    return false;
  }
  return (
    status !== undefined ||
    hang === true ||
    reset === true ||
    typeof bytes === 'number' ||
    typeof redirectTo === 'string'
  );
}
