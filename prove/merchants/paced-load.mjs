import { sleep } from '../lib/clock.mjs';
import { Outcomes } from './outcomes.mjs';

/** Milliseconds between two readings of the clock. */
const TICK = 5;

/**
 * Makes calls at a fixed pace, however long each of them takes.
 * @param call makes the call of a number
 * @param load the number of all `calls`, and of calls `perSecond`
 * @returns their outcomes, once all have been answered
 */
export async function pace(call, { calls, perSecond }) {
  const outcomes = new Outcomes();
  const notes = [];
  const began = performance.now();
  while (outcomes.calls < calls) {
    const due = Math.min(calls, ((performance.now() - began) / 1_000) * perSecond);
    while (outcomes.calls < due) notes.push(outcomes.note(call(outcomes.calls)));
    await sleep(TICK);
  }
  await Promise.all(notes);
  return { ...outcomes };
}
