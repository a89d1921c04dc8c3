import { AxiosHeaders, type InternalAxiosRequestConfig } from 'axios';
import { BankAuthConfigError, quoted, similarName } from '../errors/index.js';
import { isStreaming, sentBody } from './fetch-body.js';
import {
  atProvider,
  BODY_ITERATED,
  FOLLOWED_REDIRECT,
  fetchRefused,
  misplacedMember,
  misspeltBankAuth,
  NO_OPTIONS,
  NO_REQUEST,
  NO_SIGNAL,
  ODD_BODY,
  ODD_HEADER,
  OWN_DISPATCHER,
  UNCHECKED_INTEGRITY,
} from './http.messages.js';
import { parsedUrl } from './origin-guard.js';
import { own } from './own-members.js';
import { type BankAuthRequestOptions, checkRequestOptions } from './request-options.js';

export type BankFetchInput = string | URL | Request;
export type BankFetchInit = RequestInit & { bankAuth?: BankAuthRequestOptions };

/** A call by `fetch`, read once. */
export interface FetchCall {
  /** The URL that the caller gave. */
  readonly url: string;
  /** The base of a relative URL; undefined for an absolute URL. */
  readonly baseURL: string | undefined;
  readonly request: Request;
  /** The body in the caller's `init`. */
  readonly body: unknown;
  readonly signal: AbortSignal | undefined;
  readonly bankAuth: BankAuthRequestOptions | undefined;
}

/**
 * Reads the arguments of `fetch`, by Node's own rules for requests.
 * @throws BankAuthConfigError before anything is sent, for options that would not do what the caller expects
 * @throws TypeError for invalid arguments
 */
export function fetchCall(
  { provider, apiBaseUrl }: { readonly provider: string; readonly apiBaseUrl: string },
  input: BankFetchInput,
  options: BankFetchInit | null | undefined,
): FetchCall {
  const init = options ?? {};
  if (typeof init !== 'object' && typeof init !== 'function')
    throw new TypeError(atProvider(provider, NO_OPTIONS));
  const given = input instanceof Request ? input : undefined;
  checkMembers(
    provider,
    init,
    saidBy<RequestInit, 'redirect'>(init, 'redirect') === 'follow' && !(init instanceof Request),
  );
  // Generated clients (openapi-fetch) put options that they do not know into the `Request`.
  if (given !== undefined) checkMembers(provider, given, false);
  const bankAuth = bankAuthOf(provider, given, init);
  const url = given?.url ?? urlOf(input);
  const request = requestOf(provider, given, init);
  const said = saidBy(init, 'signal');
  const signal = said === undefined ? given?.signal : (said ?? undefined);
  if (signal !== undefined && typeof signal.addEventListener !== 'function') {
    throw new TypeError(atProvider(provider, NO_SIGNAL));
  }
  const baseURL = parsedUrl(url) === undefined ? apiBaseUrl : undefined;
  return { url, baseURL, request, body: saidBy(init, 'body'), signal, bankAuth };
}

/** The same call as the configuration that axios passes to an adapter. */
export async function axiosConfig(
  { url, baseURL, request, body, signal, bankAuth }: FetchCall,
  timeout: number,
): Promise<InternalAxiosRequestConfig> {
  const headers = new AxiosHeaders({ Accept: '*/*' });
  for (const [name, value] of request.headers) headers.set(name, value);
  return {
    url,
    baseURL,
    method: request.method,
    headers,
    data: await sentBody(request, body, { signal, timeout }),
    responseType: 'stream',
    timeout,
    maxRedirects: 0,
    signal,
    bankAuth,
  };
}

/** Refuses options that would change the request if they were applied, and mislead the caller if they were ignored. */
function checkMembers(provider: string, options: object, follows: boolean): void {
  const problem =
    problemOfNames(options) ??
    (follows ? FOLLOWED_REDIRECT : undefined) ??
    (own(options as { dispatcher?: unknown }, 'dispatcher') === undefined ? undefined : OWN_DISPATCHER) ??
    (saidBy<RequestInit, 'integrity'>(options, 'integrity') ? UNCHECKED_INTEGRITY : undefined);
  if (problem !== undefined) {
    throw new BankAuthConfigError(fetchRefused(provider, problem), { provider });
  }
}

/** A misspelt merchant must not become the provider's own credentials. */
function problemOfNames(options: object): string | undefined {
  for (const name of Object.keys(options)) {
    if (name === 'merchant' || name === 'replay') return misplacedMember(name);
    if (name !== 'bankAuth' && similarName(name, ['bankAuth']) !== undefined) {
      return misspeltBankAuth(quoted(name.slice(0, 40)));
    }
  }
  return undefined;
}

/** The `bankAuth` of a call: a member in `init` wins over the same member in the request. */
function bankAuthOf(
  provider: string,
  request: Request | undefined,
  init: BankFetchInit,
): BankAuthRequestOptions | undefined {
  const all = [request, init]
    .map((from) => from && saidBy<BankFetchInit, 'bankAuth'>(from, 'bankAuth'))
    .filter((options) => options !== undefined);
  for (const options of all) checkRequestOptions(provider, options);
  return all.length === 0 ? undefined : Object.assign({}, ...all);
}

/** @throws TypeError for a value that `fetch` would convert to a string: it would be sent to the bank as a path */
function urlOf(input: unknown): string {
  if (typeof input === 'string') return input;
  const { href } = (input ?? {}) as { href?: unknown };
  if (typeof href === 'string') return href;
  throw new TypeError(NO_REQUEST);
}

/** A placeholder for the URL, which may be relative; nothing is ever sent there. */
const NOWHERE = 'http://request.invalid/';

/** Set for each request: Node copies options to an object that inherits from a possibly polluted Object.prototype. */
const UNSAID = {
  method: 'GET',
  headers: [] as [string, string][],
  redirect: 'follow',
  body: null,
  signal: null,
} as const;

/** @throws TypeError as `fetch` does, but without the value of a header */
function requestOf(provider: string, given: Request | undefined, init: BankFetchInit): Request {
  const said: Record<string, unknown> = Object.create(null);
  for (const name of ['method', 'headers', 'body', 'redirect', 'duplex'] as const) {
    const value = saidBy(init as RequestInit & { duplex?: never }, name);
    if (value !== undefined) said[name] = name === 'headers' ? headersOf(provider, value) : value;
  }
  if (given !== undefined && Object.keys(said).length === 0) return given;
  const { body } = said;
  if (becomesString(body)) throw new TypeError(atProvider(provider, ODD_BODY));
  if (isIterator(body) && iterated.has(body)) throw new TypeError(atProvider(provider, BODY_ITERATED));
  const { method, headers, redirect } = given ?? UNSAID;
  const request = new Request(given ?? NOWHERE, {
    ...UNSAID,
    method,
    headers,
    redirect,
    ...said,
  } as RequestInit);
  if (isIterator(body)) iterated.add(body);
  return request;
}

/** Whether `fetch` would send a body as "[object Object]" or the like, such as a payment that was not made JSON. */
function becomesString(body: unknown): boolean {
  if (typeof body === 'function') return true;
  if (typeof body !== 'object' || body === null || body instanceof String) return false;
  if (isStreaming(body)) return false;
  // `fetch` itself decides which forms and files it supports. The types of files are in lower case.
  const { headers } = new Request(NOWHERE, { ...UNSAID, method: 'POST', body } as RequestInit);
  return headers.get('content-type') === 'text/plain;charset=UTF-8';
}

/** Iterators that a request has read: they would now yield an empty body, which a bank may take for a valid one. */
const iterated = new WeakSet<object>();

function isIterator(body: unknown): body is object {
  return (
    typeof body === 'object' &&
    body !== null &&
    Symbol.asyncIterator in body &&
    typeof (body as { next?: unknown }).next === 'function'
  );
}

function headersOf(provider: string, given: unknown): Headers {
  try {
    return new Headers(given as ConstructorParameters<typeof Headers>[0]);
  } catch {
    throw new TypeError(atProvider(provider, ODD_HEADER));
  }
}

/** A member of the caller's options, which may be of a class, but never a member of a polluted Object.prototype. */
function saidBy<T extends object, K extends keyof T>(init: T, name: K): T[K] | undefined {
  return name in Object.prototype ? own(init, name) : init[name];
}
