import type { BankCallDelivery } from 'nestjs-bank-auth';
import type { ResourceOutcome, TokenFailure, TokenOutcome } from './faults.types.js';

// Outcomes that many rows have in common.

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export function aToken(lifetimeMs = HOUR, tokenRequests = 1): TokenOutcome {
  return { token: { lifetimeMs }, tokenRequests };
}

/** A whole flight has failed: three requests. */
export function unavailable(...says: string[]): TokenFailure {
  return { error: 'BANK_AUTH_UNAVAILABLE', says, tokenRequests: 3, nextRequestAfterMs: SECOND };
}

/** The bank's host is somebody else's, or looks so. */
export function untrusted(...codes: string[]): TokenFailure {
  return unavailable(...codes.map((code) => `${code}: the TLS certificate of that host is not trusted`));
}

export function handshakeFailed(...codes: string[]): TokenFailure {
  const hint = 'the TLS handshake failed, perhaps because a client certificate is missing';
  return unavailable(...codes.map((code) => (code === 'ECONNRESET' ? code : `${code}: ${hint}`)));
}

export function unavailableStatus(status: number, code = ''): TokenFailure {
  return { ...unavailable(`HTTP ${status}${code && ' '}${code}`), status };
}

/** Two attempts run into their own time-out, the third into the deadline of the flight. */
export const TIMED_OUT = unavailable('no answer within 15000 ms');

/** The credentials are wrong, so that asking again would not help. */
export function rejected(status: number, code = ''): TokenFailure {
  return {
    error: 'BANK_AUTH_CREDENTIALS_REJECTED',
    says: [`HTTP ${status}${code && ' '}${code}`],
    status,
    tokenRequests: 1,
    nextRequestAfterMs: MINUTE,
  };
}

/** There is an answer, but no token in it. */
export function invalid(status: number, detail = ''): TokenFailure {
  return { ...unreadable(`HTTP ${status}${detail}`), status };
}

export const NO_OBJECT = ', but the body is not a JSON object in UTF-8';
export const NO_TOKEN = ', but it contains no access token';
export const NOT_ASCII = ', but the access token does not consist of visible ASCII characters';
export const TOO_LONG = ', but the access token has more than 16384 characters';
export const NO_BEARER = ', but its type is not Bearer';
export const REDIRECT = ', a redirect, which is never followed';

/** An answer that was not read to its end. */
export function unreadable(...says: string[]): TokenFailure {
  return { error: 'BANK_AUTH_INVALID_RESPONSE', says, tokenRequests: 1, nextRequestAfterMs: 10 * SECOND };
}

export const TOO_LARGE = unreadable('an answer of more than 65536 bytes');

export const BROKEN_OFF = 'ERR_BAD_RESPONSE: the connection broke off in the middle of the answer';

/** How far a call came, as the row says or its outcome implies. */
export function deliveriesOf({ delivery, sees, requests }: ResourceOutcome): readonly BankCallDelivery[] {
  if (delivery !== undefined) return delivery;
  if ('status' in sees) return ['answered'];
  return 'error' in sees || requests === 0 ? ['not-sent'] : ['unknown'];
}
