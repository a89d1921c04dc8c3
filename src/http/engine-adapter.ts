import type { SecureContext } from 'node:tls';
import type { AxiosResponse } from 'axios';
import type { BankHttpConnections, BankHttpRequest } from '../engine/index.js';
import { BankAuthConfigError } from '../errors/index.js';
import type { Delivery } from './delivery.js';
import { EngineExchange, type ExchangeParts } from './engine-exchange.js';
import { type EngineCall, engineRequest } from './engine-request.js';
import { environmentRoute } from './environment-proxy.js';
import {
  atProvider,
  engineCannot,
  engineUnverified,
  engineWithoutTls,
  type ForeignConnections,
} from './http.messages.js';
import { isRequestOwn } from './own-request.js';

/** One try of a call, with its delivery. */
export type EngineTry = EngineCall & ExchangeParts & { readonly delivery: Delivery };

/** The way of a request to its bank. */
type Route = Pick<BankHttpRequest, 'secureContext' | 'proxy'>;

/** Sends requests by an engine if it sends them exactly as axios' own adapter would. */
export class EngineAdapter {
  readonly #provider: string;
  readonly #connections: BankHttpConnections;
  readonly #httpAgent: unknown;

  /** @param httpAgent the agent of requests that choose none */
  constructor(provider: string, connections: BankHttpConnections, httpAgent: unknown) {
    this.#provider = provider;
    this.#connections = connections;
    this.#httpAgent = httpAgent;
  }

  /**
   * The function that sends this try; undefined if axios' own adapter has to send it.
   * @throws BankAuthConfigError if axios' own adapter would have to send it and must not, because the application, or a
   *   test, has chosen connections that are not the engine's own
   */
  sender(call: EngineTry): (() => Promise<AxiosResponse>) | undefined {
    const connections = this.#connections;
    const { by } = connections;
    // A replacement of Node's own `request` must see all calls, and would miss a call by the engine.
    if ((by === 'engine' || by === 'process') && !isRequestOwn()) return undefined;
    const request = engineRequest(call, this.#httpAgent);
    const route =
      by === 'engine'
        ? routeOf(call)
        : this.#foreignRoute(call, by, typeof request === 'string' ? request : undefined);
    if (typeof request === 'string' || route === undefined) return undefined;
    return () => {
      const exchange = new EngineExchange(call, by !== 'mock');
      call.delivery.follow(exchange);
      exchange.sendBy((heard) => connections.send({ ...request, ...route }, heard));
      return exchange.response;
    };
  }

  #foreignRoute({ url, token }: EngineCall, by: ForeignConnections, odd: string | undefined): Route {
    const isUnverified = url.protocol === 'https:' && process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0';
    const problem =
      odd !== undefined
        ? engineCannot(by, odd)
        : token.httpsAgent !== undefined
          ? engineWithoutTls(by)
          : isUnverified
            ? engineUnverified(by)
            : undefined;
    if (problem === undefined) return DIRECT;
    const provider = this.#provider;
    throw new BankAuthConfigError(atProvider(provider, problem), { provider });
  }
}

const DIRECT: Route = { secureContext: undefined, proxy: undefined };

/** The route; undefined if only axios' own adapter knows it. */
function routeOf({ url, token, transport }: EngineCall): Route | undefined {
  if (url.protocol !== 'https:') return DIRECT;
  const agent = token.httpsAgent;
  const secureContext = agent?.options?.secureContext as SecureContext | undefined;
  if (agent !== undefined && secureContext === undefined) return undefined;
  if (transport.proxy === false) return { secureContext, proxy: undefined };
  const route = environmentRoute(url);
  if (route.way === 'unclear') return undefined;
  return { secureContext, proxy: route.way === 'proxy' ? route : undefined };
}
