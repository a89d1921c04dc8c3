import { BankAuthError, type BankAuthErrorDetails } from './bank-auth.error.js';

/** The token endpoint could not be reached or could not answer: network, TLS, time-out, 5xx, 408, 425, 429. */
export class TokenEndpointUnavailableError extends BankAuthError {
  readonly code = 'BANK_AUTH_UNAVAILABLE';
  /** A sentence for each provider without a token; only if the application's start requires tokens. */
  readonly problems?: readonly string[];

  constructor(message: string, details: BankAuthErrorDetails & { readonly problems?: readonly string[] }) {
    super(message, { ...details, retryable: true });
    // A subclass in JavaScript may pass no details.
    if (details?.problems !== undefined) this.problems = details.problems;
  }
}
