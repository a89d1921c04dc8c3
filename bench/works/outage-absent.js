import { sleep } from '../lib/timing.js';
import { WHY_OUTAGE_ABSENT } from '../why.js';

const DOWN = 8000;
const RECOVERY = 8000;
const WORKERS = 10;
const PAUSE = 30;

export default {
  title: 'Token endpoint down, no token',
  about:
    `For 8 s the token endpoint answers 503, while ${WORKERS} callers ask for a token, each ${PAUSE} ms after its last ` +
    'answer. Then it is well again, and the time to the first token counts.',
  waits: true,
  columns: { perSecond: 'token calls/s', recovery: 'first token after recovery, s' },
  better: { perSecond: 'lower', recovery: 'lower' },
  why: WHY_OUTAGE_ABSENT,
  bars: [
    { text: 'at most 1.5 calls/s', met: ({ perSecond }) => perSecond <= 1.5 },
    // The token call itself and the callers' pause are added to the package's own wait.
    { text: 'back within 3 s (and 0.1 s for the call)', met: ({ recovery }) => recovery <= 3.1 },
  ],
  async measure(peer, { openDesk }) {
    const desk = await openDesk({ token: { mode: 'down' } });
    const client = await peer.create(desk.account);
    let recoveredAt;
    let over = false;
    async function ask() {
      while (!over && recoveredAt === undefined) {
        try {
          await client.getAccessToken();
          recoveredAt = performance.now();
        } catch {
          await sleep(PAUSE);
        }
      }
    }
    for (let worker = 0; worker < WORKERS; worker += 1) ask();
    await sleep(DOWN);
    const calls = await desk.tokenCalls();
    const healedAt = performance.now();
    await desk.set({ token: { mode: 'ok' } });
    while (recoveredAt === undefined && performance.now() - healedAt < RECOVERY) await sleep(10);
    over = true;
    const recovery = recoveredAt === undefined ? Number.POSITIVE_INFINITY : (recoveredAt - healedAt) / 1000;
    return { perSecond: round(calls / (DOWN / 1000), 1), recovery: round(recovery, 2) };
  },
};

const round = (value, digits) => Number(value.toFixed(digits));
