import { Readable } from 'node:stream';
import { AxiosError } from 'axios';
import { throwIfAborted } from './fetch-failure.js';
import { BODY_USED, NO_BYTES, timedOut } from './http.messages.js';

/**
 * The most bytes of a `Request` that are read before it is sent: a `Request` does not show whether its body was a
 * string or a stream. A body that ends within is sent with its length, and can be sent again after a refused token.
 */
export const MOST_READ_FIRST = 1_048_576;

/**
 * The body of a request as axios sends it: bytes if they are known, else a stream, which is never sent twice.
 * @param given the body in the caller's `init`, if there is one
 * @param limits the ends of the reading: the signal, and for the body of a `Request` a time-out in milliseconds
 */
export async function sentBody(
  request: Request,
  given: unknown,
  { signal, timeout }: { readonly signal: AbortSignal | undefined; readonly timeout: number },
): Promise<Buffer | Readable | undefined> {
  const { body } = request;
  if (body === null) return undefined;
  // The rest of the body would be sent as if it were all of it.
  if (request.bodyUsed) throw new TypeError(BODY_USED);
  const reader = body.getReader();
  const cancel = (reason: unknown) => void reader.cancel(reason).catch(() => undefined);
  const abort = () => cancel(signal?.reason);
  signal?.addEventListener('abort', abort);
  let late: AxiosError | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    throwIfAborted(signal);
    if (isStreaming(given)) return new WebReadable(reader);
    if (!isWanted(given) && timeout > 0) {
      timer = setTimeout(() => {
        late = new AxiosError(timedOut(timeout), AxiosError.ECONNABORTED);
        cancel(late);
      }, timeout);
    }
    const { chunks, isWhole } = await readFirst(reader, isWanted(given) ? undefined : MOST_READ_FIRST);
    throwIfAborted(signal);
    if (late !== undefined) throw late;
    return isWhole ? Buffer.concat(chunks) : new WebReadable(reader, chunks);
  } catch (error) {
    cancel(signal?.aborted ? signal.reason : error);
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** Reads to the end, or until it has more than `most` bytes. */
async function readFirst(
  reader: Reader,
  most = Number.POSITIVE_INFINITY,
): Promise<{ readonly chunks: Uint8Array[]; readonly isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length <= most) {
    const { done, value } = await reader.read();
    if (done) return { chunks, isWhole: true };
    chunks.push(bytesIn(value));
    length += value.byteLength;
  }
  return { chunks, isWhole: false };
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** A web stream as a Node stream. Destroying it cancels the web stream at once, also while a read is pending. */
class WebReadable extends Readable {
  readonly #reader: Reader;
  readonly #first: Uint8Array[];

  constructor(reader: Reader, first: readonly Uint8Array[] = []) {
    super();
    this.#reader = reader;
    this.#first = [...first];
  }

  override _read(): void {
    const first = this.#first.shift();
    if (first !== undefined) {
      this.push(first);
      return;
    }
    this.#reader.read().then(
      ({ done, value }) => this.#take(done ? undefined : value),
      (error: Error) => void this.destroy(error),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#reader.cancel(error ?? undefined).catch(() => undefined);
    done(error);
  }

  #take(chunk: unknown): void {
    try {
      const bytes = chunk === undefined ? null : bytesIn(chunk);
      // Node would not read on after an empty chunk.
      if (bytes?.byteLength === 0) this._read();
      else this.push(bytes);
    } catch (error) {
      this.destroy(error as Error);
    }
  }
}

/** @throws TypeError as `fetch` does if a stream yields anything but bytes */
function bytesIn(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError(NO_BYTES);
}

/** Whether the caller's `init` has a body. */
function isWanted(given: unknown): boolean {
  return given !== undefined && given !== null;
}

/** Whether a body is a web stream, or an async iterable, which Node's `fetch` reads piece by piece too. */
export function isStreaming(given: unknown): boolean {
  return (
    typeof given === 'object' &&
    given !== null &&
    (given instanceof ReadableStream || Symbol.asyncIterator in given)
  );
}
