import { afterEach } from '@jest/globals';
import { Observable, type Subscriber } from 'rxjs';
import { type BankDefinition, defineBank } from '../../src/banks/index.js';
import type { CredentialsSource } from '../../src/credentials/index.js';
import type { BankAuthError } from '../../src/errors/index.js';
import type { TokenStore } from '../../src/store/index.js';
import type { Instant } from '../../src/time/clock.js';
import type { AccessToken } from '../../src/token/access-token.js';
import type { TimedReading } from '../../src/token/endpoint/token-endpoint.client.js';
import { MerchantDirectory } from '../../src/token/merchants/merchant-directory.js';
import type { ProviderParts } from '../../src/token/merchants/provider-parts.js';
import { GuardedStore } from '../../src/token/sharing/guarded-store.js';
import { TokenService } from '../../src/token/token.service.js';
import type { TokenFailure } from '../../src/token/token-failure.js';
import { machine } from './machine.fixtures.js';
import { settle, VirtualClock } from './virtual-clock.js';

export const HOUR = 3_600_000;
/** The fixed random is 0, so that there is no jitter: an hour is stale from here on, and unusable from there on. */
export const STALE = HOUR - 120_000;
export const UNUSABLE = HOUR - 10_000;

/** One token request as the bank sees it; it stays open until it is answered or aborted. */
export class Exchange {
  state: 'open' | 'answered' | 'aborted' = 'open';

  constructor(
    readonly number: number,
    readonly clientId: string,
    readonly scopes: readonly string[],
    readonly sentAt: Instant,
    readonly subscriber: Subscriber<TimedReading>,
  ) {}

  grant(value = `token-${this.number}`, lifetime = HOUR, scopes?: readonly string[]): void {
    this.#answer({ grant: { value, lifetime, scopes }, sentAt: this.sentAt });
  }

  /** A token of whose life the answer says nothing. @param lifetime what stands for that, in milliseconds */
  grantSilently(value: string, lifetime: number): void {
    this.#answer({
      grant: { value, lifetime, scopes: undefined, silent: true },
      sentAt: this.sentAt,
    });
  }

  fail(failure: TokenFailure): void {
    this.#answer({ failure, sentAt: this.sentAt });
  }

  #answer(reading: TimedReading): void {
    if (this.state !== 'open') throw new Error(`request ${this.number} is ${this.state}`);
    this.state = 'answered';
    this.subscriber.next(reading);
    this.subscriber.complete();
  }
}

/** Stands in for the client of a token endpoint: hangs, unless it is told what to answer. */
export class ScriptedBank {
  readonly exchanges: Exchange[] = [];
  /** The most requests that were open at once. */
  peak = 0;
  #reply: (exchange: Exchange) => void = () => undefined;

  constructor(private readonly clock: VirtualClock) {}

  get requests(): number {
    return this.exchanges.length;
  }

  get open(): Exchange[] {
    return this.exchanges.filter(({ state }) => state === 'open');
  }

  get last(): Exchange {
    return this.exchanges.at(-1) as Exchange;
  }

  request({ clientId }: { clientId: string }, scopes: readonly string[]): Observable<TimedReading> {
    return new Observable((subscriber) => {
      const number = this.exchanges.length + 1;
      const exchange = new Exchange(number, clientId, scopes, this.clock.now(), subscriber);
      this.exchanges.push(exchange);
      this.peak = Math.max(this.peak, this.open.length);
      this.#reply(exchange);
      return () => {
        if (exchange.state === 'open') exchange.state = 'aborted';
      };
    });
  }

  hangs(): this {
    return this.replies(() => undefined);
  }

  issues(lifetime = HOUR): this {
    return this.replies((exchange) => exchange.grant(undefined, lifetime));
  }

  fails(failure: TokenFailure): this {
    return this.replies((exchange) => exchange.fail(failure));
  }

  replies(reply: (exchange: Exchange) => void): this {
    this.#reply = reply;
    return this;
  }
}

/** Credentials that a test changes as it likes. */
export class ScriptedCredentials implements CredentialsSource {
  readonly description = 'BANK_CLIENT_ID and BANK_CLIENT_SECRET';
  mayChange = false;
  version = 'v1';
  reads = 0;
  unreadable?: Error;

  async read() {
    this.reads += 1;
    if (this.unreadable !== undefined) throw this.unreadable;
    return { clientId: `id-${this.version}`, clientSecret: `secret-${this.version}`, version: this.version };
  }
}

export class LogLines {
  readonly lines: string[] = [];
  log = (line: unknown) => void this.lines.push(`log ${line}`);
  warn = (line: unknown) => void this.lines.push(`warn ${line}`);
  error = (line: unknown) => void this.lines.push(`error ${line}`);
}

export const aBank = (parts: Partial<BankDefinition> = {}): BankDefinition =>
  defineBank({
    id: 'a-bank',
    title: 'A bank',
    tokenUrl: { sandbox: 'https://bank.example/oauth/token' },
    apiBaseUrl: { sandbox: 'https://bank.example' },
    clientAuthentication: { method: 'client_secret_basic' },
    ...parts,
  });

/** A token service on scripted surroundings. */
const running = new Set<Harness>();
// Whoever still waits would keep the test process alive until the deadline.
afterEach(async () => {
  const harnesses = [...running];
  running.clear();
  for (const { service } of harnesses) service.close();
  await Promise.all(harnesses.map(({ store }) => store?.close()));
});

export class Harness {
  readonly clock: VirtualClock;
  readonly bank: ScriptedBank;
  readonly credentials: ScriptedCredentials;
  readonly logger: LogLines;
  readonly service: TokenService;
  readonly parts: ProviderParts;
  readonly directory: MerchantDirectory;
  readonly store: GuardedStore | undefined;
  /** What `random` gives, in turn; the last one for ever. */
  randoms = [0];

  constructor({
    store,
    merchant,
    ...parts
  }: Partial<Omit<ProviderParts, 'store'>> & {
    readonly store?: TokenStore;
    /** Whose service it is; by default it is the provider's own. */
    readonly merchant?: string;
  } = {}) {
    this.clock = (parts.clock as VirtualClock | undefined) ?? new VirtualClock();
    this.bank = new ScriptedBank(this.clock);
    this.credentials = new ScriptedCredentials();
    this.logger = new LogLines();
    this.parts = {
      provider: 'a-bank',
      bank: aBank(),
      environment: 'sandbox',
      tokenUrl: 'https://bank.example/oauth/token?tenant=hidden',
      scopes: ['read', 'write'],
      credentials: this.credentials,
      client: this.bank,
      tokenRequests: { concurrency: 8, queue: 10_000 },
      ...(merchant === undefined ? {} : { merchants: this.#merchants() }),
      machine,
      retry: { attempts: 3, attemptTimeout: 5_000, deadline: 15_000 },
      clock: this.clock,
      random: () => (this.randoms.length > 1 ? this.randoms.shift() : this.randoms[0]) as number,
      logger: this.logger,
      ...parts,
    };
    this.store = store && new GuardedStore(store, this.clock, this.parts.logger);
    if (this.store !== undefined) this.parts = { ...this.parts, store: this.store };
    this.directory = new MerchantDirectory(this.parts);
    const own = new TokenService(this.directory, this.clock);
    this.service = merchant === undefined ? own : own.forMerchant(merchant);
    running.add(this);
  }

  /** All have the same credentials. */
  #merchants(): ProviderParts['merchants'] {
    return {
      limit: 100,
      idleTime: 3_600_000,
      credentialsOf: () => this.credentials,
      credentialsFrom: this.credentials.description,
    };
  }

  /** A token that the bank issues now. */
  async warm(lifetime = HOUR): Promise<AccessToken> {
    this.bank.issues(lifetime);
    const asked = ask(this.service);
    await settle();
    this.bank.hangs();
    return asked.token as AccessToken;
  }
}

/** What one caller of `getToken` or `refresh` got. */
export interface Asked {
  /** How often it was settled: by a token or an error. */
  settled: number;
  token?: AccessToken;
  error?: BankAuthError;
  leave(): void;
}

export function ask(service: TokenService, how: 'getToken' | 'refresh' = 'getToken'): Asked {
  return watch(service[how]());
}

export function watch(source: Observable<AccessToken>): Asked {
  const asked: Asked = { settled: 0, leave: () => undefined };
  const subscription = source.subscribe({
    next: (token) => {
      asked.token = token;
    },
    error: (error: BankAuthError) => {
      asked.error = error;
      asked.settled += 1;
    },
    complete: () => {
      asked.settled += 1;
    },
  });
  asked.leave = () => subscription.unsubscribe();
  return asked;
}

/** Notes all that a promise comes to, so that it may reject at any time. */
export async function outcome<T>(promise: Promise<T>): Promise<T | BankAuthError> {
  return promise.catch((error: BankAuthError) => error);
}

/** Follows `token$`. */
export class Follower {
  readonly values: string[] = [];
  error: unknown = undefined;
  completed = false;
  readonly leave: () => void;

  constructor(service: TokenService) {
    const subscription = service.token$.subscribe({
      next: (token) => this.values.push(token.value),
      error: (error: unknown) => {
        this.error = error;
      },
      complete: () => {
        this.completed = true;
      },
    });
    this.leave = () => subscription.unsubscribe();
  }
}
