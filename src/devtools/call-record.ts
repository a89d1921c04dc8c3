import type { BankCallReport } from '../index.js';

/** The result of a call, as plain data. */
export interface CallRecord extends BankCallReport {
  /** When the call began, in milliseconds since the Unix epoch. */
  readonly at: number;
  readonly method: string;
  readonly durationMs: number;
  /** Whether the caller got an error. */
  readonly failed: boolean;
  /** The code of that error, if it has one. */
  readonly code?: string;
  /** Why it waited for a token, or was not sent for lack of one, as far as that is known. */
  readonly why?: WaitReason;
}

/**
 * - `first`: that merchant had no token since the application began.
 * - `ended`: the token had ended, or had been dropped.
 * - `refused`: the bank refused the token, and another one was fetched.
 * - `outage`: requests for a token had failed before; this one brought it.
 * - `failed`: the token request failed.
 * - `cool-down`: the call did not wait: it got the error of a failure just before.
 * - `other`: it waited for a token request, of which nothing more is known.
 */
export interface WaitReason {
  readonly reason: 'first' | 'ended' | 'refused' | 'outage' | 'failed' | 'cool-down' | 'other';
  /** The token requests that this process sent meanwhile. */
  readonly attempts?: number;
  /** `store`: another process asked the bank. */
  readonly source?: 'bank' | 'store';
  /** The HTTP status of the token endpoint, if the request failed with one. */
  readonly status?: number;
  /** Milliseconds since the first of the previous failures. */
  readonly outageMs?: number;
  /** The line to the bank was full meanwhile. */
  readonly lineFull?: true;
}
