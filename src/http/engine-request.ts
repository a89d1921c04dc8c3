import axios, { type InternalAxiosRequestConfig } from 'axios';
import type { BankHttpRequest } from '../engine/index.js';
import type { AccessToken } from '../token/index.js';
import { headersToSend } from './engine-headers.js';
import { own } from './own-members.js';
import { PlainConfig } from './plain-config.js';
import { OutOfSight, type Transport } from './transport.js';

/** Members of a configuration by which an engine sends the same request as axios' own adapter, or that mean nothing to both. */
const KNOWN: ReadonlySet<string> = new Set([
  'adapter',
  'allowAbsoluteUrls',
  'auth',
  'bankAuth',
  'baseURL',
  'cancelToken',
  'data',
  'decompress',
  'env',
  'formSerializer',
  'headers',
  'httpAgent',
  'httpsAgent',
  'maxBodyLength',
  'maxContentLength',
  'maxRedirects',
  'method',
  'params',
  'paramsSerializer',
  'parseReviver',
  'proxy',
  'responseEncoding',
  'responseType',
  'signal',
  'timeout',
  'timeoutErrorMessage',
  'transformRequest',
  'transformResponse',
  'transitional',
  'url',
  'validateStatus',
  'withCredentials',
  'withXSRFToken',
  'xsrfCookieName',
  'xsrfHeaderName',
]);

/** What switches something off, or says nothing, wherever it stands. */
const SAYS_NOTHING: ReadonlySet<unknown> = new Set([undefined, null]);

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** With these a body is unusual, and what stands between takes it for the next request. */
const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const RESPONSE_TYPES: ReadonlySet<unknown> = new Set([
  undefined,
  null,
  '',
  'json',
  'text',
  'arraybuffer',
  'stream',
]);

/** A request that is still axios' own, as far as it concerns an engine. */
export interface EngineCall {
  readonly config: InternalAxiosRequestConfig;
  readonly url: URL;
  readonly method: string;
  readonly data: unknown;
  readonly token: AccessToken;
  readonly transport: Transport;
}

/** What an engine sends, without the way there. */
export type SentRequest = Omit<BankHttpRequest, 'secureContext' | 'proxy'>;

/**
 * The same request for an engine, or the name of what it cannot send the same way as axios' own adapter.
 * @param httpAgent that of the client; a request that has another one uses that
 */
export function engineRequest(call: EngineCall, httpAgent: unknown): SentRequest | string {
  const { config, url, method, transport } = call;
  const odd =
    (PlainConfig.is(config) ? undefined : unknownMember(config)) ??
    oddTransport(transport, httpAgent) ??
    oddValue(config) ??
    (METHODS.has(method) ? undefined : 'method');
  if (odd !== undefined) return odd;
  const body = bodyToSend(call.data);
  if (body === null || (body !== undefined && WITHOUT_BODY.has(method))) return 'data';
  if (body !== undefined && isTooLong(body, own(config, 'maxBodyLength'))) return 'maxBodyLength';
  const path = pathOf(config, url);
  if (path === undefined) return 'params';
  const headers = headersToSend(config.headers, call.token);
  if (headers === undefined) return 'headers';
  return { origin: url.origin, path, method, headers, body };
}

function unknownMember(config: InternalAxiosRequestConfig): string | undefined {
  for (const name in config) {
    if (!KNOWN.has(name) && !SAYS_NOTHING.has((config as object as Record<string, unknown>)[name]))
      return name;
  }
  return undefined;
}

function oddTransport(transport: Transport, httpAgent: unknown): string | undefined {
  if (transport.httpAgent !== httpAgent) return 'httpAgent';
  if (transport.httpsAgent !== undefined) return 'httpsAgent';
  if (transport.proxy) return 'proxy';
  if (transport.trustedProxy) return 'proxy';
  if (OutOfSight.isLost(transport.auth)) return 'auth';
  if (transport.fetchOptions !== undefined) return 'fetchOptions';
  return transport.http2Options === undefined ? undefined : 'http2Options';
}

function oddValue(config: InternalAxiosRequestConfig): string | undefined {
  if (!RESPONSE_TYPES.has(own(config, 'responseType'))) return 'responseType';
  const encoding: unknown = own(config, 'responseEncoding');
  // Null is none that axios can read an answer in.
  if (encoding !== undefined && !Buffer.isEncoding(encoding as string)) return 'responseEncoding';
  const timeout: unknown = own(config, 'timeout');
  if (timeout && !(Number.parseInt(String(timeout), 10) > 0)) return 'timeout';
  // Of a newer axios: another coding than those that are asked for here.
  const transitional = own(config, 'transitional') as Record<string, unknown> | undefined;
  return transitional?.advertiseZstdAcceptEncoding ? 'transitional' : undefined;
}

/** Null for what only axios' own adapter can send, such as a stream or a form. */
function bodyToSend(data: unknown): string | Uint8Array | undefined | null {
  if (data === undefined || data === null || data === '') return undefined;
  if (typeof data === 'string') return data;
  const bytes = data instanceof ArrayBuffer ? Buffer.from(data) : data;
  // An empty one has a length that is said.
  return Buffer.isBuffer(bytes) && bytes.length > 0 ? bytes : null;
}

function isTooLong(body: string | Uint8Array, most = -1): boolean {
  return most > -1 && (typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength) > most;
}

const VISIBLE = /^\/[!-~]*$/;

/** Undefined where axios itself has to say what is wrong with it. */
function pathOf(config: InternalAxiosRequestConfig, { pathname, search }: URL): string | undefined {
  const params: unknown = own(config, 'params');
  let path = pathname + search;
  if (params) {
    try {
      // Not of axios itself, whose defaults are another client's.
      path = uriOf({ url: path, params, paramsSerializer: own(config, 'paramsSerializer') } as never);
    } catch {
      return undefined;
    }
  }
  return VISIBLE.test(path) ? path : undefined;
}

const { Axios } = axios;

function uriOf(config: object): string {
  return new Axios({}).getUri(config);
}
