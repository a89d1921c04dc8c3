import { Readable } from 'node:stream';
import { AxiosError } from 'axios';
import { throwIfAborted } from './fetch-failure.js';
import { BODY_USED, NO_BYTES, timedOut } from './http.messages.js';

/**
 * Bytes. A `Request` does not say whether its body was a string or a stream. As much of it as this is read first: what
 * ends within is sent with its length, and can be sent again after a refused token.
 */
export const MOST_READ_FIRST = 1_048_576;

/**
 * The body of a request as axios sends it: bytes where they are known, else a stream, which is never sent twice.
 * @param given the body as the caller gave it beside the request, if it did
 * @param limits what ends the reading: the signal, and of a `Request` these milliseconds, as a call may not wait for ever
 */
export async function sentBody(
  request: Request,
  given: unknown,
  { signal, timeout }: { readonly signal: AbortSignal | undefined; readonly timeout: number },
): Promise<Buffer | Readable | undefined> {
  const { body } = request;
  if (body === null) return undefined;
  // The rest of it would be sent as if it were all.
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

/** Reads to the end, or until there is more than this. */
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

/** A web stream as Node's http client reads it. Ending it cancels the other at once, also while a chunk is waited for. */
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
      // An empty chunk would be taken for a sign to wait.
      if (bytes?.byteLength === 0) this._read();
      else this.push(bytes);
    } catch (error) {
      this.destroy(error as Error);
    }
  }
}

/** @throws TypeError as `fetch` does for a stream of anything but bytes */
function bytesIn(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError(NO_BYTES);
}

/** Whether the caller gave a body beside the request. */
function isWanted(given: unknown): boolean {
  return given !== undefined && given !== null;
}

/** A web stream, or what else Node's `fetch` reads piece by piece. */
export function isStreaming(given: unknown): boolean {
  return (
    typeof given === 'object' &&
    given !== null &&
    (given instanceof ReadableStream || Symbol.asyncIterator in given)
  );
}
