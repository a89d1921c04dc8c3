import type { CredentialValues } from '../config/index.js';

/** Credentials with a version: another version means that something was rotated. */
export interface VersionedCredentials extends CredentialValues {
  readonly version: string;
}

/** Where a merchant's credentials come from. */
export interface CredentialsSource {
  /** Whether reading again may bring other credentials. */
  readonly mayChange: boolean;
  /** A clause for messages on where to look, for instance the names of environment variables. */
  readonly description: string;
  /** @throws Error whose message says what could not be read, in our own words; it never carries a value */
  read(): Promise<VersionedCredentials>;
  /** Whether it is subscribed to changes of the credentials. */
  readonly watching?: boolean;
  /** Ends its subscription; a later read begins anew. */
  close?(): void;
}
