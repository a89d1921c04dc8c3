import { AsyncResource } from 'node:async_hooks';
import type { SecureContext } from 'node:tls';
import { buildConnector, Client, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import type { BankHttpExchange, BankHttpRequest } from '../index.js';
import { ExchangeHandler, optionsOf } from './exchange-handler.js';
import { WITHDRAWN } from './undici.messages.js';

export interface LaneOptions {
  /** The most connections to one origin at once. */
  readonly connections: number;
  /** Milliseconds after which an idle connection is no longer used. */
  readonly keepAliveTimeout: number;
}

/** The parameters that the connections of some lanes share. */
export type Destination = Pick<BankHttpRequest, 'origin' | 'secureContext' | 'proxy'>;

/** The async context in which connections are made, of no caller: they outlive the first call that uses them. */
const NOBODY = new AsyncResource('BANKHTTPCONNECTION', { requireManualDestroy: true });

/** Milliseconds in which a connection must be made, TLS included. */
const CONNECT_TIMEOUT = 10_000;
/** Milliseconds by which a connection is closed before the bank closes it by its `Keep-Alive: timeout`. */
const MARGIN = 1_000;

/** One connection, made when it is needed, which has one request at a time. */
class Lane {
  readonly dispatcher: Dispatcher;
  #connecting: { destroy(error: Error): unknown } | undefined;
  #wall = 0;
  #running = 0;

  constructor(to: Destination, connector: buildConnector.connector, keepAliveTimeout: number) {
    const options = {
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout,
      keepAliveMaxTimeout: keepAliveTimeout,
      keepAliveTimeoutThreshold: MARGIN,
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    const { proxy } = to;
    if (proxy !== undefined) {
      this.dispatcher = new EnvHttpProxyAgent({
        ...options,
        connections: 1,
        httpProxy: '',
        httpsProxy: proxy.url,
        noProxy: '',
        ...(proxy.authorization === undefined ? {} : { token: proxy.authorization }),
        requestTls: tlsOptions(to.secureContext),
      });
      return;
    }
    const connect: buildConnector.connector = (target, callback) => {
      const settled: buildConnector.Callback = (...outcome) => {
        this.#connecting = undefined;
        callback(...outcome);
      };
      // The connector returns the socket, which its type lacks.
      this.#connecting = NOBODY.runInAsyncScope(connector, undefined, target, settled) as never;
    };
    this.dispatcher = new Client(to.origin, { ...options, connect });
  }

  /** Marks the connection as free for the next request. */
  rest(): void {
    this.#wall = Date.now();
    this.#running = performance.now();
  }

  /** Milliseconds without a request, by the clock that shows more: timers stand still in a frozen process. */
  get idle(): number {
    return Math.max(Date.now() - this.#wall, performance.now() - this.#running);
  }

  /** Drops its unsent request: a connection that is still being made is no longer needed. */
  letGo(): void {
    this.#connecting?.destroy(new Error(WITHDRAWN));
  }

  /** Closes the connection when its request is done. */
  close(): void {
    this.dispatcher.close().catch(() => undefined);
  }

  /** Destroys the connection of an incomplete request. For an aborted request, undici would otherwise connect again. */
  cut(): void {
    this.dispatcher.destroy().catch(() => undefined);
  }
}

/** A request on its way to a lane. */
interface Order {
  readonly request: BankHttpRequest;
  readonly exchange: BankHttpExchange;
  lane?: Lane;
}

/** The connections to one origin with the same TLS settings, and the requests that wait for one. */
export class Lanes {
  readonly #to: Destination;
  readonly #options: LaneOptions;
  readonly #connector: buildConnector.connector;
  /** The free connections, the most recently used last. */
  readonly #free: Lane[] = [];
  readonly #waiting = new Set<Order>();
  #count = 0;
  #isClosed = false;

  constructor(to: Destination, options: LaneOptions) {
    this.#to = to;
    this.#options = options;
    this.#connector = buildConnector({ ...tlsOptions(to.secureContext), allowH2: false });
  }

  /** @returns a function that withdraws the request if it has not been sent */
  send(request: BankHttpRequest, exchange: BankHttpExchange): () => void {
    const order: Order = { request, exchange };
    const lane = this.#lane();
    if (lane === undefined) this.#waiting.add(order);
    else this.#run(lane, order);
    return () => {
      this.#waiting.delete(order);
      order.lane?.letGo();
    };
  }

  /** Closes idle connections at once, others after their requests. */
  close(): void {
    this.#isClosed = true;
    for (const lane of this.#free.splice(0)) this.#drop(lane);
  }

  #lane(): Lane | undefined {
    const { connections, keepAliveTimeout } = this.#options;
    let lane = this.#free.pop();
    if (lane !== undefined && lane.idle >= keepAliveTimeout) {
      // The connections that were used before it have been idle for longer.
      for (const old of [lane, ...this.#free.splice(0)]) this.#drop(old);
      lane = undefined;
    }
    if (lane !== undefined) return lane;
    if (this.#count >= connections) return undefined;
    this.#count += 1;
    return new Lane(this.#to, this.#connector, keepAliveTimeout);
  }

  #run(lane: Lane, order: Order): void {
    order.lane = lane;
    const handler = new ExchangeHandler(order.exchange, (isWhole) => {
      delete order.lane;
      this.#done(lane, isWhole);
    });
    try {
      lane.dispatcher.dispatch(optionsOf(order.request), handler);
    } catch (error) {
      handler.onResponseError(undefined, error as Error);
    }
  }

  /** @param isWhole whether the answer is complete: if not, undici does not take another request at this moment */
  #done(lane: Lane, isWhole: boolean): void {
    if (!isWhole) {
      this.#count -= 1;
      lane.cut();
    }
    const [next] = this.#waiting;
    const free = isWhole ? lane : next && this.#lane();
    if (next !== undefined && free !== undefined) {
      this.#waiting.delete(next);
      this.#run(free, next);
    } else if (isWhole && this.#isClosed) {
      this.#drop(lane);
    } else if (isWhole) {
      lane.rest();
      this.#free.push(lane);
    }
  }

  #drop(lane: Lane): void {
    this.#count -= 1;
    lane.close();
  }
}

function tlsOptions(secureContext: SecureContext | undefined): buildConnector.BuildOptions {
  return {
    // Set, so that NODE_TLS_REJECT_UNAUTHORIZED has no effect.
    rejectUnauthorized: true,
    timeout: CONNECT_TIMEOUT,
    ...(secureContext === undefined ? {} : { secureContext }),
  };
}
