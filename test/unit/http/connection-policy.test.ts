import { EventEmitter } from 'node:events';
import http, { Agent as HttpAgent } from 'node:http';
import https, { Agent } from 'node:https';
import { afterEach, describe, expect, test } from '@jest/globals';
import axios, { type AxiosAdapter } from 'axios';
import { isBankAuthError } from '../../../src/errors/index.js';
import {
  type ConnectionParts,
  connectionOf,
  type Sending,
  sendingBy,
} from '../../../src/http/connection-policy.js';
import { strictlyFramed } from '../../../src/http/framing.js';
import type { Transport } from '../../../src/http/transport.js';
import { ORIGIN, request } from '../../support/authorised-calls.harness.js';

const certificate = new Agent();
const proxy = { host: 'proxy.example', port: 3128 };

const { NODE_TLS_REJECT_UNAUTHORIZED: before } = process.env;
afterEach(() => {
  if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
});

function connection(
  sending: Sending,
  transport: Transport = {},
  parts: Partial<ConnectionParts> = {},
  config: object = {},
) {
  return connectionOf(request(config), sending, {
    provider: 'a-bank',
    url: new URL(ORIGIN),
    transport,
    tokenAgent: undefined,
    defaultAgent: undefined,
    ...parts,
  });
}

describe('without TLS', () => {
  const plain = { url: new URL('http://127.0.0.1') };
  const names = ['http_proxy', 'ALL_PROXY', 'HTTP_PROXY'];
  afterEach(() => {
    for (const name of names) delete process.env[name];
  });

  test('no proxy is named by the environment, nor by an agent', () => {
    expect(connection('http', {}, plain).proxy).toBeUndefined();
    for (const name of names) {
      process.env[name] = 'http://proxy.example:3128';
      expect(connection('http', {}, plain).proxy).toBe(false);
      delete process.env[name];
    }
    // As Node.js 24 makes it with NODE_USE_ENV_PROXY.
    const httpAgent = Object.assign(new HttpAgent(), { options: { proxyEnv: {} } });
    expect(connection('http', { httpAgent }, plain).proxy).toBe(false);
    expect(connection('own', {}, plain).proxy).toBe(false);
  });
});

function refusal(...args: Parameters<typeof connection>): string {
  try {
    connection(...args);
  } catch (error) {
    expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
    expect(error).toHaveProperty('provider', 'a-bank');
    return (error as Error).message;
  }
  return 'none';
}

describe('the sender of a request', () => {
  const own: AxiosAdapter = async () => ({}) as never;
  test.each<[string, AxiosAdapter, object, Sending]>([
    ['http', axios.getAdapter('http'), {}, 'http'],
    ['httpVersion 1', axios.getAdapter('http'), { httpVersion: 1 }, 'http'],
    ['httpVersion 2', axios.getAdapter('http'), { httpVersion: 2 }, 'http2'],
    ["httpVersion '2'", axios.getAdapter('http'), { httpVersion: '2' }, 'http2'],
    ['fetch', axios.getAdapter('fetch'), {}, 'fetch'],
    ['fetch where HTTP/2 is asked for', axios.getAdapter('fetch'), { httpVersion: 2 }, 'fetch'],
    ['a function', own, { httpVersion: 2 }, 'own'],
  ])('is known for %s', (_what, adapter, config, sending) => {
    expect(sendingBy(adapter, request(config))).toBe(sending);
  });

  test('is known for a fetch in the request', () => {
    const config = request({ env: { fetch: async () => new Response() } } as object);
    const adapter = (axios.getAdapter as (...args: unknown[]) => AxiosAdapter)('fetch', config);
    expect(sendingBy(adapter, config)).toBe('fetch');
  });
});

describe('a request is refused', () => {
  test.each<[string, Parameters<typeof connection>, RegExp]>([
    [
      'fetch with a certificate',
      ['fetch', {}, { tokenAgent: certificate }],
      /tlsCertificate, tlsCa or httpsAgent/,
    ],
    ['fetch with an agent', ['fetch', { httpsAgent: certificate }], /adapter: 'fetch' would ignore/],
    ['fetch with a proxy', ['fetch', { proxy }], /would ignore the configured proxy/],
    [
      'fetch with a proxy without TLS',
      ['fetch', { trustedProxy: proxy }, { url: new URL('http://127.0.0.1') }],
      /would ignore the configured proxy/,
    ],
    ['HTTP/2 with a certificate', ['http2', {}, { tokenAgent: certificate }], /httpVersion: 2 would ignore/],
    ['HTTP/2 with an agent', ['http2', { httpsAgent: certificate }], /httpVersion: 2 would ignore/],
    ['HTTP/2 with a proxy', ['http2', { proxy }], /would ignore the configured proxy/],
    [
      'two agents',
      ['http', { httpsAgent: new Agent() }, { tokenAgent: certificate }],
      /its own "httpsAgent"/,
    ],
    [
      'a dispatcher beside a certificate',
      ['http', { fetchOptions: { dispatcher: {} } as never }, { tokenAgent: certificate }],
      /its own "fetchOptions.dispatcher"/,
    ],
    ['a transport', ['http', {}, {}, { transport: {} }], /follow a redirect/],
    ['a lenient parser', ['http', {}, {}, { insecureHTTPParser: true }], /"insecureHTTPParser"/],
  ])('with %s', (_what, args, message) => {
    expect(refusal(...args)).toMatch(message);
  });

  test('but not for an adapter of the user, which gets our sender and the agent of the token', () => {
    const transport = strictlyFramed({ request: () => undefined as never });
    const parts = { tokenAgent: certificate };
    expect(refusal('http', { httpsAgent: certificate }, parts, { transport })).toBe('none');
  });

  test.each([
    'ca',
    'host',
    'port',
    'path',
    'socket',
    'lookup',
    'createConnection',
    'servername',
    'rejectUnauthorized',
  ])('where http2Options contain %s', (name) => {
    const options = { http2Options: { [name]: undefined, sessionTimeout: 5 } as never };
    expect(refusal('http2', options)).toContain(`not "${name}", so this request was not sent`);
  });

  test('by fetch where nothing verifies the server', () => {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    expect(refusal('fetch')).toMatch(/cannot verify the bank while NODE_TLS_REJECT_UNAUTHORIZED is 0/);
    expect(refusal('fetch', {}, { url: new URL('http://127.0.0.1') })).toBe('none');
    expect(refusal('http')).toBe('none');
    expect(refusal('http2')).toBe('none');
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '1';
    expect(refusal('fetch')).toBe('none');
  });

  test('but not for incomplete options', () => {
    for (const config of [{ transport: undefined }, { insecureHTTPParser: false }])
      expect(refusal('http', {}, {}, config)).toBe('none');
    expect(refusal('http', { http2Options: { ca: '' } as never })).toBe('none');
    expect(refusal('fetch', { proxy: false, fetchOptions: { dispatcher: {} } as never })).toBe('none');
  });
});

describe('a connection', () => {
  test('uses the agent of the request, else that of the credentials, else the default', () => {
    const [own, last] = [new Agent(), new Agent()];
    expect(connection('http', { httpsAgent: own }, { defaultAgent: last }).httpsAgent).toBe(own);
    const parts = { tokenAgent: certificate, defaultAgent: last };
    expect(connection('http', {}, parts).httpsAgent).toBe(certificate);
    expect(connection('http', {}, { defaultAgent: last }).httpsAgent).toBe(last);
  });

  test('follows no redirect and has no password of its own', () => {
    const made = connection('fetch', { fetchOptions: { redirect: 'follow' } as never });
    expect(made).toMatchObject({ auth: undefined, maxRedirects: 0, fetchOptions: { redirect: 'manual' } });
  });

  test('takes those fetchOptions only that choose neither content nor destination', () => {
    const kept = { cache: 'no-store', keepalive: true, dispatcher: {} };
    const dropped = {
      headers: { Authorization: 'Bearer other' },
      method: 'DELETE',
      body: 'other',
      signal: null,
      duplex: 'full',
      credentials: 'include',
      mode: 'no-cors',
    };
    const { fetchOptions } = connection('fetch', { fetchOptions: { ...kept, ...dropped } as never });
    expect(fetchOptions).toEqual({ ...kept, redirect: 'manual' });
  });

  test('without TLS ignores the lookup of the request, which could lead anywhere', () => {
    const lookup = () => undefined;
    const plain = connection('http', {}, { url: new URL('http://127.0.0.1') }, { lookup });
    expect({ lookup, ...plain }.lookup).toBeUndefined();
    expect({ lookup, ...connection('http', {}, {}, { lookup }) }.lookup).toBe(lookup);
  });

  describe('while the process puts other agents in place', () => {
    const before = { http: http.request, https: https.request };
    afterEach(() => {
      http.request = before.http;
      https.request = before.https;
    });

    /** What becomes of a request with the agent that axios would give it. */
    function sent(transport: Transport, parts: Partial<ConnectionParts>, agent: object): string {
      for (const [module, Other] of [
        [http, HttpAgent],
        [https, Agent],
      ] as const)
        module.request = (() =>
          Object.assign(new EventEmitter(), { agent: new Other(), destroy: () => undefined })) as never;
      const { transport: sender } = connection('http', transport, parts);
      try {
        sender.request({ protocol: (parts.url ?? new URL(ORIGIN)).protocol, agent }, () => undefined);
        return 'sent';
      } catch (error) {
        expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
        expect(error).toHaveProperty('provider', 'a-bank');
        return (error as Error).message;
      }
    }

    const plain = { url: new URL('http://127.0.0.1') };
    test.each<[string, Transport, Partial<ConnectionParts>]>([
      ['the agent of the credentials', {}, { tokenAgent: certificate }],
      ['an agent of the application', { httpsAgent: certificate }, {}],
      ['a proxy', { proxy }, {}],
      ['a proxy without TLS', { trustedProxy: proxy }, plain],
    ])('is refused with %s', (_what, transport, parts) => {
      expect(sent(transport, parts, certificate)).toMatch(/put an agent in place of .* was not sent/);
    });

    test('is made where no agent was chosen', () => {
      expect(sent({}, { defaultAgent: certificate }, certificate)).toBe('sent');
      expect(sent({ proxy: false }, plain, certificate)).toBe('sent');
    });
  });

  test('of HTTP/2 verifies the server', () => {
    const made = connection('http2', { http2Options: { sessionTimeout: 5 } as never });
    expect(made).toMatchObject({ http2Options: { sessionTimeout: 5, rejectUnauthorized: true } });
  });
});
