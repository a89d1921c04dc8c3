import { outcomeWithin, sleep } from '../lib/timing.js';
import { WHY_REVOKED } from '../why.js';

const REQUESTS = 500;
const WAVES = 50;
const PERIOD = 1000;
const PATIENCE = 10_000;

export default {
  title: '500 requests on a revoked token',
  about:
    'A token works once, then the bank revokes it. Together: 500 requests at once, each answered in 20 ms. Straggling: ' +
    '50 waves of 10 over one second, each answered in 5 to 300 ms, so that refusals of the old token come in long ' +
    'after the new one is there.',
  columns: {
    together: 'together: succeed',
    togetherCalls: 'together: token calls',
    straggling: 'straggling: succeed',
    stragglingCalls: 'straggling: token calls',
  },
  better: { together: 'higher', togetherCalls: 'lower', straggling: 'higher', stragglingCalls: 'lower' },
  why: WHY_REVOKED,
  bars: [
    {
      text: '500 succeed with 1 token call, together',
      met: ({ together, togetherCalls }) => together === REQUESTS && togetherCalls === 1,
    },
    {
      text: '500 succeed with 1 token call, straggling',
      met: ({ straggling, stragglingCalls }) => straggling === REQUESTS && stragglingCalls === 1,
    },
  ],
  async measure(peer, context) {
    const [together, togetherCalls] = await run(peer, context, [20, 20], 1);
    const [straggling, stragglingCalls] = await run(peer, context, [5, 300], WAVES);
    return { together, togetherCalls, straggling, stragglingCalls };
  },
};

async function run(peer, { openDesk }, latency, waves) {
  const desk = await openDesk({ token: { before: 25, after: 25 }, resource: { latency } });
  const client = await peer.create(desk.account);
  await client.get('first');
  await desk.set({ revoke: true, forget: true });
  const requests = [];
  for (let wave = 0; wave < waves; wave += 1) {
    for (let n = 0; n < REQUESTS / waves; n += 1) {
      requests.push(outcomeWithin(client.get(`wave/${wave}/${n}`), PATIENCE));
    }
    if (waves > 1) await sleep(PERIOD / waves);
  }
  const outcomes = await Promise.all(requests);
  return [outcomes.filter(({ value }) => value?.status === 200).length, await desk.tokenCalls()];
}
