import { Readable } from 'node:stream';
import type { AxiosAdapter, AxiosResponse } from 'axios';
import { keepReport } from '../reports/index.js';
import type { BankAuthInterceptor } from './bank-auth.interceptor.js';
import { type BankConnections, type BankHttpOptions, bankConnections } from './bank-connections.js';
import { CallRecord } from './call-record.js';
import { type DescribedCall, fetchError, fetchFailure } from './fetch-failure.js';
import {
  axiosConfig,
  type BankFetchInit,
  type BankFetchInput,
  type FetchCall,
  fetchCall,
} from './fetch-request.js';
import { fetchResponse } from './fetch-response.js';
import { FETCH_FAILED, ITS_URL, redirected } from './http.messages.js';
import { fullUrl, parsedUrl } from './origin-guard.js';
import type { BankAuthRequestOptions } from './request-options.js';

/** An authorised `fetch` at one bank, with the guard of origins, the replay and the redaction of its `HttpService`. */
export interface BankFetch {
  /**
   * @param input the URL or request; a relative URL is appended to the API base URL of the bank
   * @returns the bank's answer, redirects and failures included
   * @throws BankAuthError if nothing was sent; TypeError, whose `cause` has a code and a message, if the call failed; the
   *   reason of the signal, if the caller aborted
   */
  (input: BankFetchInput, init?: BankFetchInit): Promise<Response>;
  readonly provider: string;
  /**
   * The same with the credentials of another merchant, unless a request says otherwise.
   * @throws BankAuthConfigError if there can be no merchant of this key
   */
  forMerchant(key: string): BankFetch;
}

const closers = new WeakMap<object, () => void>();

/** Closes the idle connections of a `BankFetch`. */
export function closeIdleFetch(fetch: unknown): void {
  if (typeof fetch === 'function') closers.get(fetch)?.();
}

/** Makes a `BankFetch` without connections: they are made at its first call. */
export function createBankFetch(interceptor: BankAuthInterceptor, options: BankHttpOptions): BankFetch {
  let sender: FetchSender | undefined;
  const send: Send = (merchant, input, init) => {
    sender ??= new FetchSender(interceptor, options);
    return sender.send(merchant, input, init);
  };
  const fetch = bankFetch(interceptor, send, undefined);
  closers.set(fetch, () => sender?.close());
  return fetch;
}

type Send = (
  merchant: string | undefined,
  input: BankFetchInput,
  init: BankFetchInit | undefined,
) => Promise<Response>;

function bankFetch(interceptor: BankAuthInterceptor, send: Send, merchant: string | undefined): BankFetch {
  const fetch = (input: BankFetchInput, init?: BankFetchInit) => send(merchant, input, init);
  return Object.assign(fetch, {
    provider: interceptor.provider,
    forMerchant(key: string): BankFetch {
      interceptor.checkMerchant(key);
      return bankFetch(interceptor, send, key);
    },
  });
}

/** Sends by an adapter with the rules of the bank's `HttpService`. */
class FetchSender {
  readonly #interceptor: BankAuthInterceptor;
  readonly #options: BankHttpOptions;
  readonly #connections: BankConnections;
  readonly #adapter: AxiosAdapter;

  constructor(interceptor: BankAuthInterceptor, options: BankHttpOptions) {
    this.#interceptor = interceptor;
    this.#options = options;
    this.#connections = bankConnections(interceptor.provider, options.http);
    const { transport, httpsAgent, engine } = this.#connections;
    // Not axios' own choice, which may be another adapter if there is a global `XMLHttpRequest`.
    this.#adapter = interceptor.adapter(transport, {
      httpsAgent,
      engine,
      sendingAdapter: () => 'http',
    });
  }

  close(): void {
    this.#connections.close();
  }

  /** Rejects and never throws, as `fetch`. */
  async send(
    merchant: string | undefined,
    input: BankFetchInput,
    init: BankFetchInit | undefined,
  ): Promise<Response> {
    const interceptor = this.#interceptor;
    const record = new CallRecord({
      provider: interceptor.provider,
      get label() {
        return interceptor.labelOf(merchant);
      },
    });
    try {
      const response = await this.#send(record, merchant, input, init);
      keepReport(record, response);
      return response;
    } catch (error) {
      keepReport(record, error);
      throw error;
    }
  }

  async #send(
    record: CallRecord,
    merchant: string | undefined,
    input: BankFetchInput,
    init: BankFetchInit | undefined,
  ): Promise<Response> {
    const { provider } = this.#interceptor;
    const { apiBaseUrl, http } = this.#options;
    const call = fetchCall({ provider, apiBaseUrl }, input, init);
    const said =
      merchant === undefined
        ? call.bankAuth
        : Object.assign<BankAuthRequestOptions, unknown>({ merchant }, call.bankAuth);
    const url = fullUrl(call);
    const described = (): DescribedCall => ({
      provider,
      merchant: this.#interceptor.labelOf(said?.merchant),
      method: call.request.method,
      url: withoutQuery(url),
    });
    const answer = await this.#answer({ ...call, bankAuth: said }, record).catch((error: unknown) => {
      throw fetchFailure(FETCH_FAILED, error, call.signal, described);
    });
    if (call.request.redirect === 'error' && REDIRECTS.has(answer.status)) {
      answer.data.destroy();
      const message = redirected(answer.status);
      throw fetchError(FETCH_FAILED, { code: 'ERR_REDIRECTED', message }, described());
    }
    const { timeout: idle, maxContentLength: most = -1 } = http;
    return fetchResponse(answer, {
      method: call.request.method,
      url: new URL(url),
      most: most < 0 ? undefined : most,
      idle,
      failure: (error) => {
        const failure = fetchFailure('terminated', error, call.signal, described);
        keepReport(record, failure);
        return failure;
      },
    });
  }

  async #answer(call: FetchCall, record: CallRecord): Promise<AxiosResponse<Readable>> {
    const config = await axiosConfig(call, this.#options.http.timeout);
    keepReport(record, config);
    const { data } = config as { data?: unknown };
    try {
      return await this.#adapter(config);
    } catch (error) {
      // The rest of a stream is unwanted, even if nothing was sent.
      if (data instanceof Readable) data.destroy();
      throw error;
    }
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

function withoutQuery(url: string): string {
  const parsed = parsedUrl(url);
  return parsed === undefined ? ITS_URL : `${parsed.origin}${parsed.pathname}`;
}
