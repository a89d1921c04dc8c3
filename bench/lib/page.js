import { mkdirSync, writeFileSync } from 'node:fs';
import { GROWTH, importWork, WORKS } from '../works/index.js';
import { reportOf } from './report.js';
import { readResult } from './results.js';

const DOCS = new URL('../../docs/', import.meta.url);
const IMAGES = 'images/';

const INTRODUCTION = `# Benchmarks

\`nestjs-bank-auth\` beside other packages that keep a token, and beside what sends without one, all against one bank on the loopback interface. \`npm run bench\` measures it in ten minutes on two cores, \`npm run bench:full\` also how cost grows; with \`-- --write\` they write this page. [bench](../bench/README.md) tells how each figure comes about.

Read ratios, not rates: rates are of one small machine that also runs the bank. Ratios are medians with the middle half of the rounds in parentheses, and what is compared takes turns. A/A is the base against itself, which is what the machine alone does: a difference that is smaller says nothing. Wherever another package is ahead of ours, the sentence below the table says why.
`;

const NONE = 'There are no figures yet: `npm run bench -- --write`.';
const QUICK = 'Of a quick run with few rounds and packages: these figures only show that everything runs.';

/**
 * Writes docs/benchmarks.md and its plots from the results that were written last, of this run and of earlier ones.
 * @param versions of all packages
 */
export async function writePage(versions) {
  const parts = [];
  const machines = [];
  for (const [heading, names] of [
    ['', WORKS],
    ['# How cost grows', GROWTH],
  ]) {
    const sections = [];
    for (const name of names) {
      const result = readResult(name);
      if (result === undefined) continue;
      machines.push(result.machine);
      sections.push({ name, result, work: await importWork(name) });
    }
    if (sections.length > 0) parts.push({ heading, sections });
  }
  const machine = mostOf(machines);
  const isQuick =
    parts.length > 0 &&
    parts.every(({ sections }) => sections.every(({ result }) => result.effort === 'quick'));
  const text = [INTRODUCTION];
  text.push(...(parts.length > 0 ? [`${machine}.`, '', `${versions.join(', ')}.`, ''] : [NONE, '']));
  if (isQuick) text.push(QUICK, '');
  for (const { heading, sections } of parts) {
    if (heading !== '') text.push(`${heading.replace('# ', '## ')}`, '');
    for (const { work, result } of sections) {
      const report = reportOf(work, result, writePlots(work, result.results));
      text.push(heading === '' ? report : report.replace(/^## /, '### '));
      const remarks = [
        result.machine === machine ? '' : `On ${result.machine}.`,
        result.effort === 'quick' && !isQuick ? QUICK : '',
      ].filter(Boolean);
      if (remarks.length > 0) text.push(remarks.join(' '), '');
    }
  }
  writeFileSync(new URL('benchmarks.md', DOCS), `${text.join('\n').trimEnd()}\n`);
}

function writePlots(work, results) {
  if (results.some(({ failure }) => failure !== undefined)) return [];
  mkdirSync(new URL(IMAGES, DOCS), { recursive: true });
  return (work.plots?.(results) ?? []).map(({ name, title, svg }) => {
    const path = `${IMAGES}bench-${name}.svg`;
    writeFileSync(new URL(path, DOCS), svg);
    return { title, path };
  });
}

function mostOf(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
