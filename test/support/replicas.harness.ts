import { BehaviorSubject, concat, defer, filter, finalize, type Observable, of, switchMap } from 'rxjs';
import {
  type LeaseAnswer,
  MemoryTokenStore,
  type StoredToken,
  type TokenChange,
  type TokenLease,
  type TokenStore,
} from '../../src/store/index.js';
import type { TokenFailure } from '../../src/token/token-failure.js';
import { type Asked, ask, type Exchange, Harness, HOUR } from './token-service.harness.js';
import { VirtualClock } from './virtual-clock.js';

export type Operation = 'read' | 'write' | 'remove' | 'lease' | 'extend' | 'release' | 'check';

/** How an operation fares between a replica and the store; `go` lets it through. */
export type Way = <T>(operation: Operation, go: () => Promise<T>) => Promise<T>;

const through: Way = (_operation, go) => go();

/** What lies between one replica and the store that all of them share: a test may put anything in the way. */
export class Link implements TokenStore {
  readonly calls: Operation[] = [];
  way: Way = through;
  /** How many listen to news. */
  listeners = 0;
  /** Which news arrive. */
  hears: (change: TokenChange) => boolean = () => true;
  readonly #leases = new WeakMap<TokenLease, TokenLease>();
  #frozen: (() => void)[] = [];

  constructor(private readonly store: BehaviorSubject<MemoryTokenStore>) {}

  read(key: string) {
    return this.#go('read', () => this.store.value.read(key));
  }

  writeIfNewer(key: string, token: StoredToken, how: { ageMs?: number; lease?: TokenLease } = {}) {
    const lease = how.lease && this.#leases.get(how.lease);
    return this.#go('write', () => this.store.value.writeIfNewer(key, token, { ...how, lease }));
  }

  remove(key: string, fingerprint: string, how?: { readonly refused?: boolean }) {
    return this.#go('remove', () => this.store.value.remove(key, fingerprint, how));
  }

  async lease(key: string, durationMs: number, how?: { despiteFailure?: boolean }): Promise<LeaseAnswer> {
    const answer = await this.#go('lease', () => this.store.value.lease(key, durationMs, how));
    if (answer?.kind !== 'acquired') return answer;
    const { lease } = answer;
    const linked: TokenLease = {
      extend: (forMs) => this.#go('extend', () => lease.extend(forMs)),
      release: (outcome) => this.#go('release', () => lease.release(outcome)),
    };
    this.#leases.set(linked, lease);
    return { kind: 'acquired', lease: linked };
  }

  /** As of a store elsewhere: whoever has a connection again is told that news may have been missed. */
  changes(key: string): Observable<TokenChange> {
    return defer(() => {
      this.listeners += 1;
      let connections = 0;
      return this.store.pipe(
        switchMap((current) => {
          connections += 1;
          const missed: TokenChange[] = connections > 1 ? [{ type: 'resumed' }] : [];
          return concat(of(...missed), current.changes(key));
        }),
        filter((change) => this.hears(change)),
        finalize(() => {
          this.listeners -= 1;
        }),
      );
    });
  }

  check(): Promise<void> {
    return this.#go('check', async () => undefined);
  }

  /** These operations, or all, get no further until the link is mended; then they go on, late as they are. */
  freeze(...operations: Operation[]): void {
    this.way = (operation, go) => {
      if (operations.length > 0 && !operations.includes(operation)) return go();
      return new Promise((resolve, reject) => {
        this.#frozen.push(() => void go().then(resolve, reject));
      });
    };
  }

  /** Nothing is in the way any more. */
  mend(): void {
    this.way = through;
    this.hears = () => true;
    for (const goOn of this.#frozen.splice(0)) goOn();
  }

  #go<T>(operation: Operation, go: () => Promise<T>): Promise<T> {
    this.calls.push(operation);
    return this.way(operation, go);
  }
}

type Parts = Omit<NonNullable<ConstructorParameters<typeof Harness>[0]>, 'store'>;

/** One process of many. */
export class Replica extends Harness {
  readonly link: Link;

  constructor(parts: Parts & { readonly store: Link }) {
    super(parts);
    this.link = parts.store;
  }

  /** The token that is served now where it is fresh, else how things stand; asks for nothing. */
  get held(): string {
    const { state } = this.service.status;
    if (state !== 'fresh' && state !== 'refused') return state;
    const token = this.service.acquire();
    return 'value' in token ? token.value : state;
  }

  /** As a process that is killed: nothing that it does from now on reaches the store. */
  die(): void {
    this.link.way = async () => undefined as never;
    this.service.close();
  }
}

/** Several processes on one store, at one bank, in one time. */
export class Fleet {
  readonly clock = new VirtualClock();
  readonly replicas: Replica[] = [];
  /** All token requests, in the order in which they reached the bank. */
  readonly exchanges: { readonly exchange: Exchange; readonly replica: Replica }[] = [];
  /** The most that were open at once. */
  peak = 0;
  readonly #store = new BehaviorSubject(this.#empty());
  #reply: (exchange: Exchange, replica: Replica) => void = () => undefined;

  constructor(
    count: number,
    private readonly parts: Parts = {},
  ) {
    for (let n = 0; n < count; n += 1) this.join();
  }

  /** Another replica is started. */
  join(parts: Parts = {}): Replica {
    const { clock } = this;
    const replica = new Replica({ ...this.parts, ...parts, clock, store: new Link(this.#store) });
    replica.bank.replies((exchange) => {
      this.exchanges.push({ exchange, replica });
      const open = this.replicas.flatMap(({ bank }) => bank.open);
      this.peak = Math.max(this.peak, open.length);
      this.#reply(exchange, replica);
    });
    this.replicas.push(replica);
    return replica;
  }

  /** The replica of this index, which has to be there. */
  at(index: number): Replica {
    return this.replicas.at(index) as Replica;
  }

  get store(): MemoryTokenStore {
    return this.#store.value;
  }

  /** The store is started anew, with nothing in it. */
  restartStore(): void {
    this.#store.next(this.#empty());
  }

  get requests(): number {
    return this.exchanges.length;
  }

  /** The last request that reached the bank. */
  get last(): Exchange {
    return this.exchanges.at(-1)?.exchange as Exchange;
  }

  /** When they were sent, in milliseconds since the start. */
  get times(): number[] {
    return this.exchanges.map(({ exchange }) => exchange.sentAt.monotonic);
  }

  /** How many came from each replica. */
  get requestsOf(): number[] {
    return this.replicas.map(({ bank }) => bank.requests);
  }

  /** The bank issues `token-1`, `token-2` …, numbered by when they were asked for. */
  issues(lifetime = HOUR): this {
    return this.replies((exchange) => exchange.grant(`token-${this.requests}`, lifetime));
  }

  hangs(): this {
    return this.replies(() => undefined);
  }

  fails(failure: TokenFailure): this {
    return this.replies((exchange) => exchange.fail(failure));
  }

  replies(reply: (exchange: Exchange, replica: Replica) => void): this {
    this.#reply = reply;
    return this;
  }

  /** Answers the request that is open. */
  grant(lifetime = HOUR): void {
    this.last.grant(`token-${this.requests}`, lifetime);
  }

  ask(how?: 'getToken' | 'refresh'): Asked[] {
    return this.replicas.map(({ service }) => ask(service, how));
  }

  /** What each replica serves. */
  get held(): string[] {
    return this.replicas.map(({ held }) => held);
  }

  /** The key under which these replicas keep their tokens. */
  get key(): string {
    const { provider, tokenUrl, scopes } = this.at(0).parts;
    return JSON.stringify([provider, 'default', tokenUrl, [...scopes].sort()]);
  }

  /** Whether somebody has the lease. To be asked at the end: it takes the lease for a millisecond. */
  async isLeased(): Promise<boolean> {
    const { kind } = await this.store.lease(this.key, 1, { despiteFailure: true });
    return kind === 'held';
  }

  #empty(): MemoryTokenStore {
    return new MemoryTokenStore(() => this.clock.now());
  }
}

export const tokensOf = (asked: readonly Asked[]) => asked.map(({ token }) => token?.value);
export const errorsOf = (asked: readonly Asked[]) => asked.map(({ error }) => error?.code);
/** So many times the same. */
export const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
