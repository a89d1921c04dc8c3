import type { InternalAxiosRequestConfig } from 'axios';
import type { ReportedCall } from '../reports/index.js';

/** The configuration of a request without unusual options: exactly the members that axios would have merged. */
export class PlainConfig {
  readonly #record: ReportedCall;

  constructor(record: ReportedCall) {
    this.#record = record;
  }

  /** Tells by a private member, which no copy has: a copy may have further options. */
  static is(config: object): boolean {
    return #record in config;
  }

  /** The record of the one call that the configuration was made for. */
  static recordOf(config: object): ReportedCall | undefined {
    return #record in config ? config.#record : undefined;
  }
}

/** The members that axios' own adapter for `node:http` reads from the configuration of such a request. */
export class PlainSentConfig {
  // All members that the adapter reads, since it looks for a missing member in each prototype.
  readonly method;
  readonly data;
  readonly headers;
  readonly params;
  readonly paramsSerializer = undefined;
  readonly timeout;
  readonly timeoutErrorMessage;
  readonly transitional;
  readonly responseType;
  readonly responseEncoding = undefined;
  readonly maxContentLength;
  readonly maxBodyLength;
  readonly decompress = undefined;
  readonly validateStatus;
  readonly env;
  readonly url;
  readonly baseURL = undefined;
  readonly allowAbsoluteUrls;
  readonly signal;
  readonly cancelToken;
  readonly socketPath = undefined;
  readonly lookup = undefined;
  readonly family = undefined;
  readonly httpVersion = undefined;
  readonly http2Options = undefined;
  readonly insecureHTTPParser = undefined;
  readonly onUploadProgress = undefined;
  readonly onDownloadProgress = undefined;
  readonly maxRate = undefined;
  readonly auth = undefined;
  readonly beforeRedirect = undefined;
  readonly sensitiveHeaders = undefined;
  readonly maxRedirects = 0;
  readonly httpAgent;
  readonly httpsAgent;
  readonly proxy;
  readonly transport;

  /** @param sent the members that differ from the configuration of the caller */
  constructor(config: InternalAxiosRequestConfig, sent: Sent) {
    this.method = config.method;
    this.data = sent.data;
    this.headers = sent.headers;
    this.params = config.params;
    this.timeout = sent.timeout;
    this.timeoutErrorMessage = config.timeoutErrorMessage;
    this.transitional = config.transitional;
    this.responseType = config.responseType;
    this.maxContentLength = sent.maxContentLength;
    this.maxBodyLength = config.maxBodyLength;
    this.validateStatus = config.validateStatus;
    this.env = config.env;
    this.url = sent.url;
    this.allowAbsoluteUrls = config.allowAbsoluteUrls;
    this.signal = sent.signal;
    this.cancelToken = sent.cancelToken;
    this.httpAgent = sent.httpAgent;
    this.httpsAgent = sent.httpsAgent;
    this.proxy = sent.proxy;
    this.transport = sent.transport;
  }
}

type Sent = Pick<
  InternalAxiosRequestConfig,
  | 'data'
  | 'timeout'
  | 'headers'
  | 'maxContentLength'
  | 'url'
  | 'signal'
  | 'cancelToken'
  | 'httpAgent'
  | 'httpsAgent'
  | 'proxy'
  | 'transport'
>;

// Inherits nothing from `Object.prototype`, which may be polluted, but `hasOwnProperty`, which adapters may call.
for (const { prototype } of [PlainConfig, PlainSentConfig]) {
  delete (prototype as { constructor?: unknown }).constructor;
  Object.defineProperty(prototype, 'hasOwnProperty', { value: Object.prototype.hasOwnProperty });
  Object.setPrototypeOf(prototype, null);
}
