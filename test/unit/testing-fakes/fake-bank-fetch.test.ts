import { describe, expect, jest, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BankAuthConfigError,
  type BankFetch,
  getBankFetchToken,
  InjectBankFetch,
  TokenEndpointUnavailableError,
} from '../../../src/index.js';
import {
  type FakeBankFetch,
  type FakeBankRequest,
  provideFakeBankFetch,
} from '../../../src/testing/index.js';
import { rejection } from '../../support/bank-app.js';

@Injectable()
class Payments {
  constructor(@InjectBankFetch('bog-payments') readonly bog: BankFetch) {}
}

type Answer = Parameters<typeof provideFakeBankFetch>[1];

async function payments(answer?: Answer): Promise<{ bog: BankFetch; bank: FakeBankFetch }> {
  const testing = await Test.createTestingModule({
    providers: [Payments, provideFakeBankFetch('bog-payments', answer)],
  }).compile();
  return { bog: testing.get(Payments).bog, bank: testing.get(getBankFetchToken('bog-payments')) };
}

describe('a fake bank fetch', () => {
  test("replaces the bank's fetch, and answers 200 with an empty object by default", async () => {
    const { bog, bank } = await payments();
    const response = await bog('/orders/1');
    expect(response).toBeInstanceOf(Response);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await response.json()).toEqual({});
    expect([bank.provider, bank.requests.length]).toEqual(['bog-payments', 1]);
  });

  test('remembers each request as the code under test made it, without a token', async () => {
    const { bog, bank } = await payments();
    const init = { method: 'post', headers: { 'Idempotency-Key': 'key' }, body: '{"total":5}' };
    await bog('/orders?shop=main', init);
    await bog(
      new Request('https://api.bog.ge/orders', { method: 'PUT', body: new URLSearchParams({ a: 'b' }) }),
    );
    await bog(new URL('https://api.bog.ge/orders'));
    const form = new FormData();
    form.set('a', 'b');
    await bog('files', { method: 'POST', body: form });
    expect(bank.requests).toMatchObject([
      {
        method: 'POST',
        url: '/orders?shop=main',
        params: { shop: 'main' },
        headers: { 'idempotency-key': 'key' },
        body: { total: 5 },
      },
      { method: 'PUT', url: 'https://api.bog.ge/orders', body: 'a=b' },
      { method: 'GET', url: 'https://api.bog.ge/orders', params: {}, body: undefined },
      { method: 'POST', url: 'files' },
    ]);
    expect(bank.requests[3]?.body).toBeInstanceOf(FormData);
    expect(bank.requests.some(({ headers }) => 'authorization' in headers)).toBe(false);
  });

  test('answers each request by its content: any status, or a Response', async () => {
    const answer = jest.fn(async ({ method, url }: FakeBankRequest) =>
      url === '/orders'
        ? { status: 409, headers: { 'Content-Type': 'application/problem+json' }, body: { url, method } }
        : url === '/file'
          ? new Response('a,b', { headers: { 'content-type': 'text/csv' } })
          : { status: 204, body: { ignored: true } },
    );
    const { bog } = await payments(answer);
    const conflict = await bog('/orders', { method: 'POST' });
    expect([conflict.status, conflict.ok, conflict.headers.get('content-type')]).toEqual([
      409,
      false,
      'application/problem+json',
    ]);
    expect(await conflict.json()).toEqual({ url: '/orders', method: 'POST' });
    expect(await (await bog('/file')).text()).toBe('a,b');
    expect((await bog('/orders', { method: 'HEAD' })).body).toBeNull();
    expect([(await bog('/x')).status, (await bog('/x')).body]).toEqual([204, null]);
  });

  test('fails as fetch does where the answer throws, and as the bank does for an error of this package', async () => {
    const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const { bog } = await payments(() => Promise.reject(reset));
    const error = await rejection(bog('/orders'));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.cause).toMatchObject({ code: 'ECONNRESET', message: 'socket hang up' });
    const unavailable = new TokenEndpointUnavailableError('down', { provider: 'bog-payments' });
    const { bog: down } = await payments(() => {
      throw unavailable;
    });
    expect(await rejection(down('/orders'))).toBe(unavailable);
  });

  test('is aborted by a signal, before or while the bank works', async () => {
    const { bog, bank } = await payments(() => new Promise(() => undefined));
    const reason = new Error('left');
    expect(await rejection(bog('/orders', { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(bank.requests).toEqual([]);
    const controller = new AbortController();
    const call = rejection(bog('/orders', { signal: controller.signal }));
    controller.abort(reason);
    expect(await call).toBe(reason);
  });

  test('remembers whose credentials a request named, in every way of naming them', async () => {
    const { bog, bank } = await payments(({ merchant = 'nobody' }) => ({ body: { merchant } }));
    const marked = Object.assign(new Request('https://api.bog.ge/'), { bankAuth: { merchant: 'c' } });
    const answers = [
      await bog('/'),
      await bog('/', { bankAuth: { merchant: 'a' } }),
      await bog.forMerchant('b')('/'),
      await bog(marked),
      await bog.forMerchant('b')('/', { bankAuth: { merchant: 'a' } }),
    ];
    expect(bank.requests.map(({ merchant }) => merchant)).toEqual([undefined, 'a', 'b', 'c', 'a']);
    expect(await answers[2]?.json()).toEqual({ merchant: 'b' });
    expect(bank.forMerchant('d').requests).toBe(bank.requests);
  });

  test.each<[string, (bog: BankFetch) => unknown]>([
    ['a misspelt bankAuth', (bog) => bog('/', { bankAuth: { merchantId: 'A' } as never })],
    ['an option that is no object', (bog) => bog('/', { bankAuth: ['A'] as never })],
    ["redirect: 'follow'", (bog) => bog('/', { redirect: 'follow' })],
    ['an empty merchant key', async (bog) => bog.forMerchant('')],
  ])("refuses %s, as the bank's fetch does", async (_what, call) => {
    const { bog, bank } = await payments();
    const error = await rejection(call(bog) as Promise<unknown>);
    expect(error).toBeInstanceOf(BankAuthConfigError);
    expect(error.message).toContain('bog-payments');
    expect(bank.requests).toEqual([]);
  });
});
