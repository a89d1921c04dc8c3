const DETAILS = 3;

/** What became of many calls. */
export class Outcomes {
  calls = 0;
  failures = 0;
  /** Of the first failures. */
  details = [];
  /** Milliseconds. */
  longest = 0;

  /** Takes note of a call's end; never rejects. */
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
