import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { builtInBanks } from '../../src/banks/index.js';
import { beyondBanks } from '../support/beyond-banks.js';
import { syntaxErrors, typeErrors } from '../support/compiled-examples.js';
import { blocksOf, diffSides, namedBlocks, readmeText, readPage } from '../support/documentation.js';
import { APP_MODULE, add, MANIFEST } from '../support/nest-add.harness.js';

type Files = Readonly<Record<string, string>>;

/** The examples of a page by their file names, or those of them that are named. */
function files(page: string, ...names: string[]): Files {
  const blocks = namedBlocks(page);
  if (names.length === 0) return Object.fromEntries(blocks);
  return Object.fromEntries(
    names.map((name) => {
      const code = blocks.get(name);
      if (code === undefined) throw new Error(`There is no block "${name}"; there are ${[...blocks.keys()]}`);
      return [name, code];
    }),
  );
}

/** What pages leave to their readers. */
const AUTHENTICATION_GUARD =
  "import type { CanActivate } from '@nestjs/common';\n" +
  'export declare class AuthenticationGuard implements CanActivate { canActivate(): boolean }';
const VAULT =
  "import type { Credentials } from 'nestjs-bank-auth';\n" +
  'export declare class Vault { credentialsOf(merchant: string): Promise<Credentials | undefined> }\n' +
  'export declare class VaultModule {}';
const PAYMENTS = `export declare class Payments {
  findByOrder(id: string): Promise<{ orderId: string } | undefined>;
  settle(payment: { orderId: string }, state: string, units: object): Promise<void>;
}`;
const APP = 'export class AppModule {}';
/** As openapi-typescript makes it. */
const PATHS = `export interface paths {
  '/payments/v1/ecommerce/orders': { post: {
    parameters: { header: { 'Idempotency-Key': string } };
    requestBody: { content: { 'application/json': object } };
    responses: { 200: { content: { 'application/json': { id: string } } } };
  } };
}`;

const fetchPage = files(readPage('fetch.md'));
const replicasPage = files(readPage('replicas.md'), 'app.module.ts', 'my-token-store.test.ts');
const bankPages = [...builtInBanks.values(), ...beyondBanks].map(
  ({ id }) => [id, blocksOf(readPage(`banks/${id}.md`), 'ts')] as const,
);

/** The two sides of each diff of TypeScript, by its file and a number. */
const diffs = [readPage('migrating.md'), readmeText]
  .flatMap((page) => blocksOf(page, 'diff'))
  .map(diffSides)
  .filter(({ after }) => after.startsWith('// '));

/** The sections of docs/types.md that show a mistake: its code, and the lines of the message that count. */
const mistakes = readPage('types.md')
  .split(/^## /m)
  .flatMap((section) => {
    const [, code, said] = /```ts\n([\s\S]+?)\n```\n\n```text\n([\s\S]+?)\n```/.exec(section) ?? [];
    if (code === undefined || said === undefined) return [];
    return [{ title: section.split('\n')[0] as string, code, said: said.split('\n') }];
  });

const SKILL = readFileSync(new URL('../../skills/nestjs-bank-auth/SKILL.md', import.meta.url), 'utf8');

/** What `nest add` makes of a new application of ES modules. */
function nestAdded(): Files {
  const { files } = add(
    { banks: ['bog-payments', 'paypal'] },
    {
      'package.json': JSON.stringify({ ...MANIFEST, type: 'module' }),
      'src/app.module.ts': APP_MODULE.replaceAll(/(app\.\w+)'/g, "$1.js'"),
    },
  );
  const globals = ['describe', 'beforeAll', 'afterAll', 'it'].map(
    (name) => `declare const ${name}: Function;\n`,
  );
  const spec = (files['test/bank-auth.e2e-spec.ts'] as string)
    .replace('../src/', './')
    .replaceAll('expect(', '(expect as any)(');
  return {
    'app.module.ts': files['src/app.module.ts'] as string,
    'app.controller.ts': 'export class AppController {}',
    'app.service.ts': 'export class AppService {}',
    'bank-auth.e2e-spec.ts': `${globals.join('')}declare const expect: Function;\n${spec}`,
  };
}

/** What compiles together, by where it stands. */
const examples: Readonly<Record<string, Files>> = {
  'README.md': files(readmeText, 'app.module.ts', 'payments.controller.ts', 'payments.e2e.ts'),
  'README.md, many merchants': { ...files(readmeText, 'marketplace.module.ts'), 'vault.ts': VAULT },
  'adding-a-bank.md': Object.fromEntries(
    Object.entries(files(readPage('adding-a-bank.md'))).map(([name, code]) => [
      name.endsWith('.ts') ? name : `${name.replaceAll(/\W+/g, '-')}.ts`,
      code,
    ]),
  ),
  'the pages of banks': Object.fromEntries(
    bankPages.flatMap(([id, blocks]) => blocks.map((code, index) => [`${id}-${index}.ts`, code])),
  ),
  'banks/shapes.md': files(readPage('banks/shapes.md')),
  'beside-other-libraries.md': files(readPage('beside-other-libraries.md')),
  'client-authentication.md': files(readPage('client-authentication.md')),
  'configuration.md': files(readPage('configuration.md'), 'config.module.ts'),
  'fetch.md': { ...fetchPage, 'bog-payments.ts': PATHS },
  'getting-started.md': files(readPage('getting-started.md')),
  'health.md': files(readPage('health.md')),
  'merchants.md': { ...files(readPage('merchants.md')), 'authentication.guard.ts': AUTHENTICATION_GUARD },
  'migrating.md': files(readPage('migrating.md')),
  ...Object.fromEntries(
    diffs
      .slice(1)
      .map(({ after }, index) => [
        index < 4 ? `migrating.md, after diff ${index + 1}` : 'README.md, after its diff',
        { 'app.module.ts': diffs[0]?.after ?? '', 'orders.service.ts': after },
      ]),
  ),
  'replicas.md': Object.fromEntries(
    Object.entries(replicasPage).map(([name, code]) => [
      name,
      code.replace("import { test } from '@jest/globals';", 'declare const test: Function;'),
    ]),
  ),
  'testing.md': files(readPage('testing.md'), 'acme-bank.ts', 'marketplace-bank.ts'),
  'webhooks.md': { ...files(readPage('webhooks.md')), 'payments.ts': PAYMENTS, 'app.module.ts': APP },
  'what nest add makes': nestAdded(),
  'the skill': files(
    SKILL,
    'app.module.ts',
    'payments.controller.ts',
    'payment-outcome.ts',
    'payments.test.ts',
  ),
  'testing.md, a fake fetch': {
    ...files(readPage('testing.md'), 'payouts.service.spec.ts'),
    'payouts.service.ts': fetchPage['payouts.service.ts'] as string,
  },
};

/** In two folders, to see that an error is found, and told of its own folder. */
const right = { 'a.ts': 'export const one: number = 1;' };
const wrong = { 'a.ts': "export const one: number = '1';", 'b.ts': "import { two } from './a.js'; two;" };

let errors: ReadonlyMap<string, readonly string[]>;
// One program for all of them: most of its time goes into the declarations of Nest, Node.js and axios.
beforeAll(() => {
  const shown = mistakes.map(({ title, code }) => [title, { 'mistake.ts': code }]);
  errors = typeErrors({ ...examples, ...Object.fromEntries(shown), right, wrong });
}, 60_000);

describe('the examples of the documentation, and what users are given, type-check', () => {
  test.each(Object.keys(examples))('of %s', (where) => {
    expect(Object.keys(examples[where] ?? {})).not.toEqual([]);
    expect(errors.get(where)).toEqual([]);
  });
});

describe('docs/types.md shows what the compiler says on', () => {
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

test('each page of a bank has one example, and that on fetch has three', () => {
  expect(bankPages.map(([id, blocks]) => [id, blocks.length])).toEqual(bankPages.map(([id]) => [id, 1]));
  expect(Object.keys(fetchPage)).toEqual(['payouts.service.ts', 'orders.client.ts', 'receipts.client.ts']);
});

test('migrating.md and the README show a way from code of your own and from three packages, each from code that parses', () => {
  expect(diffs.flatMap(({ before }) => syntaxErrors(before))).toEqual([]);
  const packages = diffs.map(
    ({ before }) => /(simple-oauth2|openid-client|axios-token-interceptor)/.exec(before)?.[1],
  );
  expect(packages).toEqual([
    undefined,
    undefined,
    'simple-oauth2',
    'openid-client',
    'axios-token-interceptor',
    undefined,
  ]);
});

test('an example that does not type-check is found, in its page only', () => {
  expect(errors.get('right')).toEqual([]);
  expect(errors.get('wrong')).toEqual([
    expect.stringMatching(/^a\.ts: /),
    expect.stringMatching(/^b\.ts: .*'two'/),
  ]);
});
