import { BankAuthError, type BankAuthErrorDetails } from './bank-auth.error.js';

/** The token endpoint could not be reached or could not answer: network, TLS, time-out, 5xx, 408, 425, 429. */
export class TokenEndpointUnavailableError extends BankAuthError {
  readonly code = 'BANK_AUTH_UNAVAILABLE';
  /** Of a start that required tokens: a sentence for each provider that has none. */
  readonly problems?: readonly string[];

  constructor(message: string, details: BankAuthErrorDetails & { readonly problems?: readonly string[] }) {
    super(message, { ...details, retryable: true });
    // A subclass in JavaScript may give none.
    if (details?.problems !== undefined) this.problems = details.problems;
  }
}
