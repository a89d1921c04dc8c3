import { within } from './within.js';

/** The shortest time between two readings, in milliseconds. */
export const REREAD_EVERY = 1_000;
/** How long a caller waits for files, in milliseconds; a mount that hangs must not block the store. */
const READ_WITHIN = 500;

/** A reading of files that concurrent callers share, at most once a second. */
export class SharedReading {
  readonly #read: () => Promise<void>;
  readonly #now: () => number;
  #readAt: number;
  #underWay?: Promise<void>;

  /**
   * @param read never rejects, and calls `begins` at the start of each reading
   * @param readAt when the files were read last, by the same clock
   */
  constructor(read: () => Promise<void>, now: () => number, readAt: number) {
    this.#read = read;
    this.#now = now;
    this.#readAt = readAt;
  }

  /** When the files were read last. */
  get readAt(): number {
    return this.#readAt;
  }

  get isUnderWay(): boolean {
    return this.#underWay !== undefined;
  }

  begins(): void {
    this.#readAt = this.#now();
  }

  /** Returns whether the files were read; they were not if the last reading is less than a second ago. */
  async ifDue(): Promise<boolean> {
    if (!this.isUnderWay && this.#now() - this.#readAt < REREAD_EVERY) return false;
    await this.shared();
    return true;
  }

  /** Reads the files, or waits for the reading under way; for a moment only. */
  async shared(): Promise<void> {
    this.#underWay ??= this.#read().finally(() => {
      this.#underWay = undefined;
    });
    await within(READ_WITHIN, this.#underWay);
  }
}
