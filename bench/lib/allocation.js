import { PerformanceObserver } from 'node:perf_hooks';

const CALLS = 20_000;
const ROUNDS = 9;

/**
 * The bytes that one call allocates: the growth of the heap over many calls without a collection. Requires
 * `--expose-gc` and a young generation that is large enough for all of them.
 */
export async function bytesPerCall(loop, target) {
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  const results = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    globalThis.gc();
    // Observers are notified a turn later.
    await new Promise((resolve) => setTimeout(resolve, 20));
    collections = 0;
    const before = process.memoryUsage().heapUsed;
    await loop(target, CALLS);
    const after = process.memoryUsage().heapUsed;
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (collections === 0) results.push((after - before) / CALLS);
  }
  observer.disconnect();
  return results;
}
