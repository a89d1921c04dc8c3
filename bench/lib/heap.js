import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapCodeStatistics } from 'node:v8';

/** Milliseconds until connections and other work under way have ended. */
const SETTLING = 300;

/** The bytes that this process holds after collections. Needs `--expose-gc`. */
export async function heldBytes(settling = SETTLING) {
  await sleep(settling);
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc();
    await sleep(10);
  }
  const { heapUsed, external } = process.memoryUsage();
  // Code that V8 compiles meanwhile is not weighed.
  const { code_and_metadata_size: code, bytecode_and_metadata_size: bytecode } = getHeapCodeStatistics();
  return heapUsed + external - code - bytecode;
}
