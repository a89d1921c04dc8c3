import type { CredentialValues } from '../config/index.js';

/** Credentials with a name for this very set: another version means that something was rotated. */
export interface VersionedCredentials extends CredentialValues {
  readonly version: string;
}

/** Where a merchant's credentials come from. */
export interface CredentialsSource {
  /** Whether reading again may bring others. */
  readonly mayChange: boolean;
  /** A clause for messages on where to look, for instance the names of environment variables. */
  readonly description: string;
  /** @throws Error whose message says what could not be read, in our own words; it never carries a value */
  read(): Promise<VersionedCredentials>;
  /** Whether it is subscribed to something that will say when they change. */
  readonly watching?: boolean;
  /** Lets go of what it is subscribed to; a later read begins anew. */
  close?(): void;
}
