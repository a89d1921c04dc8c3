import { Readable } from 'node:stream';

/** The beginning of a stream, and a stream of the same kind that begins with it again. */
export interface Peeked {
  /** All bytes of the stream, if it ended without an error within the limit. */
  readonly whole: Buffer | undefined;
  readonly stream: Readable | ReadableStream;
}

/**
 * Reads a stream up to a limit without taking anything from a later reader: bytes, end and error come again,
 * in that order. The given stream must no longer be used.
 * @param limit the limit in bytes
 * @param signal ends the reading, and the stream
 */
export async function peekStream(
  stream: Readable | ReadableStream,
  limit: number,
  signal?: AbortSignal,
): Promise<Peeked> {
  const source = stream instanceof Readable ? nodeSource(stream) : webSource(stream);
  const read: Promise<IteratorResult<Uint8Array>>[] = [];
  const chunks: Uint8Array[] = [];
  let size = 0;
  signal?.addEventListener('abort', source.end);
  let whole: Buffer | undefined;
  try {
    while (size <= limit && whole === undefined) {
      const result = source.next();
      read.push(result);
      const { done, value } = await result;
      if (done === true) whole = Buffer.concat(chunks);
      else chunks.push(value);
      size += value?.byteLength ?? 0;
    }
  } catch {
    // The next reader gets the error again.
  } finally {
    signal?.removeEventListener('abort', source.end);
  }
  const again = {
    [Symbol.asyncIterator]: () => again,
    next: () => read.shift() ?? source.next(),
    return: async () => {
      source.end();
      return NOTHING_MORE;
    },
  };
  return {
    whole,
    stream:
      stream instanceof Readable ? Readable.from(again, { objectMode: false }) : ReadableStream.from(again),
  };
}

const NOTHING_MORE = { done: true, value: undefined } as const;

interface Source {
  next(): Promise<IteratorResult<Uint8Array>>;
  /** Discards the rest at once, even while a read is pending. */
  end(): void;
}

function nodeSource(stream: Readable): Source {
  const iterator = stream[Symbol.asyncIterator]();
  return {
    next: () => iterator.next(),
    end: () => void stream.destroy(),
  };
}

function webSource(stream: ReadableStream): Source {
  const reader = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<Uint8Array>>,
    end: () => void reader.cancel().catch(() => undefined),
  };
}
