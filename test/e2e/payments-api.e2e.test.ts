import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { type ClientProxy, ClientProxyFactory, Transport } from '@nestjs/microservices';
import { BankSimulator, type SimulatedBankId } from 'nestjs-bank-auth/testing';
import { firstValueFrom } from 'rxjs';
import { type StartOptions, start } from '../../sample/01-payments-api/src/bootstrap.js';
import { troublesOf } from '../../sample/01-payments-api/src/troubles.js';
import { callEveryOperation, type OpenApiDocument } from './openapi.client.js';

const BANKS: SimulatedBankId[] = ['bog-payments', 'tbc-business', 'tbc-installments', 'tbc-tpay', 'partner'];
const IBAN = 'GE85TB7000000000000001';

const order = {
  externalOrderId: 'order-1',
  currency: 'GEL',
  items: [
    { productId: 'a', quantity: 3, unitPrice: 0.1 },
    { productId: 'b', quantity: 1, unitPrice: 0.2 },
  ],
  callbackUrl: 'https://shop.example/callback',
  successUrl: 'https://shop.example/success',
  failUrl: 'https://shop.example/fail',
};
const tpayPayment = {
  amount: 18.4,
  terminalNo: 'till-7',
  merchantPaymentId: 'till-7-1',
  callbackUrl: 'https://shop.example/tpay',
};
const application = {
  merchantKey: 'shop-key',
  invoiceId: 'invoice-1',
  products: [{ name: 'Washing machine', price: 899.99, quantity: 2 }],
};
const booking = { customerName: 'Nino Beridze', startsAt: '2030-01-31T18:00:00Z', guests: 4 };

const environment = { ...process.env };

/** Starts on free ports, in an environment without anything of banks but what is given. */
async function startWith(
  options: StartOptions,
  variables: Record<string, string> = {},
): Promise<INestApplication> {
  process.env = { ...environment, PORT: '0', TCP_PORT: '0', ...variables };
  return start({ logger: false, print: () => undefined, ...options });
}

interface Reply {
  readonly status: number;
  readonly type: string | null;
  readonly retryAfter: string | null;
  readonly text: string;
  readonly body: any;
}

// Not earlier: Nest's ConfigService reads the environment whenever it is asked.
afterAll(() => {
  process.env = environment;
});

describe('the payments API on simulated banks', () => {
  let app: INestApplication;
  let simulator: BankSimulator;
  let tcp: ClientProxy;
  let printed: string;
  let origin: string;

  beforeAll(async () => {
    const lines: string[] = [];
    app = await startWith({ simulated: true, print: (text) => lines.push(text) });
    printed = lines.join('\n');
    simulator = app.get(BankSimulator);
    origin = await app.getUrl();
    const port = Number(/TCP microservice: 127\.0\.0\.1:(\d+)/.exec(printed)?.[1]);
    tcp = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
  });

  afterAll(async () => {
    await tcp?.close();
    await app?.close();
  });

  beforeEach(() => {
    for (const bank of simulator.banks) {
      bank.recover();
      bank.refuseAllTokens(false);
    }
  });

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
    return {
      status: response.status,
      type: response.headers.get('content-type')?.split(';')[0] ?? null,
      retryAfter: response.headers.get('retry-after'),
      text,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  const createOrder = (key: string = randomUUID(), body: unknown = order) =>
    call('POST', '/orders', body, { 'Idempotency-Key': key });
  const balance = () => call('GET', `/accounts/${IBAN}/balances/GEL`);

  /** Each token that a bank has seen so far, and each secret that it knows. */
  function secrets(): string[] {
    return simulator.banks.flatMap(({ requests, credentials }) => [
      credentials.clientSecret,
      ...(credentials.apiKey === undefined ? [] : [credentials.apiKey]),
      ...requests.flatMap(({ headers }) => (headers.authorization ?? '').replace(/^\w+ /, '') || []),
    ]);
  }

  describe('a call to the payments API', () => {
    test('creates an order and reads its receipt', async () => {
      const created = await createOrder();
      expect(created).toMatchObject({
        status: 201,
        body: { id: expect.any(String), redirectUrl: expect.stringMatching(/^https:\/\/payment\.bog\.ge\//) },
      });

      const receipt = await call('GET', `/orders/${created.body.id}/receipt`);

      expect(receipt).toMatchObject({
        status: 200,
        body: {
          orderId: created.body.id,
          externalOrderId: 'order-1',
          status: 'created',
          amount: '0.50',
          currency: 'GEL',
        },
      });
    });

    test('passes the idempotency key of the client on, so that a second attempt makes no second order', async () => {
      const key = randomUUID();

      const first = await createOrder(key);
      const again = await createOrder(key);
      const another = await createOrder();

      expect(again.body).toEqual(first.body);
      expect(another.body.id).not.toBe(first.body.id);
      expect(
        simulator.bank('bog-payments').requests.filter(({ headers }) => headers['idempotency-key'] === key),
      ).toHaveLength(2);
    });

    test('creates a tpay payment for a till and reads its status, with apikey and token on each call', async () => {
      const bank = simulator.bank('tbc-tpay');
      const created = await call('POST', '/tpay/payments', tpayPayment);
      expect(created).toMatchObject({
        status: 201,
        body: { payId: expect.any(String), qrCode: expect.stringMatching(/^https:/) },
      });
      expect(JSON.parse(bank.lastApiRequest?.body ?? '')).toEqual({ ...tpayPayment, currency: 'GEL' });

      const status = await call('GET', `/tpay/payments/${created.body.payId}`);

      expect(status.body).toEqual({ payId: created.body.payId, status: 'Created', amount: 18.4 });
      for (const { headers } of bank.requests.filter(({ kind }) => kind === 'api').slice(-2)) {
        expect(headers).toMatchObject({
          apikey: bank.credentials.apiKey,
          authorization: expect.stringMatching(/^Bearer /),
        });
      }
      expect((await call('GET', `/tpay/payments/${randomUUID()}`)).status).toBe(404);
    });

    test('asks the bank for the result of a payment when a callback arrives', async () => {
      const bank = simulator.bank('tbc-tpay');
      const { payId } = (await call('POST', '/tpay/payments', tpayPayment)).body;

      expect((await call('POST', '/tpay/callback', { PaymentId: payId })).status).toBe(200);

      expect(bank.lastApiRequest).toMatchObject({ method: 'GET', path: `/v2/tpay/qr/${payId}`, status: 200 });
      const { apiRequests } = bank;
      expect((await call('POST', '/tpay/callback', { PaymentId: '../payments' })).status).toBe(400);
      expect(bank.apiRequests).toBe(apiRequests);
      expect((await call('POST', '/tpay/callback', { PaymentId: randomUUID() })).status).toBe(404);
    });

    test('starts an installment application, reads its status, and confirms it once', async () => {
      const started = await call('POST', '/installments/applications', application);
      expect(started).toMatchObject({
        status: 201,
        body: { sessionId: expect.any(String), redirectUrl: expect.stringMatching(/^https:/) },
      });

      const status = await call(
        'GET',
        `/installments/applications/${started.body.sessionId}/status?merchantKey=shop-key`,
      );

      expect(status).toMatchObject({ status: 200, body: { statusId: 0, amount: 1799.98 } });
      // The bank wants the price of the whole quantity.
      expect(
        simulator.bank('tbc-installments').requests.findLast(({ method }) => method === 'POST')?.body,
      ).toContain('"price":1799.98');
      const decide = () =>
        call('POST', `/installments/applications/${started.body.sessionId}/decision`, {
          merchantKey: 'shop-key',
          decision: 'confirm',
        });
      const { tokenRequests } = simulator.bank('tbc-installments');
      expect([(await decide()).status, (await decide()).status]).toEqual([204, 404]);
      expect(simulator.bank('tbc-installments').tokenRequests).toBe(tokenRequests);
    });

    test('reports an unknown installment session as such, although the bank answers 401', async () => {
      const bank = simulator.bank('tbc-installments');
      const before = bank.tokenRequests;

      const status = await call(
        'GET',
        `/installments/applications/${randomUUID()}/status?merchantKey=shop-key`,
      );

      expect(status).toMatchObject({ status: 404, type: 'application/problem+json' });
      expect(bank.tokenRequests).toBe(before);
    });

    test('reads the balance of an account', async () => {
      expect(await balance()).toMatchObject({
        status: 200,
        body: { iban: IBAN, currency: 'GEL', available: 10_000, current: 10_000 },
      });
    });

    test('reads the statement of an account, which is a summary, and its movements', async () => {
      const bank = simulator.bank('tbc-business');
      const { clientId, clientSecret } = bank.credentials;
      const account = (accountNumber: string) => ({ accountNumber, accountCurrencyCode: 'GEL' });
      // The company pays somebody, by another service of its own with the other scope.
      const token = await fetch(bank.tokenUrl, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'bab_transfers' }),
      });
      const { access_token } = (await token.json()) as { access_token: string };
      const other = 'GE58TB7000000000000002';
      await fetch(`${bank.apiBaseUrl}/bab/v1/transfers/single`, {
        method: 'POST',
        headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          singleTransferOrders: [
            {
              transferType: 'TransferWithinBank',
              debitAccount: account(other),
              creditAccount: account(IBAN),
              amount: { amount: 40, currency: 'GEL' },
              description: 'Rent',
              beneficiaryName: 'The company',
            },
          ],
        }),
      });

      const today = new Date(Date.now() + 4 * 3_600_000).toISOString().slice(0, 10);
      const period = `from=2020-01-01&to=${today}`;
      const statement = await call('GET', `/accounts/${other}/statements/GEL?${period}`);
      const movements = await call('GET', `/accounts/${other}/movements/GEL?${period}`);

      expect(statement.body).toEqual({ opening: 10_000, closing: 9_960, received: 0, spent: 40 });
      expect(movements.body).toEqual({
        total: 1,
        movements: [{ id: expect.any(String), amount: -40, purpose: 'Rent', date: expect.any(String) }],
      });
      expect((await call('GET', `/accounts/${other}/movements/GEL?${period}&page=1`)).body).toEqual({
        total: 1,
        movements: [],
      });
    });

    test('creates a booking at the partner and deletes it', async () => {
      const created = await call('POST', '/bookings', booking);
      expect(created).toMatchObject({ status: 201, body: { id: expect.any(String), status: 'confirmed' } });

      expect((await call('DELETE', `/bookings/${created.body.id}`)).status).toBe(204);
      expect((await call('DELETE', `/bookings/${created.body.id}`)).status).toBe(404);
    });

    test('lists the state of each token, without the token', async () => {
      const { status, body, text } = await call('GET', '/tokens');

      expect(status).toBe(200);
      expect(body.map(({ provider }: { provider: string }) => provider)).toEqual(BANKS);
      for (const token of body) {
        expect(token).toMatchObject({ environment: 'sandbox', ready: true, state: 'fresh', failures: 0 });
        expect(Date.parse(token.since)).toBeLessThan(Date.parse(token.refreshAt));
        expect(Date.parse(token.refreshAt)).toBeLessThan(Date.parse(token.expiresAt));
      }
      for (const secret of secrets()) expect(text).not.toContain(secret);
    });

    test('works from Swagger UI with its default values', async () => {
      const document = (await call('GET', '/api-json')).body as OpenApiDocument;

      const results = await callEveryOperation(document, origin);

      expect(results.map(({ operationId, status }) => `${operationId} ${status}`).sort()).toEqual([
        'createBooking 201',
        'createOrder 201',
        'createTpayPayment 201',
        'decideApplication 204',
        'deleteBooking 204',
        'getApplicationStatus 200',
        'getBalance 200',
        'getMovements 200',
        'getReceipt 200',
        'getStatement 200',
        'getTokens 200',
        'getTpayPayment 200',
        'startApplication 201',
      ]);
      for (const { status, documented } of results) expect(documented).toContain(String(status));
    });

    test('has a page to start from, whose links lead somewhere', async () => {
      const page = await fetch(`${origin}/`);
      const links = [...(await page.text()).matchAll(/href="([^"]+)"/g)].map(([, href]) => href);

      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(links).toEqual(expect.arrayContaining(['api', 'bank-auth']));
      for (const href of links)
        expect([href, (await fetch(`${origin}/${href}`)).status]).toEqual([href, 200]);
    });

    test('is shown in a Swagger UI at /api', async () => {
      const response = await fetch(`${origin}/api`);

      expect(response.status).toBe(200);
      expect(await response.text()).toContain('swagger-ui');
    });
  });

  describe('over TCP', () => {
    const send = (payload: unknown) => firstValueFrom(tcp.send({ cmd: 'create-order' }, payload));

    test('creates an order', async () => {
      expect(await send({ idempotencyKey: randomUUID(), order })).toEqual({
        id: expect.any(String),
        redirectUrl: expect.stringMatching(/^https:/),
      });
    });

    test('creates the same order as HTTP for the same key', async () => {
      const key = randomUUID();
      const overHttp = await createOrder(key);

      expect(await send({ idempotencyKey: key, order })).toEqual(overHttp.body);
    });

    test('reports the mistakes in a message', async () => {
      await expect(send({ idempotencyKey: 'mine', order: { ...order, currency: 'BTC' } })).rejects.toEqual({
        type: 'about:blank',
        title: 'Bad Request',
        status: 400,
        errors: [expect.stringContaining('idempotencyKey'), expect.stringContaining('order.currency')],
      });
    });

    test('says as little about a failure of the bank as over HTTP', async () => {
      simulator.bank('bog-payments').failApi({ status: 500, body: { secret: 'of the bank' } }, 1);

      await expect(send({ idempotencyKey: randomUUID(), order })).rejects.toEqual({
        type: 'about:blank',
        title: 'Bad Gateway',
        status: 502,
        detail: 'bog-payments answered with status 500.',
        message: 'bog-payments answered with status 500.',
        code: 'BANK_CALL_FAILED',
        errorCode: 'BANK_CALL_FAILED',
        provider: 'bog-payments',
        delivery: 'answered',
      });
    });
  });

  describe('an invalid request', () => {
    test.each([
      ['POST /orders without an item', () => createOrder(randomUUID(), { ...order, items: [] }), ['items']],
      [
        'POST /orders with a wrong item',
        () =>
          createOrder(randomUUID(), {
            ...order,
            items: [{ productId: 'a', quantity: 0.5, unitPrice: 0.001 }],
          }),
        ['items.0.quantity', 'items.0.unitPrice'],
      ],
      [
        'POST /orders with an unknown member',
        () => createOrder(randomUUID(), { ...order, total: 1 }),
        ['property total should not exist'],
      ],
      [
        'POST /orders with a callback without TLS',
        () => createOrder(randomUUID(), { ...order, callbackUrl: 'http://a.example' }),
        ['callbackUrl'],
      ],
      ['GET a receipt of a path', () => call('GET', '/orders/..%2F..%2Fsimulator/receipt'), ['id must be']],
      [
        'POST /tpay/payments of nothing',
        () => call('POST', '/tpay/payments', { ...tpayPayment, amount: 0 }),
        ['amount'],
      ],
      [
        'POST /tpay/payments in another currency, and without a till',
        () => call('POST', '/tpay/payments', { ...tpayPayment, currency: 'USD', terminalNo: undefined }),
        ['currency', 'terminalNo'],
      ],
      [
        'POST a decision that is none',
        () =>
          call('POST', '/installments/applications/1/decision', {
            merchantKey: 'shop-key',
            decision: '../cancel',
          }),
        ['decision'],
      ],
      [
        'GET a statement of a day that there is not',
        () => call('GET', `/accounts/${IBAN}/statements/GEL?from=2026-02-30&to=2026-03`),
        ['from', 'to'],
      ],
      [
        'POST an application without products',
        () => call('POST', '/installments/applications', { ...application, products: undefined }),
        ['products'],
      ],
      [
        'GET a balance of no IBAN',
        () => call('GET', '/accounts/GE00TB7000000000000001/balances/GEL'),
        ['iban'],
      ],
      ['GET a balance in no currency', () => call('GET', `/accounts/${IBAN}/balances/gel`), ['currency']],
      [
        'POST /bookings for a day',
        () => call('POST', '/bookings', { ...booking, startsAt: '2030-01-31' }),
        ['startsAt'],
      ],
    ])('%s is answered 400 and reaches no bank', async (_name, send, wrong) => {
      const before = simulator.banks.map(({ apiRequests }) => apiRequests);

      const reply = await send();

      expect(reply).toMatchObject({
        status: 400,
        type: 'application/problem+json',
        body: { title: 'Bad Request' },
      });
      for (const part of wrong) expect(reply.body.errors.join('\n')).toContain(part);
      expect(simulator.banks.map(({ apiRequests }) => apiRequests)).toEqual(before);
    });

    test.each([
      ['none', {}],
      ['one that is no UUID', { 'Idempotency-Key': 'order-1' }],
      ['a UUID of another version', { 'Idempotency-Key': '6ba7b810-9dad-11d1-80b4-00c04fd430c8' }],
    ] as [string, Record<string, string>][])(
      'without an idempotency key is refused: %s',
      async (_name, headers) => {
        const reply = await call('POST', '/orders', order, headers);

        expect(reply).toMatchObject({
          status: 400,
          body: { detail: expect.stringContaining('Idempotency-Key') },
        });
      },
    );

    test('with a body that is no JSON is a problem, too', async () => {
      const reply = await call('POST', '/tpay/payments', '{');

      expect(reply).toMatchObject({ status: 400, type: 'application/problem+json' });
    });

    test('to a path that does not exist is a problem, too', async () => {
      expect(await call('GET', '/nothing')).toMatchObject({ status: 404, type: 'application/problem+json' });
    });
  });

  describe('when the bank', () => {
    test.each([
      ['has revoked the token', async () => simulator.bank('bog-payments').revoke()],
      [
        'lets the token expire earlier than it said',
        async () => {
          const bank = simulator.bank('bog-payments');
          bank.setLifetime(1_000);
          bank.setTokenResponse({ expires_in: 3600, access_token: 'lives-for-300-ms' });
          bank.revoke();
          expect((await createOrder()).status).toBe(201);
          bank.setTokenResponse({});
          bank.setLifetime(3_600_000);
          await sleep(1_050);
        },
      ],
    ])('%s, it is replaced without the client noticing', async (_name, spoil) => {
      const bank = simulator.bank('bog-payments');
      await createOrder();
      await spoil();
      const { apiRefusals, tokensIssued } = bank;

      expect((await createOrder()).status).toBe(201);

      expect(bank.apiRefusals).toBe(apiRefusals + 1);
      expect(bank.tokensIssued).toBe(tokensIssued + 1);
    });

    test('says that its tokens expire soon, no call ever has an expired one', async () => {
      const bank = simulator.bank('bog-payments');
      bank.setLifetime(1_000);
      bank.revoke();
      await createOrder();
      const { apiRefusals, tokensIssued } = bank;
      await sleep(1_050);

      expect((await createOrder()).status).toBe(201);

      expect(bank.apiRefusals).toBe(apiRefusals);
      expect(bank.tokensIssued).toBe(tokensIssued + 1);
      bank.setLifetime(3_600_000);
      bank.revoke();
    });

    test('refuses the token of a payment that has no idempotency key, the payment is not sent twice', async () => {
      const bank = simulator.bank('tbc-tpay');
      await call('POST', '/tpay/payments', tpayPayment);
      bank.revoke();
      const { apiRequests } = bank;

      expect(await call('POST', '/tpay/payments', tpayPayment)).toMatchObject({ status: 502 });
      expect(bank.apiRequests).toBe(apiRequests + 1);
      expect(await call('POST', '/tpay/payments', tpayPayment)).toMatchObject({ status: 201 });
    });

    test('refuses all tokens, that provider alone is not ready', async () => {
      const bank = simulator.bank('tbc-tpay');
      bank.refuseAllTokens();
      for (let calls = 0; calls < 2; calls += 1)
        expect(await call('POST', '/tpay/payments', tpayPayment)).toMatchObject({ status: 502 });

      const { body } = await call('GET', '/tokens');

      expect(body.filter(({ ready }: { ready: boolean }) => !ready)).toEqual([
        expect.objectContaining({
          provider: 'tbc-tpay',
          state: 'refused',
          since: expect.any(String),
          retryAt: expect.any(String),
        }),
      ]);
      bank.refuseAllTokens(false);
      expect(await call('POST', '/tpay/payments', tpayPayment)).toMatchObject({ status: 201 });
      expect((await call('GET', '/tokens')).body).toContainEqual(
        expect.objectContaining({ provider: 'tbc-tpay', ready: true, state: 'fresh' }),
      );
    });

    test('gives no token, the answer is 503 with Retry-After, and the next after recovery works', async () => {
      const bank = simulator.bank('tbc-business');
      bank.failToken('unavailable');
      bank.revoke();
      // The bank's own answer to the call surfaces where the renewal fails.
      expect((await balance()).status).toBe(502);

      const down = await balance();

      expect(down).toMatchObject({
        status: 503,
        type: 'application/problem+json',
        retryAfter: expect.stringMatching(/^[1-9]\d*$/),
        body: { title: 'Service Unavailable', detail: expect.stringContaining('tbc-business') },
      });
      expect(down.body.retryAfter).toBe(Number(down.retryAfter));
      expect((await call('GET', '/tokens')).body).toContainEqual(
        expect.objectContaining({
          provider: 'tbc-business',
          state: 'cooling-down',
          lastErrorCode: 'BANK_AUTH_UNAVAILABLE',
          retryAt: expect.any(String),
        }),
      );

      bank.recover();
      await sleep(Number(down.retryAfter) * 1000);

      expect((await balance()).status).toBe(200);
    });

    test.each([
      [400, 422],
      [404, 404],
      [403, 502],
      [409, 502],
      [500, 502],
      [503, 502],
    ])("answers %i, the client gets %i and nothing of the bank's answer", async (bankStatus, status) => {
      simulator
        .bank('tbc-business')
        .failApi(
          { status: bankStatus, body: { owner: 'Nino Beridze' }, headers: { 'x-internal': 'host-17' } },
          1,
        );

      const reply = await balance();

      expect(reply).toMatchObject({ status, type: 'application/problem+json' });
      expect(reply.body).toMatchObject({ type: 'about:blank', status, delivery: 'answered' });
      expect(reply.text).not.toContain('Nino');
      expect(reply.text).not.toContain('host-17');
    });

    test('ends the connection, the client learns that the outcome is unknown', async () => {
      simulator.bank('tbc-tpay').failApi({ reset: true }, 1);

      expect(await call('POST', '/tpay/payments', tpayPayment)).toMatchObject({
        status: 504,
        body: { detail: expect.stringContaining('not known'), delivery: 'unknown' },
      });
    });
  });

  test('the table at start has each provider, its environment, its lifetime and its renewal, and no secret', () => {
    const rows = printed.split('\n').map((line) => line.split(/ {2,}/));

    expect(rows).toContainEqual(['Provider', 'Environment', 'Token lifetime', 'Next renewal']);
    const renewal = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(rows).toContainEqual(['bog-payments', 'sandbox', '1 h', renewal]);
    expect(rows).toContainEqual(['tbc-business', 'sandbox', '1 h', renewal]);
    expect(rows).toContainEqual(['tbc-installments', 'sandbox', '2 h 9 min 35 s', renewal]);
    expect(rows).toContainEqual(['tbc-tpay', 'sandbox', '24 h', renewal]);
    expect(rows).toContainEqual(['partner', 'sandbox', '59 min 59 s', renewal]);
    expect(printed).toContain(
      `Start here: ${origin}\nLive page: ${origin}/bank-auth\nSwagger UI: ${origin}/api`,
    );
    for (const secret of secrets()) expect(printed).not.toContain(secret);
  });
});

describe('starting the payments API', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  let taken: Server;
  let takenPort: string;

  beforeAll(async () => {
    taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    takenPort = String((taken.address() as { port: number }).port);
  });

  afterAll(() => new Promise((resolve) => taken.close(resolve)));

  test('without simulated banks and with part of the variables fails with all missing ones, and starts no simulator', async () => {
    const startSimulator = jest.spyOn(BankSimulator, 'start');

    const failure = await startWith(
      { simulated: false },
      {
        BANK_AUTH_ENVIRONMENT: 'sandbox',
        BOG_PAYMENTS_CLIENT_ID: 'shop',
        TBC_TPAY_API_KEY: 'k3y-of-the-shop',
      },
    ).catch((error: unknown) => error);

    expect(failure).toMatchObject({ code: 'BANK_AUTH_CONFIG' });
    const { message } = failure as Error;
    for (const variable of [
      'BOG_PAYMENTS_CLIENT_SECRET',
      'TBC_BUSINESS_CLIENT_ID',
      'TBC_BUSINESS_CLIENT_SECRET',
      'TBC_BUSINESS_SCOPES',
      'TBC_INSTALLMENTS_CLIENT_ID',
      'TBC_INSTALLMENTS_CLIENT_SECRET',
      'TBC_TPAY_CLIENT_ID',
      'TBC_TPAY_CLIENT_SECRET',
      'TBC_TPAY_ENVIRONMENT',
      'PARTNER_CLIENT_ID',
      'PARTNER_CLIENT_SECRET',
      'PARTNER_API_BASE_URL',
    ]) {
      expect(message).toContain(variable);
    }
    expect(message).not.toContain('BOG_PAYMENTS_CLIENT_ID');
    expect(message).not.toContain('k3y-of-the-shop');
    expect(startSimulator).not.toHaveBeenCalled();
  });

  test('without simulated banks and without any variable fails, and starts no simulator', async () => {
    const startSimulator = jest.spyOn(BankSimulator, 'start');

    await expect(startWith({ simulated: false })).rejects.toMatchObject({
      code: 'BANK_AUTH_CONFIG',
      message: expect.stringContaining('BANK_AUTH_ENVIRONMENT'),
    });
    expect(startSimulator).not.toHaveBeenCalled();
  });

  test('without simulated banks works with those in the environment, also if one gives no token or is disabled', async () => {
    await using banks = await BankSimulator.start(...BANKS);
    banks.bank('tbc-business').failToken('rejected');
    const lines: string[] = [];

    const app = await startWith(
      { simulated: false, print: (text) => lines.push(text) },
      { ...banks.env(), PARTNER_ENABLED: 'false' },
    );
    const response = await fetch(`${await app.getUrl()}/bookings/1`, { method: 'DELETE' });
    await app.close();

    const rows = lines
      .join('\n')
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows).toContainEqual(['bog-payments', 'sandbox', '1 h', expect.any(String)]);
    expect(rows).toContainEqual([
      'tbc-business',
      'sandbox',
      'none (BANK_AUTH_CREDENTIALS_REJECTED)',
      expect.stringMatching(/^not before \d{4}-/),
    ]);
    expect(rows).toContainEqual(['partner', 'sandbox', 'none (BANK_AUTH_CONFIG)', '-']);
    expect(response.status).toBe(502);
    expect(banks.bank('partner').requests).toHaveLength(0);
  });

  test('with simulated banks reads no banks from the environment', async () => {
    const app = await startWith(
      { simulated: true },
      {
        BANK_AUTH_ENVIRONMENT: 'production',
        BOG_PAYMENTS_CLIENT_ID_FILE: '/nowhere',
        TBC_TPAY_TOKEN_URL: 'https://api.tbcbank.ge/v2/tpay/access-token',
        PARTNER_ENABLED: 'false',
      },
    );

    const response = await fetch(`${await app.getUrl()}/tokens`);
    const body = (await response.json()) as { environment: string; state: string }[];
    await app.close();

    expect(body.map(({ environment, state }) => `${environment} ${state}`)).toEqual(
      BANKS.map(() => 'sandbox fresh'),
    );
  });

  test('in trouble prints the table, says what the trouble is, and shows the warnings after it', async () => {
    const lines: string[] = [];
    const logged: string[] = [];
    const log = (message: unknown) => void logged.push(`${lines.length} ${message}`);
    const app = await startWith({
      simulated: true,
      troubles: troublesOf([
        'bog-payments=unavailable',
        'tbc-tpay=hang',
        'partner=revoke',
        'tbc-business=fail',
      ]),
      logger: { log, warn: log, error: log },
      print: (text) => lines.push(text),
    });
    const bank = app.get(BankSimulator).bank('partner');
    const { tokensIssued } = bank;
    const made = await fetch(`${await app.getUrl()}/bookings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(booking),
    });
    const { apiRefusals } = bank;
    const refused = await fetch(`${await app.getUrl()}/accounts/${IBAN}/balances/GEL`);
    await app.close();

    const [printed = ''] = lines;
    expect(printed).toContain('bog-payments=unavailable: its token endpoint answers 503');
    expect(printed).toMatch(/^bog-payments +sandbox +none \(BANK_AUTH_UNAVAILABLE\) +not before /m);
    expect(printed).toMatch(/^tbc-tpay +sandbox +none yet \(no answer for \d s\) +-$/m);
    expect(printed).toMatch(/^partner +sandbox +59 min 59 s /m);
    expect(logged).toContainEqual(expect.stringMatching(/^1 \[BANK_AUTH_UNAVAILABLE\] bog-payments: /));
    // The booking has no key by which it might be sent again.
    expect([tokensIssued, made.status, apiRefusals]).toEqual([1, 502, 1]);
    expect(refused.status).toBe(502);
  });

  test.each([
    'bog-payment=unavailable',
    'partner=down',
    '__proto__=hang',
    'partner=toString',
    'partner',
    'a=b=c',
  ])('--break %s fails with the banks and the kinds that there are', (value) => {
    expect(() => troublesOf([value])).toThrow(
      /^--break takes a bank .+bog-payments, tbc-business.+ unavailable .+ refuse /s,
    );
  });

  test.each(['PORT', 'TCP_PORT'])(
    'with a %s in use fails in one sentence and leaves nothing behind',
    async (variable) => {
      await expect(startWith({ simulated: true }, { [variable]: takenPort })).rejects.toMatchObject({
        name: 'StartError',
        message: `Port ${takenPort} of 127.0.0.1 is taken. Set ${variable} to another, or end what listens there.`,
      });
    },
  );

  test.each(['70000', 'http', '-1'])('with the port %s fails in one sentence', async (port) => {
    await expect(startWith({ simulated: true }, { PORT: port })).rejects.toMatchObject({
      name: 'StartError',
    });
  });

  test('and closing ends the simulated banks as well', async () => {
    const app = await startWith({ simulated: true });
    const { tokenUrl } = app.get(BankSimulator).bank('partner');

    await app.close();

    await expect(fetch(tokenUrl, { method: 'POST' })).rejects.toThrow();
  });
});
