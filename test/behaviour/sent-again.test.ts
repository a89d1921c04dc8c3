import { Agent } from 'node:http';
import { createServer as createTlsServer, Agent as HttpsAgent } from 'node:https';
import { type AddressInfo, connect, createServer } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import axios, { AxiosError, type AxiosRequestConfig, type InternalAxiosRequestConfig } from 'axios';
import FormData from 'form-data';
import { defer, firstValueFrom, retry } from 'rxjs';
import { type BankApp, rejection, startApp } from '../support/bank-app.js';
import { certificates } from '../support/certificates.js';
import { server } from '../support/loopback-server.js';
import { leaks, secretsOf } from '../support/secret-scan.js';
import { bank, useSimulatedBanks } from '../support/simulated-bank.js';

useSimulatedBanks();

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly fetchMode: unknown;
  readonly own: unknown;
  readonly body: string;
}

/** A bank's API that fails each request that is its first, and answers what follows. */
async function flakyBank(failures = 1) {
  const received: Received[] = [];
  const { origin } = await server(async (request, response) => {
    const { method, url, headers } = request;
    const body = (await buffer(request)).toString();
    const { authorization, 'content-type': contentType, 'sec-fetch-mode': fetchMode, 'x-own': own } = headers;
    received.push({ method, url, authorization, contentType, fetchMode, own, body });
    response.writeHead(received.length <= failures ? 503 : 200, { 'content-type': 'application/json' });
    response.end('{"ok":true}');
  });
  return { origin, received };
}

class CountingAgent extends Agent {
  uses = 0;
  addRequest(...request: unknown[]): void {
    this.uses += 1;
    const { addRequest } = Agent.prototype as unknown as { addRequest(...request: unknown[]): void };
    addRequest.apply(this, request);
  }
}

type Again = (app: BankApp, config: InternalAxiosRequestConfig) => Promise<{ readonly status: number }>;
const ways: readonly (readonly [string, Again])[] = [
  ["the bank's HttpService", ({ http }, config) => firstValueFrom(http.request(config))],
  ["the bank's axios instance", ({ http }, config) => http.axiosRef(config)],
  ['axios itself', (_app, config) => axios(config)],
];

describe.each(ways)('a request that is sent again from error.config, by %s,', (_way, again) => {
  test('is the same request with a token', async () => {
    const api = await flakyBank();
    const app = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
    const headers = { 'X-Own': 'mine' };
    const { config } = await rejection(
      firstValueFrom(app.http.put('/orders', { amount: 1 }, { headers, params: { a: 'b c' } })),
    );
    expect((await again(app, config)).status).toBe(200);
    expect(api.received).toHaveLength(2);
    expect(api.received[1]).toEqual(api.received[0]);
    expect(api.received[1]).toMatchObject({
      method: 'PUT',
      url: '/orders?a=b+c',
      own: 'mine',
      body: '{"amount":1}',
      authorization: expect.stringMatching(/^Bearer /),
    });
  });

  test('uses the hidden agent and adapter of the first request', async () => {
    const api = await flakyBank(2);
    const app = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
    const httpAgent = new CountingAgent();
    const error = await rejection(firstValueFrom(app.http.get('/x', { httpAgent })));
    const shown = [error.toJSON(), JSON.stringify(error.config), Object.keys(error.config.httpAgent)];
    expect(JSON.stringify(shown)).not.toContain('maxSockets');
    const second = await rejection(again(app, error.config));
    expect((await again(app, second.config)).status).toBe(200);
    expect(httpAgent.uses).toBe(3);

    const adapter: AxiosRequestConfig['adapter'] = 'fetch';
    const other = await flakyBank();
    const fetching = await startApp(bank, { provider: { apiBaseUrl: other.origin } });
    const { config } = await rejection(firstValueFrom(fetching.http.get('/x', { adapter })));
    expect((await again(fetching, config)).status).toBe(200);
    expect(other.received[0]?.fetchMode).toBe('cors');
    expect(other.received[1]).toEqual(other.received[0]);
  });

  test('has the token of the same merchant', async () => {
    const api = await flakyBank();
    const table = new Map([['flowers', bank.addMerchant()]]);
    const app = await startApp(bank, {
      provider: { apiBaseUrl: api.origin, credentials: (key: string) => table.get(key) },
    });
    const bankAuth = { merchant: 'flowers' };
    const { config } = await rejection(firstValueFrom(app.http.get('/x', { bankAuth })));
    expect((await again(app, config)).status).toBe(200);
    const token = await app.tokens.forMerchant('flowers').getAccessToken();
    expect(api.received.map(({ authorization }) => authorization)).toEqual(Array(2).fill(`Bearer ${token}`));
  });

  test('has the token of the merchant of its first instance, whichever instance sends it', async () => {
    const api = await flakyBank(Number.POSITIVE_INFINITY);
    const table = new Map([
      ['flowers', bank.addMerchant()],
      ['books', bank.addMerchant()],
    ]);
    const app = await startApp(bank, {
      provider: {
        apiBaseUrl: api.origin,
        clientId: bank.credentials.clientId,
        clientSecret: bank.credentials.clientSecret,
        credentials: (key: string) => table.get(key),
      },
    });
    const attached = (merchant: string, instance = axios.create({ baseURL: api.origin })) => {
      app.interceptor.attach(instance, { merchant });
      return instance;
    };
    const [flowers, books] = [attached('flowers'), attached('books')];
    const { config } = await rejection(flowers.get('/x'));
    for (const instance of [flowers, books]) await rejection(instance(config));
    await rejection(again(app, config));
    // A merchant that is said once more, and an instance that has the adapter of another as its own.
    await rejection(books({ ...config, bankAuth: { merchant: 'books' } }));
    await rejection(attached('books', app.http.axiosRef.create()).get('/x'));
    const of = async (key: string) => `Bearer ${await app.tokens.forMerchant(key).getAccessToken()}`;
    const [first, second] = [await of('flowers'), await of('books')];
    expect(api.received.map(({ authorization }) => authorization)).toEqual([
      ...Array(4).fill(first),
      second,
      second,
    ]);
  });

  test('reaches no origin but the bank', async () => {
    const api = await flakyBank();
    const elsewhere = await server((_request, response) => response.end('{}'));
    const app = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
    const { config } = await rejection(firstValueFrom(app.http.get('/x')));
    const error = await rejection(again(app, { ...config, baseURL: elsewhere.origin }));
    expect(error.code).toBe('BANK_AUTH_UNTRUSTED_ORIGIN');
    expect(elsewhere.requests).toEqual([]);
  });

  test.each<[string, () => unknown]>([
    ['a stream', () => Readable.from([Buffer.from('file content')])],
    ['a form of the package form-data', () => form()],
  ])('is refused where its body was %s, which is used up', async (_what, body) => {
    const api = await flakyBank();
    const app = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
    const { config } = await rejection(firstValueFrom(app.http.put('/invoice', body())));
    const error = await rejection(again(app, config));
    expect(error).toMatchObject({
      code: 'BANK_AUTH_CONFIG',
      provider: 'bog-payments',
      requestSent: true,
      retryable: false,
      message: expect.stringContaining(
        'this request was already sent and ended with HTTP 503; its body was a stream',
      ),
    });
    expect(api.received).toHaveLength(1);
    expect((await again(app, { ...config, data: body() })).status).toBe(200);
    expect(api.received[1]?.body.replaceAll(/-{20,}\w+/g, '')).toBe(
      api.received[0]?.body.replaceAll(/-{20,}\w+/g, ''),
    );
  });

  test('is sent where its body can be read again', async () => {
    for (const body of [
      () => new URLSearchParams({ a: 'b' }),
      () => Buffer.from('bytes'),
      () => Object.assign(new globalThis.FormData(), {}),
      () => ({ nested: { amount: 1 } }),
    ]) {
      const api = await flakyBank();
      const app = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
      const data = body();
      if (data instanceof globalThis.FormData) data.append('file', new Blob(['abc']), 'a.txt');
      const { config } = await rejection(firstValueFrom(app.http.put('/invoice', data)));
      expect((await again(app, config)).status).toBe(200);
      const bodies = api.received.map((each) => each.body.replaceAll(/boundary-[\w-]+/g, ''));
      expect(bodies[1]).toBe(bodies[0]);
      expect(bodies[0]).not.toBe('');
    }
  });
});

function form(): FormData {
  const made = new FormData();
  made.append('invoice', 'the whole invoice', 'i.txt');
  return made;
}

test('a request that is sent again, by its response too, uses the proxy that it was given', async () => {
  const { ca, good } = await certificates();
  let calls = 0;
  const api = createTlsServer(good, (_request, response) =>
    response.writeHead(++calls % 2 ? 503 : 200).end('{}'),
  );
  let tunnels = 0;
  const proxy = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (head) => {
      tunnels += 1;
      const [, port] = String(head).split(' ')[1]!.split(':');
      const target = connect(Number(port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(target).pipe(socket);
      });
      target.on('error', () => socket.destroy());
      socket.on('close', () => target.destroy());
    });
  });
  for (const listening of [api, proxy])
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const portOf = (listening: typeof api | typeof proxy) => (listening.address() as AddressInfo).port;
  try {
    const apiBaseUrl = `https://127.0.0.1:${portOf(api)}`;
    const { http, tokens } = await startApp(bank, { provider: { apiBaseUrl, tlsCa: ca } });
    const auth = { username: 'me', password: 'proxy-password-secret' };
    const own = { protocol: 'http', host: '127.0.0.1', port: portOf(proxy), auth };
    const headers = { connection: 'close' };
    const error = await rejection(http.axiosRef.get('/x', { proxy: own, headers }));
    expect(error.response.status).toBe(503);
    const secrets = [...secretsOf(bank.credentials, await tokens.getAccessToken()), auth.password];
    expect(leaks(error, secrets)).toEqual([]);
    const response = await axios(error.config);
    expect(leaks(response, secrets)).toEqual([]);
    expect((await rejection(http.axiosRef(response.config as AxiosRequestConfig))).response.status).toBe(503);
    expect([calls, tunnels]).toEqual([3, 3]);
  } finally {
    for (const listening of [api, proxy]) listening.close();
  }
});

describe('an option of a request that is sent again', () => {
  test('overrules the hidden one, and the defaults of the instance do not', async () => {
    const api = await flakyBank(2);
    const { interceptor } = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
    const [ofInstance, first, second] = [1, 2, 3].map(() => new CountingAgent()) as [
      CountingAgent,
      CountingAgent,
      CountingAgent,
    ];
    const instance = axios.create({ baseURL: api.origin, httpAgent: ofInstance });
    interceptor.attach(instance);
    const { config } = await rejection(instance.get('/x', { httpAgent: first }));
    const again = await rejection(instance(config));
    expect((await instance({ ...again.config, httpAgent: second })).status).toBe(200);
    expect([ofInstance.uses, first.uses, second.uses]).toEqual([0, 2, 1]);
  });

  test.each<[string, (config: InternalAxiosRequestConfig) => AxiosRequestConfig]>([
    [
      'by way of JSON',
      ({ transformRequest: _, transformResponse: __, ...rest }) => JSON.parse(JSON.stringify(rest)),
    ],
    ['of each member', (config) => ({ ...config, httpAgent: copyOf(config.httpAgent) })],
  ])('is refused in a deep copy, %s, in which the agent is lost', async (_how, copy) => {
    const api = await flakyBank();
    const { http } = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
    const { config } = await rejection(http.axiosRef.get('/x', { httpAgent: new CountingAgent() }));
    const error = await rejection(http.axiosRef.request(copy(config)));
    expect(error).toMatchObject({
      code: 'BANK_AUTH_CONFIG',
      message: expect.stringContaining('lacks its "httpAgent", so it was not sent'),
    });
    expect(api.received).toHaveLength(1);
    expect((await http.axiosRef.request({ ...copy(config), httpAgent: new CountingAgent() })).status).toBe(
      200,
    );
  });
});

/** As libraries for deep copies make it. */
function copyOf(value: object): object {
  return Object.assign(Object.create(Object.getPrototypeOf(value)), value);
}

describe('a stream that one subscription to the HttpService sends', () => {
  test('is not sent by another, as with retry() of RxJS, unless it is made in defer()', async () => {
    const api = await flakyBank();
    const { http } = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
    for (const body of [Readable.from([Buffer.from('file')]), form()]) {
      api.received.length = 0;
      const error = await rejection(firstValueFrom(http.put('/x', body).pipe(retry(1))));
      expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', requestSent: true });
      expect(api.received).toHaveLength(1);
    }
    api.received.length = 0;
    const { status } = await firstValueFrom(defer(() => http.put('/x', form())).pipe(retry(1)));
    expect([status, api.received.length]).toEqual([200, 2]);
    expect(api.received[1]?.body).toContain('the whole invoice');
  });

  test('is sent after a try without a token', async () => {
    const api = await flakyBank(0);
    bank.failToken('rejected', 1);
    const { http, clock } = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
    const invoice = form();
    expect(await rejection(firstValueFrom(http.put('/x', invoice)))).toMatchObject({
      code: 'BANK_AUTH_CREDENTIALS_REJECTED',
    });
    await clock.advance(120_000);
    expect((await firstValueFrom(http.put('/x', invoice))).status).toBe(200);
    expect(api.received[0]?.body).toContain('the whole invoice');
  });

  test('is sent after a try whose adapter, such as a mock, has not read it', async () => {
    const api = await flakyBank(0);
    const { http } = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
    const body = Readable.from([Buffer.from('file')]);
    const adapter = async (config: InternalAxiosRequestConfig) => {
      throw new AxiosError(
        'mock',
        'ERR_MOCK',
        config,
        {},
        { status: 503, data: '', config, statusText: '', headers: {} },
      );
    };
    expect((await rejection(firstValueFrom(http.put('/x', body, { adapter })))).response.status).toBe(503);
    expect((await firstValueFrom(http.put('/x', body))).status).toBe(200);
    expect(api.received[0]?.body).toBe('file');
  });

  test('is refused with the code of the earlier failure, if it had one', async () => {
    const { http } = await startApp(bank);
    const endings: [unknown, string][] = [
      [
        new AxiosError('cut', 'ECONNRESET'),
        'this request was already sent and ended with ECONNRESET; its body',
      ],
      [Object.assign(new Error('odd'), { code: 'Bearer token' }), 'this request was already sent; its body'],
      [{ code: 'Bearer ECONNRESET' }, 'this request was already sent; its body'],
      [{ code: 'ECONNRESET Bearer' }, 'this request was already sent; its body'],
      [null, 'this request was already sent; its body'],
    ];
    for (const [ending, told] of endings) {
      const invoice = form();
      await rejection(firstValueFrom(http.put('/x', invoice, { adapter: () => Promise.reject(ending) })));
      const { message } = await rejection(firstValueFrom(http.put('/x', invoice)));
      expect(message).toContain(told);
    }
    expect(bank.apiRequests).toBe(0);
  });

  test('is refused before anything is sent if it was read to its end or closed', async () => {
    const api = await flakyBank(0);
    const { http } = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
    const read = Readable.from(['all']);
    await buffer(read);
    const closed = new PassThrough();
    closed.destroy();
    for (const body of [read, closed]) {
      expect(await rejection(firstValueFrom(http.put('/x', body)))).toMatchObject({
        code: 'BANK_AUTH_CONFIG',
        requestSent: false,
        message: expect.stringContaining('read to its end or closed'),
      });
    }
    expect([api.received.length, bank.tokenRequests]).toEqual([0, 0]);
  });

  test('may have been read in part', async () => {
    const api = await flakyBank(0);
    const { http } = await startApp(bank, { provider: { apiBaseUrl: api.origin } });
    const body = new PassThrough();
    body.write('magic');
    body.end('rest');
    expect(String(body.read(5))).toBe('magic');
    expect((await firstValueFrom(http.put('/x', body))).status).toBe(200);
    expect(api.received[0]?.body).toBe('rest');
  });
});

test('an agent that cannot be used for a request is refused again when that is sent again', async () => {
  const { ca, good } = await certificates();
  const api = createTlsServer(good, (_request, response) => response.writeHead(503).end('{}'));
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  try {
    const apiBaseUrl = `https://127.0.0.1:${(api.address() as AddressInfo).port}`;
    const { http } = await startApp(bank, { provider: { apiBaseUrl, tlsCa: ca } });
    const { config } = await rejection(http.axiosRef.get('/x'));
    const error = await rejection(axios({ ...config, httpsAgent: new HttpsAgent() }));
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', message: expect.stringContaining('httpsAgent') });
  } finally {
    api.close();
    api.closeAllConnections();
  }
});
