import { byEffort } from '../lib/effort.js';
import { costsOf, FORMS } from '../lib/redaction.js';
import { INPUTS } from '../lib/redaction-inputs.js';
import { spread } from '../lib/statistics.js';

/** The limit of SECURITY.md, in milliseconds. */
const LIMIT = 20;
const ROUNDS = { quick: 3, usual: 7, full: 21 };

export default {
  title: 'The search for secrets at its worst',
  about:
    'One failed answer, whose token and body the bank has chosen to cost the most: milliseconds of the processor, all ' +
    'threads together, once V8 has compiled the search, and of the first answer of a fresh process. 1 MiB where nothing ' +
    'else is said; the search ends after 256 KiB.',
  together: true,
  columns: {
    text: 'as a string, ms',
    arraybuffer: 'as bytes, ms',
    stream: 'as a stream, ms',
    first: 'the first, ms',
  },
  advisory: true,
  bars: [],
  sumUp: (results) => {
    const middles = results.flatMap(({ figures }) => Object.keys(FORMS).map((form) => figures[form].middle));
    const first = Math.max(...results.map(({ figures }) => figures.first));
    const slowest = Math.max(...middles);
    const verdict = slowest <= LIMIT ? 'meets' : 'MISSES';
    return [
      `The slowest median is ${slowest.toFixed(1)} ms; ours must: at most ${LIMIT} ms — ${verdict} (for information). ` +
        `The slowest first answer is ${first.toFixed(1)} ms.`,
    ];
  },
  rounds: ROUNDS,
  async measure() {
    const rows = [];
    for (const name of Object.keys(INPUTS)) {
      const { first, ...costs } = await costsOf(name, byEffort(ROUNDS));
      const figures = Object.fromEntries(
        Object.entries(costs).map(([form, took]) => [form, spread(took, 1)]),
      );
      rows.push({ key: name, label: name, figures: { ...figures, first: Number(first.toFixed(1)) } });
    }
    return { rows, rounds: byEffort(ROUNDS) };
  },
};
