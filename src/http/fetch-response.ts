import type { Readable } from 'node:stream';
import type { UnderlyingByteSource, UnderlyingSource } from 'node:stream/web';
import { AxiosError, type AxiosResponse } from 'axios';
import { answerTooLong, bankSilent } from './http.messages.js';

/** What has to be known of a call to read its answer. */
export interface AnsweredCall {
  readonly method: string;
  readonly url: URL;
  /** Bytes of an answer, unpacked; undefined is no limit. */
  readonly most: number | undefined;
  /** Milliseconds in which the next bytes have to come; 0 is no limit. */
  readonly idle: number;
  /** What the body errors with. */
  readonly failure: (error: unknown) => unknown;
}

/** RFC 9110: these have no body, whatever their headers announce. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** The answer as `fetch` gives it. */
export function fetchResponse(answer: AxiosResponse<Readable>, call: AnsweredCall): Response {
  const { status, data } = answer;
  // An error before the first read would have no listener.
  data.on('error', () => undefined);
  const isEmpty = call.method === 'HEAD' || WITHOUT_BODY.has(status);
  if (isEmpty) letGo(data, status);
  const body = isEmpty ? null : webStream(data, call);
  const head: ResponseInit = Object.create(null);
  const made = new Response(
    body,
    Object.assign(head, { status: knownStatus(status), headers: headersOf(answer) }),
  );
  return shownAs(made, {
    url: withoutHash(call.url),
    type: 'basic',
    statusText: answer.statusText ?? '',
    ...(made.status === status ? {} : { status, ok: false }),
  });
}

/** HTTP knows no status above 599, nor does the constructor; a bank may all the same answer one. */
function knownStatus(status: number): number {
  return status >= 200 && status <= 599 ? status : 500;
}

/** Of an answer without a body, the connection can serve the next call; bytes that come all the same are unwanted. */
function letGo(data: Readable, status: number): void {
  if (status === 205) data.destroy();
  else data.resume();
}

function headersOf({ headers }: AxiosResponse): Headers {
  const made = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const one of [value].flat()) {
      if (one !== undefined && one !== null) append(made, name, String(one));
    }
  }
  return made;
}

/** What no header can hold comes of a mock, and is left out: the call has been answered. */
function append(headers: Headers, name: string, value: string): void {
  try {
    headers.append(name, value);
  } catch {
    // As if it had not been sent.
  }
}

function withoutHash({ href, hash }: URL): string {
  return href.slice(0, href.length - hash.length);
}

/** What only Node's own `fetch` can give a response, also to its clones. */
function shownAs(response: Response, members: Readonly<Record<string, unknown>>): Response {
  const { clone } = response;
  const all = { ...members, clone: () => shownAs(clone.call(response), members) };
  for (const [name, value] of Object.entries(all)) {
    Object.defineProperty(response, name, { value, configurable: true, writable: true });
  }
  return response;
}

/** Unread bodies: their connections are released when no reference to the body is left. */
const unread = new FinalizationRegistry<Readable>((source) => void source.destroy());

/**
 * Bytes. What is shorter is read at once: often the body is unwanted, above all that of a failure, and then its
 * connection can serve the next call and nothing is left on the caller's signal.
 */
const READ_AT_ONCE = 16_384;

function webStream(source: Readable, call: AnsweredCall): ReadableStream<Uint8Array> {
  const { most = Number.POSITIVE_INFINITY, idle, failure } = call;
  const chunks = source[Symbol.asyncIterator]();
  let length = 0;
  const bytes: UnderlyingByteSource = {
    type: 'bytes',
    async pull(controller) {
      try {
        const { done, value } = await within(idle, chunks.next());
        if (done === true) {
          controller.close();
          controller.byobRequest?.respond(0);
          return;
        }
        length += value.byteLength;
        if (length > most) throw tooLong(most);
        // A copy: what Node reads into is shared, and cannot be handed over.
        controller.enqueue(new Uint8Array(value));
      } catch (error) {
        source.destroy();
        controller.error(failure(error));
      }
    },
    cancel: () => void source.destroy(),
  };
  // The types of the global constructor know no streams of bytes.
  const stream = new ReadableStream(bytes as unknown as UnderlyingSource<Uint8Array>, {
    highWaterMark: READ_AT_ONCE,
  });
  unread.register(stream, source);
  return stream;
}

/** A bank that stops in the middle of an answer must not keep its caller waiting for ever. */
async function within<T>(milliseconds: number, next: Promise<T>): Promise<T> {
  if (milliseconds <= 0) return next;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(silent(milliseconds)), milliseconds);
  });
  try {
    return await Promise.race([next, over]);
  } finally {
    clearTimeout(timer);
  }
}

function silent(milliseconds: number): AxiosError {
  return new AxiosError(bankSilent(milliseconds), AxiosError.ECONNABORTED);
}

/** As axios words it. */
function tooLong(most: number): AxiosError {
  return new AxiosError(answerTooLong(most), AxiosError.ERR_BAD_RESPONSE);
}
