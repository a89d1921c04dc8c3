/** Milliseconds by which two clocks may differ without a word. */
const TOLERATED_SKEW = 30_000;

/** Told of each answer of the bank, calls back when the clocks begin to differ by more than both may be wrong. */
export function skewWatch(differs: (byMs: number) => void): (aheadMs: number) => void {
  let told = false;
  return (aheadMs) => {
    const differ = Math.abs(aheadMs) > TOLERATED_SKEW;
    if (differ && !told) differs(aheadMs);
    told = differ;
  };
}
