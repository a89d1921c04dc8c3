import type { InternalAxiosRequestConfig } from 'axios';
import type { ReportedCall } from '../reports/index.js';

/** The configuration of a request that says nothing unusual, as axios would have merged it: the same members, and no others. */
export class PlainConfig {
  readonly #record: ReportedCall;

  constructor(record: ReportedCall) {
    this.#record = record;
  }

  /** Known by what no copy has: whoever makes a configuration of this one may say more. */
  static is(config: object): boolean {
    return #record in config;
  }

  /** That of the one call that it was made for. */
  static recordOf(config: object): ReportedCall | undefined {
    return #record in config ? config.#record : undefined;
  }
}

/** What axios' own adapter for `node:http` reads of the configuration of such a request, and nothing that it does not say. */
export class PlainSentConfig {
  // All that the adapter asks for, since it looks for what is missing in each prototype.
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

  /** @param sent what differs from the configuration of the caller */
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

// Nothing of `Object.prototype`, which may be polluted, is to be read out of one; but adapters may call this.
for (const { prototype } of [PlainConfig, PlainSentConfig]) {
  delete (prototype as { constructor?: unknown }).constructor;
  Object.defineProperty(prototype, 'hasOwnProperty', { value: Object.prototype.hasOwnProperty });
  Object.setPrototypeOf(prototype, null);
}
