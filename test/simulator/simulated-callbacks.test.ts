import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { verifyBogCallback } from 'nestjs-bank-auth/webhooks';
import { BankSimulator, type SimulatedWebhooks } from '../../src/testing/index.js';
import { authorised, post, send } from '../support/simulator-client.js';
import { until } from '../support/until.js';

interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

let shop: Server;
let shopUrl: string;
let received: Received[];
let answer: (response: ServerResponse, count: number) => void;
let banks: BankSimulator<'bog-payments'>;
/** By their settings. Each makes a key of RSA, which takes long. */
const started = new Map<string, BankSimulator<'bog-payments'>>();

beforeEach(async () => {
  received = [];
  answer = (response) => response.writeHead(200).end();
  shop = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    received.push({ method, url, headers, body: Buffer.concat(chunks) });
    answer(response, received.length);
  }).listen(0, '127.0.0.1');
  await once(shop, 'listening');
  shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/callback`;
});
afterEach(() => {
  for (const each of started.values()) each.reset();
  shop.closeAllConnections();
  shop.close();
});
afterAll(() => Promise.all([...started.values()].map((each) => each.stop())));

/** A bank, and a client that makes an order with it. */
async function start(webhooks?: boolean | SimulatedWebhooks) {
  const settings = JSON.stringify(webhooks);
  banks =
    started.get(settings) ??
    (await BankSimulator.start({ bank: 'bog-payments', ...(webhooks !== undefined && { webhooks }) }));
  started.set(settings, banks);
  const bank = banks.bank('bog-payments');
  const headers = await authorised(bank);
  const order = (callback_url: string, more: object = {}) =>
    post(`${bank.apiBaseUrl}/payments/v1/ecommerce/orders`, headers, {
      callback_url,
      external_order_id: 'shop-1',
      purchase_units: { total_amount: 10, basket: [{ product_id: 'a', quantity: 1, unit_price: 10 }] },
      ...more,
    });
  const receipt = async (id: string) =>
    (await send(`${bank.apiBaseUrl}/payments/v1/receipt/${id}`, { headers })).body;
  return { bank, order, receipt };
}
const soon = { after: 0, repeatAfter: [0, 0] };
const byLoopback = { after: 86_400_000, http: 'loopback' } as const;
const settled = (attempts: number) => until(() => banks.bank('bog-payments').callbacks.length === attempts);

describe('the callbacks of a simulated bank', () => {
  test('are signed, wrap the receipt of an order at its end, and carry no credentials', async () => {
    const { bank, order, receipt } = await start(soon);
    const { body: made } = await order(`${shopUrl}?shop=1`, { capture: 'manual' });
    await settled(1);
    const [{ method, url, headers, body } = {} as Received] = received;
    expect([method, url]).toEqual(['POST', '/callback?shop=1']);
    expect(headers['content-type']).toBe('application/json');
    expect(Object.keys(headers).sort()).toEqual(
      ['callback-signature', 'connection', 'content-length', 'content-type', 'host', 'user-agent'].sort(),
    );
    const signature = headers['callback-signature'] as string;
    expect(verifyBogCallback(body, signature, bank.callbackPublicKey as string)).toBe(true);
    const payload = JSON.parse(body.toString());
    expect(payload).toEqual({
      event: 'order_payment',
      zoned_request_time: expect.stringMatching(/^\d{4}-.*Z$/),
      body: expect.objectContaining({ order_id: made.id, external_order_id: 'shop-1' }),
    });
    expect(payload.body.order_status).toEqual({ key: 'blocked', value: 'დაბლოკილი' });
    expect((await receipt(made.id)).order_status.key).toBe('blocked');
    expect(bank.callbacks).toEqual([
      { url: `${shopUrl}?shop=1`, body: body.toString(), signature, attempt: 1, status: 200 },
    ]);
  });

  test('come at once where the receipt is read to its end, and only once', async () => {
    const { order, receipt } = await start(byLoopback);
    const { body: made } = await order(shopUrl);
    const states = [];
    for (let read = 0; read < 4; read += 1) states.push((await receipt(made.id)).order_status.key);
    expect(states).toEqual(['created', 'processing', 'completed', 'completed']);
    await settled(1);
    expect(received).toHaveLength(1);
  });

  test('are repeated until they are answered 200, and 201 is none', async () => {
    answer = (response, count) => response.writeHead(count === 1 ? 503 : count === 2 ? 201 : 200).end();
    const { bank, order } = await start(soon);
    await order(shopUrl);
    await settled(3);
    expect(bank.callbacks.map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 503],
      [2, 201],
      [3, 200],
    ]);
    expect(new Set(received.map(({ headers }) => headers['callback-signature'])).size).toBe(1);
  });

  test('follow no redirect and are given up after the last pause', async () => {
    answer = (response) => response.writeHead(307, { location: '/elsewhere' }).end();
    const { bank, order } = await start({ after: 0, repeatAfter: [0] });
    await order(shopUrl);
    await settled(2);
    // A callback after the last would have been sent before that of a later order.
    answer = (response) => response.writeHead(200).end();
    await order(`${shopUrl}/2`);
    await settled(3);
    expect(bank.callbacks.map(({ status }) => status)).toEqual([307, 307, 200]);
    expect(received.map(({ url }) => url)).toEqual(['/callback', '/callback', '/callback/2']);
  });

  test('count a shop that cannot be reached as no answer', async () => {
    answer = (response) => response.destroy();
    const { bank, order } = await start({ after: 0, repeatAfter: [] });
    await order(shopUrl);
    await settled(1);
    expect(bank.callbacks[0]?.status).toBe(0);
  });

  test('send nothing that a URL says of a user', async () => {
    const { order } = await start(soon);
    await order(shopUrl.replace('127', 'user:secret@127'));
    await settled(1);
    expect(received[0]?.headers.authorization).toBeUndefined();
  });

  test('end with a reset', async () => {
    const { bank, order } = await start({ after: 50 });
    await order(`${shopUrl}/1`);
    bank.recover();
    banks.reset();
    const again = await authorised(bank);
    await post(`${bank.apiBaseUrl}/payments/v1/ecommerce/orders`, again, {
      callback_url: `${shopUrl}/2`,
      purchase_units: { total_amount: 1, basket: [{ product_id: 'a', quantity: 1, unit_price: 1 }] },
    });
    await settled(1);
    expect(received.map(({ url }) => url)).toEqual(['/callback/2']);
  });

  test.each([
    [
      'loopback',
      {
        'http://shop.example/': 400,
        'http://127.0.0.1.shop.example/': 400,
        'http://notlocalhost/': 400,
        'http://0.0.0.0/': 400,
        'http://localhost:1/': 200,
        'http://[::1]:1/': 200,
        'https://shop.example/': 200,
      },
    ],
    ['anywhere', { 'ftp://127.0.0.1/': 400, 'https://': 400, 'http://shop.example/': 200 }],
  ] as const)('go to no other host than the settings allow: http to %s', async (http, statuses) => {
    const { order } = await start({ ...byLoopback, http });
    const answered: Record<string, number> = {};
    for (const url of Object.keys(statuses)) answered[url] = (await order(url)).status;
    expect(answered).toEqual(statuses);
  });

  test('are not sent without the setting, which then takes no http', async () => {
    const { bank, order } = await start();
    expect((await order(shopUrl)).status).toBe(400);
    expect([bank.callbackPublicKey, bank.callbacks]).toEqual([undefined, []]);
  });

  test.each([
    [{ bank: 'partner', webhooks: true }, "The simulated bank 'partner' sends no callbacks"],
    [{ bank: 'bog-payments', webhooks: { afer: 1 } }, 'webhooks has no member afer'],
    [{ bank: 'bog-payments', webhooks: { after: -1 } }, 'webhooks.after must be'],
    [{ bank: 'bog-payments', webhooks: { repeatAfter: [Number.NaN] } }, 'webhooks.repeatAfter must be'],
    [{ bank: 'bog-payments', webhooks: { http: 'everywhere' } }, "'loopback' or 'anywhere'"],
    [{ bank: 'bog-payments', webhooks: 1 }, 'webhooks must be a boolean or an object'],
  ])('are an error where the setting is wrong: %j', async (settings, message) => {
    await expect(BankSimulator.start(settings as never)).rejects.toThrow(message);
  });
});
