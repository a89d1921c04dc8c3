import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { Redaction, reducedRequest } from '../../../src/http/redaction.js';
import { RequestCancellation } from '../../../src/http/request-cancellation.js';
import { aToken, request } from '../../support/authorised-calls.harness.js';

const TOKEN = 'abc.def+ghi/jkl==';
const MOST = 262_144;
const CUT = `\n[cut: only the first ${MOST} bytes of a failed answer are kept]`;
const COMPRESSED = /^\[redacted: the body is compressed/;
const x = (length: number) => 'x'.repeat(length);

type Headers = Record<string, unknown>;

/** A failed answer as the caller is shown it. */
async function shown(
  data: unknown,
  headers: Headers = {},
  config: Partial<Omit<InternalAxiosRequestConfig, 'headers'>> = {},
): Promise<AxiosResponse> {
  const caller = request(config);
  const reduced = reducedRequest('get', new URL('https://api.bank.example/orders'));
  const answer = { status: 500, statusText: '', headers, data, config: {}, request: {} };
  return new Redaction(caller, reduced, aToken(TOKEN)).response(answer as never);
}

describe('a failed answer that is cut', () => {
  test.each(['é', 'ლ', '\u{1f511}'])('ends with a whole character: %s', async (character) => {
    const size = Buffer.byteLength(character);
    for (let kept = 0; kept <= size; kept++) {
      const before = x(MOST - kept);
      const { data } = await shown(`${before}${character}${x(9)}`);
      expect(data).toBe(`${before}${kept === size ? character : ''}${CUT}`);
    }
  });

  test.each<[string, unknown, (data: never) => Promise<string> | string]>([
    ['a buffer', Buffer.from(x(MOST + 1)), (data: Buffer) => data.toString()],
    [
      'an ArrayBuffer',
      new Uint8Array(Buffer.from(x(MOST + 1))).buffer,
      (data) => Buffer.from(data).toString(),
    ],
    ['a blob', new Blob([x(MOST + 1)]), (data: Blob) => data.text()],
    ['a stream', Readable.from([x(MOST), 'x']), (data) => text(data)],
    ['a stream without an end', Readable.from(endless()), (data) => text(data)],
  ])('says so also as %s', async (_kind, data, read) => {
    expect(await read((await shown(data)).data as never)).toBe(`${x(MOST)}${CUT}`);
  });

  test('is a string where it had been parsed, and an object up to the limit', async () => {
    const { data } = await shown({ t: x(MOST) });
    expect(data).toBe(`{"t":"${x(MOST - 6)}${CUT}`);
    const whole = { t: x(MOST - 8) };
    expect((await shown(whole)).data).toBe(whole);
    const clean = await shown({ t: x(MOST - 8 - TOKEN.length), u: TOKEN });
    expect(clean.data).toMatch(/^\{"t":"x+/);
  });

  test('at a character of several bytes is text though its headers call it compressed', async () => {
    const { data } = await shown(Buffer.from(`${x(MOST)}é`), { 'content-encoding': 'gzip' });
    expect(data.toString()).toBe(`${x(MOST)}${CUT}`);
  });
});

describe('a failed answer with the coding', () => {
  const binary = Buffer.concat([Buffer.from([255, 254]), Buffer.from(TOKEN)]);
  const clean = Buffer.concat([Buffer.from([255, 254]), Buffer.from('[redacted]')]);

  test.each<[Headers, Buffer, Buffer | RegExp]>([
    [{}, binary, clean],
    [{ 'Content-Encoding': ' Identity ' }, binary, clean],
    [{ 'x-coding': 'gzip' }, binary, clean],
    [{ 'CONTENT-ENCODING': 'gzip' }, binary, COMPRESSED],
    [{ 'content-encoding': 'gzip' }, gzipSync(`<${TOKEN}>`), Buffer.from('<[redacted]>')],
    [{ 'content-encoding': 'br' }, brotliCompressSync(`<${TOKEN}>`), Buffer.from('<[redacted]>')],
    [{ 'content-encoding': 'gzip' }, gzipSync(x(MOST)), gzipSync(x(MOST))],
    [{ 'content-encoding': 'gzip' }, gzipSync(x(MOST + 1)), COMPRESSED],
    [{ 'content-encoding': 'gzip' }, gzipSync(Buffer.from([255, 254])), COMPRESSED],
  ])('%j is searched without it', async (headers, data, expected) => {
    const { data: found } = await shown(data, headers);
    if (expected instanceof RegExp) expect(found.toString()).toMatch(expected);
    else expect(found).toEqual(expected);
  });
});

test('a failed answer that is cut between two compressed parts shows no beginning of a secret', async () => {
  const half = TOKEN.slice(0, 9);
  const pack = (length: number) => gzipSync(`${x(length)}${half}`, { level: 0 });
  let length = MOST - half.length;
  while (pack(length).length > MOST) length -= 1;
  const first = pack(length);
  expect(first).toHaveLength(MOST);
  const whole = Buffer.concat([first, gzipSync(TOKEN.slice(9))]);
  const headers = { 'content-encoding': 'gzip' };
  expect(await text((await shown(Readable.from([whole]), headers)).data)).toMatch(COMPRESSED);
});

describe('the headers of a failed answer', () => {
  const headers = {
    'Content-Length': '99',
    'Content-Encoding': 'gzip',
    'X-Content-Length': '7',
    'X-Content-Encoding': 'none',
    'Content-Length-Hint': '8',
    'Content-Encoding-Hint': 'none',
  };
  const { 'Content-Length': _length, 'Content-Encoding': _coding, ...others } = headers;

  test('have the length of the body that is shown, and not its coding', async () => {
    expect((await shown(`<${TOKEN}>`, headers)).headers).toEqual({ ...others, 'Content-Length': '12' });
    expect((await shown(new Map(), headers)).headers).toEqual({ ...others, 'Content-Length': '0' });
  });

  test('have no length where the body is a stream', async () => {
    expect((await shown(Readable.from([]), headers)).headers).toEqual(others);
  });

  test('are the same object where they say nothing that has changed', async () => {
    for (const same of [others, { ...others, 'content-length': '12' }])
      expect((await shown(`<${TOKEN}>`, same)).headers).toBe(same);
  });
});

test.each<[string, () => unknown, (data: never) => Promise<string> | string]>([
  ['an ArrayBuffer', () => detached().buffer, (data: ArrayBuffer) => `${data.byteLength}`],
  ['a view', detached, (data: Buffer) => `${data.length}`],
  ['a blob', () => Object.assign(new Blob([TOKEN]), { slice: refuse }), (data: Blob) => `${data.size}`],
  ['a stream', lockedStream, async (data) => `${(await text(data)).length}`],
])('%s that cannot be read becomes an empty one', async (_kind, make, sizeOf) => {
  const { data, headers } = await shown(make(), { 'content-length': '9' });
  expect(await sizeOf(data as never)).toBe('0');
  expect(headers).toEqual({ 'content-length': '0' });
});

function* endless() {
  for (;;) yield Buffer.from(x(50_000));
}

function detached(): Uint8Array {
  const bytes = new Uint8Array([1, 2]);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

function refuse(): never {
  throw new Error(TOKEN);
}

function lockedStream(): ReadableStream {
  const stream = new ReadableStream();
  stream.getReader();
  return stream;
}

describe.each<[string, (first: string) => { data: unknown; isLetGo: () => boolean }]>([
  [
    'a stream of Node',
    (first) => {
      const data = new Readable({ read() {} });
      data.push(first);
      return { data, isLetGo: () => data.destroyed };
    },
  ],
  [
    'a web stream',
    (first) => {
      let isLetGo = false;
      const data = new ReadableStream({
        start: (controller) => controller.enqueue(Buffer.from(first)),
        cancel: () => {
          isLetGo = true;
        },
      });
      return { data, isLetGo: () => isLetGo };
    },
  ],
])('%s of a failed answer that stalls', (_kind, make) => {
  test('ends with what is there when the time-out of the call is over, and is let go of', async () => {
    const { data, isLetGo } = make('no such order');
    const { data: stream } = await shown(data, {}, { timeout: 30 });
    expect(await text(stream)).toBe(`no such order${CUT}`);
    expect(isLetGo()).toBe(true);
  });

  test.each<[string, () => { config: object; cancel: () => void }]>([
    [
      'signal',
      () => {
        const controller = new AbortController();
        return { config: { signal: controller.signal }, cancel: () => controller.abort() };
      },
    ],
    [
      'cancelToken',
      () => {
        const cancellation = new RequestCancellation();
        return { config: { cancelToken: cancellation.token }, cancel: () => cancellation.cancel() };
      },
    ],
  ])('errors where the caller cancels it by its %s, before or while it is read', async (_by, by) => {
    for (const when of ['before the answer', 'while it is read'] as const) {
      const { data, isLetGo } = make('no such order');
      const { config, cancel } = by();
      if (when === 'before the answer') cancel();
      const { data: stream } = await shown(data, {}, config);
      const reading = text(stream);
      if (when === 'while it is read') cancel();
      await expect(reading).rejects.toThrow();
      expect(isLetGo()).toBe(true);
    }
  });
});
