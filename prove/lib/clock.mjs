export { setTimeout as sleep } from 'node:timers/promises';

import { setTimeout as sleep } from 'node:timers/promises';

/** A clock that all processes of a machine share, in milliseconds. */
export const now = () => performance.timeOrigin + performance.now();

/** Waits for a condition, checked every few milliseconds. Rejects if it is not met in time. */
export async function until(what, isSo, patience = 20_000) {
  const end = now() + patience;
  while (!isSo()) {
    if (now() > end) throw new Error(`not within ${patience} ms: ${what}`);
    await sleep(5);
  }
}
