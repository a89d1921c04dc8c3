/** Milliseconds by which two clocks may differ without notice. */
const TOLERATED_SKEW = 30_000;

/** Takes the skew of each answer of the bank, and calls back when the clocks begin to differ by more than tolerated. */
export function skewWatch(differs: (byMs: number) => void): (aheadMs: number) => void {
  let told = false;
  return (aheadMs) => {
    const differ = Math.abs(aheadMs) > TOLERATED_SKEW;
    if (differ && !told) differs(aheadMs);
    told = differ;
  };
}
