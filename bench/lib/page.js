import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { GROWTH, importWork, WORKS } from '../works/index.js';
import { reportOf } from './report.js';
import { readResult } from './results.js';

const DOCS = new URL('../../docs/', import.meta.url);
const IMAGES = 'images/';
const PREFIX = 'bench-';

const INTRODUCTION = `# Benchmarks

\`nestjs-bank-auth\` beside other packages that keep a token, and beside what sends without one, all against one bank on the loopback interface. \`npm run bench\` measures it in ten minutes on two cores, \`npm run bench:full\` also how cost grows; with \`-- --write\` they write this page. \`bench/README.md\` of the repository tells how each figure comes about.

Read ratios, not rates: rates are of one small machine that also runs the bank. Ratios are medians with the middle half of the rounds in parentheses, and what is compared takes turns. A/A is the base against itself, which is what the machine alone does: a difference that is smaller says nothing. Wherever another package is ahead of ours, the sentence below the table says why.
`;

const NONE = 'There are no figures yet: `npm run bench -- --write`.';
const QUICK = 'Of a quick run with few rounds and packages: these figures only show that everything runs.';

/** Writes docs/benchmarks.md and its plots from the last written results, of this run and of earlier ones. */
export async function writePage() {
  const { text, images } = await renderPage();
  const folder = new URL(IMAGES, DOCS);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (name.startsWith(PREFIX)) rmSync(new URL(name, folder));
  for (const [path, svg] of Object.entries(images)) writeFileSync(new URL(path, DOCS), svg);
  writeFileSync(new URL('benchmarks.md', DOCS), text);
}

/** @returns the page, and its plots by their path below docs */
export async function renderPage(read = readResult) {
  const parts = [];
  for (const [heading, names] of [
    [undefined, WORKS],
    ['## How cost grows', GROWTH],
  ]) {
    const sections = [];
    for (const name of names) {
      const result = read(name);
      if (result !== undefined) sections.push({ result, work: await importWork(name) });
    }
    if (sections.length > 0) parts.push({ heading, sections });
  }
  const results = parts.flatMap(({ sections }) => sections.map(({ result }) => result));
  if (results.length === 0) return { text: `${INTRODUCTION}\n${NONE}\n`, images: {} };
  const usual = {
    machine: mostOf(results.map(({ machine }) => machine)),
    versions: mostOf(results.map(({ versions }) => versions.join(', '))).split(', '),
    isQuick: results.every(({ effort }) => effort === 'quick'),
  };
  const lines = [INTRODUCTION, `${usual.machine}.`, '', `${usual.versions.join(', ')}.`, ''];
  if (usual.isQuick) lines.push(QUICK, '');
  const images = {};
  for (const { heading, sections } of parts) {
    if (heading !== undefined) lines.push(heading, '');
    for (const { work, result } of sections) {
      const plots = plotsOf(work, result.results);
      for (const { path, svg } of plots) images[path] = svg;
      const report = reportOf(work, result, plots);
      lines.push(heading === undefined ? report : report.replace(/^## /, '### '));
      const remarks = remarksOn(result, usual);
      if (remarks !== '') lines.push(remarks, '');
    }
  }
  return { text: `${lines.join('\n').trimEnd()}\n`, images };
}

function plotsOf(work, results) {
  if (results.some(({ failure }) => failure !== undefined)) return [];
  return (work.plots?.(results) ?? []).map(({ name, title, svg }) => ({
    title,
    svg,
    path: `${IMAGES}${PREFIX}${name}.svg`,
  }));
}

/** Remarks on a section whose run differs from that of most sections. */
function remarksOn({ machine, versions, effort }, usual) {
  const others = versions.filter((version) => !usual.versions.includes(version));
  return [
    machine === usual.machine ? '' : `On ${machine}.`,
    others.length === 0 ? '' : `With ${others.join(', ')}.`,
    effort === 'quick' && !usual.isQuick ? QUICK : '',
  ]
    .filter(Boolean)
    .join(' ');
}

function mostOf(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}
