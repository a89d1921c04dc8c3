import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');

describe('SECURITY.md', () => {
  const page = read('SECURITY.md');
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .slice(1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );

  test('says for each threat who holds its guard', () => {
    expect(rows.length).toBeGreaterThan(12);
    for (const [threat, guard, heldBy] of rows)
      expect([threat, guard, heldBy]).toEqual([
        threat,
        expect.stringMatching(/\S/),
        expect.stringMatching(/`(test|scripts)\//),
      ]);
  });

  test('names tests and scripts that exist', () => {
    const named = [...page.matchAll(/`((?:test|scripts)\/[\w./-]+?)(?:\/\*)?`/g)].map(
      ([, path]) => path as string,
    );
    expect(named.length).toBeGreaterThan(15);
    for (const path of named) expect([path, existsSync(`${root}${path}`)]).toEqual([path, true]);
    const { scripts, dependencies } = JSON.parse(read('package.json'));
    for (const [, script] of page.matchAll(/`npm run ([\w:]+)/g))
      expect(scripts).toHaveProperty(script as string);
    expect(Object.keys(dependencies)).toEqual(['jose', 'lru-cache']);
    for (const name of Object.keys(dependencies)) {
      expect(page).toContain(`[${name}](`);
      const manifest = read(`node_modules/${name}/package.json`);
      expect(JSON.parse(manifest).dependencies ?? {}).toEqual({});
    }
  });

  test('says how to run whatever holds a guard', () => {
    const repeated = page.slice(page.indexOf('## Checks you can repeat'));
    for (const held of rows.flatMap(([, , cell]) => [
      ...(cell ?? '').matchAll(/`(scripts|npm run) ?[^`]+`/g),
    ]))
      expect(repeated).toContain(held[0].slice(0, -1));
  });

  // Durations are measured: they stand in docs/benchmarks.md, which is made of what was measured.
  test('gives no duration of its own that the processor would decide', () => {
    expect(page.match(/[\d.]+ (ms|s) of the processor|takes? [\d.]+ m?s/g)).toBeNull();
  });
});
