import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

const matrix = fileURLToPath(new URL('../../../matrix/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'matrix-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Cell = {
  name: string;
  row: string;
  column: string;
  cannot?: string;
  project: { name: string; room: string; template?: string };
};
type Outcome = { cell: Cell; ok: boolean; seconds: number };

let groups: { title: string; about: string; rows: string; cells: Cell[] }[];
let pairwise: (cells: { name: string }[]) => { name: string }[];
let outcomes: {
  isAsExpected(outcome: Outcome): boolean;
  printTotals(of: unknown, all: Outcome[]): number;
  writePage(page: string, of: unknown, all: Outcome[], versions: string): void;
};
beforeAll(async () => {
  ({ groups } = await import(join(matrix, 'groups.mjs')));
  ({ pairwise } = await import(join(matrix, 'pairwise.mjs')));
  outcomes = await import(join(matrix, 'outcomes.mjs'));
});

describe('the cells of the matrix', () => {
  test('have names and places in the tables of their own, and sources that exist', () => {
    const all = groups.flatMap(({ cells }) => cells);
    expect(all.length).toBeGreaterThan(300);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { title, cells } of groups)
      expect([title, new Set(cells.map(({ row, column }) => `${row}|${column}`)).size]).toEqual([
        title,
        cells.length,
      ]);
    for (const { project } of all.filter(({ name }) => !name.startsWith('types/')))
      expect([project, existsSync(join(matrix, 'templates', project.template ?? project.room))]).toEqual([
        project,
        true,
      ]);
  });
});

describe('pairwise', () => {
  test('takes few cells, and each two values that meet in any cell meet in one of them', () => {
    const cells = ['11', '12'].flatMap((nest) =>
      ['cjs', 'esm'].flatMap((kind) =>
        ['a', 'b', 'c', 'd'].map((shape) => ({ name: `${nest}/${kind}/${shape}` })),
      ),
    );
    const pairs = (of: { name: string }[]) =>
      new Set(
        of.flatMap(({ name }) => {
          const [nest, kind, shape] = name.split('/');
          return [`${nest} ${kind}`, `${nest} ${shape}`, `${kind} ${shape}`];
        }),
      );
    const taken = pairwise(cells);
    expect(taken.length).toBeLessThan(cells.length);
    expect(pairs(taken)).toEqual(pairs(cells));
  });
});

describe('outcomes', () => {
  const project = { name: 'nest', room: 'start' };
  const cell = { name: 'start/a', row: 'a', column: '20', project };
  const impossible = { ...cell, name: 'start/b', row: 'b', cannot: 'it is ES modules only' };
  const works = { cell, ok: true, seconds: 1 };
  const group = { title: 'Start-ups', about: 'They start.', rows: 'application', cells: [cell, impossible] };

  test.each([
    ['a cell works', works, 0],
    ['a cell fails', { ...works, ok: false }, 1],
    ['a cell cannot work, as the page says', { cell: impossible, ok: false, seconds: 1 }, 0],
    ['a cell works that the page calls impossible', { cell: impossible, ok: true, seconds: 1 }, 1],
  ])('decide the exit code where %s', (_name, outcome, code) => {
    const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
    try {
      expect(outcomes.isAsExpected(outcome)).toBe(code === 0);
      expect(outcomes.printTotals([group], [outcome])).toBe(code);
    } finally {
      log.mockRestore();
    }
  });

  test('become the tables of a page, with the reason of what cannot work', () => {
    const page = join(folder, 'page.md');
    const marks = [
      '<!-- made by `npm run matrix -- --write` -->',
      'old',
      '<!-- end of what is made -->',
    ] as const;
    writeFileSync(page, `before\n${marks.join('\n')}\nafter\n`);
    outcomes.writePage(page, [group], [works, { cell: impossible, ok: false, seconds: 1 }], 'Node.js 20.');
    expect(readFileSync(page, 'utf8')).toBe(
      [
        'before',
        marks[0],
        '',
        'Node.js 20.',
        '',
        '## Start-ups',
        '',
        'They start.',
        '',
        '| application | 20 |',
        '| --- | --- |',
        '| a | works |',
        '| b | no |',
        '',
        'What cannot work, and why:',
        '',
        '- b: it is ES modules only.',
        '',
        marks[2],
        'after',
        '',
      ].join('\n'),
    );
  });
});
