import { comparedWithBase } from './in-turns.js';
import { median } from './statistics.js';

/** What transports are compared by, for GET and POST: the columns of their tables. */
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

/** Which figures are the better for being higher or lower. */
export const BETTER = Object.fromEntries(
  ['get', 'post'].flatMap((key) => [
    [key, 'higher'],
    [`${key}P50`, 'lower'],
    [`${key}P99`, 'lower'],
    [`${key}Cpu`, 'lower'],
  ]),
);

/** The figures of one transport for one method. @param rounds each with the slices of all, by name */
export function comparedFigures(method, rounds, name) {
  return {
    [`${method}Rate`]: Math.round(median(rounds.map(({ [name]: slice }) => slice.rate))),
    [method]: comparedWithBase(rounds, name, 'rate'),
    [`${method}P50`]: comparedWithBase(rounds, name, 'p50'),
    [`${method}P99`]: comparedWithBase(rounds, name, 'p99'),
    [`${method}Cpu`]: comparedWithBase(rounds, name, 'cpu'),
  };
}

/** What the label of the base ends in. */
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

/** Whether ours is no slower than the base is, against itself, in nine of ten rounds. */
export function isWithinControl(own, control) {
  return own.middle >= Math.min(control.low, 2 - control.high, 1);
}
