import { sleep } from '../lib/clock.mjs';
import { PROCESSES } from './constants.mjs';
import { startLoad, stopLoad } from './load.mjs';

/** All in milliseconds. */
const LIFETIME = 5_000;
const LENGTH = 60_000;
/** About 130 calls a second in all: the two cores have time left. */
const LOAD = { lanes: 2, pause: 120 };
/** The calls that a busy machine manages, too. */
const ENOUGH = 2_000;

export default {
  title: `${PROCESSES} processes, tokens of ${LIFETIME / 1000} s, ${LENGTH / 1000} s of load`,
  async measure({ bank, workers }) {
    bank.setLifetime(LIFETIME);
    await startLoad(workers, LOAD);
    await sleep(LENGTH);
    const { calls, failures, details } = await stopLoad(workers);
    return [
      // Renewed when four fifths of it have passed: fifteen times and a bit.
      { what: 'token calls', value: bank.tokenRequests, atMost: 18 },
      { what: 'calls refused by the bank', value: bank.apiRefusals, exactly: 0 },
      { what: 'calls', value: calls, atLeast: ENOUGH },
      { what: 'failed calls', value: failures, exactly: 0, details },
    ];
  },
};
