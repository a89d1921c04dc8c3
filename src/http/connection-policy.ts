import type { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosAdapter, type InternalAxiosRequestConfig } from 'axios';
import { BankAuthConfigError } from '../errors/index.js';
import { requestSender } from '../token/index.js';
import { namesNoPlainProxy } from './environment-proxy.js';
import { isStrictlyFramed } from './framing.js';
import {
  agentReplaced,
  atProvider,
  INSECURE_PARSER,
  ignored,
  OWN_TRANSPORT,
  oddHttp2Options,
  otherAgent,
  partLost,
  unverified,
} from './http.messages.js';
import { own } from './own-members.js';
import { lostPart, type Transport } from './transport.js';

/** What there is to connect by, from the nearest to the farthest. */
export interface ConnectionParts {
  readonly provider: string;
  readonly url: URL;
  readonly transport: Transport;
  /** That of the credentials with which the token was obtained. */
  readonly tokenAgent: HttpsAgent | undefined;
  /** Where nothing else says anything about TLS. */
  readonly defaultAgent: HttpsAgent | undefined;
}

/** How the request is sent: by axios' own adapters, or by a function of the user's, whose matter all of this is then. */
export type Sending = 'http' | 'http2' | 'fetch' | 'own';

/** The `fetchOptions` that a caller may set. All others would choose the receiver of the token, or drop it. */
const FETCH_OPTIONS = [
  'cache',
  'dispatcher',
  'integrity',
  'keepalive',
  'priority',
  'referrer',
  'referrerPolicy',
] as const;

/** What of `http2Options` concerns the session only. All else would choose the server, or whether it is verified. */
const HTTP2_OPTIONS: ReadonlySet<string> = new Set([
  'maxDeflateDynamicTableSize',
  'maxHeaderListPairs',
  'maxOutstandingPings',
  'maxReservedRemoteStreams',
  'maxSendHeaderBlockLength',
  'maxSessionInvalidFrames',
  'maxSessionMemory',
  'maxSessionRejectedStreams',
  'maxSettings',
  'paddingStrategy',
  'peerMaxConcurrentStreams',
  'sessionTimeout',
  'settings',
  'strictFieldWhitespaceValidation',
  'unknownProtocolTimeout',
]);

/** How this adapter will send this request. */
export function sendingBy(adapter: AxiosAdapter, config: InternalAxiosRequestConfig): Sending {
  const httpVersion: unknown = own(config, 'httpVersion');
  if (adapter === axios.getAdapter('http')) return Number(httpVersion ?? 1) === 2 ? 'http2' : 'http';
  return adapter === (axios.getAdapter as GetAdapter)('fetch', config) ? 'fetch' : 'own';
}

/** As it is; axios' types lack the second parameter, by which a request has a `fetch` of its own. */
type GetAdapter = (name: string, config: InternalAxiosRequestConfig) => AxiosAdapter;

/**
 * How a request connects. What is configured on TLS and proxies holds for each way of sending, or the request is refused.
 * @throws BankAuthConfigError before anything is sent
 */
export function connectionOf(
  config: InternalAxiosRequestConfig,
  sending: Sending,
  parts: ConnectionParts,
): Partial<InternalAxiosRequestConfig> {
  const { provider, url, transport, tokenAgent, defaultAgent } = parts;
  const { httpsAgent, fetchOptions, http2Options, trustedProxy } = transport;
  const secure = url.protocol === 'https:';
  // Without TLS a proxy would read the token, so that only one of the configuration's gets it.
  const proxy = secure ? transport.proxy : (trustedProxy ?? plainProxy(sending, transport));
  const chosenAgent = httpsAgent ?? tokenAgent;
  const problem =
    problemOfOptions(config) ??
    problemOfCopy(transport) ??
    problemOfAgents(transport, tokenAgent) ??
    (sending === 'fetch' || sending === 'http2'
      ? problemOfOtherWays(sending, chosenAgent, proxy || undefined, secure)
      : undefined) ??
    problemOfHttp2(sending, http2Options);
  if (problem !== undefined) {
    throw new BankAuthConfigError(atProvider(provider, problem), { provider });
  }
  const chosen = chosenAgent !== undefined || Boolean(proxy);
  return {
    httpsAgent: chosenAgent ?? defaultAgent,
    proxy,
    // Without TLS nothing would tell the bank from where a caller's own `lookup` leads.
    ...(secure ? {} : { lookup: undefined }),
    // axios drops the `Authorization` header where this is set.
    auth: undefined,
    // A redirect would carry the token to wherever the answer says.
    maxRedirects: 0,
    ...(sending === 'http' ? {} : { fetchOptions: { ...members(fetchOptions), redirect: 'manual' } }),
    ...(sending === 'http2'
      ? { http2Options: { ...(http2Options as object | undefined), rejectUnauthorized: true } }
      : {}),
    transport: requestSender({
      httpsAgent: chosenAgent,
      ...(chosen ? { refuseReplacedAgent: () => replacedAgent(provider) } : {}),
    }),
  };
}

/**
 * Without TLS the environment has no say either. `false` says so to axios, which then makes a function for each request
 * that V8 keeps for long: where nothing else would name a proxy, it is left unsaid.
 */
function plainProxy(sending: Sending, { httpAgent }: Transport): false | undefined {
  const { options } = (httpAgent ?? {}) as { options?: { proxyEnv?: unknown } };
  return sending === 'http' && options?.proxyEnv === undefined && namesNoPlainProxy() ? undefined : false;
}

/** Options of a request by which the token, or another call's answer, could get into the wrong hands. */
function problemOfOptions(config: InternalAxiosRequestConfig): string | undefined {
  if (own(config, 'transport') && !isStrictlyFramed(own(config, 'transport'))) {
    return OWN_TRANSPORT;
  }
  if (own(config, 'insecureHTTPParser')) {
    return INSECURE_PARSER;
  }
  return undefined;
}

/** Without its agent or proxy, a request would go another way than it went the first time. */
function problemOfCopy(transport: Transport): string | undefined {
  const lost = lostPart(transport);
  return lost === undefined ? undefined : partLost(lost);
}

function problemOfAgents(
  { httpsAgent, fetchOptions }: Transport,
  tokenAgent: HttpsAgent | undefined,
): string | undefined {
  if (tokenAgent === undefined) return undefined;
  const other =
    httpsAgent !== undefined && httpsAgent !== tokenAgent
      ? 'httpsAgent'
      : fetchOptions?.dispatcher
        ? 'fetchOptions.dispatcher'
        : undefined;
  return other === undefined ? undefined : otherAgent(other);
}

/** axios' other ways of sending know nothing of agents and proxies. */
function problemOfOtherWays(
  sending: 'fetch' | 'http2',
  agent: HttpsAgent | undefined,
  proxy: unknown,
  secure: boolean,
): string | undefined {
  const way = sending === 'fetch' ? "adapter: 'fetch'" : 'httpVersion: 2';
  if (agent !== undefined || proxy !== undefined) {
    return ignored(way, agent !== undefined);
  }
  if (sending === 'fetch' && secure && process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    return unverified(way);
  }
  return undefined;
}

function problemOfHttp2(sending: Sending, options: unknown): string | undefined {
  const odd =
    sending === 'http2' ? Object.keys(options ?? {}).filter((name) => !HTTP2_OPTIONS.has(name)) : [];
  return odd.length === 0 ? undefined : oddHttp2Options(odd);
}

function replacedAgent(provider: string): BankAuthConfigError {
  return new BankAuthConfigError(agentReplaced(provider), { provider });
}

function members(options: Transport['fetchOptions']): Record<string, unknown> {
  const given = (options ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    FETCH_OPTIONS.filter((name) => Object.hasOwn(given, name)).map((name) => [name, given[name]]),
  );
}
