import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapCodeStatistics, queryObjects } from 'node:v8';
import { Observable, of } from 'rxjs';
import { openApplication } from './application.mjs';
import { credentialsOf } from './derived.mjs';

/** Merchants before the weighing, so that earlier compilation and set-up are not counted. */
const EARLIER = 2_000;
/** Merchants that ask at the same time: the most that are allowed. */
const LANES = 8;
/** Milliseconds until connections and other work under way have ended. */
const SETTLING = 500;
/** Rounds of garbage collection before a weight: finalizers of one round free objects for the next. */
const LEAST_ROUNDS = 3;
const MOST_ROUNDS = 20;
/** Milliseconds for the finalizers of a round. */
const PAUSE = 50;
/** Bytes that a round may free when the weight counts as steady. */
const STEADY = 100_000;

/** The result types of the credentials function. It stores nothing: credentials are derived from the key. */
const WAYS = {
  values: credentialsOf,
  promises: async (merchant) => credentialsOf(merchant),
  'one-value Observables': (merchant) => of(credentialsOf(merchant)),
  'open Observables': (merchant) => new Observable((subscriber) => subscriber.next(credentialsOf(merchant))),
};

/** The additional bytes of a process whose merchants all have tokens while it is idle. */
export async function weigh({ bank, way, merchants, shared }) {
  const credentials = WAYS[way];
  const applicationFor = (limit) =>
    openApplication({ bank, credentials, shared, provider: { merchants: { limit } } });
  // An application of the same kind, so that the merchants make the difference.
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
  // Used here, so that it was not garbage before.
  await application.close();
  return { bytes: after - before, timers, active };
}

async function obtainTokens({ tokens }, name, count) {
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < count; n = next++) {
      // Through bytes, since V8 keeps a joined string as its two parts.
      const key = Buffer.from(`${name}-${n}`).toString();
      await tokens.forMerchant(key).getAccessToken();
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Collects garbage until that frees no more: in one run, 8 MB more were there after three rounds. */
async function weight() {
  await sleep(SETTLING);
  let weighed = Number.POSITIVE_INFINITY;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    globalThis.gc();
    await sleep(PAUSE);
    const now = used();
    if (round >= LEAST_ROUNDS && weighed - now < STEADY) return Math.min(weighed, now);
    weighed = Math.min(weighed, now);
  }
  return weighed;
}

/** The bytes in use, without code that V8 compiles meanwhile: it does not belong to merchants. */
function used() {
  const { heapUsed, external } = process.memoryUsage();
  const { code_and_metadata_size: code, bytecode_and_metadata_size: bytecode } = getHeapCodeStatistics();
  return heapUsed + external - code - bytecode;
}

/** The number of all timers, also of those that keep no process alive. */
function timersInProcess() {
  const timer = setTimeout(() => undefined, 0);
  clearTimeout(timer);
  return queryObjects(timer.constructor, { format: 'count' });
}
