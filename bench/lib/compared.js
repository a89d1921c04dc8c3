import { comparedWithBase } from './in-turns.js';
import { median } from './statistics.js';

/** The measures of transports, for GET and POST: the columns of their tables. */
export const COLUMNS = Object.fromEntries(
  ['GET', 'POST'].flatMap((method) => {
    const key = method.toLowerCase();
    return [
      [`${key}Rate`, `${method}s/s`],
      [key, `${method}, × base (middle half)`],
      [`${key}P50`, `${method} p50 ×`],
      [`${key}P99`, `${method} p99 ×`],
      [`${key}Cpu`, `${method} CPU time ×`],
    ];
  }),
);

/** Whether a higher or a lower figure is better. */
export const BETTER = Object.fromEntries(
  ['get', 'post'].flatMap((key) => [
    [key, 'higher'],
    [`${key}P50`, 'lower'],
    [`${key}P99`, 'lower'],
    [`${key}Cpu`, 'lower'],
  ]),
);

/** The figures of one transport for one method. @param rounds each with the slices of all transports, by name */
export function comparedFigures(method, rounds, name) {
  return {
    [`${method}Rate`]: Math.round(median(rounds.map(({ [name]: slice }) => slice.rate))),
    [method]: comparedWithBase(rounds, name, 'rate'),
    [`${method}P50`]: comparedWithBase(rounds, name, 'p50'),
    [`${method}P99`]: comparedWithBase(rounds, name, 'p99'),
    [`${method}Cpu`]: comparedWithBase(rounds, name, 'cpu'),
  };
}

/** The suffix of the base's label. */
export const AGAINST_ITSELF = ' against itself (A/A)';

/** The rows of a table: the base against itself, then the others. */
export function comparedRows(descriptions, figuresOf) {
  return descriptions.map((row, index) => ({
    ...row,
    label: index === 0 ? `${row.label}${AGAINST_ITSELF}` : row.label,
    isBase: index === 0,
    figures: figuresOf(index === 0 ? 'base' : row.key),
  }));
}

/** Whether a ratio is no further from 1, in the worse direction, than the middle half of the base against itself. */
export function isWithinControl(own, control, direction) {
  const apart = Math.max(1 - control.low, control.high - 1, 0);
  return direction === 'lower' ? own.middle <= 1 + apart : own.middle >= 1 - apart;
}

/** The demands on our package beside bare axios, for both methods. */
export const BARS = ['GET', 'POST'].flatMap((name) => {
  const method = name.toLowerCase();
  return [
    { text: `throughput, p50 and p99 of bare axios within the A/A control, ${name}`, met: isAsFast(method) },
    { text: `over undici at least 1.6 × bare axios, ${name}`, met: isFaster(method, 1.6) },
    { text: `over undici at least 1.8 × bare axios, ${name}`, met: isFaster(method, 1.8) },
  ];
});

function isAsFast(method) {
  return (own, results) => {
    const base = results.find(({ isBase }) => isBase)?.figures;
    return ['', 'P50', 'P99'].every((part) => {
      const column = `${method}${part}`;
      return base !== undefined && isWithinControl(own[column], base[column], BETTER[column]);
    });
  };
}

function isFaster(method, ratio) {
  return (_own, results) =>
    results.find(({ key }) => key === 'ours-undici')?.figures?.[method].middle >= ratio;
}
