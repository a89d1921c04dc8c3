import type { IncomingHttpHeaders } from 'node:http';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import axios from 'axios';
import fc from 'fast-check';
import { firstValueFrom } from 'rxjs';
import { BankAuthInterceptor } from '../../../src/http/bank-auth.interceptor.js';
import { createBankHttp } from '../../../src/http/bank-http.factory.js';
import { BankHttpService } from '../../../src/http/bank-http.service.js';
import { ShortWay } from '../../../src/http/short-way.js';
import { bankCallOf } from '../../../src/reports/index.js';
import { aToken, rejection, ScriptedTokens } from '../../support/authorised-calls.harness.js';
import { closeServers, server } from '../../support/loopback-server.js';
import { replayable } from '../../support/replay.js';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly names: readonly string[];
  readonly body: string;
}

/** A bank that answers as the query says, and notes what it got. */
async function bank() {
  const seen: Seen[] = [];
  const { origin } = await server((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { method, url, headers, rawHeaders } = request;
      seen.push({ method, url, headers, names: rawHeaders.filter((_, at) => at % 2 === 0).sort(), body });
      const asked = new URL(String(url), 'http://bank').searchParams;
      response.writeHead(Number(asked.get('status') ?? 200), {
        'content-type': 'application/json',
        'x-answer': 'a',
      });
      response.end(asked.get('answer') ?? '{"paid":true}');
    });
  });
  const tokens = new ScriptedTokens(new Array(2_000).fill(aToken('first')));
  const client = (timeout = 30_000) =>
    createBankHttp(
      new BankAuthInterceptor({ tokens, origins: new Set([origin]) }),
      { apiBaseUrl: `${origin}/v1`, http: { timeout } },
      { warn: () => undefined },
    );
  return { client, seen, origin };
}

const opened: BankHttpService[] = [];
afterEach(() => {
  for (const http of opened.splice(0)) http.closeIdle();
  closeServers();
  jest.restoreAllMocks();
});

/** The same client twice, of which the second has to go axios' own way. */
async function bothWays() {
  const { client, seen } = await bank();
  const [short, long] = [client(), client()];
  opened.push(short, long);
  long.axiosRef.interceptors.response.use((response) => response);
  return { short, long, seen };
}

/** All that a caller can see of an answer or an error. */
function shown(value: any): object {
  const { status, statusText, headers, data, config, request, duration, name, message, code, response } =
    value;
  // Each instance has functions of its own.
  const { adapter: _, validateStatus, cancelToken, headers: sent, ...rest } = config ?? {};
  return {
    ...{ status, statusText, data, request, name, message, code },
    // Two calls may be made in two seconds.
    headers: headers && { ...headers, date: undefined },
    config: {
      ...rest,
      judges: typeof validateStatus,
      cancels: cancelToken !== undefined,
      headers: sent && { ...sent },
    },
    duration: typeof duration,
    response: response && shown(response),
  };
}

type Send = (http: BankHttpService) => Promise<unknown>;

/** What one client's call came to, and what the bank saw of it. */
async function outcome(http: BankHttpService, send: Send, seen: Seen[]) {
  const before = seen.length;
  const came = await send(http).then(shown, shown);
  return { came, seen: seen.slice(before) };
}

async function expectTheSame(send: Send, { short, long, seen }: Awaited<ReturnType<typeof bothWays>>) {
  expect(await outcome(short, send, seen)).toEqual(await outcome(long, send, seen));
}

/** Of a call, whether axios' own way was taken. */
async function goesByAxios(http: BankHttpService, send: Send): Promise<boolean> {
  // Called by each of its methods.
  const request = jest.spyOn(axios.Axios.prototype as unknown as { _request(): unknown }, '_request');
  await send(http).catch(() => undefined);
  const isCalled = request.mock.calls.length > 0;
  request.mockRestore();
  return isCalled;
}

const usual: readonly (readonly [title: string, send: Send])[] = [
  ['get', (http) => firstValueFrom(http.get('orders'))],
  [
    'get with headers',
    (http) => firstValueFrom(http.get('orders', { headers: { 'X-Own': 'a', accept: 'text/plain' } })),
  ],
  [
    'get with params',
    (http) => firstValueFrom(http.get('orders', { params: { q: 'a b', n: 1, none: undefined } })),
  ],
  ['get of text', (http) => firstValueFrom(http.get('orders?answer=[1', { responseType: 'text' }))],
  ['get of bytes', (http) => firstValueFrom(http.get('orders', { responseType: 'arraybuffer' }))],
  [
    'get with a time-out',
    (http) => firstValueFrom(http.get('orders', { timeout: 9_000, timeoutErrorMessage: 'late' })),
  ],
  [
    'get with a signal',
    (http) => firstValueFrom(http.get('orders', { signal: new AbortController().signal })),
  ],
  ['get with a limit', (http) => firstValueFrom(http.get('orders', { maxContentLength: 3 }))],
  [
    'get of an accepted 404',
    (http) => firstValueFrom(http.get('orders?status=404', { validateStatus: () => true })),
  ],
  ['get of a 422', (http) => firstValueFrom(http.get('orders?status=422&answer={"why":"a"}'))],
  ['get of a 500 that is no JSON', (http) => firstValueFrom(http.get('orders?status=500&answer=<a'))],
  ['delete', (http) => firstValueFrom(http.delete('orders/1'))],
  ['head', (http) => firstValueFrom(http.head('orders'))],
  ['post of an object', (http) => firstValueFrom(http.post('orders', { amount: 1, items: [{ name: 'a' }] }))],
  ['post of a list', (http) => firstValueFrom(http.post('orders', [{ amount: 1 }]))],
  ['post of text', (http) => firstValueFrom(http.post('orders', 'a=b'))],
  [
    'post of JSON text',
    (http) =>
      firstValueFrom(http.post('orders', ' {"a":1} ', { headers: { 'content-type': 'application/json' } })),
  ],
  ['post of a form', (http) => firstValueFrom(http.post('orders', new URLSearchParams({ a: 'b c' })))],
  [
    'post of fields of a form',
    (http) =>
      firstValueFrom(
        http.post(
          'orders',
          { a: 'b c' },
          { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
        ),
      ),
  ],
  ['post of bytes', (http) => firstValueFrom(http.post('orders', Buffer.from('{}')))],
  ['post of nothing', (http) => firstValueFrom(http.post('orders'))],
  [
    'put',
    (http) => firstValueFrom(http.put('orders/1', { amount: 2 }, { headers: { 'Idempotency-Key': 'k' } })),
  ],
  [
    'put of another length than it says',
    (http) => firstValueFrom(http.put('orders/1', { amount: 2 }, { headers: { 'Content-Length': '3' } })),
  ],
  ['patch', (http) => firstValueFrom(http.patch('orders/1', { amount: 2 }))],
  [
    'request',
    (http) =>
      firstValueFrom(http.request({ url: 'orders', method: 'POST', data: { a: 1 }, params: { b: 2 } })),
  ],
  ['request of nothing but a URL', (http) => firstValueFrom(http.request({ url: '/orders' }))],
  [
    'a misspelt merchant',
    (http) => firstValueFrom(http.get('orders', { bankAuth: { mechant: 'a' } as never })),
  ],
  [
    'a replay that is asked for',
    (http) => firstValueFrom(http.post('orders', {}, { bankAuth: { replay: true } })),
  ],
];

describe('a usual request, sent past axios', () => {
  test.each(usual)('%s: arrives as by axios, and is answered the same', async (_title, send) => {
    await expectTheSame(send, await bothWays());
  });

  test.each(usual)('%s: goes past axios', async (_title, send) => {
    const { short, long } = await bothWays();
    expect([await goesByAxios(short, send), await goesByAxios(long, send)]).toEqual([false, true]);
  });

  test('arrives and is answered the same, whatever its values', async () => {
    const ways = await bothWays();
    const text = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom('__proto__', 'constructor', 'a b', 'é', '', ' a', 'a\tb'),
    );
    const name = fc.constantFrom(
      'X-A',
      'x-a',
      'accept',
      'ACCEPT',
      'Content-Type',
      'content-type',
      'set',
      'common',
      'get',
      'host',
      'a b',
      'authorization',
      'User-Agent',
      'Content-Length',
    );
    const value = fc.oneof(
      text,
      fc.constantFrom('application/json', 'text/plain', 'application/x-www-form-urlencoded'),
      fc.integer(),
      fc.constant(undefined),
      fc.constant(null),
      fc.constant(false),
    );
    const config = fc.record(
      {
        headers: fc.dictionary(name, value as never, { maxKeys: 3 }),
        params: fc.dictionary(
          text,
          fc.oneof(
            text,
            fc.integer(),
            fc.array(text, { maxLength: 2 }),
            fc.constant(undefined),
            fc.constant(null),
          ),
          { maxKeys: 3 },
        ),
        responseType: fc.constantFrom('json', 'text', 'arraybuffer', undefined),
        timeout: fc.constantFrom(0, 5_000),
        maxContentLength: fc.constantFrom(-1, 4, 100, undefined),
        withCredentials: fc.boolean(),
        decompress: fc.constant(false),
      },
      { requiredKeys: [] },
    );
    const method = fc.constantFrom('get', 'GET', 'post', 'put', 'PATCH', 'delete', 'head', 'options');
    const url = fc.constantFrom(
      'orders',
      '/orders',
      'orders?a=1',
      'orders?status=404',
      'orders?status=503&answer=x',
      'orders?answer=[',
      'é',
    );
    await fc.assert(
      fc.asyncProperty(
        method,
        url,
        fc.option(fc.json(), { nil: undefined }),
        config,
        async (method, url, json, given) => {
          const data = json === undefined ? undefined : JSON.parse(json);
          await expectTheSame(
            (http) => firstValueFrom(http.request({ ...given, method, url, data } as never)),
            ways,
          );
          if (/^p/i.test(method) && method !== 'PATCH')
            await expectTheSame(
              (http) => firstValueFrom(http[method.toLowerCase() as 'post'](url, data, given as never)),
              ways,
            );
        },
      ),
      replayable('FUZZ', 150),
    );
  });

  test('is cancelled by its subscriber and by its signal', async () => {
    const { origin, requests } = await server(() => undefined);
    const interceptor = new BankAuthInterceptor({
      tokens: new ScriptedTokens(Array.from({ length: 5 }, () => aToken('first'))),
      origins: new Set([origin]),
    });
    const http = createBankHttp(
      interceptor,
      { apiBaseUrl: origin, http: { timeout: 30_000 } },
      { warn: () => undefined },
    );
    opened.push(http);
    const controller = new AbortController();
    const left = http.get('left').subscribe();
    const aborted = rejection(firstValueFrom(http.get('aborted', { signal: controller.signal })));
    while (requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const closed = requests.map((request) => new Promise((resolve) => request.socket.once('close', resolve)));
    left.unsubscribe();
    controller.abort();
    await Promise.all(closed);
    expect(await aborted).toMatchObject({ code: 'ERR_CANCELED', config: { url: 'aborted' } });
    expect(await rejection(firstValueFrom(http.get('late', { signal: controller.signal })))).toMatchObject({
      code: 'ERR_CANCELED',
    });
    expect(requests).toHaveLength(2);
  });

  test('is cancelled also after its adapter is done, and its error knows the call', async () => {
    const controller = new AbortController();
    const adapter = async (config: object) => {
      controller.abort();
      return { data: '{}', status: 200, statusText: 'OK', headers: {}, config };
    };
    const instance = axios.create({ adapter: adapter as never });
    const way = new ShortWay(instance, adapter as never, { provider: 'a-bank', label: 'default' });
    const http = new BankHttpService(instance as never, () => undefined, way);
    const error = await rejection(firstValueFrom(http.get('/a', { signal: controller.signal })));
    expect(error).toMatchObject({ code: 'ERR_CANCELED' });
    expect(bankCallOf(error)).toMatchObject({ provider: 'a-bank', merchant: 'default' });
  });

  test('is sent by the adapter that is chosen when it is sent', async () => {
    const { origin, requests } = await server((_request, response) => response.end('{}'));
    const interceptor = new BankAuthInterceptor({
      tokens: new ScriptedTokens([aToken('first')]),
      origins: new Set([origin]),
    });
    const chosen = async (config: { headers: { get(name: string): unknown } }) => {
      const data = JSON.stringify({ sent: config.headers.get('authorization') });
      return { data, status: 200, statusText: 'OK', headers: {}, config };
    };
    const adapter = interceptor.adapter({}, { sendingAdapter: () => chosen as never });
    const instance = axios.create({ adapter, baseURL: origin, maxRedirects: 0 });
    const way = new ShortWay(instance, adapter, { provider: 'a-bank', label: 'default' });
    const http = new BankHttpService(instance as never, () => undefined, way);
    expect((await firstValueFrom(http.get('/a'))).data).toEqual({ sent: 'Bearer first' });
    expect(requests).toEqual([]);
  });

  test('is held to its length where a part of a form is longer than it says', async () => {
    const { short, seen } = await bothWays();
    const lying = Object.defineProperty(new Blob(['x'.repeat(2_000)]), 'size', { value: 3 });
    const form = new FormData();
    // A form copies what it is given, but not what an application puts in the place of that.
    for (const name of [Symbol.iterator, 'entries'])
      Object.defineProperty(form, name, { value: () => [['file', lying]][Symbol.iterator]() });
    expect(await rejection(firstValueFrom(short.post('orders', form)))).toMatchObject({
      code: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH',
    });
    expect(seen).toEqual([]);
  });

  test('has nothing of its answer in the next one', async () => {
    const { short } = await bothWays();
    const first = await firstValueFrom(short.get('orders'));
    Object.assign(first.config.transitional as object, { forcedJSONParsing: false });
    (first.config.transformResponse as unknown[]).length = 0;
    first.config.headers.set('X-Left', 'over');
    expect((await firstValueFrom(short.get('orders'))).data).toEqual({ paid: true });
    expect((await firstValueFrom(short.get('orders'))).config.headers.has('X-Left')).toBe(false);
  });
});

describe('axios sends a request itself with', () => {
  const get: Send = (http) => firstValueFrom(http.get('orders'));

  test.each<[string, Send]>([
    [
      'a token to cancel by',
      (http) => firstValueFrom(http.get('orders', { cancelToken: axios.CancelToken.source().token })),
    ],
    ['a base URL', (http) => firstValueFrom(http.get('orders', { baseURL: 'http://127.0.0.1:1' }))],
    ['a transform', (http) => firstValueFrom(http.get('orders', { transformResponse: (data) => data }))],
    ['an adapter', (http) => firstValueFrom(http.get('orders', { adapter: 'fetch' }))],
    ['an agent', (http) => firstValueFrom(http.get('orders', { httpAgent: undefined, proxy: false }))],
    [
      'a symbol among its headers',
      (http) => firstValueFrom(http.get('orders', { headers: { [Symbol.iterator]: null } as never })),
    ],
    ['params in parts', (http) => firstValueFrom(http.get('orders', { params: { a: { b: 1 } } }))],
    [
      'a header in parts',
      (http) => firstValueFrom(http.get('orders', { headers: { common: { a: 'b' } } as never })),
    ],
    ...['common', 'get', 'set'].map((name): [string, Send] => [
      `a header that is called ${name}`,
      (http) => firstValueFrom(http.get('orders', { headers: { [name]: 'a' } })),
    ]),
    ['a header twice', (http) => firstValueFrom(http.get('orders', { headers: { 'X-A': 'a', 'x-a': 'b' } }))],
    ['a header of no name', (http) => firstValueFrom(http.get('orders', { headers: { 'a b': 'c' } }))],
    ['a header that is no text', (http) => firstValueFrom(http.get('orders', { headers: { 'X-A': 1 } }))],
    ['a header to trim', (http) => firstValueFrom(http.get('orders', { headers: { 'X-A': ' a' } }))],
    ...Object.entries({
      timeout: '9000',
      signal: { aborted: false },
      responseType: null,
      validateStatus: null,
      maxContentLength: '99',
      timeoutErrorMessage: 1,
      headers: null,
      params: new URLSearchParams({ a: 'b' }),
    }).map(([name, value]): [string, Send] => [
      `another kind of ${name}`,
      (http) => firstValueFrom(http.get('orders', { [name]: value })),
    ]),
    [
      'parts of a form in an object',
      (http) =>
        firstValueFrom(
          http.post('orders', { a: 'b' }, { headers: { 'Content-Type': 'multipart/form-data' } }),
        ),
    ],
    [
      'a status rule that is undefined',
      (http) => firstValueFrom(http.get('orders?status=404', { validateStatus: undefined as never })),
    ],
    [
      'members that axios leaves out of a body',
      (http) => firstValueFrom(http.post('orders', { constructor: 1, a: 2 } as never)),
    ],
    ['a form', (http) => firstValueFrom(http.postForm('orders', { a: 'b' }))],
    [
      'a configuration of a class',
      (http) =>
        firstValueFrom(
          http.get(
            'orders',
            new (class {
              timeout = 9_000;
            })(),
          ),
        ),
    ],
  ])('%s', async (_title, send) => {
    const { short, long, seen } = await bothWays();
    expect(await goesByAxios(short, send)).toBe(true);
    const strip = (body: string) => body.replace(/boundary[-\w]+|--[-\w]+/g, '');
    const [one, other] = [await outcome(short, send, seen), await outcome(long, send, seen)];
    expect(one.seen.map(({ body }) => strip(body))).toEqual(other.seen.map(({ body }) => strip(body)));
  });

  test.each<[string, (http: BankHttpService) => void]>([
    ['an interceptor of requests', ({ axiosRef }) => axiosRef.interceptors.request.use((config) => config)],
    [
      'an interceptor of answers',
      ({ axiosRef }) => axiosRef.interceptors.response.use((response) => response),
    ],
    ['no interceptor any more', ({ axiosRef }) => axiosRef.interceptors.request.clear()],
    ['another time-out', ({ axiosRef }) => Object.assign(axiosRef.defaults, { timeout: 1 })],
    ['a default header', ({ axiosRef }) => Object.assign(axiosRef.defaults.headers.common, { 'X-Own': '1' })],
    [
      'a default header of a method',
      ({ axiosRef }) => Object.assign(axiosRef.defaults.headers.get, { 'X-Own': '1' }),
    ],
    [
      'a default header that is gone',
      ({ axiosRef }) => delete (axiosRef.defaults.headers.common as { Accept?: string }).Accept,
    ],
    [
      'another transform',
      ({ axiosRef }) => (axiosRef.defaults.transformRequest as unknown[]).push((data: unknown) => data),
    ],
    ['a default of its own', ({ axiosRef }) => Object.assign(axiosRef.defaults, { maxRate: 1_000_000 })],
    ['a polluted prototype', () => Object.assign(Object.prototype, { polluted: 1 })],
  ])('an instance with %s', async (_title, change) => {
    const { short } = await bothWays();
    expect(await goesByAxios(short, get)).toBe(false);
    try {
      change(short);
      expect(await goesByAxios(short, get)).toBe(true);
    } finally {
      delete (Object.prototype as { polluted?: number }).polluted;
    }
  });

  test('a patch of axios itself', async () => {
    const { short } = await bothWays();
    const request = jest.spyOn(axios.Axios.prototype, 'request');
    await get(short);
    expect(request).toHaveBeenCalledTimes(1);
  });

  test.each<[string, () => unknown]>([
    ['jest.fn()', () => jest.fn(async () => ({ data: 'mocked' }))],
    ['a function', () => async () => ({ data: 'mocked' })],
    ['a function that is bound', () => (async () => ({ data: 'mocked' })).bind(undefined)],
  ])('a double of an instance, whose methods are %s', async (_title, double) => {
    const methods = ['request', 'get', 'delete', 'head', 'options', 'post', 'put', 'patch'];
    for (const manager of [{ use: () => 0 }, { use: () => 0, forEach: () => undefined }]) {
      const adapter = async () => ({ data: 'sent' });
      const instance = Object.assign(double() as object, {
        defaults: { adapter, transformRequest: [(data: unknown) => data], headers: { common: {} } },
        interceptors: { request: manager, response: manager },
        ...Object.fromEntries(methods.map((name) => [name, double()])),
      });
      const way = new ShortWay(instance as never, adapter as never, { provider: 'a', label: 'b' });
      const http = new BankHttpService(instance as never, () => undefined, way);
      expect(await get(http)).toEqual({ data: 'mocked' });
    }
  });

  test('a spy on the instance', async () => {
    const { short } = await bothWays();
    const spy = jest.spyOn(short.axiosRef, 'get').mockResolvedValue({ data: 'mocked' });
    expect(await get(short)).toEqual({ data: 'mocked' });
    expect(spy).toHaveBeenCalledTimes(1);
  });
});
