import { byEffort } from './effort.js';

/** Fewer say nothing about spread. */
const LEAST = 3;

/**
 * Numbers of rounds, from 0: as many as the effort says, and fewer once the seconds are over, so that a slow machine does
 * not take for ever. The page tells of each row that got fewer.
 */
export function* roundsOf({ quick, usual, full }, seconds) {
  const count = byEffort({ quick, usual, full });
  const end = performance.now() + byEffort({ quick: seconds / 4, usual: seconds, full: seconds * 4 }) * 1000;
  for (let round = 0; round < count; round += 1) {
    if (round >= Math.min(LEAST, count) && performance.now() > end) return;
    yield round;
  }
}
