import { now } from '../lib/clock.mjs';
import { PROCESSES } from './constants.mjs';

const CALLERS = 250;
/** Milliseconds of a token call: long enough for every process to come while it is under way. */
const LATENCY = 300;
/** Milliseconds until all processes have received the question. */
const NOTICE = 500;

export default {
  title: `${PROCESSES} processes, ${CALLERS} callers each, no token`,
  async measure({ bank, workers }) {
    bank.setLatency({ token: LATENCY });
    const at = now() + NOTICE;
    const got = await Promise.all(workers.map((worker) => worker.ask('callers', { count: CALLERS, at })));
    const total = {};
    for (const counts of got) {
      for (const [what, count] of Object.entries(counts)) total[what] = (total[what] ?? 0) + count;
    }
    return [
      { what: 'token calls', value: bank.tokenRequests, exactly: 1 },
      {
        what: 'callers with the same token',
        value: Math.max(...Object.values(total)),
        exactly: PROCESSES * CALLERS,
        details: Object.entries(total).map(([what, count]) => `${count} x ${what}`),
      },
    ];
  },
};
