import { AsyncResource } from 'node:async_hooks';
import type { SecureContext } from 'node:tls';
import { buildConnector, Client, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import type { BankHttpExchange, BankHttpRequest } from '../index.js';
import { ExchangeHandler, optionsOf } from './exchange-handler.js';
import { WITHDRAWN } from './undici.messages.js';

export interface LaneOptions {
  /** At once to one origin, at most. */
  readonly connections: number;
  /** Milliseconds. */
  readonly keepAliveTimeout: number;
}

/** What the connections of some lanes have in common. */
export type Destination = Pick<BankHttpRequest, 'origin' | 'secureContext' | 'proxy'>;

/** Connections are made in the context of no caller: they outlive the call that needs the first. */
const NOBODY = new AsyncResource('BANKHTTPCONNECTION', { requireManualDestroy: true });

/** Milliseconds in which a connection has to be made, TLS included. */
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
      // It returns the socket, which its type does not say.
      this.#connecting = NOBODY.runInAsyncScope(connector, undefined, target, settled) as never;
    };
    this.dispatcher = new Client(to.origin, { ...options, connect });
  }

  /** The next request may have it. */
  rest(): void {
    this.#wall = Date.now();
    this.#running = performance.now();
  }

  /** Milliseconds for which it has had no request, by the later of two clocks: timers stand still in a frozen process. */
  get idle(): number {
    return Math.max(Date.now() - this.#wall, performance.now() - this.#running);
  }

  /** Its request is unwanted, and nothing of it is sent: of a connection that is not made yet, nothing is needed. */
  letGo(): void {
    this.#connecting?.destroy(new Error(WITHDRAWN));
  }

  /** When its request is done. */
  close(): void {
    this.dispatcher.close().catch(() => undefined);
  }

  /** Its request is over, unanswered. If it was aborted, undici would connect anew for it before it left it out. */
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
  /** The last one was used last. */
  readonly #free: Lane[] = [];
  readonly #waiting = new Set<Order>();
  #count = 0;
  #isClosed = false;

  constructor(to: Destination, options: LaneOptions) {
    this.#to = to;
    this.#options = options;
    this.#connector = buildConnector({ ...tlsOptions(to.secureContext), allowH2: false });
  }

  /** @returns takes the request back, as far as it has not been sent */
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

  /** Idle connections go at once, others after their requests. */
  close(): void {
    this.#isClosed = true;
    for (const lane of this.#free.splice(0)) this.#drop(lane);
  }

  #lane(): Lane | undefined {
    const { connections, keepAliveTimeout } = this.#options;
    let lane = this.#free.pop();
    if (lane !== undefined && lane.idle >= keepAliveTimeout) {
      // Those that were used before it have been idle for longer.
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

  /** @param isWhole whether its request was answered to the end: else undici takes no other one in this moment */
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
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
    timeout: CONNECT_TIMEOUT,
    ...(secureContext === undefined ? {} : { secureContext }),
  };
}
