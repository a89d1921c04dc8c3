import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const folder = fileURLToPath(new URL('../', import.meta.url));
const ASSERTED = new RegExp(['fc', '\\.assert\\('].join(''), 'g');
const REPLAYABLE = /\breplayable\('(?:FUZZ|MODEL)'/g;

test('every property says how its failure is repeated, and has the same inputs in each run of CI', () => {
  const others = readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => {
      const text = readFileSync(file, 'utf8');
      const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
      return count(ASSERTED) !== count(REPLAYABLE);
    });
  expect(others).toEqual([]);
});
