import { elapsed, type Instant } from '../time/clock.js';

/** Milliseconds between two lines on a trouble that lasts. */
const REMIND_EVERY = 60_000;

/** Whether another line is due on a trouble whose last line was written at `toldAt`. */
export function isReminderDue(toldAt: Instant, now: Instant): boolean {
  return elapsed(toldAt, now) >= REMIND_EVERY;
}
