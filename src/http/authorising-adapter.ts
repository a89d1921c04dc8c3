import type { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosAdapter, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { firstValueFrom, merge, take } from 'rxjs';
import { isBankAuthError, type LogLine } from '../errors/index.js';
import { type BankAuthEventDetails, CallTrace } from '../events/index.js';
import { keepReport } from '../reports/index.js';
import { AccessToken } from '../token/index.js';
import { discard, letGoWith, rejectStatus } from './answer-parts.js';
import { type PreparedTry, preparedTry } from './axios-try.js';
import { refusesToken, type TokenRefusals } from './bank-answer.js';
import { canceled, cancellation, isBareCancel, throwIfCanceled } from './call-cancellation.js';
import { CallDeadline, type CallEnd } from './call-deadline.js';
import { CallRecord } from './call-record.js';
import { Delivery } from './delivery.js';
import type { EngineAdapter } from './engine-adapter.js';
import { isStream } from './failed-body.js';
import { requestNotReplayed } from './http.messages.js';
import { type GivenUrl, givenUrl, guardedUrl } from './origin-guard.js';
import { own, ownMembers } from './own-members.js';
import { Redaction, type ReducedRequest, reducedRequest } from './redaction.js';
import { mayReplay, methodOf, unchanging, whyNotReplayed } from './replay-policy.js';
import { responseOf } from './shown-error.js';
import { endOf, type SentStream, spentBody, takeStream } from './spent-body.js';
import { type CallTokenSupply, suppliedFor, type TokenSupply } from './token-supply.js';
import { type Transport, takeTransport } from './transport.js';

/** The dependencies that authorise calls at one bank. */
export interface AuthorisationParts extends TokenRefusals {
  readonly tokens: TokenSupply;
  /** The origins that may get the token. */
  readonly origins: ReadonlySet<string>;
  /** The header by which the bank recognises a repeated request. */
  readonly idempotencyHeader?: string;
  /** Writes a line of the log. */
  readonly tell?: (line: LogLine) => void;
  /** Publishes an event; undefined where no events are published. */
  readonly happened?: (merchant: string, details: BankAuthEventDetails) => void;
  /** The number of the application in the process, for the tracing channels. */
  readonly application?: number;
  /** axios' limit in bytes of an unpacked answer, for requests that set no limit of their own and ask for no stream. */
  readonly maxContentLength?: number;
  /** The agent for calls without an agent of the request or of the credentials. */
  readonly httpsAgent?: HttpsAgent;
  /** The adapter for requests that choose none, asked at each try; the adapter of axios' defaults if absent. */
  readonly sendingAdapter?: () => Adapter;
  /** Sends the requests that it supports in place of that adapter. */
  readonly engine?: EngineAdapter;
}

export type Adapter = InternalAxiosRequestConfig['adapter'];

/** How one try ended: a response, or an error that may hold one. */
type Sent =
  | { readonly response: AxiosResponse }
  | { readonly response?: AxiosResponse | undefined; readonly error: unknown };

type Outcome = Sent & {
  /** Whether the bank refuses the token. */
  readonly refused: boolean;
};

/** The members of one try, besides those of the call. */
interface Try {
  readonly end: CallEnd | undefined;
  readonly delivery: Delivery;
  readonly isReplay: boolean;
}

/** The state of an authorising adapter in the configuration of a request. */
interface Authorising {
  /** The adapter that sends; the adapter of the parts if undefined. */
  readonly inner: Adapter;
  /** The body if it was a stream: the configuration no longer has it. */
  readonly stream: SentStream | undefined;
  /** The tokens of a request that names no merchant. */
  readonly tokens: TokenSupply;
}

const AUTHORISING = new WeakMap<object, Authorising>();

/** The state of an adapter if it is an authorising adapter, which must not be wrapped in another. */
export function authorisingOf(adapter: Adapter): Authorising | undefined {
  return typeof adapter === 'function' ? AUTHORISING.get(adapter) : undefined;
}

/**
 * An axios adapter that authorises the requests of another adapter. Below all interceptors the final URL is known, a
 * replay does not run the user's interceptors again, and the user never sees the headers with the token. The adapter
 * stays in the configuration that errors and responses show: a request that reuses this configuration has a token too.
 * @param inner the adapter that sends; the adapter of the parts if undefined
 * @param stream the former body of the request that has this adapter in its configuration
 */
export function authorisingAdapter(
  parts: AuthorisationParts,
  inner: Adapter,
  transport: Transport,
  stream?: SentStream,
): AxiosAdapter {
  const adapter: AxiosAdapter = async (config) => {
    const record = CallRecord.of(config, parts.tokens);
    const trace = CallTrace.of(parts.application ?? 0, parts.tokens.provider);
    const send = () => new AuthorisedCall(parts, config, inner, transport, record).send();
    record.opens();
    try {
      const response = await (trace === undefined ? send() : trace.start(methodOf(config), send));
      over(record, response);
      trace?.answered(record.report());
      return response;
    } catch (error) {
      over(record, error);
      trace?.failed(record.report(), error);
      throw error;
    }
  };
  AUTHORISING.set(adapter, { inner, stream, tokens: parts.tokens });
  return adapter;
}

class AuthorisedCall {
  readonly #transport: Transport;
  readonly #tokens: CallTokenSupply;
  readonly #deadline: CallDeadline;
  readonly #given: GivenUrl;
  #stream?: SentStream;

  constructor(
    private readonly parts: AuthorisationParts,
    // From here on the caller is shown this configuration: axios made it for this one request.
    private readonly config: InternalAxiosRequestConfig,
    private readonly inner: Adapter,
    private readonly provided: Transport,
    private readonly record: CallRecord,
  ) {
    this.#transport = ownMembers(provided, takeTransport(config));
    this.#given = givenUrl(config);
    this.#tokens = suppliedFor(parts.tokens, own(config, 'bankAuth'));
    record.caller = this.#tokens;
    this.#deadline = new CallDeadline(config);
  }

  async send(): Promise<AxiosResponse> {
    const { config, record } = this;
    const { origins, idempotencyHeader } = this.parts;
    const tokens = this.#tokens;
    record.describe(config, idempotencyHeader);
    tokens.assertUsable();
    const url = this.#guardedUrl(origins);
    const replayable = mayReplay(config, idempotencyHeader);
    const given: unknown = own(config, 'data');
    const data: unknown = replayable ? unchanging(given) : given;
    this.#takeStream(data);

    const first = await this.#token();
    const outcome = await this.#try(url, data, first, false);
    if (this.#stream !== undefined) this.#stream.ended = endOf(outcome);
    if (!outcome.refused) return this.#accept(first, outcome, false);
    record.tokenRefused = true;
    const worthAnother = tokens.refused(first);
    if (worthAnother && !replayable) this.#warnNotReplayed(outcome);
    if (!worthAnother || !replayable) return settle(outcome);
    const second = await this.#token().catch((error: unknown) => {
      if (axios.isCancel(error)) throw error;
      return undefined;
    });
    // The renewal failed: the bank's answer to the call itself says more than the error of the renewal.
    if (second === undefined) return settle(outcome);
    discard(outcome.response?.data);
    const replayed = await this.#try(url, data, second, true);
    const { status } = replayed.response ?? {};
    const event = { type: 'request.replayed', method: this.#method } as const;
    this.parts.happened?.(tokens.label, status === undefined ? event : { ...event, status });
    if (!replayed.refused) return this.#accept(second, replayed, true);
    tokens.refused(second);
    return settle(replayed);
  }

  #guardedUrl(origins: ReadonlySet<string>): URL {
    const { provider: name, label: merchant } = this.#tokens;
    try {
      return guardedUrl(this.#given, { name, merchant, origins });
    } catch (error) {
      if (isBankAuthError(error, 'BANK_AUTH_UNTRUSTED_ORIGIN'))
        this.parts.happened?.(merchant, { type: 'origin.refused' });
      throw error;
    }
  }

  /** Warns that the call failed and is not replayed: the next call has another token, so nothing else would show it. */
  #warnNotReplayed({ response }: Outcome): void {
    const { config, parts } = this;
    const why = whyNotReplayed(config, this.#stream !== undefined);
    if (why === undefined || response === undefined) return;
    const { provider, label: merchant } = this.#tokens;
    const method = this.#method;
    const { idempotencyHeader } = parts;
    parts.tell?.(
      requestNotReplayed({ provider, merchant, method, status: response.status, why, idempotencyHeader }),
    );
  }

  /** Removes a stream from the configuration: a stream that is sent leads to the request that it is piped to. */
  #takeStream(data: unknown): void {
    const { config, inner, parts, provided } = this;
    const { provider, label } = this.#tokens;
    const before = authorisingOf(config.adapter)?.stream;
    if (data === undefined && before !== undefined) {
      if (before.isSent) this.record.wasMadeBefore(before.delivery);
      throw spentBody(provider, label, before);
    }
    if (!isStream(data)) return;
    this.#stream = takeStream(provider, label, data, this.record);
    config.data = undefined;
    config.adapter = authorisingAdapter(parts, inner, provided, this.#stream);
  }

  /** A token; rejects as soon as the caller cancels, while the flight goes on for others. */
  async #token(): Promise<AccessToken> {
    throwIfCanceled(this.config);
    const token = this.#tokens.acquire();
    if (token instanceof AccessToken) return token;
    const began = performance.now();
    try {
      const obtained = await firstValueFrom(merge(cancellation(this.config), token).pipe(take(1)));
      throwIfCanceled(this.config);
      return obtained;
    } finally {
      this.record.waitedForToken += performance.now() - began;
    }
  }

  /** One try at the bank, within the time that is left. */
  async #try(url: URL, data: unknown, token: AccessToken, isReplay: boolean): Promise<Outcome> {
    const delivery = new Delivery();
    const answered = this.#tokens.sending?.(token);
    try {
      const outcome = await this.#deadline.spend(
        (end) => this.#exchange(url, data, token, { end, delivery, isReplay }),
        (late) => discard(late.response?.data),
      );
      // The rest of a stream that is sent is unwanted.
      if (outcome?.response === undefined) discard(data);
      if (outcome !== undefined) return outcome;
      return { error: this.#deadline.error(this.#reduced(url)), refused: false };
    } finally {
      // If the time is over, no caller waits for the results of the adapter.
      delivery.settle({});
      this.record.ended(delivery);
      answered?.();
    }
  }

  async #exchange(
    url: URL,
    data: unknown,
    token: AccessToken,
    { end, delivery, isReplay }: Try,
  ): Promise<Outcome> {
    const { config, inner, parts } = this;
    const redaction = new Redaction(config, this.#reduced(url), token);
    const chosen = inner ?? (parts.sendingAdapter?.() || axios.defaults.adapter);
    const sendByEngine = inner === undefined ? this.#engine({ url, data, token, end, delivery }) : undefined;
    if (sendByEngine === undefined && isStream(data) && 'prependListener' in data)
      data.prependListener('error', redaction.errorNow);
    const prepared =
      sendByEngine === undefined
        ? preparedTry({
            chosen,
            config,
            given: this.#given,
            url,
            data,
            token,
            transport: this.#transport,
            provider: this.#tokens.provider,
            defaultAgent: parts.httpsAgent,
            maxContentLength: this.#maxContentLength,
            isTimed: this.#deadline.isSet,
            end,
            delivery,
          })
        : { send: sendByEngine, letGo: undefined };
    if (this.#stream !== undefined) Object.assign(this.#stream, { isSent: true, delivery });
    this.record.begins(isReplay);
    const sent = await this.#sent(prepared, redaction, delivery);
    const { response } = sent;
    const refused = response !== undefined && refusesToken(response, parts, end?.signal);
    // Most answers do not have to be awaited.
    return { ...sent, refused: refused && (await refused) };
  }

  /** The function that sends this try by the engine; undefined without an engine, or if it cannot send this request. */
  #engine({
    url,
    data,
    token,
    end,
    delivery,
  }: Pick<Try, 'end' | 'delivery'> & { url: URL; data: unknown; token: AccessToken }) {
    const { config } = this;
    return this.parts.engine?.sender({
      config,
      url,
      method: this.#method,
      data,
      token,
      transport: this.#transport,
      maxContentLength: this.#maxContentLength,
      end,
      delivery,
    });
  }

  async #sent({ send, letGo }: PreparedTry, redaction: Redaction, delivery: Delivery): Promise<Sent> {
    try {
      const response = letGoWith(await send(), letGo);
      delivery.settle({ status: response.status });
      if (letGo !== undefined) rejectStatus(response, own(this.config, 'validateStatus'));
      return { response: redaction.success(response) ?? (await redaction.response(response)) };
    } catch (error) {
      delivery.settle({ status: responseOf(error)?.status, error });
      const shown = await redaction.error(isBareCancel(error) ? canceled(this.config, error) : error);
      return { error: shown, response: (shown as { response?: AxiosResponse } | null)?.response };
    }
  }

  get #method(): string {
    return methodOf(this.config);
  }

  #reduced(url: URL): ReducedRequest {
    return reducedRequest(own(this.config, 'method'), url);
  }

  /** The request's own limit wins. The caller bounds a stream; an answer to HEAD announces a length but has no body. */
  get #maxContentLength(): number | undefined {
    const asked = own(this.config, 'maxContentLength');
    const isFree = own(this.config, 'responseType') === 'stream' || this.#method === 'HEAD';
    return asked ?? (isFree ? undefined : this.parts.maxContentLength);
  }

  /** Every answer but a server's failure (5xx) and a proxy's refusal (407) has passed authentication. */
  #accept(token: AccessToken, outcome: Outcome, afterRefusal: boolean): AxiosResponse {
    const status = outcome.response?.status;
    if (status !== undefined && status < 500 && status !== 407) this.#tokens.accepted(token, afterRefusal);
    return settle(outcome);
  }
}

function over(record: CallRecord, value: unknown): void {
  record.closes();
  keepReport(record, value);
}

function settle(outcome: Outcome): AxiosResponse {
  if ('error' in outcome) throw outcome.error;
  return outcome.response as AxiosResponse;
}
