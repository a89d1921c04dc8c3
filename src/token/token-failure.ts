import { mergeMap, type Observable, throwError } from 'rxjs';
import {
  BankAuthConfigError,
  type BankAuthError,
  type BankAuthErrorDetails,
  CredentialsRejectedError,
  InvalidTokenResponseError,
  TokenEndpointUnavailableError,
  TokenQueueFullError,
} from '../errors/index.js';
import type { Clock } from './clock.js';
import { quoted } from './merchant-key.js';
import { afterRunning } from './running-time.js';

/**
 * Why a flight brought no token, as data: the machine decides by its kind, and an error is made of it for each caller
 * with the time that is left for that caller.
 */
export interface TokenFailure {
  readonly kind:
    | 'rejected'
    | 'unavailable'
    | 'invalid'
    | 'credentials-unreadable'
    | 'unknown-merchant'
    | 'queue-full';
  /** A clause in our own words (or a code of RFC 6749 §5.2), never text from a bank. */
  readonly reason: string;
  readonly status?: number;
  /** What the bank's `Retry-After` asks for, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Which version of the credentials was rejected. */
  readonly credentialsVersion?: string;
  /** Where other processes share the failure: for how many milliseconds from now all of them leave the bank alone. */
  readonly coolForMs?: number;
}

const ours = new WeakSet<object>();

/** Marks a failure as made here: what a function of the user's throws may look like one. */
export function tokenFailure(failure: TokenFailure): TokenFailure {
  ours.add(failure);
  return failure;
}

export function isTokenFailure(failure: unknown): failure is TokenFailure {
  return typeof failure === 'object' && failure !== null && ours.has(failure);
}

/** An error's code, if it looks like one of Node.js: anything else might repeat a secret. */
export function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : undefined;
}

/** A key or certificate that cannot be used; files that are being replaced may be in disorder. */
export function unusableCredentials(what: string, error: unknown): TokenFailure {
  const code = codeOf(error);
  const reason = `${what} cannot be used${code === undefined ? '' : `, ${code}`}`;
  return tokenFailure({ kind: 'credentials-unreadable', reason });
}

/** Who failed, for messages. */
export interface FailureContext {
  readonly provider: string;
  /** As it is called in messages. */
  readonly merchant: string;
  /** A clause on both. */
  readonly who: string;
  /** Origin and path of the token endpoint. */
  readonly endpoint: string;
  /** A clause on where the credentials come from. */
  readonly credentialsFrom: string;
}

/**
 * How a merchant is called in messages.
 * @param label undefined for the provider's own credentials, whatever a merchant may be called
 */
export function whoIs(provider: string, label: string | undefined): string {
  return label === undefined ? provider : `${provider} (merchant ${quoted(label)})`;
}

/**
 * @param retryInMs milliseconds until the next attempt is allowed
 * @param cooling whether the failure is an earlier one that is being remembered, and no request was sent now
 */
export function errorOf(
  failure: TokenFailure,
  context: FailureContext,
  retryInMs: number,
  cooling = false,
): BankAuthError {
  const { provider, merchant, who, endpoint, credentialsFrom } = context;
  const next = cooling
    ? `This call sent no token request: it failed just before, and the next one is allowed in ${duration(retryInMs)}.`
    : `The next token request is allowed in ${duration(retryInMs)}.`;
  const details: BankAuthErrorDetails = {
    provider,
    merchant,
    retryAfterMs: Math.ceil(retryInMs),
    requestSent: false,
    ...(failure.status === undefined ? {} : { status: failure.status }),
  };
  switch (failure.kind) {
    case 'rejected':
      return new CredentialsRejectedError(
        `${who}: the bank refused the credentials at ${endpoint} (${failure.reason}). ` +
          `Check ${credentialsFrom}, and that they belong to this product and environment. ${next}`,
        details,
      );
    case 'unavailable':
      return new TokenEndpointUnavailableError(
        `${who}: no token from ${endpoint} (${failure.reason}). ` +
          `Nothing to do if the bank is down; otherwise check the network between. ${next}`,
        details,
      );
    case 'invalid':
      return new InvalidTokenResponseError(
        `${who}: ${endpoint} answered something that is no token (${failure.reason}). ` +
          `Check the token URL and the bank definition, then ask the bank. ${next}`,
        details,
      );
    case 'credentials-unreadable':
      return new BankAuthConfigError(
        `${who}: the credentials could not be read (${failure.reason}). ${next}`,
        {
          ...details,
          retryable: true,
        },
      );
    case 'unknown-merchant':
      return new BankAuthConfigError(
        `${who}: there is no such merchant (${failure.reason}), so nothing was sent. Correct the key, or add the merchant. ` +
          `It is looked up again in ${duration(retryInMs)}.`,
        details,
      );
    case 'queue-full':
      return new TokenQueueFullError(
        `${who}: no token was asked for at ${endpoint} (${failure.reason}). Ask again later; if that happens often, the ` +
          `bank is too slow for so many merchants, or "tokenRequests" allows too little. ${next}`,
        details,
      );
  }
}

/**
 * Errors with a `TokenFailure` after so many milliseconds in which this process ran.
 * @param what was waited for, told when it has failed to come
 */
export function failAfter(
  milliseconds: number,
  clock: Clock,
  what: () => string = () => 'no answer',
): Observable<never> {
  return afterRunning(milliseconds, clock).pipe(
    mergeMap(() => {
      const reason = `${what()} within ${Math.round(milliseconds)} ms`;
      return throwError(() => tokenFailure({ kind: 'unavailable', reason }));
    }),
  );
}

function duration(milliseconds: number): string {
  return milliseconds < 1000
    ? `${Math.max(0, Math.ceil(milliseconds))} ms`
    : `${Math.ceil(milliseconds / 1000)} s`;
}
