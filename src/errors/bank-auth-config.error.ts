import { BankAuthError, type BankAuthErrorDetails } from './bank-auth.error.js';

/** The configuration is wrong: options, names, a disabled provider that was used, an unknown merchant. */
export class BankAuthConfigError extends BankAuthError {
  readonly code = 'BANK_AUTH_CONFIG';
  /** One sentence per mistake, each with its path; never a value. */
  readonly problems: readonly string[];

  constructor(
    message: string,
    details: BankAuthErrorDetails & { readonly problems?: readonly string[] } = {},
  ) {
    super(message, details);
    this.problems = details.problems ?? [message];
  }
}
