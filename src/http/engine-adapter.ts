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

/** One try of a call, and what has to hear of it. */
export type EngineTry = EngineCall & ExchangeParts & { readonly delivery: Delivery };

/** The way of a request to its bank. */
type Route = Pick<BankHttpRequest, 'secureContext' | 'proxy'>;

/** Lets an engine send what it sends the same way as axios' own adapter. */
export class EngineAdapter {
  readonly #provider: string;
  readonly #connections: BankHttpConnections;
  readonly #httpAgent: unknown;

  /** @param httpAgent of requests that say nothing of agents */
  constructor(provider: string, connections: BankHttpConnections, httpAgent: unknown) {
    this.#provider = provider;
    this.#connections = connections;
    this.#httpAgent = httpAgent;
  }

  /**
   * What sends this try; undefined where axios' own adapter has to.
   * @throws BankAuthConfigError where it would have to and must not: connections that are not the engine's own were
   *   chosen by the application, be it for a test
   */
  sender(call: EngineTry): (() => Promise<AxiosResponse>) | undefined {
    const connections = this.#connections;
    const { by } = connections;
    // Whoever has replaced it sees calls there, and would miss this one.
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

/** Undefined where only axios' own adapter knows it. */
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
