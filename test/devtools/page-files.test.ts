import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const folder = fileURLToPath(new URL('../../src/devtools/page/', import.meta.url));
const target = `${folder}page-files.ts`;

function rendered(): string {
  const names = readdirSync(folder).filter((name) => /\.(html|css|js|svg)$/.test(name));
  const files = names.sort().map((name) => [name, readFileSync(`${folder}${name}`, 'utf8')]);
  const lines = files.map(([name, text]) => `  ${JSON.stringify(name)}: ${JSON.stringify(text)},\n`);
  return [
    '// Generated from the files beside it by `UPDATE_DOCS=1 npm test -- test/devtools/page-files`, so that the page needs no\n',
    '// disk: also where an application is bundled into one file.\n',
    'export const PAGE_FILES: Readonly<Record<string, string>> = {\n',
    ...lines,
    '};\n',
  ].join('');
}

// `UPDATE_DOCS=1 npm test -- test/devtools/page-files` writes it anew.
test('the files of the live page are those that the package serves', () => {
  if (process.env.UPDATE_DOCS === '1') writeFileSync(target, rendered());
  expect(readFileSync(target, 'utf8')).toBe(rendered());
});
