export { setTimeout as sleep } from 'node:timers/promises';

import { setTimeout as sleep } from 'node:timers/promises';

/** The same in all processes of a machine, in milliseconds. */
export const now = () => performance.timeOrigin + performance.now();

/** Looks every few milliseconds. Rejects if it does not come to be. */
export async function until(what, isSo, patience = 20_000) {
  const end = now() + patience;
  while (!isSo()) {
    if (now() > end) throw new Error(`not within ${patience} ms: ${what}`);
    await sleep(5);
  }
}
