import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { builtInBanks } from '../../src/banks/index.js';
import { beyondBanks } from '../support/beyond-banks.js';
import {
  bankNames,
  cycles,
  danglingImports,
  defaultExports,
  forbiddenImports,
  impurities,
  oddFileNames,
  oversized,
  roomsWithImports,
  unknownFolders,
} from './rules.js';
import { parseSource, readSources, type SourceFile } from './source-files.js';

const sources = readSources(fileURLToPath(new URL('../../src', import.meta.url)));
const ids = [...builtInBanks.values(), ...beyondBanks].map(({ id }) => id);

describe('the sources', () => {
  test('all exist, with imports that can be followed', () => {
    expect(sources.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['index.ts', 'banks/registry.ts', 'testing/simulator/bank-simulator.ts']),
    );
    expect(danglingImports(sources)).toEqual([]);
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(100);
  });

  test('stand in known folders', () => {
    expect(unknownFolders(sources)).toEqual([]);
  });

  test('stand in rooms that CONTRIBUTING.md names, each after those that it imports', () => {
    const page = readFileSync(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8');
    const [, house = ''] = page.split('## The house');
    const table = house.split('### A walk')[0] ?? '';
    const named = [...table.matchAll(/^\| (— )?`([a-z]+)`/gm)].map(([, part, name]) =>
      part === undefined ? name : `token/${name}`,
    );
    expect(named.toSorted()).toEqual(roomsWithImports.map(([room]) => room).toSorted());
    for (const [room, imports] of roomsWithImports)
      for (const each of imports)
        expect([room, each, named.indexOf(each) < named.indexOf(room)]).toEqual([room, each, true]);
  });

  test('import only files below them', () => {
    expect(forbiddenImports(sources)).toEqual([]);
  });

  test('are of readable size', () => {
    expect(oversized(sources)).toEqual([]);
  });

  test('import each other in no circle', () => {
    expect(cycles(sources)).toEqual([]);
  });

  test('name no bank, except in the definitions and the doubles', () => {
    expect(bankNames(sources, ids)).toEqual([]);
  });

  test('define banks as data and pure functions', () => {
    expect(impurities(sources)).toEqual([]);
  });

  // Once V8 has optimised it, Node.js 20 says that a URL with a Latin-1 letter is none.
  test('never ask URL.canParse', () => {
    const asking = sources.filter(({ identifiers }) => identifiers.has('canParse'));
    expect(asking.map(({ path }) => path)).toEqual([]);
  });

  test('have names in kebab case, with a role at most', () => {
    expect(oddFileNames(sources)).toEqual([]);
  });

  test('have no default exports', () => {
    expect(defaultExports(sources)).toEqual([]);
  });

  test('export from the index by name only, so that nothing becomes public by accident', () => {
    const index = sources.find(({ path }) => path === 'index.ts');
    expect(index?.hasStarExport).toBe(false);
    expect(index?.imports.length).toBeGreaterThan(5);
  });
});

describe('the architecture rules find', () => {
  const file = (path: string, code: string): SourceFile => parseSource(path, code);

  test.each([
    ['errors/a.error.ts', "import { x } from '../banks/index.js';"],
    ['errors/a.error.ts', "import type { x } from '../config/index.js';"],
    ['banks/a.bank.ts', "import { x } from '../token/index.js';"],
    ['banks/index.ts', "export { paypal } from './beyond/paypal.bank.js';"],
    ['index.ts', "import { paypal } from './banks/beyond/paypal.bank.js';"],
    ['store/a.store.ts', "import { x } from '../banks/index.js';"],
    ['config/a.ts', "import { MemoryTokenStore } from '../store/index.js';"],
    ['config/a.ts', "import { type TokenStore, MemoryTokenStore } from '../store/index.js';"],
    ['config/a.ts', "import type { x } from '../token/index.js';"],
    ['credentials/a.ts', "import { x } from '../token/index.js';"],
    ['credentials/a.ts', "export { x } from '../store/index.js';"],
    ['token/a.ts', "import { bogPayments } from '../banks/index.js';"],
    ['token/a.ts', "export * from '../banks/index.js';"],
    ['token/a.ts', "import '../http/index.js';"],
    ['token/a.ts', "const x = await import('../http/index.js');"],
    ['token/a.ts', "const x = require('../http/index.js');"],
    ['token/a.ts', "import x = require('../http/index.js');"],
    ['token/a.ts', "type X = import('../http/index.js').X;"],
    ['token/a.ts', "import { x } from '../module/bank-auth.module.js';"],
    ['http/a.ts', "import { x } from '../config/index.js';"],
    ['http/a.ts', "import { x } from '../testing/index.js';"],
    ['http/a.ts', "import { x } from '../../test/support/virtual-clock.js';"],
    ['testing/a.ts', "import { x } from '../token/index.js';"],
    ['redis/a.ts', "import { x } from '../store/index.js';"],
    ['redis/a.ts', "import { x } from '../testing/index.js';"],
    ['token/a.ts', "import { x } from '../redis/index.js';"],
    ['testing/simulator/a.ts', "import type { x } from '../../token/index.js';"],
    ['testing/a.ts', "import { x } from '../module/injection-tokens.js';"],
    ['module/bank-auth.module.ts', "import { x } from '../testing/index.js';"],
    ['time/clock.ts', "import { x } from '../errors/index.js';"],
    ['token/endpoint/a.ts', "import { x } from '../flight/b.js';"],
    ['token/sharing/a.ts', "import type { x } from '../merchants/b.js';"],
    ['token/flight/a.ts', "import { x } from '../merchants/b.js';"],
    ['elsewhere/a.ts', "import { x } from '../errors/index.js';"],
    ['cli/check/a.ts', "import { x } from '../../config/index.js';"],
    ['cli/check/a.ts', "import { x } from '../../testing/simulator/bank-simulator.js';"],
    ['module/a.ts', "import { x } from '../internal.js';"],
    ['index.ts', "export { x } from './internal.js';"],
    ['devtools/a.ts', "import { x } from '../internal.js';"],
    ['testing/a.ts', "import { x } from '../cli/commands.js';"],
  ])('in %s, %s', (path, code) => {
    expect(forbiddenImports([file(path, code)])).toHaveLength(1);
  });

  test.each([
    ['banks/a.bank.ts', "import { x } from '../errors/index.js'; import y from './b.js';"],
    ['banks/beyond/a.bank.ts', "import { defineBank } from '../define-bank.js';"],
    ['config/a.ts', "import type { TokenStore } from '../store/index.js';"],
    ['config/a.ts', "import { type TokenStore } from '../store/index.js';"],
    ['credentials/a.ts', "export type { ResolvedOptions } from '../config/index.js';"],
    ['token/a.ts', "import type { BankDefinition } from '../banks/index.js'; import { map } from 'rxjs';"],
    ['testing/simulator/a.ts', "import { x } from '../../index.js'; import { y } from '../fake.js';"],
    ['module/bank-auth.module.ts', "import { x } from '../config/index.js';"],
    ['token/merchants/a.ts', "import { x } from '../flight/b.js'; import { y } from '../c.js';"],
    ['token/token.service.ts', "import { x } from './merchants/b.js';"],
    ['cli/a.ts', "import { x } from '../internal.js'; import { y } from '../testing/index.js';"],
    ['testing/a.ts', "import { x } from '../internal.js';"],
    ['internal.ts', "export { x } from './config/index.js';"],
  ])('but nothing wrong in %s, %s', (path, code) => {
    expect(forbiddenImports([file(path, code)])).toEqual([]);
  });

  test('a file of more than 400 lines, and a class of more than 350', () => {
    const lines = (count: number) => 'x;\n'.repeat(count);
    expect(oversized([file('a.ts', lines(400))])).toEqual([]);
    expect(oversized([file('a.ts', lines(401))])).toEqual(['a.ts has 401 lines']);
    const body = (count: number) => `class Big {\n${'  x;\n'.repeat(count - 2)}}\n`;
    expect(oversized([file('a.ts', body(350))])).toEqual([]);
    expect(oversized([file('a.ts', body(351))])).toEqual(['a.ts: class Big has 351 lines']);
  });

  test('circles, of two files, of three and of one, over types and exports too', () => {
    const two = [
      file('token/a.ts', "import { b } from './b.js';"),
      file('token/b.ts', "import type { a } from './a.js';"),
    ];
    expect(cycles(two)).toEqual(['token/a.ts → token/b.ts → token/a.ts']);
    const three = [
      file('token/index.ts', "export * from './a.js';"),
      file('token/a.ts', "import { b } from './b.js';"),
      file('token/b.ts', "import { a } from './index.js';"),
      file('token/c.ts', "import { a } from './index.js';"),
    ];
    expect(cycles(three)).toEqual(['token/a.ts → token/b.ts → token/index.ts → token/a.ts']);
    expect(cycles([file('a.ts', "import './a.js';")])).toEqual(['a.ts → a.ts']);
    expect(cycles([file('a.ts', "import './b.js';"), file('b.ts', '')])).toEqual([]);
  });

  test('an unknown folder, and an import that leads nowhere', () => {
    expect(unknownFolders([file('elsewhere/a.ts', '')])).toEqual(['elsewhere']);
    expect(danglingImports([file('a.ts', "import './gone.js';")])).toEqual(['a.ts imports ./gone.js']);
  });

  test.each([
    "const id = 'bog-payments';",
    "if (bank === 'partner') x();",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template in the code that is looked at
    'const message = `ask tbc-tpay for ${x}`;',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template in the code that is looked at
    'const message = `${x} of bog-ipay`;',
    "const url = 'https://api.tbcbank.ge';",
    "const host = 'oauth2-sandbox.bog.ge';",
    "type Id = 'tbc-business';",
  ])("a bank's name: %s", (code) => {
    expect(bankNames([file('token/a.ts', code)], ids)).toHaveLength(1);
    for (const path of ['banks/a.bank.ts', 'testing/a.ts', 'index.ts']) {
      expect(bankNames([file(path, code)], ids)).toEqual([]);
    }
  });

  test.each([
    "const x = 'partners';",
    "const x = 'my-partner';",
    "import './partner.js';",
    '// bog-payments',
  ])('but not in an innocent name: %s', (code) => {
    expect(bankNames([file('token/a.ts', code)], ids)).toEqual([]);
  });

  test.each([
    "import { readFileSync } from 'node:fs';",
    "import type { Agent } from 'node:https';",
    "import axios from 'axios';",
    'export const x = process.env.X;',
    "export const x = () => fetch('https://bank.example');",
    'export const x = () => Date.now();',
    'export const x = async () => new Promise(() => {});',
  ])('an import that a definition has no use for: %s', (code) => {
    expect(impurities([file('banks/a.bank.ts', code)])).not.toEqual([]);
    expect(impurities([file('token/a.ts', code)])).toEqual([]);
  });

  test.each([
    'tokenService.ts',
    'token/TokenService.ts',
    'token/token_service.ts',
    'token/a.b.c.ts',
    'Token/a.ts',
    'token/a-.ts',
    'token/.a.ts',
    'token/a..ts',
  ])('a wrong file name such as %s', (path) => {
    expect(oddFileNames([file(path, '')])).toEqual([path]);
  });

  test('but not in one such as token/token.service.ts', () => {
    const paths = [
      'a.ts',
      'index.ts',
      'token/token.service.ts',
      'bank-auth.module-definition.ts',
      'x/y-2/z.ts',
    ];
    expect(oddFileNames(paths.map((path) => file(path, '')))).toEqual([]);
  });

  test.each([
    'export default 1;',
    'export default class X {}',
    'export default function x() {}',
    'const x = 1; export { x as default };',
    "export { default } from './x.js';",
    'export = 1;',
  ])('a default export: %s', (code) => {
    expect(defaultExports([file('a.ts', code)])).toEqual(['a.ts']);
    expect(defaultExports([file('a.ts', "export const x = 1; import y, { z } from 'y';")])).toEqual([]);
  });

  test('a star export in an index', () => {
    expect(file('index.ts', "export * from './x.js';").hasStarExport).toBe(true);
    expect(
      file('index.ts', "export { x } from './x.js'; export type { y } from './y.js';").hasStarExport,
    ).toBe(false);
  });
});
