import { getEventListeners } from 'node:events';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import axios, { type AxiosAdapter, CanceledError, type InternalAxiosRequestConfig } from 'axios';
import { NEVER, Observable, of, Subject, throwError } from 'rxjs';
import type { LogLine } from '../../../src/errors/index.js';
import {
  type AuthorisationParts,
  authorisingAdapter,
  authorisingOf,
} from '../../../src/http/authorising-adapter.js';
import { RequestCancellation } from '../../../src/http/request-cancellation.js';
import type { Transport } from '../../../src/http/transport.js';
import { bankCallOf } from '../../../src/reports/index.js';
import {
  type Answer,
  aToken,
  ORIGIN,
  rejection,
  request,
  ScriptedTokens,
  Wire,
} from '../../support/authorised-calls.harness.js';
import { closeServers, server } from '../../support/loopback-server.js';

const first = aToken('first');
const second = aToken('second');

interface Call {
  readonly config?: InternalAxiosRequestConfig;
  readonly tokens?: ScriptedTokens;
  readonly answers?: readonly (Answer | Error)[];
  readonly parts?: Partial<AuthorisationParts>;
  readonly transport?: Transport;
}

/** Sends one call over a scripted wire. */
function call({ config = request(), tokens, answers, parts, transport = {} }: Call = {}) {
  const supply = tokens ?? new ScriptedTokens([first, second]);
  const wire = new Wire(answers);
  const adapter = authorisingAdapter(
    { tokens: supply, origins: new Set([ORIGIN]), ...parts },
    wire.adapter,
    transport,
  );
  return { answer: adapter(config), wire, tokens: supply, config };
}

const REFUSED: Answer = { status: 401, data: '{"error":"invalid_token"}' };
const post = (config: Parameters<typeof request>[0] = {}) =>
  request({ method: 'post', data: '{}', ...config });

describe('an authorised request', () => {
  test('carries every header of the token, in place of those of the caller', async () => {
    const token = aToken('first', { Authorization: 'Bearer first', apikey: 'key-1' });
    const config = request({
      headers: { authorization: 'Basic mine', APIKEY: 'mine', Host: 'evil.example', 'X-Own': 'mine' },
    });
    const { answer, wire } = call({ config, tokens: new ScriptedTokens([token]) });
    await answer;
    const { headers } = wire.sent[0] as InternalAxiosRequestConfig;
    expect(headers.get('Authorization')).toBe('Bearer first');
    expect(headers.get('apikey')).toBe('key-1');
    expect(headers.get('X-Own')).toBe('mine');
    expect(Object.keys(headers)).toHaveLength(3);
    expect(config.headers.get('authorization')).toBe('Basic mine');
  });

  test('leaves without user, redirects or adapter of its own, to the URL as an adapter of the user knows it', async () => {
    const config = request({
      baseURL: `${ORIGIN}/v1`,
      url: 'orders',
      auth: { username: 'me', password: 'mine' },
    });
    const { answer, wire } = call({ config });
    await answer;
    expect(wire.sent[0]).toMatchObject({
      url: 'orders',
      baseURL: `${ORIGIN}/v1`,
      auth: undefined,
      maxRedirects: 0,
      fetchOptions: { redirect: 'manual' },
      adapter: undefined,
      method: 'get',
    });
  });

  test("keeps the caller's options of fetch, except on redirects", async () => {
    const config = request({ fetchOptions: { cache: 'no-store', redirect: 'follow' }, maxRedirects: 5 });
    const { answer, wire } = call({ config });
    await answer;
    expect(wire.sent[0]).toMatchObject({
      fetchOptions: { cache: 'no-store', redirect: 'manual' },
      maxRedirects: 0,
    });
  });

  test('uses the agents and proxy of the provider unless it has its own', async () => {
    const provided = new HttpsAgent();
    const own = new HttpsAgent();
    const transport: Transport = { httpsAgent: provided, proxy: { host: 'proxy.example', port: 3128 } };
    const plain = call({ transport });
    await plain.answer;
    expect(plain.wire.sent[0]?.httpsAgent).toBe(provided);
    expect(plain.wire.sent[0]?.proxy).toEqual({ host: 'proxy.example', port: 3128 });
    const special = call({ transport, config: request({ httpsAgent: own, proxy: false }) });
    await special.answer;
    expect(special.wire.sent[0]?.httpsAgent).toBe(own);
    expect(special.wire.sent[0]?.proxy).toBe(false);
  });

  test('shows the caller no agent, proxy or password', async () => {
    const config = request({
      httpsAgent: new HttpsAgent(),
      auth: { username: 'me', password: 'mine' },
      proxy: false,
    });
    const { answer } = call({ config });
    const response = await answer;
    expect(response.config).toBe(config);
    expect(config).toMatchObject({ httpsAgent: {}, auth: {}, proxy: false });
    expect(inspect([config.httpsAgent, config.auth])).toBe('[ [out of sight], [out of sight] ]');
  });

  test('uses a proxy of the environment, or its own, only with TLS', async () => {
    const secure = call();
    await secure.answer;
    expect(secure.wire.sent[0]?.proxy).toBeUndefined();
    const origin = 'http://127.0.0.1:4000';
    const plain = call({ config: request({ url: origin }), parts: { origins: new Set([origin]) } });
    await plain.answer;
    expect(plain.wire.sent[0]?.proxy).toBe(false);
    const proxied = call({
      config: request({ url: origin, proxy: { host: 'proxy.example', port: 3128 } }),
      parts: { origins: new Set([origin]) },
    });
    await proxied.answer;
    expect(proxied.wire.sent[0]?.proxy).toBe(false);
    const configured = call({
      config: request({ url: origin, proxy: { host: 'other.example', port: 3128 } }),
      parts: { origins: new Set([origin]) },
      transport: { trustedProxy: { host: 'proxy.example', port: 3128 } },
    });
    await configured.answer;
    expect(configured.wire.sent[0]?.proxy).toEqual({ host: 'proxy.example', port: 3128 });
  });
});

describe('a request that is not authorised is not sent', () => {
  test('and needs no token where the provider is disabled', async () => {
    const tokens = new ScriptedTokens([first]);
    tokens.disabled = new Error('a-bank is disabled');
    const { answer, wire } = call({ tokens });
    expect(await rejection(answer)).toBe(tokens.disabled);
    expect([tokens.given, wire.sent.length]).toEqual([0, 0]);
  });

  test('and needs no token where it asks for another merchant', async () => {
    const { answer, wire, tokens } = call({ config: request({ bankAuth: { merchant: 'shop-7' } }) });
    expect(await rejection(answer)).toMatchObject({
      code: 'BANK_AUTH_CONFIG',
      provider: 'a-bank',
      merchant: 'shop-7',
    });
    expect([tokens.given, wire.sent.length]).toEqual([0, 0]);
  });

  test('and needs no token where it goes to another origin', async () => {
    const events: object[] = [];
    const happened = (_merchant: string, details: object) => void events.push(details);
    const { answer, wire, tokens } = call({
      config: request({ url: 'https://evil.example/' }),
      parts: { happened },
    });
    expect(await rejection(answer)).toMatchObject({
      code: 'BANK_AUTH_UNTRUSTED_ORIGIN',
      provider: 'a-bank',
      merchant: 'default',
    });
    expect([tokens.given, wire.sent.length]).toEqual([0, 0]);
    expect(events).toEqual([{ type: 'origin.refused' }]);
  });

  test('where the token fails', async () => {
    const failure = new Error('no token');
    const { answer, wire } = call({ tokens: new ScriptedTokens([throwError(() => failure)]) });
    expect(await rejection(answer)).toBe(failure);
    expect(wire.sent).toHaveLength(0);
  });
});

describe('a token', () => {
  test.each([200, 204, 302, 400, 403, 404, 422, 499])(
    'has worked after an answer with %i',
    async (status) => {
      const { answer, tokens } = call({ answers: [{ status }] });
      await answer.catch(() => undefined);
      expect(tokens.heard).toEqual(['first accepted']);
    },
  );

  test.each([500, 503, 599, 407])('may have been ignored with %i', async (status) => {
    const { answer, tokens } = call({ answers: [{ status }] });
    expect((await rejection(answer)).response.status).toBe(status);
    expect(tokens.heard).toEqual([]);
  });

  test('may have been ignored without an answer', async () => {
    const { answer, tokens } = call({ answers: [new Error('ECONNRESET')] });
    expect((await rejection(answer)).message).toBe('ECONNRESET');
    expect(tokens.heard).toEqual([]);
  });

  test('is obtained once for a request', async () => {
    const { answer, tokens } = call();
    await answer;
    expect(tokens.given).toBe(1);
  });

  test('may arrive later', async () => {
    const { answer, wire } = call({ tokens: new ScriptedTokens([of(first)]) });
    await answer;
    expect(wire.authorizations).toEqual(['Bearer first']);
  });
});

test('the report on a call counts the waits for both its tokens, and nothing else', async () => {
  const now = jest.spyOn(performance, 'now');
  try {
    let clock = 1_000;
    now.mockImplementation(() => clock);
    const after = (milliseconds: number, token: typeof first) =>
      new Observable<typeof first>((subscriber) => {
        clock += milliseconds;
        subscriber.next(token);
      });
    const tokens = new ScriptedTokens([after(250, first), after(70, second)]);
    const { answer } = call({ tokens, answers: [REFUSED, { status: 200 }] });
    expect(bankCallOf(await answer)?.waitedForToken).toBe(320);
  } finally {
    now.mockRestore();
  }
});

describe('a refused token', () => {
  test('is replaced once, and the same request is sent again', async () => {
    const config = post({ headers: { 'Idempotency-Key': 'k', 'X-Own': '1' } });
    const { answer, wire, tokens } = call({
      config,
      answers: [REFUSED, { status: 200, data: 'paid' }],
      parts: { idempotencyHeader: 'Idempotency-Key' },
    });
    expect((await answer).data).toBe('paid');
    expect(wire.authorizations).toEqual(['Bearer first', 'Bearer second']);
    expect(wire.sent.map(({ data, url, method }) => ({ data, url, method }))).toEqual(
      Array.from({ length: 2 }, () => ({ data: '{}', url: `${ORIGIN}/orders`, method: 'post' })),
    );
    expect(tokens.heard).toEqual(['first refused', 'second accepted after a refusal']);
  });

  test('and the second try make an event, with the status of an answer', async () => {
    const events: object[] = [];
    const happened = (merchant: string, details: object) => void events.push({ merchant, ...details });
    await call({ answers: [REFUSED, { status: 201 }], parts: { happened } }).answer;
    await rejection(call({ answers: [REFUSED, new Error('cut')], parts: { happened } }).answer);
    const event = { merchant: 'default', type: 'request.replayed', method: 'GET' };
    expect(events).toStrictEqual([{ ...event, status: 201 }, event]);
  });

  test('and the second try are in the report on the call', async () => {
    const twice = await call({ answers: [REFUSED, { status: 200 }] }).answer;
    expect(bankCallOf(twice)).toMatchObject({ attempts: 2, tokenRefused: true, replayed: true });
    const once = await call().answer;
    expect(bankCallOf(once)).toMatchObject({ attempts: 1, tokenRefused: false, replayed: false });
  });

  test.each<[string, Partial<InternalAxiosRequestConfig>, Answer | Error, number]>([
    ['is not connected', {}, Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 2],
    [
      'is refused before it is sent, for the certificate of its token',
      { httpsAgent: new HttpsAgent() },
      {},
      1,
    ],
  ])('leaves the call answered where the second try %s', async (_what, config, answer, attempts) => {
    const certified = aToken('second', undefined, new HttpsAgent());
    const tokens = new ScriptedTokens([first, config.httpsAgent ? certified : second]);
    const error = await rejection(
      call({ config: request(config), tokens, answers: [REFUSED, answer] }).answer,
    );
    expect(bankCallOf(error)).toMatchObject({ delivery: 'answered', status: 401, attempts });
  });

  test('is refused only once more, and the caller gets the second answer', async () => {
    const { answer, wire, tokens } = call({ answers: [REFUSED, { ...REFUSED, data: 'again' }] });
    expect((await rejection(answer)).response.data).toBe('again');
    expect(wire.sent).toHaveLength(2);
    expect(tokens.heard).toEqual(['first refused', 'second refused']);
  });

  test('is replaced for the next request only, where this one may not be sent again', async () => {
    const { answer, wire, tokens } = call({ config: post(), answers: [REFUSED] });
    expect((await rejection(answer)).response.status).toBe(401);
    expect([tokens.given, wire.sent.length]).toEqual([1, 1]);
    expect(tokens.heard).toEqual(['first refused']);
  });

  test('is not replaced where another one is no better', async () => {
    const tokens = new ScriptedTokens([first, second]);
    tokens.replaces = false;
    const { answer, wire } = call({ tokens, answers: [REFUSED] });
    expect((await rejection(answer)).response.status).toBe(401);
    expect([tokens.given, wire.sent.length]).toEqual([1, 1]);
  });

  test('without a replacement leaves the caller the answer of the bank, unread', async () => {
    const tokens = new ScriptedTokens([first, throwError(() => new Error('no token'))]);
    const data = Readable.from(['why']);
    const { answer, wire } = call({ tokens, answers: [{ status: 401, data }] });
    const { response } = await rejection(answer);
    expect(response.status).toBe(401);
    expect(await response.data.toArray()).toEqual([Buffer.from('why')]);
    expect(wire.sent).toHaveLength(1);
  });

  test('is recognised also where the caller accepts every status', async () => {
    const config = request({ validateStatus: () => true });
    const { answer, tokens } = call({ config, answers: [REFUSED, { status: 200 }] });
    expect((await answer).status).toBe(200);
    expect(tokens.heard).toEqual(['first refused', 'second accepted after a refusal']);
  });

  test('releases the first answer, of Node or of the web, before the request is sent again', async () => {
    const stream = new Readable({ read() {} });
    const ended = new Promise((resolve) => stream.on('close', resolve));
    await call({ answers: [{ status: 401, data: stream }, {}] }).answer;
    await ended;
    const reasons: unknown[] = [];
    const web = new ReadableStream({ cancel: () => void reasons.push('canceled') });
    await call({ answers: [{ status: 401, data: web }, {}] }).answer;
    expect(reasons).toEqual(['canceled']);
  });

  test('tolerates a first answer that cannot be released', async () => {
    const web = new ReadableStream({
      cancel: () => {
        throw new Error('too late');
      },
    });
    expect((await call({ answers: [{ status: 401, data: web }, {}] }).answer).status).toBe(200);
    expect((await call({ answers: [{ status: 401, data: { cancel: 'no' } }, {}] }).answer).status).toBe(200);
  });
});

test('the caller is shown the method and the address of what was sent, and no more', async () => {
  const { answer } = call({ config: post({ url: `${ORIGIN}/orders?card=4111` }) });
  const { protocol, host } = new URL(ORIGIN);
  expect((await answer).request).toEqual({ method: 'POST', protocol, host, path: '/orders' });
});

describe('a request body', () => {
  test('that is a string stays in the config shown to the caller', async () => {
    const { answer, wire } = call({ config: post({ data: '{"amount":1}' }) });
    expect((await answer).config.data).toBe('{"amount":1}');
    expect(wire.sent[0]?.data).toBe('{"amount":1}');
  });

  test('that is a web stream is sent, and is left out of the config shown to the caller', async () => {
    const data = new ReadableStream();
    const { answer, wire } = call({ config: post({ data }) });
    expect((await answer).config.data).toBeUndefined();
    expect(wire.sent[0]?.data).toBe(data);
  });

  test('that is a stream is sent, and is left out of the config shown to the caller', async () => {
    const data = Readable.from(['a']);
    const config = post({ data });
    const { answer, wire } = call({ config });
    const response = await answer;
    expect(wire.sent[0]?.data).toBe(data);
    expect(response.config.data).toBeUndefined();
  });

  test('that is a stream shows no token in a later error', async () => {
    const data = new Readable({ read() {} });
    const { answer, config } = call({ config: post({ data }) });
    await answer;
    const late = Object.assign(new Error('cut'), { config: { headers: 'Bearer first' } });
    const seen = new Promise((resolve) => data.on('error', resolve));
    data.destroy(late);
    expect(await seen).toBe(late);
    expect(late.config).toBe(config);
  });

  test('that is a stream is said not to have been sent where there was no token for it', async () => {
    const config = post({ data: Readable.from(['a']) });
    const tokens = new ScriptedTokens([throwError(() => new Error('no token'))]);
    await rejection(call({ config, tokens }).answer);
    const again = await rejection((config.adapter as AxiosAdapter)(config));
    expect(again).toMatchObject({ code: 'BANK_AUTH_CONFIG', requestSent: false });
    expect(bankCallOf(again)).toMatchObject({ delivery: 'not-sent', attempts: 0 });
  });

  test('is copied if it may be sent again, and otherwise sent as it is', async () => {
    const data = Buffer.from('a');
    const again = call({ config: post({ data, bankAuth: { replay: true } }) });
    await again.answer;
    expect(again.wire.sent[0]?.data).toEqual(data);
    expect(again.wire.sent[0]?.data).not.toBe(data);
    const once = call({ config: post({ data }) });
    await once.answer;
    expect(once.wire.sent[0]?.data).toBe(data);
  });
});

describe('a refused call that is not sent again', () => {
  const told = async (
    config: InternalAxiosRequestConfig,
    { replaces = true, ...parts }: Partial<AuthorisationParts> & { replaces?: boolean } = {},
  ) => {
    const lines: string[] = [];
    const tokens = new ScriptedTokens([first, second]);
    tokens.replaces = replaces;
    const tell = ({ level, code, text }: LogLine) => void lines.push(`${level} [${code}] ${text}`);
    await rejection(call({ config, tokens, answers: [REFUSED], parts: { tell, ...parts } }).answer);
    return lines;
  };

  test('is logged in one line, with the reason and what to set', async () => {
    expect(await told(post({ url: `${ORIGIN}/orders/secret-7?account=GE00` }))).toEqual([
      'warn [BANK_AUTH_REQUEST_NOT_REPLAYED] a-bank (merchant "default"): the bank refused the token of a call (POST, HTTP ' +
        '401), and the call was not sent again: only its caller knows whether a second one would do harm. Its caller got ' +
        'the 401; the next call has a new token. To have such calls sent again, give them bankAuth: { replay: true } where ' +
        'the bank tells a repeated call from a new one.',
    ]);
    expect(await told(post(), { idempotencyHeader: 'Idempotency-Key' })).toEqual([
      expect.stringContaining('give them the header Idempotency-Key, or bankAuth: { replay: true }'),
    ]);
    expect(await told(post({ data: Readable.from(['a']), bankAuth: { replay: true } }))).toEqual([
      expect.stringMatching(
        /its body is a stream, which can be read once\..*Create a new stream and call again\.$/,
      ),
    ]);
  });

  test('is not logged where its caller forbids it, where it is sent again, or where no other token helps', async () => {
    expect(await told(post({ bankAuth: { replay: false } }))).toEqual([]);
    expect(await told(request())).toEqual([]);
    expect(await told(post(), { replaces: false })).toEqual([]);
  });
});

describe('a caller that cancels', () => {
  afterEach(closeServers);

  const cancelers = [
    [
      'a signal',
      () => {
        const controller = new AbortController();
        return {
          config: { signal: controller.signal },
          cancel: () => controller.abort(),
          listeners: () => getEventListeners(controller.signal, 'abort').length,
        };
      },
    ],
    [
      'a cancel token',
      () => {
        const cancellation = new RequestCancellation();
        let listeners = 0;
        const { token } = cancellation;
        const cancelToken = Object.assign(Object.create(token), {
          subscribe: (listener: () => void) => {
            listeners += 1;
            cancellation.subscribe(listener);
          },
          unsubscribe: (listener: () => void) => {
            listeners -= 1;
            cancellation.unsubscribe(listener);
          },
        });
        return { config: { cancelToken }, cancel: () => cancellation.cancel(), listeners: () => listeners };
      },
    ],
  ] as const;

  describe.each(cancelers)('by %s', (_how, make) => {
    test('beforehand causes no token request', async () => {
      const { config, cancel } = make();
      cancel();
      const { answer, wire, tokens } = call({ config: request(config) });
      expect(axios.isCancel(await rejection(answer))).toBe(true);
      expect([tokens.given, wire.sent.length]).toEqual([0, 0]);
    });

    test('finds the configuration of the request in the error, at any time', async () => {
      const before = make();
      before.cancel();
      const waiting = make();
      const sending = make();
      const isCancelled = new Error('the adapter of the user');
      const calls = [
        call({ config: request(before.config) }),
        call({ config: request(waiting.config), tokens: new ScriptedTokens([NEVER]) }),
        call({ config: request(sending.config), answers: [new CanceledError()] }),
        call({ config: request(), answers: [isCancelled] }),
      ];
      waiting.cancel();
      for (const { answer, config } of calls.slice(0, 3)) {
        const error = await rejection(answer);
        expect([axios.isCancel(error), error.code]).toEqual([true, 'ERR_CANCELED']);
        expect(error.config).toBe(config);
      }
      expect(await rejection(calls[3]!.answer)).not.toHaveProperty('config');
    });

    test('while it waits for the token is answered at once', async () => {
      const { config, cancel } = make();
      const { answer, wire } = call({ config: request(config), tokens: new ScriptedTokens([NEVER]) });
      cancel();
      expect(axios.isCancel(await rejection(answer))).toBe(true);
      expect(wire.sent).toHaveLength(0);
    });

    test('just as the token arrives sends nothing', async () => {
      const { config, cancel } = make();
      const arriving = new Observable<typeof first>((subscriber) => {
        subscriber.next(first);
        cancel();
      });
      const { answer, wire } = call({ config: request(config), tokens: new ScriptedTokens([arriving]) });
      expect(axios.isCancel(await rejection(answer))).toBe(true);
      expect(wire.sent).toHaveLength(0);
    });

    test('while it waits for the second token gets the cancellation, not the answer of the bank', async () => {
      const { config, cancel } = make();
      const never = new Observable<typeof first>(() => queueMicrotask(cancel));
      const tokens = new ScriptedTokens([first, never]);
      const { answer, wire } = call({ config: request(config), tokens, answers: [REFUSED] });
      expect(axios.isCancel(await rejection(answer))).toBe(true);
      expect(wire.sent).toHaveLength(1);
    });

    test('leaves no listener behind once the token is there', async () => {
      const { config, listeners } = make();
      const arriving = new Subject<typeof first>();
      const { answer } = call({ config: request(config), tokens: new ScriptedTokens([arriving]) });
      await new Promise((resolve) => setImmediate(resolve));
      expect(listeners()).toBe(1);
      arriving.next(first);
      await answer;
      expect(listeners()).toBe(0);
    });
  });

  test('may use a signal that only has aborted', async () => {
    const config = request({ signal: { aborted: false } });
    const { answer, wire } = call({ config, tokens: new ScriptedTokens([of(first)]) });
    await answer;
    expect(wire.sent).toHaveLength(1);
    const arriving = new Subject<typeof first>();
    const later = call({
      config: request({ signal: { aborted: false } }),
      tokens: new ScriptedTokens([arriving]),
    });
    await new Promise((resolve) => setImmediate(resolve));
    arriving.next(first);
    await later.answer;
    expect(later.wire.sent).toHaveLength(1);
  });

  test('may use a token of an older implementation, that only throws', async () => {
    const bank = await server((_request, response) => response.end('{}'));
    const parts = { tokens: new ScriptedTokens([of(first)]), origins: new Set([bank.origin]) };
    const cancelToken = { throwIfRequested: () => undefined, promise: new Promise(() => undefined) } as never;
    const config = request({ url: bank.origin, cancelToken, timeout: 9_000 });
    expect((await authorisingAdapter(parts, 'http', {})(config)).status).toBe(200);
  });

  test('gets an error that axios recognises as a cancellation', async () => {
    const answer = call({ config: request({ signal: AbortSignal.abort() }) }).answer;
    expect(await rejection(answer)).toBeInstanceOf(CanceledError);
  });
});

test('the adapter is recognised, so that it is not wrapped in another', () => {
  const parts = { tokens: new ScriptedTokens([]), origins: new Set<string>() };
  expect(authorisingOf(authorisingAdapter(parts, undefined, {}))).toBeDefined();
  for (const other of [undefined, 'http', ['http'], async () => ({})]) {
    expect(authorisingOf(other as never)).toBeUndefined();
  }
});

test('the adapter of axios sends where no other was chosen', async () => {
  const wire = new Wire();
  const { adapter } = axios.defaults;
  axios.defaults.adapter = wire.adapter as never;
  try {
    const tokens = new ScriptedTokens([first]);
    await authorisingAdapter({ tokens, origins: new Set([ORIGIN]) }, undefined, {})(request());
  } finally {
    axios.defaults.adapter = adapter;
  }
  expect(wire.authorizations).toEqual(['Bearer first']);
});

describe("an answer by axios' own adapter that the caller does not accept", () => {
  afterEach(closeServers);

  test.each([['http'], ['fetch']] as const)('has the error that axios makes of it: %s', async (adapter) => {
    const bank = await server(({ url }, response) => response.writeHead(Number(url?.slice(1))).end());
    const parts = { tokens: new ScriptedTokens(Array(7).fill(first)), origins: new Set([bank.origin]) };
    const authorised = authorisingAdapter(parts, adapter as never, {});
    const validateStatus = (status: number) => status < 300;
    for (const status of [304, 400, 404, 499, 500, 503]) {
      const url = `${bank.origin}/${status}`;
      const { message, code, response } = await rejection(authorised(request({ url, validateStatus })));
      const plain = await rejection(axios.get(url, { adapter, validateStatus, proxy: false }));
      expect([message, code, response.status]).toEqual([plain.message, plain.code, status]);
    }
    const any = authorised(request({ url: `${bank.origin}/404`, validateStatus: null }));
    expect((await any).status).toBe(404);
  });
});

test('the rejection of an adapter reaches the caller, even if it is no error', async () => {
  const adapter = authorisingAdapter(
    { tokens: new ScriptedTokens([first]), origins: new Set([ORIGIN]) },
    () => Promise.reject(null),
    {},
  );
  expect(await rejection(adapter(request()))).toBeNull();
});
