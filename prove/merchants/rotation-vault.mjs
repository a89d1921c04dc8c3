import { until } from '../lib/clock.mjs';
import { underLoad } from './under-load.mjs';

const MERCHANTS = 50;
/** Milliseconds: tokens are renewed all the time, and token calls take a while. */
const LIFETIME = 5_000;
const LATENCY = 60;
/** Renewed after 3.9 to 4 s: in 15 s each merchant gets four tokens, and a fifth if a busy machine needs longer. */
const TOKENS = 5;

export default {
  title: `All secrets of ${MERCHANTS} merchants rotated under load: the vault has new ones, old ones are refused at once`,
  measure: ({ onStage, careless }) =>
    onStage({ lifetime: LIFETIME, latency: LATENCY }, async ({ bank, worker }) => {
      const { vaultUrl } = bank;
      await worker.ask('openAsking', { bank: bank.providerOptions(), vaultUrl });
      const figures = await underLoad({ bank, worker }, { merchants: MERCHANTS }, async () => {
        // In the midst of renewals: the ones under way have read the old secret, and others wait with it.
        const renewals = () => bank.openTokenCalls > 2;
        await until('renewals', renewals);
        bank.generations = [1];
        bank.vaultGeneration = careless ? 0 : 1;
      });
      const twice = [...bank.rejectionsOf.values()].filter((times) => times > 1).length;
      const { rejections } = bank;
      return [
        ...figures,
        { what: 'rejections', value: rejections, atLeast: 1 },
        { what: 'merchants rejected twice', value: twice, exactly: 0 },
        { what: 'token calls', value: bank.tokenCalls, atMost: MERCHANTS * TOKENS + rejections },
      ];
    }),
};
