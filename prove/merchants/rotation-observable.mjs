import { until } from '../lib/clock.mjs';
import { underLoad } from './under-load.mjs';

const MERCHANTS = 50;
const CONCURRENCY = 8;
/** Milliseconds of a token call: some 140 calls are made until all tokens are renewed. */
const LATENCY = 100;

export default {
  title: `All secrets of ${MERCHANTS} merchants rotated under load: Observables emit, old and new ones overlap`,
  measure: ({ onStage, careless }) =>
    onStage({ latency: LATENCY }, async ({ bank, worker }) => {
      await worker.ask('openObserving', { bank: bank.providerOptions() });
      let before;
      const figures = await underLoad({ bank, worker }, { merchants: MERCHANTS }, async () => {
        before = bank.tokenCalls;
        bank.generations = [0, 1];
        if (!careless) await worker.ask('emit', 1);
        await until('tokens for the new secrets', () => careless || bank.tokensIssued === 2 * MERCHANTS);
        bank.generations = [1];
      });
      return [
        ...figures,
        {
          what: 'calls with the old token until the new one was there',
          value: bank.formerCalls,
          atLeast: 20,
        },
        { what: 'token calls before', value: before, exactly: MERCHANTS },
        { what: 'token calls from then on', value: bank.tokenCalls - before, exactly: MERCHANTS },
        { what: 'token calls at a time', value: bank.peak, atMost: CONCURRENCY },
        { what: 'rejections', value: bank.rejections, exactly: 0 },
      ];
    }),
};
