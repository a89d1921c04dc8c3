import { growthOf } from '../growth/sizes.js';
import { byEffort } from '../lib/effort.js';
import { growthLines } from '../lib/plots.js';

const SIZES = byEffort({ quick: [1, 4], usual: [1, 2, 4, 8, 16] });
/** Seconds: the lifetime of a token, and how long replicas are watched. */
const LIFETIME = 5;
const WATCHED = byEffort({ quick: 6, usual: 22 });

export default {
  title: 'Replicas, 1 to 16, in real processes on one machine',
  about:
    `A number of processes on one Redis, each of which asks for a token ten times a second; tokens live ${LIFETIME} s, and the bank ` +
    'takes 50 ms. All processes share the cores with the bank and Redis. To agree is to have the same token: from the first ' +
    'process that has it to the last, the median of all renewals.',
  together: true,
  rowTitle: 'replicas',
  columns: {
    calls: 'token calls',
    tokens: 'tokens in use',
    failures: 'failed callers',
    first: 'until all have the first token, ms',
    agree: 'to agree at a renewal, ms',
    scripts: 'Redis operations/s',
    kib: 'Redis KiB/s',
    redisCpu: 'CPU of Redis, %',
    rss: 'memory of a process, MiB',
  },
  advisory: true,
  bars: [],
  plots: (results) => [
    growthLines(
      'growth-replicas',
      'Real replicas, tokens of 5 s',
      results,
      { x: 'replicas', y: '' },
      {
        calls: 'token calls',
        scripts: 'Redis operations/s',
        kib: 'Redis KiB/s',
        agree: 'to agree, ms',
      },
    ),
  ],
  sumUp: (results) => {
    const [calls, scripts, agree] = ['calls', 'scripts', 'agree'].map((what) => growthOf(results, what));
    return [
      `From the fewest to the most replicas, token calls go from ${calls.first} to ${calls.last}, Redis operations from ` +
        `${scripts.first} to ${scripts.last} a second, and the time to agree from ${agree.first} to ${agree.last} ms.`,
    ];
  },
  async measure({ openDesk, bankUrl }) {
    const { replicasFor } = await import('../growth/real-replicas.js');
    const rows = [];
    for (const size of SIZES) {
      const desk = await openDesk({
        token: { expiresIn: LIFETIME, validity: LIFETIME * 1000, before: 25, after: 25 },
      });
      const figures = await replicasFor(size, WATCHED * 1000, { bankUrl, desk });
      rows.push({ key: String(size), label: String(size), figures });
    }
    return { rows };
  },
};
