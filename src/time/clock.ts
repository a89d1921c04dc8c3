import { Observable } from 'rxjs';

/** One moment as two clocks show it, both in milliseconds. */
export interface Instant {
  /** Milliseconds since the Unix epoch; an operator or NTP may set it forward or back. */
  readonly wall: number;
  /** Milliseconds since some start; never goes back, but may stand still while a machine is suspended. */
  readonly monotonic: number;
}

/** Time as the library sees it; injected, so that tests own it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  wall(): number;
  now(): Instant;
  /**
   * Emits once after `milliseconds`, then completes. Does not keep the process alive.
   */
  timer(milliseconds: number): Observable<void>;
}

/** Milliseconds gone by, from the clock that shows more of them: no clock can make anything younger. */
export function elapsed(since: Instant, now: Instant): number {
  return Math.max(now.wall - since.wall, now.monotonic - since.monotonic);
}

/** Longer delays overflow to 1 ms in Node.js. */
const LONGEST_TIMER = 2 ** 31 - 1;

export class SystemClock implements Clock {
  wall(): number {
    return Date.now();
  }

  now(): Instant {
    return { wall: Date.now(), monotonic: performance.now() };
  }

  timer(milliseconds: number): Observable<void> {
    return new Observable((subscriber) => {
      const handle = setTimeout(
        () => {
          subscriber.next();
          subscriber.complete();
        },
        Math.min(Math.max(milliseconds, 0), LONGEST_TIMER),
      );
      handle.unref();
      return () => clearTimeout(handle);
    });
  }
}
