import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BankSimulator, type SimulatedBankId } from '../../src/testing/simulator/index.js';
import {
  askToken,
  authorised,
  bearing,
  echo,
  ids,
  post,
  send,
  sendRaw,
} from '../support/simulator-client.js';

let simulator: BankSimulator;
beforeAll(async () => {
  simulator = await BankSimulator.start();
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.stop());

const OTHER_IBAN = 'GE60BG0000000123456789';

async function open(id: SimulatedBankId) {
  const bank = simulator.bank(id);
  return { bank, base: bank.apiBaseUrl, headers: await authorised(bank) };
}

describe('the token check of the simulator', () => {
  it.each(ids)('accepts a good token and echoes the request, but no header: %s', async (id) => {
    const { base, headers } = await open(id);
    const url = `${base}/simulator/echo?a=1&b=x%20y`;
    const { status, body } = await send(url, { method: 'PUT', headers, body: 'hello' });
    expect(status).toBe(200);
    expect(body).toEqual({
      method: 'PUT',
      path: new URL(url).pathname,
      query: { a: '1', b: 'x y' },
      body: 'hello',
    });
  });

  it.each(ids)('refuses a missing, a bare, an unknown and another bank’s token: %s', async (id) => {
    const { bank, headers } = await open(id);
    const stranger = await authorised(
      simulator.bank(id === 'bog-payments' ? 'bog-business' : 'bog-payments'),
    );
    const bare = headers.authorization!.replace('Bearer ', '');
    const lower = headers.authorization!.replace('Bearer', 'bearer');
    const wrong = [undefined, bare, lower, `BearerToken ${bare}`, 'Bearer nonsense', stranger.authorization];
    for (const authorization of wrong) {
      const sent: Record<string, string> = { ...headers };
      if (authorization === undefined) delete sent.authorization;
      else sent.authorization = authorization;
      const answer = await echo(bank, sent);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    }
    expect(bank.apiRefusals).toBe(wrong.length);
    expect((await echo(bank, headers)).status).toBe(200);
  });

  it('answers as each bank does', async () => {
    const shape = async (id: SimulatedBankId) => (await echo(simulator.bank(id), {})).body;
    expect(await shape('bog-payments')).toMatchObject({ error: 'invalid_token' });
    expect(await shape('tbc-business')).toMatchObject({ status: 401, traceId: expect.any(String) });
    expect(await shape('tbc-installments')).toMatchObject({
      status: 401,
      code: '001',
      systemCode: 'System code for problem is oauth-token.401.001',
    });
    expect(await shape('tbc-tpay')).toMatchObject({ status: '401' });
    expect(await shape('partner')).toEqual({ message: 'Unauthenticated.' });
  });

  it.each(['tbc-tpay', 'tbc-checkout'] as const)('requires the apikey beside the token: %s', async (id) => {
    const { bank, headers } = await open(id);
    expect((await echo(bank, { authorization: headers.authorization! })).status).toBe(401);
    expect((await echo(bank, { ...headers, apikey: 'wrong' })).status).toBe(401);
    expect((await echo(bank, headers)).status).toBe(200);
    expect(bank.apiRefusals).toBe(0);
  });

  it('refuses a token in the query, and a repeated one', async () => {
    const { bank, base, headers } = await open('bog-payments');
    expect((await echo(bank, headers, '?access_token=x')).status).toBe(400);
    const twice: [string, string][] = [
      ['authorization', headers.authorization!],
      ['authorization', headers.authorization!],
    ];
    expect(await sendRaw(`${base}/simulator/echo`, 'GET', twice)).toBe(401);
  });

  it('comes before 404 and 405', async () => {
    const { base, headers } = await open('bog-payments');
    expect((await send(`${base}/nowhere`)).status).toBe(401);
    expect((await send(`${base}/nowhere`, { headers })).status).toBe(404);
    const answer = await send(`${base}/payments/v1/ecommerce/orders`, { method: 'DELETE', headers });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST');
  });

  it('answers the status that is asked of the echo', async () => {
    const { bank, headers } = await open('partner');
    for (const status of [201, 204, 401, 404, 429, 503]) {
      expect((await echo(bank, headers, `?status=${status}`)).status).toBe(status);
    }
    expect((await echo(bank, {}, '?status=503')).status).toBe(401);
    expect((await echo(bank, headers, '?status=99')).status).toBe(400);
    expect(bank.apiRefusals).toBe(1);
  });

  it('answers HEAD and OPTIONS on the echo', async () => {
    const { base, headers } = await open('bog-ipay');
    expect((await send(`${base}/simulator/echo`, { method: 'HEAD', headers })).status).toBe(200);
    expect((await send(`${base}/simulator/echo`, { method: 'OPTIONS', headers })).status).toBe(200);
  });

  it('requires the path of the API base', async () => {
    const { bank, base, headers } = await open('bog-business');
    expect(base).toBe(`${bank.origin}/api`);
    expect((await send(`${bank.origin}/simulator/echo`, { headers })).status).toBe(404);
  });
});

describe('every resource with a body', () => {
  it('requires JSON of at most 1 MiB', async () => {
    const { base, headers } = await open('bog-payments');
    const url = `${base}/payments/v1/ecommerce/orders`;
    expect((await send(url, { method: 'POST', headers, body: new URLSearchParams({ a: '1' }) })).status).toBe(
      415,
    );
    expect((await post(url, headers, 'x'.repeat(1024 * 1024))).status).toBe(413);
    const json = { ...headers, 'content-type': 'application/json' };
    expect((await send(url, { method: 'POST', headers: json, body: '{' })).status).toBe(400);
  });
});

describe('a simulated bog-payments', () => {
  const order = {
    callback_url: 'https://shop.example/callback',
    external_order_id: 'A-1',
    purchase_units: {
      currency: 'GEL',
      total_amount: 12.5,
      basket: [{ product_id: 'p1', quantity: 1, unit_price: 12.5 }],
    },
    redirect_urls: { success: 'https://shop.example/ok', fail: 'https://shop.example/no' },
  };

  it('makes an order whose receipt moves from created over processing to completed', async () => {
    const { base, headers } = await open('bog-payments');
    const made = await post(`${base}/payments/v1/ecommerce/orders`, headers, order);
    expect(made.status).toBe(200);
    expect(made.body._links.details.href).toBe(`${base}/payments/v1/receipt/${made.body.id}`);
    expect(made.body._links.redirect.href).toContain(made.body.id);
    const keys: string[] = [];
    for (let reading = 0; reading < 4; reading += 1) {
      const { body } = await send(made.body._links.details.href, { headers });
      keys.push(body.order_status.key);
      expect(body).toMatchObject({ order_id: made.body.id, external_order_id: 'A-1' });
    }
    expect(keys).toEqual(['created', 'processing', 'completed', 'completed']);
  });

  it('ends an order that only holds its amount as blocked', async () => {
    const { base, headers } = await open('bog-payments');
    const made = await post(`${base}/payments/v1/ecommerce/orders`, headers, { ...order, capture: 'manual' });
    const url = made.body._links.details.href;
    for (let reading = 0; reading < 2; reading += 1) await send(url, { headers });
    expect((await send(url, { headers })).body).toMatchObject({
      capture: 'manual',
      order_status: { key: 'blocked' },
    });
  });

  it('answers the same status and body to the same Idempotency-Key', async () => {
    const { base, headers } = await open('bog-payments');
    const url = `${base}/payments/v1/ecommerce/orders`;
    const keyed = { ...headers, 'idempotency-key': randomUUID() };
    const first = await post(url, keyed, order);
    const again = await post(url, keyed, order);
    const other = await post(url, headers, order);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    expect(other.body.id).not.toBe(first.body.id);
    expect((await post(url, { ...headers, 'idempotency-key': 'order-1' }, order)).status).toBe(400);
    const refused = { ...headers, 'idempotency-key': randomUUID() };
    const [bad, mended] = [await post(url, refused, {}), await post(url, refused, order)];
    expect([bad.status, mended.status, mended.text]).toEqual([400, 400, bad.text]);
  });

  it('answers in Georgian or English', async () => {
    const { base, headers } = await open('bog-payments');
    const url = `${base}/payments/v1/ecommerce/orders`;
    const english = await post(url, { ...headers, 'accept-language': 'en' }, order);
    expect(english.body._links.redirect.href).toContain('lang=en');
    expect((await post(url, headers, order)).body._links.redirect.href).toContain('lang=ka');
    const receipt = english.body._links.details.href;
    const said = await send(receipt, { headers: { ...headers, 'accept-language': 'en' } });
    expect(said.body.order_status).toEqual({ key: 'created', value: 'Created' });
  });

  it('refuses a bad order and an unknown receipt in its own shape', async () => {
    const { base, headers } = await open('bog-payments');
    const url = `${base}/payments/v1/ecommerce/orders`;
    const units = order.purchase_units;
    const bad = [
      [],
      { ...order, callback_url: 'shop' },
      { ...order, callback_url: 'http://shop.example/callback' },
      { ...order, purchase_units: { ...units, total_amount: -1 } },
      { ...order, purchase_units: { ...units, total_amount: '12.5' } },
      { ...order, purchase_units: { ...units, basket: [] } },
      { ...order, purchase_units: { ...units, currency: 'XXX' } },
    ];
    for (const body of bad) {
      const answer = await post(url, headers, body);
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual({ error: 'invalid_request', error_description: expect.any(String) });
    }
    expect((await send(`${base}/payments/v1/receipt/${randomUUID()}`, { headers })).status).toBe(404);
  });
});

describe('a simulated tbc-checkout', () => {
  const payment = {
    amount: { currency: 'GEL', total: 1 },
    returnurl: 'https://shop.example/back',
    callbackUrl: 'https://shop.example/callback',
    methods: [5],
    merchantPaymentId: 'A-1',
  };

  it('makes a payment and follows it', async () => {
    const { base, headers } = await open('tbc-checkout');
    const made = await post(`${base}/v1/tpay/payments`, headers, payment);
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({ status: 'Created', merchantPaymentId: 'A-1', amount: 1 });
    const self = made.body.links[0];
    expect(self).toEqual({
      uri: `${base}/v1/tpay/payments/${made.body.payId}`,
      method: 'GET',
      rel: 'self',
    });
    const seen: string[] = [];
    for (let reading = 0; reading < 4; reading += 1)
      seen.push((await send(self.uri, { headers })).body.status);
    expect(seen).toEqual(['Created', 'Processing', 'Succeeded', 'Succeeded']);
  });

  it('refuses a bad payment with a problem whose status is a string', async () => {
    const { base, headers } = await open('tbc-checkout');
    const answer = await post(`${base}/v1/tpay/payments`, headers, { ...payment, amount: { total: 1 } });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ status: '400', detail: expect.stringContaining('currency') });
    const unknown = await send(`${base}/v1/tpay/payments/${randomUUID()}`, { headers });
    expect(unknown.status).toBe(404);
  });
});

describe('a simulated tbc-tpay', () => {
  const payment = { amount: 15.5, currency: 'GEL', terminalNo: 'T-1', merchantPaymentId: 'A-1' };

  it('makes a QR code for a payment at a till, and follows it', async () => {
    const { base, headers } = await open('tbc-tpay');
    const { status, body } = await post(`${base}/v2/tpay/qr`, headers, payment);
    expect(status).toBe(200);
    expect(body).toEqual({
      ...payment,
      payId: expect.any(String),
      qrCode: expect.stringMatching(/^https:/),
      expirationMinutes: '12',
    });
    const seen: string[] = [];
    for (let reading = 0; reading < 3; reading += 1) {
      const read = await send(`${base}/v2/tpay/qr/${body.payId}`, { headers });
      expect(read.body).toMatchObject({ payId: body.payId, amount: 15.5, operationType: 0 });
      seen.push(read.body.status);
    }
    expect(seen).toEqual(['Created', 'Processing', 'Succeeded']);
  });

  it.each([
    [
      'the body of a checkout payment',
      { amount: { currency: 'GEL', total: 1 }, returnurl: 'https://a.example' },
    ],
    ['another currency than GEL', { ...payment, currency: 'USD' }],
    ['no terminal', { ...payment, terminalNo: undefined }],
  ])('refuses %s with a problem whose status is a string', async (_name, body) => {
    const { base, headers } = await open('tbc-tpay');
    const answer = await post(`${base}/v2/tpay/qr`, headers, body);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
    expect(answer.body).toMatchObject({ title: 'InvalidParameter', status: '400' });
  });

  it('knows none of the paths of checkout, nor the reverse', async () => {
    const [tpay, checkout] = [await open('tbc-tpay'), await open('tbc-checkout')];
    expect((await post(`${tpay.base}/v1/tpay/payments`, tpay.headers, {})).status).toBe(404);
    expect((await post(`${checkout.base}/v2/tpay/qr`, checkout.headers, payment)).status).toBe(404);
  });
});

describe('a simulated tbc-installments', () => {
  const application = {
    merchantKey: 'shop-1',
    priceTotal: 300,
    campaignId: '204',
    invoiceId: 'A-1',
    products: [{ name: 'Chair', price: 300, quantity: 2 }],
  };
  const key = { merchantKey: 'shop-1' };
  const NO_SESSION = {
    title: 'Active installment with sessionId not exists',
    status: 401,
    systemCode: 'System code for problem is Online-Installment-Merchant-API.401.001',
    code: '001',
  };

  async function apply() {
    const { base, headers } = await open('tbc-installments');
    const url = `${base}/v1/online-installments/applications`;
    const made = await post(url, headers, application);
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toContain(made.body.sessionId);
    const session = `${url}/${made.body.sessionId}`;
    const read = async () => (await send(`${session}/status?merchantKey=shop-1`, { headers })).body;
    return { session, headers, read };
  }

  it.each([
    ['confirm', 8],
    ['cancel', 7],
  ] as const)('makes an application, sends the customer on, and takes one %s', async (action, statusId) => {
    const { session, headers, read } = await apply();
    expect(await read()).toMatchObject({ statusId: 0, amount: 300, contributionAmount: 0 });

    const decided = await post(`${session}/${action}`, headers, key);

    expect([decided.status, decided.body]).toEqual([200, { id: null }]);
    expect((await read()).statusId).toBe(statusId);
    for (const again of ['confirm', 'cancel']) {
      const answer = await post(`${session}/${again}`, headers, key);
      expect([answer.status, answer.body]).toEqual([401, expect.objectContaining(NO_SESSION)]);
    }
  });

  it('accepts the merchantKey of a status from the body too, as its page shows', async () => {
    const { session, headers } = await apply();
    const read = (body: string) =>
      sendRaw(
        `${session}/status`,
        'GET',
        [...Object.entries(headers), ['content-type', 'application/json']],
        body,
      );
    expect(await read(JSON.stringify(key))).toBe(200);
    expect(await read(JSON.stringify({ merchantKey: 'shop-2' }))).toBe(401);
    expect(await read('null')).toBe(400);
  });

  it('answers 401 for an unknown session, although the token is good', async () => {
    const { bank, base, headers } = await open('tbc-installments');
    const session = `${base}/v1/online-installments/applications/${randomUUID()}`;
    for (const answer of [
      await post(`${session}/confirm`, headers, key),
      await send(`${session}/status?merchantKey=shop-1`, { headers }),
    ]) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.headers.get('www-authenticate')).toBeNull();
      expect(answer.body).toMatchObject(NO_SESSION);
    }
    expect(bank.apiRefusals).toBe(0);
  });

  it.each([
    ['a product without a price', { ...application, products: [{ name: 'Chair', quantity: 1 }] }],
    ['a total that is not the sum of the prices', { ...application, priceTotal: 600 }],
  ])('refuses %s, with the same code as for a session', async (_name, body) => {
    const { base, headers } = await open('tbc-installments');
    const answer = await post(`${base}/v1/online-installments/applications`, headers, body);
    expect(answer.body).toMatchObject({
      status: 400,
      code: '001',
      systemCode: 'System code for problem is Online-Installment-Merchant-API.400.001',
    });
  });
});

describe('a simulated partner', () => {
  const booking = { customerName: 'Nino', startsAt: '2026-08-01T18:00:00Z', guests: 2 };

  it('makes, shows and deletes a booking', async () => {
    const { base, headers } = await open('partner');
    const made = await post(`${base}/api/bookings`, headers, booking);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ ...booking, status: 'confirmed', note: null });
    const url = `${base}/api/bookings/${made.body.id}`;
    expect((await send(url, { headers })).body).toEqual(made.body);
    expect((await send(url, { method: 'DELETE', headers })).status).toBe(204);
    expect((await send(url, { headers })).status).toBe(404);
    expect((await post(`${base}/api/bookings`, headers, { ...booking, guests: 1.5 })).status).toBe(400);
  });

  it('answers 403 where the token lacks the scope', async () => {
    const bank = simulator.bank('partner');
    const { body } = await askToken(bank, ({ parameters }) => {
      parameters.scope = 'bookings:create';
    });
    const headers = bearing(bank, body.access_token);
    const made = await post(`${bank.apiBaseUrl}/api/bookings`, headers, booking);
    const url = `${bank.apiBaseUrl}/api/bookings/${made.body.id}`;
    expect((await send(url, { method: 'DELETE', headers })).status).toBe(403);
  });
});

describe('the other products of Bank of Georgia', () => {
  it('bog-business shows a balance', async () => {
    const { base, headers } = await open('bog-business');
    const { status, body } = await send(`${base}/accounts/${OTHER_IBAN}/GEL`, { headers });
    expect(status).toBe(200);
    expect(body).toEqual({ AvailableBalance: 10_000, CurrentBalance: 10_000 });
    expect((await send(`${base}/accounts/nothing/GEL`, { headers })).status).toBe(400);
  });

  const purchase_units = [{ amount: { currency_code: 'GEL', value: '10.00' } }];
  it.each([
    [
      'bog-installments',
      '/v1/installment/checkout',
      {
        intent: 'LOAN',
        installment_month: '12',
        installment_type: 'STANDARD',
        shop_order_id: 'A-1',
        success_redirect_url: 'https://shop.example/ok',
        fail_redirect_url: 'https://shop.example/no',
        reject_redirect_url: 'https://shop.example/never',
        purchase_units,
      },
    ],
    [
      'bog-ipay',
      '/opay/api/v1/checkout/orders',
      {
        intent: 'CAPTURE',
        items: [{ amount: '10.00', description: 'Book', quantity: 1, product_id: 'p1' }],
        redirect_url: 'https://shop.example/back',
        shop_order_id: 'A-1',
        purchase_units,
      },
    ],
  ] as const)('%s makes an order at %s and shows it', async (id, path, order) => {
    const { base, headers } = await open(id);
    const made = await post(base + path, headers, order);
    expect(made.status).toBe(200);
    const { body } = await send(made.body.links[0].href, { headers });
    expect(body).toEqual({
      order_id: made.body.order_id,
      status: 'CREATED',
      shop_order_id: 'A-1',
      purchase_units,
    });
    expect((await post(base + path, headers, { ...order, purchase_units: [] })).status).toBe(400);
  });
});
