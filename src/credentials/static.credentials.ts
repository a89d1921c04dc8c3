import { inspect } from 'node:util';
import type { ResolvedCredentials } from '../config/index.js';
import type { CredentialsSource, VersionedCredentials } from './credentials-source.js';
import { versioned } from './credentials-version.js';

/** Credentials that stand in the configuration. */
export class StaticCredentials implements CredentialsSource {
  readonly mayChange = false;
  readonly description: string;
  readonly #credentials: VersionedCredentials;

  constructor({ description, files: _none, ...values }: ResolvedCredentials) {
    this.description = description;
    this.#credentials = versioned(values);
  }

  read(): Promise<VersionedCredentials> {
    return Promise.resolve(this.#credentials);
  }

  [inspect.custom](): string {
    return `StaticCredentials(${this.description})`;
  }
}
