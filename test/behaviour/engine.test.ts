import { getEventListeners } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type BankHttpEngine, bankCallOf, isSafeToRepeat } from 'nestjs-bank-auth';
import { undiciEngine } from 'nestjs-bank-auth/undici';
import { firstValueFrom } from 'rxjs';
import { BankSimulator, type SimulatedBank } from '../../src/testing/index.js';
import { closeApps, rejection, startApp } from '../support/bank-app.js';
import { httpAnswer, RawServer } from '../support/raw-server.js';
import { authority, member } from '../support/tls-identities.js';
import { until } from '../support/until.js';

// What is particular to calls by the engine; what they promise besides, `npm run test:engine` tests.

let simulator: BankSimulator;
let bank: SimulatedBank;
let raw: RawServer;
let sent: string[];
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments');
  bank = simulator.bank('bog-payments');
});
afterAll(() => simulator.stop());
beforeEach(async () => {
  simulator.reset();
  sent = [];
  raw = await RawServer.start();
  raw.onRequest = ({ socket }) => void socket.write(httpAnswer(200, [], '{}'));
});
afterEach(closeApps);
afterEach(() => raw.stop());

/** Notes the paths of what it is given to send. */
const noting = (engine: BankHttpEngine): BankHttpEngine => ({
  open() {
    const connections = engine.open();
    return {
      get by() {
        return connections.by;
      },
      send(request, exchange) {
        sent.push(request.path);
        return connections.send(request, exchange);
      },
      close: () => connections.close(),
    };
  },
});

const started = (options: Parameters<typeof undiciEngine>[0] = {}, provider: object = {}) =>
  startApp(bank, {
    provider: {
      apiBaseUrl: `http://127.0.0.1:${raw.port}`,
      ...provider,
      http: { engine: noting(undiciEngine(options)), ...(provider as { http?: object }).http },
    },
  });

describe('by the engine goes', () => {
  test('an ordinary call of the HttpService and of fetch, one after the other by one connection each', async () => {
    const { http, fetch } = await started();
    for (let calls = 0; calls < 3; calls += 1) {
      expect((await firstValueFrom(http.post('/pay', { a: 1 }))).data).toEqual({});
      expect(await (await fetch('/paid', { method: 'POST', body: '{}' })).json()).toEqual({});
    }
    expect(sent).toEqual(['/pay', '/paid', '/pay', '/paid', '/pay', '/paid']);
    expect(raw.connections).toBe(2);
  });

  test('no call with what only axios’ own adapter does, which sends it', async () => {
    const { http } = await started();
    const form = new FormData();
    form.set('a', 'b');
    const odd: [unknown, object][] = [
      [form, {}],
      [Readable.from([Buffer.from('a')]), { headers: { 'Content-Length': '1' } }],
      [{}, { lookup: undefined, family: 4 }],
      [{}, { onUploadProgress: () => undefined }],
      [{}, { maxRate: 1_000_000 }],
      [{}, { responseType: 'blob' }],
      [{}, { beforeRedirect: () => undefined }],
      [{}, { adapter: 'http' }],
      [{}, { headers: { 'X-List': ['a', 'b'] } }],
      [{}, { anything: 'of a library' }],
    ];
    for (const [index, [data, config]] of odd.entries()) {
      const isForm = data === form;
      if (isForm) raw.onRequest = ({ socket }) => void socket.write(httpAnswer(200, [], '{}'));
      const call = firstValueFrom(http.post(`/${index}`, data, config));
      // The server here reads no chunks, and takes the form for a request without a body.
      expect([index, (await call).status]).toEqual([index, 200]);
    }
    expect(sent).toEqual([]);
  });
});

describe('connections', () => {
  test('are no more than the option says, and a call that is given up in the line for one was not sent', async () => {
    const held: Socket[] = [];
    raw.onRequest = ({ socket }) => void held.push(socket);
    const { http } = await started({ connections: 2 });
    const first = [1, 2].map(() => http.axiosRef.post('/first', {}));
    await until(() => held.length === 2);
    const errors = await Promise.all(
      Array.from({ length: 100 }, () => rejection(http.axiosRef.post('/late', {}, { timeout: 300 }))),
    );
    for (const error of errors) {
      expect(error.code).toBe('ECONNABORTED');
      expect(bankCallOf(error)).toMatchObject({ delivery: 'not-sent', attempts: 1 });
      expect(isSafeToRepeat(error)).toBe(true);
    }
    for (const socket of held) socket.write(httpAnswer(200, [], '{}'));
    expect((await Promise.all(first)).map(({ status }) => status)).toEqual([200, 200]);
    expect([raw.requests.length, raw.connections]).toEqual([2, 2]);
  });

  test('serve 500 callers at once over 64 of them', async () => {
    const { http } = await started();
    const all = Array.from({ length: 500 }, (_, index) => firstValueFrom(http.post(`/pay/${index}`, {})));
    expect((await Promise.all(all)).every(({ status }) => status === 200)).toBe(true);
    expect(raw.connections).toBeLessThanOrEqual(64);
    expect(new Set(raw.requests.map(({ path }) => path)).size).toBe(500);
  });

  test('that are being made are let go of with their only caller, and the next call has its own', async () => {
    // Listens, and accepts nothing over TLS.
    const silent = createServer();
    const connected: Socket[] = [];
    silent.on('connection', (socket) => connected.push(socket.resume().on('error', () => undefined)));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const { tokenUrl } = bank.providerOptions();
    const { http } = await started(
      { connections: 1 },
      { tokenUrl, apiBaseUrl: `https://127.0.0.1:${port}`, http: { timeout: 300 } },
    );
    for (let calls = 0; calls < 2; calls += 1) {
      const error = await rejection(firstValueFrom(http.post('/pay', {})));
      expect(bankCallOf(error)).toMatchObject({ delivery: 'not-sent' });
    }
    expect(connected).toHaveLength(2);
    await until(() => connected.every((socket) => socket.destroyed || socket.readableEnded), 'an end');
    silent.close();
  });

  test('close at shutdown when they are idle', async () => {
    const { http, close } = await started();
    await firstValueFrom(http.get('/'));
    expect(raw.open).toBe(1);
    await close();
    await until(() => raw.open === 0, 'the end of the connection');
  });

  test('close before the bank closes them by what it announces, and a call then has a new one', async () => {
    raw.onRequest = ({ socket }) => void socket.write(httpAnswer(200, [['Keep-Alive', 'timeout=1']], '{}'));
    const { http } = await started();
    for (let calls = 0; calls < 3; calls += 1) await firstValueFrom(http.post('/pay', {}));
    expect(raw.connections).toBe(3);
  });
});

describe('a call that is aborted', () => {
  test('before it is sent leaves nothing behind, two thousand times', async () => {
    raw.onRequest = () => undefined;
    const { http, tokens } = await started({ connections: 4 }, { http: { timeout: 60_000 } });
    await tokens.getAccessToken();
    const controller = new AbortController();
    for (let round = 0; round < 4; round += 1) {
      const aborting = new AbortController();
      const calls = Array.from({ length: 500 }, () =>
        rejection(http.axiosRef.post('/pay', {}, { signal: aborting.signal })),
      );
      await new Promise((resolve) => setImmediate(resolve));
      aborting.abort();
      const errors = await Promise.all(calls);
      for (const error of errors) expect(error.code).toBe('ERR_CANCELED');
      expect(getEventListeners(aborting.signal, 'abort')).toEqual([]);
    }
    expect(raw.requests.length).toBeLessThanOrEqual(40);
    raw.onRequest = ({ socket }) => void socket.write(httpAnswer(200, [], '{}'));
    expect((await http.axiosRef.post('/pay', {}, { signal: controller.signal })).status).toBe(200);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('while its token is replaced after a 401 is not sent again', async () => {
    raw.onRequest = ({ socket }) => void socket.write(httpAnswer(401, [], '{}'));
    const { http, tokens } = await started();
    await tokens.getAccessToken();
    bank.setLatency({ token: 50 });
    const controller = new AbortController();
    const call = rejection(http.axiosRef.get('/orders', { signal: controller.signal }));
    await until(() => raw.requests.length === 1);
    await until(() => tokens.status.state !== 'fresh');
    controller.abort();
    const error = await call;
    expect(error.code).toBe('ERR_CANCELED');
    expect(bankCallOf(error)).toMatchObject({
      delivery: 'answered',
      status: 401,
      attempts: 1,
      replayed: false,
    });
    expect(raw.requests).toHaveLength(1);
  });

  test('while its answer streams ends the stream and the connection', async () => {
    raw.onRequest = ({ socket }) => void socket.write(httpAnswer(200, [['Content-Length', '10']], 'ab'));
    const { http } = await started();
    const controller = new AbortController();
    const { data } = await http.axiosRef.get('/', { responseType: 'stream', signal: controller.signal });
    const ended = rejection(
      (async () => {
        for await (const _ of data) controller.abort();
      })(),
    );
    expect((await ended).code).toBe('ERR_CANCELED');
    await until(() => raw.open === 0, 'the end of the connection');
  });
});

describe('a stream with maxContentLength that nobody reads', () => {
  const endless = (status: number, headers: [string, string][]) => {
    raw.onRequest = ({ socket }) =>
      void socket.write(httpAnswer(status, [['Content-Length', '1000'], ...headers], 'ab'));
  };
  const how = { responseType: 'stream', maxContentLength: 500 } as const;

  test.each([
    [500, []],
    [500, [['Content-Encoding', 'gzip']]],
    [200, []],
  ] as [number, [string, string][]][])(
    'lets go of its connection where its caller destroys it (%d %j)',
    async (status, headers) => {
      endless(status, headers);
      const { http } = await started();
      const call = http.axiosRef.get('/', { ...how, validateStatus: (code: number) => code < 300 });
      const { data } = await (status === 200 ? call : rejection(call).then(({ response }) => response));
      data.destroy();
      await until(() => raw.open === 0, 'the end of the connection');
    },
  );

  test('ends with the connection, which is nobody’s error until it is read', async () => {
    raw.onRequest = ({ socket }) => {
      socket.write(httpAnswer(500, [['Content-Length', '1000']], 'ab'));
      setTimeout(() => socket.destroy(), 20);
    };
    const { http } = await started();
    const { response } = await rejection(http.axiosRef.get('/', how));
    await until(() => raw.open === 0, 'the end of the connection');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await rejection(buffer(response.data))).code).toBe('ECONNRESET');
  });

  test('lets go of its connection where its caller aborts the call', async () => {
    endless(500, []);
    const { http } = await started();
    const controller = new AbortController();
    await rejection(http.axiosRef.get('/', { ...how, signal: controller.signal }));
    controller.abort();
    await until(() => raw.open === 0, 'the end of the connection');
  });
});

describe('an answer', () => {
  test('of 100 Continue without being asked fails, and may have been acted upon', async () => {
    raw.onRequest = ({ socket }) =>
      void socket.write(Buffer.concat([Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'), httpAnswer(200)]));
    const { http } = await started();
    const error = await rejection(firstValueFrom(http.post('/pay', {})));
    expect(error.code).toBe('ECONNRESET');
    expect(bankCallOf(error)).toMatchObject({ delivery: 'unknown' });
  });

  test('that switches protocols ends the call', async () => {
    raw.onRequest = ({ socket }) =>
      void socket.write('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n');
    const { http } = await started();
    const error = await rejection(firstValueFrom(http.post('/pay', {})));
    expect([error.code, error.message]).toEqual([
      'ECONNRESET',
      'The bank switched protocols without being asked',
    ]);
    expect(bankCallOf(error)).toMatchObject({ delivery: 'unknown' });
  });

  test('whose head is longer than Node allows fails with the code of Node', async () => {
    raw.onRequest = ({ socket }) =>
      void socket.write(
        httpAnswer(
          200,
          Array.from({ length: 40 }, () => ['X-A', 'a'.repeat(1_000)] as const),
        ),
      );
    const { http } = await started();
    const error = await rejection(firstValueFrom(http.get('/')));
    expect([error.code, error.message]).toEqual(['HPE_HEADER_OVERFLOW', 'Parse Error: Header overflow']);
  });

  test.each(['text', 'stream'] as const)(
    'that the rule of its caller throws at ends the call with what it throws (%s)',
    async (responseType) => {
      const { http } = await started();
      const validateStatus = () => {
        throw new Error('no such status');
      };
      const error = await rejection(firstValueFrom(http.get('/', { responseType, validateStatus })));
      expect(error.message).toBe('no such status');
      expect(bankCallOf(error)).toMatchObject({ delivery: 'answered', status: 200 });
      expect((await firstValueFrom(http.get('/'))).status).toBe(200);
    },
  );

  test('that trickles ends at the time-out of the whole call', async () => {
    raw.onRequest = ({ socket }) => {
      socket.write(httpAnswer(200, [['Content-Length', '1000']], ''));
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    };
    const { http } = await started();
    const error = await rejection(firstValueFrom(http.get('/', { timeout: 300 })));
    expect(error.code).toBe('ECONNABORTED');
    expect(bankCallOf(error)).toMatchObject({ delivery: 'answered', status: 200 });
    await until(() => raw.open === 0, 'the end of the connection');
  });

  test('that is read slowly is held back at the bank', async () => {
    const whole = Buffer.alloc(8_000_000, 'x');
    raw.onRequest = ({ socket }) => void socket.write(httpAnswer(200, [], whole));
    const { http } = await started();
    const { data } = await http.axiosRef.get('/', { responseType: 'stream' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(data.readableLength).toBeLessThan(1_000_000);
    let length = 0;
    for await (const chunk of data) length += chunk.length;
    expect(length).toBe(whole.length);
  });
});

describe('over TLS', () => {
  /** A bank that wants certificates, and notes whose it has got. */
  async function tlsBank() {
    const [ca, clients] = [await authority('ca'), await authority('clients')];
    const seen: string[] = [];
    const api = createTlsServer(
      { ...(await member('bank', { ca })), requestCert: true, rejectUnauthorized: true, ca: clients.cert },
      (request, response) => {
        request.resume();
        const { subject } = (request.socket as import('node:tls').TLSSocket).getPeerCertificate();
        seen.push(String(subject?.CN));
        response.end('{}');
      },
    );
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    const { tokenUrl } = bank.providerOptions();
    const close = () => {
      api.closeAllConnections();
      api.close();
    };
    const apiBaseUrl = `https://127.0.0.1:${(api.address() as AddressInfo).port}`;
    return { ca, clients, seen, provider: { tokenUrl, apiBaseUrl, tlsCa: ca.cert }, close };
  }

  test('presents the certificate of the credentials, and a rotated one from then on', async () => {
    const { ca, clients, seen, provider, close } = await tlsBank();
    const { clientId, clientSecret } = bank.providerOptions();
    let name = 'first';
    const identities = {
      first: await member('first', { ca: clients }),
      second: await member('second', { ca: clients }),
    };
    const credentials = () => {
      const { cert, key } = identities[name as 'first'];
      return { clientId, clientSecret, tlsCertificate: cert, tlsKey: key, tlsCa: ca.cert };
    };
    const { http, tokens } = await started(
      {},
      { ...provider, clientId: undefined, clientSecret: undefined, tlsCa: undefined, credentials },
    );
    const pay = () => firstValueFrom(http.post('/pay', {}, { bankAuth: { merchant: 'a' } }));
    await pay();
    name = 'second';
    await firstValueFrom(tokens.forMerchant('a').refresh());
    await pay();
    expect(seen).toEqual(['first', 'second']);
    expect(sent).toHaveLength(2);
    close();
  });

  test('a refusal of the certificate comes after the request, whose fate is unknown', async () => {
    const { ca, provider, close } = await tlsBank();
    const strangers = await authority('strangers');
    const { cert, key } = await member('stranger', { ca: strangers });
    const { http } = await started({}, { ...provider, tlsCa: ca.cert, tlsCertificate: cert, tlsKey: key });
    const error = await rejection(firstValueFrom(http.post('/pay', {})));
    expect(bankCallOf(error)).toMatchObject({ delivery: 'unknown', attempts: 1 });
    close();
  });

  test('a bank that is not trusted gets nothing, whatever NODE_TLS_REJECT_UNAUTHORIZED says', async () => {
    raw.useTls(await member('bank'));
    const { tokenUrl } = bank.providerOptions();
    const { http } = await started({}, { tokenUrl, apiBaseUrl: `https://127.0.0.1:${raw.port}` });
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const error = await rejection(firstValueFrom(http.post('/pay', {})));
      expect(error.code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
      expect(bankCallOf(error)).toMatchObject({ delivery: 'not-sent' });
      expect(raw.requests).toEqual([]);
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });
});
