import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import * as library from 'nestjs-bank-auth';
import { BankAuthModule, bankAuthFromEnv } from 'nestjs-bank-auth';
import { builtInBanks } from '../../src/banks/index.js';
import { beyondBanks } from '../support/beyond-banks.js';
import { namedBlocks, pagesIn } from '../support/documentation.js';
import { evaluate } from '../support/evaluated-examples.js';
import { examplePackages } from '../support/example-packages.js';
import { pageTests } from '../support/page-tests.js';
import { requiredVariables } from '../support/required-variables.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');
const { llmsText, llmsFullText } = await import('../../scripts/llms.mjs');
const SKILL = 'skills/nestjs-bank-auth/SKILL.md';

describe('llms.txt', () => {
  test('is what docs/README.md and docs/banks/README.md say', () => {
    if (process.env.UPDATE_DOCS === '1') writeFileSync(`${root}llms.txt`, llmsText());
    expect(read('llms.txt')).toBe(llmsText());
    expect(read('llms.txt').split('\n- [').length - 1).toBeGreaterThan(
      builtInBanks.size + beyondBanks.length + 20,
    );
  });

  test('has a long form with each page of docs, once', () => {
    const marks = [...llmsFullText().matchAll(/^<!-- ([\w/.-]+\.md) -->$/gm)].map(([, path]) => path);
    const pages = [
      ...pagesIn('.').filter((name) => !['README.md', 'index.md'].includes(name)),
      ...pagesIn('banks').flatMap((name) => (name === 'README.md' ? [] : [`banks/${name}`])),
    ].map((name) => `docs/${name}`);
    expect(marks.toSorted()).toEqual(['README.md', SKILL, ...pages, 'docs/banks/README.md'].toSorted());
  });
});

describe('the skill', () => {
  const skill = read(SKILL);

  test('has the id, the entry and the required variables of each bank', () => {
    const row = (bank: library.BankDefinition, entry: string) => {
      const environments = (['production', 'sandbox'] as const).filter(
        (each) => bank.tokenUrl[each] !== undefined,
      );
      const variables = requiredVariables(bank);
      return `| \`${bank.id}\` | ${bank.title} | ${entry} | ${environments.join(', ') || 'yours'} | ${variables.map((each) => `\`${each}\``).join(', ')} |`;
    };
    const rows = [
      '| id | bank | entry | environments | required variables |',
      '| --- | --- | --- | --- | --- |',
      ...[...builtInBanks.values()].map((bank) => row(bank, 'built in')),
      ...beyondBanks.map((bank) =>
        row(bank as library.BankDefinition, `\`nestjs-bank-auth/banks/${bank.id}\``),
      ),
    ];
    const [begin, end] = ['UPDATE_DOCS=1 npm test -- test/docs/machines -->\n', '\n<!-- end of what'];
    const [before, rest = ''] = skill.split(begin);
    const right = `${before}${begin}\n${rows.join('\n')}\n${end}${rest.split(end)[1] ?? rest.split(end.trim())[1]}`;
    if (process.env.UPDATE_DOCS === '1') writeFileSync(`${root}${SKILL}`, right);
    expect(read(SKILL)).toBe(right);
    expect(
      rows.every((each) => each.includes('_') || each.startsWith('| id') || each.startsWith('| ---')),
    ).toBe(true);
  });

  test('has an example of a test that passes, and stops what it has started', async () => {
    const files = Object.fromEntries(namedBlocks(skill));
    const environment = { ...process.env };
    const { AppModule } = evaluate(files['app.module.ts'] ?? '', {
      ...examplePackages,
      './payments.controller.js': evaluate(files['payments.controller.ts'] ?? '', examplePackages),
    });
    const example = pageTests(files['payments.test.ts'] ?? '', {
      ...examplePackages,
      './app.module.js': { AppModule },
    });
    expect(example.titles).toHaveLength(1);
    await example.start();
    const bank = example.bank('bog-payments');
    try {
      await example.run();
      expect(bank.tokenRequests).toBeGreaterThan(0);
    } finally {
      await example.stop();
      for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    }
    await expect(fetch(bank.apiBaseUrl)).rejects.toThrow();
  });

  test('names only what the package exports', () => {
    const named = [
      ...skill.matchAll(/`@?((?:Inject|BankAuth|isBank|isSafe|bankCall|bankAuthFrom|defineBank)\w*)/g),
    ].map(([, name]) => name as string);
    const types = ['BankAuthInterceptor'];
    expect(named.length).toBeGreaterThan(10);
    for (const name of named) if (!types.includes(name)) expect(Object.keys(library)).toContain(name);
    expect([typeof BankAuthModule, typeof bankAuthFromEnv]).toEqual(['function', 'function']);
  });

  test('names only pages that exist', () => {
    for (const [, path] of skill.matchAll(/`(docs\/[\w/-]+\.md)`/g))
      expect(read(path as string)).not.toBe('');
  });
});
