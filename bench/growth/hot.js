import { median } from '../lib/statistics.js';

const ROUNDS = 9;
/** Milliseconds. */
const SLICE = 40;

/** Nanoseconds of processor time for one call, with another number each time. */
export async function hotNanoseconds(call) {
  let count = 500;
  let taken = await nanoseconds(call, count);
  for (let round = 0; round < 8; round += 1) {
    count = Math.max(100, Math.round((count * SLICE * 1e6) / Math.max(taken, 1e3)));
    taken = await nanoseconds(call, count);
  }
  const results = [];
  for (let round = 0; round < ROUNDS; round += 1) results.push((await nanoseconds(call, count)) / count);
  return median(results);
}

let number = 0;

async function nanoseconds(call, count) {
  const before = process.cpuUsage();
  for (let n = 0; n < count; n += 1) await call(number++);
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1000;
}
