import axios, {
  type AxiosAdapter,
  AxiosHeaders,
  type AxiosInstance,
  type AxiosResponse,
  type CancelToken,
  type InternalAxiosRequestConfig,
} from 'axios';
import { keepReport } from '../reports/index.js';
import { throwIfCanceled } from './call-cancellation.js';
import { type Caller, CallRecord } from './call-record.js';
import { isSentAsItIs, lowerCased } from './header-names.js';
import { MemberSnapshot } from './member-snapshot.js';
import { PlainConfig } from './plain-config.js';

/** axios' own class, which is a type in one of its two builds only. */
type Headers = InternalAxiosRequestConfig['headers'];

/** The parameters of a method of an axios instance. */
interface Shape {
  /** Undefined for `request`, whose configuration has the method. */
  readonly method: string | undefined;
  readonly takesData: boolean;
}

const SHAPES: Readonly<Record<string, Shape>> = {
  request: { method: undefined, takesData: false },
  get: { method: 'get', takesData: false },
  delete: { method: 'delete', takesData: false },
  head: { method: 'head', takesData: false },
  options: { method: 'options', takesData: false },
  post: { method: 'post', takesData: true },
  put: { method: 'put', takesData: true },
  patch: { method: 'patch', takesData: true },
};
const METHODS: ReadonlySet<unknown> = new Set(Object.keys(SHAPES).filter((name) => name !== 'request'));
const WITH_BODY: ReadonlySet<string> = new Set(['post', 'put', 'patch']);

/** One request without unusual options. */
interface PlainRequest {
  method: string;
  url: string;
  data: unknown;
  given: Given;
}

type Given = Readonly<Record<string, unknown>>;

/**
 * Sends requests without axios' own merging of configurations, with the same result, if they have no unusual options
 * and the instance is unchanged: no interceptors, no other defaults, no spies. Merging takes longer than everything
 * else that axios does for such a request.
 */
export class ShortWay {
  readonly #instance: AxiosInstance;
  readonly #adapter: AxiosAdapter;
  readonly #caller: Caller;
  readonly #shapes = new Map<unknown, Shape>();
  readonly #asMade: MemberSnapshot;
  readonly #defaults: Readonly<Record<string, unknown>>;
  readonly #headers: Readonly<Record<string, unknown>>;
  /** The interceptors of the unchanged instance. */
  readonly #ours: readonly unknown[];

  /**
   * @param instance the unchanged instance, with one interceptor, which the short way replaces
   * @param caller the caller of requests that name no merchant
   */
  constructor(instance: AxiosInstance, adapter: AxiosAdapter, caller: Caller) {
    this.#instance = instance;
    this.#adapter = adapter;
    this.#caller = caller;
    this.#asMade = new MemberSnapshot(instance.defaults);
    const { headers, ...defaults } = instance.defaults as unknown as Record<string, Given>;
    for (const name in defaults) if (defaults[name] === undefined) delete defaults[name];
    this.#defaults = Object.freeze(defaults);
    this.#headers = Object.freeze({ ...(headers?.common as object | undefined) });
    this.#ours = handlersOf(instance);
    // Without shapes, the instance sends every request.
    if (!isAxiosOwn(instance)) return;
    for (const [name, shape] of Object.entries(SHAPES))
      this.#shapes.set((instance as unknown as Record<string, unknown>)[name], shape);
  }

  /**
   * @param send a method of the instance
   * @param args its arguments, the configuration last
   * @param cancelToken the token of the request
   * @returns undefined if axios itself has to send the request
   */
  send(
    send: unknown,
    args: readonly unknown[],
    cancelToken: CancelToken,
  ): Promise<AxiosResponse> | undefined {
    const shape = this.#shapes.get(send);
    if (shape === undefined) return undefined;
    const request = plainRequest(shape, args);
    if (request === undefined || !this.#asMade.isUnchanged || !this.#hasOnlyOurs() || isPatched())
      return undefined;
    const record = new CallRecord(this.#caller);
    const config = this.#configOf(request, record, cancelToken);
    if (config === undefined || config.signal?.aborted) return undefined;
    const began = performance.now();
    return this.#adapter(config).then(
      (response) => read({ config, record, began }, response),
      (error: unknown) => readError({ config, record, began }, error),
    );
  }

  #hasOnlyOurs(): boolean {
    const handlers = handlersOf(this.#instance);
    return handlers.length === this.#ours.length && handlers.every((one, at) => one === this.#ours[at]);
  }

  #configOf(
    request: PlainRequest,
    record: CallRecord,
    cancelToken: CancelToken,
  ): InternalAxiosRequestConfig | undefined {
    const { method, url, given } = request;
    const headers = this.#headersOf(given.headers);
    if (headers === undefined) return undefined;
    const config = new PlainConfig(record) as unknown as Record<string, unknown>;
    for (const name in this.#defaults) config[name] = copied(this.#defaults[name]);
    for (const name in given) if (given[name] !== undefined) config[name] = copied(given[name]);
    config.headers = headers;
    config.method = method;
    config.url = url;
    config.allowAbsoluteUrls = true;
    config.cancelToken = cancelToken;
    const made = config as unknown as InternalAxiosRequestConfig;
    return this.#takesBody(made, request.data) ? made : undefined;
  }

  /** The headers; undefined if axios would do more than copy them. */
  #headersOf(given: unknown): Headers | undefined {
    const headers = Object.assign(new AxiosHeaders(), this.#headers) as Headers;
    if (given === undefined) return headers;
    if (!isPlainObject(given)) return undefined;
    const seen: string[] = [];
    for (const [name, value] of Object.entries(given)) {
      const lower = lowerCased(name);
      if (lower === undefined || seen.includes(lower) || !isSentAsItIs(value)) return undefined;
      seen.push(lower);
      const known = lower === 'accept' ? 'Accept' : lower === 'content-type' ? 'Content-Type' : name;
      // A method such as `set`, or a name that axios takes for the headers of a method.
      if (known in AxiosHeaders.prototype || lower === 'common' || METHODS.has(lower)) return undefined;
      headers[known] = value;
    }
    return headers;
  }

  /** Sets the body as axios would send it, and returns whether that needs no further change by axios. */
  #takesBody(config: InternalAxiosRequestConfig, data: unknown): boolean {
    const { headers, method = '' } = config;
    const [transform] = config.transformRequest as unknown[] as [(...of: unknown[]) => unknown];
    config.data = data;
    config.data = transform.call(config, data, headers, undefined);
    // axios omits such members of plain objects.
    if (isPlainObject(data) && (typeof config.data !== 'string' || UNSAFE.test(config.data))) return false;
    if (WITH_BODY.has(method)) headers.setContentType('application/x-www-form-urlencoded', false);
    return true;
  }
}

const UNSAFE = /"(?:__proto__|constructor|prototype)"/;

/** The options that a request may have on this way, by name, each with its check. */
const MEMBERS: Readonly<Record<string, (value: unknown) => boolean>> = {
  headers: isPlainObject,
  params: isFlat,
  bankAuth: isFlat,
  timeout: (value) => typeof value === 'number',
  signal: (value) => value instanceof AbortSignal,
  responseType: (value) => typeof value === 'string',
  validateStatus: (value) => typeof value === 'function',
  maxContentLength: (value) => typeof value === 'number',
  timeoutErrorMessage: (value) => typeof value === 'string',
};
const OF_REQUEST: ReadonlySet<string> = new Set(['method', 'url', 'data']);
const NOTHING: Given = Object.freeze({});

function plainRequest({ method, takesData }: Shape, args: readonly unknown[]): PlainRequest | undefined {
  const config = args.at(-1) ?? NOTHING;
  if (!isPlainObject(config)) return undefined;
  for (const name of Object.keys(config)) {
    const value = config[name];
    if (method === undefined && OF_REQUEST.has(name)) continue;
    // For `validateStatus`, axios has its own rule on undefined.
    if (value === undefined && name !== 'validateStatus') continue;
    if (!Object.hasOwn(MEMBERS, name) || MEMBERS[name]?.(value) !== true) return undefined;
  }
  if (method !== undefined) {
    const [url, data] = args;
    if (typeof url !== 'string') return undefined;
    return { method, url, data: takesData ? data : undefined, given: config };
  }
  const { method: named = 'get', url, data, ...given } = config;
  const lower = typeof named === 'string' ? named.toLowerCase() : named;
  if (!METHODS.has(lower) || typeof url !== 'string') return undefined;
  return { method: lower as string, url, data, given };
}

function isPlainObject(value: unknown): value is Given {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === null) &&
    !(Symbol.toStringTag in value) &&
    !(Symbol.iterator in value)
  );
}

/** Whether a value is an object without nested objects, which a shallow copy copies completely. */
function isFlat(value: unknown): boolean {
  return (
    isPlainObject(value) &&
    Reflect.ownKeys(value).every(
      (name) =>
        typeof name === 'string' &&
        !UNSAFE.test(`"${name}"`) &&
        (typeof value[name] !== 'object' || value[name] === null),
    )
  );
}

/** A copy of a list or plain object, as axios makes it for each request. */
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice();
  return isPlainObject(value) ? { ...value } : value;
}

/** The interceptors of an instance, in order. */
function handlersOf({ interceptors }: AxiosInstance): unknown[] {
  const handlers: unknown[] = [];
  const note = ({ fulfilled }: { readonly fulfilled: unknown }) => {
    handlers.push(fulfilled);
  };
  for (const manager of managersOf(interceptors)) manager?.forEach?.(note);
  return handlers;
}

/** axios' manager of interceptors; its types lack the method, and a double may lack all of it. */
type Manager = { forEach?(heard: (handler: { readonly fulfilled: unknown }) => void): void } | undefined;

function managersOf(interceptors: AxiosInstance['interceptors'] | undefined): Manager[] {
  return [interceptors?.request, interceptors?.response] as unknown as Manager[];
}

/** Read when this file is imported. */
const prototype = axios.Axios?.prototype as { request?: unknown } | undefined;
const REQUEST = prototype?.request;

/** Whether the `request` method of all instances is patched, for instance by a spy. */
function isPatched(): boolean {
  return prototype?.request !== REQUEST;
}

/** Whether axios made the instance, not a double of axios, whose methods must be called. */
function isAxiosOwn(instance: AxiosInstance): boolean {
  const source = sourceOf(instance);
  return (
    source?.includes('.apply(') === true &&
    managersOf(instance.interceptors).every((manager) => typeof manager?.forEach === 'function') &&
    Object.keys(SHAPES).every((name) => {
      const method: unknown = (instance as unknown as Record<string, unknown>)[name];
      return sourceOf(method) === source && Object.keys(method as object).length === 0;
    })
  );
}

/** The source of a function. axios makes an instance and its methods by one binding function. */
function sourceOf(method: unknown): string | undefined {
  return typeof method === 'function' ? Function.prototype.toString.call(method) : undefined;
}

interface Call {
  readonly config: InternalAxiosRequestConfig;
  readonly record: CallRecord;
  /** Milliseconds, by the monotonic clock. */
  readonly began: number;
}

/** The answer as axios returns it: with its body parsed, and its duration. */
function read(call: Call, response: AxiosResponse): AxiosResponse {
  assertWanted(call);
  readBody(call, response);
  return response;
}

function readError(call: Call, error: unknown): never {
  if (axios.isCancel(error)) throw error;
  assertWanted(call);
  const { response } = (error ?? {}) as { response?: AxiosResponse };
  if (response) readBody(call, response);
  throw error;
}

function readBody({ config, began }: Call, response: AxiosResponse): void {
  const [transform] = config.transformResponse as unknown[] as [(...of: unknown[]) => unknown];
  const headers = AxiosHeaders.from(response.headers as never);
  const data = transform.call(config, response.data, headers, response.status);
  // Whole milliseconds; older versions of axios lack `duration`.
  Object.assign(response, { duration: Math.max(0, Math.round(performance.now() - began)), data, headers });
}

/** The caller may have cancelled after the adapter was done. */
function assertWanted({ config, record }: Call): void {
  try {
    throwIfCanceled(config);
  } catch (reason) {
    keepReport(record, reason);
    throw reason;
  }
}
