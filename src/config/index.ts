export type {
  BankAuthOptions,
  CooldownOptions,
  ProviderHttpOptions,
  ProviderOptions,
  RefreshOptions,
  RetryOptions,
} from './bank-auth.options.js';
export { optionsFromEnvironment } from './environment.js';
export { resolveOptions } from './resolve-options.js';
export type {
  CredentialValues,
  ResolvedCredentials,
  ResolvedOptions,
  ResolvedProvider,
} from './resolved-options.js';
