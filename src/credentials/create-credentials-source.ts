import type { ResolvedCredentials } from '../config/index.js';
import type { CredentialsSource } from './credentials-source.js';
import { FileCredentials } from './file.credentials.js';
import { StaticCredentials } from './static.credentials.js';

/** The source for credentials as they are configured. */
export function createCredentialsSource(credentials: ResolvedCredentials): CredentialsSource {
  return Object.keys(credentials.files).length > 0
    ? new FileCredentials(credentials)
    : new StaticCredentials(credentials);
}
