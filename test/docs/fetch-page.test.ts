import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as nestCommon from '@nestjs/common';
import * as nestConfig from '@nestjs/config';
import * as nestTesting from '@nestjs/testing';
import * as ky from 'ky';
import * as library from 'nestjs-bank-auth';
import * as testing from 'nestjs-bank-auth/testing';
import * as openapiFetch from 'openapi-fetch';
import { BankSimulator, type SimulatedBank } from '../../src/testing/index.js';
import { type BankApp, closeApps, rejection, startApp } from '../support/bank-app.js';
import { namedBlocks, readPage } from '../support/documentation.js';
import { evaluate } from '../support/evaluated-examples.js';
import { closeServers, server } from '../support/loopback-server.js';

const KEY = '0b0e6a6e-2a53-4f0c-9f0e-7a0f4f5a1c11';
const ORDER = {
  callback_url: 'https://shop.example/callback',
  purchase_units: {
    total_amount: 10,
    basket: [{ product_id: 'book', quantity: 1, unit_price: 10 }],
  },
};
const packages = {
  '@nestjs/common': nestCommon,
  '@nestjs/config': nestConfig,
  '@nestjs/testing': nestTesting,
  ky: { __esModule: true, ...ky },
  'nestjs-bank-auth': library,
  'nestjs-bank-auth/testing': testing,
  'openapi-fetch': { __esModule: true, ...openapiFetch },
};
const blocks = namedBlocks(readPage('fetch.md'));
const block = (name: string, of = blocks) => of.get(name) as string;
let simulator: BankSimulator;
let bank: SimulatedBank;
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments', 'tbc-tpay');
  bank = simulator.bank('bog-payments');
});
beforeEach(() => simulator.reset());
afterEach(closeApps);
afterEach(closeServers);
afterAll(() => simulator.stop());

/** An application with two merchants besides its own credentials. */
async function start(): Promise<BankApp & { clientOf(merchant: string): string | undefined }> {
  const table = new Map(['flowers', 'books'].map((key) => [key, bank.addMerchant()]));
  const app = await startApp(bank, { provider: { credentials: (key: string) => table.get(key) } });
  return { ...app, clientOf: (merchant) => table.get(merchant)?.clientId };
}

const config = () => ({ get: () => bank.apiBaseUrl });
const ordersClient = (fetch: library.BankFetch) =>
  new (evaluate(block('orders.client.ts'), { ...packages, './bog-payments.js': {} }).OrdersClient)(
    fetch,
    config(),
  );

describe('the page on fetch', () => {
  test('has a service that works at a simulated bank, for merchants too', async () => {
    const { fetch, clientOf } = await start();
    const order = await ordersClient(fetch.forMerchant('flowers')).create(ORDER, KEY);
    const { Payouts } = evaluate(block('payouts.service.ts'), packages);
    const payouts = new Payouts(fetch);
    expect(await payouts.order(order, 'flowers')).toMatchObject({ order_id: order });
    expect(bank.lastApiRequest?.clientId).toBe(clientOf('flowers'));
    await expect(payouts.order(order)).rejects.toThrow('The bank answered 404');
  });

  test('has a client by openapi-fetch that creates an order, also with a revoked token', async () => {
    const { fetch } = await start();
    const client = ordersClient(fetch);
    await client.create(ORDER, KEY);
    bank.revoke();
    const before = bank.apiRequests;
    const again = '1c11b0e6-2a53-4f0c-9f0e-7a0f4f5a0b0e';
    expect(await client.create(ORDER, again)).toEqual(expect.any(String));
    expect(bank.apiRequests - before).toBe(2);
    expect(bank.lastApiRequest?.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': String(JSON.stringify(ORDER).length),
      'idempotency-key': again,
    });
  });

  test('has a client by ky that reads a receipt', async () => {
    const { fetch } = await start();
    const id = await ordersClient(fetch).create(ORDER, KEY);
    const { receiptsClient } = evaluate(block('receipts.client.ts'), packages);
    const client = receiptsClient(fetch, bank.apiBaseUrl);
    expect(await client.receipt(id)).toMatchObject({ order_id: id });
    bank.failApi('unavailable', 1);
    expect(await client.receipt(id)).toMatchObject({ order_id: id });
    expect((await rejection(client.receipt('unknown'))).name).toBe('HTTPError');
  });
});

describe('openapi-fetch with the fetch of a bank', () => {
  interface Paths {
    '/simulator/echo': { get: Responses; post: Responses; head: Responses };
  }
  interface Responses {
    requestBody?: { content: { 'application/json': unknown } };
    responses: { 200: { content: { 'application/json': { body: string } } }; 403: { content: unknown } };
  }
  const clientOf = (fetch: library.BankFetch, baseUrl = bank.apiBaseUrl) =>
    openapiFetch.default<Paths>({ baseUrl, fetch });
  const path = '/simulator/echo' as const;

  test('returns the answer of the bank, and the details of a failed answer', async () => {
    const { fetch } = await start();
    const client = clientOf(fetch);
    const { data, response } = await client.POST(path, { body: { amount: 1 } });
    expect([response.status, data?.body]).toEqual([200, '{"amount":1}']);
    expect((await client.HEAD(path)).response.status).toBe(200);
    bank.failApi({ status: 403 });
    const failed = await client.GET(path);
    expect([failed.data, failed.response.status]).toEqual([undefined, 403]);
    expect(failed.error).toBeDefined();
  });

  test('calls as the merchant in its options, unless a middleware drops it', async () => {
    const { fetch, clientOf: credentialsOf } = await start();
    const client = clientOf(fetch);
    const bankAuth = { merchant: 'books' };
    await client.GET(path, { bankAuth });
    expect(bank.lastApiRequest?.clientId).toBe(credentialsOf('books'));
    client.use({ onRequest: ({ request }) => new Request(request) });
    await client.GET(path, { bankAuth });
    expect(bank.lastApiRequest?.clientId).toBe(bank.credentials.clientId);
  });

  test('gets an error that says where the token may go if its base URL is another', async () => {
    const { fetch } = await start();
    const error = await rejection(clientOf(fetch, 'https://api.example').GET(path));
    expect(error).toMatchObject({ code: 'BANK_AUTH_UNTRUSTED_ORIGIN' });
    expect(error.message).toContain(bank.origin);
  });
});

describe('ky with the fetch of a bank', () => {
  const clientOf = (fetch: library.BankFetch, options = {}) =>
    ky.default.create({ prefixUrl: bank.apiBaseUrl, fetch, retry: 0, ...options });
  const path = 'simulator/echo';

  test('sends JSON, forms and searches, and calls as the merchant in its options', async () => {
    const { fetch, clientOf: credentialsOf } = await start();
    const client = clientOf(fetch);
    const options = { json: { amount: 1 }, searchParams: { a: 'b' }, bankAuth: { merchant: 'flowers' } };
    expect(await client.post(path, options as object).json()).toMatchObject({ body: '{"amount":1}' });
    expect(bank.lastApiRequest).toMatchObject({
      path: '/simulator/echo?a=b',
      clientId: credentialsOf('flowers'),
      headers: { 'content-type': 'application/json', accept: 'application/json' },
    });
    const body = new URLSearchParams({ a: 'b' });
    expect(await client.put(path, { body }).json()).toMatchObject({ body: 'a=b' });
  });

  test('has its own errors for statuses and time-outs, and ours where nothing was sent', async () => {
    const { fetch } = await start();
    bank.failApi({ status: 403 });
    const failed = await rejection(clientOf(fetch).get(path));
    expect([failed.name, failed.response.status]).toEqual(['HTTPError', 403]);
    bank.recover();
    bank.setLatency({ api: 5_000 });
    expect((await rejection(clientOf(fetch, { timeout: 50 }).get(path))).name).toBe('TimeoutError');
    const misspelt = await rejection(clientOf(fetch).get(path, { bankauth: {} } as object));
    expect(library.isBankAuthError(misspelt, 'BANK_AUTH_CONFIG')).toBe(true);
  });
});

describe('a foreign client with token.headers', () => {
  test('sends apikey along a redirect to another host by the fetch of Node, and not by the fetch of the bank', async () => {
    const tpay = simulator.bank('tbc-tpay');
    const other = await server((_request, response) => response.end('{}'));
    const redirecting = await server((_request, response) =>
      response.writeHead(302, { location: `${other.origin.replace('127.0.0.1', 'localhost')}/steal` }).end(),
    );
    const app = await startApp(tpay, { provider: { apiBaseUrl: redirecting.origin } });
    expect((await app.fetch('/')).status).toBe(302);
    expect(other.requests).toHaveLength(0);
    const { headers } = await new Promise<library.AccessToken>((resolve) =>
      app.tokens.getToken().subscribe(resolve),
    );
    await fetch(`${redirecting.origin}/`, { headers });
    expect(other.requests[0]?.headers.apikey).toBe(tpay.credentials.apiKey);
    expect(other.requests[0]?.headers).not.toHaveProperty('authorization');
  });
});

test('the page on testing has an example of a fake fetch that works', async () => {
  const spec = block('payouts.service.spec.ts', namedBlocks(readPage('testing.md')));
  const service = block('payouts.service.ts');
  const { createPayouts } = evaluate(spec, {
    ...packages,
    './payouts.service.js': evaluate(service, packages),
  });
  const { payouts, requests } = await createPayouts();
  expect(await payouts.order('known', 'flowers')).toEqual({ order_id: 'known', merchant: 'flowers' });
  await expect(payouts.order('other')).rejects.toThrow('The bank answered 404');
  expect(requests).toMatchObject([
    { url: '/payments/v1/receipt/known', merchant: 'flowers' },
    { url: '/payments/v1/receipt/other' },
  ]);
}, 60_000);
