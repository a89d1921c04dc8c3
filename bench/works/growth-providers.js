import { bendSentence, growthOf, measureSizes } from '../growth/sizes.js';
import { byEffort } from '../lib/effort.js';
import { growthLines } from '../lib/plots.js';

const SIZES = byEffort({ quick: [1, 10], usual: [1, 2, 5, 10, 20, 50, 100] });

export default {
  title: 'Providers, 1 to 100',
  about:
    'An application with a number of providers at one bank, each with a token. Its start, the first token of each, what each holds ' +
    'in memory, and a token that is there, asked of one provider after the other.',
  together: true,
  rowTitle: 'providers',
  columns: {
    startMs: 'start of the application, ms',
    startEach: 'ms a provider',
    tokenMs: 'first token, ms a provider',
    bytes: 'bytes a provider, with its token',
    hotNs: 'a token that is there, ns',
  },
  advisory: true,
  bars: [],
  plots: (results) => [
    growthLines(
      'growth-providers',
      'A provider, by how many there are',
      results,
      { x: 'providers', y: 'a provider' },
      {
        startEach: 'start, ms',
        bytes: 'memory, bytes',
        hotNs: 'a token that is there, ns',
      },
    ),
  ],
  sumUp: (results) => {
    const start = growthOf(results, 'startMs');
    return [
      `The start goes from ${start.first} to ${start.last} ms. ${bendSentence(results, { bytes: 'Memory a provider', hotNs: 'A token that is there' })}`,
    ];
  },
  measure: async (context) => ({ rows: await measureSizes('providers', SIZES, context) }),
};
