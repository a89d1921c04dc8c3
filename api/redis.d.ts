import { inspect } from 'node:util';
import { Observable } from 'rxjs';
import { TokenStore, StoredToken, TokenLease, LeaseAnswer, TokenChange } from '../index.js';
import { Redis, Cluster, RedisOptions } from 'ioredis';

/** The sources of the encryption keys for records. One of the first two options is needed. */
interface EncryptionKeyOptions {
    /** 32 random bytes, as base64 or as 64 hexadecimal digits: `openssl rand -base64 32`. */
    readonly encryptionKey?: string;
    /** A file that holds the key; read again when it may have changed, so that a rotation needs no restart. */
    readonly encryptionKeyFile?: string;
    /** Keys that only decrypt, while records or replicas still use them. */
    readonly previousEncryptionKeys?: readonly string[];
    /** A file that holds such keys, one per line; may be empty. */
    readonly previousEncryptionKeyFile?: string;
}

/** The URL of a Redis in a file, which may be replaced: passwords are rotated, and hosts change. */
declare class RedisUrlFile {
    #private;
    /** @throws an error whose `code` says why the file cannot be used, and that shows nothing of it */
    constructor(path: string);
    get url(): string;
    /**
     * Reads the file again, unless it was read within a second; calls during a read wait for that read. A file without a
     * URL changes nothing.
     */
    reread(): Promise<void>;
}

/** The source of a connection: an instance to be duplicated, ioredis' options, a URL, or a file that holds a URL. */
type RedisSource = Client | RedisOptions | string | RedisUrlFile;
type Client = Redis | Cluster;

/** The encryption of a `RedisTokenStore`, and its prefix in Redis. */
interface RedisTokenStoreOptions extends EncryptionKeyOptions {
    /** The prefix of all keys and of the channel. Default `bank-auth:`. Replicas that share tokens share it. */
    readonly keyPrefix?: string;
}
/**
 * Shares tokens between replicas by way of Redis 7, Valkey or a Redis Cluster: one token request for all of them, and
 * everything encrypted with AES-256-GCM. Redis' own clock decides about age and expiry.
 * everything encrypted with AES-256-GCM. Redis' own clock decides about age and expiry.
 * Works over two connections of its own, made when first used; an instance that is given is duplicated, never used.
 */
declare class RedisTokenStore implements TokenStore {
    #private;
    /**
     * @param redis an ioredis `Redis` or `Cluster` to take the settings from, ioredis' options, or a URL
     * @throws BankAuthConfigError if there is no key, or an option is wrong; it names options, never values
     */
    constructor(redis: RedisSource, options: RedisTokenStoreOptions);
    read(key: string): Promise<{
        token: StoredToken;
        ageMs: number;
    } | undefined>;
    writeIfNewer(key: string, token: StoredToken, { ageMs, lease }?: {
        readonly ageMs?: number;
        readonly lease?: TokenLease;
    }): Promise<boolean>;
    remove(key: string, fingerprint: string, { refused }?: {
        readonly refused?: boolean;
    }): Promise<void>;
    lease(key: string, durationMs: number, { despiteFailure }?: {
        readonly despiteFailure?: boolean;
    }): Promise<LeaseAnswer>;
    changes(key: string): Observable<TokenChange>;
    check(key: string): Promise<void>;
    /** Keeps the connection while there are listeners: another application of this process uses the store. */
    close(): Promise<void>;
    get description(): string;
    toString(): string;
    toJSON(): string;
    [inspect.custom](): string;
}

/**
 * A `RedisTokenStore` configured by environment variables: `BANK_AUTH_REDIS_URL`, `BANK_AUTH_ENCRYPTION_KEY`, and while
 * keys are rotated `BANK_AUTH_PREVIOUS_ENCRYPTION_KEY`. Each may be given as `…_FILE`, the path of a file that holds it;
 * keys in files are read again when they may have changed, a URL when Redis refuses its password or cannot be reached.
 * @throws BankAuthConfigError that names each missing or wrong variable, never a value
 */
declare function redisTokenStoreFromEnv(env?: Readonly<Record<string, string | undefined>>): RedisTokenStore;

export { RedisTokenStore, redisTokenStoreFromEnv };
export type { RedisTokenStoreOptions };
