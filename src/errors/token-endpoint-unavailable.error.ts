import { BankAuthError, type BankAuthErrorDetails } from './bank-auth.error.js';

/** The token endpoint could not be reached or could not answer: network, TLS, time-out, 5xx, 408, 425, 429. */
export class TokenEndpointUnavailableError extends BankAuthError {
  readonly code = 'BANK_AUTH_UNAVAILABLE';

  constructor(message: string, details: BankAuthErrorDetails) {
    super(message, { ...details, retryable: true });
  }
}
