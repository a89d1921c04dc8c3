import { BehaviorSubject, NEVER, type Observable, switchMap, take } from 'rxjs';
import { type Clock, elapsed, type Instant } from './clock.js';

/** The time that one flight may take. It stands still while the flight waits for its turn at the bank. */
export class FlightBudget {
  readonly #standsStill = new BehaviorSubject(false);
  #used = 0;
  #since: Instant | undefined;

  /** @param milliseconds in all, from now on */
  constructor(
    readonly milliseconds: number,
    private readonly clock: Clock,
  ) {
    this.#since = clock.now();
  }

  /** Milliseconds, never less than none. */
  get left(): number {
    const running = this.#since === undefined ? 0 : elapsed(this.#since, this.clock.now());
    return Math.max(0, this.milliseconds - this.#used - running);
  }

  /** @param used so many milliseconds besides */
  standStill(stands: boolean, used = 0): void {
    const now = this.clock.now();
    this.#used += used;
    if (!stands) this.#since ??= now;
    else if (this.#since !== undefined) {
      this.#used += elapsed(this.#since, now);
      this.#since = undefined;
    }
    this.#standsStill.next(stands);
  }

  /** Emits once, when nothing is left. */
  get over(): Observable<unknown> {
    return this.#standsStill.pipe(
      switchMap((stands) => (stands ? NEVER : this.clock.timer(this.left))),
      take(1),
    );
  }
}
