import { PassThrough, pipeline, Readable } from 'node:stream';
import { AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { type AccessToken, secretsOf } from '../token/index.js';
import { emptied, FailedBody, isStream, type ShownBody } from './failed-body.js';
import { headersOfLength, isCompressed, shownHead } from './failed-head.js';
import { SecretSearch } from './secret-search.js';
import { responseOf, shownError, withResponse } from './shown-error.js';

/** The parts of a request that stay in a response or an error. */
export interface ReducedRequest {
  readonly method: string;
  readonly protocol: string;
  readonly host: string;
  readonly path: string;
}

export function reducedRequest(method: string | undefined, url: URL): ReducedRequest {
  return Object.freeze({
    method: (method ?? 'get').toUpperCase(),
    protocol: url.protocol,
    host: url.host,
    path: url.pathname,
  });
}

/**
 * Removes everything that leads to the token from responses and errors. A successful answer reaches the caller byte for
 * byte. In a failed answer, the token, the client secret and the API key are masked: banks and the gateways before them
 * repeat these in their errors. Never throws: bodies that cannot be searched are emptied.
 */
export class Redaction {
  readonly #config: InternalAxiosRequestConfig;
  readonly #request: ReducedRequest;
  readonly #token: AccessToken;
  #found?: SecretSearch;

  /** @param config the configuration that the caller is shown: its own, without the token */
  constructor(config: InternalAxiosRequestConfig, request: ReducedRequest, token: AccessToken) {
    this.#config = config;
    this.#request = request;
    this.#token = token;
  }

  /** The response at once if it is a success and its body no stream; undefined for every other response. */
  success(response: AxiosResponse): AxiosResponse | undefined {
    return isSuccess(response) && !isStream(response.data) ? this.#frame(response) : undefined;
  }

  async response(response: AxiosResponse): Promise<AxiosResponse> {
    const { request } = response as { request?: { destroy?: () => void } };
    const shown = this.#frame(response);
    if (isSuccess(shown))
      return isStream(shown.data) ? changed(shown, { data: this.#passed(shown.data) }) : shown;
    try {
      return withBody(shown, await this.#bodyOf(shown, () => request?.destroy?.()).shown(shown.data));
    } catch {
      return withBody(shown, { data: emptied(shown.data), length: 0 });
    }
  }

  /**
   * Network errors keep their code and message; an error that is not of a request only loses its secrets.
   */
  async error(error: unknown): Promise<unknown> {
    const shown = this.#error(error);
    const response = responseOf(shown);
    return response === undefined ? shown : withResponse(shown, await this.response(response));
  }

  /** A function that redacts later errors of a stream that is sent or received. */
  get errorNow(): (error: unknown) => unknown {
    return (error) => this.#shownNow(error);
  }

  #shownNow(error: unknown): unknown {
    const shown = this.#error(error);
    const response = responseOf(shown);
    if (response === undefined) return shown;
    const framed = this.#frame(response);
    if (isSuccess(framed))
      return withResponse(shown, changed(framed, isStream(framed.data) ? { data: undefined } : {}));
    try {
      return withResponse(shown, withBody(framed, this.#bodyOf(framed).shownNow(framed.data)));
    } catch {
      return withResponse(shown, withBody(framed, { data: undefined, length: 0 }));
    }
  }

  /** Made at the first failure, which is seldom. */
  get #search(): SecretSearch {
    this.#found ??= new SecretSearch(secretsOf(this.#token));
    return this.#found;
  }

  #error(error: unknown): unknown {
    return shownError(error, { config: this.#config, request: this.#request }, this.#search);
  }

  /** Everything of a response but its data. */
  #frame(response: AxiosResponse): AxiosResponse {
    const frame = { config: this.#config, request: this.#request };
    if (isSuccess(response)) return changed(response, frame);
    try {
      return changed(response, { ...frame, ...shownHead(response, this.#search) });
    } catch {
      return changed(response, { ...frame, statusText: '', headers: new AxiosHeaders() });
    }
  }

  #bodyOf({ headers }: AxiosResponse, letGo?: () => void): FailedBody {
    return new FailedBody({
      search: this.#search,
      config: this.#config,
      isCompressed: isCompressed(headers),
      shownError: this.errorNow,
      letGo,
    });
  }

  /** A stream that does not lead back to the request and its headers, as Node's response does. */
  #passed(data: unknown): unknown {
    if (data instanceof Readable) {
      // Before the pipeline's own listener, which passes the error on.
      (data as Readable).once('error', this.errorNow);
      return pipeline(data, new PassThrough(), () => undefined);
    }
    return data instanceof ReadableStream ? this.#passedWeb(data) : data;
  }

  #passedWeb(stream: ReadableStream): ReadableStream {
    const reader = stream.getReader();
    return new ReadableStream({
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          controller.error(this.errorNow(error));
        }
      },
      cancel: (reason) => reader.cancel(reason),
    });
  }
}

/** Whether the status is 2xx, whether or not the caller's `validateStatus` accepts it. */
function isSuccess({ status }: AxiosResponse): boolean {
  return status >= 200 && status < 300;
}

/** A frozen response of a foreign adapter is copied. */
function changed(response: AxiosResponse, changes: Partial<AxiosResponse>): AxiosResponse {
  try {
    return Object.assign(response, changes);
  } catch {
    return { ...response, ...changes };
  }
}

function withBody(response: AxiosResponse, { data, length }: ShownBody): AxiosResponse {
  const headers = length === undefined ? {} : { headers: headersOfLength(response.headers, length) };
  // Set even if nothing was masked: a getter could return another value to its next reader.
  return changed(response, { data, ...headers });
}
