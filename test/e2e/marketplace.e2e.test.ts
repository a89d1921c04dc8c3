import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { HttpService } from '@nestjs/axios';
import type { INestApplication, LoggerService } from '@nestjs/common';
import { getBankHttpToken } from 'nestjs-bank-auth';
import { BankSimulator, type RecordedRequest, type SimulatedBank } from 'nestjs-bank-auth/testing';
import { firstValueFrom } from 'rxjs';
import { start } from '../../sample/02-marketplace/src/bootstrap.js';
import { SimulatedBankPortal } from '../../sample/02-marketplace/src/simulated-bank/simulated.bank-portal.js';
import { tour } from '../../sample/02-marketplace/src/tour/tour.js';
import { useTranspiledPackage } from '../support/transpiled-package.js';
import { until } from '../support/until.js';
import { callEveryOperation, type OpenApiDocument } from './openapi.client.js';
import { curlExamples, parseCurl } from './readme.curl.js';

const PATIENCE = 60_000;
const README = readFileSync(
  fileURLToPath(new URL('../../sample/02-marketplace/README.md', import.meta.url)),
  'utf8',
);
/** Whoever kills the tests leaves no service behind. */
const ENDS_WITH_US = `data:text/javascript,${encodeURIComponent(
  "process.once('disconnect', () => process.kill(process.pid, 'SIGKILL')); process.channel.unref();",
)}`;
const IBANS = {
  vineyard: 'GE27TB1100000000000001',
  bakery: 'GE97TB1100000000000002',
  pottery: 'GE70TB1100000000000003',
};
const payout = {
  recipient: 'Giorgi Kapanadze',
  iban: 'GE47BG0000000000002001',
  amount: 10,
  description: 'Order 1001',
};
const teaHouse = { id: 'tea-house', name: 'Guria Tea House', iban: 'GE43TB1100000000000004' };
const bookshop = { id: 'bookshop', name: 'Batumi Bookshop', iban: 'GE16TB1100000000000005' };

interface Reply {
  readonly status: number;
  readonly type: string | null;
  readonly retryAfter: string | null;
  readonly text: string;
  readonly body: any;
}

/** Everything that is logged, as one text. */
class Log implements LoggerService {
  text = '';
  log = (...parts: unknown[]) => this.#write(parts);
  error = (...parts: unknown[]) => this.#write(parts);
  warn = (...parts: unknown[]) => this.#write(parts);
  debug = (...parts: unknown[]) => this.#write(parts);
  verbose = (...parts: unknown[]) => this.#write(parts);
  fatal = (...parts: unknown[]) => this.#write(parts);

  #write(parts: unknown[]): void {
    this.text += `${parts.map((part) => (typeof part === 'string' ? part : inspect(part, { depth: 10 }))).join(' ')}\n`;
  }
}

describe('the marketplace on a simulated bank', () => {
  let app: INestApplication;
  let bank: SimulatedBank;
  let log: Log;
  let printed: string;
  let origin: string;
  /** All that was ever answered, and every secret that there ever was. */
  let answers: string;
  let secrets: Set<string>;

  beforeEach(async () => {
    log = new Log();
    answers = '';
    printed = '';
    app = await start({
      port: 0,
      logger: log,
      print: (text) => {
        printed += text;
      },
    });
    bank = app.get(BankSimulator).bank('tbc-business');
    origin = await app.getUrl();
    secrets = new Set();
    noteSecrets();
  });

  afterEach(async () => {
    await app.close();
    noteSecrets();
    // Whatever a test has done.
    for (const secret of secrets) {
      expect(answers).not.toContain(secret);
      expect(log.text).not.toContain(secret);
      expect(printed).not.toContain(secret);
    }
  });

  function noteSecrets(): void {
    const known = [bank.credentials, ...bank.merchants].map(({ clientSecret }) => clientSecret);
    const sent = bank.requests.map(({ headers }) => (headers.authorization ?? '').replace(/^\w+ /, ''));
    for (const secret of [...known, ...sent]) if (secret !== '') secrets.add(secret);
  }

  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    answers += `${inspect([...response.headers])}\n${text}\n`;
    return {
      status: response.status,
      type: response.headers.get('content-type')?.split(';')[0] ?? null,
      retryAfter: response.headers.get('retry-after'),
      text,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  const pay = (merchant: string, key: string = randomUUID(), body: unknown = payout) =>
    call('POST', `/merchants/${merchant}/payouts`, body, { 'Idempotency-Key': key });
  const balance = (merchant: string) => call('GET', `/merchants/${merchant}/balance`);
  const add = (merchant: object) => call('POST', '/merchants', merchant);
  const rotate = (merchant: string, overlapSeconds: number) =>
    call('POST', `/merchants/${merchant}/secret-rotations`, { overlapSeconds });
  const clientIdOf = (merchant: string) => app.get(SimulatedBankPortal).clientIdOf(merchant);
  const secretOf = (merchant: string) =>
    bank.merchants.find(({ clientId }) => clientId === clientIdOf(merchant))?.clientSecret;
  const tokenCallsOf = (merchant: string): RecordedRequest[] =>
    bank.requests.filter(({ kind, clientId }) => kind === 'token' && clientId === clientIdOf(merchant));
  const transfers = () => bank.requests.filter(({ path }) => path.endsWith('/transfers/single'));
  const readPayout = (merchant: string, id: string) => call('GET', `/merchants/${merchant}/payouts/${id}`);
  const debitAccountOf = (body: string) =>
    JSON.parse(body).singleTransferOrders[0].debitAccount.accountNumber;
  const basic = (merchant: string, secret = secretOf(merchant)) =>
    `Basic ${Buffer.from(`${clientIdOf(merchant)}:${secret}`).toString('base64')}`;

  describe('its README', () => {
    test('shows the answer to each curl', async () => {
      const examples = curlExamples(README);
      expect(examples.length).toBeGreaterThanOrEqual(15);
      let payoutId = '';
      for (const { command, answer } of examples) {
        const { url, method, headers, body, printsStatus } = parseCurl(
          command.replace('ID_OF_THE_PAYOUT', payoutId),
        );
        expect(url.origin).toBe('http://127.0.0.1:3000');

        const reply = await call(method, `${url.pathname}${url.search}`, body, { ...headers });

        const shown = printsStatus ? `${reply.text}${reply.status}` : JSON.stringify(reply.body, null, 2);
        expect([command, masked(shown)]).toEqual([command, masked(answer)]);
        if (reply.body?.state === 'in-progress') payoutId = reply.body.id;
      }
    });

    test('shows the output of the start', () => {
      const shown = /```text\n(Merchant [\s\S]*?)```/.exec(README)![1]!;

      expect(printed.trim()).toBe(shown.trim().replaceAll('http://127.0.0.1:3000', origin));
    });
  });

  describe('its OpenAPI description', () => {
    test('has values with which every operation works', async () => {
      const document = (await call('GET', '/api-json')).body as OpenApiDocument;

      const results = await callEveryOperation(document, origin);

      expect(results.map(({ operationId, status }) => `${operationId} ${status}`).sort()).toEqual([
        'addMerchant 201',
        'createPayout 201',
        'getBalance 200',
        'getMerchants 200',
        'getPayout 200',
        'getTokenStatus 200',
        'removeMerchant 204',
        'rotateSecret 201',
      ]);
      for (const { status, documented } of results) expect(documented).toContain(String(status));
    });

    test('is shown by a Swagger UI at /api', async () => {
      const response = await fetch(`${origin}/api`);

      expect(response.status).toBe(200);
      expect(await response.text()).toContain('swagger-ui');
    });
  });

  describe('payouts', () => {
    test('of five merchants, twenty each and all at once, need one token call for each merchant', async () => {
      await add(teaHouse);
      await add(bookshop);
      const merchants = ['vineyard', 'bakery', 'pottery', 'tea-house', 'bookshop'];

      const replies = await Promise.all(
        Array.from({ length: 20 }, () => merchants)
          .flat()
          .map((merchant) => pay(merchant)),
      );

      expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
      expect(merchants.map((merchant) => tokenCallsOf(merchant).length)).toEqual([1, 1, 1, 1, 1]);
      expect(bank.tokenRequests).toBe(5);
      expect(transfers()).toHaveLength(100);
      for (const merchant of merchants) {
        expect(transfers().filter(({ clientId }) => clientId === clientIdOf(merchant))).toHaveLength(20);
      }
    });

    test('leave the account of their merchant, with a token of that merchant', async () => {
      for (const merchant of ['vineyard', 'bakery', 'pottery']) await pay(merchant);

      expect(transfers().map(({ clientId, body }) => ({ clientId, iban: debitAccountOf(body) }))).toEqual(
        Object.entries(IBANS).map(([merchant, iban]) => ({ clientId: clientIdOf(merchant), iban })),
      );
      expect((await balance('bakery')).body).toEqual({
        merchantId: 'bakery',
        available: 9990,
        currency: 'GEL',
      });
    });

    test('with the same key are one payout, and with the same key of another merchant another', async () => {
      const key = randomUUID();

      const first = await pay('vineyard', key);
      const again = await pay('vineyard', key);
      const anothers = await pay('bakery', key);

      // As far as the first one has come: its answer may never have arrived.
      expect([again.status, again.body]).toEqual([201, { ...first.body, state: 'finished' }]);
      expect(anothers.body.id).not.toBe(first.body.id);
      expect((await balance('vineyard')).body.available).toBe(9990);
      expect((await balance('bakery')).body.available).toBe(9990);
      // The bank refuses the second, and says by its external id which transfer there is.
      expect(transfers().map(({ status }) => status)).toEqual([200, 400, 200]);
      expect(bank.requests.filter(({ path }) => path.endsWith(key))).toMatchObject([
        { method: 'GET', status: 200, clientId: clientIdOf('vineyard') },
      ]);
    });

    test('are of unknown outcome if the bank knows the key but no transfer', async () => {
      bank.failApi({ status: 400, body: { code: 'DUPLICATED_SINGLE_TRANSFER_REQUEST' } }, 1);

      expect(await pay('vineyard')).toMatchObject({
        status: 502,
        type: 'application/problem+json',
        body: { detail: expect.stringContaining('no transfer') },
      });
    });

    test('that the account does not cover are refused, though the bank answers 200', async () => {
      const key = randomUUID();
      const reply = await pay('vineyard', key, { ...payout, amount: 10_001 });

      expect(reply).toMatchObject({ status: 422, type: 'application/problem+json' });
      expect(bank.lastApiRequest?.status).toBe(200);
      expect((await balance('vineyard')).body.available).toBe(10_000);
      // Nothing was made under this key, so it still can be.
      expect((await pay('vineyard', key)).status).toBe(201);
    });

    test.each([
      ['failed, of this order', { succeeded: [], failed: [{ position: 1, errors: ['Nino'] }] }, 422],
      ['succeeded, of another order', { succeeded: [{ position: 2, transferId: 1 }], failed: [] }, 502],
      ['nothing', {}, 502],
    ])('are not reported as done by a 200 that says: %s', async (_name, body, status) => {
      bank.failApi({ status: 200, body }, 1);

      const reply = await pay('vineyard');

      expect(reply).toMatchObject({ status, type: 'application/problem+json' });
      expect(reply.body.detail).toMatch(/payout/);
      expect(reply.text).not.toContain('Nino');
    });

    test.each([
      ['GE05TB1100000000000009', 'TransferWithinBank'],
      ['GE47BG0000000000002001', 'TransferToOtherBankNationalCurrency'],
    ])('to %s are a %s', async (iban, type) => {
      expect((await pay('vineyard', randomUUID(), { ...payout, iban })).status).toBe(201);
      expect(JSON.parse(transfers()[0]!.body).singleTransferOrders[0].transferType).toBe(type);
    });

    test.each([
      ['Finished', 'finished'],
      ['Failed', 'failed'],
      ['Cancelled', 'failed'],
      ['Waiting for certification', 'in-progress'],
      ['a word that there is not yet', 'in-progress'],
    ])('are %s at the bank and %s here', async (status, state) => {
      const { id } = (await pay('vineyard')).body;
      bank.failApi({ status: 200, body: { status } }, 1);
      expect((await readPayout('vineyard', id)).body).toEqual({ id, merchantId: 'vineyard', state });
    });

    test.each(['x', '1%2F..%2F..%2Fsingle', `1${'0'.repeat(19)}`, '-1'])(
      'are not looked for at the bank by a foreign id: %s',
      async (id) => {
        expect((await readPayout('vineyard', id)).status).toBe(404);
        expect(bank.requests).toHaveLength(0);
      },
    );

    test('are sent again with a new token where the bank refuses the old one, and made once', async () => {
      await pay('vineyard');
      bank.revoke();
      const { apiRefusals } = bank;

      expect((await pay('vineyard')).status).toBe(201);

      expect(bank.apiRefusals).toBe(apiRefusals + 1);
      expect((await balance('vineyard')).body.available).toBe(9980);
    });

    test.each([
      ['no amount', { amount: undefined }, 'amount'],
      ['a fraction of a tetri', { amount: 0.001 }, 'amount'],
      ['nothing', { amount: 0 }, 'amount'],
      ['no IBAN', { iban: 'GE00BG0000000000002001' }, 'iban'],
      ['an account abroad', { iban: 'DE89370400440532013000' }, 'iban'],
      ['an account of its own choice', { debitAccount: IBANS.bakery }, 'debitAccount'],
    ])('of %s are refused, and nothing is sent', async (_name, wrong, named) => {
      const reply = await pay('vineyard', randomUUID(), { ...payout, ...wrong });

      expect(reply).toMatchObject({ status: 400, type: 'application/problem+json' });
      expect(reply.body.errors.join()).toContain(named);
      expect(bank.requests).toHaveLength(0);
    });

    test.each(['', 'payout-1', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'])(
      'require an idempotency key, and %j is none',
      async (key) => {
        expect(await pay('vineyard', key)).toMatchObject({
          status: 400,
          body: { detail: expect.stringContaining('Idempotency-Key') },
        });
        expect(bank.requests).toHaveLength(0);
      },
    );

    test.each([
      [400, 422],
      [403, 502],
      [500, 502],
    ])(
      'are answered %i by the bank and %i by us, without showing the answer of the bank',
      async (theirs, ours) => {
        bank.failApi({ status: theirs, body: { owner: 'Nino Beridze' } }, 1);

        const reply = await pay('vineyard');

        expect(reply).toMatchObject({ status: ours, type: 'application/problem+json' });
        expect(reply.text).not.toContain('Nino');
      },
    );
  });

  describe('isolation', () => {
    test('hides a payout from another merchant, by any way', async () => {
      const { id } = (await pay('vineyard')).body;
      expect((await call('GET', `/merchants/vineyard/payouts/${id}`)).status).toBe(200);

      expect(await call('GET', `/merchants/bakery/payouts/${id}`)).toMatchObject({
        status: 404,
        type: 'application/problem+json',
        body: { detail: 'There is no such payout.' },
      });

      expect(bank.lastApiRequest?.clientId).toBe(clientIdOf('bakery'));
      // Nor is it for somebody at the service itself who mistakes the account.
      const http = app.get<HttpService>(getBankHttpToken('tbc-business'), { strict: false });
      const { data } = await firstValueFrom(
        http.get('/bab/v1/accounts/movements', {
          params: { AccountNumber: IBANS.vineyard, AccountCurrencyCode: 'GEL', PageIndex: 0, PageSize: 10 },
          bankAuth: { merchant: 'bakery' },
        }),
      );
      expect(data).toMatchObject({ transactions: [], total: 0 });
    });

    test.each([
      'nobody',
      'Vineyard',
      'VINEYARD',
      'vineyard%20',
      'vineyard%00',
      'v%C4%B1neyard',
      'vіneyard',
      'default',
      '__proto__',
      'vineyard%2F..%2Fbakery',
    ])('refuses %s as a merchant, and nothing is sent', async (merchant) => {
      const replies = [
        await pay(merchant),
        await balance(merchant),
        await call('GET', `/merchants/${merchant}/payouts/1`),
        await call('GET', `/merchants/${merchant}/token`),
        await rotate(merchant, 1),
        await call('DELETE', `/merchants/${merchant}`),
      ];

      for (const reply of replies) {
        expect(reply).toMatchObject({
          status: 404,
          type: 'application/problem+json',
          body: { detail: 'There is no such merchant.' },
        });
      }
      expect(bank.requests).toHaveLength(0);
    });

    test('refuses a call without a merchant, or for one unknown to the vault, and nothing is sent', async () => {
      const http = app.get<HttpService>(getBankHttpToken('tbc-business'), { strict: false });
      for (const bankAuth of [undefined, { merchant: 'nobody' }, { merchant: '' }]) {
        await expect(
          firstValueFrom(http.get('/bab/v1/accounts/statements', { bankAuth })),
        ).rejects.toMatchObject({
          code: 'BANK_AUTH_CONFIG',
          requestSent: false,
        });
      }
      expect(bank.requests).toHaveLength(0);
    });

    test('keeps the others going where the bank gives one merchant no token, and the log has its label only', async () => {
      await pay('bakery');
      // Of another secret than the bank's, as after a rotation that nobody told the vault of.
      bank.rotateCredentials({ clientId: clientIdOf('vineyard') });

      const refused = await pay('vineyard');
      const again = await pay('vineyard');

      expect(refused).toMatchObject({ status: 502, type: 'application/problem+json' });
      // Of a minute, not of the 3 s that an unavailable bank is left alone for at most.
      expect(Number(refused.retryAfter)).toBeGreaterThan(4);
      expect(refused.body.retryAfter).toBe(Number(refused.retryAfter));
      expect(again.status).toBe(502);
      expect((await pay('bakery')).status).toBe(201);
      expect((await pay('pottery')).status).toBe(201);
      const status = (await call('GET', '/merchants/vineyard/token')).body;
      expect(status).toMatchObject({
        state: 'cooling-down',
        lastErrorCode: 'BANK_AUTH_CREDENTIALS_REJECTED',
        retryAt: expect.any(String),
      });
      expect(log.text).toContain(status.label);
      expect(log.text).not.toContain('vineyard');
      expect(transfers().every(({ clientId }) => clientId !== clientIdOf('vineyard'))).toBe(true);
    });
  });

  describe('merchants', () => {
    test('that are added while it runs are paid out for at once', async () => {
      expect(await add(teaHouse)).toMatchObject({ status: 201, body: { ...teaHouse, state: 'active' } });

      expect((await pay('tea-house')).status).toBe(201);

      expect(tokenCallsOf('tea-house')).toHaveLength(1);
      expect(transfers().at(-1)?.clientId).toBe(clientIdOf('tea-house'));
      expect((await call('GET', '/merchants')).body).toContainEqual({ ...teaHouse, state: 'active' });
    });

    test.each([
      ['an id in capitals', { ...teaHouse, id: 'Tea-House' }, 'id'],
      ['an id of another alphabet', { ...teaHouse, id: 'bаkery' }, 'id'],
      ['an id with a line break', { ...teaHouse, id: 'tea-house\n' }, 'id'],
      ['no name', { ...teaHouse, name: '' }, 'name'],
      ['no IBAN', { ...teaHouse, iban: 'GE00TB1100000000000004' }, 'iban'],
      ['a secret', { ...teaHouse, clientSecret: 'mine' }, 'clientSecret'],
    ])('with %s are not added', async (_name, merchant, named) => {
      const reply = await add(merchant);

      expect(reply).toMatchObject({ status: 400, type: 'application/problem+json' });
      expect(reply.body.errors.join()).toContain(named);
      expect(bank.merchants).toHaveLength(3);
    });

    test('that are removed are unknown from then on, and their ids are not given again', async () => {
      await pay('pottery');
      const clientId = clientIdOf('pottery');
      expect((await call('DELETE', '/merchants/pottery')).status).toBe(204);
      const before = bank.apiRequests;

      expect((await pay('pottery')).status).toBe(404);
      expect((await balance('pottery')).status).toBe(404);
      expect((await call('DELETE', '/merchants/pottery')).status).toBe(404);
      expect(await add({ ...teaHouse, id: 'pottery' })).toMatchObject({
        status: 409,
        type: 'application/problem+json',
      });

      expect(bank.apiRequests).toBe(before);
      expect(bank.merchants.map((client) => client.clientId)).not.toContain(clientId);
      expect((await call('GET', '/merchants')).body).toContainEqual(
        expect.objectContaining({ id: 'pottery', state: 'closed' }),
      );
    });

    test('of a taken id are not added, and change nothing of its owner', async () => {
      const id = clientIdOf('bakery');

      expect((await add({ ...teaHouse, id: 'bakery' })).status).toBe(409);

      expect(clientIdOf('bakery')).toBe(id);
      expect((await call('GET', '/merchants')).body[1].iban).toBe(IBANS.bakery);
    });
  });

  describe('a rotated secret', () => {
    test('is used at once, and the old token until the new one is there: no payout fails', async () => {
      await pay('bakery');
      await pay('vineyard');
      const old = secretOf('bakery')!;
      const first = bank.lastApiRequest;
      await sleep(1_000);
      bank.setLatency({ token: 300 });

      expect(await rotate('bakery', 60)).toMatchObject({
        status: 201,
        body: { merchantId: 'bakery', oldSecretAcceptedUntil: expect.stringMatching(/^\d{4}-.*Z$/) },
      });
      noteSecrets();
      const during = await pay('bakery');
      const servedWith = bank.lastApiRequest?.headers.authorization;
      await until(() => tokenCallsOf('bakery').every(({ status }) => status === 200));
      await until(() => tokenCallsOf('bakery').length === 2);
      await sleep(50);
      const after = await pay('bakery');

      expect([during.status, after.status]).toEqual([201, 201]);
      const bakerys = transfers().filter(({ clientId }) => clientId === clientIdOf('bakery'));
      expect(servedWith).toBe(bakerys[0]?.headers.authorization);
      expect(bakerys.at(-1)?.headers.authorization).not.toBe(servedWith);
      expect(tokenCallsOf('bakery').map(({ headers }) => headers.authorization)).toEqual([
        basic('bakery', old),
        basic('bakery'),
      ]);
      expect(secretOf('bakery')).not.toBe(old);
      // Nobody else's.
      expect(tokenCallsOf('vineyard')).toHaveLength(1);
      expect(first?.clientId).toBe(clientIdOf('vineyard'));
    });

    test('fails no payout, also where the bank accepts only the new one', async () => {
      const statuses: number[] = [];
      let isOver = false;
      const payers = Array.from({ length: 4 }, async () => {
        while (!isOver) {
          statuses.push((await pay('bakery')).status);
          await sleep(5);
        }
      });
      try {
        await until(() => statuses.length > 4);
        expect((await rotate('bakery', 0)).status).toBe(201);
        await until(() => tokenCallsOf('bakery').length === 2);
        const before = statuses.length;
        await until(() => statuses.length > before + 8);
      } finally {
        isOver = true;
        await Promise.all(payers);
      }

      expect(new Set(statuses)).toEqual(new Set([201]));
      expect(tokenCallsOf('bakery').map(({ status }) => status)).toEqual([200, 200]);
    });

    test.each([
      [60, 200],
      [0, 401],
    ])('with an overlap of %d s makes the bank answer the old one %d', async (overlap, status) => {
      const old = secretOf('bakery')!;
      secrets.add(old);
      const before = Date.now();
      const { body } = await rotate('bakery', overlap);
      const until = Date.parse(body.oldSecretAcceptedUntil);
      expect(until).toBeGreaterThanOrEqual(before + overlap * 1000);
      expect(until).toBeLessThanOrEqual(Date.now() + overlap * 1000);
      // Longer than an overlap in the wrong unit.
      await sleep(100);

      const answer = await fetch(bank.tokenUrl, {
        method: 'POST',
        headers: { authorization: basic('bakery', old) },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'bab_transfers' }),
      });

      expect(answer.status).toBe(status);
    });

    test.each([-1, 1.5, 86_401, '60', undefined])('with an overlap of %p is refused', async (overlap) => {
      const secret = secretOf('bakery');

      expect((await rotate('bakery', overlap as number)).status).toBe(400);

      expect(secretOf('bakery')).toBe(secret);
    });
  });

  test('a body that is no JSON, and a path that does not exist, are problems too', async () => {
    expect(await call('POST', '/merchants', '{')).toMatchObject({
      status: 400,
      type: 'application/problem+json',
    });
    expect(await call('GET', '/nothing')).toMatchObject({ status: 404, type: 'application/problem+json' });
  });

  test('the tour reports every broken promise', async () => {
    bank.failApi({ status: 500 }, 1);
    let text = '';

    expect(
      await tour(app, (part) => {
        text += part;
      }),
    ).toBe(false);

    expect(text).toMatch(/all at once +29 made, 1 failed +NO$/m);
  });

  test('a port in use is reported in one sentence, and nothing is left behind', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };

    const failure = start({ port, logger: false, print: () => undefined });

    await expect(failure).rejects.toMatchObject({
      name: 'StartError',
      message: `Port ${port} of 127.0.0.1 is taken. Set PORT to another.`,
    });
    taken.close();
  });

  test('closing ends the simulated bank as well', async () => {
    await app.close();

    await expect(fetch(bank.tokenUrl, { method: 'POST' })).rejects.toThrow();
  });
});

describe('the command of the marketplace', () => {
  const built = useTranspiledPackage('bundled');
  /** Started at the same time, because starting is most of what they do. */
  let touring: Run;
  let serving: Run;
  let misspelt: Run;
  beforeAll(async () => {
    const program = join(built.folder, 'sample/02-marketplace/dist/main.js');
    touring = new Run(program, '--once');
    serving = new Run(program);
    misspelt = new Run(program, '--onec');
  }, PATIENCE);
  afterAll(async () => {
    for (const run of [touring, serving, misspelt]) await run?.kill();
  });

  test(
    'shows with --once that all promises of the README hold, and ends with 0',
    async () => {
      expect([await touring.ended, touring.output]).toEqual([0, expect.any(String)]);

      const rows = touring.output.split('\n').map((line) => line.split(/ {2,}/));
      expect(rows).toContainEqual(['Token calls for that, by merchant', '1, 1, 1', 'yes']);
      expect(rows).toContainEqual([
        'Secret of bakery rotated while payouts go on',
        expect.stringMatching(/^\d+ made, 0 failed$/),
        'yes',
      ]);
      expect(rows).toContainEqual(['The same read as bakery', '404 application/problem+json', 'yes']);
      expect(rows).toContainEqual(['vineyard', '11', '0', '1', '11', '0', '9845.00']);
      expect(rows).toContainEqual(['tea-house', '1', '0', '1', '1', '0', '9920.00']);
      expect(touring.output).not.toMatch(/ NO$|WARN|ERROR/m);
      const shown = /```text\n(What was done [\s\S]*?)```/.exec(README)![1]!;
      expect(withoutNumbers(touring.output)).toContain(withoutNumbers(shown));
    },
    PATIENCE,
  );

  test(
    'runs without it until SIGINT',
    async () => {
      while (!serving.output.includes('Ctrl+C') && serving.isRunning) await sleep(20);
      const origin = /Swagger UI: (http:\S+)\/api/.exec(serving.output)?.[1];
      expect((await fetch(`${origin}/merchants`)).status).toBe(200);

      serving.interrupt();

      expect(await serving.ended).toBe(0);
    },
    PATIENCE,
  );

  test(
    'starts nothing with an unknown option',
    async () => {
      expect(await misspelt.ended).toBe(1);

      expect(misspelt.output).toContain('The only option is --once');
      expect(misspelt.output).not.toContain('Swagger');
      expect(misspelt.output).not.toContain('    at ');
    },
    PATIENCE,
  );
});

/** A process of the service, and all that it prints. */
class Run {
  output = '';
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(program: string, ...args: string[]) {
    this.#child = spawn(process.execPath, ['--import', ENDS_WITH_US, program, ...args], {
      env: { PATH: process.env.PATH, PORT: '0', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data) => {
        this.output += data;
      });
    }
    this.ended = once(this.#child, 'close').then(([code]) => code);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/** Without what is another each time. */
function masked(text: string): string {
  return text
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UUID')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'INSTANT');
}

/** A table, whatever the width of its columns. */
function withoutNumbers(table: string): string {
  return table.trim().replace(/\d+/g, '#').replace(/-{2,}/g, '--').replace(/ +/g, ' ');
}
