// The cost of the search through one failed answer, with token and body chosen by the bank: `node bench/redaction.mjs`.
// Prints the processor time of each input, over all threads of the process: the best, the median and the maximum once
// V8 has compiled the search, and the first answer of a fresh process, before that. Fails if a median is over the
// limit.
import { costOfFirst, costsOf, FORMS } from './lib/redaction.js';
import { INPUTS } from './lib/redaction-inputs.js';
import { median } from './lib/statistics.js';

/** Milliseconds. */
const LIMIT = 20;
const ROUNDS = 7;
/** The name of an input, of which this process measures the first answer. */
const FRESH = process.argv[2];

if (FRESH !== undefined) {
  console.log(await costOfFirst(FRESH));
} else {
  const cells = (values) => values.map((value) => value.padStart(19)).join('');
  console.log('milliseconds of one failed answer: best / median / maximum'.padEnd(43));
  console.log(`${''.padEnd(43)}${cells([...Object.keys(FORMS), 'first of a process'])}`);
  let slowest = 0;
  let slowestFirst = 0;
  for (const name of Object.keys(INPUTS)) {
    const { first, ...costs } = await costsOf(name, ROUNDS);
    const figures = Object.values(costs).map((took) => {
      slowest = Math.max(slowest, median(took));
      return [Math.min(...took), median(took), Math.max(...took)]
        .map((value) => value.toFixed(1))
        .join(' / ');
    });
    slowestFirst = Math.max(slowestFirst, first);
    console.log(`${name.padEnd(43)}${cells([...figures, first.toFixed(1)])}`);
  }
  console.log(
    `\nslowest median ${slowest.toFixed(1)} ms, at most ${LIMIT} ms; slowest first ${slowestFirst.toFixed(1)} ms`,
  );
  if (slowest > LIMIT) process.exitCode = 1;
}
