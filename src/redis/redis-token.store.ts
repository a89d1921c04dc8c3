import { createHash, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { Observable, Subject } from 'rxjs';
import {
  BankAuthConfigError,
  type LeaseAnswer,
  type StoredFailure,
  type StoredToken,
  type TokenChange,
  type TokenLease,
  type TokenStore,
} from '../index.js';
import { type EncryptionKey, type EncryptionKeyOptions, EncryptionKeys } from './encryption-keys.js';
import { digestOf, open, seal } from './record-cipher.js';
import { RedisConnection } from './redis-connection.js';
import type { RedisMessage } from './redis-listener.js';
import { CHECK, DISCARD, EXTEND, LEASE, NOW_THERE, READ, RELEASE, REMOVE, WRITE } from './redis-scripts.js';
import { isRedisSource, type RedisSource } from './redis-source.js';

/** How a `RedisTokenStore` encrypts, and where in Redis it keeps things. */
export interface RedisTokenStoreOptions extends EncryptionKeyOptions {
  /** What all keys and the channel begin with. Default `bank-auth:`. Replicas that share tokens share it. */
  readonly keyPrefix?: string;
}

/** The names in Redis of all that belongs to one key, in one hash slot. */
interface Place {
  readonly id: string;
  readonly token: string;
  readonly lease: string;
  readonly failure: string;
  readonly number: string;
  readonly check: string;
}

interface RedisLease extends TokenLease {
  number: string;
  /** A moment on Redis' clock. */
  at: RedisMoment;
}

/** What Redis' clock showed, in milliseconds, no later than ours showed that. */
interface RedisMoment {
  readonly there: number;
  readonly here: number;
}

function momentOf(there: unknown): RedisMoment {
  return { there: Number(there), here: performance.now() };
}

/** A message has a few hundred bytes; anybody may send one who may publish. */
const MOST_WAITING_NEWS = 1_000;

const OPTIONS: readonly string[] = [
  'encryptionKey',
  'encryptionKeyFile',
  'previousEncryptionKeys',
  'previousEncryptionKeyFile',
  'keyPrefix',
] satisfies readonly (keyof RedisTokenStoreOptions)[];

/**
 * Shares tokens between replicas by way of Redis 7, Valkey or a Redis Cluster: one token request for all of them, and
 * everything encrypted with AES-256-GCM. Redis' own clock decides about age and expiry.
 *
 * Works over two connections of its own, made when first used; an instance that is given is duplicated, never used.
 */
export class RedisTokenStore implements TokenStore {
  readonly #connection: RedisConnection;
  readonly #keys: EncryptionKeys;
  readonly #prefix: string;
  readonly #listeners = new Map<string, Subject<TokenChange>>();
  /** How many messages wait for files of keys to be read. */
  #waitingNews = 0;

  /**
   * @param redis an ioredis `Redis` or `Cluster` to take the settings from, ioredis' options, or a URL
   * @throws BankAuthConfigError if there is no key, or an option is wrong; it names options, never values
   */
  constructor(redis: RedisSource, options: RedisTokenStoreOptions) {
    const given = (options ?? {}) as RedisTokenStoreOptions;
    const problems: string[] = [];
    if (!isRedisSource(redis)) {
      problems.push('its first argument must be an ioredis instance, options of ioredis or a redis:// URL');
    }
    const unknown = Object.keys(given).filter((name) => !OPTIONS.includes(name));
    if (unknown.length > 0)
      problems.push(`it has no option ${unknown.join(', ')}; its options are ${OPTIONS.join(', ')}`);
    const { keyPrefix = 'bank-auth:' } = given;
    if (typeof keyPrefix !== 'string' || /[{}]/.test(keyPrefix)) {
      problems.push('keyPrefix must be a text without braces, which decide about hash slots');
    }
    if (problems.length > 0) {
      throw new BankAuthConfigError(`RedisTokenStore: ${problems.join('; ')}.`, { problems });
    }
    this.#keys = new EncryptionKeys(given);
    this.#prefix = keyPrefix;
    this.#connection = new RedisConnection(redis, this.#channel);
    this.#connection.news.subscribe((news) => this.#hear(news));
  }

  async read(key: string): Promise<{ token: StoredToken; ageMs: number } | undefined> {
    const place = this.#place(key);
    const answer = (await this.#connection.run(READ, [place.token], [])) as
      | [string, string, number, string]
      | [];
    const [keyId, sealed, left, digest] = answer;
    if (keyId === undefined || sealed === undefined || left === undefined) return undefined;
    const encryptionKey = await this.#known(keyId);
    // Somebody else's, who knows what to do with it.
    if (encryptionKey === undefined && isKeyId(keyId)) return undefined;
    const token =
      encryptionKey && (open(sealed, encryptionKey, ['token', place.id]) as StoredToken | undefined);
    const ageMs = (token?.lifetime ?? 0) - left;
    // One that Redis would keep longer than it lives, or could not remove, is not as it was written.
    const isSound = left >= 0 && ageMs >= 0 && token !== undefined;
    if (isSound && digest === digestOf(token.fingerprint, encryptionKey as EncryptionKey)) {
      return { token, ageMs };
    }
    await this.#connection.run(DISCARD, [place.token], [sealed]);
    return undefined;
  }

  async writeIfNewer(
    key: string,
    token: StoredToken,
    { ageMs, lease }: { readonly ageMs?: number; readonly lease?: TokenLease } = {},
  ): Promise<boolean> {
    const asked = performance.now() - Math.max(0, ageMs ?? Date.now() - token.issuedAt);
    if (performance.now() - asked >= token.lifetime) return false;
    await this.#keys.reread();
    const place = this.#place(key);
    const { current } = this.#keys;
    const ours = isRedisLease(lease) ? lease : undefined;
    const { there, here } = ours?.at ?? momentOf(await this.#connection.run(NOW_THERE, [place.token], []));
    // By Redis' clock, so that it may arrive as late as it likes. Rather older than younger.
    const askedThere = Math.floor(there - (here - asked));
    const kept = await this.#connection.run(
      WRITE,
      [place.token, place.failure],
      [
        ours?.number ?? '',
        askedThere,
        Math.floor(askedThere + token.lifetime),
        current.id,
        digestOf(token.fingerprint, current),
        seal(token, current, ['token', place.id]),
        this.#channel,
        this.#message(place, { type: 'written', fingerprint: token.fingerprint }),
        ...this.#keys.all.map(({ id }) => id),
      ],
    );
    return kept === 1;
  }

  async remove(
    key: string,
    fingerprint: string,
    { refused = false }: { readonly refused?: boolean } = {},
  ): Promise<void> {
    const place = this.#place(key);
    const message = this.#message(place, { type: 'removed', fingerprint, refused });
    const digests = this.#keys.all.flatMap((known) => [known.id, digestOf(fingerprint, known)]);
    await this.#connection.run(REMOVE, [place.token], [this.#channel, message, ...digests]);
  }

  async lease(
    key: string,
    durationMs: number,
    { despiteFailure = false }: { readonly despiteFailure?: boolean } = {},
  ): Promise<LeaseAnswer> {
    const place = this.#place(key);
    const owner = randomBytes(16).toString('base64url');
    const ask = async (despite: boolean) =>
      (await this.#connection.run(
        LEASE,
        [place.token, place.lease, place.failure, place.number],
        [owner, Math.ceil(durationMs), despite ? 1 : 0, ...this.#keys.all.map(({ id }) => id)],
      )) as ['held' | 'cooling-down' | 'acquired' | 'unavailable', number | string, string];
    let [kind, value, more] = await ask(despiteFailure);
    if (kind === 'cooling-down') {
      const failure = await this.#openFailure(place, more);
      if (failure instanceof UnknownKey) return unavailable(failure.id);
      if (failure !== undefined) return { kind, failure, forMs: Number(value) };
      [kind, value, more] = await ask(true);
    }
    switch (kind) {
      case 'acquired':
        return { kind, lease: this.#lease(place, owner, String(value), momentOf(more)) };
      case 'held':
        return { kind, forMs: Number(value) };
      default:
        await this.#keys.reread();
        return this.#keys.byId(String(value)) === undefined
          ? unavailable(String(value))
          : this.lease(key, durationMs, { despiteFailure });
    }
  }

  changes(key: string): Observable<TokenChange> {
    const { id } = this.#place(key);
    return new Observable((subscriber) => {
      const listeners = this.#listeners.get(id) ?? new Subject<TokenChange>();
      this.#listeners.set(id, listeners);
      const subscription = listeners.subscribe(subscriber);
      this.#connection.listen();
      return () => {
        subscription.unsubscribe();
        if (!listeners.observed) this.#listeners.delete(id);
      };
    });
  }

  async check(key: string): Promise<void> {
    const { check, token, lease, failure, number } = this.#place(key);
    await this.#connection.run(CHECK, [check, token, lease, failure, number], []);
  }

  /** While somebody still listens, another application of this process uses it. */
  async close(): Promise<void> {
    if (this.#listeners.size === 0) await this.#connection.close();
  }

  get description(): string {
    return `Redis at ${this.#connection.address}`;
  }

  toString(): string {
    return `RedisTokenStore(${this.#connection.address})`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }

  #hear(news: RedisMessage): void {
    if (news.type === 'subscribed') {
      for (const listeners of [...this.#listeners.values()]) listeners.next({ type: 'resumed' });
      return;
    }
    const [id = '', keyId = '', sealed = ''] = news.text.split('.');
    if (!this.#listeners.has(id)) return;
    const encryptionKey = this.#keys.byId(keyId);
    if (encryptionKey !== undefined) this.#tell(id, sealed, encryptionKey);
    else if (isKeyId(keyId)) void this.#tellLater(id, sealed, keyId);
  }

  #tell(id: string, sealed: string, encryptionKey: EncryptionKey): void {
    const change = open(sealed, encryptionKey, ['message', id]) as TokenChange | undefined;
    if (change !== undefined) this.#listeners.get(id)?.next(change);
  }

  /** News under a key that is not known yet wait until files have been read. Messages get lost, so that few may wait. */
  async #tellLater(id: string, sealed: string, keyId: string): Promise<void> {
    if (this.#waitingNews >= MOST_WAITING_NEWS) return;
    this.#waitingNews += 1;
    const encryptionKey = await this.#keys.awaited(keyId);
    this.#waitingNews -= 1;
    if (encryptionKey !== undefined) this.#tell(id, sealed, encryptionKey);
  }

  get #channel(): string {
    return `${this.#prefix}changes`;
  }

  /** Names say nothing about the key but whether it is the same. */
  #place(key: string): Place {
    const id = createHash('sha256').update(key).digest('base64url');
    const name = (part: string) => `${this.#prefix}{${id}}:${part}`;
    return {
      id,
      token: name('token'),
      lease: name('lease'),
      failure: name('failure'),
      number: name('number'),
      check: name('check'),
    };
  }

  #lease(place: Place, owner: string, number: string, at: RedisMoment): RedisLease {
    const lease: RedisLease = {
      number,
      at,
      extend: async (durationMs) => {
        const keys = [place.token, place.lease, place.number];
        const args = [owner, Math.ceil(durationMs)];
        const [next, there] = (await this.#connection.run(EXTEND, keys, args)) as [string, string] | [];
        if (next === undefined) return false;
        lease.number = next;
        lease.at = momentOf(there);
        return true;
      },
      release: async (outcome) => {
        const { current } = this.#keys;
        const failure =
          outcome === undefined || outcome.forMs < 1
            ? ''
            : `${current.id}.${seal(outcome.failure, current, ['failure', place.id])}`;
        const message = this.#message(place, { type: 'released' });
        const forMs = Math.ceil(outcome?.forMs ?? 0);
        await this.#connection.run(
          RELEASE,
          [place.lease, place.failure],
          [owner, this.#channel, message, failure, forMs],
        );
      },
    };
    return lease;
  }

  async #openFailure(place: Place, text: string): Promise<StoredFailure | UnknownKey | undefined> {
    const [keyId = '', sealed = ''] = text.split('.');
    const encryptionKey = await this.#known(keyId);
    if (encryptionKey === undefined) return isKeyId(keyId) ? new UnknownKey(keyId) : undefined;
    return open(sealed, encryptionKey, ['failure', place.id]) as StoredFailure | undefined;
  }

  /** The key of this id; files are read again before it is called unknown. */
  async #known(keyId: string): Promise<EncryptionKey | undefined> {
    if (this.#keys.byId(keyId) === undefined) await this.#keys.reread();
    return this.#keys.byId(keyId);
  }

  #message({ id }: Place, change: TokenChange): string {
    const { current } = this.#keys;
    return `${id}.${current.id}.${seal(change, current, ['message', id])}`;
  }
}

function isRedisLease(lease: TokenLease | undefined): lease is RedisLease {
  return typeof (lease as Partial<RedisLease> | undefined)?.number === 'string';
}

/** What is encrypted under a key that this process does not have. */
class UnknownKey {
  constructor(readonly id: string) {}
}

function unavailable(keyId: string): LeaseAnswer {
  const shown = isKeyId(keyId) ? ` (${keyId})` : '';
  const reason =
    `It holds tokens under an encryption key that this process does not know${shown}. They are left alone, and this ` +
    'process obtains its own. Give all replicas the same keys: the new one and the previous ones.';
  return { kind: 'unavailable', reason };
}

function isKeyId(text: string): boolean {
  return /^[A-Za-z0-9_-]{12}$/.test(text);
}
