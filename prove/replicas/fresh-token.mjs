/** The most, as a multiple of the memory store's costs. */
const BOUND = 1.1;

export default {
  title: 'getAccessToken with a fresh token: processor time with Redis / with memory',
  processes: 1,
  async measure({ bank, workers, shared }) {
    const [worker] = workers;
    const ratios = await worker.ask('compare', { bank: bank.providerOptions(), shared });
    return ratios.map(({ what, ratio, control }) => ({
      what: `${what} (memory against memory: ${control.toFixed(2)})`,
      value: ratio,
      digits: 2,
      atMost: BOUND,
    }));
  },
};
