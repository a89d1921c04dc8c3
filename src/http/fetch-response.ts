import type { Readable } from 'node:stream';
import type { UnderlyingByteSource, UnderlyingSource } from 'node:stream/web';
import { AxiosError, type AxiosResponse } from 'axios';
import { answerTooLong, bankSilent } from './http.messages.js';

/** The facts of a call that the reading of its answer depends on. */
export interface AnsweredCall {
  readonly method: string;
  readonly url: URL;
  /** The most bytes of an unpacked answer; undefined is no limit. */
  readonly most: number | undefined;
  /** Milliseconds in which the next bytes must come; 0 is no limit. */
  readonly idle: number;
  /** Makes the error of the body. */
  readonly failure: (error: unknown) => unknown;
}

/** The statuses without a body (RFC 9110), even if the headers announce one. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** The answer as a `Response`. */
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

/** The status for the constructor, which like HTTP knows none above 599, although a bank may answer with one. */
function knownStatus(status: number): number {
  return status >= 200 && status <= 599 ? status : 500;
}

/** Frees the connection of an answer without a body for the next call, unless unwanted bytes may follow (205). */
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

/** Appends a header. An invalid one, which only a mock can send, is omitted: the call has been answered. */
function append(headers: Headers, name: string, value: string): void {
  try {
    headers.append(name, value);
  } catch {
    // The header is omitted.
  }
}

function withoutHash({ href, hash }: URL): string {
  return href.slice(0, href.length - hash.length);
}

/** Sets members that only Node's own `fetch` can set otherwise, on a response and its clones. */
function shownAs(response: Response, members: Readonly<Record<string, unknown>>): Response {
  const { clone } = response;
  const all = { ...members, clone: () => shownAs(clone.call(response), members) };
  for (const [name, value] of Object.entries(all)) {
    Object.defineProperty(response, name, { value, configurable: true, writable: true });
  }
  return response;
}

/** Unread bodies, whose connections are released when no reference to the body is left. */
const unread = new FinalizationRegistry<Readable>((source) => void source.destroy());

/**
 * The most bytes of a body that are read at once. Often the caller does not read the body, above all of a failure: a
 * shorter body then frees its connection for the next call, and leaves no listener on the caller's signal.
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
        // A copy: Node's buffer is shared, and cannot be transferred.
        controller.enqueue(new Uint8Array(value));
      } catch (error) {
        source.destroy();
        controller.error(failure(error));
      }
    },
    cancel: () => void source.destroy(),
  };
  // The types of the global constructor lack byte streams.
  const stream = new ReadableStream(bytes as unknown as UnderlyingSource<Uint8Array>, {
    highWaterMark: READ_AT_ONCE,
  });
  unread.register(stream, source);
  return stream;
}

/** Limits the wait for the next bytes: a bank may stop in the middle of an answer. */
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

/** The error with axios' own message and code. */
function tooLong(most: number): AxiosError {
  return new AxiosError(answerTooLong(most), AxiosError.ERR_BAD_RESPONSE);
}
