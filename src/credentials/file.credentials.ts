import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import type { ResolvedCredentials } from '../config/index.js';
import type { CredentialsSource, VersionedCredentials } from './credentials-source.js';
import { versioned } from './credentials-version.js';

/** Credentials in files (mounted secrets), read anew each time: a rotated secret needs no restart. */
export class FileCredentials implements CredentialsSource {
  readonly mayChange = true;
  readonly description: string;
  readonly #credentials: ResolvedCredentials;

  constructor(credentials: ResolvedCredentials) {
    this.description = credentials.description;
    this.#credentials = credentials;
  }

  async read(): Promise<VersionedCredentials> {
    const { files, description: _clause, ...values } = this.#credentials;
    const read = await Promise.all(
      Object.entries(files).map(async ([name, path]) => [name, await readSecret(path)]),
    );
    return versioned({ ...values, ...Object.fromEntries(read) });
  }

  [inspect.custom](): string {
    return `FileCredentials(${this.description})`;
  }
}

async function readSecret(path: string): Promise<string> {
  const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${path}: ${error.code ?? 'unreadable'}`);
  });
  // Editors and `echo` end a file with a newline; no bank's secret does.
  const secret = content.replace(/\r?\n$/, '');
  if (secret === '') throw new Error(`${path}: empty`);
  return secret;
}
