import { measureAlternating } from '../lib/alternating.js';
import { BETTER, COLUMNS } from '../lib/compared.js';
import { compareBars } from '../lib/plots.js';
import { FETCHES } from '../transports/index.js';
import { WHY_FETCH } from '../why.js';

export default {
  title: 'fetch, in turns in one process',
  about:
    'The `fetch` of Node.js with the token in a header by hand is the base; the body is read as JSON. Ours adds the guard ' +
    'of origins, the token, the replay after a 401, time-outs, redaction and the report.',
  together: true,
  columns: COLUMNS,
  better: BETTER,
  why: WHY_FETCH,
  advisory: true,
  bars: [],
  plots: (results) => [compareBars('fetch', 'Throughput of fetch, × global fetch', results)],
  rounds: { quick: 4, usual: 15, full: 41 },
  measure: (context) => measureAlternating(FETCHES, context, 20),
};
