import { inspect } from 'node:util';
import type { HttpService } from '@nestjs/axios';
import axios, {
  type AxiosAdapter,
  AxiosError,
  AxiosHeaders,
  type AxiosInstance,
  type AxiosResponse,
  CanceledError,
  type InternalAxiosRequestConfig,
} from 'axios';
import { firstValueFrom, merge, Observable, take } from 'rxjs';
import { BankAuthConfigError } from '../errors/index.js';
import { AccessToken } from '../token/index.js';
import { guardedUrl } from './origin-guard.js';
import {
  type ReducedRequest,
  redactError,
  redactedConfig,
  redactResponse,
  reducedRequest,
} from './redaction.js';
import { mayReplay } from './replay-policy.js';

/** What one request says about its authorisation. */
export interface BankAuthRequestOptions {
  /** Whose credentials to use; an empty or unknown key is an error, never the default merchant. */
  merchant?: string;
  /** Whether to send the request again with a new token if the bank refuses the first. Default: only if that is safe. */
  replay?: boolean;
}

declare module 'axios' {
  interface AxiosRequestConfig<D = any> {
    /** Read by `BankAuthInterceptor` of nestjs-bank-auth; never sent. */
    bankAuth?: BankAuthRequestOptions;
  }
}

/** Where an interceptor has its tokens from. */
export interface TokenSupply {
  readonly provider: string;
  readonly merchant: string;
  /** A token at once where there is one, else what to wait for. */
  acquire(): AccessToken | Observable<AccessToken>;
  /** A call with this token got past authentication. */
  accepted(token: AccessToken): void;
  /** A call with this token was answered 401. Says whether another token is worth a try. */
  refused(token: AccessToken): boolean;
}

/** Everything an interceptor works with; made by the module. */
export interface BankAuthInterceptorParts {
  readonly tokens: TokenSupply;
  /** The origins that may get the token. */
  readonly origins: ReadonlySet<string>;
  /** The header by which the bank recognises a repeated request. */
  readonly idempotencyHeader?: string;
  /** Whether a 401 is about the token. Default: always. */
  readonly rejectsToken?: (answer: {
    readonly status: number;
    readonly body: Readonly<Record<string, unknown>> | undefined;
  }) => boolean;
}

type Adapter = InternalAxiosRequestConfig['adapter'];

/** How one try ended: a response, or an error that may hold one. */
type Outcome =
  | { readonly response: AxiosResponse; readonly error?: undefined }
  | { readonly response?: AxiosResponse; readonly error: unknown };

/** Bank interceptors by axios instance: two on one instance would each send its own token. */
const attached = new WeakMap<object, string>();

/** Authorises the calls of an axios instance at one bank. */
export class BankAuthInterceptor {
  readonly provider: string;
  readonly #parts: BankAuthInterceptorParts;

  /** @internal */
  constructor(parts: BankAuthInterceptorParts) {
    this.provider = parts.tokens.provider;
    this.#parts = parts;
  }

  /**
   * Installs the interceptor on an axios instance.
   * @param options `merchant`: whose credentials its calls use, unless a request says otherwise
   * @returns a function that takes the interceptor off again
   * @throws BankAuthConfigError if the merchant is unknown or the instance already has a bank's interceptor
   */
  attach(
    instance: AxiosInstance | HttpService['axiosRef'],
    options: { readonly merchant?: string } = {},
  ): () => void {
    this.#checkMerchant(options);
    const other = attached.get(instance);
    if (other !== undefined) {
      throw new BankAuthConfigError(
        `${this.provider}: this axios instance already has the interceptor of ${other}. Give each bank an instance of its own, or detach the other first.`,
        { provider: this.provider },
      );
    }
    attached.set(instance, this.provider);
    const id = (instance as AxiosInstance).interceptors.request.use(
      (config) => {
        // Authorised below all interceptors, in the adapter: there the final URL is known, a replay does not run the
        // user's interceptors again, and the headers that carry the token are never those that the user sees.
        const { adapter } = config;
        config.adapter = (final) => this.#send(final, adapter);
        return config;
      },
      undefined,
      { synchronous: true },
    );
    return () => {
      instance.interceptors.request.eject(id);
      if (attached.get(instance) === this.provider) attached.delete(instance);
    };
  }

  [inspect.custom](): string {
    return `BankAuthInterceptor(${this.provider})`;
  }

  async #send(config: InternalAxiosRequestConfig, adapter: Adapter): Promise<AxiosResponse> {
    const { tokens, origins, idempotencyHeader } = this.#parts;
    this.#checkMerchant(config.bankAuth);
    const url = guardedUrl(config, { name: this.provider, merchant: tokens.merchant, origins });
    const first = await this.#token(config);
    const outcome = await this.#try(config, adapter, url, first);
    if (!this.#isRefused(outcome)) {
      this.#noteAccepted(first, outcome);
      return settle(outcome);
    }
    const worthAnother = tokens.refused(first);
    if (!worthAnother || !mayReplay(config, idempotencyHeader)) return settle(outcome);
    const second = await this.#token(config).catch((error: unknown) => {
      if (axios.isCancel(error)) throw error;
      return undefined;
    });
    // The renewal failed: what the bank said to the call itself is the better answer.
    if (second === undefined) return settle(outcome);
    outcome.response?.data?.destroy?.();
    const replayed = await this.#try(config, adapter, url, second);
    if (this.#isRefused(replayed)) tokens.refused(second);
    else this.#noteAccepted(second, replayed);
    return settle(replayed);
  }

  /** A token; rejects as soon as the caller cancels, while the flight goes on for others. */
  async #token(config: InternalAxiosRequestConfig): Promise<AccessToken> {
    throwIfCanceled(config);
    const token = this.#parts.tokens.acquire();
    if (token instanceof AccessToken) return token;
    const obtained = await firstValueFrom(merge(token, cancellation(config)).pipe(take(1)));
    throwIfCanceled(config);
    return obtained;
  }

  async #try(
    config: InternalAxiosRequestConfig,
    adapter: Adapter,
    url: URL,
    token: AccessToken,
  ): Promise<Outcome> {
    const headers = new AxiosHeaders(config.headers);
    for (const [name, value] of Object.entries(token.headers)) headers.set(name, value, true);
    const shown = redactedConfig(config, adapter);
    const request: ReducedRequest = reducedRequest(config.method, url);
    try {
      const response = await axios.getAdapter(adapter as AxiosAdapter)({
        ...config,
        headers,
        url: url.href,
        baseURL: undefined,
        // axios drops the `Authorization` header where this is set.
        auth: undefined,
        // A redirect would carry the token to wherever the answer says.
        maxRedirects: 0,
        fetchOptions: { ...config.fetchOptions, redirect: 'manual' },
        ...(url.protocol === 'http:' && config.proxy === undefined ? { proxy: false } : {}),
      });
      return { response: redactResponse(response, shown, request, token) };
    } catch (error) {
      if (!(error instanceof AxiosError) && !axios.isAxiosError(error) && !axios.isCancel(error))
        return { error };
      const redacted = redactError(error as AxiosError, shown, request, token);
      return { error: redacted, response: redacted.response };
    }
  }

  #isRefused({ response }: Outcome): boolean {
    if (response?.status !== 401) return false;
    const { rejectsToken } = this.#parts;
    try {
      return rejectsToken === undefined || rejectsToken({ status: 401, body: parseObject(response.data) });
    } catch {
      // The bank's answer must reach the caller, whatever a definition makes of it.
      return true;
    }
  }

  /** Anything but a server's failure has passed authentication. */
  #noteAccepted(token: AccessToken, { response }: Outcome): void {
    if (response !== undefined && response.status < 500) this.#parts.tokens.accepted(token);
  }

  #checkMerchant(options: { readonly merchant?: string } | undefined): void {
    if (options === undefined || !('merchant' in options)) return;
    const { merchant } = options;
    throw new BankAuthConfigError(
      typeof merchant === 'string' && merchant !== ''
        ? `${this.provider}: merchant ${JSON.stringify(merchant)} is unknown, because this provider has one set of credentials only; no request was sent.`
        : `${this.provider}: a merchant key is given but empty, so no request was sent. Leave the key out for the provider's own credentials.`,
      { provider: this.provider, ...(typeof merchant === 'string' ? { merchant } : {}) },
    );
  }
}

function settle(outcome: Outcome): AxiosResponse {
  if (outcome.error !== undefined) throw outcome.error;
  return outcome.response as AxiosResponse;
}

function throwIfCanceled({ cancelToken, signal }: InternalAxiosRequestConfig): void {
  cancelToken?.throwIfRequested();
  if (signal?.aborted) throw new CanceledError();
}

/** Errors when the caller cancels, by either of axios' two ways. */
function cancellation({ cancelToken, signal }: InternalAxiosRequestConfig): Observable<never> {
  return new Observable((subscriber) => {
    const cancel = () => subscriber.error(new CanceledError());
    const { subscribe, unsubscribe } = (cancelToken ?? {}) as {
      subscribe?: (listener: () => void) => void;
      unsubscribe?: (listener: () => void) => void;
    };
    subscribe?.call(cancelToken, cancel);
    signal?.addEventListener?.('abort', cancel);
    return () => {
      unsubscribe?.call(cancelToken, cancel);
      signal?.removeEventListener?.('abort', cancel);
    };
  });
}

/** The body before axios has parsed it, as a JSON object if it is one. */
function parseObject(data: unknown): Record<string, unknown> | undefined {
  try {
    const text = Buffer.isBuffer(data) ? data.toString('utf8') : data;
    const value: unknown = typeof text === 'string' ? JSON.parse(text) : text;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
