import { mergeMap, type Observable, throwError } from 'rxjs';
import {
  BankAuthConfigError,
  type BankAuthError,
  type BankAuthErrorCode,
  type BankAuthErrorDetails,
  CredentialsRejectedError,
  codeOf,
  InvalidTokenResponseError,
  TokenEndpointUnavailableError,
  TokenQueueFullError,
} from '../errors/index.js';
import type { Clock } from '../time/clock.js';
import { afterRunning } from '../time/running-time.js';
import { codeIn } from './oauth-codes.js';
import {
  adviceOnInvalid,
  adviceOnUnavailable,
  agentReplaced,
  type BasicEncoding,
  brokenDefinition,
  type FailureContext,
  invalid,
  noAnswer,
  type Outlook,
  outlook,
  queueIsFull,
  rejected,
  rejection,
  SILENCE,
  type Trouble,
  unavailable,
  unknownMerchant,
  unreadable,
  unusable,
} from './token-failure.messages.js';

/**
 * The reason why a flight brought no token, as data: the machine decides by its kind, and each caller gets an error of
 * its own, with the time until the next attempt.
 */
export interface TokenFailure {
  readonly kind:
    | 'rejected'
    | 'unavailable'
    | 'invalid'
    | 'credentials-unreadable'
    | 'unknown-merchant'
    | 'queue-full';
  /** A clause in our own words (or a code of RFC 6749 §5.2), never a string from a bank. */
  readonly reason: string;
  readonly status?: number;
  /** The cause, where no HTTP status of the bank tells it. */
  readonly trouble?: Trouble;
  /** Of a rejection: the encoding of HTTP Basic, where the other one would have sent something else. */
  readonly encoding?: BasicEncoding | undefined;
  /** The bank's `Retry-After`, in milliseconds. */
  readonly retryAfterMs?: number;
  /** The version of the credentials that the request used. */
  readonly credentialsVersion?: string;
  /** Milliseconds from now in which no process asks the bank; set where processes share the failure. */
  readonly coolForMs?: number;
}

/** The code of the error on a failure of each kind. */
export const ERROR_CODES = {
  rejected: 'BANK_AUTH_CREDENTIALS_REJECTED',
  unavailable: 'BANK_AUTH_UNAVAILABLE',
  invalid: 'BANK_AUTH_INVALID_RESPONSE',
  'credentials-unreadable': 'BANK_AUTH_CONFIG',
  'unknown-merchant': 'BANK_AUTH_CONFIG',
  'queue-full': 'BANK_AUTH_QUEUE_FULL',
} as const satisfies Record<TokenFailure['kind'], BankAuthErrorCode>;

const ours = new WeakSet<object>();

/** Marks a failure as ours: an error that a user's function throws may look like one. */
export function tokenFailure(failure: TokenFailure): TokenFailure {
  ours.add(failure);
  return failure;
}

export function isTokenFailure(failure: unknown): failure is TokenFailure {
  // For a value that is no object, `has` returns false.
  return ours.has(failure as object);
}

/** A key or certificate that cannot be used; files that are being replaced may be in disorder. */
export function unusableCredentials(what: string, error: unknown): TokenFailure {
  const code = codeOf(error);
  return tokenFailure({ kind: 'credentials-unreadable', reason: unusable(what, code) });
}

/** The outlook of an error, besides the time until the next attempt. */
export type OutlookOf = Partial<Pick<Outlook, 'cooling' | 'served'>>;

/**
 * @param retryInMs milliseconds until the next attempt is allowed; undefined where none will follow by itself
 */
export function errorOf(
  failure: TokenFailure,
  context: FailureContext,
  retryInMs: number | undefined,
  { cooling = false, served }: OutlookOf = {},
): BankAuthError {
  const { provider, merchant, who, endpoint } = context;
  const { reason, status, trouble } = failure;
  const code = codeIn(reason);
  const told = {
    who,
    endpoint,
    reason,
    next: retryInMs === undefined ? '' : outlook({ retryInMs, cooling, served }),
  };
  const details: BankAuthErrorDetails = {
    provider,
    merchant,
    retryAfterMs: retryInMs === undefined ? undefined : Math.ceil(retryInMs),
    requestSent: false,
    status,
  };
  switch (failure.kind) {
    case 'rejected':
      return new CredentialsRejectedError(
        rejected(told, rejection({ status, code, encoding: failure.encoding }, context)).trimEnd(),
        details,
      );
    case 'unavailable':
      return new TokenEndpointUnavailableError(
        unavailable(told, adviceOnUnavailable(status, trouble)).trimEnd(),
        details,
      );
    case 'invalid':
      return new InvalidTokenResponseError(
        (trouble === 'definition'
          ? brokenDefinition(told)
          : invalid(told, adviceOnInvalid(status, code, reason))
        ).trimEnd(),
        details,
      );
    case 'credentials-unreadable':
      return new BankAuthConfigError(
        (trouble === 'agent-replaced' ? agentReplaced(told) : unreadable(told)).trimEnd(),
        { ...details, retryable: true },
      );
    case 'unknown-merchant':
      return new BankAuthConfigError(unknownMerchant(who, reason, retryInMs ?? 0), details);
    case 'queue-full':
      return new TokenQueueFullError(queueIsFull(told), details);
  }
}

/**
 * Errors with a `TokenFailure` after `milliseconds` in which this process ran.
 */
export function failAfter(milliseconds: number, clock: Clock): Observable<never> {
  const reason = noAnswer(SILENCE, milliseconds);
  return afterRunning(milliseconds, clock).pipe(
    mergeMap(() => throwError(() => tokenFailure({ kind: 'unavailable', reason, trouble: 'time-out' }))),
  );
}
