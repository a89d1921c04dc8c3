import { Agent } from 'node:http';
import { createServer as createTlsServer, Agent as HttpsAgent } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import axios, { AxiosError, type AxiosRequestConfig, type InternalAxiosRequestConfig } from 'axios';
import fc from 'fast-check';
import { bankCallOf, isSafeToRepeat } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import { BankSimulator, type SimulatedBank } from '../../src/testing/index.js';
import { type BankApp, closeApps, rejection, startApp } from '../support/bank-app.js';
import { httpAnswer, RawServer } from '../support/raw-server.js';
import { replayable } from '../support/replay.js';
import { authority, member } from '../support/tls-identities.js';
import { until } from '../support/until.js';
import { unusedPort } from '../support/unused-port.mjs';

let simulator: BankSimulator;
let bank: SimulatedBank;
let raw: RawServer;
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments');
  bank = simulator.bank('bog-payments');
  raw = await RawServer.start();
});
afterAll(() => Promise.all([simulator.stop(), raw.stop()]));
beforeEach(() => {
  simulator.reset();
  raw.onConnection = () => false;
  raw.onRequest = ({ socket }) => void socket.write(httpAnswer(200, [], '{}'));
});
afterEach(closeApps);

const ofRaw = () => startApp(bank, { provider: { apiBaseUrl: `http://127.0.0.1:${raw.port}` } });

/** Each way to make a call; what it gives or throws. */
const WAYS = {
  HttpService: ({ http }: BankApp, config: AxiosRequestConfig = {}) =>
    outcome(firstValueFrom(http.request({ method: 'POST', url: '/pay', data: {}, ...config }))),
  "HttpService with adapter: 'fetch'": ({ http }: BankApp, config: AxiosRequestConfig = {}) =>
    outcome(
      firstValueFrom(http.request({ method: 'POST', url: '/pay', data: {}, adapter: 'fetch', ...config })),
    ),
  fetch: ({ fetch }: BankApp, { signal }: AxiosRequestConfig = {}) =>
    outcome(fetch('/pay', { method: 'POST', body: '{}', signal: signal as AbortSignal })),
  'an attached instance': ({ interceptor }: BankApp, config: AxiosRequestConfig = {}) => {
    const own = axios.create({ baseURL: `http://127.0.0.1:${raw.port}`, proxy: false });
    interceptor.attach(own);
    return outcome(own.post('/pay', {}, config));
  },
};

type Adapter = (config: InternalAxiosRequestConfig) => Promise<any>;

const outcome = (call: Promise<unknown>): Promise<any> => call.catch((error: unknown) => error);

describe.each(Object.entries(WAYS))('bankCallOf() of a call by %s', (_way, call) => {
  test('says that the bank answered, with its status', async () => {
    const app = await ofRaw();
    expect(bankCallOf(await call(app))).toEqual({
      provider: 'bog-payments',
      merchant: 'default',
      delivery: 'answered',
      status: 200,
      attempts: 1,
      tokenRefused: false,
      replayed: false,
      waitedForToken: expect.any(Number),
    });
    raw.onRequest = ({ socket }) => void socket.write(httpAnswer(500, [], '{}'));
    expect(bankCallOf(await call(app))).toMatchObject({ delivery: 'answered', status: 500 });
  });

  test('says that nothing was sent where the connection is refused', async () => {
    const port = await unusedPort();
    const app = await startApp(bank, { provider: { apiBaseUrl: `http://127.0.0.1:${port}` } });
    const error = await call(app, { baseURL: `http://127.0.0.1:${port}` });
    expect(bankCallOf(error)).toMatchObject({ delivery: 'not-sent', attempts: 1 });
    expect(isSafeToRepeat(error)).toBe(true);
  });

  test('says that nothing was sent where there is no token', async () => {
    const app = await ofRaw();
    bank.failToken({ status: 503 });
    const pending = call(app);
    await app.clock.advance(20_000);
    const error = await pending;
    expect(error).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE' });
    expect(bankCallOf(error)).toMatchObject({ delivery: 'not-sent', attempts: 0 });
    expect(isSafeToRepeat(error)).toBe(true);
  });

  test('says that the outcome is unknown where the connection is reset after the request', async () => {
    const app = await ofRaw();
    raw.onRequest = ({ socket }) => void socket.resetAndDestroy();
    const error = await call(app);
    expect(bankCallOf(error)).toMatchObject({ delivery: 'unknown', attempts: 1 });
    expect(isSafeToRepeat(error)).toBe(false);
  });

  test('says that the outcome is unknown where the caller cancels a request that has arrived', async () => {
    const app = await ofRaw();
    const caller = new AbortController();
    raw.onRequest = () => caller.abort();
    expect(bankCallOf(await call(app, { signal: caller.signal }))).toMatchObject({ delivery: 'unknown' });
  });

  test('says that the token was refused, and whether the call was repeated', async () => {
    const app = await ofRaw();
    await call(app);
    raw.onRequest = ({ socket }) => void socket.write(httpAnswer(401, [], '{}'));
    expect(bankCallOf(await call(app))).toMatchObject({
      delivery: 'answered',
      status: 401,
      attempts: 1,
      tokenRefused: true,
      replayed: false,
    });
  });
});

describe('isSafeToRepeat()', () => {
  test.each([
    [{ method: 'GET' }, true],
    [{ method: 'POST' }, false],
    [{ method: 'DELETE' }, false],
    [{ method: 'POST', headers: { 'idempotency-key': 'a-key' } }, true],
    [{ method: 'POST', headers: { 'idempotency-key': '' } }, false],
    [{ method: 'POST', bankAuth: { replay: true } }, false],
  ] as const)('of a request that may have arrived, %j, is %s', async (config, safe) => {
    const { http } = await ofRaw();
    raw.onRequest = ({ socket }) => void socket.resetAndDestroy();
    const error = await rejection(firstValueFrom(http.request({ url: '/pay', ...config } as object)));
    expect(bankCallOf(error)?.delivery).toBe('unknown');
    expect(isSafeToRepeat(error)).toBe(safe);
  });

  test('is false, and bankCallOf() undefined, for a value that did not come from a call of a bank', async () => {
    const { tokens, clock } = await ofRaw();
    bank.failToken({ status: 503 });
    const ofToken = rejection(tokens.getAccessToken());
    await clock.advance(20_000);
    const foreign = await rejection(axios.get(`http://127.0.0.1:${await unusedPort()}`));
    const throws = Object.defineProperty({}, 'response', {
      get: () => {
        throw new Error('a getter');
      },
    });
    for (const value of [await ofToken, foreign, throws, undefined, null, 'text', 1, {}, new Error('any')]) {
      expect(bankCallOf(value)).toBeUndefined();
      expect(isSafeToRepeat(value)).toBe(false);
    }
  });
});

describe('a report on a call', () => {
  test('names the merchant by its label, and shows nothing on the objects of the caller', async () => {
    const { http } = await startApp(bank, {
      provider: {
        apiBaseUrl: `http://127.0.0.1:${raw.port}`,
        clientId: undefined,
        clientSecret: undefined,
        credentials: () => bank.addMerchant(),
      },
      merchantLabel: (key: string) => `label of ${key.length}`,
    });
    const response = await firstValueFrom(http.get('/x', { bankAuth: { merchant: 'secret-key' } }));
    expect(bankCallOf(response)?.merchant).toBe('label of 10');
    expect(Object.isFrozen(bankCallOf(response))).toBe(true);
    expect(Reflect.ownKeys(response).filter((key) => /bank|report|call/i.test(String(key)))).toEqual([]);
  });

  test('is not given for what a transform of the caller throws, which is not safe to repeat', async () => {
    const { http } = await ofRaw();
    const transformResponse = () => {
      throw new Error('no such shape');
    };
    const error = await rejection(firstValueFrom(http.post('/pay', {}, { transformResponse })));
    expect(error.message).toBe('no such shape');
    expect(bankCallOf(error)).toBeUndefined();
    expect(isSafeToRepeat(error)).toBe(false);
  });

  test('says that a call with a misspelt option was not sent', async () => {
    const { http, fetch } = await ofRaw();
    const bankAuth = { merchantId: 'A' } as never;
    for (const call of [
      firstValueFrom(http.get('/misspelt', { bankAuth })),
      fetch('/misspelt', { bankAuth }),
    ]) {
      const error = await rejection(call);
      expect(bankCallOf(error)).toMatchObject({
        provider: 'bog-payments',
        delivery: 'not-sent',
        attempts: 0,
      });
    }
    expect(raw.requests.filter(({ path }) => path === '/misspelt')).toEqual([]);
  });

  test('of several calls aborted by one signal says "not sent" only if all were not sent', async () => {
    const { fetch } = await ofRaw();
    const caller = new AbortController();
    const { signal } = caller;
    raw.onRequest = () => undefined;
    const before = raw.requests.length;
    const arrived = rejection(fetch('/arrives', { method: 'POST', body: '{}', signal }));
    await until(() => raw.requests.length > before, 'the request');
    caller.abort();
    const error = await arrived;
    expect(bankCallOf(error)?.delivery).toBe('unknown');
    expect(await rejection(fetch('/late', { method: 'POST', body: '{}', signal }))).toBe(error);
    expect(bankCallOf(error)?.delivery).toBe('unknown');
    expect(isSafeToRepeat(error)).toBe(false);
  });

  test('of an answer whose body breaks off says that the bank answered', async () => {
    const { fetch } = await ofRaw();
    raw.onRequest = ({ socket }) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{', () => socket.resetAndDestroy());
    };
    const error = await rejection((await fetch('/x')).text());
    expect(bankCallOf(error)).toMatchObject({ delivery: 'answered', status: 200 });
  });

  test('of a call through a proxy that refuses CONNECT says that nothing was sent to the bank', async () => {
    const proxy = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'));
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const { tokenUrl } = bank.providerOptions();
    const { http, tokens } = await startApp(bank, {
      provider: { tokenUrl, apiBaseUrl: 'https://api.bank.example' },
    });
    await tokens.getAccessToken();
    const config = { proxy: { host: '127.0.0.1', port, protocol: 'http' } };
    const error = await rejection(firstValueFrom(http.post('/pay', {}, config)));
    expect(bankCallOf(error)).toMatchObject({ delivery: 'not-sent', attempts: 1 });
    proxy.close();
  });

  test.each([false, true])(
    'of a time-out while TLS is not there yet says that nothing was sent, through a proxy: %j',
    async (isProxied) => {
      const silent = createServer((socket) => {
        socket.on('error', () => undefined);
        if (isProxied) socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      });
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const { port } = silent.address() as AddressInfo;
      const { tokenUrl } = bank.providerOptions();
      const { http, tokens } = await startApp(bank, {
        provider: {
          tokenUrl,
          apiBaseUrl: isProxied ? 'https://api.bank.example' : `https://127.0.0.1:${port}`,
        },
      });
      await tokens.getAccessToken();
      const proxy = { host: '127.0.0.1', port, protocol: 'http' };
      const config = { timeout: 100, ...(isProxied ? { proxy } : {}) };
      const error = await rejection(firstValueFrom(http.post('/pay', { amount: 1 }, config)));
      expect(error).toMatchObject({ code: 'ECONNABORTED' });
      expect(bankCallOf(error)).toMatchObject({ delivery: 'not-sent', attempts: 1 });
      silent.close();
    },
  );

  test('of a call whose client certificate the server refuses does not say that it was not sent', async () => {
    const ca = await authority('ca');
    const api = createTlsServer(
      { ...(await member('bank', { ca })), requestCert: true, rejectUnauthorized: true, ca: ca.cert },
      () => undefined,
    );
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    const { port } = api.address() as AddressInfo;
    const { tokenUrl } = bank.providerOptions();
    const { http } = await startApp(bank, {
      provider: { tokenUrl, apiBaseUrl: `https://127.0.0.1:${port}`, tlsCa: ca.cert },
    });
    const error = await rejection(firstValueFrom(http.post('/pay', {})));
    expect(bankCallOf(error)?.delivery).toBe('unknown');
    api.closeAllConnections();
    api.close();
  });

  test.each([
    [{ status: 200, delivery: 'answered' }, (socket: Socket) => socket.write(httpAnswer(200, [], '{}'))],
    [{ delivery: 'unknown' }, (socket: Socket) => socket.resetAndDestroy()],
  ])('of a call whose agent has TLS made by a process beside it says %j', async (said, answer) => {
    class ToSidecar extends HttpsAgent {
      override createConnection() {
        return connect(raw.port, '127.0.0.1');
      }
    }
    const { tokenUrl } = bank.providerOptions();
    const { http } = await startApp(bank, {
      provider: {
        tokenUrl,
        apiBaseUrl: 'https://api.bank.example',
        http: { httpsAgent: new ToSidecar({ keepAlive: true }) },
      } as never,
    });
    const before = raw.connections;
    expect(bankCallOf(await firstValueFrom(http.get('/x')))).toMatchObject({ delivery: 'answered' });
    raw.onRequest = ({ socket }) => void answer(socket);
    expect(bankCallOf(await outcome(firstValueFrom(http.post('/pay', {}))))).toMatchObject(said);
    expect(raw.connections - before).toBe(1);
  });

  test.each([
    ['hands a copy on', (inner) => (config) => inner({ ...config })],
    ['sends by another one', () => (config) => axios.getAdapter('http')(config)],
    [
      'does not wait for it',
      (inner) => (config) => {
        const given = inner(config);
        given.catch(() => undefined);
        const arrived = until(() => raw.requests.at(-1)?.path === '/around', 'the request');
        return arrived.then(() => Promise.reject(new Error('gave up')));
      },
    ],
  ] as [string, (inner: Adapter) => Adapter][])(
    'does not say that a call was not sent where an interceptor has put an adapter around ours that %s',
    async (_what, around) => {
      const { interceptor } = await ofRaw();
      raw.onRequest = ({ socket }) => void setTimeout(() => socket.resetAndDestroy(), 5);
      const own = axios.create({ baseURL: `http://127.0.0.1:${raw.port}`, proxy: false });
      own.interceptors.request.use((config) => {
        const sends = around(axios.getAdapter(config.adapter as Adapter) as Adapter);
        config.adapter = (given) =>
          sends(given).catch((error: Error) => {
            throw new AxiosError(error.message, 'ERR_OWN', given);
          });
        return config;
      });
      interceptor.attach(own);
      const error = await rejection(own.post('/around', {}));
      expect(bankCallOf(error)).toMatchObject({ delivery: 'unknown' });
      expect(isSafeToRepeat(error)).toBe(false);
    },
  );

  test('of a call that is cancelled before its adapter has it says that nothing was sent', async () => {
    const { interceptor } = await ofRaw();
    const caller = new AbortController();
    const own = axios.create({ baseURL: `http://127.0.0.1:${raw.port}`, proxy: false });
    own.interceptors.request.use((config) => {
      caller.abort();
      return config;
    });
    interceptor.attach(own);
    const error = await rejection(own.post('/pay', {}, { signal: caller.signal }));
    expect(bankCallOf(error)).toMatchObject({ delivery: 'not-sent', attempts: 0 });
  });

  test('of a call that is refused for what it asks for says that nothing was sent', async () => {
    const { http } = await ofRaw();
    const error = await rejection(firstValueFrom(http.post('/pay', {}, { insecureHTTPParser: true })));
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', requestSent: false });
    expect(bankCallOf(error)).toMatchObject({ delivery: 'not-sent', attempts: 0 });
    const tooLong = await rejection(firstValueFrom(http.post('/pay', 'a=b', { maxBodyLength: 2 })));
    expect(bankCallOf(tooLong)).toMatchObject({ delivery: 'not-sent', attempts: 1 });
  });

  test.each<[string, (socket: Socket) => void, object]>([
    ['broke off', (socket) => void socket.resetAndDestroy(), { delivery: 'unknown' }],
    [
      'was answered',
      (socket) => void socket.write(httpAnswer(500, [], '{}')),
      { delivery: 'answered', status: 500 },
    ],
    ['is under way', () => undefined, { delivery: 'unknown' }],
  ])(
    'of a call that is refused because its body was sent before, by a call that %s, says what became of that',
    async (_what, answer, said) => {
      const { http } = await ofRaw();
      const before = raw.requests.length;
      raw.onRequest = ({ socket }) => answer(socket);
      const body = Readable.from(['{}']);
      const first = http.axiosRef.post('/pay', body);
      const ended = outcome(first);
      await until(() => raw.requests.length > before, 'the request');
      if (answer.length > 0) {
        const { config } = (await ended) as AxiosError;
        expectRefused(await rejection(http.axiosRef(config as object)));
      }
      expectRefused(await rejection(firstValueFrom(http.post('/pay', body))));

      function expectRefused(error: unknown) {
        expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', requestSent: true });
        expect(bankCallOf(error)).toMatchObject({ ...said, attempts: 0 });
        expect(isSafeToRepeat(error)).toBe(false);
      }
    },
  );

  test('of a time-out before the connection is open says that nothing was sent, and nothing follows', async () => {
    const { interceptor } = await ofRaw();
    let connect: () => void = () => undefined;
    const lookup = (_host: string, _options: object, callback: (...found: unknown[]) => void) => {
      connect = () => callback(null, [{ address: '127.0.0.1', family: 4 }]);
    };
    const own = axios.create({ baseURL: `http://127.0.0.1:${raw.port}`, proxy: false, timeout: 50 });
    interceptor.attach(own);
    const agent = new Agent({ lookup: lookup as never });
    const { received, connections } = raw;
    const error = await rejection(own.post('http://localhost:1/pay', {}, { httpAgent: agent }));
    expect(bankCallOf(error)?.delivery).toBe('not-sent');
    connect();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([raw.received, raw.connections]).toEqual([received, connections]);
  });
});

test('no call of which the server received a byte is reported as not sent, in any order of events', async () => {
  const app = await ofRaw();
  await WAYS.HttpService(app);
  const moment = fc.constantFrom('accept', 'first byte', 'request', 'headers', 'body', 'never');
  const end = fc.constantFrom('reset', 'destroy', 'end');
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.values(WAYS)),
      moment,
      end,
      fc.boolean(),
      fc.constantFrom(0, 1, 3, 40),
      async (call, when, how, isFresh, abortAfter) => {
        const cut = (socket: Socket) => {
          if (how === 'reset') socket.resetAndDestroy();
          else if (how === 'destroy') socket.destroy();
          else
            socket
              .end()
              .resume()
              .once('end', () => socket.destroy());
        };
        if (isFresh) await raw.endConnections();
        raw.onConnection = (socket) => {
          if (when === 'accept') cut(socket);
          if (when === 'first byte') socket.once('data', () => cut(socket));
          return when === 'accept';
        };
        raw.onRequest = ({ socket }) => {
          if (when === 'request') return cut(socket);
          if (when === 'headers') return void socket.write('HTTP/1.1 200 O', () => cut(socket));
          const half = 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{';
          if (when === 'body') return void socket.write(half, () => cut(socket));
          socket.write(httpAnswer(200, [], '{}'));
        };
        const received = raw.received;
        const caller = new AbortController();
        const timer = setTimeout(() => caller.abort(), abortAfter);
        const report = bankCallOf(await call(app, { signal: caller.signal }));
        clearTimeout(timer);
        // What is under way in the kernel arrives.
        await new Promise((resolve) => setTimeout(resolve, 2));
        expect(report).toBeDefined();
        if (raw.received > received) expect(report?.delivery).not.toBe('not-sent');
      },
    ),
    replayable('FUZZ'),
  );
});
