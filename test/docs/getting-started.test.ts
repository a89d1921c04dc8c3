import { afterEach, expect, test } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import * as nestTesting from '@nestjs/testing';
import * as testing from 'nestjs-bank-auth/testing';
import { blocksOf, namedBlocks, readmeText, readPage } from '../support/documentation.js';
import { evaluate } from '../support/evaluated-examples.js';
import { examplePackages } from '../support/example-packages.js';
import { pageTests } from '../support/page-tests.js';

const page = readPage('getting-started.md');
const blocks = namedBlocks(page);
/** The module of a page, with the controller that stands in a file of its own. */
const moduleOf = (blocks: Map<string, string>, file: string) =>
  evaluate(blocks.get('app.module.ts') ?? '', {
    ...examplePackages,
    [`./${file}.js`]: evaluate(blocks.get(`${file}.ts`) ?? '', examplePackages),
  }).AppModule;
const AppModule = moduleOf(blocks, 'orders.controller');

const environment = { ...process.env };
let app: INestApplication | undefined;
let banks: testing.BankSimulator | undefined;
afterEach(async () => {
  await app?.close();
  await banks?.stop();
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
});

/** What a page has its reader type, in the order of the page. */
function stepsOf(text: string) {
  const shell = blocksOf(text, 'sh');
  const env = shell.filter((block) => block.startsWith('# .env')).at(-1) ?? '';
  const command = shell.find((block) => block.includes('curl')) ?? '';
  return {
    installs: shell.filter((block) => block.startsWith('npm i ')),
    credentials: JSON.parse(/\{ "bog-payments": \{[^}]+\} \}/.exec(text)?.[0] ?? '{}')['bog-payments'],
    simulate: shell.filter((block) => block.includes('simulate')),
    env: Object.fromEntries(
      [...env.matchAll(/^([A-Z_]+)=(.+)$/gm)].map(([, name, value]) => [name as string, value as string]),
    ),
    start: shell.filter((block) => block.startsWith('npm run')).slice(0, 1),
    path: /127\.0\.0\.1:3000(\S+)/.exec(command)?.[1],
    key: /Idempotency-Key: ([\w-]+)'/.exec(command)?.[1] ?? '',
    body: /-d '([^']+)'/.exec(command)?.[1],
    answer: blocksOf(text, 'json').at(-1) ?? '',
  };
}

test('the README and getting-started.md give the same commands, variables, call and answer', () => {
  const { path: ours, ...first } = stepsOf(readmeText);
  const { path, ...steps } = stepsOf(page);
  expect(first).toEqual(steps);
  expect([ours, path]).toEqual(['/payments', '/orders']);
  expect([steps.installs.length, steps.simulate.length]).toEqual([2, 1]);
  expect(steps.start).toEqual(['npm run start']);
});

test.each([
  ['the README', readmeText, 'payments.controller'],
  ['getting-started.md', page, 'orders.controller'],
])('%s leads to an order at the simulated bank that its command starts', async (_, text, file) => {
  const { env, credentials, path, key, body, answer: shown } = stepsOf(text);
  expect(credentials).toEqual({
    clientId: env.BOG_PAYMENTS_CLIENT_ID,
    clientSecret: env.BOG_PAYMENTS_CLIENT_SECRET,
  });
  banks = await testing.BankSimulator.start({ bank: 'bog-payments', credentials });
  const bank = banks.bank('bog-payments');
  const ours = new URL(bank.apiBaseUrl).origin;
  const theirs = new URL(env.BOG_PAYMENTS_API_BASE_URL as string).origin;
  for (const [name, value] of Object.entries(env)) process.env[name] = value.replace(theirs, ours);
  const imports = [moduleOf(namedBlocks(text), file)];
  const module = await nestTesting.Test.createTestingModule({ imports }).compile();
  app = module.createNestApplication();
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}${path}`;
  const post = (headers: Record<string, string>) =>
    fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body });
  const answer = await post({ 'Idempotency-Key': key });
  expect(answer.status).toBe(201);
  const { id, ...rest } = (await answer.json()) as { id: string };
  expect(JSON.stringify({ id, ...rest })).toBe(shown.replace(theirs, ours).replaceAll('…', id));
  // The same try of the same order, and one that gives no key: no second order.
  expect(await (await post({ 'Idempotency-Key': key })).json()).toMatchObject({ id });
  expect((await post({})).status).toBe(400);
  expect([bank.tokensIssued, bank.apiRequests]).toEqual([1, 2]);
  if (file === 'orders.controller')
    expect(await (await fetch(`${url}/${id}`)).json()).toMatchObject({ order_id: id });
});

test('getting-started.md has a test that passes, and stops what it has started', async () => {
  const example = pageTests(blocks.get('orders.test.ts') ?? '', {
    ...examplePackages,
    './app.module.js': { AppModule },
  });
  expect(example.titles).toHaveLength(1);
  await example.start();
  const bank = example.bank('bog-payments');
  await example.run();
  expect(bank.apiRequests).toBeGreaterThan(0);
  await example.stop();
  await expect(fetch(bank.apiBaseUrl)).rejects.toThrow();
});
