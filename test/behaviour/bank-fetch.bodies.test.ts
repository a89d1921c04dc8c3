import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import PackageForm from 'form-data';
import type { BankFetch } from 'nestjs-bank-auth';
import { rejection, startApp } from '../support/bank-app.js';
import { server } from '../support/loopback-server.js';
import { httpAnswer, RawServer } from '../support/raw-server.js';
import { bank, useSimulatedBanks } from '../support/simulated-bank.js';
import { until } from '../support/until.js';

useSimulatedBanks();

type Init = NonNullable<Parameters<BankFetch>[1]>;

describe('a body sent by fetch', () => {
  interface Sent {
    readonly body: string;
    readonly type: string | undefined;
    readonly length: string | undefined;
    readonly coding: string | undefined;
  }

  /** What the bank reads of it. */
  async function sent(init: Init, asRequest = false): Promise<Sent> {
    const seen: Sent[] = [];
    const echo = await server(async (request, response) => {
      const chunks = await request.toArray();
      const { headers } = request;
      seen.push({
        body: Buffer.concat(chunks).toString('latin1'),
        type: headers['content-type'],
        length: headers['content-length'],
        coding: headers['transfer-encoding'],
      });
      response.end();
    });
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: echo.origin } });
    const all = { method: 'POST', ...init };
    const { status } = await (asRequest ? fetch(new Request(`${echo.origin}/`, all)) : fetch('/', all));
    expect([status, seen.length]).toEqual([200, 1]);
    return seen[0] as Sent;
  }

  const bytes = new Uint8Array([0, 127, 255, 10]);
  const text = Buffer.from(bytes).toString('latin1');
  const kinds: [string, () => unknown, string, string | undefined][] = [
    ['a string', () => '"ლარი"', Buffer.from('"ლარი"').toString('latin1'), 'text/plain;charset=UTF-8'],
    ['an empty string', () => '', '', 'text/plain;charset=UTF-8'],
    ['a Uint8Array', () => bytes, text, undefined],
    ['a part of an ArrayBuffer', () => new DataView(bytes.buffer, 1, 2), text.slice(1, 3), undefined],
    ['an ArrayBuffer', () => bytes.buffer, text, undefined],
    ['a Buffer', () => Buffer.from(bytes), text, undefined],
    ['a Blob', () => new Blob([bytes], { type: 'image/png' }), text, 'image/png'],
    ['a Blob without type', () => new Blob([bytes]), text, undefined],
    [
      'URLSearchParams',
      () => new URLSearchParams({ a: '1 2', b: '&' }),
      'a=1+2&b=%26',
      'application/x-www-form-urlencoded;charset=UTF-8',
    ],
  ];

  test.each(
    kinds.flatMap(([name, ...kind]) => [
      [name, false, ...kind] as const,
      [`${name} of a Request`, true, ...kind] as const,
    ]),
  )('is %s, with its type and length', async (_name, asRequest, body, read, type) => {
    expect(await sent({ body: body() as never }, asRequest)).toEqual({
      body: read,
      type,
      length: String(read.length),
      coding: undefined,
    });
  });

  test('has the type that the caller states', async () => {
    const headers = { 'Content-Type': 'application/json' };
    expect((await sent({ body: '{}', headers })).type).toBe('application/json');
    expect((await sent({ body: '{}', headers: new Headers(headers) }, true)).type).toBe('application/json');
  });

  test('may be a multipart form, with its boundary', async () => {
    const form = new FormData();
    form.set('amount', '10');
    form.set('invoice', new Blob(['%PDF'], { type: 'application/pdf' }), 'invoice.pdf');
    for (const asRequest of [false, true]) {
      const { body, type, length } = await sent({ body: form }, asRequest);
      expect(Number(length)).toBe(body.length);
      const read = await new Response(body, { headers: { 'content-type': type as string } }).formData();
      expect(read.get('amount')).toBe('10');
      expect(read.get('invoice')).toMatchObject({ name: 'invoice.pdf', type: 'application/pdf' });
    }
  });

  test.each([
    ['a web stream', () => new Blob(['a stream']).stream()],
    [
      'a web stream with an empty chunk',
      () => ReadableStream.from(['', 'a ', '', 'stream'].map((text) => Buffer.from(text))),
    ],
    ['a stream of Node.js', () => Readable.from([Buffer.from('a '), Buffer.from('stream')])],
    [
      'an async iterable',
      () =>
        (async function* () {
          yield Buffer.from('a ');
          yield Buffer.from('stream');
        })(),
    ],
  ])('is %s, in chunks, or of the length that the caller states', async (_name, body) => {
    const init = () => ({ body: body() as never, duplex: 'half' as const });
    expect(await sent(init())).toMatchObject({ body: 'a stream', length: undefined, coding: 'chunked' });
    const headers = { 'content-length': '8' };
    expect(await sent({ ...init(), headers })).toMatchObject({
      body: 'a stream',
      length: '8',
      coding: undefined,
    });
  });

  test('is sent while it streams, before its end is there', async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const chunks: string[] = [];
    const reading = await server((request, response) => {
      request.on('data', (chunk) => chunks.push(String(chunk)));
      request.on('end', () => response.end());
    });
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: reading.origin } });
    const answer = fetch('/', { method: 'PUT', body: readable, duplex: 'half' } as Init);
    await writer.write(Buffer.from('one'));
    await until(() => chunks.length === 1, 'the first chunk');
    await writer.write(Buffer.from('two'));
    await writer.close();
    expect((await answer).status).toBe(200);
    expect(chunks).toEqual(['one', 'two']);
  });

  test('that is a stream with an error, or of anything but bytes, fails the call, and such a Request is not even sent', async () => {
    const reading = await server(
      (request, response) => void request.resume().on('end', () => response.end()),
    );
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: reading.origin } });
    const broken = () =>
      new ReadableStream({
        start: (controller) => controller.enqueue(Buffer.from('half')),
        pull: (controller) => controller.error(new Error('the disk is full')),
      });
    const texts = () => new ReadableStream({ start: (controller) => controller.enqueue('text') });
    for (const [body, what] of [
      [broken, /the disk is full$/],
      [texts, /Uint8Array/],
    ] as const) {
      const init = () => ({ method: 'PUT', body: body(), duplex: 'half' }) as Init;
      const inRequest = await rejection(fetch(new Request(`${reading.origin}/`, init())));
      const before = reading.requests.length;
      const direct = await rejection(fetch('/', init()));
      for (const error of [inRequest, direct]) {
        expect([error.constructor, error.message]).toEqual([TypeError, 'fetch failed']);
        expect(error.cause.message).toMatch(what);
      }
      expect(before).toBe(0);
      reading.requests.length = 0;
    }
  });

  test('that is a stream is cancelled where the call fails or is aborted', async () => {
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: 'http://127.0.0.1:9' } });
    const reasons: unknown[] = [];
    const endless = () => new ReadableStream({ cancel: (reason) => void reasons.push(reason) });
    const init = () => ({ method: 'PUT', body: endless(), duplex: 'half' }) as Init;
    await rejection(fetch('/', init()));
    await until(() => reasons.length === 1, 'the end of the stream');
    const controller = new AbortController();
    const { signal } = controller;
    const reading = rejection(fetch(new Request('http://127.0.0.1:9/', init()), { signal }));
    controller.abort(new Error('enough'));
    expect((await reading).message).toBe('enough');
    await until(() => reasons.length === 2, 'the end of the stream');
    const { name } = await rejection(fetch('/', { ...init(), signal: AbortSignal.abort() }));
    const guarded = await rejection(fetch('http://127.0.0.1:8/', init()));
    expect([name, guarded.code]).toEqual(['AbortError', 'BANK_AUTH_UNTRUSTED_ORIGIN']);
    await until(() => reasons.length === 4, 'the end of the streams');
  });

  test.each<[string, string | URL, object, RegExp]>([
    ['has a body with GET', '/', { body: 'x' }, /GET/],
    ['streams without duplex', '/', { method: 'PUT', body: new ReadableStream() }, /duplex/],
    ['has a method that HTTP does not know', '/', { method: 'GE T' }, /GE T/],
    [
      'has a header that HTTP cannot carry',
      '/',
      { headers: { 'x-a': 'se\ncret' } },
      /^bog-payments: a header/,
    ],
    ['has a signal that is none', '/', { signal: {} }, /signal/],
    [
      'has an object for a body, of which nobody has made JSON',
      '/',
      { method: 'PUT', body: { a: 1 } },
      /JSON/,
    ],
    ['has a function for a body', '/', { method: 'PUT', body: () => '{}' }, /JSON/],
    ['has an array for a body', '/', { method: 'PUT', body: [1, 2], headers: { 'x-a': '1' } }, /JSON/],
    [
      'has a form of the package form-data',
      '/',
      { method: 'PUT', body: new PackageForm() },
      /FormData of Node/,
    ],
    ['has a string for its options', '/', 'POST' as never, /options/],
    ['goes to a Request of another package', { url: 'http://x/' } as never, {}, /Request of another package/],
    ['goes nowhere', undefined as never, {}, /string, a URL or a Request/],
  ])('is refused with a TypeError if the request %s', async (_name, input, init, message) => {
    const { fetch } = await startApp(bank);
    const error = await rejection(fetch(input, init as Init));
    // Node's own errors are of another realm than the test.
    expect(error.name).toBe('TypeError');
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('cret');
    expect(bank).toMatchObject({ apiRequests: 0, tokenRequests: 0 });
  });

  test('that is an async iterator is not sent again when it is used up', async () => {
    const { fetch } = await startApp(bank);
    const body = ReadableStream.from([Buffer.from('{}')])[Symbol.asyncIterator]();
    const call = () =>
      fetch('/simulator/echo', { method: 'POST', body: body as never, duplex: 'half' } as Init);
    expect((await call()).status).toBe(200);
    const again = await rejection(call());
    expect([again.name, again.message]).toEqual([
      'TypeError',
      expect.stringMatching(/^bog-payments: .*Create a new one/),
    ]);
    expect(bank.apiRequests).toBe(1);
  });

  test('that is the stalled body of a Request fails within the time-out', async () => {
    const { fetch } = await startApp(bank, { provider: { http: { timeout: 100 } } });
    let reason: unknown;
    const body = new ReadableStream({
      cancel(given) {
        reason = given;
      },
    });
    const init = { method: 'POST', body, duplex: 'half' } as Init;
    const { cause } = await rejection(fetch(new Request(`${bank.apiBaseUrl}/`, init)));
    expect(cause).toMatchObject({ code: 'ECONNABORTED', message: expect.stringMatching(/timeout of 100ms/) });
    expect(reason).toHaveProperty('code', 'ECONNABORTED');
    expect(bank).toMatchObject({ apiRequests: 0, tokenRequests: 0 });
  });

  test('is used up, as by the fetch of Node', async () => {
    const { fetch } = await startApp(bank);
    const request = new Request(`${bank.apiBaseUrl}/simulator/echo`, { method: 'POST', body: '{}' });
    expect((await fetch(request.clone())).status).toBe(200);
    expect((await fetch(request)).status).toBe(200);
    expect(request.bodyUsed).toBe(true);
    const again = await rejection(fetch(request));
    expect(again.name).toBe('TypeError');
    const read = new Request(request.url, { method: 'POST', body: '{}' });
    // What reads so lets go of the stream: nothing but its state shows that it is empty.
    for await (const _chunk of read.body as unknown as AsyncIterable<unknown>);
    expect((await rejection(fetch(read))).cause.message).toMatch(/has already been used$/);
    expect(bank.apiRequests).toBe(2);
  });
});

describe('the answer to a fetch', () => {
  /** A bank that answers by these bytes. */
  async function answering(...answer: Parameters<typeof httpAnswer>) {
    const raw = await RawServer.start();
    raw.onRequest = ({ socket }) => void socket.write(httpAnswer(...answer));
    stop = () => raw.stop();
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: `http://127.0.0.1:${raw.port}` } });
    return { fetch, raw };
  }
  let stop: () => Promise<void> = async () => undefined;
  afterEach(() => stop());

  test('has status, status text and headers, also repeated ones', async () => {
    const { fetch } = await answering('201 Made it', [
      ['Set-Cookie', 'a=1; Path=/'],
      ['Set-Cookie', 'b=2'],
      ['X-Rate', '1'],
      ['X-Rate', '2'],
      ['Location', '/orders/1'],
    ]);
    const response = await fetch('/orders');
    expect([response.status, response.statusText, response.type]).toEqual([201, 'Made it', 'basic']);
    expect(response.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2']);
    expect(response.headers.get('x-rate')).toBe('1, 2');
    expect(response.headers.get('location')).toBe('/orders/1');
    const clone = response.clone();
    expect([clone.url, clone.status, clone.statusText]).toEqual([response.url, 201, 'Made it']);
    expect([clone.clone().type, await clone.text(), await response.text()]).toEqual(['basic', '', '']);
  });

  test.each([
    [204, 'GET'],
    [205, 'GET'],
    [304, 'GET'],
    [200, 'HEAD'],
    [404, 'HEAD'],
  ])(
    'has no body where HTTP forbids one (%i to %s), and its connection serves the next call',
    async (status, method) => {
      const { fetch, raw } = await answering(status, status === 205 ? [] : [['X-A', 'b']]);
      for (let calls = 0; calls < 10; calls += 1) {
        const response = await fetch('/', { method });
        expect([response.status, response.body]).toEqual([status, null]);
        expect(await response.text()).toBe('');
      }
      // undici closes a connection after HEAD, in case a body follows all the same.
      const closes = status === 205 || (method === 'HEAD' && process.env.TEST_ENGINE === 'undici');
      if (!closes) expect(raw.connections).toBeLessThan(10);
    },
  );

  test.each([600, 999])('may have a status unknown to HTTP (%i)', async (status) => {
    const { fetch } = await answering(`${status} Odd`, [], 'odd');
    const response = await fetch('/');
    expect([response.status, response.ok, response.clone().status]).toEqual([status, false, status]);
    expect(await response.text()).toBe('odd');
  });

  test('may follow informational ones such as 103', async () => {
    const raw = await RawServer.start();
    stop = () => raw.stop();
    raw.onRequest = ({ socket }) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n');
      socket.write(httpAnswer(200, [], 'then this'));
    };
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: `http://127.0.0.1:${raw.port}` } });
    const response = await fetch('/');
    expect([response.status, await response.text()]).toEqual([200, 'then this']);
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('is decompressed (%s)', async (coding, pack) => {
    const packed = await server((_request, response) => {
      response.writeHead(200, { 'content-encoding': coding }).end(pack('{"amount":1}'));
    });
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: packed.origin } });
    const response = await fetch('/');
    expect(await response.json()).toEqual({ amount: 1 });
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(packed.requests[0]?.headers['accept-encoding']).toContain('gzip');
  });

  test('streams: its first bytes arrive before its last ones, in every way of reading', async () => {
    const writing: { end(text: string): void }[] = [];
    const streaming = await server((_request, response) => {
      writing.push(response);
      response.write('one,');
    });
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: streaming.origin } });
    const decode = (value: unknown) => Buffer.from(value as Uint8Array).toString();
    const [first, second] = [await fetch('/'), await fetch('/')];
    const reader = first.body!.getReader();
    expect(decode((await reader.read()).value)).toBe('one,');
    const byob = second.body!.getReader({ mode: 'byob' } as never) as unknown as {
      read(view: Uint8Array): Promise<{ done: boolean; value: Uint8Array }>;
    };
    expect(decode((await byob.read(new Uint8Array(2))).value)).toBe('on');
    expect(decode((await byob.read(new Uint8Array(9))).value)).toBe('e,');
    for (const response of writing) response.end('two');
    expect(decode((await reader.read()).value)).toBe('two');
    expect((await reader.read()).done).toBe(true);
    expect(decode((await byob.read(new Uint8Array(9))).value)).toBe('two');
    expect((await byob.read(new Uint8Array(9))).done).toBe(true);
  });

  test('applies backpressure to the bank while it is unread, instead of filling memory', async () => {
    let written = 0;
    const big = await server(async (_request, response) => {
      for (; written < 64 && !response.destroyed; written += 1) {
        if (!response.write(Buffer.alloc(1_048_576))) await once(response, 'drain').catch(() => undefined);
      }
      response.end();
    });
    const http = { maxContentLength: -1 };
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: big.origin, http } });
    const response = await fetch('/');
    let before = -1;
    await until(() => {
      const isStill = before === written;
      before = written;
      return isStill;
    }, 'the bank to wait');
    expect(written).toBeLessThan(60);
    let length = 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) length += chunk.length;
    expect(length).toBe(64 * 1_048_576);
  });

  test('releases its connection when it cannot be read any more', async () => {
    const big = await server((_request, response) => void response.write(Buffer.alloc(4_194_304)));
    const { fetch } = await startApp(bank, { provider: { apiBaseUrl: big.origin } });
    const status = async () => (await fetch('/')).status;
    for (let calls = 0; calls < 3; calls += 1) expect(await status()).toBe(200);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    await until(() => {
      collect();
      return big.requests.every(({ socket }) => socket.destroyed);
    }, 'the end of the connections');
  });
});
