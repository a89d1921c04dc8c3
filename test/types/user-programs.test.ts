import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { namedBlocks, readPage } from '../support/documentation.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const programs = join(root, 'test/types/programs');

/** The compiler as its users start it; it says everything on its standard output. */
async function tsc(...args: string[]): Promise<string> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  return promisify(execFile)(process.execPath, [compiler, '--pretty', 'false', ...args], { cwd: root }).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
}

interface CompilerError {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

function errorsIn(output: string): CompilerError[] {
  return output
    .split(/^(?=\S)/m)
    .map((part) => /^([^\n(]+)\((\d+),\d+\): (error .*)$/s.exec(part) ?? [part, part, '0', part])
    .map(([, file, line, text]) => ({ file: file!, line: Number(line), text: text!.trim() }));
}

/** What a program expects of the compiler: for a stretch of lines, words that its one error has, and has not. */
interface Expectation {
  readonly from: number;
  readonly to: number;
  readonly words: string[];
  readonly not: string[];
}

function expectationsOf(program: string): Expectation[] {
  const lines = readFileSync(join(programs, program, 'usage.ts'), 'utf8').split('\n');
  const found: Expectation[] = [];
  let begins = true;
  for (const [index, line] of lines.entries()) {
    const said = /^\/\/! (not: )?(.+)$/.exec(line);
    if (said !== null) {
      if (begins) found.push({ from: index + 1, to: lines.length, words: [], not: [] });
      found.at(-1)![said[1] === undefined ? 'words' : 'not'].push(said[2]!);
    }
    begins = said === null;
    const next = lines[index + 1];
    const current = found.at(-1);
    if (begins && next?.startsWith('//') && current?.to === lines.length) {
      found[found.length - 1] = { ...current, to: index + 1 };
    }
  }
  return found;
}

/** Errors that the program did not announce, and announcements that did not come true. */
function disagreements(program: string, errors: readonly CompilerError[]): string[] {
  const open = new Set(errors);
  const missed = expectationsOf(program).flatMap(({ from, to, words, not }) => {
    const here = errors.filter(({ line }) => line > from && line <= to);
    const right =
      here.length === 1 &&
      words.every((word) => here[0]!.text.includes(word)) &&
      !not.some((word) => here[0]!.text.includes(word));
    if (right) open.delete(here[0]!);
    return right ? [] : [`line ${from} expects one error with ${[...words, ...not.map((w) => `not ${w}`)]}`];
  });
  return [...missed, ...[...open].map(({ line, text }) => `line ${line} has ${text}`)];
}

let folder: string;

/**
 * Compiles a program as an ES module and as CommonJS against the declarations; gives the errors of both.
 * @param beside a file that belongs to the program
 */
async function compile(
  program: string,
  options: object,
  beside = '',
): Promise<{ esm: string[]; cjs: string[] }> {
  for (const extension of ['mts', 'cts']) {
    cpSync(join(programs, program, 'usage.ts'), join(folder, `usage.${extension}`));
    writeFileSync(join(folder, `beside.${extension}`), beside);
  }
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    strict: true,
    noEmit: true,
    experimentalDecorators: true,
    types: ['node'],
    skipLibCheck: true,
    ...options,
  };
  const files = ['usage.mts', 'beside.mts', 'usage.cts', 'beside.cts'];
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const errors = errorsIn(await tsc('-p', folder));
  const of = (extension: string) =>
    disagreements(
      program,
      errors.filter(({ file }) => !file.endsWith(extension)),
    );
  return { esm: of('.cts'), cjs: of('.mts') };
}

// Declarations of the sources as they are now, in a package that a program imports by its name, as users do.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bank-auth-types-'));
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const esm = join(folder, 'dist/esm');
  expect(await tsc('-p', 'tsconfig.esm.json', '--noCheck', '--emitDeclarationOnly', '--outDir', esm)).toBe(
    '',
  );
  mkdirSync(join(folder, 'dist/cjs'));
  cpSync(esm, join(folder, 'dist/cjs'), { recursive: true });
  writeFileSync(join(folder, 'dist/cjs/package.json'), '{"type":"commonjs"}');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RIGHT = { esm: [], cjs: [] };

describe('the compiler tells an application', () => {
  test('which options are missing and what a request may say, and accepts any name and a factory of any', async () => {
    expect(expectationsOf('any-name').length).toBeGreaterThan(12);
    // More than `strict`: what passes with it passes without.
    expect(await compile('any-name', { exactOptionalPropertyTypes: true })).toEqual(RIGHT);
  }, 120_000);

  test("the same with the options that Nest's command line writes", async () => {
    expect(await compile('any-name', { strict: false, strictNullChecks: true })).toEqual(RIGHT);
  }, 120_000);

  test('which names it may inject, once it has added them to BankAuthRegistry', async () => {
    expect(expectationsOf('registered-names').length).toBeGreaterThan(9);
    const names = namedBlocks(readPage('configuration.md')).get('bank-names.ts');
    expect(await compile('registered-names', {}, names)).toEqual(RIGHT);
  }, 120_000);
});
