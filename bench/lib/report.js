import { aheadOf } from './ahead.js';
import { show } from './statistics.js';

/**
 * One work's results as a heading, a paragraph, a table and a line per bar; in Markdown, so that page and terminal
 * agree.
 * @param result `{ results, rounds, effort }`
 */
export function reportOf(work, result, images = []) {
  const { results } = result;
  const columns = Object.entries(work.columns).filter(([key]) =>
    results.some(({ figures, failure }) => failure !== undefined || figures?.[key] !== undefined),
  );
  const rows = [
    [work.rowTitle ?? (work.together ? 'row' : 'package'), ...columns.map(([, title]) => title)],
    ...results.map(({ label, figures, notes = [] }) => [
      notes.length > 0 ? `${label} *` : label,
      ...columns.map(([key]) => (figures === undefined ? 'failed' : show(figures[key]))),
    ]),
  ];
  return [
    `## ${work.title}`,
    '',
    [work.about, roundsSentence(work, result)].filter(Boolean).join(' '),
    '',
    ...images.flatMap(({ title, path }) => [`![${title}](${path})`, '']),
    ...table(rows),
    '',
    ...summaryOf(work, results).flatMap((sentence) => [sentence, '']),
    ...list([
      ...verdictsOf(work, results).map(
        ({ text, met }) =>
          `ours must: ${text} — ${met ? 'meets' : 'MISSES'}${work.advisory ? ' (for information)' : ''}`,
      ),
      ...results.flatMap(({ label, notes = [] }) =>
        notes.length > 0 ? [`\\* ${label}: ${summary(notes)}`] : [],
      ),
    ]),
    ...aheadLines(work, results),
  ].join('\n');
}

/** A sentence or two on all rows, if all could be measured. */
function summaryOf({ sumUp }, results) {
  if (sumUp === undefined || results.some(({ failure }) => failure !== undefined)) return [];
  return sumUp(results);
}

/** The demands on our own package, and whether they were met. */
export function verdictsOf(work, results) {
  const ours = results.find(({ isOurs }) => isOurs);
  if (ours === undefined) return [];
  return work.bars.map(({ text, met }) => ({
    text,
    met: ours.figures !== undefined && Boolean(met(ours.figures, results)),
  }));
}

function roundsSentence({ rounds: wanted }, { rounds, effort }) {
  if (wanted === undefined || rounds === undefined) return '';
  const whole = wanted.usual;
  if (rounds >= whole) return `Rounds: ${rounds}.`;
  return effort === 'quick'
    ? `Rounds: ${rounds} of ${whole}, since the run was a quick one.`
    : `Rounds: ${rounds} of ${whole}, since the time for this part was up.`;
}

function aheadLines(work, results) {
  const ahead = aheadOf(work, results);
  if (ahead.length === 0) return [];
  return [
    'Ahead of ours:',
    '',
    ...list(
      ahead.map(
        ({ label, columns, why }) => `**${label}** in ${columns.join(', ')}. ${why ?? 'NOT EXPLAINED YET.'}`,
      ),
    ),
  ];
}

function list(items) {
  return items.length === 0 ? [] : [...items.map((item) => `- ${item}`), ''];
}

function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [
    line(rows[0]),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...rows.slice(1).map(line),
  ];
}

function summary(notes) {
  const counts = new Map();
  for (const note of notes) counts.set(note, (counts.get(note) ?? 0) + 1);
  return [...counts].map(([note, count]) => (count > 1 ? `${note} (${count} times)` : note)).join(', ');
}
