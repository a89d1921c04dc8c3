import { outcomeWithin, sleep } from '../lib/timing.js';

const PATIENCE = 30_000;

export default {
  title: 'A token response of 50 MB',
  about: 'Valid JSON with a long padding, 16 KiB a millisecond.',
  waits: true,
  columns: { kib: 'KiB that the bank could send', outcome: 'outcome' },
  better: { kib: 'lower' },
  bars: [
    // The limit is 64 KiB; some chunks more are on their way before the bank notices.
    {
      text: 'refused at 64 KiB (192 with what is on its way)',
      met: ({ kib, outcome }) => kib <= 192 && outcome !== 'token',
    },
  ],
  async measure(peer, { openDesk }) {
    const desk = await openDesk({ token: { mode: 'big' } });
    const client = await peer.create(desk.account);
    const { value, error, pending } = await outcomeWithin(client.getAccessToken(), PATIENCE);
    await sleep(200);
    const { bytesSent } = await desk.counts();
    const outcome = pending ? 'waits' : value === undefined ? `error: ${error?.name}` : 'token';
    return { kib: Math.round(bytesSent / 1024), outcome };
  },
};
