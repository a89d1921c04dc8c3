const MERCHANTS = 10_000;
const CALLS = 10;
const CONCURRENCY = 8;
/** Milliseconds of a token call: long enough to reach the limit of concurrent calls. */
const LATENCY = 3;

/** Milliseconds that a busy machine may need. */
const PATIENCE = 300_000;

export default {
  title: `${MERCHANTS} merchants, ${CALLS} calls each, all of them cold at the same moment`,
  measure: ({ onStage, careless }) =>
    onStage({ latency: LATENCY }, async ({ bank, worker }) => {
      const provider = careless ? { tokenRequests: { concurrency: 2 * CONCURRENCY } } : {};
      const parameters = { bank: bank.providerOptions(), merchants: MERCHANTS, calls: CALLS, provider };
      const { calls, failures, details, cold, all } = await worker.ask('callEach', parameters, PATIENCE);
      const once = [...bank.tokensIssuedTo.values()].filter((tokens) => tokens === 1).length;
      return [
        { what: 'calls', value: calls, exactly: MERCHANTS * CALLS },
        { what: 'failed calls', value: failures, exactly: 0, details },
        { what: 'token calls', value: bank.tokenCalls, atMost: MERCHANTS },
        { what: 'token calls at a time', value: bank.peak, atMost: CONCURRENCY },
        { what: 'merchants with one token', value: once, exactly: MERCHANTS },
        { what: 'resource calls among the calls', value: bank.calls, atLeast: MERCHANTS },
        { what: "resource calls with another merchant's token", value: bank.strangers, exactly: 0 },
        { what: 'resource calls refused by the bank', value: bank.refusals, exactly: 0 },
        { what: 'until all cold merchants were served', value: cold / 1_000, unit: 's', digits: 1 },
        { what: 'until all calls were answered', value: all / 1_000, unit: 's', digits: 1 },
      ];
    }),
};
