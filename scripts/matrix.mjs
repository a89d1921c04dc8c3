// The packed package in fresh projects: started, tested, compiled and built as users do it.
//   npm run matrix                      all cells
//   npm run matrix -- --pairwise        few start-ups on this Node.js, in which each two of their dimensions meet
//   npm run matrix -- --only jest,tsc   those whose names contain one of these
//   npm run matrix -- --write           also writes the tables of docs/compatibility.md
//   npm run matrix -- --list            the names of the cells
// --work <folder> keeps the installations and the results; then --resume runs only the cells whose results differ from
// the page, and --recorded runs nothing at all. --tarball <file> takes a package that is packed already, --built packs
// the result of `npm run build`.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { groups } from '../matrix/groups.mjs';
import { isAsExpected, printOutcome, printTotals, Record, writePage } from '../matrix/outcomes.mjs';
import { pairwise } from '../matrix/pairwise.mjs';
import { Workshop } from '../matrix/workshop.mjs';

const { values: options } = parseArgs({
  options: {
    pairwise: { type: 'boolean' },
    only: { type: 'string' },
    write: { type: 'boolean' },
    list: { type: 'boolean' },
    resume: { type: 'boolean' },
    recorded: { type: 'boolean' },
    work: { type: 'string' },
    tarball: { type: 'string' },
    built: { type: 'boolean' },
  },
});
const page = fileURLToPath(new URL('../docs/compatibility.md', import.meta.url));
const isWanted = ({ name }) =>
  options.only === undefined || options.only.split(',').some((part) => name.includes(part));
const selected = groups
  .map((group) => ({ ...group, cells: group.cells.filter(isWanted) }))
  .map((group) =>
    options.pairwise ? { ...group, cells: pairwise(group.cells.filter(({ isQuick }) => isQuick)) } : group,
  )
  .filter(({ cells }) => cells.length > 0);
const problem = problemOf();

if (problem !== undefined) {
  console.error(problem);
  process.exitCode = 2;
} else if (options.list) for (const { name } of selected.flatMap(({ cells }) => cells)) console.log(name);
else process.exitCode = await runAll();

function problemOf() {
  if (selected.length === 0) return `No cell is called so: ${options.only}. --list lists them`;
  if (options.write && (options.only || options.pairwise)) return '--write needs the outcomes of all cells';
  if ((options.resume || options.recorded) && options.work === undefined)
    return '--resume and --recorded need the --work of a run before';
  return undefined;
}

async function runAll() {
  const workshop = new Workshop(options.work);
  const outcomes = [];
  try {
    await workshop.pack(options);
    const packed = createHash('sha256').update(readFileSync(workshop.tarball)).digest('hex');
    const record = new Record(join(workshop.folder, 'outcomes.jsonl'), packed);
    for (const [at, group] of selected.entries()) {
      console.log(`\n== ${group.title}`);
      for (const cell of group.cells) {
        const known = options.resume || options.recorded ? record.of(cell) : undefined;
        if (known && (options.recorded || isAsExpected(known))) outcomes.push(known);
        else if (!options.recorded) {
          const outcome = await outcomeOf(cell, workshop);
          record.add(outcome);
          outcomes.push(outcome);
        }
      }
      const later = selected.slice(at + 1).flatMap(({ cells }) => cells);
      workshop.forget(new Set(later.map(({ project }) => project?.name)));
    }
    const code = printTotals(selected, outcomes);
    if (options.write) writePage(page, groups, outcomes, await workshop.versions());
    return code;
  } finally {
    workshop.end();
  }
}

async function outcomeOf(cell, workshop) {
  const began = performance.now();
  const outcome = { cell, ok: true };
  try {
    const folder = cell.project && (await workshop.project(cell.project));
    outcome.detail = await cell.run({ folder, workshop });
  } catch (error) {
    outcome.ok = false;
    outcome.error = error instanceof Error ? error.message : String(error);
  }
  outcome.seconds = (performance.now() - began) / 1_000;
  printOutcome(outcome);
  return outcome;
}
