import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { readPage } from '../support/documentation.js';

const { renderPage } = await import('../../bench/lib/page.js');
const { aheadOf } = await import('../../bench/lib/ahead.js');

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const page = readPage('benchmarks.md');

describe('docs/benchmarks.md', () => {
  test('is what `node bench/run.js --page` makes of the results, as are its plots', async () => {
    const { text, images } = await renderPage();
    expect(page).toBe(text);
    const plots = readdirSync(`${docs}images`).filter((name) => name.startsWith('bench-'));
    expect(plots.map((name) => `images/${name}`).toSorted()).toEqual(Object.keys(images).toSorted());
    for (const [path, svg] of Object.entries(images)) expect(readFileSync(docs + path, 'utf8')).toBe(svg);
  });

  test('says of each package that is ahead of ours why it is', () => {
    expect(page).not.toContain('NOT EXPLAINED YET');
  });
});

describe('a package is ahead of ours', () => {
  const row = (key: string, figures: object, more = {}) => ({ key, label: key, figures, ...more });
  const spread = (low: number, middle: number, high: number) => ({ low, middle, high, digits: 2 });
  const work = {
    columns: { rate: 'rate', calls: 'calls' },
    better: { rate: 'higher', calls: 'lower' },
    why: { rate: { others: 'It does less.' } },
  };
  const ours = row('ours', { rate: spread(0.9, 1, 1.1), calls: 10 }, { isOurs: true });
  const ahead = (peer: object) => aheadOf(work, [ours, peer]);

  test.each([
    ['whose median lies beyond our middle half', { rate: spread(1, 1.2, 1.3), calls: 10 }, ['It does less.']],
    ['that needs a tenth less', { rate: spread(0.9, 1, 1.1), calls: 8 }, [undefined]],
  ])('%s', (_which, figures, whys) => {
    expect(ahead(row('peer', figures)).map(({ why }: { why?: string }) => why)).toEqual(whys);
  });

  test.each([
    ['whose median lies within our middle half', { rate: spread(1, 1.1, 1.3), calls: 9.5 }],
    ['that could not be measured', undefined],
  ])('but for one %s', (_which, figures) => {
    expect(ahead(row('peer', figures as object))).toEqual([]);
  });

  test('where all is a multiple of it and ours is below', () => {
    const base = row('base against itself (A/A)', { rate: spread(0.9, 1.3, 1.4) }, { isBase: true });
    const slower = row('ours', { rate: spread(0.8, 0.9, 0.95) }, { isOurs: true });
    expect(aheadOf(work, [base, slower]).map(({ label }: { label: string }) => label)).toEqual(['base']);
    expect(aheadOf(work, [base, ours])).toEqual([]);
  });
});
