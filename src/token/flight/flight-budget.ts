import { BehaviorSubject, concatWith, defer, NEVER, type Observable, of, switchMap, take } from 'rxjs';
import { type Clock, elapsed, type Instant } from '../../time/clock.js';
import { LEAST_PAUSE, partOf, turnsOfTheLoop } from '../../time/running-time.js';
import type { QueueTicket } from './token-request-queue.js';

/**
 * The time that one flight may take. It stands still while the flight waits for its turn at the bank, and while the
 * process does not run: it is counted in parts, and no part counts for more than it should have taken.
 */
export class FlightBudget {
  readonly #standsStill = new BehaviorSubject(false);
  readonly #part: number;
  #used = 0;
  /** The beginning of the part that is being counted. */
  #since: Instant | undefined;
  #paused = false;

  /** @param milliseconds the whole time; it runs from now on, as long as `over` has a subscriber */
  constructor(
    readonly milliseconds: number,
    private readonly clock: Clock,
  ) {
    this.#part = partOf(milliseconds);
    this.#since = clock.now();
  }

  /** Milliseconds, never negative. */
  get left(): number {
    return Math.max(0, this.milliseconds - this.#used - Math.min(this.#running, this.#part));
  }

  /**
   * An attempt begins. Its outcome says something about the bank, unless the process pauses meanwhile, or an earlier
   * pause has taken the time for it.
   */
  attemptBegins(): void {
    this.#count();
    if (this.left >= this.#part) this.#paused = false;
  }

  /** Whether the process did not run for a while, since the attempt began. */
  get paused(): boolean {
    return this.#paused || this.#running - this.#part >= LEAST_PAUSE;
  }

  /** The ticket for a queue, in which the budget stands still. */
  ticket(): QueueTicket {
    return {
      timeLeft: () => this.left,
      waiting: (waits, counted) => this.standStill(waits, counted),
    };
  }

  /** @param used further milliseconds to count */
  standStill(stands: boolean, used = 0): void {
    this.#used += used;
    this.#count();
    if (stands) this.#since = undefined;
    else this.#since ??= this.clock.now();
    this.#standsStill.next(stands);
  }

  /** Emits once, when nothing is left. */
  get over(): Observable<unknown> {
    return this.#standsStill.pipe(
      switchMap((stands) => (stands ? NEVER : this.#ending())),
      take(1),
    );
  }

  /** Part after part, until nothing is left. */
  #ending(): Observable<unknown> {
    return defer(() => {
      this.#count();
      return this.clock.timer(Math.min(this.left, this.#part));
    }).pipe(
      switchMap(() => turnsOfTheLoop.pipe(concatWith(of(undefined)))),
      switchMap(() => {
        this.#count();
        return this.left > 0 ? this.#ending() : of(undefined);
      }),
    );
  }

  /** Milliseconds since the part began. */
  get #running(): number {
    return this.#since === undefined ? 0 : elapsed(this.#since, this.clock.now());
  }

  #count(): void {
    if (this.#since === undefined) return;
    this.#paused = this.paused;
    this.#used += Math.min(this.#running, this.#part);
    this.#since = this.clock.now();
  }
}
