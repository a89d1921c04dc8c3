import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { MESSAGES } from './message-table.js';
import { leftoverSummaries, missingSummaries, renderRunbook, rowsByCode } from './render-runbook.js';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const page = fileURLToPath(new URL('../../docs/operations.md', import.meta.url));
const BEGIN = '<!-- runbook -->\n\n';
const END = '\n<!-- end of runbook -->';

test('every code of a line or an error has its row in the runbook', () => {
  const declared = ['log-line.ts', 'bank-auth.error.ts'].flatMap(
    (file) => read(`src/errors/${file}`).match(/(?<=\| ')BANK_AUTH_\w+/g) ?? [],
  );
  expect(declared.length).toBeGreaterThan(25);
  expect([...rowsByCode(MESSAGES).keys()].sort()).toEqual(declared.sort());
});

// Where this fails, say in `SUMMARIES` what the rows of the code have in common.
test('no row of the runbook needs another row to be understood', () => {
  expect(missingSummaries(MESSAGES)).toEqual([]);
  expect(leftoverSummaries(MESSAGES)).toEqual([]);
});

// `UPDATE_DOCS=1 npm test -- test/messages` writes it anew.
test('the runbook of docs/operations.md is made from the table of messages', () => {
  const text = readFileSync(page, 'utf8');
  const [start, end] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  expect(start).toBeGreaterThan(BEGIN.length);
  const runbook = renderRunbook(MESSAGES);
  if (process.env.UPDATE_DOCS === '1') writeFileSync(page, text.slice(0, start) + runbook + text.slice(end));
  else expect(text.slice(start, end)).toBe(runbook);
});
