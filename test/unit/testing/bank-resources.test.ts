import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BankSimulator, type SimulatedBankId } from '../../../src/testing/simulator/index.js';
import {
  askToken,
  authorised,
  bearing,
  echo,
  ids,
  post,
  send,
  sendRaw,
} from '../../support/simulator-client.js';

let simulator: BankSimulator;
beforeAll(async () => {
  simulator = await BankSimulator.start();
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.stop());

const IBAN = 'GE29TB7894545082100008';
const OTHER_IBAN = 'GE60BG0000000123456789';

async function open(id: SimulatedBankId) {
  const bank = simulator.bank(id);
  return { bank, base: bank.apiBaseUrl, headers: await authorised(bank) };
}

describe('the token check', () => {
  it.each(ids)('lets a good token through and shows what arrived, but no header: %s', async (id) => {
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

  it('speaks of it as each bank does', async () => {
    const shape = async (id: SimulatedBankId) => (await echo(simulator.bank(id), {})).body;
    expect(await shape('bog-payments')).toMatchObject({ error: 'invalid_token' });
    expect(await shape('tbc-business')).toMatchObject({
      fault: { detail: { errorcode: 'keymanagement.service.invalid_access_token' } },
    });
    expect(await shape('tbc-installments')).toMatchObject({ status: 401, code: '' });
    expect(await shape('tbc-tpay')).toMatchObject({ status: '401' });
    expect(await shape('partner')).toEqual({ message: 'Unauthenticated.' });
  });

  it.each(['tbc-tpay', 'tbc-checkout'] as const)('wants the apikey beside the token: %s', async (id) => {
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

  it('answers the status that the echo is asked for', async () => {
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

  it('needs the path of the API base', async () => {
    const { bank, base, headers } = await open('bog-business');
    expect(base).toBe(`${bank.origin}/api`);
    expect((await send(`${bank.origin}/simulator/echo`, { headers })).status).toBe(404);
  });
});

describe('every resource that takes a body', () => {
  it('wants JSON of at most 1 MiB', async () => {
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

describe('bog-payments', () => {
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
  });

  it('speaks Georgian or English', async () => {
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

describe('tpay', () => {
  const payment = {
    amount: { currency: 'GEL', total: 1 },
    returnurl: 'https://shop.example/back',
    callbackUrl: 'https://shop.example/callback',
    methods: [5],
    merchantPaymentId: 'A-1',
  };

  it.each([
    ['tbc-checkout', '/v1/tpay/payments'],
    ['tbc-tpay', '/v1/tpay/payments'],
    ['tbc-tpay', '/v2/tpay/qr'],
  ] as const)('%s makes a payment at %s and follows it', async (id, path) => {
    const { base, headers } = await open(id);
    const made = await post(base + path, headers, payment);
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({ status: 'Created', merchantPaymentId: 'A-1', amount: 1 });
    const self = made.body.links[0];
    expect(self).toEqual({ uri: `${base}${path}/${made.body.payId}`, method: 'GET', rel: 'self' });
    const seen: string[] = [];
    for (let reading = 0; reading < 4; reading += 1)
      seen.push((await send(self.uri, { headers })).body.status);
    expect(seen).toEqual(['Created', 'Processing', 'Succeeded', 'Succeeded']);
  });

  it('keeps version 2 from web shops', async () => {
    const { base, headers } = await open('tbc-checkout');
    expect((await post(`${base}/v2/tpay/qr`, headers, payment)).status).toBe(404);
  });

  it('refuses a bad payment with a problem whose status is a text', async () => {
    const { base, headers } = await open('tbc-checkout');
    const answer = await post(`${base}/v1/tpay/payments`, headers, { ...payment, amount: { total: 1 } });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ status: '400', detail: expect.stringContaining('currency') });
    const unknown = await send(`${base}/v1/tpay/payments/${randomUUID()}`, { headers });
    expect(unknown.status).toBe(404);
  });
});

describe('tbc-installments', () => {
  const application = {
    merchantKey: 'shop-1',
    priceTotal: 300,
    campaignId: '204',
    invoiceId: 'A-1',
    products: [{ name: 'Chair', price: 150, quantity: 2 }],
  };

  it('makes an application, sends the customer on, and confirms or cancels it', async () => {
    const { base, headers } = await open('tbc-installments');
    const url = `${base}/v1/online-installments/applications`;
    const key = { merchantKey: 'shop-1' };
    const make = async () => {
      const made = await post(url, headers, application);
      expect(made.status).toBe(201);
      expect(made.headers.get('location')).toContain(made.body.sessionId);
      return `${url}/${made.body.sessionId}`;
    };
    const status = async (session: string) =>
      (await send(`${session}/status?merchantKey=shop-1`, { headers })).body.description;

    const first = await make();
    expect(await status(first)).toBe('created');
    expect((await post(`${first}/confirm`, headers, key)).status).toBe(200);
    expect(await status(first)).toBe('confirmed');
    expect((await post(`${first}/cancel`, headers, key)).status).toBe(400);

    const second = await make();
    expect((await post(`${second}/cancel`, headers, key)).status).toBe(200);
    expect(await status(second)).toBe('cancelled');
  });

  it('answers an unknown session with 401 and code 001, although the token is good', async () => {
    const { bank, base, headers } = await open('tbc-installments');
    const session = `${base}/v1/online-installments/applications/${randomUUID()}`;
    for (const answer of [
      await post(`${session}/confirm`, headers, { merchantKey: 'shop-1' }),
      await send(`${session}/status?merchantKey=shop-1`, { headers }),
    ]) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.headers.get('www-authenticate')).toBeNull();
      expect(answer.body).toMatchObject({ status: 401, code: '001' });
    }
    expect(bank.apiRefusals).toBe(0);
  });

  it('refuses a bad application', async () => {
    const { base, headers } = await open('tbc-installments');
    const url = `${base}/v1/online-installments/applications`;
    expect((await post(url, headers, { ...application, products: [{ name: 'Chair' }] })).status).toBe(400);
  });
});

describe('tbc-business', () => {
  const transfer = {
    transferExternalId: 'T-1',
    debitAccount: IBAN,
    creditAccount: OTHER_IBAN,
    beneficiaryName: 'Nino',
    amount: 10.1,
    currency: 'GEL',
  };

  it('makes one transfer per transferExternalId and shows it in balance and statement', async () => {
    const { base, headers } = await open('tbc-business');
    const url = `${base}/bab/v1/transfers/single`;
    const first = await post(url, headers, transfer);
    const again = await post(url, headers, transfer);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({ transferExternalId: 'T-1', status: 'InProgress' });
    expect([again.status, again.text]).toEqual([first.status, first.text]);

    const balance = await send(`${base}/bab/v1/accounts/${IBAN}/balances/GEL`, { headers });
    expect(balance.body).toMatchObject({ accountNumber: IBAN, availableBalance: 9989.9 });
    const query = new URLSearchParams({ accountNumber: OTHER_IBAN, currency: 'GEL' });
    const statement = await send(`${base}/bab/v1/accounts/statements?${query}`, { headers });
    expect(statement.body.transactions).toEqual([
      expect.objectContaining({ transferExternalId: 'T-1', amount: 10.1 }),
    ]);
    query.set('periodTo', '2001-01-01');
    const before = await send(`${base}/bab/v1/accounts/statements?${query}`, { headers });
    expect(before.body.transactions).toEqual([]);
  });

  it('answers 403 where the token lacks the scope', async () => {
    const bank = simulator.bank('tbc-business');
    const { body } = await askToken(bank, ({ parameters }) => {
      parameters.scope = 'bab_accounts';
    });
    const headers = bearing(bank, body.access_token);
    const refused = await post(`${bank.apiBaseUrl}/bab/v1/transfers/single`, headers, transfer);
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_scope", scope="bab_transfers"',
    );
    expect(refused.body.fault.detail.errorcode).toBe('steps.oauth.v2.InsufficientScope');
    const balance = await send(`${bank.apiBaseUrl}/bab/v1/accounts/${IBAN}/balances/GEL`, { headers });
    expect(balance.status).toBe(200);
    expect(bank.apiRefusals).toBe(0);
  });

  it('refuses a bad account, currency, date or transfer', async () => {
    const { base, headers } = await open('tbc-business');
    const accounts = `${base}/bab/v1/accounts`;
    for (const path of [
      `/GE00/balances/GEL`,
      `/${IBAN}/balances/XXX`,
      `/statements?accountNumber=${IBAN}`,
      `/statements?accountNumber=${IBAN}&currency=GEL&periodFrom=yesterday`,
    ]) {
      const answer = await send(accounts + path, { headers });
      expect(answer.status).toBe(400);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    }
    const url = `${base}/bab/v1/transfers/single`;
    expect((await post(url, headers, { ...transfer, transferExternalId: '' })).status).toBe(400);
  });
});

describe('partner', () => {
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
    ['bog-installments', '/v1/installment/checkout', { shop_order_id: 'A-1', purchase_units }],
    [
      'bog-ipay',
      '/opay/api/v1/checkout/orders',
      { intent: 'CAPTURE', redirect_url: 'https://shop.example/back', shop_order_id: 'A-1', purchase_units },
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
