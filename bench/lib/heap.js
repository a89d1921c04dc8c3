import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapCodeStatistics } from 'node:v8';

/** Milliseconds until connections, and what else is under way, have come to their end. */
const SETTLING = 300;

/** Bytes that this process holds for good. Needs `--expose-gc`. */
export async function heldBytes(settling = SETTLING) {
  await sleep(settling);
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc();
    await sleep(10);
  }
  const { heapUsed, external } = process.memoryUsage();
  // What V8 goes on compiling is not what is weighed.
  const { code_and_metadata_size: code, bytecode_and_metadata_size: bytecode } = getHeapCodeStatistics();
  return heapUsed + external - code - bytecode;
}
