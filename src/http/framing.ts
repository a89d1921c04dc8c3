import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { AxiosHeaders, type InternalAxiosRequestConfig } from 'axios';
import type { AccessToken } from '../token/index.js';
import { lowerCased } from './header-names.js';
import { lengthMismatch } from './http.messages.js';

/** axios' own class, which is a type in one of its two builds only. */
type Headers = InternalAxiosRequestConfig['headers'];

/**
 * Headers of one connection, which a caller may not set: code that forwards all headers of its request forwards these
 * too, although they concern another connection (RFC 9110 §7.6.1). With a length or a coding that is not the body's,
 * the bank takes a part of one request for another request, and the next call gets the answer to that part.
 */
const OF_ONE_CONNECTION = [
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  // A bank that refuses because of it may leave the body in the connection (RFC 9110 §10.1.1).
  'expect',
];

/** @param name in lower case */
function isOfOneConnection(name: string): boolean {
  return OF_ONE_CONNECTION.includes(name);
}

/**
 * A caller's headers with the token's, and without headers that a caller may not set: the host, which would choose the
 * server and the certificate, and headers of one connection. The length of a stream stays: only its owner knows it.
 */
export function headersWithToken(
  given: Headers,
  token: Pick<AccessToken, 'headers'>,
  { streams }: { readonly streams: boolean },
): Headers {
  const headers = new AxiosHeaders() as Headers;
  const ofToken = Object.keys(token.headers);
  const tokenNames = ofToken.map(lowerCased);
  for (const name of Object.keys(given ?? {})) {
    const lower = lowerCased(name);
    // axios itself has to interpret such a name.
    if (lower === undefined || name in headers) return mergedByAxios(given, token, { streams });
    if (tokenNames.includes(lower) || !isForCaller(lower, given[name], streams)) continue;
    // Assigned without axios' search for a header of the same name: there is none.
    headers[name] = given[name];
  }
  for (const name of ofToken) headers[name] = token.headers[name];
  return headers;
}

/**
 * Whether a header of a caller may be sent.
 * @param name in lower case
 */
export function isForCaller(name: string, value: unknown, streams: boolean): boolean {
  if (name === 'host' || isOfOneConnection(name)) return false;
  // Intermediaries would remove the headers that `Connection` names.
  if (name === 'connection') return /^close$/i.test(String(value));
  return name !== 'content-length' || (streams && /^\d{1,15}$/.test(String(value)));
}

function mergedByAxios(
  given: Headers,
  token: Pick<AccessToken, 'headers'>,
  { streams }: { readonly streams: boolean },
): Headers {
  const headers = new AxiosHeaders(given) as Headers;
  for (const name of ['host', ...OF_ONE_CONNECTION, 'connection', 'content-length'])
    if (!isForCaller(name, headers.get(name), streams)) headers.delete(name);
  for (const [name, value] of Object.entries(token.headers)) headers.set(name, value, true);
  return headers;
}

/** The object with which axios sends a request. */
interface Sender {
  request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest;
}

/**
 * Holds requests to the length that they announce: with more bytes or fewer, the request fails with an error that says
 * so, and its connection is closed. A body without an announced length is sent in chunks, also with methods for which
 * Node would send it without any framing.
 */
export function strictlyFramed(sender: Sender): Sender {
  const strictly: Sender = {
    request(options, onResponse) {
      const headers = (options.headers ?? {}) as Record<string, unknown>;
      for (const name of Object.keys(headers)) {
        if (name.toLowerCase() === 'transfer-encoding') delete headers[name];
      }
      return strict(sender.request(options, onResponse));
    },
  };
  SENDERS.add(strictly);
  return strictly;
}

const SENDERS = new WeakSet<object>();

/** Whether a sender is of `strictlyFramed`: an adapter of the user may send a configuration of this library again. */
export function isStrictlyFramed(sender: unknown): boolean {
  return typeof sender === 'object' && sender !== null && SENDERS.has(sender);
}

function strict(request: ClientRequest): ClientRequest {
  const write = request.write.bind(request) as (...args: unknown[]) => boolean;
  const end = request.end.bind(request) as (...args: unknown[]) => ClientRequest;
  let written = 0;
  const announced = () => {
    const length = request.getHeader('content-length');
    return length === undefined ? undefined : Number(length);
  };
  const fail = (what: 'longer' | 'shorter') => {
    const message = lengthMismatch(what, announced());
    request.destroy(Object.assign(new Error(message), { code: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH' }));
  };
  const strictWrite = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    if (request.destroyed) return false;
    written += typeof chunk === 'string' ? Buffer.byteLength(chunk, encodingIn(rest)) : chunk.byteLength;
    const length = announced();
    if (length !== undefined && written > length) {
      fail('longer');
      return false;
    }
    if (length === undefined && !request.headersSent) request.setHeader('Transfer-Encoding', 'chunked');
    return write(chunk, ...rest);
  };
  const strictEnd = (...args: unknown[]) => {
    const [chunk, ...rest] = args;
    const isLast = typeof chunk === 'string' || chunk instanceof Uint8Array;
    if (isLast) strictWrite(chunk, ...rest.filter((argument) => typeof argument === 'string'));
    if (request.destroyed) return request;
    if (written < (announced() ?? 0)) {
      fail('shorter');
      return request;
    }
    return end(...args.filter((argument) => typeof argument === 'function'));
  };
  return Object.assign(request, { write: strictWrite, end: strictEnd });
}

function encodingIn([encoding]: readonly unknown[]): BufferEncoding | undefined {
  return typeof encoding === 'string' ? (encoding as BufferEncoding) : undefined;
}
