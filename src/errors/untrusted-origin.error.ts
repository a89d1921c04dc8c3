import { BankAuthError, type BankAuthErrorDetails } from './bank-auth.error.js';

/** A call through a bank's client went to an origin that is not the bank's; nothing was sent. */
export class UntrustedOriginError extends BankAuthError {
  readonly code = 'BANK_AUTH_UNTRUSTED_ORIGIN';

  constructor(message: string, details: BankAuthErrorDetails) {
    super(message, { ...details, retryable: false });
  }
}
