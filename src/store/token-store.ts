/**
 * A token as a store keeps it. `value` is a secret: a store that leaves the process has to encrypt it.
 */
export interface StoredToken {
  /** Names this token without telling anything about it. */
  readonly fingerprint: string;
  readonly value: string;
  readonly scopes: readonly string[];
  /** When it was asked for, in milliseconds since the Unix epoch. */
  readonly issuedAt: number;
  /** Milliseconds from `issuedAt`. */
  readonly lifetime: number;
  /** Of the credentials it was obtained with. */
  readonly credentialsVersion: string;
}

/**
 * Where tokens are kept beside the service that obtained them, so that others may use them. The service never depends
 * on it: a store that fails or is slow costs one token call more.
 *
 * Experimental: it will grow with the first store that is shared between processes.
 */
export interface TokenStore {
  /** The token under this key, unless it has expired. `ageMs` is its age by the store's own clock, in milliseconds. */
  read(key: string): Promise<{ readonly token: StoredToken; readonly ageMs: number } | undefined>;
  /** Keeps the token unless the one that is there was issued later. Resolves to whether it was kept. */
  writeIfNewer(key: string, token: StoredToken): Promise<boolean>;
  /** Removes the token with this fingerprint; any other one stays. */
  remove(key: string, fingerprint: string): Promise<void>;
}
