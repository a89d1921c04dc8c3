import { concatWith, ignoreElements, Observable, of, repeat, switchMap } from 'rxjs';
import type { Clock } from './clock.js';

/** The number of parts of a time-out. Each part counts once, however late its timer is. */
const PARTS = 10;

/** A timer that is later than this, in milliseconds, is not late by chance: the process did not run. */
export const LEAST_PAUSE = 500;

/**
 * Milliseconds of one part of a time-out. A process that is frozen (a suspended container, `SIGSTOP`, AWS Lambda
 * between two calls) or busy with other work for a minute finds all its timers due at once, and the answers that came
 * meanwhile unread. Such a pause counts as one part only, since it proves nothing about the bank.
 */
export function partOf(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / PARTS));
}

/** Emits once when this process has run for a number of milliseconds, and has read its sockets. */
export function afterRunning(milliseconds: number, clock: Clock): Observable<void> {
  const part = partOf(milliseconds);
  return clock.timer(part).pipe(
    switchMap(() => turnsOfTheLoop),
    repeat(Math.max(1, Math.ceil(milliseconds / part))),
    ignoreElements(),
    concatWith(of(undefined)),
  );
}

/** Completes when sockets have been read: timers come before them, and after a pause an answer may be there, unread. */
export const turnsOfTheLoop = new Observable<never>((subscriber) => {
  let turn = setImmediate(() => {
    turn = setImmediate(() => subscriber.complete());
  });
  return () => clearImmediate(turn);
});
