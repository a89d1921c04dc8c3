import type { SecureContext } from 'node:tls';
import { type Dispatcher, getGlobalDispatcher } from 'undici';
import type { BankHttpConnections, BankHttpExchange, BankHttpRequest } from '../index.js';
import { ExchangeHandler, optionsOf } from './exchange-handler.js';
import { type LaneOptions, Lanes } from './lanes.js';

/** undici's own dispatcher, unless it was replaced before this file was imported. */
const FIRST = getGlobalDispatcher();

/** Lanes by origin, and by proxy if there is one. */
type ByPlace = Map<string, Lanes>;

/** The connections of one client: its own lanes, or the dispatcher that the application has chosen. */
export class UndiciConnections implements BankHttpConnections {
  readonly #options: LaneOptions;
  readonly #given: Dispatcher | undefined;
  readonly #plain: ByPlace = new Map();
  /** Lanes with the TLS settings of credentials, which are forgotten with the credentials. */
  readonly #secure = new WeakMap<SecureContext, ByPlace>();
  readonly #all = new Set<WeakRef<Lanes>>();
  #isClosed = false;

  constructor(options: LaneOptions, given: Dispatcher | undefined) {
    this.#options = options;
    this.#given = given;
  }

  get by(): BankHttpConnections['by'] {
    const given = this.#given;
    if (given !== undefined) return isMock(given) ? 'mock' : 'application';
    const replaced = replacedDispatcher();
    if (replaced === undefined) return 'engine';
    return isMock(replaced) ? 'mock' : 'process';
  }

  send(request: BankHttpRequest, exchange: BankHttpExchange): () => void {
    const foreign = this.#given ?? replacedDispatcher();
    if (foreign === undefined) return this.#lanes(request).send(request, exchange);
    const handler = new ExchangeHandler(exchange);
    try {
      foreign.dispatch(optionsOf(request), handler);
    } catch (error) {
      handler.onResponseError(undefined, error as Error);
    }
    return () => undefined;
  }

  /** Closes the lanes. The application itself closes a dispatcher that it passed. */
  close(): void {
    this.#isClosed = true;
    for (const reference of this.#all) reference.deref()?.close();
  }

  #lanes(request: BankHttpRequest): Lanes {
    const { origin, secureContext, proxy } = request;
    let byPlace = this.#plain;
    if (secureContext !== undefined) {
      byPlace = this.#secure.get(secureContext) ?? new Map();
      this.#secure.set(secureContext, byPlace);
    }
    const place = proxy === undefined ? origin : JSON.stringify([origin, proxy]);
    const known = byPlace.get(place);
    if (known !== undefined) return known;
    const lanes = new Lanes({ origin, secureContext, proxy }, this.#options);
    if (this.#isClosed) lanes.close();
    byPlace.set(place, lanes);
    for (const reference of this.#all) if (reference.deref() === undefined) this.#all.delete(reference);
    this.#all.add(new WeakRef(lanes));
    return lanes;
  }
}

/** The dispatcher that replaces undici's own, for the whole process or in a test; undefined if there is none. */
function replacedDispatcher(): Dispatcher | undefined {
  const current = getGlobalDispatcher();
  // The first dispatcher may be the application's too, which its class then shows.
  return current === FIRST && current.constructor.name === 'Agent' ? undefined : current;
}

/** Whether a dispatcher is a mock, such as undici's MockAgent and SnapshotAgent, of any copy of undici. */
function isMock(dispatcher: Dispatcher): boolean {
  return typeof (dispatcher as { disableNetConnect?: unknown }).disableNetConnect === 'function';
}
