import { now, sleep, until } from '../lib/clock.mjs';

/** The default duration of a lease, in milliseconds: an attempt and a second. */
const LEASE = 6_000;
/** Milliseconds until the other processes have seen that somebody else asks. */
const QUEUEING = 300;

export default {
  title: 'The process whose token call is under way killed, seven others waiting',
  async measure({ bank, workers }) {
    const [holder, ...others] = workers;
    bank.failToken({ hang: true }, 1);
    // It fails when the process is killed.
    holder.ask('token').catch(() => undefined);
    await until('a token call', () => bank.tokenRequests === 1);
    const asked = Promise.all(others.map((worker) => worker.ask('token')));
    await sleep(QUEUEING);
    const early = bank.tokenRequests - 1;
    const killed = now();
    await holder.kill();
    const got = await asked;
    const times = got.map(({ at }) => at - killed);
    return [
      { what: 'token calls of others before', value: early, exactly: 0 },
      {
        what: 'until the first of the others has a token',
        value: Math.min(...times),
        unit: 'ms',
        atMost: LEASE + 1_000,
      },
      { what: 'until all of them have', value: Math.max(...times), unit: 'ms', atMost: LEASE + 1_000 },
      { what: 'token calls of others', value: bank.tokenRequests - 1, exactly: 1 },
      { what: 'different tokens', value: new Set(got.map(({ name }) => name)).size, exactly: 1 },
    ];
  },
};
