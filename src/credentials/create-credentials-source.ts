import type { ResolvedCredentials } from '../config/index.js';
import type { CredentialsSource } from './credentials-source.js';
import { FileCredentials } from './file.credentials.js';
import { StaticCredentials } from './static.credentials.js';

/** The source for credentials as they are configured. */
export function createCredentialsSource(credentials: ResolvedCredentials): CredentialsSource {
  const { description, read } = credentials;
  return read === undefined ? new StaticCredentials(credentials) : new FileCredentials({ description, read });
}
