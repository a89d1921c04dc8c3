import { PassThrough, pipeline, Readable } from 'node:stream';
import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { AccessToken } from '../token/index.js';

/** All that is left of a request in a response or an error. */
export interface ReducedRequest {
  readonly method: string;
  readonly protocol: string;
  readonly host: string;
  readonly path: string;
}

const REDACTED = '[redacted]';

export function reducedRequest(method: string | undefined, url: URL): ReducedRequest {
  return Object.freeze({
    method: (method ?? 'get').toUpperCase(),
    protocol: url.protocol,
    host: url.host,
    path: url.pathname,
  });
}

/** Takes everything out of responses and errors that leads to the token, also what the bank itself repeats of it. */
export class Redaction {
  readonly #config: InternalAxiosRequestConfig;
  readonly #request: ReducedRequest;
  readonly #secrets: readonly Secret[];

  /** @param config what the caller is shown: its own configuration, without the token */
  constructor(config: InternalAxiosRequestConfig, request: ReducedRequest, token: AccessToken) {
    this.#config = config;
    this.#request = request;
    this.#secrets = secretsOf(token);
  }

  async response(response: AxiosResponse): Promise<AxiosResponse> {
    this.#frame(response);
    response.data = await this.#data(response.data);
    return response;
  }

  /** Network errors keep their code and message; what is no error of a request passes. */
  async error(error: unknown): Promise<unknown> {
    const { response } = this.#errorFrame(error) ?? {};
    if (response !== undefined) await this.response(response);
    return error;
  }

  /** For errors that appear later, on a stream that is sent or received. */
  readonly errorNow = (error: unknown): void => {
    const { response } = this.#errorFrame(error) ?? {};
    if (response !== undefined) this.#frame(response);
  };

  #errorFrame(error: unknown): { readonly response?: AxiosResponse } | undefined {
    if (typeof error !== 'object' || error === null) return undefined;
    const holder = error as {
      config?: unknown;
      request?: unknown;
      cause?: unknown;
      response?: AxiosResponse;
    };
    if (holder.config === undefined && holder.request === undefined && holder.response === undefined)
      return undefined;
    holder.config = this.#config;
    holder.request = this.#request;
    // The cause may be any object of Node's, down to the socket.
    Object.defineProperty(error, 'cause', {
      value: undefined,
      enumerable: false,
      configurable: true,
      writable: true,
    });
    return holder;
  }

  /** Everything of a response but its data. */
  #frame(response: AxiosResponse): void {
    response.config = this.#config;
    response.request = this.#request;
    response.statusText = this.#text(response.statusText) as string;
    for (const [name, value] of Object.entries(response.headers ?? {})) {
      const clean = Array.isArray(value) ? value.map((item) => this.#text(item)) : this.#text(value);
      if (clean !== value) response.headers[name] = clean as string;
    }
  }

  async #data(data: unknown): Promise<unknown> {
    if (typeof data === 'string') return this.#text(data);
    if (Buffer.isBuffer(data)) return this.#bytes(data);
    if (data instanceof ArrayBuffer) {
      const clean = this.#bytes(Buffer.from(data));
      return clean.buffer === data ? data : new Uint8Array(clean).buffer;
    }
    if (data instanceof Blob) {
      const bytes = Buffer.from(await data.arrayBuffer());
      const clean = this.#bytes(bytes);
      return clean === bytes ? data : new Blob([new Uint8Array(clean)], { type: data.type });
    }
    if (data instanceof Readable) {
      // Before the pipeline's own listener, which hands the error on. Node's response itself leads back to the request
      // and so to its headers.
      data.once('error', this.errorNow);
      return pipeline(data, new PassThrough(), () => undefined);
    }
    return data instanceof ReadableStream ? this.#webStream(data) : data;
  }

  #webStream(stream: ReadableStream): ReadableStream {
    const reader = stream.getReader();
    return new ReadableStream({
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          this.errorNow(error);
          controller.error(error);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    });
  }

  #text(value: unknown): unknown {
    if (typeof value !== 'string') return value;
    return this.#secrets.reduce(
      (text, { part, pattern }) => (text.includes(part) ? text.replace(pattern, REDACTED) : text),
      value,
    );
  }

  #bytes(value: Buffer): Buffer {
    return this.#secrets.some(({ part }) => value.includes(part))
      ? Buffer.from(this.#text(value.toString('latin1')) as string, 'latin1')
      : value;
  }
}

export function isStream(data: unknown): data is { readonly prependListener?: Readable['prependListener'] } {
  return (
    typeof data === 'object' &&
    data !== null &&
    (typeof (data as { pipe?: unknown }).pipe === 'function' || data instanceof ReadableStream)
  );
}

/** How a secret is found in a text. */
interface Secret {
  /** Its longest part that every writer leaves as it is: a quick look whether it can be there at all. */
  readonly part: string;
  readonly pattern: RegExp;
}

const secretsByToken = new WeakMap<AccessToken, readonly Secret[]>();

function secretsOf(token: AccessToken): readonly Secret[] {
  const known = secretsByToken.get(token);
  if (known !== undefined) return known;
  const values = [
    token.value,
    ...Object.values(token.headers).filter((value) => !value.includes(token.value)),
  ];
  // Three characters stand in any text.
  const secrets = [...new Set(values)].filter((value) => value.length > 3).map(secretOf);
  secretsByToken.set(token, secrets);
  return secrets;
}

/** JSON writers differ in what they escape, and URLs escape in their own way: each character may stand in any. */
function secretOf(value: string): Secret {
  const [part = ''] = (value.match(/[A-Za-z0-9_-]+/g) ?? []).sort((a, b) => b.length - a.length);
  const pattern = [...value].map((character) => {
    if (/[A-Za-z0-9_-]/.test(character)) return character;
    const hex = character.charCodeAt(0).toString(16).padStart(2, '0');
    const digits = [...hex].map((digit) => `[${digit}${digit.toUpperCase()}]`).join('');
    return `(?:\\\\?\\x${hex}|\\\\u00${digits}|%${digits})`;
  });
  return { part, pattern: new RegExp(pattern.join(''), 'g') };
}
