import { Fleet, LIFETIME, sources } from '../growth/fleet.js';
import { byEffort } from '../lib/effort.js';
import { growthLines } from '../lib/plots.js';

const SIZES = byEffort({ quick: [16, 64], usual: [16, 32, 64, 125, 250, 500, 1000] });
/** Milliseconds: all replicas start within the first, and the fleet is watched for the second after that. */
const ROLL_OUT = 100;
const WATCHED = byEffort({ quick: 2, usual: 6 }) * LIFETIME;
const A_MINUTE = 60_000;

export default {
  title: 'Replicas, 16 to 1000, by simulation',
  about:
    `The package's own token service, one for each replica, on a virtual clock: a token lives ${LIFETIME / 60_000} min, the bank ` +
    'takes 200 ms, Redis is 0.5 ms away and does one thing after the other. What an operation costs it, in bytes and time of ' +
    'its processor, is measured on a real Redis first. Start: all replicas come within 0.1 s, without a token. Renewal: the ' +
    'averages of 30 minutes. Refusal: one replica is told 401. To agree is to have the same token: from the first replica that ' +
    'has it to the last. One provider without merchants: with merchants, each replica hears the messages of all of them, since ' +
    'all keys of a store share one channel.',
  together: true,
  rowTitle: 'replicas',
  columns: {
    startCalls: 'start: token calls',
    startAgree: 'start: until all have the token, ms',
    startOperations: 'start: Redis operations a replica',
    calls: 'token calls a renewal',
    agree: 'renewal: to agree, ms',
    operations: 'Redis operations a renewal',
    busy: 'Redis busy for a renewal, ms',
    merchants: 'merchants that keep a Redis busy without end',
    perSecond: 'Redis operations/s, average',
    busiest: 'in the busiest second',
    news: 'messages a renewal, sent to replicas',
    kib: 'Redis KiB/s, average',
    kibBusiest: 'KiB in the busiest second',
    refusedCalls: 'refusal: token calls',
    refusedAgree: 'refusal: until all have the next, ms',
  },
  advisory: true,
  bars: [],
  plots: (results) => [
    growthLines(
      'growth-fleet-redis',
      'Redis under a fleet, tokens of 5 minutes',
      results,
      AXES('a renewal'),
      {
        operations: 'operations a renewal',
        news: 'messages a renewal',
        busiest: 'operations in the busiest second',
        calls: 'token calls a renewal',
      },
    ),
    growthLines('growth-fleet-time', 'Until all replicas have the same token', results, AXES('ms'), {
      startAgree: 'start',
      agree: 'renewal',
      refusedAgree: 'after a refusal',
    }),
  ],
  sumUp: (results) => [sentenceOn(results)],
  async measure() {
    const { redisCosts } = await import('../growth/redis-costs.js');
    const { costs, version } = await redisCosts();
    const library = await sources();
    const rows = [];
    for (const size of SIZES) {
      rows.push({ key: String(size), label: String(size), figures: await fleetOf(size, library, costs) });
    }
    const notes = Object.entries(costs).map(
      ([what, { bytes, micros }]) => `${what}: ${Math.round(bytes)} B, ${micros.toFixed(0)} µs`,
    );
    rows[0].figures.costs = `Redis ${version}: ${notes.join('; ')}`;
    return { rows };
  },
};

function AXES(y) {
  return { x: 'replicas', y };
}

async function fleetOf(size, library, costs) {
  const fleet = new Fleet(library, costs);
  const { clock, redis } = fleet;
  fleet.startAll(size, ROLL_OUT);
  await clock.advance(A_MINUTE);
  const start = {
    startCalls: fleet.tokenCalls,
    startAgree: Math.round(Math.max(...lastOf(fleet))),
    startOperations: round(redis.operations / size, 1),
  };
  redis.forget();
  fleet.tokens.clear();
  const callsBefore = fleet.tokenCalls;
  await clock.advance(WATCHED);
  const renewals = [...fleet.tokens.values()].filter(({ replicas }) => replicas > size / 2);
  const agreed = renewals.map(({ first, last }) => last - first);
  const seconds = WATCHED / 1000;
  const steady = {
    calls: round((fleet.tokenCalls - callsBefore) / renewals.length, 2),
    agree: Math.round(Math.max(...agreed)),
    operations: Math.round(redis.operations / renewals.length),
    busy: round(redis.busy / renewals.length, 1),
    // The merchants that all replicas may serve, since their renewals come one after the other.
    merchants: Math.round(WATCHED / redis.busy),
    perSecond: round(redis.operations / seconds, 2),
    busiest: redis.most('operations'),
    news: Math.round(redis.deliveries / renewals.length),
    kib: round(redis.bytes / seconds / 1024, 2),
    kibBusiest: Math.round(redis.most('bytes') / 1024),
  };
  fleet.tokens.clear();
  const callsAtRefusal = fleet.tokenCalls;
  const refusedAt = clock.now().monotonic;
  const [{ service, token }] = fleet.replicas;
  // The token had worked before: otherwise its refusal would be braked.
  service.forCall().accepted(token, false);
  service.forCall().refused(token);
  await clock.advance(20_000);
  const refused = {
    refusedCalls: fleet.tokenCalls - callsAtRefusal,
    refusedAgree: fleet.tokens.size === 0 ? 'never' : Math.round(Math.max(...lastOf(fleet)) - refusedAt),
  };
  const holders = new Set(fleet.replicas.map((replica) => replica.token?.value));
  if (holders.size !== 1)
    throw new Error(`${size} replicas have ${holders.size} different tokens in the end`);
  await fleet.close();
  return { ...start, ...steady, ...refused };
}

function lastOf({ tokens }) {
  return [...tokens.values()].map(({ last }) => last);
}

function sentenceOn(results) {
  const whole = results.filter(({ figures }) => figures !== undefined);
  if (whole.length === 0) return 'Nothing could be measured.';
  const [first, last] = [whole[0], whole.at(-1)];
  const { figures: small } = first;
  const { figures: large } = last;
  return (
    `From ${first.label} to ${last.label} replicas, token calls of a renewal go from ${small.calls} to ${large.calls}, ` +
    `operations from ${small.operations} to ${large.operations} (${round(small.operations / Number(first.key), 2)} and ` +
    `${round(large.operations / Number(last.key), 2)} a replica), messages from ${small.news} to ${large.news}, and the time to agree ` +
    `from ${small.agree} to ${large.agree} ms: Redis tells replicas of a token, and answers them, one after the other. ` +
    `So it bends where merchants that all replicas serve times replicas come to about ${millions(large.merchants * Number(last.key))}: one ` +
    `Redis has no more time. ${small.costs}.`
  );
}

function millions(value) {
  return `${round(value / 1e6, 1)} million`;
}

function round(value, digits) {
  return Number(value.toFixed(digits));
}
