import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapCodeStatistics, queryObjects } from 'node:v8';
import { Observable, of } from 'rxjs';
import { openApplication } from './application.mjs';
import { credentialsOf } from './derived.mjs';

/** Merchants before the weighing, so that what is compiled and set up by then is not counted. */
const EARLIER = 2_000;
/** Merchants that ask at a time: as many as may. */
const LANES = 8;
/** Milliseconds until connections, and what else is under way, have come to their end. */
const SETTLING = 500;

/** How the credentials function gives what it finds. It holds nothing: all is derived from the key. */
const WAYS = {
  values: credentialsOf,
  promises: async (merchant) => credentialsOf(merchant),
  'one-value Observables': (merchant) => of(credentialsOf(merchant)),
  'open Observables': (merchant) => new Observable((subscriber) => subscriber.next(credentialsOf(merchant))),
};

/** Bytes that a process has more when so many merchants have tokens and nothing goes on. */
export async function weigh({ bank, way, merchants, shared }) {
  const credentials = WAYS[way];
  const applicationFor = (limit) =>
    openApplication({ bank, credentials, shared, provider: { merchants: { limit } } });
  // Of the same kind, so that it is the merchants that make the difference.
  let earlier = await applicationFor(1);
  await obtainTokens(earlier, 'earlier', EARLIER);
  const before = await weight();
  const application = await applicationFor(merchants);
  await obtainTokens(application, 'merchant', merchants);
  await earlier.close();
  earlier = undefined;
  const after = await weight();
  const timers = timersInProcess();
  const active = process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
  // It must not have been garbage by now.
  await application.close();
  return { bytes: after - before, timers, active };
}

async function obtainTokens({ tokens }, name, count) {
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < count; n = next++) {
      // By way of bytes, since V8 keeps what is joined as its two parts.
      const key = Buffer.from(`${name}-${n}`).toString();
      await tokens.forMerchant(key).getAccessToken();
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function weight() {
  await sleep(SETTLING);
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc();
    await sleep(10);
  }
  const { heapUsed, external } = process.memoryUsage();
  // What V8 goes on compiling is no merchant's.
  const { code_and_metadata_size: code, bytecode_and_metadata_size: bytecode } = getHeapCodeStatistics();
  return heapUsed + external - code - bytecode;
}

/** All that there are, also those that keep no process alive. */
function timersInProcess() {
  const timer = setTimeout(() => undefined, 0);
  clearTimeout(timer);
  return queryObjects(timer.constructor, { format: 'count' });
}
