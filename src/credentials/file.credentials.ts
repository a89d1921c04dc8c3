import { inspect } from 'node:util';
import type { CredentialValues, ResolvedCredentials } from '../config/index.js';
import type { CredentialsSource, VersionedCredentials } from './credentials-source.js';
import { versioned } from './credentials-version.js';

/** Credentials in files (mounted secrets), read anew each time: a rotated secret needs no restart. */
export class FileCredentials implements CredentialsSource {
  readonly mayChange = true;
  readonly description: string;
  readonly #read: () => Promise<CredentialValues>;

  constructor({ description, read }: Required<Pick<ResolvedCredentials, 'description' | 'read'>>) {
    this.description = description;
    this.#read = read;
  }

  async read(): Promise<VersionedCredentials> {
    return versioned(await this.#read());
  }

  [inspect.custom](): string {
    return `FileCredentials(${this.description})`;
  }
}
