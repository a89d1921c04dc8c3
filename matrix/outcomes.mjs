// The outcomes: a line for each cell, a table for each group, and the page.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Whether a cell is as expected: a cell that cannot work must fail, or the page is out of date. */
export const isAsExpected = ({ cell, ok }) => ok !== Boolean(cell.cannot);

const wordOf = (outcome) => {
  if (outcome.cell.cannot) return outcome.ok ? 'WORKS, though the page says that it cannot' : 'cannot';
  return outcome.ok ? 'works' : 'FAILS';
};

export function printOutcome(outcome) {
  const { cell, ok, seconds, detail, error } = outcome;
  const lines = [`${wordOf(outcome).padEnd(6)} ${seconds.toFixed(1).padStart(6)} s  ${cell.name}`];
  if (detail) lines.push(`               ${detail}`);
  if (!ok && !cell.cannot) lines.push(error.replace(/^/gm, '    '));
  console.log(lines.join('\n'));
}

/** @returns the exit code */
export function printTotals(groups, outcomes) {
  for (const group of groups) {
    const own = outcomes.filter(({ cell }) => group.cells.includes(cell));
    if (own.length > 0) console.log(`\n${group.title}\n\n${tableOf(group, own)}`);
  }
  const unexpected = outcomes.filter((outcome) => !isAsExpected(outcome));
  for (const outcome of unexpected) console.log(`${wordOf(outcome)}: ${outcome.cell.name}`);
  const cannot = outcomes.filter(({ cell, ok }) => cell.cannot && !ok).length;
  const works = outcomes.filter(({ cell, ok }) => !cell.cannot && ok).length;
  console.log(
    `\n${works} cells work, ${cannot} cannot and say why, ${unexpected.length} are not as the page says`,
  );
  return unexpected.length === 0 ? 0 : 1;
}

/** A table with rows and columns in the order of the cells. */
function tableOf(group, outcomes) {
  const unique = (what) => [...new Set(group.cells.map((cell) => cell[what]))];
  const columns = unique('column');
  const lines = [
    [group.rows, ...columns.map((column) => group.columns?.(column) ?? column)],
    ['', ...columns].map(() => '---'),
  ];
  for (const row of unique('row')) {
    const cellAt = (column) => group.cells.find((cell) => cell.row === row && cell.column === column);
    lines.push([row, ...columns.map((column) => markOf(cellAt(column), outcomes))]);
  }
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function markOf(cell, outcomes) {
  if (cell === undefined) return '–';
  const outcome = outcomes.find((each) => each.cell === cell);
  if (outcome === undefined) return 'not tried';
  if (!isAsExpected(outcome)) return outcome.ok ? 'works after all' : '**fails**';
  return outcome.ok ? 'works' : 'no';
}

/** The reasons why cells cannot work, each once. */
function reasonsOf(outcomes) {
  const reasons = new Map();
  for (const { cell } of outcomes.filter(({ cell, ok }) => cell.cannot && !ok))
    reasons.set(cell.cannot, [...new Set([...(reasons.get(cell.cannot) ?? []), cell.row])]);
  return [...reasons].map(([reason, rows]) => `- ${rows.join('; ')}: ${reason}.`);
}

const BEGIN = '<!-- made by `npm run matrix -- --write` -->';
const END = '<!-- end of what is made -->';

/** Writes the part of the page between its two marks. */
export function writePage(page, groups, outcomes, versions) {
  const text = readFileSync(page, 'utf8');
  const [before, after] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`${page} lacks its marks`);
  const made = [BEGIN, '', versions, ''];
  for (const group of groups) {
    const own = outcomes.filter(({ cell }) => group.cells.includes(cell));
    made.push(`## ${group.title}`, '', group.about, '', tableOf(group, own), '');
    const reasons = reasonsOf(own);
    if (reasons.length > 0) made.push('What cannot work, and why:', '', ...reasons, '');
  }
  writeFileSync(page, `${text.slice(0, before)}${made.join('\n')}\n${text.slice(after)}`);
}

/** Outcomes that outlive a run, beside the installations; each holds for one tarball only. */
export class Record {
  #file;
  #package;
  #known = new Map();

  constructor(file, ofPackage) {
    this.#file = file;
    this.#package = ofPackage;
    if (!existsSync(file)) return;
    for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
      const { package: name, cell, ...outcome } = JSON.parse(line);
      if (name === ofPackage) this.#known.set(cell, outcome);
    }
  }

  of(cell) {
    const known = this.#known.get(cell.name);
    return known && { ...known, cell };
  }

  add({ cell, ...outcome }) {
    this.#known.set(cell.name, outcome);
    const line = JSON.stringify({ package: this.#package, cell: cell.name, ...outcome });
    writeFileSync(this.#file, `${line}\n`, { flag: 'a' });
  }
}
