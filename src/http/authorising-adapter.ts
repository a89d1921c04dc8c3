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

/** What is needed to authorise calls at one bank. */
export interface AuthorisationParts extends TokenRefusals {
  readonly tokens: TokenSupply;
  /** The origins that may get the token. */
  readonly origins: ReadonlySet<string>;
  /** The header by which the bank recognises a repeated request. */
  readonly idempotencyHeader?: string;
  /** Writes a line of the log. */
  readonly tell?: (line: LogLine) => void;
  /** Told of what an event says; undefined where nothing is to hear of it. */
  readonly happened?: (merchant: string, details: BankAuthEventDetails) => void;
  /** Tells the applications of a process apart, for those who trace. */
  readonly application?: number;
  /** Bytes of an answer, unpacked, where a request says nothing and asks for no stream; as in axios. */
  readonly maxContentLength?: number;
  /** Makes connections where neither a request nor the credentials say anything about them. */
  readonly httpsAgent?: HttpsAgent;
  /** Which adapter sends where none is chosen, asked at each try; that of axios' defaults if absent. */
  readonly sendingAdapter?: () => Adapter;
  /** Sends what it can in place of that adapter. */
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

/** What an adapter of ours knows of the request that it stands in. */
interface Authorising {
  /** The adapter that sends; that of its parts if undefined. */
  readonly inner: Adapter;
  /** The body if it was a stream: the configuration has nothing of it any more. */
  readonly stream: SentStream | undefined;
  /** Whose tokens a request gets that names no merchant. */
  readonly tokens: TokenSupply;
}

const AUTHORISING = new WeakMap<object, Authorising>();

/** What is behind an adapter if it is one of ours, which must not be wrapped in another. */
export function authorisingOf(adapter: Adapter): Authorising | undefined {
  return typeof adapter === 'function' ? AUTHORISING.get(adapter) : undefined;
}

/**
 * An axios adapter that authorises what another one sends. Below all interceptors the final URL is known, a replay does
 * not run the user's interceptors again, and the headers that carry the token are never those that the user sees. It
 * stays in the configuration that errors and responses show, so that a request that is made of that one has a token too.
 * @param inner the adapter that sends; that of the parts if undefined
 * @param stream what was the body of the request that it stands in
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
    // From here on this is what the caller is shown: axios made it for this one request.
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
    // The renewal failed: what the bank said to the call itself is the better answer.
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

  /** The next call has another token, and it would go unnoticed that this one did not go through. */
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

  /** A stream that is sent leads to the request that it is piped to: it is in no configuration from here on. */
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
      // Where the time is over, no caller is left for the results of its adapter.
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
    // Most answers need no waiting.
    return { ...sent, refused: refused && (await refused) };
  }

  /** What sends this try by the engine; undefined where there is none, or axios' own adapter has to. */
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

  /** A value on the request wins. A stream is the caller's to bound; an answer to HEAD announces what it does not have. */
  get #maxContentLength(): number | undefined {
    const asked = own(this.config, 'maxContentLength');
    const isFree = own(this.config, 'responseType') === 'stream' || this.#method === 'HEAD';
    return asked ?? (isFree ? undefined : this.parts.maxContentLength);
  }

  /** Anything but a server's failure, or a proxy's refusal, has passed authentication. */
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
