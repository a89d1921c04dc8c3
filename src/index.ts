export { BankAuthModule } from './bank-auth.module.js';
export type { BankAuthAsyncOptions, BankAuthOptionsFactory } from './bank-auth.module-options.js';
export type { BankAuthProviderName, BankAuthRegistry } from './bank-auth.registry.js';
export {
  getBankFetchToken,
  getBankHttpToken,
  getBankInterceptorToken,
  getTokenServiceToken,
  InjectBankFetch,
  InjectBankHttp,
  InjectBankInterceptor,
  InjectTokenService,
} from './bank-auth.tokens.js';
export { type BankAuthEnvironmentOptions, bankAuthFromEnv } from './bank-auth-from-env.js';
export {
  type AssertionAlgorithm,
  type BankCredentials,
  type BankDefinition,
  type BankEnvironment,
  type BankId,
  type BankOptionsShape,
  bogBusiness,
  bogInstallments,
  bogIpay,
  bogPayments,
  type ClientAuthentication,
  defineBank,
  type ExpiresInUnit,
  partner,
  type ResourceAnswer,
  type TokenEndpointAnswer,
  type TokenRequestShape,
  type TokenResponseShape,
  tbcBusiness,
  tbcCheckout,
  tbcInstallments,
  tbcTpay,
  type UrlPerEnvironment,
} from './banks/index.js';
export type {
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
} from './config/index.js';
export {
  BankAuthConfigError,
  BankAuthError,
  type BankAuthErrorCode,
  type BankAuthErrorDetails,
  CredentialsRejectedError,
  InvalidTokenResponseError,
  isBankAuthError,
  TokenEndpointUnavailableError,
  TokenQueueFullError,
  UntrustedOriginError,
} from './errors/index.js';
export { BankAuthInterceptor, type BankAuthRequestOptions, type BankFetch } from './http/index.js';
export {
  type LeaseAnswer,
  MemoryTokenStore,
  type StoredFailure,
  type StoredToken,
  type TokenChange,
  type TokenLease,
  type TokenStore,
} from './store/index.js';
export { AccessToken, TokenService, type TokenStatus } from './token/index.js';
