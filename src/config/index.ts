export { readAssertionFile } from './assertion-rules.js';
export type {
  AssertionSigner,
  BankAuthOptions,
  CooldownOptions,
  Credentials,
  CredentialsResolver,
  MerchantsOptions,
  ProviderHttpOptions,
  ProviderOptions,
  RefreshOptions,
  RetryOptions,
  TokenRequestsOptions,
} from './bank-auth.options.js';
export { CREDENTIAL_FIELDS, CREDENTIAL_NAMES } from './credential-fields.js';
export { optionsFromEnvironment, variablePrefix } from './environment.js';
export { resolveOptions } from './resolve-options.js';
export type {
  CredentialValues,
  RenewalPlace,
  ResolvedCredentials,
  ResolvedMerchants,
  ResolvedOptions,
  ResolvedProvider,
} from './resolved-options.js';
