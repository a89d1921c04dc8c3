import type { BankCallReport } from '../index.js';

/** What became of a call, as plain data. */
export interface CallRecord extends BankCallReport {
  /** When it began, in milliseconds since the Unix epoch. */
  readonly at: number;
  readonly method: string;
  readonly durationMs: number;
  /** Whether the caller got an error. */
  readonly failed: boolean;
  /** Of that error, where it has one. */
  readonly code?: string;
  /** Why it had to wait for a token, or was not sent for want of one, as far as that is known. */
  readonly why?: WaitReason;
}

/**
 * - `first`: there had been no token of that merchant since the application began.
 * - `ended`: the token had ended, or had been dropped.
 * - `refused`: the bank refused the token, and another one was fetched.
 * - `outage`: requests for a token had failed before; this one brought it.
 * - `failed`: the token request failed.
 * - `cool-down`: it did not wait: a failure just before was its answer.
 * - `other`: it waited for a token request of which no more is known.
 */
export interface WaitReason {
  readonly reason: 'first' | 'ended' | 'refused' | 'outage' | 'failed' | 'cool-down' | 'other';
  /** Token requests that were sent meanwhile by this process. */
  readonly attempts?: number;
  /** `store`: another process asked the bank. */
  readonly source?: 'bank' | 'store';
  /** The HTTP status of the token endpoint, where the request failed with one. */
  readonly status?: number;
  /** Milliseconds since the first of the failures before. */
  readonly outageMs?: number;
  /** The line to the bank was full meanwhile. */
  readonly lineFull?: true;
}
