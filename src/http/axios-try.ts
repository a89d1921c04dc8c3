import type { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosAdapter, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import type { AccessToken } from '../token/index.js';
import type { CallEnd } from './call-deadline.js';
import { connectionOf, sendingBy } from './connection-policy.js';
import type { Delivery } from './delivery.js';
import { EndToken } from './end-token.js';
import { isStream } from './failed-body.js';
import { headersWithToken, strictlyFramed } from './framing.js';
import { type GivenUrl, harmlessly } from './origin-guard.js';
import { ownMembers } from './own-members.js';
import { PlainConfig, PlainSentConfig } from './plain-config.js';
import { NO_TRANSPORT, type Transport } from './transport.js';
import { AXIOS_ADAPTERS } from './untouched-axios.js';

type Config = InternalAxiosRequestConfig;

/** One try of a call by an adapter of axios. */
export interface AxiosTry {
  /** The name of an axios adapter, or an adapter of the application. */
  readonly chosen: Config['adapter'];
  readonly config: Config;
  readonly given: GivenUrl;
  readonly url: URL;
  readonly data: unknown;
  readonly token: AccessToken;
  readonly transport: Transport;
  readonly provider: string;
  readonly defaultAgent: HttpsAgent | undefined;
  readonly maxContentLength: number | undefined;
  /** Whether the library counts the time of the call. */
  readonly isTimed: boolean;
  readonly end: CallEnd | undefined;
  readonly delivery: Delivery;
}

/** A try that is ready to be sent, with the token in a configuration that no caller sees. */
export interface PreparedTry {
  send(): Promise<AxiosResponse>;
  /** Releases an answer that is a stream, if its adapter cannot do that alone. */
  readonly letGo: (() => void) | undefined;
}

/** @throws BankAuthConfigError before anything is sent, if the request may not be sent this way */
export function preparedTry(call: AxiosTry): PreparedTry {
  const isPlain = PlainConfig.is(call.config) && call.chosen === AXIOS_ADAPTERS && isWhole(call.data);
  return isPlain ? byNode(call) : byChosen(call);
}

/** Whether axios counts the bytes of the body before it sends them. A form may give wrong lengths of its parts. */
function isWhole(data: unknown): boolean {
  if (data === undefined || data === null || typeof data === 'string') return true;
  return Buffer.isBuffer(data) || data instanceof ArrayBuffer;
}

/** Prepares most calls, for axios' own adapter for `node:http`, without options that a plain configuration lacks. */
function byNode(call: AxiosTry): PreparedTry {
  const { config, url, data, token, transport, end, delivery } = call;
  const adapter = axios.getAdapter('http');
  const connection = connectionOf(config, 'http', connectionParts(call));
  delivery.showsSockets = true;
  const sent = new PlainSentConfig(config, {
    data,
    headers: headersWithToken(config.headers, token, { streams: false }),
    maxContentLength: call.maxContentLength,
    url: url.href,
    timeout: call.isTimed ? 0 : config.timeout,
    signal: end === undefined ? config.signal : undefined,
    cancelToken: end === undefined ? config.cancelToken : new EndToken(config.cancelToken, end).token,
    httpAgent: transport.httpAgent,
    httpsAgent: connection.httpsAgent,
    proxy: connection.proxy,
    // axios counts the bytes of such a body itself.
    transport: delivery.watched(connection.transport),
  });
  return { send: () => adapter(sent as Config), letGo: undefined };
}

function byChosen(call: AxiosTry): PreparedTry {
  const { chosen, config, given, url, data, token, end, delivery, isTimed } = call;
  const headers = headersWithToken(config.headers, token, { streams: isStream(data) });
  const { trustedProxy: _, ...transport } = call.transport;
  const authorised: Config = ownMembers<Config>(config, NO_TRANSPORT as Config, transport as Config, {
    data,
    headers,
    url: url.href,
    baseURL: undefined,
    maxContentLength: call.maxContentLength,
    adapter: undefined,
  });
  const adapter = axios.getAdapter(chosen as AxiosAdapter, authorised);
  const sending = sendingBy(adapter, authorised);
  const connection = connectionOf(config, sending, connectionParts(call));
  Object.assign(authorised, connection, {
    ...(end === undefined ? {} : sending === 'http' ? endedBy(config, end) : { signal: end.signal }),
    // Mocks look for the path of a request; axios' own adapters get the URL that was checked.
    ...(sending === 'own' ? harmlessly(given, url) : {}),
    transport: strictlyFramed(delivery.watched(connection.transport)),
    // The deadline replaces the time-out of axios' own adapters; one of them would also count the reading of a stream.
    ...(isTimed && sending !== 'own' ? { timeout: 0 } : {}),
    // axios' fetch adapter forgets the signal of an answer that it rejects, so that nothing could end its stream.
    ...(sending === 'fetch' ? { validateStatus: undefined } : {}),
  });
  delivery.showsSockets = sending === 'http';
  const letGo = sending === 'fetch' ? () => end?.abort() : undefined;
  return { send: () => adapter(authorised), letGo };
}

function endedBy({ cancelToken }: Config, end: CallEnd): Partial<Config> {
  return { signal: undefined, cancelToken: new EndToken(cancelToken, end).token };
}

function connectionParts({ provider, url, transport, token, defaultAgent }: AxiosTry) {
  return { provider, url, transport, tokenAgent: token.httpsAgent, defaultAgent };
}
