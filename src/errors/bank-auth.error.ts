/** Stable codes of the errors this library throws. */
export type BankAuthErrorCode =
  | 'BANK_AUTH_CONFIG'
  | 'BANK_AUTH_CREDENTIALS_REJECTED'
  | 'BANK_AUTH_UNAVAILABLE'
  | 'BANK_AUTH_INVALID_RESPONSE'
  | 'BANK_AUTH_UNTRUSTED_ORIGIN'
  | 'BANK_AUTH_QUEUE_FULL';

/** The details of every error of this library. They never hold a secret, nor anything from a bank's body. */
export interface BankAuthErrorDetails {
  /** The provider's name; empty where an error concerns the whole configuration. */
  readonly provider?: string;
  /** The merchant's key. */
  readonly merchant?: string;
  /** Whether the same call may succeed later without anyone changing anything. */
  readonly retryable?: boolean;
  /** When it will be tried again, in milliseconds from now. */
  readonly retryAfterMs?: number;
  /** The HTTP status of the token endpoint's answer, where it answered. */
  readonly status?: number;
  /** Whether the caller's own request (the payment) was sent. If not, it is safe to try again. */
  readonly requestSent?: boolean;
}

const BRAND = Symbol.for('nestjs-bank-auth:error');

/** Base of all errors thrown by this library. */
export abstract class BankAuthError extends Error {
  abstract readonly code: BankAuthErrorCode;
  readonly provider: string;
  readonly merchant: string;
  readonly retryable: boolean;
  /** Milliseconds until it is tried again, counted from when this error was made. */
  readonly retryAfterMs?: number;
  readonly status?: number;
  readonly requestSent: boolean;

  constructor(message: string, details: BankAuthErrorDetails = {}) {
    super(message);
    this.name = new.target.name;
    this.provider = details.provider ?? '';
    this.merchant = details.merchant ?? '';
    this.retryable = details.retryable ?? false;
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs;
    if (details.status !== undefined) this.status = details.status;
    this.requestSent = details.requestSent ?? false;
  }
}

// A registered symbol, because two copies of the package in one process have two classes.
Object.defineProperty(BankAuthError.prototype, BRAND, { value: true });

/**
 * Tells an error of this library from any other, also across duplicate copies of the package.
 * @param code narrows to one kind
 */
export function isBankAuthError(error: unknown, code?: BankAuthErrorCode): error is BankAuthError {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as Record<symbol, unknown>)[BRAND] === true &&
    (code === undefined || (error as BankAuthError).code === code)
  );
}
