import { measureAlternating } from '../lib/alternating.js';
import { BARS, BETTER, COLUMNS } from '../lib/compared.js';
import { compareBars } from '../lib/plots.js';
import { TRANSPORTS } from '../transports/index.js';
import { WHY_TRANSPORTS } from '../why.js';

export default {
  title: 'Transports, in turns in one process',
  about:
    'GET and POST of JSON, 16 at a time, in slices of 150 ms that take turns. The base is bare axios: `node:http` with a ' +
    'keep-alive agent, no redirects, a fixed header. Of throughput more is better, of times less.',
  together: true,
  columns: COLUMNS,
  better: BETTER,
  why: WHY_TRANSPORTS,
  advisory: true,
  bars: BARS,
  plots: (results) => [compareBars('transports', 'Throughput in one process, × bare axios', results)],
  rounds: { quick: 4, usual: 15, full: 41 },
  measure: (context) => measureAlternating(TRANSPORTS, context, 30),
};
