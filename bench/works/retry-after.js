import { every } from '../lib/timing.js';

const DURATION = 4000;

export default {
  title: '503 with Retry-After: 5',
  about: 'For 4 s, 20 callers a second ask for a token.',
  waits: true,
  columns: { callers: 'callers', calls: 'token calls in 4 s' },
  better: { calls: 'lower' },
  bars: [{ text: 'obeyed: 1 call', met: ({ calls }) => calls === 1 }],
  async measure(peer, { openDesk }) {
    const desk = await openDesk({ token: { mode: 'retry-after' } });
    const client = await peer.create(desk.account);
    let callers = 0;
    await every(50, DURATION, () => {
      callers += 1;
      client.getAccessToken().catch(() => undefined);
    });
    return { callers, calls: await desk.tokenCalls() };
  },
};
