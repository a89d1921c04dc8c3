import { fileURLToPath } from 'node:url';
import { byEffort } from '../lib/effort.js';
import { runProgram } from '../lib/run-program.js';
import { median } from '../lib/statistics.js';

const PROGRAM = fileURLToPath(new URL('one-size.js', import.meta.url));
/** Milliseconds for one process. */
const LIMIT = 600_000;
const ROUNDS = byEffort({ quick: 1, usual: 3, full: 5 });
/** From this size on, a measurement takes so long and has so many units that one is enough. */
const LARGE = 5_000;

/**
 * Measures a dimension at each of its sizes, each in some fresh processes, large ones in one: the medians. Sizes take
 * turns, so that other load of the machine meets all of them.
 * @param desk the behaviour of the bank
 */
export async function measureSizes(dimension, sizes, { openDesk, bankUrl }, desk) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const figures = {};
    for (const size of sizes.filter((each) => round === 0 || each < LARGE)) {
      const { name } = await openDesk(desk);
      const args = [dimension, String(size), bankUrl, name];
      figures[size] = await runProgram(PROGRAM, args, { limit: LIMIT, execArgv: ['--expose-gc'] });
    }
    rounds.push(figures);
  }
  return sizes.map((size) => {
    const measured = rounds.flatMap(({ [size]: figures }) => figures ?? []);
    const whats = Object.keys(measured[0]);
    return {
      key: String(size),
      label: size.toLocaleString('en'),
      figures: Object.fromEntries(
        whats.map((what) => [what, rounded(median(measured.map((figures) => figures[what])))]),
      ),
    };
  });
}

function rounded(value) {
  return Number(value.toPrecision(3));
}

/** A figure of one unit at the smallest size, at the largest, and the highest of all. */
export function growthOf(results, what) {
  const values = results.map(({ figures }) => figures?.[what]).filter((value) => Number.isFinite(value));
  return { first: values[0], last: values.at(-1), most: Math.max(...values) };
}

/**
 * The size from which on a unit costs half as much again as the cheapest: the bend of the curve. Undefined without one.
 */
export function bendOf(results, what) {
  const points = results.filter(({ figures }) => Number.isFinite(figures?.[what]));
  const least = Math.min(...points.map(({ figures }) => figures[what]));
  const cheapest = points.findIndex(({ figures }) => figures[what] === least);
  return points.slice(cheapest).find(({ figures }) => figures[what] > 1.5 * least)?.label;
}

export function bendSentence(results, columns) {
  return Object.entries(columns)
    .map(([what, name]) => {
      const bend = bendOf(results, what);
      return bend === undefined
        ? `${name} does not grow by half anywhere beyond its least.`
        : `${name} bends: from ${bend} on it is more than half above its least.`;
    })
    .join(' ');
}
