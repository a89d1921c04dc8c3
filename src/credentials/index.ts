export { createCredentialsSource } from './create-credentials-source.js';
export type { CredentialsSource, VersionedCredentials } from './credentials-source.js';
