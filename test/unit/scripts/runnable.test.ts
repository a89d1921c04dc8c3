import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { runnable } from '../../../scripts/runnable.mjs';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const SAMPLE = 'sample/01-shop/src/main.ts';
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'runnable-'));
  mkdirSync(join(root, 'node_modules'));
  symlinkSync(join(repository, 'node_modules/@swc'), join(root, 'node_modules/@swc'));
  for (const folder of ['src', 'sample/01-shop/src', 'scripts'])
    mkdirSync(join(root, folder), { recursive: true });
  cpSync(join(repository, 'scripts/transpile.mjs'), join(root, 'scripts/transpile.mjs'));
  writeFileSync(join(root, 'package.json'), '{ "name": "library" }');
  write('src/index.ts', 'export const one: number = 1;');
  write('src/other.ts', 'export const other = 1;');
  write(SAMPLE, 'console.log(1 as number);');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (path: string, text: string) => writeFileSync(join(root, path), text);
const built = (folder: string) => readFileSync(join(folder, 'sample/01-shop/dist/main.js'), 'utf8');
const cached = (made: string) => readdirSync(join(made, '..'));

test('a start makes JavaScript of the library and the samples, as a build lays it out, and once', async () => {
  const made = await runnable(root);
  expect(built(made)).toMatch(/^console\.log\(1\);/);
  expect(readFileSync(join(made, 'dist/esm/index.js'), 'utf8')).toMatch(/^export const one = 1;/);
  expect(readFileSync(join(made, 'package.json'), 'utf8')).toBe('{ "name": "library" }');
  writeFileSync(join(made, 'sample/01-shop/dist/main.js'), 'kept');
  expect([await runnable(root), built(made)]).toEqual([made, 'kept']);
});

test('a source that changes or goes away leads to another folder, without what is gone', async () => {
  const first = await runnable(root);
  write(SAMPLE, 'console.log(2);');
  const changed = await runnable(root);
  expect([changed === first, built(changed)]).toEqual([false, expect.stringMatching(/^console\.log\(2\)/)]);
  rmSync(join(root, 'src/other.ts'));
  const less = await runnable(root);
  expect(existsSync(join(less, 'dist/esm/other.js'))).toBe(false);
  write(SAMPLE, 'console.log(1 as number);');
  write('src/other.ts', 'export const other = 1;');
  expect(await runnable(root)).toBe(first);
});

test('a start that fails half-way leaves nothing to be run', async () => {
  write(SAMPLE, 'console.log(');
  await expect(runnable(root)).rejects.toThrow();
  write(SAMPLE, 'console.log(3);');
  const made = await runnable(root);
  expect([built(made), cached(made).length]).toEqual([expect.stringMatching(/^console\.log\(3\)/), 1]);
});

test('a folder that lost a file is made again', async () => {
  const made = await runnable(root);
  rmSync(join(made, 'dist/esm/index.js'));
  expect(await runnable(root)).toBe(made);
  expect(existsSync(join(made, 'dist/esm/index.js'))).toBe(true);
});

test('two starts at once have one whole folder', async () => {
  const [one, other, third] = await Promise.all([runnable(root), runnable(root), runnable(root)]);
  expect([other, third, cached(one).length]).toEqual([one, one, 1]);
});

test('a folder without a start for an hour goes when another one is made', async () => {
  const old = await runnable(root);
  write(SAMPLE, 'console.log(4);');
  const recent = await runnable(root);
  utimesSync(old, 0, 0);
  write(SAMPLE, 'console.log(5);');
  await runnable(root);
  expect([existsSync(old), existsSync(recent)]).toEqual([false, true]);
});
