import { Observable } from 'rxjs';
import type { ResolvedMerchants } from '../../src/config/index.js';
import { ResolverCredentials } from '../../src/credentials/index.js';
import type { MerchantsParts } from '../../src/token/merchants/provider-parts.js';
import type { TokenService } from '../../src/token/token.service.js';
import { resolvedProvider } from './resolved-options.js';
import { type Asked, ask, Harness, HOUR } from './token-service.harness.js';
import { settle } from './virtual-clock.js';

export interface Secret {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly version?: string;
}

/** Credentials as a user's function finds them; the version is part of the client's name, so that requests show it. */
export const secret = (client: string, version = 'v1'): Secret => ({
  clientId: `${client}@${version}`,
  clientSecret: 'secret',
  version,
});

/** The user's own: what is found under each key, and what was asked for. */
export class Vault {
  /** Credentials, a promise or an Observable of them, or a function that gives any of these. */
  readonly secrets = new Map<string, unknown>();
  readonly lookups: string[] = [];
  /** What becomes of a key that is not there. */
  otherwise: () => unknown = () => undefined;

  readonly resolve = (merchant: string): never => {
    this.lookups.push(merchant);
    const found = this.secrets.has(merchant) ? this.secrets.get(merchant) : this.otherwise();
    return (typeof found === 'function' ? found() : found) as never;
  };
}

/** Secrets that are told to whoever listens, as long as somebody does; the last one at once. */
export class Emitter {
  #listeners = new Set<{ next(found: unknown): void; error(error: unknown): void; complete(): void }>();
  /** How often somebody has begun to listen. */
  begun = 0;
  /** Called when somebody has ended. */
  ended = (): unknown => undefined;

  constructor(public last: unknown) {}

  readonly changes = new Observable<unknown>((subscriber) => {
    this.begun += 1;
    this.#listeners.add(subscriber);
    if (this.last !== undefined) subscriber.next(this.last);
    return () => {
      this.#listeners.delete(subscriber);
      this.ended();
    };
  });

  get listeners(): number {
    return this.#listeners.size;
  }

  emit(found: unknown): void {
    this.last = found;
    for (const listener of [...this.#listeners]) listener.next(found);
  }

  fail(error: unknown): void {
    for (const listener of [...this.#listeners]) listener.error(error);
  }

  complete(): void {
    for (const listener of [...this.#listeners]) listener.complete();
  }
}

type HarnessParts = NonNullable<ConstructorParameters<typeof Harness>[0]>;

interface MarketParts extends Omit<HarnessParts, 'merchant' | 'merchants'> {
  readonly limit?: number;
  readonly idleTime?: number;
  readonly vault?: Vault;
  /** Whether the provider has credentials of its own besides. */
  readonly own?: boolean;
}

const SOURCE = 'the function providers.a-bank.credentials';

function merchantsParts({ limit = 100, idleTime = HOUR }: MarketParts, vault: Vault) {
  const { merchants } = resolvedProvider({ credentials: vault.resolve });
  const found: ResolvedMerchants = { ...(merchants as ResolvedMerchants), description: SOURCE };
  const parts: MerchantsParts = {
    limit,
    idleTime,
    credentialsOf: (merchant, changed) => new ResolverCredentials(found, merchant, changed),
    credentialsFrom: SOURCE,
  };
  return parts;
}

/** One provider with many merchants, whose credentials a function finds. */
export class Market extends Harness {
  readonly vault: Vault;

  /** @param parts by default there are no credentials of the provider itself, and each token names its client */
  constructor(parts: MarketParts = {}) {
    const { limit: _limit, idleTime: _idle, own = false, ...others } = parts;
    const vault = parts.vault ?? new Vault();
    const none = own ? {} : { credentials: undefined };
    super({ ...others, ...none, merchants: merchantsParts(parts, vault) });
    this.vault = vault;
    this.issuesNamed();
  }

  of(key: string): TokenService {
    return this.service.forMerchant(key);
  }

  /** Merchants whose client is called as they are. */
  add(...keys: string[]): this {
    for (const key of keys) this.vault.secrets.set(key, secret(key));
    return this;
  }

  /** `a@v1#3` is a token of client `a@v1`, by the third request. */
  issuesNamed(lifetime = HOUR): this {
    this.bank.replies((exchange) => exchange.grant(`${exchange.clientId}#${exchange.number}`, lifetime));
    return this;
  }

  /** Each gets a token, in this order. */
  async warmAll(...keys: string[]): Promise<void> {
    for (const key of keys) await this.of(key).getAccessToken();
  }

  ask(...keys: string[]): Asked[] {
    return keys.map((key) => ask(this.of(key)));
  }

  /** What each of them gets: a token's value or an error's code. */
  async outcomes(...keys: string[]): Promise<(string | undefined)[]> {
    const asked = this.ask(...keys);
    await settle();
    return asked.map(({ token, error }) => token?.value ?? error?.code);
  }

  /** How many token requests were made for a client of this name. */
  requestsOf(client: string): number {
    return this.bank.exchanges.filter(({ clientId }) => clientId.startsWith(`${client}@`)).length;
  }

  /** How often the function was asked for this key. */
  lookupsOf(key: string): number {
    return this.vault.lookups.filter((asked) => asked === key).length;
  }
}

/** Keys with the same beginning: `shop-0`, `shop-1` … */
export const names = (count: number, name = 'shop'): string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);

/** A merchant `a` whose credentials are told by an Observable that stays open. */
export function rotating(parts: ConstructorParameters<typeof Market>[0] = {}) {
  const market = new Market(parts);
  const emitter = new Emitter(secret('a'));
  market.vault.secrets.set('a', emitter.changes);
  const rotate = (version: string) => emitter.emit(secret('a', version));
  const clients = () => market.bank.exchanges.map(({ clientId }) => clientId);
  const times = () => market.bank.exchanges.map(({ sentAt }) => sentAt.monotonic);
  return { market, emitter, rotate, clients, times, a: market.of('a') };
}

/** The same with a token that is ten minutes old. */
export async function warmRotating(parts: ConstructorParameters<typeof Market>[0] = {}) {
  const scene = rotating(parts);
  await scene.market.warmAll('a');
  await scene.market.clock.advance(600_000);
  return scene;
}
