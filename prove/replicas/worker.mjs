// One replica.
import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { answerParent } from '../lib/answers.mjs';
import { now, sleep } from '../lib/clock.mjs';
import { compare } from './comparison.mjs';
import { Load } from './load.mjs';
import { openReplica } from './replica.mjs';

let replica;
let load;

answerParent({
  async open(parameters) {
    replica = await openReplica(parameters);
  },

  /** Starts this number of callers at an instant; returns how many of them got which token. */
  async callers({ count, at }) {
    await sleep(at - now());
    const results = await Promise.allSettled(
      Array.from({ length: count }, () => replica.tokens.getAccessToken()),
    );
    const got = {};
    for (const { value, reason } of results) {
      const what = value === undefined ? `error: ${reason?.message}` : nameOf(value);
      got[what] = (got[what] ?? 0) + 1;
    }
    return got;
  },

  /** The name of the current token, and when it arrived. */
  async token() {
    const name = nameOf(await replica.tokens.getAccessToken());
    return { name, at: now() };
  },

  startLoad(parameters) {
    load = new Load(replica.http, parameters);
  },

  stopLoad() {
    return load.stop();
  },

  compare(parameters) {
    return compare(parameters);
  },
});

function nameOf(token) {
  return createHash('sha256').update(token).digest('base64url').slice(0, 8);
}
