import { bendSentence, growthOf, measureSizes } from '../growth/sizes.js';
import { byEffort } from '../lib/effort.js';
import { growthLines } from '../lib/plots.js';

const SIZES = byEffort({ quick: [10, 1000], usual: [1, 10, 100, 1_000, 10_000, 100_000] });

export default {
  title: 'Merchants, 1 to 100 000',
  about:
    'One provider with a number of merchants, each with a token of its own, obtained eight at a time. What each holds in memory ' +
    'while nothing goes on, and a token that is there, asked of merchants far from each other. With few merchants, what is there ' +
    'once stands out.',
  together: true,
  rowTitle: 'merchants',
  columns: {
    tokenMs: 'first token, ms a merchant',
    tokenCpuUs: 'its CPU time here, µs',
    bytes: 'bytes a merchant, with its token',
    hotNs: 'a token that is there, ns',
  },
  advisory: true,
  bars: [],
  plots: (results) => [
    growthLines(
      'growth-merchants',
      'A merchant, by how many there are',
      results,
      { x: 'merchants', y: 'a merchant' },
      {
        tokenCpuUs: 'first token, µs of the processor',
        bytes: 'memory, bytes',
        hotNs: 'a token that is there, ns',
      },
    ),
  ],
  sumUp: (results) => {
    const { last } = growthOf(results, 'bytes');
    return [
      `At the largest size a merchant holds ${last} bytes. ${bendSentence(results, {
        tokenCpuUs: 'The first token',
        bytes: 'Memory a merchant',
        hotNs: 'A token that is there',
      })}`,
    ];
  },
  /** Milliseconds: a hundred thousand token calls take their time. */
  limit: 1_800_000,
  measure: async (context) => ({ rows: await measureSizes('merchants', SIZES, context) }),
};
