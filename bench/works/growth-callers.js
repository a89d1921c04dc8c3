import { bendSentence, growthOf, measureSizes } from '../growth/sizes.js';
import { byEffort } from '../lib/effort.js';
import { growthLines } from '../lib/plots.js';

const SIZES = byEffort({ quick: [10, 1000], usual: [1, 10, 100, 1_000, 10_000] });

export default {
  title: 'Callers at once, 1 to 10 000',
  about:
    'A number of callers of one provider at the same moment: without a token, which the bank issues in 50 ms, and with one. What a ' +
    'waiting caller holds in memory is weighed while the bank does not answer.',
  together: true,
  rowTitle: 'callers',
  columns: {
    calls: 'token calls',
    servedMs: 'until all are served, ms',
    cpuUs: 'CPU time of one that waits, µs',
    bytes: 'bytes of one that waits',
    bytesWithTimeout: 'the same with a `timeout`',
    hotUs: 'CPU time of one with a token there, µs',
  },
  advisory: true,
  bars: [],
  plots: (results) => [
    growthLines(
      'growth-callers',
      'A caller, by how many there are',
      results,
      { x: 'callers', y: 'a caller' },
      {
        cpuUs: 'waits: µs of the processor',
        bytes: 'waits: bytes',
        hotUs: 'has a token there: µs of the processor',
      },
    ),
  ],
  sumUp: (results) => {
    const served = growthOf(results, 'servedMs');
    return [
      `Until all are served it takes ${served.first} ms for the fewest and ${served.last} ms for the most. ` +
        bendSentence(results, { cpuUs: 'CPU time of one that waits', bytes: 'Memory of one that waits' }),
    ];
  },
  measure: async (context) => ({
    rows: await measureSizes('callers', SIZES, context, { token: { before: 25, after: 25 } }),
  }),
};
