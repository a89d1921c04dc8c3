import axios, { type InternalAxiosRequestConfig } from 'axios';
import type { BankHttpRequest } from '../engine/index.js';
import type { AccessToken } from '../token/index.js';
import { headersToSend } from './engine-headers.js';
import { own } from './own-members.js';
import { PlainConfig } from './plain-config.js';
import { OutOfSight, type Transport } from './transport.js';

/** The members of a configuration that an engine treats as axios' own adapter does, or that both ignore. */
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

/** The values that leave every member unset or switch it off. */
const SAYS_NOTHING: ReadonlySet<unknown> = new Set([undefined, null]);

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** The methods for which a body is unusual: an intermediary may take it for the next request. */
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

/** The parts of a request of axios that concern an engine. */
export interface EngineCall {
  readonly config: InternalAxiosRequestConfig;
  readonly url: URL;
  readonly method: string;
  readonly data: unknown;
  readonly token: AccessToken;
  readonly transport: Transport;
}

/** The request that an engine sends, without its route. */
export type SentRequest = Omit<BankHttpRequest, 'secureContext' | 'proxy'>;

/**
 * The same request for an engine, or the name of a member that it cannot treat as axios' own adapter does.
 * @param httpAgent the agent of the client; a request with another agent is for axios' own adapter
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
  // axios cannot decode an answer with null.
  if (encoding !== undefined && !Buffer.isEncoding(encoding as string)) return 'responseEncoding';
  const timeout: unknown = own(config, 'timeout');
  if (timeout && !(Number.parseInt(String(timeout), 10) > 0)) return 'timeout';
  // An option of a newer axios, which then asks for one more content coding.
  const transitional = own(config, 'transitional') as Record<string, unknown> | undefined;
  return transitional?.advertiseZstdAcceptEncoding ? 'transitional' : undefined;
}

/** The body; null if only axios' own adapter can send it, such as a stream or a form. */
function bodyToSend(data: unknown): string | Uint8Array | undefined | null {
  if (data === undefined || data === null || data === '') return undefined;
  if (typeof data === 'string') return data;
  const bytes = data instanceof ArrayBuffer ? Buffer.from(data) : data;
  // Empty bytes are for axios' own adapter, which sends their `Content-Length`.
  return Buffer.isBuffer(bytes) && bytes.length > 0 ? bytes : null;
}

function isTooLong(body: string | Uint8Array, most = -1): boolean {
  return most > -1 && (typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength) > most;
}

const VISIBLE = /^\/[!-~]*$/;

/** The path with its query; undefined if axios itself has to report an error in it. */
function pathOf(config: InternalAxiosRequestConfig, { pathname, search }: URL): string | undefined {
  const params: unknown = own(config, 'params');
  let path = pathname + search;
  if (params) {
    try {
      // Not by the global axios, whose defaults belong to another client.
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
