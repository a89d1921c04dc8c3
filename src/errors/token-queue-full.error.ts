import { BankAuthError, type BankAuthErrorDetails } from './bank-auth.error.js';

/** So many merchants wait for their turn at the token endpoint already that another one would wait too long. */
export class TokenQueueFullError extends BankAuthError {
  readonly code = 'BANK_AUTH_QUEUE_FULL';

  constructor(message: string, details: BankAuthErrorDetails) {
    super(message, { ...details, retryable: true });
  }
}
