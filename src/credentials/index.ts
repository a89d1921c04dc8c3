export type { RenewalPlace } from '../config/index.js';
export { readAssertion } from './assertion-file.js';
export { createCredentialsSource } from './create-credentials-source.js';
export type { CredentialsSource, VersionedCredentials } from './credentials-source.js';
export { type AgentCertificate, certificateOfAgent, type Expiry, expiriesOf } from './expiry.js';
export { describeForeignFailure } from './foreign-failure.js';
export { ResolverCredentials } from './resolver.credentials.js';
export { UnknownMerchant } from './unknown-merchant.js';
