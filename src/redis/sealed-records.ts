import type { StoredFailure, StoredToken, TokenChange } from '../index.js';
import type { EncryptionKey } from './encryption-keys.js';
import { open, seal } from './record-cipher.js';

/*
 * The encrypted records, which a writer without the key cannot change: they hold every duration and order that matters.
 * `order` is in microseconds of Redis' clock, the other instants and durations in milliseconds of it.
 */

/** A token, and when it was requested. */
export interface TokenRecord {
  readonly token: StoredToken;
  /** The number of the lease under which it was obtained; without a lease, when it was requested. */
  readonly order: number;
  readonly askedAt: number;
}

/** A failure that the bank answered, its time, and how long nobody asks the bank from then on. */
export interface FailureRecord {
  readonly failure: StoredFailure;
  /** The number of the lease under which the bank was asked. */
  readonly order: number;
  readonly at: number;
  readonly forMs: number;
}

/** News, and when it was sent. */
export interface MessageRecord {
  readonly change: TokenChange;
  /** The order of the written token or of the released lease; 0 for news without an order. */
  readonly order: number;
  readonly at: number;
}

interface Records {
  readonly token: TokenRecord;
  readonly failure: FailureRecord;
  readonly message: MessageRecord;
}

const NUMBERS: { readonly [K in keyof Records]: readonly (keyof Records[K] & string)[] } = {
  token: ['order', 'askedAt'],
  failure: ['order', 'at', 'forMs'],
  message: ['order', 'at'],
};

const CONTENT = { token: 'token', failure: 'failure', message: 'change' } as const;

/** Encrypts a record, bound to its use and its key of Redis. */
export function sealRecord<K extends keyof Records>(
  kind: K,
  record: Records[K],
  key: EncryptionKey,
  id: string,
): string {
  return seal(record, key, [kind, id]);
}

/** A record that was sealed for this use and place with this key; undefined for any other string. */
export function openRecord<K extends keyof Records>(
  kind: K,
  sealed: string,
  key: EncryptionKey,
  id: string,
): Records[K] | undefined {
  const record = open(sealed, key, [kind, id]) as Record<string, unknown> | null | undefined;
  const content = record?.[CONTENT[kind]];
  const isSound =
    typeof content === 'object' &&
    content !== null &&
    NUMBERS[kind].every((name) => Number.isFinite(record?.[name]) && Number(record?.[name]) >= 0);
  return isSound ? (record as unknown as Records[K]) : undefined;
}
