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

/** The settings that a connection is made from, in order of precedence. */
export interface ConnectionParts {
  readonly provider: string;
  readonly url: URL;
  readonly transport: Transport;
  /** The agent of the credentials with which the token was obtained. */
  readonly tokenAgent: HttpsAgent | undefined;
  /** The agent if nothing else sets TLS options. */
  readonly defaultAgent: HttpsAgent | undefined;
}

/** How the request is sent: by one of axios' own adapters, or by a function of the user, which connects on its own. */
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

/** The `http2Options` that concern the session only. All others would choose the server, or whether it is verified. */
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

/** The real signature: axios' types lack the second parameter, which may hold the request's own `fetch`. */
type GetAdapter = (name: string, config: InternalAxiosRequestConfig) => AxiosAdapter;

/**
 * How a request connects. The configured TLS options and proxies hold for each adapter, or the request is refused.
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
  // Without TLS a proxy would read the token, so only the configured proxy gets it.
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
    // Without TLS nothing would verify the server to which a caller's own `lookup` leads.
    ...(secure ? {} : { lookup: undefined }),
    // axios drops the `Authorization` header if this is set.
    auth: undefined,
    // A redirect would carry the token to any server that the answer names.
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
 * Without TLS the proxy of the environment is not used either. `false` tells axios so, which then makes a function for
 * each request that V8 keeps for long: undefined is returned if nothing else would name a proxy.
 */
function plainProxy(sending: Sending, { httpAgent }: Transport): false | undefined {
  const { options } = (httpAgent ?? {}) as { options?: { proxyEnv?: unknown } };
  return sending === 'http' && options?.proxyEnv === undefined && namesNoPlainProxy() ? undefined : false;
}

/** Refuses options of a request by which the token, or another call's answer, could get into the wrong hands. */
function problemOfOptions(config: InternalAxiosRequestConfig): string | undefined {
  if (own(config, 'transport') && !isStrictlyFramed(own(config, 'transport'))) {
    return OWN_TRANSPORT;
  }
  if (own(config, 'insecureHTTPParser')) {
    return INSECURE_PARSER;
  }
  return undefined;
}

/** Refuses a copied configuration without its agent or proxy: the request would go another way than the first time. */
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

/** Refuses agents and proxies with axios' other adapters, which ignore them. */
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
