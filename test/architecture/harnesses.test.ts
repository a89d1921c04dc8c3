import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** What a file of the tests, by its path below `test`, imports from another folder of them than `support`. */
function strayImports(path: string, code: string): string[] {
  return [...code.matchAll(/^(?:import|export|\}) .*?'(\.[^']+)';$/gm)]
    .map(([, specifier]) => normalize(join(dirname(path), specifier as string)))
    .filter((target) => !target.startsWith('..') && !target.startsWith('support/'))
    .filter((target) => dirname(target) !== dirname(path));
}

test('a test imports harnesses from its own folder and from test/support only', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && path !== 'architecture/architecture.test.ts')
    .map((path) => path.replaceAll('\\', '/'));
  expect(files.length).toBeGreaterThan(200);
  const strays = files.flatMap((path) =>
    strayImports(path, readFileSync(join(folder, path), 'utf8')).map((target) => `${path} → ${target}`),
  );
  expect(strays).toEqual([]);
});

test('an import from the folder of other tests is found', () => {
  const code =
    "import { a } from '../faults/ways.js';\nimport {\n  b,\n} from '../support/b.js';\nimport './c.js';\n";
  expect(strayImports('redis/a.test.ts', code)).toEqual(['faults/ways.js']);
  expect(strayImports('support/a.ts', "export { x } from '../redis/replicas.js';")).toEqual([
    'redis/replicas.js',
  ]);
  expect(strayImports('unit/http/a.test.ts', "import { x } from '../../../src/index.js';")).toEqual([]);
});
