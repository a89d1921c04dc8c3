import { describe, expect, jest, test } from '@jest/globals';
import { HttpService } from '@nestjs/axios';
import { BadGatewayException, Body, Controller, HttpException, Param, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import axios, { AxiosError } from 'axios';
import { catchError, firstValueFrom, map, type Observable, throwError } from 'rxjs';
import {
  bankCallOf,
  getBankHttpToken,
  InjectBankHttp,
  isSafeToRepeat,
  TokenEndpointUnavailableError,
} from '../../../src/index.js';
import { type FakeBankHttp, type FakeBankRequest, provideFakeBankHttp } from '../../../src/testing/index.js';

@Controller('payments')
class Payments {
  constructor(@InjectBankHttp('bog-payments') private readonly bog: HttpService) {}

  @Post(':shop')
  create(@Param('shop') shop: string, @Body() order: object): Observable<string> {
    const config = { params: { shop }, headers: { 'Idempotency-Key': 'key' }, bankAuth: { replay: true } };
    return this.bog.post('/orders', order, config).pipe(
      map(({ data }) => data.id),
      catchError((error: AxiosError) =>
        throwError(() =>
          error.response === undefined
            ? new BadGatewayException('no answer')
            : new HttpException(error.response.data as object, error.response.status),
        ),
      ),
    );
  }
}

type Answer = Parameters<typeof provideFakeBankHttp>[1];

async function payments(answer?: Answer): Promise<{ controller: Payments; bank: FakeBankHttp }> {
  const testing = await Test.createTestingModule({
    controllers: [Payments],
    providers: [provideFakeBankHttp('bog-payments', answer)],
  }).compile();
  return { controller: testing.get(Payments), bank: testing.get(getBankHttpToken('bog-payments')) };
}

const failureOf = (call: Observable<unknown>): Promise<AxiosError> =>
  firstValueFrom(call).then(
    () => Promise.reject(new Error('no failure')),
    (error) => error,
  );

describe('a fake bank client', () => {
  test('replaces the HttpService of the bank in a controller', async () => {
    const { controller, bank } = await payments(() => ({ status: 201, body: { id: 'order-1' } }));
    expect(bank).toBeInstanceOf(HttpService);
    expect(await firstValueFrom(controller.create('main', { total: 5 }))).toBe('order-1');
  });

  test.each([
    [{ merchantId: 'A' }, 'has no member "merchantId"'],
    [['A'], 'must be a plain object'],
  ])('refuses a bankAuth of %j, as the HttpService of the bank does', async (bankAuth, what) => {
    const { bank } = await payments();
    const error = await failureOf(bank.get('/orders/1', { bankAuth: bankAuth as never }));
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', requestSent: false });
    expect(error.message).toContain(what);
    expect(bank.requests).toEqual([]);
  });

  test('remembers each request as the code under test made it', async () => {
    const { controller, bank } = await payments();
    await firstValueFrom(controller.create('main', { total: 5 }));
    await firstValueFrom(bank.get('/orders/1'));
    expect(bank.requests).toHaveLength(2);
    expect(bank.requests[0]).toMatchObject({
      method: 'POST',
      url: '/orders',
      params: { shop: 'main' },
      headers: { 'Idempotency-Key': 'key', 'Content-Type': expect.stringContaining('application/json') },
      body: { total: 5 },
    });
    expect(bank.requests[1]).toMatchObject({ method: 'GET', url: '/orders/1', params: {}, body: undefined });
  });

  test('reports the outcome of each call, as the HttpService of the bank does', async () => {
    const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const unavailable = new TokenEndpointUnavailableError('', { provider: 'bog-payments', retryable: true });
    const outcomes = [new Error('reset'), refused, unavailable, { status: 400 }];
    const { bank } = await payments(() => {
      const next = outcomes.shift();
      if (next instanceof Error) throw next;
      return next ?? {};
    });
    const failed = [];
    for (let calls = 0; calls < 4; calls += 1) failed.push(await failureOf(bank.post('/orders', {})));
    const keyed = await firstValueFrom(bank.post('/orders', {}, { headers: { 'Idempotency-Key': 'a' } }));
    expect(failed[2]).toBe(unavailable);
    expect([...failed, keyed].map((each) => [bankCallOf(each)?.delivery, isSafeToRepeat(each)])).toEqual([
      ['unknown', false],
      ['not-sent', true],
      ['not-sent', true],
      ['answered', false],
      ['answered', true],
    ]);
  });

  test('adds no token and sends nothing', async () => {
    const { bank } = await payments();
    await firstValueFrom(bank.get('/orders'));
    expect(Object.keys(bank.requests[0]?.headers ?? {}).map((name) => name.toLowerCase())).not.toContain(
      'authorization',
    );
  });

  test('answers 200 with an empty object by default', async () => {
    const { bank } = await payments();
    const { status, data } = await firstValueFrom(bank.delete('/orders/1'));
    expect([status, data]).toEqual([200, {}]);
  });

  test('answers each request by its content, at once or later', async () => {
    const answer = jest.fn(async ({ method, url }: FakeBankRequest) =>
      url === '/orders' ? { status: 201, headers: { location: '/orders/1' } } : { body: [method, url] },
    );
    const { bank } = await payments(answer);
    const created = await firstValueFrom(bank.post('/orders', {}));
    expect([created.status, created.headers.location, created.data]).toEqual([201, '/orders/1', '']);
    expect((await firstValueFrom(bank.put('/orders/1', 'text'))).data).toEqual(['PUT', '/orders/1']);
    expect(answer).toHaveBeenCalledTimes(2);
    expect(bank.requests[1]?.body).toBe('text');
  });

  test('runs over a real axios: interceptors, transformations and all', async () => {
    const { bank } = await payments(() => ({ body: { total: 5 } }));
    bank.axiosRef.interceptors.request.use((config) => {
      config.headers.set('X-Request-Id', '1');
      return config;
    });
    const { data } = await firstValueFrom(
      bank.get('/orders', { transformResponse: (text: string) => `${text}!`, responseType: 'text' }),
    );
    expect(data).toBe('{"total":5}!');
    expect(bank.requests[0]?.headers).toMatchObject({ 'X-Request-Id': '1' });
  });

  test.each([
    [400, AxiosError.ERR_BAD_REQUEST],
    [401, AxiosError.ERR_BAD_REQUEST],
    [404, AxiosError.ERR_BAD_REQUEST],
    [500, AxiosError.ERR_BAD_RESPONSE],
    [503, AxiosError.ERR_BAD_RESPONSE],
  ])('makes an AxiosError of %d, as axios does', async (status, code) => {
    const { bank } = await payments(() => ({
      status,
      headers: { 'retry-after': '5' },
      body: { code: 'declined' },
    }));
    const error = await failureOf(bank.get('/orders'));
    expect(axios.isAxiosError(error)).toBe(true);
    expect(error.code).toBe(code);
    expect(error.status).toBe(status);
    expect(error.response).toMatchObject({ status, data: { code: 'declined' } });
    expect(error.response?.headers['retry-after']).toBe('5');
    expect(error.message).toContain(String(status));
    expect(bank.requests).toHaveLength(1);
  });

  test('obeys a validateStatus of the caller', async () => {
    const { bank } = await payments(() => ({ status: 404 }));
    const { status } = await firstValueFrom(bank.get('/orders', { validateStatus: () => true }));
    expect(status).toBe(404);
  });

  test('lets the code under test turn a failure into an answer of its own', async () => {
    const { controller } = await payments(() => ({ status: 409, body: { message: 'twice' } }));
    const error = await failureOf(controller.create('main', {}));
    expect(error).toBeInstanceOf(HttpException);
    expect((error as unknown as HttpException).getStatus()).toBe(409);
  });

  test('turns an error of the answer into a network error, as axios does', async () => {
    const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    for (const answer of [
      () => {
        throw reset;
      },
      async () => Promise.reject(reset),
    ]) {
      const { bank, controller } = await payments(answer);
      const error = await failureOf(bank.get('/orders'));
      expect(axios.isAxiosError(error)).toBe(true);
      expect(error).toMatchObject({ code: 'ECONNRESET', message: 'socket hang up' });
      expect(error.response).toBeUndefined();
      expect(bank.requests).toHaveLength(1);
      expect(await failureOf(controller.create('main', {}))).toBeInstanceOf(BadGatewayException);
    }
  });

  test('remembers whose credentials a request named', async () => {
    const { bank } = await payments(({ merchant = 'nobody' }) => ({ body: { merchant } }));
    const { data } = await firstValueFrom(bank.get('/orders', { bankAuth: { merchant: 'shop-1' } }));
    await firstValueFrom(bank.get('/orders', { bankAuth: { replay: true } }));
    await firstValueFrom(bank.get('/orders'));
    expect(bank.requests.map(({ merchant }) => merchant)).toEqual(['shop-1', undefined, undefined]);
    expect(data).toEqual({ merchant: 'shop-1' });
  });

  test('is a new one in each testing module', async () => {
    const [one, other] = [await payments(), await payments()];
    await firstValueFrom(one.bank.get('/orders'));
    expect(other.bank.requests).toEqual([]);
  });
});
