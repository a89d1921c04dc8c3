import { BankAuthError, type BankAuthErrorDetails } from './bank-auth.error.js';

/** Too many merchants wait for their turn at the token endpoint already: another one would wait too long. */
export class TokenQueueFullError extends BankAuthError {
  readonly code = 'BANK_AUTH_QUEUE_FULL';

  constructor(message: string, details: BankAuthErrorDetails) {
    super(message, { ...details, retryable: true });
  }
}
