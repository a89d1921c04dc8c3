import { outcomeWithin } from '../lib/timing.js';
import { WHY_PERMANENT_401 } from '../why.js';

const REQUESTS = 20;
const PATIENCE = 2000;

export default {
  title: 'A resource that always answers 401',
  about: `${REQUESTS} GETs, one after the other, with a token that the bank has just issued.`,
  waits: true,
  columns: {
    calls: 'token calls beyond the first',
    most: 'tries of a request, at most',
    tries: 'tries in all',
    unsettled: `requests without an answer in ${PATIENCE / 1000} s`,
  },
  better: { calls: 'lower', most: 'lower', tries: 'lower', unsettled: 'lower' },
  why: WHY_PERMANENT_401,
  bars: [
    { text: '1 token call', met: ({ calls }) => calls <= 1 },
    { text: 'at most 2 tries', met: ({ most, unsettled }) => most <= 2 && unsettled === 0 },
  ],
  async measure(peer, { openDesk }) {
    const desk = await openDesk({ resource: { mode: 'always-401' } });
    const client = await peer.create(desk.account);
    await client.getAccessToken();
    await desk.set({ forget: true });
    let unsettled = 0;
    // A package that never gives up would continue during the later requests, too: two of those are proof enough.
    for (let n = 0; n < REQUESTS && unsettled < 2; n += 1) {
      if ((await outcomeWithin(client.get(`request/${n}`), PATIENCE)).pending) unsettled += 1;
    }
    const { tokenCalls, tries } = await desk.counts();
    const counts = Object.values(tries);
    return {
      calls: tokenCalls.length,
      most: Math.max(...counts),
      tries: counts.reduce((sum, count) => sum + count, 0),
      unsettled,
    };
  },
};
