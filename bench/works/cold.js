import { WHY_COLD } from '../why.js';

const CALLERS = 1000;

export default {
  title: '1000 cold callers',
  about: `${CALLERS} callers at once ask for a token that is not there; the bank takes 50 ms for one.`,
  columns: { callers: 'callers served', calls: 'token calls', ms: 'until all are served, ms' },
  better: { callers: 'higher', calls: 'lower', ms: 'lower' },
  why: WHY_COLD,
  bars: [{ text: '1 token call', met: ({ calls, callers }) => calls === 1 && callers === CALLERS }],
  async measure(peer, { openDesk }) {
    const desk = await openDesk({ token: { before: 25, after: 25 } });
    const client = await peer.create(desk.account);
    const start = performance.now();
    const settled = await Promise.allSettled(Array.from({ length: CALLERS }, () => client.getAccessToken()));
    const ms = Math.round(performance.now() - start);
    const callers = settled.filter(({ status }) => status === 'fulfilled').length;
    return { callers, calls: await desk.tokenCalls(), ms };
  },
};
