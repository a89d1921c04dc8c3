import { beforeAll, describe, expect, test } from '@jest/globals';
import { typeErrors } from '../support/compiled-examples.js';
import { readPage } from '../support/documentation.js';

/** The sections of docs/types.md that show a mistake: its code, and the lines of the message that count. */
const mistakes = readPage('types.md')
  .split(/^## /m)
  .flatMap((section) => {
    const [, code, said] = /```ts\n([\s\S]+?)\n```\n\n```text\n([\s\S]+?)\n```/.exec(section) ?? [];
    if (code === undefined || said === undefined) return [];
    return [{ title: section.split('\n')[0] as string, code, said: said.split('\n') }];
  });

describe('docs/types.md shows what the compiler says on', () => {
  let errors: ReadonlyMap<string, readonly string[]>;
  beforeAll(() => {
    errors = typeErrors(
      Object.fromEntries(mistakes.map(({ title, code }) => [title, { 'mistake.ts': code }])),
    );
  }, 60_000);

  test('ten mistakes', () => {
    expect(mistakes).toHaveLength(10);
  });

  test.each(mistakes)('$title', ({ title, said }) => {
    const found = errors.get(title) ?? [];
    // One mistake, one error: another would be the example's.
    expect(found).toHaveLength(1);
    expect(said.filter((line) => !found[0]?.includes(line))).toEqual([]);
  });
});
