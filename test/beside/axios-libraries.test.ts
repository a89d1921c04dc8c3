import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { HttpService } from '@nestjs/axios';
import axios, { type AxiosInstance } from 'axios';
import * as cacheInterceptor from 'axios-cache-interceptor';
import MockAdapter from 'axios-mock-adapter';
import rateLimit from 'axios-rate-limit';
import axiosRetry from 'axios-retry';
import * as library from 'nestjs-bank-auth';
import * as rxjs from 'rxjs';
import { firstValueFrom } from 'rxjs';
import { BankSimulator, type SimulatedBank } from '../../src/testing/index.js';
import { closeApps, rejection, startApp } from '../support/bank-app.js';
import { namedBlocks, readPage } from '../support/documentation.js';
import { evaluate } from '../support/evaluated-examples.js';
import { until } from '../support/until.js';

// The rows of docs/beside-other-libraries.md on libraries that work on an axios instance or an observable.

const ECHO = '/simulator/echo';
const page = readPage('beside-other-libraries.md');
const examples = namedBlocks(page);
const imports = {
  axios: { ...axios, default: axios, AxiosError: axios.AxiosError },
  rxjs,
  'nestjs-bank-auth': library,
  'axios-cache-interceptor': cacheInterceptor,
};
const example = (name: string) => evaluate(examples.get(name) ?? '', imports);

let simulator: BankSimulator;
let bank: SimulatedBank;
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments');
  bank = simulator.bank('bog-payments');
});
beforeEach(() => simulator.reset());
afterEach(closeApps);
afterAll(() => simulator.stop());

const answered = ({ http }: { http: HttpService }, url = ECHO) => firstValueFrom(http.get(url));
const instanceOf = ({ http }: { http: HttpService }) => http.axiosRef as unknown as AxiosInstance;

test('each library of the page has a test that imports it', () => {
  const homes: Record<string, [file: string, imported: string]> = {
    'axios-retry': ['axios-libraries', 'axios-retry'],
    'RxJS `retry`': ['axios-libraries', 'rxjs'],
    'axios-cache-interceptor': ['axios-libraries', 'axios-cache-interceptor'],
    'axios-rate-limit': ['axios-libraries', 'axios-rate-limit'],
    'axios-mock-adapter': ['axios-libraries', 'axios-mock-adapter'],
    nock: ['patched-http', 'nock'],
    msw: ['patched-http', 'msw/node'],
    OpenTelemetry: ['patched-http', '@opentelemetry/instrumentation-http'],
    undici: ['engine-mocks', 'undici'],
    'OpenTelemetry for undici': ['engine-mocks', '@opentelemetry/instrumentation-undici'],
    'global-agent': ['patched-http', 'global-agent'],
    'nestjs-cls': ['nest-libraries', 'nestjs-cls'],
    'nestjs-pino': ['nest-libraries', 'nestjs-pino'],
  };
  const rows = [...page.matchAll(/^\| \[([^\]]+)\]\(\S+\)/gm)].map(([, name]) => name as string);
  expect(rows).toEqual(Object.keys(homes));
  for (const [file, imported] of Object.values(homes))
    expect(readFileSync(new URL(`./${file}.test.ts`, import.meta.url), 'utf8')).toContain(`'${imported}'`);
});

describe('axios-retry', () => {
  test('sends the same request again with a token, and does not repeat payments and errors of this library', async () => {
    const app = await startApp(bank);
    axiosRetry(instanceOf(app), { retries: 2 });
    bank.failApi({ status: 503 }, 2);
    expect((await answered(app)).status).toBe(200);
    expect([bank.apiRequests, bank.apiRefusals, bank.tokenRequests]).toEqual([3, 0, 1]);
    bank.failApi({ status: 503 }, 1);
    expect((await rejection(firstValueFrom(app.http.post(ECHO, {})))).response.status).toBe(503);
    expect(bank.apiRequests).toBe(4);
    bank.failToken('rejected');
    const error = await rejection(firstValueFrom(app.tokens.refresh()));
    expect(error.code).toBe('BANK_AUTH_CREDENTIALS_REJECTED');
    const failing = await startApp(bank);
    axiosRetry(instanceOf(failing), { retries: 2, retryCondition: () => true });
    const before = bank.tokenRequests;
    expect((await rejection(answered(failing))).code).toBe('BANK_AUTH_CREDENTIALS_REJECTED');
    expect(bank.tokenRequests - before).toBe(1);
  });

  test('counts a 401 that is replayed as one try', async () => {
    const app = await startApp(bank);
    await answered(app);
    let retries = 0;
    axiosRetry(instanceOf(app), {
      retries: 2,
      onRetry: () => {
        retries += 1;
      },
    });
    bank.revoke();
    expect((await answered(app)).status).toBe(200);
    expect(retries).toBe(0);
  });

  test('cannot send a stream again', async () => {
    const app = await startApp(bank);
    axiosRetry(instanceOf(app), { retries: 2 });
    bank.failApi({ status: 503 }, 1);
    const error = await rejection(firstValueFrom(app.http.put(ECHO, Readable.from(['file']))));
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', requestSent: true });
    expect(bank.apiRequests).toBe(1);
  });
});

describe('`retry` of RxJS', () => {
  const repeatReads = () => example('repeat-reads.ts').repeatReads(2, 1);

  test('makes a request anew with a current token', async () => {
    const { http } = await startApp(bank);
    await firstValueFrom(http.get(ECHO));
    bank.revoke();
    bank.failApi({ status: 503 }, 2);
    expect(((await firstValueFrom(http.get(ECHO).pipe(repeatReads()))) as { status: number }).status).toBe(
      200,
    );
    expect(bank.tokenRequests).toBe(2);
  });

  test('ends at an error that repeating does not mend', async () => {
    const { http } = await startApp(bank);
    let tries = 0;
    const call = rxjs.defer(() => {
      tries += 1;
      return http.get(ECHO, { bankAuth: { merchant: 'nobody' } });
    });
    expect((await rejection(firstValueFrom(call.pipe(repeatReads())))).code).toBe('BANK_AUTH_CONFIG');
    expect(tries).toBe(1);
    bank.failApi({ status: 503 });
    expect((await rejection(firstValueFrom(http.get(ECHO).pipe(repeatReads())))).response.status).toBe(503);
    expect(bank.apiRequests).toBe(3);
  });
});

describe('axios-cache-interceptor', () => {
  const cachedBank = (http: HttpService) =>
    example('cached-bank.ts').cachedBank(http, 60_000) as AxiosInstance;

  test('answers from its cache without a token, and separately for each merchant', async () => {
    const table = new Map(
      ['flowers', 'books'].map((key) => [key, bank.addMerchant({ clientId: `of-${key}` })]),
    );
    const { http, tokens } = await startApp(bank, {
      provider: { credentials: (key: string) => table.get(key) },
    });
    const cached = cachedBank(http);
    const get = (merchant: string) => cached.get(ECHO, { bankAuth: { merchant } });
    for (const merchant of ['flowers', 'books', 'flowers', 'books'])
      expect((await get(merchant)).status).toBe(200);
    expect(bank.requests.filter(({ kind }) => kind === 'api').map(({ clientId }) => clientId)).toEqual([
      'of-flowers',
      'of-books',
    ]);
    tokens.forMerchant('flowers').invalidate(await tokens.forMerchant('flowers').getAccessToken());
    bank.failToken('unavailable');
    const { data } = await get('flowers');
    expect(data).toMatchObject({ method: 'GET' });
    expect((await cached.post(ECHO, { amount: 1 }, { bankAuth: { merchant: 'books' } })).data).toMatchObject({
      method: 'POST',
      body: '{"amount":1}',
    });
  });

  test('settles after every error, which callers get unchanged', async () => {
    const { http, clock } = await startApp(bank);
    const cached = cachedBank(http);
    const get = (config = {}) => cached.get(ECHO, config);
    bank.failToken('rejected', 1);
    const failures = await Promise.all([rejection(get()), rejection(get())]);
    for (const failure of failures)
      expect(library.isBankAuthError(failure, 'BANK_AUTH_CREDENTIALS_REJECTED')).toBe(true);
    await clock.advance(120_000);
    bank.failApi({ status: 503 }, 1);
    const unavailable = await rejection(get());
    expect([axios.isAxiosError(unavailable), unavailable.response.status]).toEqual([true, 503]);
    bank.setLatency({ api: 60_000 });
    const controller = new AbortController();
    const canceled = rejection(get({ signal: controller.signal }));
    const calls = bank.apiRequests;
    await until(() => bank.apiRequests > calls, 'the call');
    controller.abort();
    expect(axios.isCancel(await canceled)).toBe(true);
    bank.setLatency({ api: 0 });
    expect((await get()).status).toBe(200);
    const after = bank.apiRequests;
    expect((await get()).status).toBe(200);
    expect(bank.apiRequests).toBe(after);
  });

  test('keeps the time-out and the size limit of the bank, and shows no token', async () => {
    const { http, tokens } = await startApp(bank, {
      provider: { http: { timeout: 1_234, maxContentLength: 10 } },
    });
    const token = await tokens.getAccessToken();
    const sent: unknown[] = [];
    http.axiosRef.interceptors.request.use((config) => {
      sent.push(config.timeout);
      return config;
    });
    const error = await rejection(cachedBank(http).get(ECHO));
    expect(error.message).toContain('maxContentLength');
    expect(sent).toEqual([1_234]);
    expect(JSON.stringify(error)).not.toContain(token);
  });
});

describe('axios-rate-limit', () => {
  test('limits the calls, sends no cancelled call, and does not count replays', async () => {
    const app = await startApp(bank);
    await answered(app);
    const limited = rateLimit(instanceOf(app), { maxRequests: 2, perMilliseconds: 3_600_000 });
    bank.revoke();
    expect((await Promise.all([answered(app), answered(app)])).map(({ status }) => status)).toEqual([
      200, 200,
    ]);
    const calls = bank.apiRequests;
    const subscription = app.http.get(`${ECHO}?cancelled`).subscribe();
    const waiting = answered(app, `${ECHO}?waiting`);
    await new Promise((resolve) => setImmediate(resolve));
    expect(bank.apiRequests).toBe(calls);
    subscription.unsubscribe();
    limited.setMaxRPS(1_000);
    expect((await waiting).status).toBe(200);
    expect(bank.apiRequests).toBe(calls + 1);
    expect(bank.lastApiRequest?.path).toBe(`${ECHO}?waiting`);
    limited.setRateLimitOptions({ maxRequests: 1, perMilliseconds: 1 });
  });

  test('goes on after an error of this library', async () => {
    const app = await startApp(bank);
    const limited = rateLimit(instanceOf(app), { maxRequests: 1, perMilliseconds: 3_600_000 });
    const elsewhere = rejection(answered(app, 'https://elsewhere.invalid/'));
    const next = answered(app);
    expect((await elsewhere).code).toBe('BANK_AUTH_UNTRUSTED_ORIGIN');
    limited.setMaxRPS(1_000);
    expect((await next).status).toBe(200);
  });
});

describe('axios-mock-adapter', () => {
  test.each([
    ['a relative URL', () => '/orders', '/orders'],
    ['a relative URL without a slash', () => 'orders', 'orders'],
    ['an absolute URL', () => `${bank.apiBaseUrl}/orders`, '/orders'],
    ['a regular expression', () => /^\/orders$/, '/orders'],
  ])('answers by %s, with the token of the call in its history only', async (_what, url, called) => {
    const app = await startApp(bank);
    const mock = new MockAdapter(instanceOf(app) as never, { onNoMatch: 'throwException' });
    mock.onPost(url(), { amount: 1 }).reply(200, { from: 'mock' });
    const response = await firstValueFrom(app.http.post(called, { amount: 1 }));
    expect(response.data).toEqual({ from: 'mock' });
    const token = await app.tokens.getAccessToken();
    expect(mock.history.post[0]?.headers?.Authorization).toBe(`Bearer ${token}`);
    expect(JSON.stringify(response)).not.toContain(token);
    expect(bank.apiRequests).toBe(0);
    await rejection(answered(app, '/nothing'));
    mock.restore();
    expect((await answered(app)).status).toBe(200);
  });

  test.each(['own', 'attached'] as const)(
    'passes calls of an instance that is %s on to the bank, with a token',
    async (which) => {
      const app = await startApp(bank);
      let instance = instanceOf(app);
      if (which === 'attached') {
        instance = axios.create({ baseURL: bank.apiBaseUrl });
        app.interceptor.attach(instance);
      }
      const mock = new MockAdapter(instance as never, { onNoMatch: 'passthrough' });
      mock.onPost(ECHO).passThrough();
      expect((await instance.get(ECHO)).data).toMatchObject({ method: 'GET' });
      const response = await instance.post(ECHO, { amount: 1 });
      expect(response.data).toMatchObject({ method: 'POST', body: '{"amount":1}' });
      expect(JSON.stringify(response.config)).not.toContain(await app.tokens.getAccessToken());
      expect([bank.apiRequests, bank.apiRefusals]).toEqual([2, 0]);
    },
  );
});
