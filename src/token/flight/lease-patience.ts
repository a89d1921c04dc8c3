import { elapsed } from '../../time/clock.js';
import type { FlightParts } from '../flight-plan.js';
import type { SharedTokens } from '../sharing/shared-tokens.js';
import type { FlightBudget } from './flight-budget.js';

/** Flights that have waited in vain ask alone within this many milliseconds of each other, not all at once. */
const STAGGER = 1_000;

/**
 * How long a flight waits for another process that has the lease: until only the time of one attempt is left to it (or
 * half of its deadline, where that is less), or until one owner has held the lease for longer than any flight lasts.
 * Later flights do not wait at all for an owner that was waited for in vain.
 */
export class LeasePatience {
  readonly #parts: Pick<FlightParts, 'retry' | 'clock' | 'random'>;
  readonly #shared: SharedTokens;
  readonly #budget: FlightBudget;
  readonly #attemptMs: number;
  /** Milliseconds of the deadline that are kept for an attempt. */
  #kept?: number;

  /** @param attemptMs the longest time that an attempt of its own takes, in milliseconds */
  constructor(
    parts: Pick<FlightParts, 'retry' | 'clock' | 'random'>,
    shared: SharedTokens,
    budget: FlightBudget,
    attemptMs: number,
  ) {
    this.#parts = parts;
    this.#shared = shared;
    this.#budget = budget;
    this.#attemptMs = attemptMs;
  }

  /** Milliseconds until the patience ends, whichever process has the lease; 0 or less once it has ended. */
  get left(): number {
    const { retry, random } = this.#parts;
    // Different in each flight: the token that the first one obtains alone is there for the others.
    this.#kept ??= Math.min(this.#attemptMs + STAGGER * random(), retry.deadline / 2);
    return this.#budget.left - this.#kept;
  }

  /**
   * Notes the holder of the lease. Returns whether it has been waited for long enough.
   * @param owner undefined where the store does not tell holders apart
   */
  endsWith(owner: string | undefined): boolean {
    const { retry, clock } = this.#parts;
    const now = clock.now();
    const known = this.#shared.holder;
    const holder =
      owner === undefined || known?.owner === owner ? known : { owner, since: now, overdue: false };
    this.#shared.holder = owner === undefined ? undefined : holder;
    if (owner === undefined || holder === undefined) return this.left <= 0;
    holder.overdue ||= elapsed(holder.since, now) > retry.deadline || this.left <= 0;
    return holder.overdue;
  }
}
