const DETAILS = 3;

/** The results of many calls. */
export class Outcomes {
  calls = 0;
  failures = 0;
  /** The messages of the first failures. */
  details = [];
  /** The longest call, in milliseconds. */
  longest = 0;

  /** Records the end of a call; never rejects. */
  async note(call) {
    const began = performance.now();
    this.calls += 1;
    try {
      await call;
    } catch (error) {
      this.failures += 1;
      if (this.details.length < DETAILS) {
        this.details.push(`${new Date().toISOString()} ${error?.response?.status ?? ''} ${error?.message}`);
      }
    }
    this.longest = Math.max(this.longest, performance.now() - began);
  }
}
