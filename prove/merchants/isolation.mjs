/** The pairs of keys that are tried with each kind of label. */
const PAIRS = 400;

export default {
  title: 'Merchants whose keys look like others, beside credentials of the provider itself',
  async measure({ onStage, careless }) {
    const figures = await Promise.all([
      mixUps(onStage, { merchantLabel: 'key', careless }),
      mixUps(onStage, { merchantLabel: 'hash', careless }),
      nobody(onStage),
    ]);
    return figures.flat();
  },
};

function mixUps(onStage, { merchantLabel, careless }) {
  return onStage({}, async ({ bank, worker }) => {
    const seen = await worker.ask('mixUp', {
      bank: bank.providerOptions(),
      merchantLabel,
      pairs: PAIRS,
      careless,
    });
    const { tokensIssuedTo } = bank;
    const ofOwn = tokensIssuedTo.get(seen.own);
    const labels = merchantLabel === 'key' ? 'by their keys' : 'by hashes';
    const once = [...tokensIssuedTo.values()].filter((tokens) => tokens === 1).length;
    return [
      { what: `pairs, called ${labels}`, value: seen.pairs, atLeast: PAIRS },
      { what: 'pairs mixed up', value: seen.details.length, exactly: 0, details: seen.details },
      { what: 'clients with one token', value: once, exactly: seen.merchants + 1 },
      { what: "tokens for the provider's own credentials", value: ofOwn, exactly: 1 },
      { what: "calls with another's token", value: bank.strangers, exactly: 0 },
      { what: 'calls', value: bank.calls, atLeast: 2 * PAIRS },
    ];
  });
}

function nobody(onStage) {
  return onStage({}, async ({ bank, worker }) => {
    const { attempts, accepted } = await worker.ask('turnAway', { bank: bank.providerOptions() });
    const sent = bank.tokenCalls + bank.calls;
    return [
      { what: 'attempts with no key, or an unknown one', value: attempts, atLeast: 100 },
      {
        what: 'not refused as a mistake of the caller',
        value: accepted.length,
        exactly: 0,
        details: accepted,
      },
      { what: 'requests that they sent', value: sent, exactly: 0 },
    ];
  });
}
