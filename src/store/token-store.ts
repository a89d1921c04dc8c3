import type { Observable } from 'rxjs';

/**
 * A token as a store keeps it. All of it is secret: a store that leaves the process has to encrypt it.
 */
export interface StoredToken {
  /** Names this token without telling anything about it. */
  readonly fingerprint: string;
  readonly value: string;
  readonly scopes: readonly string[];
  /** When it was asked for, in milliseconds since the Unix epoch, by the clock of the process that asked. */
  readonly issuedAt: number;
  /** Milliseconds from `issuedAt`. */
  readonly lifetime: number;
  /** The version of the credentials it was obtained with. */
  readonly credentialsVersion: string;
}

/** The bank's own answer instead of a token. A failure that one process alone saw, as by a time-out, is not shared. */
export interface StoredFailure {
  readonly kind: 'rejected' | 'unavailable' | 'invalid';
  /** A clause for messages, in our own words. */
  readonly reason: string;
  /** The status of the bank's answer. */
  readonly status: number;
  /** The bank's `Retry-After`, in milliseconds. */
  readonly retryAfterMs?: number;
  /** The version of the credentials that the request used: a process with other credentials may try. */
  readonly credentialsVersion?: string;
  /** The process that met it, by an id that each process draws at random when it starts. */
  readonly by: string;
  /**
   * Whether the bank refused two processes one after the other (`rejected`, `invalid`). If not, the refusal may be due
   * to that one process, its address or its clock: one other process asks as well. A store that drops `by` or
   * `confirmed` costs one token request of each process.
   */
  readonly confirmed?: true;
}

/** The right to ask the bank, for a while. */
export interface TokenLease {
  /**
   * Makes the lease last for `durationMs` milliseconds from now on. Resolves to false if it was lost meanwhile.
   */
  extend(durationMs: number): Promise<boolean>;
  /**
   * Releases the lease, so that others may ask. A lost lease stays with its current owner.
   * @param outcome the failure that answers each request for the lease in the next `forMs` milliseconds
   */
  release(outcome?: { readonly failure: StoredFailure; readonly forMs: number }): Promise<void>;
}

/** The answer to a request for the lease. A promise that rejects says that the store is in trouble. */
export type LeaseAnswer =
  | { readonly kind: 'acquired'; readonly lease: TokenLease }
  /**
   * Another process has it, for at most `forMs` milliseconds unless it is extended. `owner` stays the same for the same
   * lease, and tells nothing else.
   */
  | { readonly kind: 'held'; readonly forMs: number; readonly owner?: string }
  /** A token request just failed at the bank, which is to be left alone for `forMs` milliseconds. */
  | { readonly kind: 'cooling-down'; readonly failure: StoredFailure; readonly forMs: number }
  /**
   * The key holds a record that this process cannot use and must not replace: it has to go on alone. `reason`, for a
   * warning: the trouble and the remedy, as a sentence without a secret.
   */
  | { readonly kind: 'unavailable'; readonly reason?: string };

/** News about a key. None is guaranteed: messages get lost, so a waiting process also polls. */
export type TokenChange =
  /** There is another token; with its fingerprint, if that is known. */
  | { readonly type: 'written'; readonly fingerprint?: string }
  /** A token was dropped; `refused`: because a resource call with it was answered 401. */
  | { readonly type: 'removed'; readonly fingerprint: string; readonly refused: boolean }
  /** The lease was given up. */
  | { readonly type: 'released' }
  /** News may have been missed. */
  | { readonly type: 'resumed' };

/**
 * Keeps tokens outside the service that obtained them, so that others may use them. The service never depends
 * on it: a store that fails or is slow costs one token call more. `tokenStoreContract` of `nestjs-bank-auth/testing`
 * tests an implementation.
 *
 * A promise that rejects says that the store is in trouble. Of the error, the log shows only `code`, if that is a word
 * in capitals, and `trouble`: at most 500 characters in the store's own words, which say whether to wait or to mend,
 * and hold no secret.
 */
export interface TokenStore {
  /** A clause for messages on where it is, without a secret. */
  readonly description?: string;
  /** The token under this key, unless it has expired. `ageMs` is its age by the store's own clock, in milliseconds. */
  read(key: string): Promise<{ readonly token: StoredToken; readonly ageMs: number } | undefined>;
  /**
   * Keeps the token unless the stored token was asked for later. Resolves to whether it was kept. A kept token ends the
   * cool-down of a failure.
   * @param how `ageMs`: milliseconds since it was asked for (default: by `issuedAt`); `lease`: the lease under which it
   *   was obtained. The later lease has the newer token, whatever clocks say.
   */
  writeIfNewer(
    key: string,
    token: StoredToken,
    how?: { readonly ageMs?: number; readonly lease?: TokenLease },
  ): Promise<boolean>;
  /** Removes the token with this fingerprint; any other token stays. `refused`: because of a 401, for listeners. */
  remove(key: string, fingerprint: string, how?: { readonly refused?: boolean }): Promise<void>;
  /**
   * Asks for the right to ask the bank for a token, so that only one of many processes does.
   * @param durationMs how long it lasts if its holder dies
   * @param how `despiteFailure`: also while a failure cools down
   */
  lease?(key: string, durationMs: number, how?: { readonly despiteFailure?: boolean }): Promise<LeaseAnswer>;
  /** News about this key from other processes, and perhaps from this one. Never errors, never keeps a process alive. */
  changes?(key: string): Observable<TokenChange>;
  /** Resolves if the store can be read and written at this key. Called during a fault, to learn whether it is over. */
  check?(key: string): Promise<void>;
  /** Ends connections when the application ends. A store that is used again afterwards makes new ones. */
  close?(): Promise<void>;
}
