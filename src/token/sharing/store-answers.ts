import type { LeaseAnswer, StoredFailure, StoredToken, TokenChange, TokenLease } from '../../store/index.js';
import { tokenProblem } from '../token-limits.js';

// Checks on the answers of a store, which may hold anything.

/** The longest of the strings that come with a token or a failure, in characters. */
const LONGEST_STRING = 1_000;
const MOST_SCOPES = 1_000;

/** Whether a store's answer is a token that may be used. */
export function isStored(found: unknown): found is { readonly token: StoredToken; readonly ageMs: number } {
  const { token, ageMs } = (found ?? {}) as { token?: Partial<StoredToken>; ageMs?: unknown };
  return (
    token !== undefined &&
    token !== null &&
    tokenProblem(token.value) === undefined &&
    isString(token.fingerprint) &&
    isDuration(token.lifetime) &&
    isDuration(ageMs) &&
    Array.isArray(token.scopes) &&
    token.scopes.length <= MOST_SCOPES &&
    token.scopes.every(isString)
  );
}

/** Whether a store's answer to a request for a lease may be acted on. */
export function isLeaseAnswer(answer: unknown): answer is LeaseAnswer {
  const { kind, lease, forMs, owner, failure } = (answer ?? {}) as {
    kind?: unknown;
    lease?: Partial<TokenLease>;
    forMs?: unknown;
    owner?: unknown;
    failure?: Partial<StoredFailure>;
  };
  switch (kind) {
    case 'acquired':
      return typeof lease?.extend === 'function' && typeof lease.release === 'function';
    case 'held':
      return isDuration(forMs) && (owner === undefined || isShort(owner));
    case 'cooling-down':
      return isDuration(forMs) && isFailure(failure);
    default:
      return kind === 'unavailable';
  }
}

function isFailure(failure: Partial<StoredFailure> | undefined): boolean {
  return (
    typeof failure?.kind === 'string' &&
    ['rejected', 'unavailable', 'invalid'].includes(failure.kind) &&
    isString(failure.reason) &&
    typeof failure.status === 'number' &&
    (failure.by === undefined || isShort(failure.by)) &&
    (failure.confirmed === undefined || failure.confirmed === true) &&
    (failure.retryAfterMs === undefined || isDuration(failure.retryAfterMs)) &&
    (failure.credentialsVersion === undefined || isString(failure.credentialsVersion))
  );
}

/** Whether it may be a random name. */
function isShort(name: unknown): boolean {
  return typeof name === 'string' && name.length <= 128;
}

export function isChange(change: unknown): change is TokenChange {
  const { type, fingerprint, refused } = (change ?? {}) as Record<string, unknown>;
  switch (type) {
    case 'written':
      return fingerprint === undefined || isString(fingerprint);
    case 'removed':
      return isString(fingerprint) && typeof refused === 'boolean';
    default:
      return type === 'released' || type === 'resumed';
  }
}

/** Whether it may be a string of ours: short, and without control characters such as line breaks. */
function isString(text: unknown): text is string {
  return typeof text === 'string' && text.length <= LONGEST_STRING && !/\p{Cc}/u.test(text);
}

/** Milliseconds that make sense: no token lives longer than a year. */
function isDuration(milliseconds: unknown): boolean {
  return typeof milliseconds === 'number' && milliseconds >= 0 && milliseconds < 31_536_000_000;
}
