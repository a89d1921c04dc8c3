import { now, sleep, until } from '../lib/clock.mjs';
import { PROCESSES } from './constants.mjs';
import { startLoad, stopLoad } from './load.mjs';

/**
 * All in milliseconds. A token is renewed 7.8 to 8 s after it was requested: once while Redis is away, by each process
 * on its own, and then not before all processes must share again.
 */
const LIFETIME = 10_000;
const KILLED_AT = 6_000;
const AWAY = 3_000;
const SHARED_AGAIN = 5_000;
const NEXT_RENEWAL = 4_000;
const LOAD = { lanes: 2, pause: 120 };
/** The calls that a busy machine manages, too. */
const ENOUGH = 500;

export default {
  title: 'Redis killed and restarted empty, under load',
  async measure({ bank, workers, redis }) {
    bank.setLifetime(LIFETIME);
    await startLoad(workers, LOAD);
    await until('a token', () => bank.tokensIssued > 0);
    const issued = now();
    const at = (instant) => sleep(Math.max(0, issued + instant - now()));
    await at(KILLED_AT);
    const before = bank.tokenRequests;
    await redis.kill();
    await at(KILLED_AT + AWAY);
    await redis.restart();
    const restarted = now() - issued;
    await at(restarted + SHARED_AGAIN);
    const during = bank.tokenRequests - before;
    await at(restarted + SHARED_AGAIN + NEXT_RENEWAL);
    const after = bank.tokenRequests - before - during;
    const tokens = await Promise.all(workers.map((worker) => worker.ask('token')));
    const { calls, failures, details } = await stopLoad(workers);
    return [
      { what: 'calls', value: calls, atLeast: ENOUGH },
      { what: 'failed calls', value: failures, exactly: 0, details },
      { what: 'calls refused by the bank', value: bank.apiRefusals, exactly: 0 },
      { what: 'token calls before', value: before, exactly: 1 },
      // With Redis, the fleet would have renewed its token once.
      { what: 'extra token calls while Redis is away', value: during - 1, atMost: PROCESSES },
      { what: 'token calls for the first renewal later than 5 s after', value: after, exactly: 1 },
      { what: 'different tokens then', value: new Set(tokens.map(({ name }) => name)).size, exactly: 1 },
    ];
  },
};
