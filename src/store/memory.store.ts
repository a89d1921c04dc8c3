import { inspect } from 'node:util';
import { Observable, Subject } from 'rxjs';
import { elapsed, type Instant } from '../time/clock.js';
import { IN_MEMORY } from './store.messages.js';
import type {
  LeaseAnswer,
  StoredFailure,
  StoredToken,
  TokenChange,
  TokenLease,
  TokenStore,
} from './token-store.js';

/** The records under one key. */
interface Records {
  token?: { readonly token: StoredToken; readonly since: Instant; readonly number: number };
  failure?: { readonly failure: StoredFailure; readonly since: Instant; readonly forMs: number };
  lease?: MemoryLease;
}

interface MemoryLease extends TokenLease {
  readonly owner: string;
  number: number;
  until: number;
}

/** Up to this many keys are kept without a look for expired records. */
const FEW_KEYS = 1_000;

/** Keeps tokens in this process, for the services of several applications in it. Processes do not share them. */
export class MemoryTokenStore implements TokenStore {
  readonly description = IN_MEMORY;
  readonly #records = new Map<string, Records>();
  readonly #changes = new Map<string, Subject<TokenChange>>();
  readonly #now: () => Instant;
  /** The number of the last lease. Numbers are moments on the monotonic clock, all different: they order tokens. */
  #lastNumber = Number.NEGATIVE_INFINITY;
  #owners = 0;
  /** With this number of keys, expired records are dropped: merchants that never return take no room. */
  #sweepAt = FEW_KEYS;

  /** @param now for tests that own the time */
  constructor(now: () => Instant = () => ({ wall: Date.now(), monotonic: performance.now() })) {
    this.#now = now;
  }

  async read(key: string): Promise<{ token: StoredToken; ageMs: number } | undefined> {
    const records = this.#records.get(key);
    if (records?.token === undefined) return undefined;
    const { token, since } = records.token;
    const ageMs = this.#gone(since);
    if (ageMs < token.lifetime) return { token, ageMs };
    records.token = undefined;
    this.#tidy(key, records);
    return undefined;
  }

  async writeIfNewer(
    key: string,
    token: StoredToken,
    { ageMs, lease }: { readonly ageMs?: number; readonly lease?: TokenLease } = {},
  ): Promise<boolean> {
    const now = this.#now();
    const age = ageMs ?? Math.max(0, now.wall - token.issuedAt);
    const records = this.#recordsOf(key);
    const kept = records.token;
    const isNewer =
      kept === undefined ||
      this.#gone(kept.since) >= kept.token.lifetime ||
      (isMemoryLease(lease) ? lease.number >= kept.number : age <= this.#gone(kept.since)) ||
      kept.token.fingerprint === token.fingerprint;
    if (!isNewer) return false;
    records.token = {
      token,
      since: { wall: now.wall - age, monotonic: now.monotonic - age },
      number: isMemoryLease(lease) ? lease.number : now.monotonic - age,
    };
    records.failure = undefined;
    this.#publish(key, { type: 'written', fingerprint: token.fingerprint });
    return true;
  }

  async remove(
    key: string,
    fingerprint: string,
    { refused = false }: { readonly refused?: boolean } = {},
  ): Promise<void> {
    const records = this.#records.get(key);
    if (records?.token?.token.fingerprint === fingerprint) {
      records.token = undefined;
      this.#tidy(key, records);
    }
    this.#publish(key, { type: 'removed', fingerprint, refused });
  }

  async lease(
    key: string,
    durationMs: number,
    { despiteFailure = false }: { readonly despiteFailure?: boolean } = {},
  ): Promise<LeaseAnswer> {
    const { monotonic } = this.#now();
    const records = this.#recordsOf(key);
    if (records.lease !== undefined && records.lease.until > monotonic) {
      const { owner, until } = records.lease;
      return { kind: 'held', forMs: until - monotonic, owner };
    }
    if (records.failure !== undefined) {
      const { failure, since, forMs } = records.failure;
      const left = forMs - this.#gone(since);
      if (left > 0 && !despiteFailure) return { kind: 'cooling-down', failure, forMs: left };
      if (left <= 0) records.failure = undefined;
    }
    this.#owners += 1;
    const lease: MemoryLease = {
      owner: `${this.#owners}`,
      number: this.#nextNumber(monotonic),
      until: monotonic + durationMs,
      extend: async (forMs) => {
        const now = this.#now().monotonic;
        if (records.lease !== lease || lease.until <= now) return false;
        lease.until = now + forMs;
        // The bank is about to be asked again.
        lease.number = this.#nextNumber(now);
        return true;
      },
      release: async (outcome) => {
        if (records.lease !== lease) return;
        records.lease = undefined;
        if (outcome !== undefined) records.failure = { ...outcome, since: this.#now() };
        this.#tidy(key, records);
        this.#publish(key, { type: 'released' });
      },
    };
    records.lease = lease;
    return { kind: 'acquired', lease };
  }

  changes(key: string): Observable<TokenChange> {
    return new Observable((subscriber) => {
      const changes = this.#changes.get(key) ?? new Subject<TokenChange>();
      this.#changes.set(key, changes);
      const subscription = changes.subscribe(subscriber);
      return () => {
        subscription.unsubscribe();
        if (!changes.observed) this.#changes.delete(key);
      };
    });
  }

  [inspect.custom](): string {
    const tokens = [...this.#records.values()].filter(({ token }) => token !== undefined).length;
    return `MemoryTokenStore(${tokens} tokens)`;
  }

  #nextNumber(now: number): number {
    this.#lastNumber = Math.max(now, this.#lastNumber + 0.001);
    return this.#lastNumber;
  }

  /** Milliseconds by the clock that saw more of them: to take a token for younger than it is would be dangerous. */
  #gone(since: Instant): number {
    return elapsed(since, this.#now());
  }

  #recordsOf(key: string): Records {
    const known = this.#records.get(key);
    if (known !== undefined) return known;
    if (this.#records.size >= this.#sweepAt) this.#sweep();
    const records: Records = {};
    this.#records.set(key, records);
    return records;
  }

  /** The next sweep is at twice as many keys as are left, so that a key costs the same however many there are. */
  #sweep(): void {
    const { monotonic } = this.#now();
    for (const [key, records] of this.#records) {
      const { token, failure, lease } = records;
      if (token !== undefined && this.#gone(token.since) >= token.token.lifetime) records.token = undefined;
      if (failure !== undefined && this.#gone(failure.since) >= failure.forMs) records.failure = undefined;
      if (lease !== undefined && lease.until <= monotonic) records.lease = undefined;
      this.#tidy(key, records);
    }
    this.#sweepAt = Math.max(FEW_KEYS, 2 * this.#records.size);
  }

  /** Deletes a key without records. */
  #tidy(key: string, { token, failure, lease }: Records): void {
    if (token === undefined && failure === undefined && lease === undefined) this.#records.delete(key);
  }

  /** Publishes a change only after its author has the answer, as a store elsewhere does. */
  #publish(key: string, change: TokenChange): void {
    queueMicrotask(() => this.#changes.get(key)?.next(change));
  }
}

function isMemoryLease(lease: TokenLease | undefined): lease is MemoryLease {
  return typeof (lease as Partial<MemoryLease> | undefined)?.number === 'number';
}
