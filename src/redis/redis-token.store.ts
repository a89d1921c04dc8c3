import { createHash, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { Observable } from 'rxjs';
import {
  BankAuthConfigError,
  type LeaseAnswer,
  type StoredToken,
  type TokenChange,
  type TokenLease,
  type TokenStore,
} from '../index.js';
import {
  type EncryptionKey,
  type EncryptionKeyOptions,
  EncryptionKeys,
  encryptionKeysOf,
} from './encryption-keys.js';
import { digestOf, isKeyId, RECORD_FORM } from './record-cipher.js';
import {
  NO_SOURCE,
  ODD_PREFIX,
  oddOptions,
  redisAt,
  storeProblems,
  UNKNOWN_ENCRYPTION_KEY,
} from './redis.messages.js';
import { RedisConnection } from './redis-connection.js';
import { type RedisMoment, RedisTime, thereAt, thereAtMost } from './redis-moment.js';
import { RedisNews } from './redis-news.js';
import {
  CHECK,
  DISCARD,
  EXTEND,
  LEASE,
  LONGEST_FAILURE_RECORD,
  LONGEST_TOKEN_RECORD,
  NOW_THERE,
  READ,
  RELEASE,
  REMOVE,
  WRITE,
} from './redis-scripts.js';
import { isRedisSource, type RedisSource } from './redis-source.js';
import { type FailureRecord, openRecord, sealRecord } from './sealed-records.js';
import { SeenOrders } from './seen-orders.js';

/** The encryption of a `RedisTokenStore`, and its prefix in Redis. */
export interface RedisTokenStoreOptions extends EncryptionKeyOptions {
  /** The prefix of all keys and of the channel. Default `bank-auth:`. Replicas that share tokens share it. */
  readonly keyPrefix?: string;
}

/** The Redis keys of all records for one key, in one hash slot. */
interface RecordKeys {
  readonly id: string;
  readonly token: string;
  readonly lease: string;
  readonly failure: string;
  readonly number: string;
  readonly check: string;
}

interface RedisLease extends TokenLease {
  number: string;
  /** When the lease was acquired or last extended. */
  at: RedisMoment;
}

/** A token requested further in the future than this, in milliseconds, was written by another clock. */
const AHEAD = 1_000;
/** The same for a failure, whose time is only known within the length of a command. */
const FAILURE_AHEAD = 5_000;
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
 * everything encrypted with AES-256-GCM. Redis' own clock decides about age and expiry.
 * Works over two connections of its own, made when first used; an instance that is given is duplicated, never used.
 */
export class RedisTokenStore implements TokenStore {
  readonly #connection: RedisConnection;
  readonly #keys: EncryptionKeys;
  readonly #prefix: string;
  readonly #news: RedisNews;
  readonly #seen = new SeenOrders();
  readonly #time = new RedisTime();

  /**
   * @param redis an ioredis `Redis` or `Cluster` to take the settings from, ioredis' options, or a URL
   * @throws BankAuthConfigError if there is no key, or an option is wrong; it names options, never values
   */
  constructor(redis: RedisSource, options: RedisTokenStoreOptions);
  /** @internal */
  constructor(redis: RedisSource, options: RedisTokenStoreOptions | EncryptionKeys);
  constructor(redis: RedisSource, options: RedisTokenStoreOptions | EncryptionKeys) {
    const read = options instanceof EncryptionKeys ? options : undefined;
    const given = (read === undefined ? (options ?? {}) : {}) as RedisTokenStoreOptions;
    const problems: string[] = [];
    if (!isRedisSource(redis)) problems.push(NO_SOURCE);
    const unknown = Object.keys(given).filter((name) => !OPTIONS.includes(name));
    if (unknown.length > 0) problems.push(oddOptions(unknown, OPTIONS));
    const { keyPrefix = 'bank-auth:' } = given;
    if (typeof keyPrefix !== 'string' || /[{}]/.test(keyPrefix)) problems.push(ODD_PREFIX);
    const keys = read ?? encryptionKeysOf(given, problems);
    if (keys === undefined || problems.length > 0) {
      throw new BankAuthConfigError(storeProblems(problems), { problems });
    }
    this.#keys = keys;
    this.#prefix = keyPrefix;
    this.#connection = new RedisConnection(redis, this.#channel);
    this.#news = new RedisNews(this.#connection, this.#keys, this.#time);
  }

  async read(key: string): Promise<{ token: StoredToken; ageMs: number } | undefined> {
    const keys = this.#recordKeys(key);
    const sent = performance.now();
    const answer = (await this.#connection.run(READ, [keys.token], [])) as
      | [string, string, string, string, number, string]
      | [];
    if (answer.length === 0) return undefined;
    const [keyId, sealed, digest, number, left, now] = answer;
    const { there } = this.#time.note(now, sent);
    const encryptionKey = await this.#known(keyId);
    // Another replica has the key of this record.
    if (encryptionKey === undefined) return undefined;
    const record = openRecord('token', sealed, encryptionKey, keys.id);
    // The time to live is not encrypted: a change of it can only make a token older.
    const age = record && Math.max(0, there - record.askedAt, record.token.lifetime - left);
    const isSound =
      record !== undefined &&
      record.order === Number(number) &&
      record.askedAt <= there + AHEAD &&
      digest === digestOf(record.token.fingerprint, encryptionKey);
    if (!isSound || age === undefined || !(age < record.token.lifetime)) {
      await this.#connection.run(DISCARD, [keys.token], [sealed]);
      return undefined;
    }
    // An old token that somebody put back. Other replicas may never have seen a newer token, so it stays.
    if (record.order < this.#seen.latest(keys.id, there * 1_000)) return undefined;
    this.#seen.note(keys.id, record.order);
    return { token: record.token, ageMs: age };
  }

  async writeIfNewer(
    key: string,
    token: StoredToken,
    { ageMs, lease }: { readonly ageMs?: number; readonly lease?: TokenLease } = {},
  ): Promise<boolean> {
    const asked = performance.now() - Math.max(0, ageMs ?? Date.now() - token.issuedAt);
    if (performance.now() - asked >= token.lifetime) return false;
    await this.#keys.reread();
    const keys = this.#recordKeys(key);
    const { current } = this.#keys;
    const ours = isRedisLease(lease) ? lease : undefined;
    const moment = ours?.at ?? (await this.#ask(keys));
    // By Redis' clock, so that the write may arrive late. Rather older than younger.
    const askedAt = thereAt(moment, asked);
    const order = ours === undefined ? Math.floor(askedAt * 1_000) : Number(ours.number);
    const change = { type: 'written', fingerprint: token.fingerprint } as const;
    const sealed = sealRecord('token', { token, order, askedAt }, current, keys.id);
    if (sealed.length > LONGEST_TOKEN_RECORD) return false;
    const kept = await this.#connection.run(
      WRITE,
      [keys.token, keys.failure],
      [
        order,
        Math.floor(askedAt + token.lifetime),
        current.id,
        digestOf(token.fingerprint, current),
        sealed,
        this.#channel,
        this.#news.message(keys.id, { change, order, at: thereAt(moment, performance.now()) }),
        ...this.#keys.all.map(({ id }) => id),
      ],
    );
    const latest = this.#seen.latest(keys.id, moment.there * 1_000);
    // If this very token was there already, it has an order of its own.
    if (kept !== 2) this.#seen.note(keys.id, kept === 1 ? order : Math.max(order, latest));
    return kept !== 0;
  }

  async remove(
    key: string,
    fingerprint: string,
    { refused = false }: { readonly refused?: boolean } = {},
  ): Promise<void> {
    const keys = this.#recordKeys(key);
    const at = this.#time.now ?? (await this.#ask(keys)).there;
    const message = this.#news.message(keys.id, {
      change: { type: 'removed', fingerprint, refused },
      order: 0,
      at,
    });
    const digests = this.#keys.all.flatMap((known) => [known.id, digestOf(fingerprint, known)]);
    await this.#connection.run(REMOVE, [keys.token], [this.#channel, message, ...digests]);
  }

  async lease(
    key: string,
    durationMs: number,
    { despiteFailure = false }: { readonly despiteFailure?: boolean } = {},
  ): Promise<LeaseAnswer> {
    const keys = this.#recordKeys(key);
    const owner = randomBytes(16).toString('base64url');
    let sent = 0;
    const ask = async (despite: boolean) => {
      sent = performance.now();
      return (await this.#connection.run(
        LEASE,
        [keys.token, keys.lease, keys.failure, keys.number],
        [owner, Math.ceil(durationMs), despite ? 1 : 0, ...this.#keys.all.map(({ id }) => id)],
      )) as [LeaseAnswer['kind'], number | string, string, string];
    };
    let [kind, value, more, now] = await ask(despiteFailure);
    if (kind === 'cooling-down') {
      const { there } = this.#time.note(now, sent);
      const record = await this.#openFailure(keys, more);
      if (record instanceof UnknownKey) return UNKNOWN_KEY;
      const forMs = record === undefined ? 0 : this.#coolsFor(keys, record, there, Number(value));
      if (record !== undefined && forMs > 0) return { kind, failure: record.failure, forMs };
      [kind, value, more] = await ask(true);
    }
    switch (kind) {
      case 'acquired':
        return { kind, lease: this.#lease(keys, owner, String(value), this.#time.note(more, sent)) };
      case 'held':
        return { kind, forMs: Number(value), owner: nameOf(more) };
      default:
        await this.#keys.reread();
        return this.#keys.byId(String(value)) === undefined
          ? UNKNOWN_KEY
          : this.lease(key, durationMs, { despiteFailure });
    }
  }

  changes(key: string): Observable<TokenChange> {
    return this.#news.of(this.#recordKeys(key).id);
  }

  async check(key: string): Promise<void> {
    const { check, token, lease, failure, number } = this.#recordKeys(key);
    await this.#connection.run(CHECK, [check, token, lease, failure, number], []);
  }

  /** Keeps the connection while there are listeners: another application of this process uses the store. */
  async close(): Promise<void> {
    if (!this.#news.isHeard) await this.#connection.close();
  }

  get description(): string {
    return redisAt(this.#connection.address);
  }

  /**
   * The id of the encryption key: replicas that share tokens have the same one. It says nothing about the key.
   * @internal
   */
  get keyId(): string {
    return this.#keys.current.id;
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

  get #channel(): string {
    return `${this.#prefix}changes`;
  }

  /** The names show nothing of the key, except whether two keys are the same. */
  #recordKeys(key: string): RecordKeys {
    const id = createHash('sha256').update(key).digest('base64url');
    const name = (part: string) => `${this.#prefix}{${id}}:${RECORD_FORM}:${part}`;
    return {
      id,
      token: name('token'),
      lease: name('lease'),
      failure: name('failure'),
      number: name('number'),
      check: name('check'),
    };
  }

  #lease(keys: RecordKeys, owner: string, number: string, at: RedisMoment): RedisLease {
    const lease: RedisLease = {
      number,
      at,
      extend: async (durationMs) => {
        const leased = [keys.token, keys.lease, keys.number];
        const args = [owner, Math.ceil(durationMs)];
        const sent = performance.now();
        const [next, there] = (await this.#connection.run(EXTEND, leased, args)) as [string, string] | [];
        if (next === undefined) return false;
        lease.number = next;
        lease.at = this.#time.note(there, sent);
        return true;
      },
      release: async (outcome) => {
        const order = Number(lease.number);
        // Rather longer than shorter: the bank's wish is to be obeyed.
        const at = thereAtMost(lease.at, performance.now());
        const forMs = Math.ceil(outcome?.forMs ?? 0);
        const failure = outcome && forMs > 0 ? this.#sealFailure(keys, { ...outcome, order, at, forMs }) : '';
        const message = this.#news.message(keys.id, { change: { type: 'released' }, order, at });
        await this.#connection.run(
          RELEASE,
          [keys.lease, keys.failure],
          [owner, this.#channel, message, failure, forMs],
        );
      },
    };
    return lease;
  }

  #sealFailure({ id }: RecordKeys, record: FailureRecord): string {
    const { current } = this.#keys;
    const sealed = `${current.id}.${sealRecord('failure', record, current, id)}`;
    return sealed.length > LONGEST_FAILURE_RECORD ? '' : sealed;
  }

  async #openFailure(keys: RecordKeys, text: string): Promise<FailureRecord | UnknownKey | undefined> {
    const [keyId = '', sealed = ''] = text.split('.');
    if (!isKeyId(keyId)) return undefined;
    const encryptionKey = await this.#known(keyId);
    if (encryptionKey === undefined) return new UnknownKey();
    return openRecord('failure', sealed, encryptionKey, keys.id);
  }

  /** The remaining milliseconds of a failure; 0 if a token has ended it. Redis' time to live can only shorten them. */
  #coolsFor({ id }: RecordKeys, { order, at, forMs }: FailureRecord, there: number, left: number): number {
    if (at > there + FAILURE_AHEAD || order < this.#seen.latest(id, there * 1_000)) return 0;
    return Math.max(0, Math.min(forMs, at + forMs - there, left));
  }

  /** The key of this id; files are read again before a key counts as unknown. */
  async #known(keyId: string): Promise<EncryptionKey | undefined> {
    if (this.#keys.byId(keyId) === undefined) await this.#keys.reread();
    return this.#keys.byId(keyId);
  }

  async #ask({ token }: RecordKeys): Promise<RedisMoment> {
    const sent = performance.now();
    return this.#time.note(await this.#connection.run(NOW_THERE, [token], []), sent);
  }
}

function isRedisLease(lease: TokenLease | undefined): lease is RedisLease {
  return typeof (lease as Partial<RedisLease> | undefined)?.number === 'string';
}

/** The content of a record under a key that this process does not have. */
class UnknownKey {}

/** Names no key, so that a thousand made-up key ids cause one line of the log. */
const UNKNOWN_KEY: LeaseAnswer = {
  kind: 'unavailable',
  reason: UNKNOWN_ENCRYPTION_KEY,
};

/** The name of a lease's holder: tells holders apart, but cannot release the lease. */
function nameOf(owner: string): string {
  return createHash('sha256').update(owner).digest('base64url').slice(0, 22);
}
