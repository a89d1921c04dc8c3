import { AsyncLocalStorage } from 'node:async_hooks';
import { PassThrough, Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { AxiosHeaders } from 'axios';
import { decoded, decoders, EngineBody, limited } from '../../../src/http/engine-body.js';
import { rejection, request } from '../../support/authorised-calls.harness.js';
import { NotedControl } from '../../support/engine-calls.js';

const PLAIN = Buffer.from('{"status":"paid","amount":100}'.repeat(20));

const coded = (coding: string | undefined) =>
  Object.assign(new AxiosHeaders(), { 'content-encoding': coding });

/** What is read of a body that comes in these chunks, in this coding. */
async function read(coding: string | undefined, chunks: readonly Buffer[]): Promise<string> {
  const body = new EngineBody(new NotedControl());
  const stream = decoded(body, decoders(coded(coding)));
  const whole = text(stream);
  for (const chunk of chunks) body.arrive(chunk);
  body.complete();
  return await whole;
}

/** Byte by byte. */
const pieces = (bytes: Buffer): Buffer[] => Array.from(bytes, (byte) => Buffer.from([byte]));

describe('a body', () => {
  const codings: [name: string, packed: Buffer][] = [
    ['gzip', gzipSync(PLAIN)],
    ['x-gzip', gzipSync(PLAIN)],
    ['compress', gzipSync(PLAIN)],
    ['x-compress', deflateSync(PLAIN)],
    ['GZip', gzipSync(PLAIN)],
    ['deflate', deflateSync(PLAIN)],
    ['deflate', deflateRawSync(PLAIN)],
    ['Deflate', deflateRawSync(PLAIN, { level: 0 })],
    ['br', brotliCompressSync(PLAIN)],
  ];

  test.each(codings)('in the coding %s is unpacked, in whatever pieces it comes', async (name, packed) => {
    expect(await read(name, [packed])).toBe(PLAIN.toString());
    expect(await read(name, pieces(packed))).toBe(PLAIN.toString());
  });

  test.each([
    ['gzip', gzipSync(PLAIN).subarray(0, -8)],
    ['deflate', deflateSync(PLAIN).subarray(0, -4)],
    ['br', brotliCompressSync(Buffer.concat([PLAIN, PLAIN])).subarray(0, -1)],
  ])('in the coding %s whose end is missing is what came of it', async (name, packed) => {
    const came = await read(name, [packed]);
    expect(came).not.toBe('');
    expect(`${PLAIN}${PLAIN}`.startsWith(came)).toBe(true);
  });

  test.each(['identity', 'zstd', 'gzip, gzip', '', undefined])(
    'in the coding %j stays as it came',
    async (name) => {
      expect(decoders(coded(name))).toBeUndefined();
      expect(await read(name, [PLAIN])).toBe(PLAIN.toString());
    },
  );

  test('holds its connection back until it is read, and lets it go on then', async () => {
    const control = new NotedControl();
    const body = new EngineBody(control);
    body.arrive(Buffer.from('a'));
    expect(control.calls).toEqual([]);
    body.arrive(Buffer.alloc(100_000));
    expect(control.calls).toEqual(['pause']);
    const whole = buffer(body);
    body.complete();
    expect(await whole).toHaveLength(100_001);
    expect(control.calls).toContain('resume');
    expect(control.aborted).toEqual([]);
  });

  test('that its reader destroys ends its connection, for the reason of the reader', () => {
    const [control, other] = [new NotedControl(), new NotedControl()];
    const reason = new Error('enough');
    new EngineBody(control).on('error', () => undefined).destroy(reason);
    new EngineBody(other).destroy();
    expect(control.aborted).toEqual([reason]);
    expect(other.aborted).toEqual([new Error('aborted')]);
  });

  test('that is whole, or cut, has no connection any more that it could end', async () => {
    const [control, other] = [new NotedControl(), new NotedControl()];
    const whole = new EngineBody(control);
    whole.complete();
    whole.destroy();
    expect(control.aborted).toEqual([]);

    const cut = new EngineBody(other);
    cut.arrive(Buffer.from('a'));
    const failed = rejection(text(cut));
    cut.cut();
    expect(await failed).toMatchObject({ code: 'ECONNRESET', message: 'aborted' });
    expect(other.aborted).toEqual([]);
  });

  test('is read in the context of the call, not in that of its connection', async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const note = () => void seen.push(context.getStore());
    const made = () => {
      const body = new EngineBody(new NotedControl());
      body.on('data', note).on('error', note).on('end', note);
      return body;
    };
    const [whole, cut] = context.run('the call', () => [made(), made()]);
    await new Promise((resolve) => setImmediate(resolve));
    await context.run('the connection', async () => {
      for (const body of [whole, cut]) body?.arrive(Buffer.from('a'));
      whole?.complete();
      cut?.cut();
      await new Promise((resolve) => setImmediate(resolve));
    });
    expect(seen).toEqual(['the call', 'the call', 'the call', 'the call']);
  });
});

describe('limited()', () => {
  const config = request();

  test.each([undefined, -1, -5, Number.NaN])('leaves a stream as it is where the limit is %p', (most) => {
    const source = new PassThrough();
    expect(limited(source, most, config)).toBe(source);
  });

  test('lets through as many bytes as the limit, also none', async () => {
    expect(await text(limited(Readable.from(['ab', 'c'], { objectMode: false }), 3, config))).toBe('abc');
    expect(await text(limited(Readable.from([]), 0, config))).toBe('');
  });

  test.each([0, 2])(
    'fails with the error of axios, and ends its source, at one byte more than %i',
    async (most) => {
      const source = new PassThrough();
      for (let sent = 0; sent <= most; sent += 1) source.write('x');
      const error = await rejection(text(limited(source, most, config)));
      expect(error).toMatchObject({
        isAxiosError: true,
        code: 'ERR_BAD_RESPONSE',
        message: `maxContentLength size of ${most} exceeded`,
        config,
      });
      expect(source.destroyed).toBe(true);
    },
  );
});
