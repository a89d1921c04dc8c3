export {
  BankAuthError,
  type BankAuthErrorCode,
  type BankAuthErrorDetails,
  isBankAuthError,
} from './bank-auth.error.js';
export { BankAuthConfigError } from './bank-auth-config.error.js';
export { CredentialsRejectedError } from './credentials-rejected.error.js';
export { codeOf, isCode } from './error-code.js';
export { holdsSecret } from './holds-secret.js';
export { InvalidTokenResponseError } from './invalid-token-response.error.js';
export {
  type LineLogger,
  type LogCode,
  type LogFields,
  type LogLine,
  writeLine,
  written,
} from './log-line.js';
export { similarName } from './similar-name.js';
export { TokenEndpointUnavailableError } from './token-endpoint-unavailable.error.js';
export { TokenQueueFullError } from './token-queue-full.error.js';
export { UntrustedOriginError } from './untrusted-origin.error.js';
export { count, duration, instant, lasted, quoted } from './wording.js';
