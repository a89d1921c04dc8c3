import { every } from '../lib/timing.js';
import { WHY_OUTAGE_VALID } from '../why.js';

const DURATION = 8500;

export default {
  title: 'Token endpoint down, the cached token valid',
  about:
    'A token of 10 s is fetched, then the token endpoint answers 503. For the next 8.5 s, 50 requests a second are sent.',
  waits: true,
  columns: { requests: 'requests', errors: 'errors', calls: 'token calls meanwhile' },
  better: { errors: 'lower', calls: 'lower' },
  why: WHY_OUTAGE_VALID,
  bars: [{ text: '0 errors', met: ({ errors }) => errors === 0 }],
  async measure(peer, { openDesk }) {
    const desk = await openDesk({ token: { expiresIn: 10, validity: 10_000 } });
    const client = await peer.create(desk.account);
    await client.get('first');
    await desk.set({ token: { mode: 'down' }, forget: true });
    const requests = [];
    let errors = 0;
    await every(20, DURATION, (n) => {
      const request = client.get(`request/${n}`).then(({ status }) => {
        if (status !== 200) throw new Error('refused');
      });
      requests.push(
        request.catch(() => {
          errors += 1;
        }),
      );
    });
    // A package may be in the midst of retries: a request that is not settled by now has failed its caller as well.
    let unsettled = requests.length;
    for (const request of requests) request.finally(() => (unsettled -= 1));
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { requests: requests.length, errors: errors + unsettled, calls: await desk.tokenCalls() };
  },
};
