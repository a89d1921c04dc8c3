import { BankAuthError, type BankAuthErrorDetails } from './bank-auth.error.js';

/**
 * The bank refused the credentials: 401, or `invalid_client`, `unauthorized_client`, `invalid_scope`,
 * `invalid_grant` (RFC 6749 §5.2), or an answer that the bank's definition classifies as a rejection. Another request
 * with the same credentials cannot help, so there is no retry.
 */
export class CredentialsRejectedError extends BankAuthError {
  readonly code = 'BANK_AUTH_CREDENTIALS_REJECTED';

  constructor(message: string, details: BankAuthErrorDetails) {
    super(message, { ...details, retryable: false });
  }
}
