import { afterEach, expect, test } from '@jest/globals';
import * as nestAxios from '@nestjs/axios';
import type { INestApplication } from '@nestjs/common';
import * as nestCommon from '@nestjs/common';
import * as nestConfig from '@nestjs/config';
import * as nestCore from '@nestjs/core';
import * as nestTesting from '@nestjs/testing';
import * as library from 'nestjs-bank-auth';
import * as testing from 'nestjs-bank-auth/testing';
import * as rxjs from 'rxjs';
import { blocksOf, evaluate, namedBlocks, readPage } from '../support/documentation.js';

const page = readPage('getting-started.md');
const blocks = namedBlocks(page);
const packages = {
  '@nestjs/axios': nestAxios,
  '@nestjs/common': nestCommon,
  '@nestjs/config': nestConfig,
  '@nestjs/core': nestCore,
  '@nestjs/testing': nestTesting,
  'nestjs-bank-auth': library,
  'nestjs-bank-auth/testing': testing,
  rxjs,
};
const controller = evaluate(blocks.get('orders.controller.ts') ?? '', packages);
const { AppModule } = evaluate(blocks.get('app.module.ts') ?? '', {
  ...packages,
  './orders.controller.js': controller,
});

const environment = { ...process.env };
let app: INestApplication | undefined;
let banks: testing.BankSimulator | undefined;
afterEach(async () => {
  await app?.close();
  await banks?.stop();
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
});

/** The variables of a block of shell or the members of one of JSON, as a reader takes them over. */
const variables = (text: string) =>
  Object.fromEntries([...text.matchAll(/^([A-Z_]+)=(.+)$/gm)].map(([, name, value]) => [name, value]));

test('getting-started.md leads to an order at the simulated bank that its command starts', async () => {
  const env = variables(blocksOf(page, 'sh').find((block) => block.startsWith('# .env')) ?? '') as Record<
    string,
    string
  >;
  const credentials = JSON.parse(blocksOf(page, 'json')[0] as string)['bog-payments'];
  expect(credentials).toEqual({
    clientId: env.BOG_PAYMENTS_CLIENT_ID,
    clientSecret: env.BOG_PAYMENTS_CLIENT_SECRET,
  });
  banks = await testing.BankSimulator.start({ bank: 'bog-payments', credentials });
  const bank = banks.bank('bog-payments');
  const ours = new URL(bank.apiBaseUrl).origin;
  const shown = new URL(env.BOG_PAYMENTS_API_BASE_URL as string).origin;
  for (const [name, value] of Object.entries(env)) process.env[name] = value.replace(shown, ours);
  const module = await nestTesting.Test.createTestingModule({ imports: [AppModule] }).compile();
  app = module.createNestApplication();
  await app.listen(0, '127.0.0.1');
  const command = blocksOf(page, 'sh').find((block) => block.includes('curl')) ?? '';
  const key = /Idempotency-Key: ([\w-]+)'/.exec(command)?.[1] as string;
  const body = /-d '([^']+)'/.exec(command)?.[1] as string;
  const post = (headers: Record<string, string>) =>
    fetch(`${url}/orders`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body,
    });
  const url = await app.getUrl();
  const answer = await post({ 'Idempotency-Key': key });
  expect(answer.status).toBe(201);
  const { id } = (await answer.json()) as { id: string };
  expect(await (await fetch(`${url}/orders/${id}`)).json()).toMatchObject({ order_id: id });
  expect((await post({})).status).toBe(400);
  expect([bank.tokensIssued, bank.apiRequests]).toEqual([1, 2]);
});

test('getting-started.md has a test that passes, and stops what it has started', async () => {
  const before: (() => Promise<void>)[] = [];
  const after: (() => Promise<void>)[] = [];
  const tests: [string, () => Promise<void>][] = [];
  let started: testing.BankSimulator | undefined;
  const start = async (bank: 'bog-payments') => {
    started = await testing.BankSimulator.start(bank);
    return started;
  };
  evaluate(blocks.get('orders.test.ts') ?? '', {
    ...packages,
    '@jest/globals': {
      expect,
      beforeAll: (run: () => Promise<void>) => before.push(run),
      afterAll: (run: () => Promise<void>) => after.push(run),
      test: (title: string, run: () => Promise<void>) => tests.push([title, run]),
    },
    'nestjs-bank-auth/testing': { ...testing, BankSimulator: { start } },
    './app.module.js': { AppModule },
  });
  expect(tests).toHaveLength(1);
  for (const run of before) await run();
  const bank = started?.bank('bog-payments');
  for (const [, run] of tests) await run();
  expect(bank?.apiRequests).toBeGreaterThan(0);
  const url = bank?.apiBaseUrl as string;
  for (const run of after) await run();
  await expect(fetch(url)).rejects.toThrow();
});
