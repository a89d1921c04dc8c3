import { every, sleep } from '../lib/timing.js';
import { WHY_HANG } from '../why.js';

const HANGING = 1000;
const WATCHED = 12_000;

export default {
  title: 'Token endpoint hangs, then heals',
  about:
    'Token requests of the first second are accepted and never answered; later ones are answered at once. A caller ' +
    'comes every 50 ms.',
  waits: true,
  columns: {
    recovery: 'first token after healing, s',
    waiting: 'callers still waiting 12 s later',
    calls: 'token calls',
  },
  better: { recovery: 'lower', waiting: 'lower', calls: 'lower' },
  why: WHY_HANG,
  bars: [
    { text: 'recovers within one attempt (5 s)', met: ({ recovery }) => recovery <= 5 },
    { text: 'nobody left waiting', met: ({ waiting }) => waiting === 0 },
  ],
  async measure(peer, { openDesk }) {
    const desk = await openDesk({ token: { mode: 'hang' } });
    const client = await peer.create(desk.account);
    let firstAt;
    let waiting = 0;
    const ask = () => {
      waiting += 1;
      client.getAccessToken().then(
        () => {
          firstAt ??= performance.now();
          waiting -= 1;
        },
        () => {
          waiting -= 1;
        },
      );
    };
    await every(50, HANGING, ask);
    const healedAt = performance.now();
    await desk.set({ token: { mode: 'ok' } });
    await every(50, WATCHED, ask);
    await sleep(200);
    const recovery = firstAt === undefined ? Number.POSITIVE_INFINITY : (firstAt - healedAt) / 1000;
    return { recovery: Number(recovery.toFixed(2)), waiting, calls: await desk.tokenCalls() };
  },
};
