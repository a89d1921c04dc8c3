import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { FAULTS } from './fault-table.js';
import { renderFaults } from './render-faults.js';

const page = fileURLToPath(new URL('../../docs/faults.md', import.meta.url));
const rows = [...FAULTS.token, ...FAULTS.resource].flatMap(
  (group): readonly { id: string; what: string }[] => group.rows,
);

test('docs/faults.md matches the table of faults', () => {
  const rendered = renderFaults(FAULTS);
  if (process.env.UPDATE_DOCS === '1') writeFileSync(page, rendered);
  expect(readFileSync(page, 'utf8')).toBe(rendered);
});

test('every row of the table has a name of its own', () => {
  const ids = rows.map(({ id }) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  expect(ids.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
});

test('no two rows of a group describe the same with different outcomes', () => {
  for (const { heading, rows: group } of FAULTS.token) {
    const sentences = group.map(({ what }) => what);
    expect([heading, new Set(sentences).size]).toEqual([heading, sentences.length]);
  }
});
