import { BankAuthError, type BankAuthErrorDetails } from './bank-auth.error.js';

/** The queue of the token endpoint is full: one more merchant would wait too long for its turn. */
export class TokenQueueFullError extends BankAuthError {
  readonly code = 'BANK_AUTH_QUEUE_FULL';

  constructor(message: string, details: BankAuthErrorDetails) {
    super(message, { ...details, retryable: true });
  }
}
