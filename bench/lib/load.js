import { quantile } from './statistics.js';

/** The number of concurrent calls. */
export const CONCURRENCY = 16;

/**
 * Makes calls for some milliseconds and returns their figures: `rate` in calls a second, `cpu` in microseconds of this
 * process' processor time per call, and `p50` and `p99` of their times in milliseconds.
 */
export async function loadFor(milliseconds, call, concurrency = CONCURRENCY) {
  const times = [];
  const start = performance.now();
  const end = start + milliseconds;
  const before = process.cpuUsage();
  async function work() {
    for (let began = performance.now(); began < end; ) {
      await call();
      const now = performance.now();
      times.push(now - began);
      began = now;
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work));
  const { user, system } = process.cpuUsage(before);
  return {
    rate: (times.length * 1000) / (performance.now() - start),
    cpu: (user + system) / times.length,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  };
}

/** The body of the bench's POST calls. */
export const ORDER = {
  amount: 100,
  currency: 'GEL',
  items: [
    { name: 'a', price: 40 },
    { name: 'b', price: 60 },
  ],
};
