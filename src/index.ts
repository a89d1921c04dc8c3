export {
  type AssertionAlgorithm,
  type AssertionShape,
  type BankContext,
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
  type ExpiresAtForm,
  type ExpiresInUnit,
  type MemberPath,
  partner,
  type ResourceAnswer,
  type SecretAlgorithm,
  type TokenEndpointAnswer,
  type TokenRequestShape,
  type TokenResponseShape,
  tbcBusiness,
  tbcCheckout,
  tbcInstallments,
  tbcTpay,
  type UrlPerEnvironment,
  unipay,
} from './banks/index.js';
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
} from './config/index.js';
export type {
  BankHttpConnections,
  BankHttpControl,
  BankHttpEngine,
  BankHttpExchange,
  BankHttpRequest,
} from './engine/index.js';
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
export {
  type BankAuthCallMessage,
  type BankAuthEvent,
  BankAuthEvents,
  type BankAuthEventType,
  type BankAuthFlightMessage,
  type BankAuthWaitMessage,
} from './events/index.js';
export {
  BankAuthExceptionFilter,
  type BankAuthExceptionFilterOptions,
  type BankCallCode,
  type BankProblem,
  type BankProblemStatus,
} from './filter/index.js';
export { BankAuthInterceptor, type BankAuthRequestOptions, type BankFetch } from './http/index.js';
export { BankAuthModule } from './module/bank-auth.module.js';
export type { BankAuthProviderName, BankAuthRegistry } from './module/bank-auth.registry.js';
export { type BankAuthEnvSchema, bankAuthEnvSchema } from './module/bank-auth-env-schema.js';
export { type BankAuthEnvironmentOptions, bankAuthFromEnv } from './module/bank-auth-from-env.js';
export { BankAuthState, type ProviderExpiry, type ProviderSnapshot } from './module/bank-auth-state.js';
export {
  getBankFetchToken,
  getBankHttpToken,
  getBankInterceptorToken,
  getTokenServiceToken,
  InjectBankFetch,
  InjectBankHttp,
  InjectBankInterceptor,
  InjectTokenService,
} from './module/injection-tokens.js';
export type { BankAuthAsyncOptions, BankAuthOptionsFactory } from './module/module-options.js';
export {
  type BankCallDelivery,
  type BankCallReport,
  bankCallOf,
  type DoubledBankCall,
  isSafeToRepeat,
  reportBankCall,
} from './reports/index.js';
export {
  type LeaseAnswer,
  MemoryTokenStore,
  type StoredFailure,
  type StoredToken,
  type TokenChange,
  type TokenLease,
  type TokenStore,
} from './store/index.js';
export { AccessToken, TokenService, type TokenState, type TokenStatus } from './token/index.js';
