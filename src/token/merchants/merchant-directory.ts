import { LRUCache } from 'lru-cache';
import { AsyncSubject, EMPTY, Observable, repeat, type Subscription, share } from 'rxjs';
import {
  type CredentialsSource,
  type Expiry,
  expiriesOf,
  type VersionedCredentials,
} from '../../credentials/index.js';
import { BankAuthConfigError, type BankAuthError } from '../../errors/index.js';
import { NO_EVENTS } from '../../events/index.js';
import { subscribedByNobody } from '../async-context.js';
import { TlsAgents } from '../endpoint/tls-agents.js';
import { TokenRequestQueue } from '../flight/token-request-queue.js';
import { SharedTokens } from '../sharing/shared-tokens.js';
import {
  disabled,
  merchantsEvicted,
  named,
  noCredentials,
  noMerchants,
  noOwnCredentials,
  whereFound,
} from '../token.messages.js';
import { READS_OF_CREDENTIALS, scopesOf, THE_CONFIGURATION } from '../token-failure.messages.js';
import type { TokenStatus } from '../token-status.js';
import { BankNews } from './bank-news.js';
import { ExpiryWatch, type MerchantExpiry } from './expiry-watch.js';
import { countMerchants, type ProviderCensus, troubledFirst } from './merchant-census.js';
import { merchantKeyProblem } from './merchant-key.js';
import { MerchantLog, say } from './merchant-log.js';
import { MerchantNews } from './merchant-news.js';
import type { CommonParts, MerchantKeeper } from './merchant-parts.js';
import { MerchantTokens } from './merchant-tokens.js';
import type { ProviderParts } from './provider-parts.js';
import { RecentAnswer } from './recent-answer.js';
import { skewWatch } from './skew-watch.js';

/** The name of the provider's own credentials. */
export const DEFAULT_MERCHANT = 'default';

/** At most this many unknown keys are remembered: made-up keys push out each other, not customers. */
const MOST_UNKNOWN_KEYS = 1_000;
/** At most this many reads of credentials are under way at once: of known merchants, and as many of other keys. */
const MOST_READS = 32;
/** The number of looks for merchants that have been idle for too long, within the time that they may be idle. */
const LOOKS_PER_IDLE_TIME = 4;
const LONGEST_NAP = 60_000;

/**
 * Finds the one `MerchantTokens` of each merchant of a provider. Busy merchants are kept; idle ones are let go, the
 * least recently used first.
 */
export class MerchantDirectory implements MerchantKeeper<MerchantTokens> {
  readonly provider: string;
  readonly #parts: ProviderParts;
  readonly #common: CommonParts<MerchantTokens>;
  readonly #own: MerchantTokens;
  readonly #queue: TokenRequestQueue;
  /** The queues for reads of credentials: of known merchants, and of other keys. */
  readonly #reads: Readonly<Record<'known' | 'others', TokenRequestQueue>>;
  readonly #busy = new Map<string, MerchantTokens>();
  /** For merchants that are busy with a rotation only: since when they are unused, by the clock of the cache. */
  readonly #unused = new Map<string, number>();
  readonly #idle?: LRUCache<string, MerchantTokens>;
  readonly #unknownKeys?: LRUCache<string, MerchantTokens>;
  readonly #expiries: ExpiryWatch;
  readonly #closing = new AsyncSubject<void>();
  #closed = false;
  /** Callers that wait for a token. */
  #waiting = 0;
  #tidying?: Subscription;
  #warned = false;

  constructor(parts: ProviderParts) {
    const { provider, retry, clock, logger, merchants } = parts;
    this.provider = provider;
    this.#parts = parts;
    const log = new MerchantLog(logger, clock, provider);
    const loggerOf = (key: string | undefined) => (key === undefined ? logger : log);
    const { events = NO_EVENTS } = parts;
    // A single merchant speaks for itself.
    this.#queue = new TokenRequestQueue(
      parts.tokenRequests,
      clock,
      merchants === undefined ? undefined : new BankNews(provider, clock, logger, events),
    );
    const reads = () =>
      new TokenRequestQueue(
        { concurrency: MOST_READS, queue: parts.tokenRequests.queue, what: READS_OF_CREDENTIALS },
        clock,
      );
    this.#reads = { known: reads(), others: reads() };
    this.#common = {
      ...parts,
      agents: new TlsAgents(),
      recent: new RecentAnswer(),
      unshared: new SharedTokens(undefined, '', this.#closing),
      queue: this.#queue,
      closing: this.#closing,
      isClosed: () => this.#closed,
      awake: this.#counted(subscribedByNobody(awake(retry.deadline)).pipe(share())),
      refusal: (merchant) => this.#refusal(merchant),
      credentialsOf: (merchant) => this.#credentialsOf(merchant),
      credentialsRead: (key, credentials) => this.#credentialsRead(key as string | undefined, credentials),
      readsOf: ({ key, retention }) =>
        key === undefined ? undefined : this.#reads[retention === 'keep' ? 'known' : 'others'],
      credentialsFrom: (key) =>
        (key === undefined ? parts.credentials?.description : merchants?.credentialsFrom) ??
        THE_CONFIGURATION,
      scopesFrom: parts.scopesFrom ?? scopesOf(provider),
      labelOf: (key) => this.labelOf(key),
      news: new MerchantNews({
        provider,
        clock,
        machine: parts.machine,
        events,
        loggerOf,
        labelOf: (key) => this.labelOf(key),
        isBankInTrouble: () => this.#queue.inTrouble,
      }),
      bankClock: skewWatch((byMs) =>
        events.emit(provider, DEFAULT_MERCHANT, clock.wall(), { type: 'clock.skewed', byMs }),
      ),
      keeper: this,
    };
    this.#expiries = new ExpiryWatch({
      provider,
      clock,
      events,
      loggerOf,
      labelOf: (key) => this.labelOf(key),
      placeOf: (key, what) =>
        (key === undefined ? parts.renewal?.[what] : undefined) ?? {
          where: whereFound(this.#common.credentialsFrom(key)),
          isReadAgain: key !== undefined,
        },
      readAgain: () => (parts.credentials?.mayChange === true ? this.#ownExpiries() : EMPTY),
      patience: retry.deadline,
    });
    this.#own = new MerchantTokens(this.#common, undefined);
    if (merchants === undefined) return;
    const leaves = (merchant: MerchantTokens, key: string, reason: LRUCache.DisposeReason) => {
      if (reason === 'delete') return;
      if (reason === 'evict') this.#warnOfLimit(merchant);
      this.#expiries.forget(key);
      merchant.leave();
    };
    this.#idle = new LRUCache({
      max: merchants.limit,
      ttl: merchants.idleTime,
      updateAgeOnGet: true,
      // The other resolutions have timers.
      ttlResolution: 0,
      perf: { now: () => this.#now },
      dispose: leaves,
    });
    this.#unknownKeys = new LRUCache({
      max: MOST_UNKNOWN_KEYS,
      dispose: (merchant, _key, reason) => {
        if (reason === 'evict') merchant.leave();
      },
    });
  }

  /** @throws BankAuthConfigError if there can be no such merchant; the key is looked up when a token is needed */
  check(key: unknown): string {
    const problem = merchantKeyProblem(key);
    if (problem !== undefined) throw this.#configError(named(this.provider, problem));
    if (this.#parts.merchants === undefined && this.#parts.disabled !== true) {
      throw this.#configError(noMerchants(this.provider, this.labelOf(key as string)), key as string);
    }
    return key as string;
  }

  /** The merchant of a key that was checked; undefined is the provider itself. */
  find(key: string | undefined): MerchantTokens {
    if (key === undefined) return this.#own;
    if (this.#unused.size > 0) this.#unused.delete(key);
    return (
      this.#busy.get(key) ??
      this.#idle?.get(key) ??
      this.#unknownKeys?.get(key) ??
      new MerchantTokens(this.#common, key)
    );
  }

  labelOf(key: string | undefined): string {
    return key === undefined ? DEFAULT_MERCHANT : (this.#parts.labelOf?.(key) ?? key);
  }

  /** How things stand with the provider, without asking the bank; does not count as use of a merchant. */
  get census(): ProviderCensus {
    const { machine, clock, credentials, disabled } = this.#parts;
    const counted = countMerchants(this.#all, machine, clock.now());
    return {
      ...(credentials === undefined || disabled === true ? {} : { token: this.#own.status }),
      ...counted,
      waiting: this.#waiting,
      queued: this.#queue.length,
      flights: counted.flights + (this.#own.isFlying ? 1 : 0),
    };
  }

  /** The statuses of at most `limit` merchants besides the provider itself, merchants in trouble first. */
  statuses(limit: number): TokenStatus[] {
    const { machine, clock } = this.#parts;
    return troubledFirst(this.#all, limit, machine, clock.now()).map(({ status }) => status);
  }

  /** All merchants besides the provider itself; the cache does not count this as use. */
  get #all(): Iterable<MerchantTokens> {
    const kept = [this.#busy, this.#idle, this.#unknownKeys];
    return kept.flatMap((merchants) => [...(merchants?.values() ?? [])]);
  }

  /** Counts the waiting callers, each of which subscribes to it once. */
  #counted(awake: Observable<never>): Observable<never> {
    return new Observable((subscriber) => {
      this.#waiting += 1;
      subscriber.add(() => {
        this.#waiting -= 1;
      });
      subscriber.add(awake.subscribe(subscriber));
    });
  }

  becomesBusy(merchant: MerchantTokens): void {
    const { key } = merchant;
    if (key === undefined || this.#busy.has(key)) return;
    this.#busy.set(key, merchant);
    this.#idle?.delete(key);
    this.#unknownKeys?.delete(key);
  }

  becomesIdle(merchant: MerchantTokens): void {
    const { key, retention } = merchant;
    if (key === undefined || this.#closed) return;
    const start = this.#unused.get(key);
    this.#unused.delete(key);
    this.#busy.delete(key);
    if (retention === 'keep') this.#idle?.set(key, merchant, { start });
    else this.#expiries.forget(key);
    if (retention === 'unknown-key') this.#unknownKeys?.set(key, merchant);
    if (retention === 'discard') merchant.leave();
    this.#tidy();
  }

  /** The expiry dates of the credentials, the nearest first. */
  get expiries(): readonly MerchantExpiry[] {
    return this.#expiries.soonest;
  }

  /** Reads when the provider's own credentials expire, where no token is requested at the start. */
  async watchExpiry(): Promise<void> {
    if (this.#parts.disabled === true) return;
    try {
      this.#expiries.see(undefined, await this.#ownExpiries());
    } catch {
      // The first token request meets the same error, and reports it.
    }
  }

  /** Ends everything: `token$` completes, flights are aborted and their waiters get an error, timers are cleared. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.next();
    this.#closing.complete();
    this.#tidying?.unsubscribe();
    this.#expiries.close();
    // First, or each flight that ends would make room for another.
    for (const queue of [this.#reads.known, this.#reads.others, this.#queue]) queue.close();
    this.#own.close();
    this.#idle?.purgeStale();
    for (const merchants of [this.#busy, this.#idle, this.#unknownKeys]) {
      for (const merchant of merchants?.values() ?? []) merchant.close();
    }
    this.#common.agents.close();
    // The merchants are kept: payments under way go on with the current tokens.
  }

  async #ownExpiries(): Promise<readonly Expiry[]> {
    const { credentials, agentCertificate } = this.#parts;
    return expiriesOf((await credentials?.read()) ?? {}, agentCertificate);
  }

  #credentialsRead(key: string | undefined, credentials: VersionedCredentials): void {
    // A merchant that was let go while it read them would never be forgotten.
    if (key === undefined || this.#busy.has(key) || this.#idle?.has(key) === true)
      this.#expiries.see(
        key,
        expiriesOf(credentials, key === undefined ? this.#parts.agentCertificate : undefined),
      );
  }

  #credentialsOf(merchant: MerchantTokens): CredentialsSource {
    const { credentials, merchants } = this.#parts;
    const { key } = merchant;
    const source =
      key === undefined
        ? credentials
        : merchants?.credentialsOf(key, (version) => this.#rotate(key, merchant, version));
    // No caller gets that far without it.
    if (source === undefined) throw this.#configError(noCredentials(this.provider), key);
    return source;
  }

  /** A rotation of its credentials does not count as use of a merchant. */
  #rotate(key: string, merchant: MerchantTokens, version: string | undefined): void {
    const left = this.#idle?.getRemainingTTL(key);
    const { idleTime = 0 } = this.#parts.merchants ?? {};
    if (left) this.#unused.set(key, this.#now + left - idleTime);
    merchant.credentialsChanged(version);
  }

  /** In milliseconds, never 0, which the cache takes for no time at all. */
  get #now(): number {
    return this.#common.clock.now().monotonic + 1;
  }

  #refusal({ key }: MerchantTokens): BankAuthError | undefined {
    if (this.#parts.disabled === true) return this.#configError(disabled(this.provider), key);
    if (key !== undefined || this.#parts.credentials !== undefined) return undefined;
    return this.#configError(noOwnCredentials(this.provider));
  }

  #configError(message: string, key?: string): BankAuthConfigError {
    return new BankAuthConfigError(message, { provider: this.provider, merchant: this.labelOf(key) });
  }

  /** Warns once, when a fresh token is dropped: such tokens have to be obtained again and again. */
  #warnOfLimit(merchant: MerchantTokens): void {
    if (this.#warned || merchant.status.state !== 'fresh') return;
    this.#warned = true;
    const { logger, merchants, store } = this.#parts;
    say(logger, merchantsEvicted(this.provider, merchants?.limit ?? 0, store !== undefined));
  }

  /** One timer for all, and only while there are idle merchants. */
  #tidy(): void {
    const { clock, merchants } = this.#parts;
    if (this.#tidying !== undefined || merchants === undefined || this.#idle?.size === 0) return;
    const pause = Math.min(merchants.idleTime / LOOKS_PER_IDLE_TIME, LONGEST_NAP);
    // Not in the context of the last caller, which would be kept with it.
    this.#tidying = subscribedByNobody(clock.timer(pause).pipe(repeat())).subscribe(() => {
      this.#idle?.purgeStale();
      if (this.#idle?.size !== 0) return;
      this.#tidying?.unsubscribe();
      this.#tidying = undefined;
    });
  }
}

/** Keeps the process alive while it is subscribed to, however long the queue is. */
function awake(milliseconds: number): Observable<never> {
  return new Observable<never>(() => {
    let handle: NodeJS.Timeout;
    const stayAwake = () => {
      handle = setTimeout(stayAwake, milliseconds);
    };
    stayAwake();
    return () => clearTimeout(handle);
  });
}
