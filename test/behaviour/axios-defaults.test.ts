import { Agent as HttpAgent } from 'node:http';
import { createServer as createTlsServer, Agent as HttpsAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Logger } from '@nestjs/common';
import axios from 'axios';
import { isBankAuthError } from 'nestjs-bank-auth';
import { firstValueFrom } from 'rxjs';
import { BankSimulator, type SimulatedBank } from '../../src/testing/index.js';
import { type BankApp, closeApps, rejection, startApp } from '../support/bank-app.js';
import { authority, member } from '../support/tls-identities.js';

let simulator: BankSimulator;
let bank: SimulatedBank;
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments');
  bank = simulator.bank('bog-payments');
});
afterAll(() => simulator.stop());
beforeEach(() => simulator.reset());
afterEach(closeApps);

const defaults = axios.defaults as unknown as Record<string, any>;
/** As they were, with what is in them, since some of it is changed in place. */
const original = Object.entries(defaults).map(([key, value]) => [key, value, contents(value)] as const);
afterEach(() => {
  for (const key of Object.keys(defaults)) delete defaults[key];
  for (const [key, value, content] of original) {
    defaults[key] = value;
    if (content === undefined) continue;
    for (const member of Object.keys(value)) delete value[member];
    for (const [member, of] of Object.entries(content)) value[member] = key === 'headers' ? { ...of } : of;
    if (Array.isArray(value)) value.length = Object.keys(content).length;
  }
});

function contents(value: unknown): Record<string, any> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, of]) => [key, of?.constructor === Object ? { ...of } : of]),
  );
}

/** All that the bank and the caller see of a payment, of a call that is refused, and of one for bytes. */
async function seen({ http, tokens }: BankApp): Promise<unknown> {
  const token = await tokens.getAccessToken();
  const calls = bank.requests.length;
  const config = { params: { a: [1, 2] }, headers: { 'X-Own': '1' } };
  const { status, data } = await firstValueFrom(
    http.post('/simulator/echo', { amount: 1, of: ['ä'] }, config),
  );
  const refused = await rejection(firstValueFrom(http.get('/simulator/echo?status=404')));
  const bytes = await firstValueFrom(http.get('/simulator/echo', { responseType: 'arraybuffer' }));
  return {
    received: bank.requests.slice(calls).map(({ method, path, headers: { host: _, ...headers }, body }) => ({
      method,
      path,
      headers: { ...headers, authorization: headers.authorization === `Bearer ${token}` },
      body,
    })),
    returned: [status, { ...data, headers: undefined }],
    refused: [refused.code, refused.message, refused.response?.status],
    isBytes: Buffer.isBuffer(bytes.data),
  };
}

const hostile = () => Promise.reject(new Error('of another service'));
const aborted = AbortSignal.abort();
const canceled = axios.CancelToken.source();
canceled.cancel();

/** What somebody may set for another service. */
const settings: [string, object | (() => unknown)][] = [
  ['headers of all methods', () => Object.assign(defaults.headers.common, { 'X-Tenant': 'other' })],
  ['headers of a method', () => Object.assign(defaults.headers.post, { 'X-Tenant': 'other' })],
  ['headers beside the methods', () => Object.assign(defaults.headers, { 'X-Tenant': 'other' })],
  ['an Authorization', () => Object.assign(defaults.headers.common, { Authorization: 'Bearer other' })],
  ['other headers altogether', { headers: { common: { Accept: 'text/html' } } }],
  ['no headers', () => delete defaults.headers],
  ['params', { params: { tenant: 'other' } }],
  ['paramsSerializer', { paramsSerializer: { serialize: () => 'serialized=other' } }],
  ['auth', { auth: { username: 'other', password: 'other' } }],
  ['baseURL', { baseURL: 'http://127.0.0.1:1' }],
  ['allowAbsoluteUrls', { allowAbsoluteUrls: false }],
  ['url, method and data', { url: '/other', method: 'put', data: 'other' }],
  ['transformRequest', { transformRequest: () => 'other' }],
  ['a further transformRequest', () => defaults.transformRequest.push(() => 'other')],
  ['transformResponse', { transformResponse: [() => 'other'] }],
  ['a further transformResponse', () => defaults.transformResponse.unshift(() => 'other')],
  ['parseReviver', { parseReviver: () => 'other' }],
  ['formSerializer', { formSerializer: { dots: true } }],
  ['env', { env: {} }],
  ['proxy', { proxy: { host: '127.0.0.1', port: 1 } }],
  ['httpAgent', { httpAgent: new HttpAgent({ lookup: () => undefined } as never) }],
  ['httpsAgent', { httpsAgent: new HttpsAgent({ rejectUnauthorized: false }) }],
  ['transport', { transport: { request: hostile } }],
  ['socketPath', { socketPath: '/nowhere' }],
  ['lookup', { lookup: hostile }],
  ['insecureHTTPParser', { insecureHTTPParser: true }],
  ['httpVersion', { httpVersion: 2 }],
  ['fetchOptions', { fetchOptions: { dispatcher: {} } }],
  ['timeout', { timeout: 1 }],
  ['maxRedirects', { maxRedirects: 5 }],
  ['maxContentLength', { maxContentLength: 1 }],
  ['maxBodyLength', { maxBodyLength: 1 }],
  ['maxRate', { maxRate: [1, 1] }],
  ['adapter', { adapter: hostile }],
  ['an adapter among the names', () => defaults.adapter.unshift(hostile)],
  ['no adapter', () => delete defaults.adapter],
  ['validateStatus', { validateStatus: () => false }],
  ['validateStatus: undefined', { validateStatus: undefined }],
  ['transitional', { transitional: { forcedJSONParsing: false, silentJSONParsing: false } }],
  ['a member of transitional', () => Object.assign(defaults.transitional, { forcedJSONParsing: false })],
  ['responseType', { responseType: 'stream' }],
  ['responseEncoding', { responseEncoding: 'hex' }],
  ['decompress', { decompress: false }],
  ['signal', { signal: aborted }],
  ['cancelToken', { cancelToken: canceled.token }],
  ['onDownloadProgress', { onDownloadProgress: hostile }],
  ['beforeRedirect', { beforeRedirect: hostile }],
  ['bankAuth', { bankAuth: { merchant: 'other' } }],
  ['a misspelt bankAuth', { bankAuth: { mercant: 'other' } }],
];

function set(setting: object | (() => unknown), its = defaults): void {
  if (typeof setting === 'function') setting();
  else Object.assign(its, setting);
}

describe('axios.defaults do not reach the HttpService of a bank', () => {
  let untouched: unknown;
  beforeAll(async () => {
    untouched = await seen(await startApp(bank));
    await closeApps();
  });

  test.each(settings)('if they are set before the start: %s', async (_what, setting) => {
    set(setting);
    expect(await seen(await startApp(bank))).toEqual(untouched);
  });

  test.each(settings)('if they are set after the first call: %s', async (_what, setting) => {
    const app = await startApp(bank);
    await seen(app);
    set(setting);
    expect(await seen(app)).toEqual(untouched);
  });

  test('nor does a mock of axios, and one warning says where to put it', async () => {
    const warned = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    try {
      const { http } = await startApp(bank);
      await firstValueFrom(http.get('/simulator/echo'));
      expect(warned).not.toHaveBeenCalled();
      defaults.adapter = hostile;
      await firstValueFrom(http.get('/simulator/echo'));
      await firstValueFrom(http.get('/simulator/echo'));
      expect(bank.apiRequests).toBe(3);
      expect(warned.mock.calls).toEqual([
        [expect.stringMatching(/^\[BANK_AUTH_MOCK_OVERLOOKED\] bog-payments: .*Mock its axiosRef/)],
      ]);
    } finally {
      warned.mockRestore();
    }
  });

  test('while a mock on the axiosRef needs no warning', async () => {
    const warned = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    try {
      const { http } = await startApp(bank);
      defaults.adapter = hostile;
      const adapter = async (config: object) => ({ status: 200, data: '{}', headers: {}, config });
      Object.assign(http.axiosRef.defaults, { adapter });
      await firstValueFrom(http.get('/simulator/echo'));
      expect(bank.apiRequests).toBe(0);
      expect(warned).not.toHaveBeenCalled();
    } finally {
      warned.mockRestore();
    }
  });

  test('so that no agent among them sends the token to an unverified server', async () => {
    const seenByStranger: unknown[] = [];
    const stranger = createTlsServer({ ...(await member('stranger')) }, (request, response) => {
      seenByStranger.push(request.headers.authorization);
      response.end('{}');
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const { port } = stranger.address() as AddressInfo;
    defaults.httpsAgent = new HttpsAgent({ rejectUnauthorized: false });
    const { http } = await startApp(bank, { provider: { apiBaseUrl: `https://127.0.0.1:${port}` } });
    const error = await rejection(firstValueFrom(http.get('/accounts')));
    expect(error.code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(seenByStranger).toEqual([]);
    stranger.close();
  });

  test('nor when the global axios sends a request of the bank again', async () => {
    const { http } = await startApp(bank);
    const asked: unknown[] = [];
    class Asked extends HttpAgent {
      addRequest(...args: unknown[]): void {
        asked.push(args);
        (HttpAgent.prototype as unknown as { addRequest(...args: unknown[]): void }).addRequest.apply(
          this,
          args,
        );
      }
    }
    Object.assign(defaults, {
      httpAgent: new Asked(),
      httpsAgent: new HttpsAgent({ rejectUnauthorized: false }),
      proxy: { host: '127.0.0.1', port: 1 },
    });
    const { config } = await rejection(firstValueFrom(http.get('/simulator/echo?status=404')));
    expect((await rejection(axios(config))).response.status).toBe(404);
    expect((await rejection(axios.request({ ...config }))).response.status).toBe(404);
    expect(bank.apiRequests).toBe(3);
    expect(asked).toEqual([]);
  });

  test('and no agent among them replaces the one with the client certificate', async () => {
    const ca = await authority('ca');
    const client = await member('client', { ca });
    const subjects: unknown[] = [];
    const identity = await member('bank', { ca });
    const api = createTlsServer({ ...identity, ca: ca.cert, requestCert: true }, (request, response) => {
      subjects.push((request.socket as any).getPeerCertificate().subject.CN);
      response.end('{}');
    });
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    const { port } = api.address() as AddressInfo;
    defaults.httpsAgent = new HttpsAgent({ ca: ca.cert });
    const { http } = await startApp(bank, {
      provider: {
        apiBaseUrl: `https://127.0.0.1:${port}`,
        tlsCa: ca.cert,
        tlsCertificate: client.cert,
        tlsKey: client.key,
      },
    });
    expect((await firstValueFrom(http.get('/accounts'))).status).toBe(200);
    expect(subjects).toEqual(['client']);
    api.close();
  });
});

describe("the defaults of a bank's own axiosRef take effect:", () => {
  const answer = async (config: object) => ({ status: 200, data: '"mocked"', headers: {}, config });
  const own: [string, object | ((its: any) => unknown), object][] = [
    ['headers', (its) => Object.assign(its.headers.common, { 'X-Tenant': 'mine' }), { header: 'mine' }],
    ['params', { params: { tenant: 'mine' } }, { query: 'tenant=mine' }],
    ['paramsSerializer', { params: { a: 1 }, paramsSerializer: () => 'mine' }, { query: 'mine' }],
    ['transformRequest', (its) => its.transformRequest.push(() => '"mine"'), { body: '"mine"' }],
    ['transformResponse', (its) => its.transformResponse.push(() => 'mine'), { data: 'mine' }],
    ['responseType', { responseType: 'arraybuffer' }, { data: expect.any(Buffer) }],
    ['validateStatus', { validateStatus: () => false }, { code: 'ERR_BAD_RESPONSE' }],
    [
      'transitional',
      (its) => Object.assign(its.transitional, { forcedJSONParsing: false }),
      { data: expect.any(String) },
    ],
    ['maxBodyLength', { maxBodyLength: 1 }, { code: 'ERR_BAD_REQUEST' }],
    ['maxContentLength', { maxContentLength: 1 }, { code: 'ERR_BAD_RESPONSE' }],
    ['signal', { signal: aborted }, { code: 'ERR_CANCELED' }],
    ['baseURL', { baseURL: 'https://other.example' }, { code: 'BANK_AUTH_UNTRUSTED_ORIGIN' }],
    ['bankAuth', { bankAuth: { merchant: 'shop-7' } }, { code: 'BANK_AUTH_CONFIG' }],
    ['adapter', { adapter: answer }, { data: 'mocked' }],
  ];
  test.each(own)('%s', async (_what, setting, expected) => {
    const { http } = await startApp(bank);
    const { defaults: its } = http.axiosRef;
    set(typeof setting === 'function' ? () => setting(its) : setting, its as never);
    const outcome = await firstValueFrom(http.post('/simulator/echo', { a: 1 })).then(
      ({ data }) => ({ data }),
      ({ code }) => ({ code }),
    );
    const { headers, path, body } = bank.lastApiRequest ?? {};
    const received = { header: headers?.['x-tenant'], query: path?.split('?')[1], body };
    expect({ ...outcome, ...received }).toMatchObject(expected);
  });

  test('httpAgent', async () => {
    const { http } = await startApp(bank);
    const asked: unknown[] = [];
    class Asked extends HttpAgent {
      override createConnection(...args: Parameters<HttpAgent['createConnection']>) {
        asked.push(args);
        return super.createConnection(...args);
      }
    }
    Object.assign(http.axiosRef.defaults, { httpAgent: new Asked() });
    await firstValueFrom(http.get('/simulator/echo'));
    expect(asked).toHaveLength(1);
  });
});

describe('an axios instance of the user', () => {
  test('keeps the defaults that axios gave it when it was made', async () => {
    const { interceptor } = await startApp(bank);
    defaults.headers.common['X-Tenant'] = 'copied';
    const instance = axios.create({ baseURL: bank.apiBaseUrl });
    interceptor.attach(instance);
    await instance.get('/simulator/echo');
    expect(bank.lastApiRequest?.headers['x-tenant']).toBe('copied');
  });

  test('is not changed by later defaults of axios', async () => {
    const { interceptor } = await startApp(bank);
    const instance = axios.create({ baseURL: bank.apiBaseUrl });
    interceptor.attach(instance);
    Object.assign(defaults, { httpAgent: { addRequest: hostile }, http2Options: { settings: {} } });
    expect((await instance.get('/simulator/echo')).status).toBe(200);
  });

  test.each([
    ['of its own', () => axios.create({ httpsAgent: new HttpsAgent() })],
    [
      'of the defaults of axios',
      () => {
        defaults.httpsAgent = new HttpsAgent();
        return axios.create();
      },
    ],
  ])('with an agent %s sends nothing beside a certificate', async (_what, make) => {
    const ca = await authority('ca');
    const api = createTlsServer({ ...(await member('bank', { ca })) }, (_request, response) =>
      response.end(),
    );
    let connections = 0;
    api.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    const { port } = api.address() as AddressInfo;
    const { interceptor } = await startApp(bank, {
      provider: { apiBaseUrl: `https://127.0.0.1:${port}`, tlsCa: ca.cert },
    });
    const instance = make();
    instance.defaults.baseURL = `https://127.0.0.1:${port}`;
    interceptor.attach(instance);
    const error = await rejection(instance.get('/accounts'));
    expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
    expect(error.message).toContain('"httpsAgent"');
    expect(error.message).toContain('was not sent');
    expect(connections).toBe(0);
    api.close();
  });
});
