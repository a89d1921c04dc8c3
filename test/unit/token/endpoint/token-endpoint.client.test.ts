import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import axios from 'axios';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { type BankDefinition, builtInBanks, defineBank } from '../../../../src/banks/index.js';
import { TlsAgents } from '../../../../src/token/endpoint/tls-agents.js';
import {
  TokenEndpointClient,
  type TokenEndpointHttp,
} from '../../../../src/token/endpoint/token-endpoint.client.js';
import { basicHeader } from '../../../../src/token/endpoint/token-request.js';
import { json, Loopback, token } from '../../../support/loopback-token-endpoint.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

const credentials = { clientId: 'the-id', clientSecret: 'the-secret', apiKey: 'the-key', version: 'v1' };
const LIMIT = 65_536;

const bank = (parts: Partial<BankDefinition> = {}): BankDefinition =>
  defineBank({
    id: 'a-bank',
    title: 'A bank',
    tokenUrl: { sandbox: 'https://bank.example/token' },
    apiBaseUrl: { sandbox: 'https://bank.example' },
    clientAuthentication: { method: 'client_secret_basic' },
    ...parts,
  });

let server: Loopback;
const clock = new VirtualClock();
beforeEach(async () => {
  server = await Loopback.start();
});
afterEach(() => server.stop());

const client = (of = bank(), http: TokenEndpointHttp = {}, url = server.url) =>
  new TokenEndpointClient(of, { tokenUrl: url, environment: 'sandbox' }, http, clock);
const ask = (of = bank(), scopes: readonly string[] = []) =>
  firstValueFrom(client(of).request(credentials, scopes, new TlsAgents(), 5_000));
const form = () => Object.fromEntries(new URLSearchParams(server.last.body));

describe('a token request', () => {
  test('is a form with Basic credentials unless the definition says otherwise', async () => {
    const { grant } = await ask();
    expect(grant).toEqual({ value: 'issued-token', scopes: undefined, lifetime: 3_600_000 });
    const { method, path, headers, body } = server.last;
    expect([method, path, body]).toEqual(['POST', '/oauth/token', 'grant_type=client_credentials']);
    expect(headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'nestjs-bank-auth',
      authorization: `Basic ${Buffer.from('the-id:the-secret').toString('base64')}`,
    });
    expect(headers).not.toHaveProperty('apikey');
  });

  test('carries scopes joined by spaces, further parameters and another grant type', async () => {
    await ask(bank({ tokenRequest: { grantType: 'custom', parameters: { audience: 'https://a & b' } } }), [
      'a',
      'b',
    ]);
    expect(form()).toEqual({ grant_type: 'custom', scope: 'a b', audience: 'https://a & b' });
  });

  test.each<[string, NonNullable<BankDefinition['tokenRequest']>, string]>([
    ...(
      [
        ['a Headers object', new Headers({ 'x-key': 'k' })],
        ['a Map', new Map([['x-key', 'k']])],
        ['a list', ['k']],
        ['a string', 'k'],
        ['a header that is missing', { 'x-key': undefined }],
        ['a header that is a number', { 'x-key': 7 }],
        ['a line break', { 'x-key': 'k\r\nx-evil: 1' }],
        ['letters that axios would drop', { 'x-key': 'კ' }],
        ['a name that is none', { 'x key': 'k' }],
        ['another host', { Host: 'evil.example' }],
        ['another length', { 'content-length': '3' }],
      ] as const
    ).map(
      ([what, made]) =>
        [`headers are ${what}`, { headers: () => made as never }, 'tokenRequest.headers'] as never,
    ),
    [
      'parameters are a URLSearchParams',
      { parameters: () => new URLSearchParams('a=b') as never },
      'parameters',
    ],
    ['parameters are a list', { parameters: () => ['b'] as never }, 'parameters'],
    ['headers are promised', { headers: async () => ({}) as never }, 'gave a promise'],
    [
      'parameters are promised',
      { parameters: async () => Promise.reject(new Error('late')) },
      'gave a promise',
    ],
  ] as never)('is not sent where its %s', async (_what, tokenRequest, reason) => {
    await expect(ask(bank({ tokenRequest }))).rejects.toMatchObject({
      kind: 'invalid',
      trouble: 'definition',
      reason: expect.stringContaining(reason),
    });
    expect(server.seen).toEqual([]);
  });

  test.each<[string, (secret: string) => Readonly<Record<string, string>>]>([
    ['as it is', (secret) => ({ key: `a${secret}` })],
    ['as a name', (secret) => ({ [secret]: '1' })],
    ['percent-encoded', (secret) => ({ key: encodeURIComponent(secret) })],
    ['in Base64', (secret) => ({ key: Buffer.from(secret).toString('base64') })],
    [
      'in base64url, of Basic',
      (secret) => ({ key: `x ${Buffer.from(`id:${secret}`).toString('base64url')}` }),
    ],
    ['in hexadecimal', (secret) => ({ key: Buffer.from(secret).toString('hex') })],
  ])('is not sent with a secret in its URL, %s, of which the definition did not know', async (_how, made) => {
    const parameters = ({ clientSecret }: { clientSecret: string }) =>
      clientSecret === credentials.clientSecret ? made('the-secret') : {};
    const shape = { method: 'get', parameters } as const;
    await expect(ask(bank({ tokenRequest: shape }))).rejects.toMatchObject({
      reason: expect.stringContaining('put a secret into a URL'),
    });
    expect(server.seen).toEqual([]);
  });

  test.each(['errorCode', 'rejectsCredentials'])(
    'fails where %s of the definition is async',
    async (name) => {
      server.answer = json({ error: 'x' }, 400);
      const late = async () => Promise.reject(new Error('late'));
      await expect(ask(bank({ tokenResponse: { [name]: late as never } }))).rejects.toMatchObject({
        reason: expect.stringContaining('gave a promise'),
      });
    },
  );

  test('carries the credentials in a form, without Authorization and grant_type, where the bank requires it', async () => {
    await ask(builtInBanks.get('tbc-tpay'));
    expect(form()).toEqual({ client_id: 'the-id', client_secret: 'the-secret' });
    expect(server.last.headers).toMatchObject({ apikey: 'the-key' });
    expect(server.last.headers).not.toHaveProperty('authorization');
  });

  test('is JSON where the bank requires it', async () => {
    await ask(builtInBanks.get('partner'), ['bookings:create']);
    expect(JSON.parse(server.last.body)).toEqual({
      grant_type: 'client_credentials',
      client_id: 'the-id',
      client_secret: 'the-secret',
      scope: 'bookings:create',
    });
    expect(server.last.headers['content-type']).toBe('application/json');
    expect(server.last.headers.accept).toBe('application/json');
    expect(server.last.headers).not.toHaveProperty('authorization');
  });

  test.each([
    ['ordinary characters', 'id-1.2_3', 'Secret~*'],
    ['reserved characters', 'id+x/y=z', 'p&ss=w%rd?#+/ '],
    ['colons in the secret', 'id', 'a:b:c'],
    ['characters beyond ASCII', 'იდ', 'pä$$wörd€😀'],
  ])('keeps %s intact in a form and in JSON', async (_name, clientId, clientSecret) => {
    for (const format of ['form', 'json'] as const) {
      const of = bank({ clientAuthentication: { method: 'client_secret_post' }, tokenRequest: { format } });
      await firstValueFrom(
        client(of).request({ clientId, clientSecret, version: 'v1' }, [], new TlsAgents(), 5_000),
      );
      const sent = format === 'form' ? form() : JSON.parse(server.last.body);
      expect(sent).toMatchObject({ client_id: clientId, client_secret: clientSecret });
    }
  });

  test.each([
    ['raw', 'id-1', 'secret', 'id-1:secret'],
    ['raw', 'id+x', 'p&ss=w%rd +/:', 'id+x:p&ss=w%rd +/:'],
    ['raw', 'იდ', 'pä$$€', 'იდ:pä$$€'],
    ['rfc6749', 'id-1', 'secret', 'id-1:secret'],
    ['rfc6749', 'id:x', 'p&ss=w%rd +/:', 'id%3Ax:p%26ss%3Dw%25rd+%2B%2F%3A'],
    // The example of RFC 6749 appendix B.
    ['rfc6749', ' %&+£€', 'x', '+%25%26%2B%C2%A3%E2%82%AC:x'],
  ] as const)(
    'encodes Basic credentials as %s: %s and %s',
    async (encoding, clientId, clientSecret, pair) => {
      const of = bank({ clientAuthentication: { method: 'client_secret_basic', encoding } });
      await firstValueFrom(
        client(of).request({ clientId, clientSecret, version: 'v1' }, [], new TlsAgents(), 5_000),
      );
      const sent = server.last.headers.authorization as string;
      expect(sent).toMatch(/^Basic [A-Za-z0-9+/]+=*$/);
      expect(Buffer.from(sent.slice(6), 'base64').toString('utf8')).toBe(pair);
      expect(basicHeader({ clientId, clientSecret }, { method: 'client_secret_basic', encoding })).toBe(sent);
    },
  );

  test('uses other names for the credentials where the bank requires it', async () => {
    const names = { clientId: 'merchant_id', clientSecret: 'api_key' };
    const clientAuthentication = { method: 'client_secret_post', names } as const;
    await ask(bank({ clientAuthentication, tokenRequest: { grantType: false } }));
    expect(form()).toEqual({ merchant_id: 'the-id', api_key: 'the-secret' });
    await ask(bank({ clientAuthentication: { ...clientAuthentication, names: { clientId: 'user' } } }));
    expect(form()).toEqual({
      grant_type: 'client_credentials',
      user: 'the-id',
      client_secret: 'the-secret',
    });
  });

  test('carries the credentials in headers only where the bank requires it', async () => {
    const names = { clientId: 'client_id', clientSecret: 'X-Secret' };
    const other = () => ({ 'x-secret': 'of the definition', 'X-More': 'more' });
    const clientAuthentication = { method: 'client_secret_header', names } as const;
    await ask(bank({ clientAuthentication, tokenRequest: { headers: other } }));
    const { headers, body } = server.last;
    expect(headers).toMatchObject({ client_id: 'the-id', 'x-secret': 'the-secret', 'x-more': 'more' });
    expect(headers).not.toHaveProperty('authorization');
    expect(body).toBe('grant_type=client_credentials');
    await ask(
      bank({
        clientAuthentication: { ...clientAuthentication, names: { clientId: 'x-id' } },
        options: { apiKey: 'required' },
      }),
    );
    expect(JSON.stringify(server.last)).not.toContain('the-secret');
  });

  test('is a GET with its parameters in the query, and no body, where the bank requires it', async () => {
    const parameters = () => ({ audience: 'https://a & b+c' });
    await ask(bank({ tokenRequest: { method: 'get', parameters } }), ['a', 'b']);
    const { method, path, headers, body } = server.last;
    expect([method, path, body]).toEqual([
      'GET',
      '/oauth/token?grant_type=client_credentials&scope=a%20b&audience=https%3A%2F%2Fa%20%26%20b%2Bc',
      '',
    ]);
    expect(headers).toMatchObject({
      authorization: `Basic ${Buffer.from('the-id:the-secret').toString('base64')}`,
      // A cache on the way would give one merchant's token to another.
      'cache-control': 'no-store',
    });
    expect(headers).not.toHaveProperty('content-type');
    expect(headers).not.toHaveProperty('content-length');
    await ask(bank({ tokenRequest: { method: 'get', grantType: false } }));
    expect(server.last.path).toBe('/oauth/token');
  });

  test('adds parameters and headers of the credentials and the environment', async () => {
    const made = (credentials: object, context: object) => ({ made: JSON.stringify([credentials, context]) });
    await ask(bank({ tokenRequest: { parameters: made, headers: made } }));
    const shown = [
      { clientId: 'the-id', clientSecret: 'the-secret', apiKey: 'the-key', values: {} },
      { environment: 'sandbox' },
    ];
    expect(JSON.parse(form().made!)).toEqual(shown);
    expect(JSON.parse(String(server.last.headers.made))).toEqual(shown);
  });

  test('keeps its own parameters and headers whatever a function of the definition makes', async () => {
    let made: Record<string, string> = {};
    const of = bank({
      clientAuthentication: { method: 'client_secret_post' },
      tokenRequest: { parameters: () => made },
    });
    made = { grant_type: 'password', scope: 'all', client_id: 'another', more: 'more' };
    await ask(of, ['a']);
    expect(form()).toEqual({
      grant_type: 'client_credentials',
      client_id: 'the-id',
      client_secret: 'the-secret',
      scope: 'a',
      more: 'more',
    });
  });

  test.each<[string, (credentials: { clientSecret: string; apiKey?: string }) => object]>([
    ['the secret', ({ clientSecret }) => ({ key: clientSecret })],
    ['the API key', ({ apiKey }) => ({ key: apiKey })],
    ['the secret among other characters', ({ clientSecret }) => ({ key: `k:${clientSecret}.` })],
  ])('is not sent with %s in its URL', async (_what, parameters) => {
    // Tried with made-up credentials, the function is harmless.
    const sly = (credentials: any) =>
      credentials.clientId === 'the-id' ? parameters(credentials) : ({} as object);
    const of = bank({ tokenRequest: { method: 'get', parameters: sly as never } });
    await expect(ask(of)).rejects.toMatchObject({
      kind: 'invalid',
      trouble: 'definition',
      reason: 'the "tokenRequest.parameters" of the bank definition put a secret into a URL',
    });
    expect(server.seen).toHaveLength(0);
  });

  test.each([[undefined], [null], ['a=b'], [{ a: 1 }], [{ a: undefined }]])(
    'is not sent with the parameters %j',
    async (made) => {
      const of = bank({ tokenRequest: { parameters: (() => made) as never } });
      await expect(ask(of)).rejects.toMatchObject({
        kind: 'invalid',
        reason: 'the "tokenRequest.parameters" of the bank definition made no object of strings',
      });
      expect(server.seen).toHaveLength(0);
    },
  );

  test('is sent once per subscription, and never without one', async () => {
    const request = client().request(credentials, [], new TlsAgents(), 5_000);
    expect(server.seen).toHaveLength(0);
    expect(await lastValueFrom(request.pipe(toArray()))).toHaveLength(1);
    await firstValueFrom(request);
    expect(server.seen).toHaveLength(2);
  });

  test('closes its connection after the answer', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    server.answer = (response, request) => {
      closed = once(request.socket, 'close');
      json(token)(response, request);
    };
    await ask();
    expect(server.last.headers.connection).toBe('close');
    await closed;
  });

  test('dates the token from its sending, not from the answer', async () => {
    const sentAt = clock.now();
    const held = new Promise<ServerResponse>((resolve) => {
      server.answer = resolve;
    });
    const reading = ask();
    const response = await held;
    await clock.advance(4_000);
    json(token)(response, undefined as never);
    expect(await reading).toMatchObject({ sentAt, grant: { lifetime: 3_600_000 } });
  });
});

test('a scope that repeats the client secret is dropped', async () => {
  server.answer = json({ ...token, scope: 'read the-secret' });
  expect((await ask()).grant).toMatchObject({ value: 'issued-token', scopes: undefined });
});

describe('an answer without a token', () => {
  test('is reported with its status', async () => {
    server.answer = json({ error: 'invalid_client', error_description: 'the-secret' }, 401);
    expect((await ask()).failure).toEqual({
      kind: 'rejected',
      reason: 'HTTP 401 invalid_client',
      status: 401,
    });
    server.answer = json({}, 503, { 'Retry-After': '7' });
    expect((await ask()).failure).toMatchObject({ kind: 'unavailable', retryAfterMs: 7_000 });
  });

  test.each([301, 302, 303, 307, 308])(
    'is a failure with %d: the location of the redirect gets no request',
    async (status) => {
      const other = await Loopback.start();
      try {
        server.answer = (response) => response.writeHead(status, { location: other.url }).end();
        expect((await ask()).failure).toEqual({
          kind: 'invalid',
          reason: `HTTP ${status}, a redirect, which is never followed`,
          status,
        });
        expect([server.seen.length, other.seen.length]).toEqual([1, 0]);
      } finally {
        await other.stop();
      }
    },
  );
});

describe('a token answer', () => {
  /** A right answer of so many bytes. */
  const answerOf = (bytes: number): Buffer => {
    const body = JSON.stringify({ ...token, padding: '' });
    return Buffer.from(JSON.stringify({ ...token, padding: 'x'.repeat(bytes - body.length) }));
  };
  const tooLarge = { kind: 'invalid', reason: 'an answer of more than 65536 bytes' };

  test.each([
    [
      'with a length',
      (response: ServerResponse, body: Buffer) => response.setHeader('content-length', body.length).end(body),
    ],
    [
      'in chunks',
      (response: ServerResponse, body: Buffer) => {
        response.write(body.subarray(0, 40_000));
        response.end(body.subarray(40_000));
      },
    ],
  ])('may have 64 KiB and not a byte more: %s', async (_name, send) => {
    server.answer = (response) => send(response, answerOf(LIMIT));
    expect((await ask()).grant?.value).toBe('issued-token');
    server.answer = (response) => send(response, answerOf(LIMIT + 1));
    expect((await ask()).failure).toEqual(tooLarge);
  });

  test('is limited while it is read: of 50 MB little is read, and the connection is cut', async () => {
    const SIZE = 50 * 2 ** 20;
    let taken = 0;
    let cut: Promise<unknown> = Promise.resolve();
    server.answer = (response) => {
      cut = once(response, 'close');
      response.on('error', () => undefined);
      const chunk = Buffer.alloc(16_384, 0x20);
      const pump = () => {
        while (taken < SIZE && !response.destroyed) {
          taken += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', pump);
        }
        response.end();
      };
      response.writeHead(200, { 'content-length': String(SIZE) });
      pump();
    };
    expect((await ask()).failure).toEqual(tooLarge);
    await cut;
    expect(taken).toBeLessThan(SIZE / 4);
  });

  test('is measured after decompression, so that a bomb is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * 2 ** 20, 0x20));
    expect(bomb.length).toBeLessThan(LIMIT);
    server.answer = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    expect((await ask()).failure).toEqual(tooLarge);
  });

  test('is read if it is compressed without having been asked to be', async () => {
    server.answer = (response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(token)));
    expect((await ask()).grant?.value).toBe('issued-token');
  });

  test('is refused if its compression is broken', async () => {
    server.answer = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('the-secret');
    const { failure } = await ask();
    expect(failure?.kind).toBe('invalid');
    expect(failure?.reason).toMatch(/^an answer that cannot be decompressed, Z_[A-Z_]+$/);
  });
});

describe('a network failure', () => {
  const unavailable = (reason: unknown, trouble: unknown) => ({ kind: 'unavailable', reason, trouble });

  test('is reported when the connection is refused', async () => {
    const { url } = server;
    await server.stop();
    const { failure } = await firstValueFrom(
      client(bank(), {}, url).request(credentials, [], new TlsAgents(), 5_000),
    );
    expect(failure).toEqual(unavailable('ECONNREFUSED', 'refused'));
    server = await Loopback.start();
  });

  test('is reported when the host is unknown', async () => {
    const unknown = client(bank(), {}, 'http://bank.invalid/token');
    const { failure } = await firstValueFrom(unknown.request(credentials, [], new TlsAgents(), 5_000));
    expect(failure).toEqual(
      unavailable(expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/), expect.stringMatching(/^name-/)),
    );
  });

  test.each([
    ['before any answer', ''],
    ['in the middle of the headers', 'HTTP/1.1 200 OK\r\nContent-Type: applic'],
    ['in the middle of the body', 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"access_token":"issued'],
    ['in the middle of a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{"access'],
  ])('is reported when the connection is reset %s', async (_name, bytes) => {
    const raw = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write(bytes, () => setImmediate(() => socket.resetAndDestroy())));
    });
    raw.listen(0, '127.0.0.1');
    await once(raw, 'listening');
    try {
      const { port } = raw.address() as { port: number };
      const reset = client(bank(), {}, `http://127.0.0.1:${port}/token`);
      const { failure } = await firstValueFrom(reset.request(credentials, [], new TlsAgents(), 5_000));
      expect(failure).toEqual(
        unavailable(expect.stringMatching(/^E[A-Z_]+(?:: the connection broke off .+)?$/), 'cut'),
      );
    } finally {
      raw.close();
    }
  });

  test('is reported when the answer is not HTTP', async () => {
    const raw = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.9\r\n'));
    });
    raw.listen(0, '127.0.0.1');
    await once(raw, 'listening');
    try {
      const { port } = raw.address() as { port: number };
      const { failure } = await firstValueFrom(
        client(bank(), {}, `http://127.0.0.1:${port}/`).request(credentials, [], new TlsAgents(), 5_000),
      );
      expect(failure?.kind).toBe('unavailable');
      expect(failure?.reason).toMatch(/^HPE_[A-Z_]+$/);
    } finally {
      raw.close();
    }
  });
});

describe('unsubscribing from a token request', () => {
  test('aborts it before the answer: the server sees the connection close', async () => {
    const aborted = new Promise<void>((resolve) => {
      server.answer = (response) => response.on('close', resolve);
    });
    let emitted = false;
    const subscription = client()
      .request(credentials, [], new TlsAgents(), 5_000)
      .subscribe(() => {
        emitted = true;
      });
    while (server.seen.length === 0) await new Promise(setImmediate);
    expect(server.seen).toHaveLength(1);
    subscription.unsubscribe();
    await aborted;
    expect(emitted).toBe(false);
  });

  test('aborts it in the middle of the body', async () => {
    let started = () => {};
    const body = new Promise<void>((resolve) => {
      started = resolve;
    });
    const aborted = new Promise<void>((resolve) => {
      server.answer = (response) => {
        response.on('close', resolve);
        response.writeHead(200, { 'content-length': '500' }).write('{"access', () => started());
      };
    });
    const subscription = client().request(credentials, [], new TlsAgents(), 5_000).subscribe();
    await body;
    subscription.unsubscribe();
    await aborted;
  });

  test('at once sends nothing', async () => {
    client().request(credentials, [], new TlsAgents(), 5_000).subscribe().unsubscribe();
    await ask();
    expect(server.seen).toHaveLength(1);
  });
});

describe('foreign settings', () => {
  const restore: (() => void)[] = [];
  afterEach(() => {
    for (const undo of restore.splice(0)) undo();
  });

  test('of axios (global defaults and interceptors) do not reach a token call', async () => {
    const { defaults, interceptors } = axios;
    const before = { ...defaults, headers: { ...defaults.headers.common } };
    let intercepted = 0;
    const ids = [
      interceptors.request.use((config) => {
        intercepted += 1;
        config.headers.set('X-Intercepted', '1');
        return config;
      }),
      interceptors.response.use((response) => {
        intercepted += 1;
        return response;
      }),
    ] as const;
    restore.push(() => {
      interceptors.request.eject(ids[0]);
      interceptors.response.eject(ids[1]);
      for (const name of Object.keys(defaults)) {
        if (!(name in before)) delete (defaults as Record<string, unknown>)[name];
      }
      Object.assign(defaults, { ...before, headers: defaults.headers });
      delete defaults.headers.common['X-Global'];
      delete defaults.headers.post['X-Global-Post'];
      Object.assign(defaults.headers.common, before.headers);
    });
    defaults.headers.common['X-Global'] = '1';
    defaults.headers.common.Accept = 'text/html';
    defaults.headers.post['X-Global-Post'] = '1';
    defaults.baseURL = 'http://127.0.0.1:1';
    defaults.params = { global: '1' };
    defaults.auth = { username: 'global', password: 'global' };
    defaults.timeout = 1;
    defaults.maxContentLength = 1;
    defaults.maxBodyLength = 1;
    defaults.proxy = { host: '127.0.0.1', port: 1 };
    defaults.transformRequest = () => 'transformed';
    defaults.transformResponse = () => 'transformed';
    defaults.validateStatus = () => false;
    defaults.adapter = () => Promise.reject(new Error('the global adapter'));

    server.answer = (response) => setTimeout(() => json(token)(response, undefined as never), 20);
    expect((await ask()).grant?.value).toBe('issued-token');
    const { path, headers, body } = server.last;
    expect([path, body]).toEqual(['/oauth/token', 'grant_type=client_credentials']);
    expect(headers.accept).toBe('application/json');
    expect(headers.authorization).toBe(`Basic ${Buffer.from('the-id:the-secret').toString('base64')}`);
    expect(Object.keys(headers).filter((name) => name.startsWith('x-'))).toEqual([]);
    expect(intercepted).toBe(0);
  });

  describe('such as a proxy in the environment', () => {
    const VARIABLES = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy', 'NO_PROXY', 'no_proxy'];
    let proxy: Loopback;
    beforeEach(async () => {
      const before = VARIABLES.map((name) => [name, process.env[name]] as const);
      restore.push(() => {
        for (const [name, value] of before) {
          if (value === undefined) delete process.env[name];
          else process.env[name] = value;
        }
      });
      for (const name of VARIABLES) delete process.env[name];
      proxy = await Loopback.start(json({ ...token, access_token: 'from-the-proxy' }));
      process.env.HTTP_PROXY = proxy.origin;
      process.env.http_proxy = proxy.origin;
      process.env.ALL_PROXY = proxy.origin;
    });
    afterEach(() => proxy.stop());

    test.each<[string, TokenEndpointHttp]>([
      ['without HTTP options', {}],
      ['with HTTP options that leave the proxy open', { httpsAgent: undefined, proxy: undefined }],
    ])('do not capture a call without TLS, %s', async (_name, http) => {
      const { grant } = await firstValueFrom(
        client(bank(), http).request(credentials, [], new TlsAgents(), 5_000),
      );
      expect(proxy.seen).toHaveLength(0);
      expect(grant?.value).toBe('issued-token');
    });

    test('are used where the configuration names that proxy', async () => {
      const { hostname, port } = new URL(proxy.origin);
      const http = { proxy: { host: hostname, port: Number(port) } };
      const { grant } = await firstValueFrom(
        client(bank(), http).request(credentials, [], new TlsAgents(), 5_000),
      );
      expect(grant?.value).toBe('from-the-proxy');
      expect(server.seen).toHaveLength(0);
    });
  });
});

describe('a definition whose functions throw', () => {
  const secret = new Error('the-secret');

  test('while the request is made sends nothing', async () => {
    const of = bank({
      tokenRequest: {
        headers: () => {
          throw secret;
        },
      },
    });
    await expect(ask(of)).rejects.toBe(secret);
    expect(server.seen).toHaveLength(0);
  });

  test('while an answer is read is not reported as a network failure', async () => {
    server.answer = json({ error: 'x' }, 400);
    const throws = () => {
      throw secret;
    };
    await expect(ask(bank({ tokenResponse: { errorCode: throws } }))).rejects.toBe(secret);
    await expect(ask(bank({ tokenResponse: { rejectsCredentials: throws } }))).rejects.toBe(secret);
  });
});
