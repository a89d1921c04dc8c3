import { Agent } from 'node:https';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import axios, { type InternalAxiosRequestConfig } from 'axios';
import { bogPayments, defineBank, isBankAuthError } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import { type BankApp, rejection, startApp } from '../support/bank-app.js';
import { server } from '../support/loopback-server.js';
import { containerLeaks, leaks, secretsOf } from '../support/secret-scan.js';
import { bank, useSimulatedBanks } from '../support/simulated-bank.js';
import { until } from '../support/until.js';

const KEY = '0b0e6a6e-2a53-4f0c-9f0e-7a0f4f5a1c11';

useSimulatedBanks();

async function secretsIn({ tokens }: BankApp): Promise<string[]> {
  return secretsOf(bank.credentials, await tokens.getAccessToken());
}

describe('no secret can be read', () => {
  test('through the error of a response stream that is aborted or too long', async () => {
    const drip = await server((_request, response) => {
      response.write('x'.repeat(2_000));
      const more = setInterval(() => response.write('x'.repeat(2_000)), 5);
      response.on('close', () => clearInterval(more));
    });
    const app = await startApp(bank, { provider: { apiBaseUrl: drip.origin } });
    const secrets = await secretsIn(app);
    const controller = new AbortController();
    const aborted = await firstValueFrom(
      app.http.get('/', {
        responseType: 'stream',
        signal: controller.signal,
        cancelToken: new axios.CancelToken(() => undefined),
      }),
    );
    const abortion = new Promise((resolve) => aborted.data.on('error', resolve));
    controller.abort();
    const long = await firstValueFrom(app.http.get('/', { responseType: 'stream', maxContentLength: 5_000 }));
    const excess = new Promise((resolve) => long.data.on('error', resolve));
    long.data.resume();
    const errors = [await abortion, await excess];
    expect(errors.every((error) => error instanceof Error)).toBe(true);
    expect(errors.flatMap((error) => leaks(error, secrets))).toEqual([]);
  });

  test('through the error of a web stream', async () => {
    const big = await server((_request, response) => response.end('x'.repeat(50_000)));
    const app = await startApp(bank, { provider: { apiBaseUrl: big.origin } });
    const { data } = await firstValueFrom(
      app.http.get('/', { adapter: 'fetch', responseType: 'stream', maxContentLength: 3_000 }),
    ).catch((error) => ({ data: Promise.reject(error) }));
    const error = await rejection(
      (async () => {
        for await (const _chunk of await data);
      })(),
    );
    expect(leaks(error, await secretsIn(app))).toEqual([]);
  });

  test('through an upload that the bank or axios cuts short', async () => {
    const impatient = await server((_request, response) => response.writeHead(413).end('{}'));
    const app = await startApp(bank, { provider: { apiBaseUrl: impatient.origin } });
    const secrets = await secretsIn(app);
    const slow = new Readable({ read() {} });
    slow.push('a');
    const refused = await rejection(firstValueFrom(app.http.post('/', slow)));
    expect(refused.response.status).toBe(413);
    expect(leaks(refused, secrets)).toEqual([]);
    slow.destroy();

    const long = Readable.from([Buffer.alloc(1_500), Buffer.alloc(1_500)]);
    const seen: unknown[] = [];
    long.on('error', (error) => seen.push(error));
    seen.push(
      await firstValueFrom(app.http.post('/', long, { maxBodyLength: 1_000 })).catch((error) => error),
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen.flatMap((value) => leaks(value, secrets))).toEqual([]);
  });

  test('through the agents, while another call is under way', async () => {
    const httpsAgent = new Agent({ passphrase: 'client-passphrase-secret' });
    const app = await startApp(bank, { provider: { http: { httpsAgent } } });
    const secrets = [...(await secretsIn(app)), 'client-passphrase-secret', 'proxy-password-secret'];
    bank.setLatency({ api: 150 });
    const other = firstValueFrom(app.http.get('/simulator/echo'));
    await until(() => bank.apiRequests === 1, 'the other call');
    const text = await server((_request, response) => response.end('no JSON'));
    const plain = await startApp(bank, { provider: { apiBaseUrl: text.origin, http: { httpsAgent } } });
    const values = [
      await rejection(
        app.http.axiosRef.get('/simulator/echo', {
          signal: AbortSignal.abort(),
          proxy: { host: '127.0.0.1', port: 1, auth: { username: 'me', password: 'proxy-password-secret' } },
        }),
      ),
      await rejection(
        plain.http.axiosRef.get('/', { responseType: 'json', transitional: { silentJSONParsing: false } }),
      ),
      app.http,
      app.http.axiosRef.defaults,
    ];
    expect(values.flatMap((value) => leaks(value, secrets))).toEqual([]);
    await other;
  });

  test('through an answer that repeats it, in any spelling', async () => {
    const echo = await server((request, response) => {
      const { authorization = '' } = request.headers;
      response.writeHead(400, `Bad ${authorization}`, { 'content-type': 'application/json' });
      const json = JSON.stringify({ authorization });
      response.end(
        [
          json,
          json.replaceAll('=', '\\u003d'),
          json.replaceAll('+', '\\u002B'),
          encodeURIComponent(authorization),
        ].join('\n'),
      );
    });
    bank.setTokenResponse({ access_token: 'opaque+token/with"odd<characters==' });
    const app = await startApp(bank, { provider: { apiBaseUrl: echo.origin } });
    const token = await app.tokens.getAccessToken();
    for (const config of [
      {},
      { responseType: 'arraybuffer' },
      { adapter: 'fetch' },
      { adapter: 'fetch', responseType: 'arraybuffer' },
      { adapter: 'fetch', responseType: 'blob' },
    ] as const) {
      const error = await rejection(firstValueFrom(app.http.get('/', config)));
      const { data } = error.response;
      const text =
        data instanceof Blob
          ? await data.text()
          : data instanceof ArrayBuffer
            ? Buffer.from(data).toString()
            : String(data);
      expect(text).toContain('[redacted]');
      for (const part of [token, 'token/with', 'token%2Fwith', 'odd<characters'])
        expect(text).not.toContain(part);
      expect(leaks(error, [token])).toEqual([]);
    }
  });

  test('through an adapter of the user that throws what it was given', async () => {
    const app = await startApp(bank);
    const adapter = async (config: InternalAxiosRequestConfig) => {
      throw Object.assign(new Error('mine'), { config });
    };
    const error = await rejection(firstValueFrom(app.http.get('/x', { adapter })));
    expect(error.message).toBe('mine');
    expect(leaks(error, await secretsIn(app))).toEqual([]);
  });

  test('through the application and its container', async () => {
    const app = await startApp(bank);
    await firstValueFrom(app.http.get('/simulator/echo'));
    expect(containerLeaks(app.app, await secretsIn(app))).toEqual([]);
  });
});

describe('no call leaves without the token', () => {
  test('where interceptors are cleared or the instance is copied', async () => {
    const { http } = await startApp(bank);
    const copy = http.axiosRef.create();
    http.axiosRef.interceptors.request.clear();
    expect((await http.axiosRef.get('/simulator/echo')).status).toBe(200);
    expect((await copy.get('/simulator/echo')).status).toBe(200);
    expect(bank.apiRefusals).toBe(0);
  });

  test.each([
    ['none', () => ({})],
    ['a promise', async () => ({ Authorization: 'Bearer x' })],
    ['a number', () => ({ apikey: 5 })],
    ['undefined', () => ({ Authorization: 'Bearer x', apikey: undefined })],
    ['a line break', () => ({ Authorization: 'Bearer x\r\nX-Evil: 1' })],
  ])('where the definition makes %s as headers', async (_what, headers) => {
    const odd = defineBank({ ...bogPayments, id: 'odd-bank', headers: headers as never });
    const { http } = await startApp(bank, { provider: { bank: odd } });
    const error = await rejection(firstValueFrom(http.post('/simulator/echo', {})));
    expect(isBankAuthError(error, 'BANK_AUTH_INVALID_RESPONSE')).toBe(true);
    expect(bank.apiRequests).toBe(0);
  });

  test('after the shutdown of the application, by an instance that outlives it', async () => {
    const first = await startApp(bank);
    const instance = axios.create({ baseURL: bank.apiBaseUrl });
    first.interceptor.attach(instance);
    await first.close();
    expect(isBankAuthError(await rejection(instance.get('/simulator/echo')))).toBe(true);
    expect(bank.apiRequests).toBe(0);
    const second = await startApp(bank);
    second.interceptor.attach(instance);
    expect((await instance.get('/simulator/echo')).status).toBe(200);
    expect(bank.tokenRequests).toBe(1);
  });
});

describe('a payment', () => {
  test.each([['false'], [1], [{}], [null]])('is not sent where bankAuth.replay is %j', async (replay) => {
    const { http } = await startApp(bank);
    const error = await rejection(
      firstValueFrom(http.post('/simulator/echo', {}, { bankAuth: { replay: replay as never } })),
    );
    expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
    expect(bank.apiRequests).toBe(0);
  });

  test.each([[null], ['merchant']])('is not sent where bankAuth is %j', async (bankAuth) => {
    const { http } = await startApp(bank);
    const error = await rejection(
      firstValueFrom(http.post('/simulator/echo', {}, { bankAuth: bankAuth as never })),
    );
    expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
    expect(bank.apiRequests).toBe(0);
  });

  test('is sent again unchanged, although the caller changed its buffer meanwhile', async () => {
    const { http } = await startApp(bank);
    await firstValueFrom(http.get('/simulator/echo'));
    bank.revoke();
    bank.setLatency({ api: 50 });
    const body = Buffer.from('amount=1');
    const answer = firstValueFrom(
      http.post('/simulator/echo', body, { headers: { 'Idempotency-Key': KEY } }),
    );
    await until(() => bank.apiRequests === 2, 'the first try');
    body.write('amount=9');
    await answer;
    const sent = bank.requests.filter(({ method, kind }) => method === 'POST' && kind === 'api');
    expect(sent.map((request) => request.body)).toEqual(['amount=1', 'amount=1']);
  });

  test('keeps its answer where the definition cannot read it', async () => {
    const odd = defineBank({
      ...bogPayments,
      id: 'odd-bank',
      rejectsToken: () => {
        throw new Error('a mistake in the definition');
      },
    });
    const { http } = await startApp(bank, { provider: { bank: odd } });
    bank.refuseAllTokens();
    const error = await rejection(firstValueFrom(http.post('/simulator/echo', {})));
    expect(error.response.status).toBe(401);
  });

  test('keeps its answer where a mocked adapter gives no headers', async () => {
    const { http } = await startApp(bank);
    const adapter = async (config: InternalAxiosRequestConfig) =>
      ({ data: '{"id":1}', status: 200, statusText: 'OK', config }) as never;
    expect((await firstValueFrom(http.post('/x', {}, { adapter }))).data).toEqual({ id: 1 });
  });
});

describe('an answer that decompresses to more than http.maxContentLength', () => {
  const bomb = () => {
    const packed = gzipSync(Buffer.alloc(1_100_000));
    return server((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/plain' });
      response.end(packed);
    });
  };
  const limited = (origin: string, maxContentLength: number) =>
    startApp(bank, { provider: { apiBaseUrl: origin, http: { maxContentLength } } });

  test('is not read, by the HttpService of the bank, by a copy of it or by an attached instance', async () => {
    const { origin } = await bomb();
    const app = await limited(origin, 1_000_000);
    const attached = axios.create({ baseURL: origin });
    const detach = app.interceptor.attach(attached);
    const tooLong = { code: 'ERR_BAD_RESPONSE', message: 'maxContentLength size of 1000000 exceeded' };
    expect(await rejection(firstValueFrom(app.http.get('/')))).toMatchObject(tooLong);
    expect(await rejection(app.http.axiosRef.create().get('/'))).toMatchObject(tooLong);
    expect(await rejection(attached.get('/'))).toMatchObject(tooLong);
    expect(await rejection(attached.get('/', { adapter: 'fetch' }))).toMatchObject(tooLong);
    detach();
    expect(attached.defaults.maxContentLength).toBe(-1);
  });

  test('is read where the request or the configuration has no limit', async () => {
    const { origin } = await bomb();
    const app = await limited(origin, 1_000_000);
    const { data } = await firstValueFrom(app.http.get('/', { maxContentLength: -1 }));
    expect(data).toHaveLength(1_100_000);
    const free = await limited(origin, -1);
    expect((await firstValueFrom(free.http.get('/'))).data).toHaveLength(1_100_000);
  });

  test('is one of more than 32 MiB by default', async () => {
    const app = await startApp(bank);
    const seen: unknown[] = [];
    const adapter = async (config: InternalAxiosRequestConfig) => {
      seen.push(config.maxContentLength);
      return { data: '', status: 200, statusText: 'OK', headers: {}, config };
    };
    await firstValueFrom(app.http.get('/x', { adapter }));
    await firstValueFrom(app.http.get('/x', { adapter, maxContentLength: 0 }));
    expect(seen).toEqual([33_554_432, 0]);
  });
});

test('a host that the caller names does not choose the server', async () => {
  const { http } = await startApp(bank);
  await firstValueFrom(http.get('/simulator/echo', { headers: { Host: 'evil.example' } }));
  expect(bank.lastApiRequest?.headers.host).toBe(new URL(bank.origin).host);
});

test('a bank that revokes its tokens again and again gets no refused payment twice', async () => {
  const { http } = await startApp(bank);
  for (let revocation = 0; revocation < 10; revocation++) {
    expect((await firstValueFrom(http.get('/simulator/echo'))).status).toBe(200);
    bank.revoke();
  }
  expect(bank.tokenRequests).toBe(10);
});

test('a path that always answers 401 buys few tokens, also beside one that works', async () => {
  const api = await server((request, response) =>
    response.writeHead(request.url === '/bad' ? 401 : 200).end('{}'),
  );
  const { http, clock } = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
  for (let pair = 0; pair < 100; pair++) {
    await rejection(firstValueFrom(http.post('/bad', {})));
    await firstValueFrom(http.get('/good'));
    await clock.advance(100);
  }
  // In these 10 s: the first, three at once, and after pauses of 1, 2 and 4 s.
  expect(bank.tokenRequests).toBeLessThanOrEqual(8);
  expect(bank.tokenRequests).toBeGreaterThan(2);
});
