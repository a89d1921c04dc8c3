import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AxiosError, type AxiosRequestConfig } from 'axios';
import fc from 'fast-check';
import { type BankHttpEngine, bankCallOf, isSafeToRepeat } from 'nestjs-bank-auth';
import { undiciEngine } from 'nestjs-bank-auth/undici';
import { firstValueFrom } from 'rxjs';
import { BankSimulator } from '../../src/testing/index.js';
import { type BankApp, closeApps, startApp } from '../support/bank-app.js';
import { type Exchange, httpAnswer, type RawRequest, RawServer } from '../support/raw-server.js';
import { replayable } from '../support/replay.js';

// What a caller gets, and what the bank is sent, is the same by the engine as by axios' own adapter.

let simulator: BankSimulator;
let raw: RawServer;
let stock: BankApp;
let byEngine: BankApp;
let sentByEngine = 0;

/** Counts what it is given to send. */
const counting = (engine: BankHttpEngine): BankHttpEngine => ({
  open() {
    const connections = engine.open();
    return {
      get by() {
        return connections.by;
      },
      send(request, exchange) {
        sentByEngine += 1;
        return connections.send(request, exchange);
      },
      close: () => connections.close(),
    };
  },
});

beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments');
  raw = await RawServer.start();
  const bank = simulator.bank('bog-payments');
  const apiBaseUrl = `http://127.0.0.1:${raw.port}/v1`;
  stock = await startApp(bank, { provider: { apiBaseUrl, http: { maxContentLength: 3_000 } } });
  byEngine = await startApp(bank, {
    provider: { apiBaseUrl, http: { maxContentLength: 3_000, engine: counting(undiciEngine()) } },
  });
});
afterAll(async () => {
  await closeApps();
  await Promise.all([simulator.stop(), raw.stop()]);
});

type Coding = 'gzip' | 'deflate' | 'raw deflate' | 'br' | 'unknown' | 'lie' | undefined;

interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
  readonly coding: Coding;
  readonly framing: 'length' | 'chunked' | 'close' | 'cut' | 'cut chunk' | 'garbage chunk' | 'longer';
  /** In place of an answer, or before it. */
  readonly before: 'nothing' | 'early hints' | 'cut' | 'reset' | 'nonsense' | 'a status that is none';
}

const text = fc.oneof(
  fc.constantFrom('', '{}', '{"a":1}', '[1,2]', '\ufeff{"a":1}', 'not json', '"é"', 'null', '{"a":'),
  fc.string({ maxLength: 40, unit: 'grapheme' }),
  fc.integer({ min: 2_990, max: 3_010 }).map((length) => 'x'.repeat(length)),
);
const bodies = fc.oneof(
  { weight: 4, arbitrary: text.map((body) => Buffer.from(body)) },
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);
const headerValue = fc.oneof(
  fc.constantFrom('', 'a', 'a, b', ' padded ', 'caf\u00e9', 'Ã©', '"q"', 'a=1; Path=/'),
  fc.string({ maxLength: 12 }).map((value) => value.replace(/[^ -~]/g, '')),
);
const answers: fc.Arbitrary<Answer> = fc.record({
  status: fc.oneof(
    { weight: 3, arbitrary: fc.constant(200) },
    fc.constantFrom(
      201,
      202,
      204,
      205,
      206,
      301,
      302,
      304,
      307,
      400,
      403,
      404,
      407,
      409,
      422,
      429,
      500,
      503,
      599,
      600,
      799,
    ),
  ),
  headers: fc.array(
    fc
      .tuple(
        fc.constantFrom(
          'X-A',
          'x-a',
          'Set-Cookie',
          'ETag',
          'Content-Type',
          'Cookie',
          'Age',
          'Vary',
          '__proto__',
          'constructor',
          'Keep-Alive',
          'Connection',
        ),
        headerValue,
      )
      .map(([name, value]): readonly [string, string] => {
        if (name === 'Keep-Alive') return [name, 'timeout=5'];
        return [name, name === 'Connection' ? 'close' : value];
      }),
    { maxLength: 5 },
  ),
  body: bodies,
  coding: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    fc.constantFrom<Coding>('gzip', 'deflate', 'raw deflate', 'br', 'unknown', 'lie'),
  ),
  framing: fc.oneof(
    { weight: 3, arbitrary: fc.constant('length' as const) },
    fc.constantFrom('chunked', 'close', 'cut', 'cut chunk', 'garbage chunk'),
  ) as fc.Arbitrary<Answer['framing']>,
  before: fc.oneof(
    { weight: 8, arbitrary: fc.constant('nothing' as const) },
    fc.constantFrom('early hints', 'cut', 'reset', 'nonsense', 'a status that is none'),
  ) as fc.Arbitrary<Answer['before']>,
});

const requests = fc.record(
  {
    method: fc.constantFrom('get', 'GET', 'post', 'put', 'patch', 'delete', 'head', 'options'),
    url: fc.constantFrom('/orders', 'orders', '/orders?x=1', '/ä/b c', '', '/a#b', '//double'),
    params: fc.constantFrom(undefined, {}, { a: 1, b: [1, 2], c: 'ä b' }, new URLSearchParams('q=1&q=2')),
    data: fc.constantFrom(
      undefined,
      null,
      { a: 1, b: 'ä' },
      [1],
      'text',
      '',
      '{"a":1}',
      Buffer.from([0, 255, 1]),
      Buffer.alloc(0),
      new URLSearchParams('a=1&b=ä'),
      new Uint8Array([1, 2, 3]),
      new Uint8Array([1, 2, 3]).buffer,
      5,
      false,
      true,
    ),
    headers: fc.dictionary(
      fc.constantFrom(
        'X-One',
        'x-two',
        'Content-Type',
        'User-Agent',
        'Accept',
        'accept-encoding',
        'Content-Length',
        'Host',
        'Connection',
        'Transfer-Encoding',
        'Expect',
        'Authorization',
        'Idempotency-Key',
        'Cookie',
      ),
      fc.constantFrom('a', 'close', 'application/json', 'text/plain', ' padded ', 'é', '', 'false', '5'),
      { maxKeys: 3 },
    ),
    responseType: fc.constantFrom(undefined, 'json', 'text', 'arraybuffer', 'stream'),
    responseEncoding: fc.constantFrom(undefined, 'utf8', 'latin1', 'hex'),
    maxContentLength: fc.constantFrom(undefined, -1, 0, 2, 5_000),
    maxBodyLength: fc.constantFrom(undefined, 2, 5_000),
    decompress: fc.constantFrom(undefined, false, true),
    validateStatus: fc.constantFrom(
      undefined,
      null,
      () => true,
      (status: number) => status < 500,
    ),
    transitional: fc.constantFrom(undefined, { silentJSONParsing: false }),
    bankAuth: fc.constantFrom(undefined, { replay: true }),
  },
  { requiredKeys: ['method', 'url'] },
) as fc.Arbitrary<AxiosRequestConfig>;

const CODED: Readonly<
  Record<NonNullable<Coding>, readonly [name: string, encode: (body: Buffer) => Buffer]>
> = {
  gzip: ['gzip', gzipSync],
  deflate: ['deflate', deflateSync],
  'raw deflate': ['Deflate', deflateRawSync],
  br: ['br', brotliCompressSync],
  unknown: ['zoo', (body) => body],
  lie: ['gzip', (body) => body],
};

function write(
  { status, headers, body, coding, framing, before }: Answer,
  { socket, request }: Exchange,
): void {
  if (before === 'cut') return void socket.end();
  if (before === 'reset') return void socket.resetAndDestroy();
  if (before === 'nonsense') return void socket.end('nonsense\r\n\r\n');
  if (before === 'a status that is none') return void socket.end('HTTP/1.1 2xx No\r\n\r\n');
  if (before === 'early hints') socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
  const [name, encode] = coding === undefined ? [undefined, (bytes: Buffer) => bytes] : CODED[coding];
  const given = encode(body);
  const isEmpty = request.method === 'HEAD' || status === 204 || status === 304;
  const sent = isEmpty ? Buffer.alloc(0) : given;
  const all = [...headers, ...(name === undefined ? [] : [['Content-Encoding', name] as const])];
  if (isEmpty) return void socket.write(httpAnswer(status, [...all, ['Content-Length', '0']]));
  const chunk = (bytes: Buffer) =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
  const chunked = [...all, ['Transfer-Encoding', 'chunked'] as const];
  switch (framing) {
    case 'length':
      return void socket.write(httpAnswer(status, all, sent));
    case 'chunked':
      socket.write(httpAnswer(status, chunked));
      if (sent.length > 0) socket.write(chunk(sent));
      return void socket.write('0\r\n\r\n');
    case 'close':
      return void socket.end(
        Buffer.concat([
          httpAnswer(status, [...all, ['Connection', 'close'], ['Transfer-Encoding', 'identity']]),
          sent,
        ]),
      );
    case 'cut':
      return void socket.end(httpAnswer(status, [...all, ['Content-Length', String(sent.length + 5)]], sent));
    case 'cut chunk':
      return void socket.end(Buffer.concat([httpAnswer(status, chunked), Buffer.from('ff\r\n'), sent]));
    default:
      return void socket.end(Buffer.concat([httpAnswer(status, chunked), Buffer.from('zz\r\n'), sent]));
  }
}

/** What the bank was sent, without what each client may say in its own way: the order, and whether it keeps the connection. */
function shownRequest({ method, path, headers, body }: RawRequest): unknown {
  const { connection: _, host, authorization, ...rest } = headers;
  return { method, path, body, host, hasToken: /^Bearer /.test(authorization ?? ''), headers: rest };
}

async function shownData(data: any): Promise<unknown> {
  if (typeof data?.pipe !== 'function') return Buffer.isBuffer(data) ? `bytes ${data.toString('hex')}` : data;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of data) chunks.push(Buffer.from(chunk));
  } catch (error) {
    // How much of it was read before is a matter of packets.
    const { code, message } = error as AxiosError;
    return { code, message };
  }
  return `stream ${Buffer.concat(chunks).toString('hex')}`;
}

const configured = (config: any) => Object.keys(config ?? {}).sort();

async function outcomeOf(app: BankApp, config: AxiosRequestConfig): Promise<unknown> {
  raw.requests.length = 0;
  const call = firstValueFrom(app.http.request({ ...config }));
  const outcome = await call.then(
    async (response) => ({
      status: response.status,
      statusText: response.statusText,
      headers: { ...(response.headers as object) },
      data: await shownData(response.data),
      request: response.request,
      config: configured(response.config),
      report: bankCallOf(response),
    }),
    async (error: AxiosError) => ({
      isAxios: error instanceof AxiosError,
      name: error.name,
      code: error.code,
      message: error.message,
      status: error.response?.status,
      headers: error.response && { ...(error.response.headers as object) },
      data: await shownData(error.response?.data),
      request: error.request,
      config: configured(error.config),
      report: bankCallOf(error),
      repeatable: isSafeToRepeat(error),
    }),
  );
  const { waitedForToken: __, ...report } = (outcome.report ?? {}) as unknown as Record<string, unknown>;
  return { ...outcome, report, sent: raw.requests.map(shownRequest) };
}

test('a call by the engine is sent, answered, refused and reported as it is by axios’ own adapter', async () => {
  await Promise.all([stock, byEngine].map(({ tokens }) => tokens.getAccessToken()));
  await fc.assert(
    fc.asyncProperty(requests, answers, async (given, made) => {
      // Of two things that are wrong with an answer, either may be found first.
      const isBroken = !['length', 'chunked', 'close'].includes(made.framing);
      const config = isBroken ? { ...given, maxContentLength: 5_000 } : given;
      const answer = isBroken && made.coding === 'lie' ? { ...made, coding: undefined } : made;
      raw.onRequest = (exchange) => write(answer, exchange);
      const expected = await outcomeOf(stock, config);
      expect(await outcomeOf(byEngine, config)).toEqual(expected);
    }),
    replayable('FUZZ', 60),
  );
  expect(sentByEngine).toBeGreaterThan(15);
});
