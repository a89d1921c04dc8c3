import { AsyncLocalStorage } from 'node:async_hooks';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { Logger } from '@nestjs/common';
import axios from 'axios';
import { isBankAuthError } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import { rejection, startApp } from '../support/bank-app.js';
import { server } from '../support/loopback-server.js';
import { leaks, secretsOf } from '../support/secret-scan.js';
import { bank, simulator, useSimulatedBanks } from '../support/simulated-bank.js';
import { until } from '../support/until.js';

const KEY = '0b0e6a6e-2a53-4f0c-9f0e-7a0f4f5a1c11';

useSimulatedBanks('bog-payments', 'tbc-installments', 'tbc-tpay');

describe('the token goes to the bank only', () => {
  test.each([
    ['an absolute URL', (other: string) => `${other}/steal`],
    ['a URL without scheme', (other: string) => other.replace('http:', '')],
    ['a URL with credentials', () => bank.origin.replace('http://', 'http://user:password@')],
    ['another scheme', () => 'ftp://127.0.0.1/file'],
    ['a look-alike host', () => `${bank.origin}@evil.example/`],
  ])('and not to %s', async (_name, urlOf) => {
    const other = await server((_request, response) => response.end('{}'));
    const { http } = await startApp(bank);
    const error = await rejection(firstValueFrom(http.get(urlOf(other.origin))));
    // axios itself refuses some of them, before the adapter.
    expect(isBankAuthError(error, 'BANK_AUTH_UNTRUSTED_ORIGIN') || error.code === 'ERR_INVALID_URL').toBe(
      true,
    );
    expect(other.requests).toHaveLength(0);
    expect(bank.apiRequests).toBe(0);
    expect(bank.tokenRequests).toBe(0);
  });

  test('and not through a local socket', async () => {
    const { http } = await startApp(bank);
    const error = await rejection(
      firstValueFrom(http.get('/simulator/echo', { socketPath: '/tmp/any.sock' })),
    );
    expect(isBankAuthError(error, 'BANK_AUTH_UNTRUSTED_ORIGIN')).toBe(true);
    expect(error.message).toContain('bog-payments');
    expect(bank.tokenRequests).toBe(0);
  });

  test('and to an origin that the configuration allows', async () => {
    const files = await server((_request, response) => response.end('{"file":true}'));
    const { http, tokens } = await startApp(bank, { provider: { allowedOrigins: [files.origin] } });
    const { data } = await firstValueFrom(http.get(`${files.origin}/statement`));
    expect(data).toEqual({ file: true });
    expect(files.requests[0]?.headers.authorization).toBe(`Bearer ${await tokens.getAccessToken()}`);
  });

  test('under the path of the base URL, as axios joins them', async () => {
    const { http } = await startApp(bank);
    await firstValueFrom(http.get('simulator/echo', { params: { q: 'a b' } }));
    expect(bank.lastApiRequest?.path).toBe('/simulator/echo?q=a+b');
    await firstValueFrom(http.get('//simulator/echo', { allowAbsoluteUrls: false }));
    expect(bank.lastApiRequest?.path).toBe('/simulator/echo');
  });

  describe.each(['http', 'fetch'] as const)('and never along a redirect (adapter %s)', (adapter) => {
    test.each([301, 302, 303, 307, 308] as const)('%i', async (status) => {
      const other = await server((_request, response) => response.end('{}'));
      const { http } = await startApp(bank);
      bank.failApi({ redirectTo: `${other.origin}/steal`, status }, 1);
      const error = await rejection(
        firstValueFrom(http.post('/simulator/echo', { a: 1 }, { adapter, maxRedirects: 5 })),
      );
      expect(error.response.status).toBe(status);
      expect(other.requests).toHaveLength(0);
    });
  });
});

describe('a call whose token was refused', () => {
  const requests = [
    ['GET', { method: 'get' }, true],
    ['HEAD', { method: 'head' }, true],
    ['OPTIONS', { method: 'options' }, true],
    ['POST', { method: 'post', data: { amount: 1 } }, false],
    ['PUT', { method: 'put', data: { amount: 1 } }, false],
    ['PATCH', { method: 'patch', data: { amount: 1 } }, false],
    ['DELETE', { method: 'delete' }, false],
    [
      'POST with an idempotency key',
      { method: 'post', data: { a: 1 }, headers: { 'idempotency-key': KEY } },
      true,
    ],
    [
      'POST with an empty idempotency key',
      { method: 'post', data: {}, headers: { 'Idempotency-Key': '' } },
      false,
    ],
    [
      'POST that the caller vouches for',
      { method: 'post', data: { a: 1 }, bankAuth: { replay: true } },
      true,
    ],
    ['GET that the caller forbids', { method: 'get', bankAuth: { replay: false } }, false],
    [
      'POST of a buffer with a key',
      { method: 'post', data: Buffer.from('x'), headers: { 'Idempotency-Key': KEY } },
      true,
    ],
    [
      'POST of a form with a key',
      { method: 'post', data: new URLSearchParams({ a: 'b' }), headers: { 'Idempotency-Key': KEY } },
      true,
    ],
  ] as const;

  test.each(requests)('%s: is sent again or not', async (_name, config, replayed) => {
    const { http } = await startApp(bank);
    await firstValueFrom(http.get('/simulator/echo'));
    bank.revoke();
    const before = bank.apiRequests;
    const answer = firstValueFrom(http.request({ url: '/simulator/echo', ...config } as never));
    if (replayed) {
      expect(await answer).toHaveProperty('status', 200);
      expect(bank.apiRequests - before).toBe(2);
    } else {
      expect((await rejection(answer)).response.status).toBe(401);
      expect(bank.apiRequests - before).toBe(1);
      // The next call has a new token all the same.
      expect(await firstValueFrom(http.get('/simulator/echo'))).toHaveProperty('status', 200);
    }
    expect(bank.tokenRequests).toBe(2);
  });

  test('is never sent again if its body is a stream, even if the caller allows it', async () => {
    const { http } = await startApp(bank);
    await firstValueFrom(http.get('/simulator/echo'));
    bank.revoke();
    const error = await rejection(
      firstValueFrom(http.post('/simulator/echo', Readable.from(['a', 'b']), { bankAuth: { replay: true } })),
    );
    expect(error.response.status).toBe(401);
    expect(bank.apiRequests).toBe(2);
  });

  test('is logged, in the context of its caller, at most 20 times a minute, where it is not sent again', async () => {
    const { http } = await startApp(bank);
    const caller = new AsyncLocalStorage<string>();
    const lines: string[] = [];
    const write = (line: unknown) =>
      void lines.push(`${caller.getStore()}: ${String(line).replace(/refused.*/, 'refused')}`);
    Logger.overrideLogger({ log: write, warn: write, error: write });
    try {
      await firstValueFrom(http.get('/simulator/echo'));
      bank.revoke();
      const callers = Array.from({ length: 23 }, (_, n) => `call ${n}`);
      const post = () => rejection(firstValueFrom(http.post('/simulator/echo', {})));
      const errors = await Promise.all(callers.map((name) => caller.run(name, post)));
      expect(errors.map(({ response }) => response.status)).toEqual(callers.map(() => 401));
      expect(lines.pop()).toMatch(
        /^undefined: \[BANK_AUTH_LINES_OMITTED\] bog-payments: too many lines on calls within a minute/,
      );
      const told = new Set(lines.filter((line) => !line.includes('[BANK_AUTH_TOKEN_REFUSED]')));
      expect(told.size).toBe(20);
      const line = ': [BANK_AUTH_REQUEST_NOT_REPLAYED] bog-payments (merchant "default"): the bank refused';
      const all = new Set(callers.map((name) => `${name}${line}`));
      expect([...told].filter((one) => !all.has(one))).toEqual([]);
    } finally {
      Logger.overrideLogger(false);
    }
  });

  test('is sent again with the same bytes and headers, without running interceptors twice', async () => {
    const { http } = await startApp(bank);
    let runs = 0;
    http.axiosRef.interceptors.request.use((config) => {
      runs += 1;
      config.headers.set('X-Request-Id', `request-${runs}`);
      return config;
    });
    await firstValueFrom(http.get('/simulator/echo'));
    bank.revoke();
    await firstValueFrom(
      http.post('/simulator/echo', { b: 1, a: 'ü' }, { headers: { 'Idempotency-Key': KEY } }),
    );
    const [first, second] = bank.requests
      .filter(({ method }) => method === 'POST')
      .filter(({ kind }) => kind === 'api');
    expect(runs).toBe(2);
    expect(second?.body).toBe(first?.body);
    const withoutToken = (headers: Record<string, string> = {}) => ({ ...headers, authorization: '' });
    expect(withoutToken(second?.headers)).toEqual(withoutToken(first?.headers));
    expect(second?.headers.authorization).not.toBe(first?.headers.authorization);
    expect(second?.headers['x-request-id']).toBe('request-2');
  });

  test('returns its 401 if the renewal fails', async () => {
    const { http } = await startApp(bank, { retry: { attempts: 1 } });
    await firstValueFrom(http.get('/simulator/echo'));
    bank.revoke();
    bank.failToken('unavailable');
    const error = await rejection(firstValueFrom(http.get('/simulator/echo')));
    expect(axios.isAxiosError(error)).toBe(true);
    expect(error.response.status).toBe(401);
  });

  test('is replaced also where the caller accepts every status', async () => {
    const { http } = await startApp(bank);
    await firstValueFrom(http.get('/simulator/echo'));
    bank.revoke();
    const { status } = await firstValueFrom(http.get('/simulator/echo', { validateStatus: () => true }));
    expect(status).toBe(200);
  });

  test('does not drop a newer token when it is late', async () => {
    const { http, tokens } = await startApp(bank);
    await firstValueFrom(http.get('/simulator/echo'));
    bank.setLatency({ api: 150 });
    bank.revoke();
    const late = firstValueFrom(http.get('/simulator/echo'));
    await until(() => bank.apiRequests === 2, 'the slow request');
    bank.setLatency({ api: 0 });
    await firstValueFrom(http.get('/simulator/echo'));
    const renewed = await tokens.getAccessToken();
    expect(await late).toHaveProperty('status', 200);
    expect(await tokens.getAccessToken()).toBe(renewed);
    expect(bank.tokenRequests).toBe(2);
  });

  test('may get another token once the cool-down after a permanent refusal is over', async () => {
    const { http, clock } = await startApp(bank);
    bank.refuseAllTokens();
    for (let call = 0; call < 5; call++) await rejection(firstValueFrom(http.get('/simulator/echo')));
    expect(bank.tokenRequests).toBe(2);
    await clock.advance(60_001);
    for (let call = 0; call < 5; call++) await rejection(firstValueFrom(http.get('/simulator/echo')));
    expect(bank.tokenRequests).toBe(3);
    bank.refuseAllTokens(false);
    expect(await firstValueFrom(http.get('/simulator/echo'))).toHaveProperty('status', 200);
  });

  test('keeps its token where the 401 is about business', async () => {
    const installments = simulator.bank('tbc-installments');
    const { http } = await startApp(installments);
    const path = '/v1/online-installments/applications/no-such-session/status';
    const error = await rejection(firstValueFrom(http.get(path, { params: { merchantKey: 'any' } })));
    expect(error.response.status).toBe(401);
    expect(error.response.data.code).toBe('001');
    expect(installments.tokenRequests).toBe(1);
    expect(installments.apiRequests).toBe(1);
  });
});

describe('a caller that leaves', () => {
  test('ends only its own request, as the bank sees', async () => {
    const { http } = await startApp(bank);
    await firstValueFrom(http.get('/simulator/echo'));
    bank.setLatency({ api: 400 });
    const subscription = http.get('/simulator/echo').subscribe();
    const other = firstValueFrom(http.get('/simulator/echo'));
    await until(() => bank.apiRequests === 3, 'both requests');
    subscription.unsubscribe();
    await until(() => bank.apiAborts === 1, 'the abort');
    expect(await other).toHaveProperty('status', 200);
  });

  test('while it waits for the token sends nothing, and leaves the flight to the others', async () => {
    const { http, tokens } = await startApp(bank);
    bank.setLatency({ token: 100 });
    const subscription = http.post('/simulator/echo', {}).subscribe();
    await until(() => bank.tokenRequests === 1, 'the token request');
    subscription.unsubscribe();
    expect(await tokens.getAccessToken()).toEqual(expect.any(String));
    expect(bank.tokenRequests).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(bank.apiRequests).toBe(0);
  });

  test.each(['signal', 'cancelToken'] as const)('by %s gets a cancellation', async (way) => {
    const { http } = await startApp(bank);
    bank.setLatency({ token: 100 });
    const controller = new AbortController();
    const source = axios.CancelToken.source();
    const config = way === 'signal' ? { signal: controller.signal } : { cancelToken: source.token };
    const error = rejection(firstValueFrom(http.get('/simulator/echo', config)));
    await until(() => bank.tokenRequests === 1, 'the token request');
    controller.abort();
    source.cancel();
    expect(axios.isCancel(await error)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(bank.apiRequests).toBe(0);
  });
});

describe('a failed call', () => {
  test('shows no secret in its answer, even where the bank repeats it', async () => {
    const echo = await server((request, response) => {
      const { authorization = '', apikey = '' } = request.headers as Record<string, string>;
      response.writeHead(500, { 'x-debug': authorization, 'content-type': 'application/json' });
      response.end(JSON.stringify({ authorization, apikey, escaped: authorization.replaceAll('/', '\\/') }));
    });
    const tpay = simulator.bank('tbc-tpay');
    const { http, tokens } = await startApp(tpay, { provider: { apiBaseUrl: echo.origin } });
    const secrets = secretsOf(tpay.credentials, await tokens.getAccessToken());
    const anyStatus = { validateStatus: () => true };
    const values = [
      await firstValueFrom(http.get('/error', anyStatus)),
      await firstValueFrom(http.get('/error', { ...anyStatus, responseType: 'arraybuffer' })),
      await firstValueFrom(http.get('/error', { ...anyStatus, responseType: 'text' })),
      await rejection(firstValueFrom(http.get('/error'))),
    ];
    expect(values.flatMap((value) => leaks(value, secrets))).toEqual([]);
    expect(values[0].data.authorization).toContain('[redacted]');
  });

  test('keeps the useful parts of its error', async () => {
    const { http } = await startApp(bank);
    const error = await rejection(
      firstValueFrom(
        http.get('/simulator/echo?status=422', { headers: { 'X-Own': 'mine' }, params: { a: 1 } }),
      ),
    );
    expect(axios.isAxiosError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'ERR_BAD_REQUEST', status: 422 });
    expect(error.response).toMatchObject({ status: 422, config: { url: '/simulator/echo?status=422' } });
    expect(error.config.headers.get('X-Own')).toBe('mine');
    expect(error.config.headers.has('Authorization')).toBe(false);
    expect(error.request).toEqual({
      method: 'GET',
      protocol: 'http:',
      host: new URL(bank.origin).host,
      path: '/simulator/echo',
    });
    // As retry helpers do.
    const again = await rejection(http.axiosRef.request(error.config));
    expect(again.response.status).toBe(422);
    expect(bank.apiRequests).toBe(2);
    expect(bank.apiRefusals).toBe(0);
  });

  test('has a stream where a stream was requested, without a way back to the request', async () => {
    const { http, tokens } = await startApp(bank);
    const response = await firstValueFrom(http.get('/simulator/echo', { responseType: 'stream' }));
    expect(leaks(response, secretsOf(bank.credentials, await tokens.getAccessToken()))).toEqual([]);
    expect(JSON.parse((await buffer(response.data)).toString())).toMatchObject({ method: 'GET' });
  });

  test('may be a time-out of the resource call, after the configured time', async () => {
    const { http } = await startApp(bank, { provider: { http: { timeout: 100 } } });
    await firstValueFrom(http.get('/simulator/echo'));
    bank.setLatency({ api: 2_000 });
    const error = await rejection(firstValueFrom(http.get('/simulator/echo')));
    expect(error.code).toBe('ECONNABORTED');
    await until(() => bank.apiAborts === 1, 'the end of the connection');
  });
});

describe('a header of the bank', () => {
  test('takes precedence over the one of the caller', async () => {
    const { http, tokens } = await startApp(bank);
    await firstValueFrom(
      http.get('/simulator/echo', {
        headers: { authorization: 'Basic bWluZTptaW5l' },
        auth: { username: 'me', password: 'mine' },
      }),
    );
    expect(bank.lastApiRequest?.headers.authorization).toBe(`Bearer ${await tokens.getAccessToken()}`);
  });
});

describe('an axios instance of the user', () => {
  test('is authorised while the interceptor is attached, and not after', async () => {
    const { interceptor, tokens } = await startApp(bank);
    const instance = axios.create({ baseURL: bank.apiBaseUrl });
    const detach = interceptor.attach(instance);
    expect((await instance.get('/simulator/echo')).status).toBe(200);
    expect(bank.lastApiRequest?.headers.authorization).toBe(`Bearer ${await tokens.getAccessToken()}`);
    detach();
    const error = await rejection(instance.get('/simulator/echo'));
    expect(error.response.status).toBe(401);
    expect(bank.lastApiRequest?.headers.authorization).toBeUndefined();
    interceptor.attach(instance)();
  });

  test('accepts one interceptor only', async () => {
    const { interceptor } = await startApp(bank);
    const instance = axios.create({ baseURL: bank.apiBaseUrl });
    interceptor.attach(instance);
    expect(() => interceptor.attach(instance)).toThrow(/already has the interceptor of bog-payments/);
  });

  test('is guarded as a client of the bank is', async () => {
    const other = await server((_request, response) => response.end('{}'));
    const { interceptor } = await startApp(bank);
    const instance = axios.create({ baseURL: other.origin });
    interceptor.attach(instance);
    expect(isBankAuthError(await rejection(instance.get('/')), 'BANK_AUTH_UNTRUSTED_ORIGIN')).toBe(true);
    expect(other.requests).toHaveLength(0);
  });
});

describe('a merchant key', () => {
  test.each([[''], [undefined], [null], ['acme'], ['default']])(
    "%j never falls back to the provider's own credentials",
    async (merchant) => {
      const { http, interceptor } = await startApp(bank);
      const error = await rejection(
        firstValueFrom(http.get('/simulator/echo', { bankAuth: { merchant: merchant as string } })),
      );
      expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
      expect(error.requestSent).toBe(false);
      expect(() => interceptor.attach(axios.create(), { merchant: merchant as string })).toThrow(/merchant/);
      expect(bank.apiRequests).toBe(0);
      expect(bank.tokenRequests).toBe(0);
    },
  );
});

test('connections are kept alive between calls, and closed after shutdown when they are idle', async () => {
  const ports = new Set<number | undefined>();
  const api = await server((request, response) => {
    ports.add(request.socket.remotePort);
    response.end('{}');
  });
  let open = 0;
  const { http, close } = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
  for (let call = 0; call < 3; call++) await firstValueFrom(http.get('/'));
  expect(ports.size).toBe(1);
  api.requests[0]?.socket.on('close', () => {
    open -= 1;
  });
  open = 1;
  await close();
  await until(() => open === 0, 'the end of the idle connection');
});
