import { byEffort } from './effort.js';

/** Fewer rounds say nothing about spread. */
const LEAST = 3;

/**
 * The numbers of rounds, from 0: as many as the effort requires, and fewer once the seconds are over, so that a slow
 * machine does not take for ever. The page names each row with fewer rounds.
 */
export function* roundsOf({ quick, usual, full }, seconds) {
  const count = byEffort({ quick, usual, full });
  const end = performance.now() + byEffort({ quick: seconds / 4, usual: seconds, full: seconds * 4 }) * 1000;
  for (let round = 0; round < count; round += 1) {
    if (round >= Math.min(LEAST, count) && performance.now() > end) return;
    yield round;
  }
}
