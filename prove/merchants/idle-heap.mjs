/** The most bytes of an idle merchant, besides its token. */
const BOUND = 700;
/** The most timers: those of Node.js and of the library itself, and none for each merchant. */
const TIMERS = 20;

/** Milliseconds: a hundred thousand token calls take their time on a busy machine. */
const PATIENCE = 600_000;
/** The processors of the smallest supported machine. */
const AT_A_TIME = 2;

const WEIGHINGS = [
  { merchants: 100_000, way: 'values', atMost: BOUND },
  { merchants: 100_000, way: 'promises', atMost: BOUND },
  { merchants: 10_000, way: 'values', atMost: BOUND },
  { merchants: 10_000, way: 'promises', atMost: BOUND },
  // Without a bound, for the choice between these ways.
  { merchants: 5_000, way: 'one-value Observables' },
  { merchants: 5_000, way: 'open Observables' },
  { merchants: 5_000, way: 'values', isShared: true },
];

export default {
  title: 'Bytes per idle merchant, besides its token',
  async measure({ onStage, shared }) {
    // Child processes get the options of this one.
    if (globalThis.gc === undefined) throw new Error('it needs node --expose-gc');
    const weighings = WEIGHINGS.filter(({ isShared }) => !isShared || shared !== undefined);
    const figures = [];
    const timers = [];
    const left = weighings.entries();
    const lane = async () => {
      for (const [index, { merchants, way, isShared, atMost }] of left) {
        const weighed = await weigh(onStage, { merchants, way, ...(isShared ? { shared } : {}) });
        const what = `${merchants} merchants, credentials by ${way}${isShared ? ', with Redis' : ''}`;
        figures[index] = { what, value: weighed.bytes, unit: 'B', atMost };
        timers.push(weighed.timers);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, lane));
    return [...figures, { what: 'timers in one process', value: Math.max(...timers), atMost: TIMERS }];
  },
};

function weigh(onStage, { merchants, ...how }) {
  return onStage({}, async ({ bank, worker }) => {
    const parameters = { bank: bank.providerOptions(), merchants, ...how };
    const { bytes, timers } = await worker.ask('weigh', parameters, PATIENCE);
    return { timers, bytes: bytes / merchants - bank.tokenLength / bank.tokensIssued };
  });
}
