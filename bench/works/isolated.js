import { fileURLToPath } from 'node:url';
import { BARS, BETTER, COLUMNS, comparedFigures, comparedRows } from '../lib/compared.js';
import { compareBars } from '../lib/plots.js';
import { roundsOf } from '../lib/rounds.js';
import { runProgram } from '../lib/run-program.js';
import { describeTransports, TRANSPORTS } from '../transports/index.js';
import { WHY_TRANSPORTS } from '../why.js';

const CHILD = fileURLToPath(new URL('../lib/isolated.js', import.meta.url));
const METHODS = ['get', 'post'];
/** Seconds for all of them, at most. */
const SECONDS = 140;
const ROUNDS = { quick: 1, usual: 4, full: 9 };

export default {
  title: 'Transports, in processes of their own',
  about:
    'The same, each client in a fresh process that does nothing else, one process after the other: in each round two of ' +
    'bare axios and one of each other. In one process, a client profits from what its neighbours have warmed. Before it ' +
    'is measured, each client has called for 3 s: V8 makes code fast that has run often, and the more code there is, the ' +
    'later it is done.',
  together: true,
  columns: COLUMNS,
  better: BETTER,
  why: WHY_TRANSPORTS,
  advisory: true,
  bars: BARS,
  plots: (results) => [
    compareBars('isolated', 'Throughput in processes of their own, × bare axios', results),
  ],
  rounds: ROUNDS,
  async measure({ openDesk, bankUrl, only }) {
    const [baseName, ...others] = TRANSPORTS;
    const subjects = others.filter((name) => only?.includes(name) ?? true);
    const names = {
      base: baseName,
      ...Object.fromEntries(subjects.map((name) => [name, name])),
      control: baseName,
    };
    const rounds = [];
    for (const _ of roundsOf(ROUNDS, SECONDS)) {
      const round = { get: {}, post: {} };
      for (const [key, name] of Object.entries(names)) {
        const figures = await runProgram(CHILD, [name, bankUrl, (await openDesk()).name]);
        for (const method of METHODS) round[method][key] = figures[method];
      }
      rounds.push(round);
    }
    const roundsOfMethod = (method) => rounds.map((round) => round[method]);
    const rows = comparedRows(await describeTransports([baseName, ...subjects]), (key) =>
      Object.assign({}, ...METHODS.map((method) => comparedFigures(method, roundsOfMethod(method), key))),
    );
    return { rows, rounds: rounds.length };
  },
};
