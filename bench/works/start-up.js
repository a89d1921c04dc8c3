import { fileURLToPath } from 'node:url';
import { inTurns } from '../lib/in-turns.js';
import { roundsOf } from '../lib/rounds.js';
import { runProgram } from '../lib/run-program.js';
import { spread } from '../lib/statistics.js';

const PROGRAM = fileURLToPath(new URL('../lib/start-up.js', import.meta.url));
/** Seconds, at most. */
const SECONDS = 60;
const ROUNDS = { quick: 3, usual: 15, full: 41 };

export default {
  title: 'Start-up',
  about:
    'Each figure is of fresh processes, in turns. Import: of the entry `nestjs-bank-auth` where its peers have been ' +
    'imported. Application: from the start of the process until `NestFactory.createApplicationContext` is done, with ' +
    '`ConfigModule`, `HttpModule` and all peers imported; without `BankAuthModule`, and with it and one provider. Of an import, a quarter is the library at work: the ' +
    'built-in banks are checked, and the rules of the options noted. The rest is Node.js, which resolves, reads and ' +
    'compiles two files; minified, they take as long.',
  together: true,
  columns: {
    ms: 'ms (middle half)',
    more: 'more than without, ms',
    ratio: '× without',
  },
  advisory: true,
  bars: [
    {
      text: 'import of the root over its peers: at most 20 ms',
      met: (_own, results) => medianOf(results, 'import', 'ms') <= 20,
    },
    {
      text: 'an application starts at most 30 ms later',
      met: (_own, results) => medianOf(results, 'with', 'more') <= 30,
    },
  ],
  rounds: ROUNDS,
  async measure() {
    const start = (what) => () => runProgram(PROGRAM, [what]);
    const starts = {
      base: start('without'),
      with: start('with'),
      import: start('import'),
      control: start('without'),
    };
    // Reads the files from the disk once before the measurement.
    await inTurns(starts, [0]);
    const rounds = await inTurns(starts, roundsOf(ROUNDS, SECONDS));
    const times = (name) => rounds.map(({ [name]: { milliseconds } }) => milliseconds);
    const overBase = (name, op) =>
      rounds.map(({ base, control, [name]: one }) =>
        op(one.milliseconds, (base.milliseconds + control.milliseconds) / 2),
      );
    const rows = [
      { key: 'import', label: 'import of the root', figures: { ms: spread(times('import'), 1) } },
      {
        key: 'without',
        label: 'application without the module, against itself (A/A)',
        figures: {
          ms: spread(times('base'), 0),
          more: spread(
            rounds.map(({ base, control }) => control.milliseconds - base.milliseconds),
            1,
          ),
          ratio: spread(rounds.map(({ base, control }) => control.milliseconds / base.milliseconds)),
        },
      },
      {
        key: 'with',
        label: 'application with the module',
        isOurs: true,
        figures: {
          ms: spread(times('with'), 0),
          more: spread(
            overBase('with', (one, base) => one - base),
            1,
          ),
          ratio: spread(overBase('with', (one, base) => one / base)),
        },
      },
    ];
    return { rows, rounds: rounds.length };
  },
};

function medianOf(results, key, column) {
  return results.find((row) => row.key === key)?.figures[column].middle;
}
