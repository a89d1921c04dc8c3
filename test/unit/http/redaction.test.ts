import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { AxiosResponse } from 'axios';
import { isStream } from '../../../src/http/failed-body.js';
import { Redaction, reducedRequest } from '../../../src/http/redaction.js';
import { aToken, request } from '../../support/authorised-calls.harness.js';

const TOKEN = 'abc.def+ghi/jkl==';
const API_KEY = 'key-0123456789';
const CLIENT_SECRET = 'se/cret+of "é" \u{1f511} & co';
const config = request({ timeout: 7 });
const reduced = reducedRequest('post', new URL('https://api.bank.example/orders?card=4111'));

function redaction(
  token = aToken(
    TOKEN,
    { Authorization: `Bearer ${TOKEN}`, apikey: API_KEY, 'X-Version': 'version-2024' },
    undefined,
    { clientSecret: CLIENT_SECRET, apiKey: API_KEY },
  ),
  caller = config,
): Redaction {
  return new Redaction(caller, reduced, token);
}

function response(parts: Partial<AxiosResponse> = {}): AxiosResponse {
  return {
    status: 400,
    statusText: 'Bad Request',
    headers: {},
    data: '',
    config: { url: 'inner' },
    request: { socket: TOKEN },
    ...parts,
  } as AxiosResponse;
}

async function dataOf(data: unknown): Promise<unknown> {
  return (await redaction().response(response({ data }))).data;
}

async function successOf(data: unknown): Promise<unknown> {
  return (await redaction().response(response({ status: 200, data }))).data;
}

describe('the reduced request', () => {
  test('has its method, protocol, host and path only', () => {
    expect(reduced).toEqual({
      method: 'POST',
      protocol: 'https:',
      host: 'api.bank.example',
      path: '/orders',
    });
    expect(Object.isFrozen(reduced)).toBe(true);
    expect(reducedRequest(undefined, new URL('http://127.0.0.1:8080'))).toMatchObject({
      method: 'GET',
      protocol: 'http:',
      host: '127.0.0.1:8080',
      path: '/',
    });
  });
});

describe('a response', () => {
  test("shows the caller's own configuration and the reduced request", async () => {
    const original = response({ data: { a: 1 } });
    const shown = await redaction().response(original);
    expect(shown).toBe(original);
    expect(shown.config).toBe(config);
    expect(shown.request).toBe(reduced);
    expect(shown.data).toEqual({ a: 1 });
  });

  test('has no secret in its status text and headers, and keeps the rest of them', async () => {
    const { statusText, headers } = await redaction().response(
      response({
        statusText: `Bad ${TOKEN}`,
        headers: {
          [`x-${API_KEY}`]: 'named after a secret',
          'x-debug': `Bearer ${TOKEN}; key=${API_KEY}`,
          'set-cookie': ['a=1', `token=${TOKEN}`],
          'content-length': 5,
          etag: '"version-2024"',
          latin1: Buffer.from(CLIENT_SECRET).toString('latin1'),
        },
      }),
    );
    expect(statusText).toBe('Bad [redacted]');
    expect(headers).toEqual({
      'x-debug': 'Bearer [redacted]; key=[redacted]',
      'set-cookie': ['a=1', 'token=[redacted]'],
      'content-length': 5,
      etag: '"version-2024"',
      latin1: '[redacted]',
    });
  });

  test('loses a secret in one header, even if no header is left out', async () => {
    const headers = { etag: '"a"', location: `/?token=${TOKEN}` };
    const shown = await redaction().response(response({ headers }));
    expect(shown.headers).toEqual({ etag: '"a"', location: '/?token=[redacted]' });
  });

  test('loses headers whose values are objects, even if nothing else is taken out', async () => {
    const headers = { etag: '"a"', missing: null, flag: true, deep: { t: TOKEN }, list: ['a', { t: TOKEN }] };
    const shown = await redaction().response(response({ headers: headers as never }));
    expect(shown.headers).toEqual({ etag: '"a"', missing: null, flag: true });
  });

  test('may lack headers and a status text, as those of mocked adapters do', async () => {
    const bare = response({ headers: undefined as never, statusText: undefined as never });
    expect(await redaction().response(bare)).toMatchObject({ headers: undefined, statusText: undefined });
    const shown = await redaction().response(response({ headers: null as never, statusText: TOKEN }));
    expect(shown.statusText).toBe('[redacted]');
  });

  test('has the body that was searched, whatever a getter gives the next time', async () => {
    let reads = 0;
    const given = Object.defineProperty(response(), 'data', {
      get: () => (reads++ === 0 ? 'nothing secret' : TOKEN),
      enumerable: true,
    });
    const shown = await redaction().response(given);
    expect([shown.data, shown.data]).toEqual(['nothing secret', 'nothing secret']);
  });

  test('keeps read-only header objects without a secret', async () => {
    const headers = Object.freeze({ etag: '"a"', vary: 'accept' });
    expect((await redaction().response(response({ headers }))).headers).toBe(headers);
  });
});

test.each([
  ['a Map', new Map([['x-echo', `Bearer ${TOKEN}`]])],
  ['a collection of fetch', new Headers({ 'x-echo': `Bearer ${TOKEN}` })],
  ['what HTTP sends', `x-echo: Bearer ${TOKEN}`],
])('response headers in %s show no secret', async (_kind, headers) => {
  const shown = await redaction().response(response({ headers: headers as never }));
  expect(Object.entries(shown.headers)).toEqual([['x-echo', 'Bearer [redacted]']]);
});

describe('a response that cannot be searched loses', () => {
  test('its body', async () => {
    const circular: Record<string, unknown> = { token: TOKEN };
    circular.self = circular;
    const shown = await redaction().response(
      response({ data: circular, headers: { 'content-length': '99', 'content-encoding': 'gzip' } }),
    );
    expect(shown).toMatchObject({ status: 400, data: undefined, headers: { 'content-length': '0' } });
    const error = redaction().errorNow({ response: response({ data: circular }) });
    expect((error as { response: AxiosResponse }).response.data).toBeUndefined();
  });

  test('its headers and status text', async () => {
    const headers = {
      get 'x-echo'(): string {
        throw new Error(TOKEN);
      },
    };
    const shown = await redaction().response(response({ headers, statusText: TOKEN, data: `<${TOKEN}>` }));
    expect(shown).toMatchObject({ status: 400, statusText: '', data: '<[redacted]>' });
    expect(Object.keys(shown.headers)).toEqual([]);
  });
});

describe('a stream of a failed answer', () => {
  test('ends source and request where the caller destroys it', async () => {
    let ended = 0;
    const source = new Readable({ read() {} });
    const shown = (
      await redaction().response(response({ data: source, request: { destroy: () => ended++ } }))
    ).data as Readable;
    shown.destroy();
    await new Promise((resolve) => source.once('close', resolve));
    expect(ended).toBe(1);
  });

  test('of the web ends source and request where the caller cancels it', async () => {
    const told: unknown[] = [];
    const source = new ReadableStream({ cancel: () => void told.push('source') });
    const request = { destroy: () => told.push('request') };
    const shown = (await redaction().response(response({ data: source, request }))).data as ReadableStream;
    await shown.cancel();
    expect(told).toEqual(['source', 'request']);
  });

  test('of the web ends source and request when the caller aborts, with that error', async () => {
    const told: unknown[] = [];
    const source = new ReadableStream({ cancel: () => void told.push('source') });
    const controller = new AbortController();
    const shown = await redaction(undefined, request({ signal: controller.signal })).response(
      response({ data: source, request: { destroy: () => told.push('request') } }),
    );
    controller.abort();
    expect(told).toEqual(['source', 'request']);
    await expect(text(shown.data)).rejects.toMatchObject({ code: 'ERR_CANCELED' });
  });

  test('is searched though a secret comes in many pieces', async () => {
    const shown = (await dataOf(Readable.from([...`<${TOKEN}>`].map((c) => Buffer.from(c))))) as Readable;
    expect(await text(shown)).toBe('<[redacted]>');
  });

  test('passes its error on without the token', async () => {
    const source = new Readable({ read() {} });
    const shown = await redaction(undefined, request()).response(response({ data: source }));
    const read = text(shown.data).catch((reason: unknown) => reason);
    await new Promise(setImmediate);
    source.destroy(Object.assign(new Error(`cut ${TOKEN}`), { request: { token: TOKEN } }));
    const error = await read;
    expect(error).toMatchObject({ message: 'cut [redacted]', request: reduced });
    expect(inspect(error)).not.toContain(TOKEN);
  });
});

test.each(['base64', 'hex', 'latin1'] as const)(
  'a response body in %s is searched',
  async (responseEncoding) => {
    const caller = request({ responseEncoding });
    const data = Buffer.from(`<${TOKEN}>`).toString(responseEncoding);
    const shown = await redaction(undefined, caller).response(response({ data }));
    expect(Buffer.from(shown.data, responseEncoding).toString()).toBe('<[redacted]>');
  },
);

test.each([
  ['base64', 196_608],
  ['hex', 131_072],
] as const)(
  'a response body in %s that is cut shows no part of a secret at the cut',
  async (responseEncoding, kept) => {
    const data = `${'x'.repeat(kept - 5)}${TOKEN}${'y'.repeat(300_000)}`;
    const caller = request({ responseEncoding });
    const shown = await redaction(undefined, caller).response(
      response({ data: Buffer.from(data).toString(responseEncoding) }),
    );
    expect(shown.data).toMatch(/\[cut: only the first 262144 bytes of a failed answer are kept\]$/);
    expect(
      Buffer.from(shown.data, responseEncoding)
        .subarray(kept - 10, kept)
        .toString(),
    ).not.toContain('abc');
  },
);

describe('a response body', () => {
  test.each([
    ['as it is', TOKEN],
    ['twice', `${TOKEN} ${TOKEN}`],
    ['in JSON with slashes escaped', TOKEN.replaceAll('/', '\\/')],
    ['in JSON with code points', TOKEN.replaceAll('/', '\\u002f').replaceAll('=', '\\u003D')],
    ['with every dot escaped', TOKEN.replaceAll('.', '%2E')],
    ['in a URL', encodeURIComponent(TOKEN)],
    ['in a URL, in small letters', encodeURIComponent(TOKEN).toLowerCase()],
  ])('does not show a token that the bank repeats %s', async (_how, repeated) => {
    const shown = await dataOf(`{"t":"${repeated}","n":1}`);
    expect(shown).toMatch(/^\{"t":"\[redacted\](?: \[redacted\])?","n":1\}$/);
  });

  test('is unchanged where it has only a similar string', async () => {
    for (const similar of [
      'abc.def',
      'abcXdef+ghi/jkl==',
      'ABC.DEF+GHI/JKL==',
      'key-012345678',
      'version-2024',
    ]) {
      expect(await dataOf(similar)).toBe(similar);
    }
  });

  test('that is a buffer stays the same one without a secret, and loses a secret byte by byte', async () => {
    const clean = Buffer.from([0, 255, 128, 10]);
    expect(await dataOf(clean)).toBe(clean);
    const binary = Buffer.concat([clean, Buffer.from(TOKEN), clean]);
    const shown = (await dataOf(binary)) as Buffer;
    expect(Buffer.isBuffer(shown)).toBe(true);
    expect(shown).toEqual(Buffer.concat([clean, Buffer.from('[redacted]'), clean]));
  });

  test('that is an ArrayBuffer is searched as well', async () => {
    const clean = new Uint8Array([0, 255]).buffer;
    expect(await dataOf(clean)).toBe(clean);
    const shown = await dataOf(new Uint8Array(Buffer.from(`a ${TOKEN} é`)).buffer);
    expect(shown).toBeInstanceOf(ArrayBuffer);
    expect(Buffer.from(shown as ArrayBuffer).toString()).toBe('a [redacted] é');
  });

  test('that is a blob is searched as well, and keeps its type', async () => {
    const clean = new Blob(['{}'], { type: 'application/json' });
    expect(await dataOf(clean)).toBe(clean);
    const shown = (await dataOf(new Blob([`"${TOKEN}"`], { type: 'application/json' }))) as Blob;
    expect(shown.type).toBe('application/json');
    expect(await shown.text()).toBe('"[redacted]"');
  });

  test.each([[undefined], [null], [7], [true]])('of %p stays as it is', async (data) => {
    expect(await dataOf(data)).toBe(data);
  });

  test.each([
    ['parsed', { t: TOKEN, n: [1] }, { t: '[redacted]', n: [1] }],
    ['a list', [TOKEN], ['[redacted]']],
    ['an object without a prototype', Object.assign(Object.create(null), { t: TOKEN }), { t: '[redacted]' }],
    ['an object of a class', new Map([['t', TOKEN]]), undefined],
    ['a function', () => TOKEN, undefined],
    ['a symbol', Symbol(TOKEN), undefined],
  ])('that is %s is searched, or left out', async (_kind, data, shown) => {
    expect(await dataOf(data)).toEqual(shown);
  });
});

describe('a stream of a successful answer', () => {
  test('arrives without a way back to the request', async () => {
    const source = Readable.from(['a', 'b']);
    const shown = (await successOf(source)) as Readable;
    expect(shown).toBeInstanceOf(PassThrough);
    expect(await text(shown)).toBe('ab');
  });

  test('passes its error on without the token', async () => {
    const source = new Readable({ read() {} });
    const shown = (await successOf(source)) as Readable;
    const failed = new Promise<any>((resolve) => shown.on('error', resolve));
    source.destroy(Object.assign(new Error('cut'), { request: { token: TOKEN }, cause: { token: TOKEN } }));
    const error = await failed;
    expect(error.message).toBe('cut');
    expect(error.request).toBe(reduced);
    expect(error.cause).toBeUndefined();
  });

  test('ends its source where the caller destroys it', async () => {
    const source = new Readable({ read() {} });
    const shown = (await successOf(source)) as Readable;
    const closed = new Promise((resolve) => source.on('close', resolve));
    shown.destroy();
    await closed;
    expect(source.destroyed).toBe(true);
  });

  test('of the web arrives whole', async () => {
    const source = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from('a'));
        controller.enqueue(Buffer.from('b'));
        controller.close();
      },
    });
    const shown = (await successOf(source)) as ReadableStream;
    expect(shown).not.toBe(source);
    expect(await text(shown)).toBe('ab');
  });

  test('of the web passes its error on without the token', async () => {
    const source = new ReadableStream({
      pull(controller) {
        controller.error(Object.assign(new Error('cut'), { config: { token: TOKEN } }));
      },
    });
    const reader = ((await successOf(source)) as ReadableStream).getReader();
    const error = await reader.read().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: 'cut' });
    expect((error as { config: unknown }).config).toBe(config);
  });

  test('of the web cancels its source where the caller cancels it', async () => {
    const reasons: unknown[] = [];
    const source = new ReadableStream({ cancel: (reason) => void reasons.push(reason) });
    await ((await successOf(source)) as ReadableStream).cancel('enough');
    expect(reasons).toEqual(['enough']);
  });
});

describe('a redacted error', () => {
  test('of a request loses all of the token', async () => {
    const original = Object.assign(new Error('status 400'), {
      code: 'ERR_BAD_REQUEST',
      config: { headers: TOKEN },
      request: { socket: TOKEN },
      cause: { socket: TOKEN },
      response: response({ data: `"${TOKEN}"`, statusText: TOKEN }),
    });
    const shown = (await redaction().error(original)) as typeof original;
    expect(shown).toBe(original);
    expect(shown).toMatchObject({ message: 'status 400', code: 'ERR_BAD_REQUEST' });
    expect(shown.config).toBe(config);
    expect(shown.request).toBe(reduced);
    expect(shown.cause).toBeUndefined();
    expect(Object.keys(shown)).not.toContain('cause');
    expect(shown.response).toMatchObject({
      config,
      request: reduced,
      data: '"[redacted]"',
      statusText: '[redacted]',
    });
  });

  test('of an adapter shows no secret in its message, its stack and its other strings', async () => {
    const original = Object.assign(new Error(`cannot send Bearer ${TOKEN}`), {
      hint: `key ${API_KEY}`,
      body: `client_secret=${CLIENT_SECRET}`,
    });
    const shown = (await redaction().error(original)) as typeof original;
    expect(shown).toBe(original);
    expect(shown).toMatchObject({
      message: 'cannot send Bearer [redacted]',
      hint: 'key [redacted]',
      body: 'client_secret=[redacted]',
    });
    expect(shown.stack).toMatch(/^Error: cannot send Bearer \[redacted\]\n/);
    expect(await redaction().error(`thrown with ${TOKEN}`)).toBe('thrown with [redacted]');
    const heir = (await redaction().error(Object.create(new Error(`Bearer ${TOKEN}`)))) as Error;
    expect([heir.message, heir.stack?.includes(TOKEN)]).toEqual(['Bearer [redacted]', false]);
  });

  test('is a new one where the original is frozen', async () => {
    const original = Object.freeze(
      Object.assign(new Error(`status 400 ${TOKEN}`), {
        code: 'ERR_BAD_REQUEST',
        config: { headers: TOKEN },
        cause: { socket: TOKEN },
        response: Object.freeze(response({ data: `"${TOKEN}"`, statusText: TOKEN })),
      }),
    );
    const shown = await redaction().error(original);
    expect(shown).not.toBe(original);
    expect(shown).toMatchObject({ message: 'status 400 [redacted]', code: 'ERR_BAD_REQUEST', config });
    expect(shown).toMatchObject({
      response: { status: 400, data: '"[redacted]"', statusText: '[redacted]' },
    });
    expect(inspect(shown, { depth: 9, showHidden: true })).not.toContain(TOKEN);
  });

  test.each<[string, object, string, string | undefined]>([
    ['has a message that is no string', { message: { TOKEN }, code: 7, config: {} }, '', undefined],
    [
      'cannot be read',
      {
        get message() {
          throw new Error(TOKEN);
        },
        code: 'ERR_ODD',
      },
      '',
      'ERR_ODD',
    ],
    [
      'does not show its response',
      {
        message: 'odd',
        get response() {
          throw new Error(TOKEN);
        },
      },
      'odd',
      undefined,
    ],
  ])('is a new one where the original %s', async (_what, members, message, code) => {
    const original = Object.freeze(Object.create(Error.prototype, Object.getOwnPropertyDescriptors(members)));
    const shown = (await redaction().error(original)) as Error & { code?: string };
    expect(shown).not.toBe(original);
    expect({ message: shown.message, code: shown.code }).toEqual({ message, code });
    expect(inspect(shown, { depth: 9, showHidden: true })).not.toContain(TOKEN);
  });

  test('of fetch keeps a cause of code and message', async () => {
    const cause = Object.assign(new TypeError('fetch failed', { cause: { socket: TOKEN } }), {
      code: 'UND_ERR_SOCKET',
      headers: [TOKEN],
    });
    const original = Object.assign(new Error('Network Error'), { config: {}, cause });
    const shown = (await redaction().error(original)) as typeof original;
    expect(shown.cause).toBeInstanceOf(Error);
    expect(shown.cause).toMatchObject({ message: 'fetch failed', code: 'UND_ERR_SOCKET' });
    expect(inspect(shown, { depth: 9, showHidden: true })).not.toContain(TOKEN);
  });

  test.each([
    [
      [new Error('connect ECONNREFUSED 127.0.0.1:443'), new Error('connect ECONNREFUSED ::1:443')],
      'connect ECONNREFUSED 127.0.0.1:443',
    ],
    [[new AggregateError([new Error(`deep ${TOKEN}`)])], 'deep [redacted]'],
    [[], undefined],
  ])('that stands for several keeps a cause with the message of the first: %j', async (errors, message) => {
    const original = Object.assign(new Error('any'), { config: {}, cause: new AggregateError(errors) });
    const shown = (await redaction().error(original)) as { cause?: Error };
    expect(shown.cause?.message).toBe(message);
  });

  test('keeps a cause that has a code and no message', async () => {
    const cause = Object.assign(new Error(''), { code: 'ECONNRESET' });
    const shown = await redaction().error(Object.assign(new Error('any'), { config: {}, cause }));
    expect(shown).toMatchObject({ cause: { message: '', code: 'ECONNRESET' } });
  });

  test('may be given another cause by code that wraps it', async () => {
    const shown = (await redaction().error(
      Object.assign(new Error('a', { cause: 'b' }), { config: {} }),
    )) as Error;
    shown.cause = 'retried 3 times';
    expect(shown.cause).toBe('retried 3 times');
    delete shown.cause;
    expect(shown.cause).toBeUndefined();
  });

  test.each([['config'], ['request'], ['response']])(
    'counts as one of a request if it has a %s',
    async (member) => {
      const shown = await redaction().error({ [member]: member === 'response' ? response() : { t: TOKEN } });
      expect(shown).toHaveProperty('config', config);
      expect(shown).toHaveProperty('request', reduced);
    },
  );

  test('of no request is unchanged', async () => {
    const own = new TypeError('a mistake in an adapter', { cause: 'x' });
    expect(await redaction().error(own)).toBe(own);
    expect(own.cause).toBe('x');
    expect(own).not.toHaveProperty('config');
    for (const thrown of [undefined, null, 'text', 7]) expect(await redaction().error(thrown)).toBe(thrown);
  });

  test('that appears later is cleaned too, as far as possible without waiting', () => {
    const error = { response: response({ statusText: TOKEN, data: 'a stream' }), cause: TOKEN };
    redaction().errorNow(error);
    expect(error).toMatchObject({ config, request: reduced, cause: '[redacted]' });
    expect(error.response).toMatchObject({
      config,
      request: reduced,
      statusText: '[redacted]',
      data: 'a stream',
    });
    expect(() => redaction().errorNow(undefined)).not.toThrow();
  });
});

describe('a secret', () => {
  test('is redacted from four characters on', async () => {
    const short = redaction(aToken('abcd', undefined, undefined, { clientSecret: 'v10' }));
    const { data } = await short.response(response({ data: 'v10 abcd' }));
    expect(data).toBe('v10 [redacted]');
  });

  test('may consist of punctuation', async () => {
    const signs = redaction(aToken('+/=+/', { Authorization: 'Bearer +/=+/' }));
    const { data } = await signs.response(response({ data: '<+/=+/> <%2B%2F%3D%2B%2F>' }));
    expect(data).toBe('<[redacted]> <[redacted]>');
  });

  test('is taken out of each of many answers, not of every other', async () => {
    const token = aToken(TOKEN);
    for (let answer = 0; answer < 3; answer++) {
      expect((await redaction(token).response(response({ data: TOKEN }))).data).toBe('[redacted]');
    }
  });
});

test('streams are recognised by being readable, of Node or of the web', () => {
  expect(isStream(Readable.from([]))).toBe(true);
  expect(isStream({ pipe() {} })).toBe(true);
  expect(isStream(new ReadableStream())).toBe(true);
  for (const other of [undefined, null, 'pipe', {}, { pipe: 1 }, Buffer.from('a'), () => undefined]) {
    expect(isStream(other)).toBe(false);
  }
});
