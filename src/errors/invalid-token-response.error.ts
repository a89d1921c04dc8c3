import { BankAuthError, type BankAuthErrorDetails } from './bank-auth.error.js';

/** The token endpoint answered something that is no token: another 4xx, a redirect, an unusable 200. */
export class InvalidTokenResponseError extends BankAuthError {
  readonly code = 'BANK_AUTH_INVALID_RESPONSE';

  constructor(message: string, details: BankAuthErrorDetails) {
    super(message, { ...details, retryable: false });
  }
}
