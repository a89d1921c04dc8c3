import { getEventListeners, once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { peekStream } from '../../../src/http/peeked-stream.js';
import { rejection } from '../../support/authorised-calls.harness.js';

/** A stream of each kind that gives these chunks, and then ends or fails. */
const kinds: [string, (chunks: readonly string[], failure?: Error) => Readable | ReadableStream][] = [
  ['a stream of Node', (chunks, failure) => Readable.from(sequence(chunks, failure), { objectMode: false })],
  ['a web stream', (chunks, failure) => ReadableStream.from(sequence(chunks, failure))],
];

async function* sequence(chunks: readonly string[], failure?: Error) {
  for (const chunk of chunks) yield Buffer.from(chunk);
  if (failure !== undefined) throw failure;
}

async function textOf(stream: Readable | ReadableStream): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe.each(kinds)('peekStream() of %s', (_kind, make) => {
  test('returns all of one as long as the limit, and leaves all of it to be read', async () => {
    const given = make(['{"code"', ':"001"}']);
    const { whole, stream } = await peekStream(given, 14);
    expect(whole?.toString()).toBe('{"code":"001"}');
    expect(stream instanceof Readable).toBe(given instanceof Readable);
    expect(await textOf(stream)).toBe('{"code":"001"}');
  });

  test('returns an empty one', async () => {
    const { whole, stream } = await peekStream(make([]), 100);
    expect(whole).toHaveLength(0);
    expect(await textOf(stream)).toBe('');
  });

  test('reads no more than the limit and one chunk, and passes the rest on', async () => {
    let given = 0;
    const endless = (async function* () {
      for (;;) {
        given += 1;
        yield Buffer.from('x'.repeat(10));
      }
    })();
    const { whole, stream } = await peekStream(
      make([]) instanceof Readable
        ? Readable.from(endless, { objectMode: false, highWaterMark: 1 })
        : ReadableStream.from(endless),
      25,
    );
    expect(whole).toBeUndefined();
    expect(given).toBeLessThan(8);
    let length = 0;
    for await (const chunk of stream) {
      length += chunk.length;
      if (length >= 200) break;
    }
    expect(length).toBeGreaterThanOrEqual(200);
  });

  test('ends with its signal, and releases a stream that has stalled', async () => {
    const source = new PassThrough();
    source.write('x');
    const given = make([]) instanceof Readable ? source : Readable.toWeb(source);
    const controller = new AbortController();
    const peeking = peekStream(given as Readable, 100, controller.signal);
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await peeking;
    await (source.destroyed || once(source, 'close'));
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  test('passes an error on after the bytes before it', async () => {
    const failure = new Error('cut');
    const { whole, stream } = await peekStream(make(['abc'], failure), 100);
    expect(whole).toBeUndefined();
    const seen: Uint8Array[] = [];
    const error = await rejection(
      (async () => {
        for await (const chunk of stream) seen.push(chunk);
      })(),
    );
    expect(error).toBe(failure);
    expect(Buffer.concat(seen).toString()).toBe('abc');
  });
});

describe('the stream after a peek', () => {
  test('is one of bytes, of which any number can be read', async () => {
    const { stream } = await peekStream(Readable.from([Buffer.from('ab'), Buffer.from('cde')]), 100);
    const bytes = stream as Readable;
    let read: Buffer | null = null;
    for (read = bytes.read(4); read === null; read = bytes.read(4)) await once(bytes, 'readable');
    expect(read.toString()).toBe('abcd');
  });

  test('destroys its source at once, though it is unread and has stalled', async () => {
    const source = new PassThrough();
    source.write('x'.repeat(20));
    const { stream } = await peekStream(source, 10);
    (stream as Readable).destroy();
    await once(source, 'close');

    let canceled = false;
    const web = new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.from('x'.repeat(20))),
      cancel: () => {
        canceled = true;
      },
    });
    const peeked = await peekStream(web, 10);
    await (peeked.stream as ReadableStream).cancel();
    expect(canceled).toBe(true);
  });

  test('destroys its source while it waits for a chunk', async () => {
    const source = new PassThrough();
    source.write('x'.repeat(20));
    const { stream } = await peekStream(source, 10);
    const reading = stream as Readable;
    reading.resume();
    await once(reading, 'data');
    reading.destroy();
    await once(source, 'close');
    expect(source.destroyed).toBe(true);
  });
});
