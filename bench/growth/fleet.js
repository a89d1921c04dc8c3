import { map } from 'rxjs';
import { importSources } from '../lib/sources.js';
import { SimulatedRedis } from './simulated-redis.js';
import { VirtualClock } from './virtual-clock.js';

/** Milliseconds: the lifetime of a token, and the bank's time to issue one. */
export const LIFETIME = 300_000;
const BANK = 200;
const DEFAULTS = {
  refresh: {
    aheadFraction: 0.2,
    aheadMax: 120_000,
    unusableFraction: 0.05,
    unusableMax: 10_000,
    jitter: 0.1,
  },
  cooldown: { rejected: 60_000, unavailableMax: 3_000 },
  retry: { attempts: 3, attemptTimeout: 5_000, deadline: 15_000 },
};
const SILENT = { log: () => undefined, warn: () => undefined, error: () => undefined };

/** The package's own token service and store, without the module around them, since their clock can be injected. */
export async function sources() {
  return importSources('token', {
    'banks/index.ts': ['defineBank'],
    'store/index.ts': ['MemoryTokenStore'],
    'token/token.service.ts': ['TokenService'],
    'token/token-machine.ts': ['TokenMachine'],
    'token/merchants/merchant-directory.ts': ['MerchantDirectory'],
    'token/sharing/guarded-store.ts': ['GuardedStore'],
  });
}

/** Many replicas at one bank and one Redis, on one clock. */
export class Fleet {
  tokenCalls = 0;
  clock = new VirtualClock();
  redis;
  replicas = [];
  /** By token: when the first and the last replica had it, and how many replicas did. */
  tokens = new Map();
  #library;
  #random = seededRandom(20_261_130);

  constructor(library, costs) {
    this.#library = library;
    const store = new library.MemoryTokenStore(() => this.clock.now());
    this.redis = new SimulatedRedis(this.clock, store, costs);
  }

  /** Starts one more replica, which asks for a token at once and renews it from then on. */
  start() {
    const { defineBank, GuardedStore, MerchantDirectory, TokenMachine, TokenService } = this.#library;
    const { clock } = this;
    const store = new GuardedStore(this.redis.link(), clock, SILENT);
    const directory = new MerchantDirectory({
      provider: 'a-bank',
      bank: defineBank({
        id: 'a-bank',
        title: 'A bank',
        tokenUrl: { sandbox: 'https://bank.example/token' },
        apiBaseUrl: { sandbox: 'https://bank.example' },
        clientAuthentication: { method: 'client_secret_basic' },
      }),
      environment: 'sandbox',
      tokenUrl: 'https://bank.example/token',
      scopes: [],
      credentials: {
        description: 'the simulation',
        mayChange: false,
        read: async () => ({ clientId: 'id', clientSecret: 'secret', version: 'v1' }),
      },
      client: { request: () => this.#answer() },
      tokenRequests: { concurrency: 8, queue: 10_000 },
      machine: new TokenMachine(DEFAULTS.refresh, DEFAULTS.cooldown),
      retry: DEFAULTS.retry,
      clock,
      random: this.#random,
      logger: SILENT,
      store,
    });
    const service = new TokenService(directory, clock);
    const replica = { service, store, token: undefined };
    this.replicas.push(replica);
    service.token$.subscribe((token) => {
      replica.token = token;
      this.#note(token.value);
    });
  }

  /** Starts replicas, spread evenly over some milliseconds. */
  startAll(count, within) {
    for (let n = 0; n < count; n += 1) this.clock.after((within * n) / count, () => this.start());
  }

  random() {
    return this.#random();
  }

  async close() {
    for (const { service } of this.replicas) service.close();
    await Promise.all(this.replicas.map(({ store }) => store.close()));
  }

  #answer() {
    this.tokenCalls += 1;
    const value = `token-${this.tokenCalls}`;
    const sentAt = this.clock.now();
    return this.clock
      .timer(BANK)
      .pipe(map(() => ({ grant: { value, lifetime: LIFETIME, scopes: undefined }, sentAt })));
  }

  #note(value) {
    const { monotonic } = this.clock.now();
    const seen = this.tokens.get(value) ?? { first: monotonic, last: monotonic, replicas: 0 };
    seen.last = monotonic;
    seen.replicas += 1;
    this.tokens.set(value, seen);
  }
}

/** Seeded, so that every run is the same. */
function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
