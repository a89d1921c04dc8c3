import { Agent, type ClientRequest, request as httpRequest } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AxiosHeaders } from 'axios';
import { authorisingAdapter } from '../../../src/http/authorising-adapter.js';
import { headersWithToken, strictlyFramed } from '../../../src/http/framing.js';
import { aToken, rejection, request, ScriptedTokens } from '../../support/authorised-calls.harness.js';

import { closeServers, server } from '../../support/loopback-server.js';
import { until } from '../../support/until.js';

let httpAgent: Agent;
beforeEach(() => {
  httpAgent = new Agent({ keepAlive: true, maxSockets: 1 });
});
afterEach(() => {
  httpAgent.destroy();
  closeServers();
});

/** A bank that answers each request with what it was, and tells how it arrived. */
async function echoingBank() {
  const seen: { method: string; url: string; headers: Record<string, unknown>; body: string }[] = [];
  const bank = await server((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, headers, body });
      response.end(url);
    });
    request.on('error', () => undefined);
  });
  return { ...bank, seen };
}

type Bank = Awaited<ReturnType<typeof echoingBank>>;

function send(bank: Bank, path: string, config: Parameters<typeof request>[0], adapter: unknown = 'http') {
  const tokens = new ScriptedTokens([aToken('first')]);
  const parts = { tokens, origins: new Set([bank.origin]) };
  const transport = adapter === 'http' ? { httpAgent } : {};
  const url = `${bank.origin}${path}`;
  const validateStatus = (status: number) => status < 300;
  return authorisingAdapter(parts, adapter as never, transport)(request({ ...config, url, validateStatus }));
}

function withToken(headers: Record<string, string>, streams: boolean) {
  return headersWithToken(new AxiosHeaders(headers) as never, aToken('first'), { streams });
}

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n';

/** The call itself, and the next one over the same connection, have their own answers, and the bank saw these two. */
async function expectTwoCalls(bank: Bank, first: Promise<unknown>): Promise<void> {
  await first.catch(() => undefined);
  expect((await send(bank, '/next', { method: 'post', data: '{}' })).data).toBe('/next');
  expect(bank.seen.map(({ url }) => url).filter((url) => url === '/smuggled')).toEqual([]);
}

const smuggling: [string, Record<string, unknown>, string][] = [
  ['a shorter Content-Length', { 'Content-Length': '3' }, `abc${SMUGGLED}`],
  ['Transfer-Encoding', { 'Transfer-Encoding': 'chunked' }, `0\r\n\r\n${SMUGGLED}`],
  ['no Content-Length', { 'Transfer-Encoding': 'chunked', 'Content-Length': false }, `0\r\n\r\n${SMUGGLED}`],
  ['Transfer-Encoding: identity', { 'transfer-encoding': 'identity', 'Content-Length': null }, SMUGGLED],
  ['a Content-Length of 0', { 'content-length': 0 }, SMUGGLED],
  ['Expect', { Expect: '100-continue' }, SMUGGLED],
];

describe('a request with forwarded headers', () => {
  test.each(smuggling)('such as %s smuggles no second request in its body', async (_what, headers, data) => {
    for (const method of ['post', 'delete', 'get']) {
      const bank = await echoingBank();
      const first = send(bank, '/form', { method, data, headers: headers as Record<string, string> });
      expect((await first).data).toBe('/form');
      await expectTwoCalls(bank, first);
      expect(bank.seen[0]).toMatchObject({ body: data, headers: { 'content-length': `${data.length}` } });
      expect(bank.seen[0]?.headers).not.toHaveProperty('transfer-encoding');
    }
  });

  test('drops the hop-by-hop headers', async () => {
    const bank = await echoingBank();
    const headers = {
      Connection: 'Upgrade, Authorization',
      Upgrade: 'h2c',
      'HTTP2-Settings': 'AAAA',
      TE: 'trailers',
      Trailer: 'X-Sum',
      'Keep-Alive': 'timeout=600',
      'Proxy-Connection': 'keep-alive',
      'X-Own': 'mine',
    };
    await send(bank, '/form', { method: 'post', data: 'abc', headers });
    const { headers: seen = {} } = bank.seen[0] ?? {};
    expect(seen).toMatchObject({ 'x-own': 'mine', authorization: 'Bearer first', connection: 'keep-alive' });
    for (const name of ['upgrade', 'http2-settings', 'te', 'trailer', 'keep-alive', 'proxy-connection']) {
      expect(seen).not.toHaveProperty(name);
    }
    // undici would refuse some of them, and does not see them.
    expect((await send(bank, '/fetch', { method: 'post', data: 'abc', headers }, 'fetch')).data).toBe(
      '/fetch',
    );
  });

  test('may ask for its connection to be closed', () => {
    expect(withToken({ connection: 'Close' }, false).get('connection')).toBe('Close');
  });

  test.each(['-1', '1, 1', '0x10', '1e3', 'many', '', ' ', `${10 ** 15}`, '9'.repeat(400)])(
    'drops a Content-Length of %j for a stream',
    (length) => {
      expect(withToken({ 'content-length': length }, true).has('content-length')).toBe(false);
    },
  );
});

test.each([
  'Host',
  'Transfer-Encoding',
  'TE',
  'Trailer',
  'Upgrade',
  'HTTP2-Settings',
  'Keep-Alive',
  'Proxy-Connection',
  'Expect',
  'Connection',
])('a caller cannot set %s, whether the body is a stream or not', (name) => {
  for (const streams of [true, false]) {
    const headers = withToken({ [name]: 'anything', 'X-Own': '1' }, streams);
    expect(headers.toJSON()).toEqual({ 'X-Own': '1', Authorization: 'Bearer first' });
  }
});

test('headers of a name that JavaScript has a meaning for stay headers, and others are taken out beside them', () => {
  const given = JSON.parse('{"__proto__":["x"],"Host":"evil.example","X-Own":"1"}');
  const headers = headersWithToken(given, aToken('first'), { streams: false });
  expect(headers).toBeInstanceOf(AxiosHeaders);
  expect(headers.get('x-own')).toBe('1');
  expect(headers.get('authorization')).toBe('Bearer first');
  expect(headers.has('host')).toBe(false);
  const sized = JSON.parse('{"__proto__":["x"],"Content-Length":"7"}');
  for (const streams of [true, false])
    expect(headersWithToken(sized, aToken('first'), { streams }).has('content-length')).toBe(streams);
});

describe('a body that an adapter of the application writes by itself', () => {
  /** What the bank saw of it, or the code of the error. */
  async function written(write: (request: ClientRequest, called: () => void) => void, length?: number) {
    const bank = await echoingBank();
    const { hostname: host, port } = new URL(bank.origin);
    const announced = length === undefined ? {} : { 'Content-Length': length };
    const headers = { 'transfer-encoding': 'identity', 'X-Own': '1', ...announced };
    const options = { host, port, path: '/form', method: 'POST', agent: httpAgent, headers };
    let calls = 0;
    const failure = await new Promise<string | undefined>((resolve) => {
      const request = strictlyFramed({ request: httpRequest }).request(options, (response) =>
        response.on('end', () => resolve(undefined)).resume(),
      );
      request.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
      write(request, () => {
        calls += 1;
      });
    });
    return failure ?? { ...bank.seen[0], calls };
  }

  test('arrives complete in its encoding, with its length, and its callbacks are called', async () => {
    const seen = await written((request, called) => {
      request.write('6162', 'hex', called);
      request.end('63', 'hex', called);
    }, 3);
    expect(seen).toMatchObject({ body: 'abc', headers: { 'content-length': '3', 'x-own': '1' }, calls: 2 });
  });

  test('arrives in chunks where no length is announced', async () => {
    const seen = await written((request) => {
      request.write(new Uint8Array([0x61]));
      request.end('bc');
    });
    expect(seen).toMatchObject({ body: 'abc', headers: { 'transfer-encoding': 'chunked' } });
    const empty = await written((request, called) => void request.end(called));
    expect(empty).toMatchObject({ body: '', calls: 1 });
  });

  test.each<[string, (request: ClientRequest) => unknown]>([
    ['longer at its end', (request) => request.write('ab') && request.end('cd')],
    ['longer before its end', (request) => request.write('abcd') || request.write('e') || request.end('f')],
    ['shorter', (request) => request.end('ab')],
    ['absent', (request) => request.end()],
  ])('that is %s fails', async (_what, write) => {
    expect(await written(write, 3)).toBe('ERR_HTTP_CONTENT_LENGTH_MISMATCH');
  });

  test('that has become too long takes no more', async () => {
    const taken: boolean[] = [];
    await written((request) => void taken.push(...['abc', 'd', 'e'].map((part) => request.write(part))), 3);
    expect(taken).toEqual([true, false, false]);
  });
});

describe('a streamed body', () => {
  const stream = (...chunks: string[]) => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  const length = (value: number) => ({ 'Content-Length': `${value}` });

  test.each([['http'], ['fetch']])('of the announced length arrives complete: %s', async (adapter) => {
    const bank = await echoingBank();
    const config = { method: 'post', data: stream('abc', 'de'), headers: length(5) };
    expect((await send(bank, '/form', config, adapter)).data).toBe('/form');
    expect(bank.seen[0]).toMatchObject({ body: 'abcde', headers: { 'content-length': '5' } });
  });

  test('of strings is measured in bytes', async () => {
    const bank = await echoingBank();
    const config = { method: 'post', data: Readable.from(['für ', 'Älle']), headers: length(10) };
    expect((await send(bank, '/form', config)).data).toBe('/form');
    expect(bank.seen[0]).toMatchObject({ body: 'für Älle' });
  });

  test.each(['post', 'put', 'delete', 'get', 'options'])(
    'without a length is sent in chunks by %s, whatever the caller announces',
    async (method) => {
      for (const headers of [{}, { 'Transfer-Encoding': 'identity' }, { 'Content-Length': 'many' }]) {
        const bank = await echoingBank();
        const first = send(bank, '/form', { method, data: stream(SMUGGLED), headers: headers as never });
        expect((await first).data).toBe('/form');
        await expectTwoCalls(bank, first);
        expect(bank.seen[0]).toMatchObject({ body: SMUGGLED, headers: { 'transfer-encoding': 'chunked' } });
      }
    },
  );

  test.each<[string, string[], number, string]>([
    ['longer', ['abc', SMUGGLED], 3, 'longer than its Content-Length of 3 bytes'],
    ['longer in one piece', [`abc${SMUGGLED}`], 3, 'longer than its Content-Length of 3 bytes'],
    ['shorter', ['abc'], 300, 'shorter than its Content-Length of 300 bytes'],
    ['empty', [], 1, 'shorter than its Content-Length of 1 bytes'],
  ])('that is %s than announced is cut off, with its connection', async (_what, chunks, announced, words) => {
    const bank = await echoingBank();
    const data = Readable.from(
      (async function* () {
        for (const chunk of chunks) yield Buffer.from(chunk);
      })(),
    );
    const first = send(bank, '/form', { method: 'post', data, headers: length(announced) });
    const error = await rejection(first);
    expect(error).toMatchObject({ isAxiosError: true, code: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH' });
    expect(error.message).toContain(words);
    await until(() => data.destroyed, 'the stream is let go of');
    await expectTwoCalls(bank, first);
    expect(bank.seen.some(({ body }) => body.includes('smuggled'))).toBe(false);
  });

  test('by fetch of another length than announced fails, and sends no more', async () => {
    for (const [chunks, announced] of [
      [['abc', SMUGGLED], 3],
      [['abc'], 300],
    ] as const) {
      const bank = await echoingBank();
      const config = { method: 'post', data: stream(...chunks), headers: length(announced) };
      expect(await rejection(send(bank, '/form', config, 'fetch'))).toMatchObject({ name: 'AxiosError' });
      expect(bank.seen.some(({ url }) => url === '/smuggled')).toBe(false);
    }
  });

  test('is destroyed where no answer comes', async () => {
    const bank = await server((request) => void request.socket.destroy());
    const data = new PassThrough();
    data.write('abc');
    const error = await rejection(send({ ...bank, seen: [] }, '/form', { method: 'post', data }));
    expect(error.response).toBeUndefined();
    expect(data.destroyed).toBe(true);
  });
});
