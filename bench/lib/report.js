/** One work's results as a heading, a paragraph, a table and a line per bar; in Markdown, so that files and terminals agree. */
export function reportOf(work, results) {
  const columns = Object.entries(work.columns);
  const rows = [
    ['package', ...columns.map(([, title]) => title)],
    ...results.map(({ label, figures, notes }) => [
      notes.length > 0 ? `${label} *` : label,
      ...columns.map(([key]) => (figures === undefined ? 'failed' : show(figures[key]))),
    ]),
  ];
  const verdicts = verdictsOf(work, results);
  return [
    `## ${work.title}`,
    '',
    work.about,
    '',
    ...table(rows),
    '',
    ...verdicts.map(
      ({ text, met }) =>
        `- ours must: ${text} — ${met ? 'meets' : 'MISSES'}${work.advisory ? ' (for information)' : ''}`,
    ),
    ...results.flatMap(({ label, notes }) => (notes.length > 0 ? [`- \\* ${label}: ${summary(notes)}`] : [])),
    '',
  ].join('\n');
}

/** What is asked of our own package, and whether it held. */
export function verdictsOf(work, results) {
  const ours = results.find(({ isOurs }) => isOurs);
  if (ours === undefined) return [];
  return work.bars.map(({ text, met }) => ({ text, met: ours.figures !== undefined && met(ours.figures) }));
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

function show(value) {
  return value === Number.POSITIVE_INFINITY ? 'never' : String(value);
}

function summary(notes) {
  const counts = new Map();
  for (const note of notes) counts.set(note, (counts.get(note) ?? 0) + 1);
  return [...counts].map(([note, count]) => (count > 1 ? `${note} (${count} times)` : note)).join(', ');
}
