import { measureAlternating } from '../lib/alternating.js';
import { BETTER, COLUMNS, isWithinControl } from '../lib/compared.js';
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
  bars: [
    { text: 'as fast as bare axios within the A/A control, GET', met: within('get') },
    { text: 'as fast as bare axios within the A/A control, POST', met: within('post') },
    { text: 'over undici at least 1.8 × bare axios, GET', met: atLeast('get', 1.8) },
    { text: 'over undici at least 1.8 × bare axios, POST', met: atLeast('post', 1.8) },
  ],
  plots: (results) => [compareBars('transports', 'Throughput in one process, × bare axios', results)],
  rounds: { quick: 4, usual: 15, full: 41 },
  measure: (context) => measureAlternating(TRANSPORTS, context, 30),
};

export function within(method) {
  return (own, results) => {
    const base = results.find(({ isBase }) => isBase);
    return base?.figures !== undefined && isWithinControl(own[method], base.figures[method]);
  };
}

export function atLeast(method, ratio) {
  return (_own, results) =>
    results.find(({ key }) => key === 'ours-undici')?.figures?.[method].middle >= ratio;
}
