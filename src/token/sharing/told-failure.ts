import type { LeaseAnswer, StoredFailure } from '../../store/index.js';
import { type TokenFailure, tokenFailure } from '../token-failure.js';

/** An answer by HTTP is the bank's to all of us; a network failure may be this machine's own. */
export function isSaidByBank(
  failure: TokenFailure,
): failure is TokenFailure & Pick<StoredFailure, 'kind' | 'status'> {
  return failure.status !== undefined && failure.kind !== 'credentials-unreadable';
}

/** What the bank says of those who ask, not of itself. */
export function isRefusal({ kind }: Pick<TokenFailure, 'kind'>): boolean {
  return kind === 'rejected' || kind === 'invalid';
}

/**
 * Whether a refusal is the second one of the same credentials, and not of the same process.
 * @param first what cooled down when the bank was asked nevertheless
 * @param id of this process
 */
export function confirms(
  { kind, credentialsVersion }: Pick<TokenFailure, 'kind' | 'credentialsVersion'>,
  first: StoredFailure | undefined,
  id: string | undefined,
): boolean {
  return (
    first !== undefined &&
    isRefusal({ kind }) &&
    isRefusal(first) &&
    // A store may have dropped it: then the first one may have been this process.
    first.by !== undefined &&
    first.by !== id &&
    first.credentialsVersion === credentialsVersion
  );
}

/** Whether a failure needs no second opinion: a refusal is proven when two processes have met it. */
export function isProven(failure: StoredFailure, id: string | undefined): boolean {
  return !isRefusal(failure) || failure.confirmed === true || failure.by === id;
}

/** What the bank said to another process, for as long as it holds. */
export function toldOf({ failure, forMs }: Extract<LeaseAnswer, { kind: 'cooling-down' }>): TokenFailure {
  const { kind, reason, status, retryAfterMs, credentialsVersion } = failure;
  return tokenFailure({ kind, reason, status, retryAfterMs, credentialsVersion, coolForMs: forMs });
}

/**
 * A failure as others are told of it.
 * @param by the id of this process
 */
export function toldToOthers(
  failure: TokenFailure & Pick<StoredFailure, 'kind' | 'status'>,
  coolForMs: number,
  by: string,
  confirmed: boolean,
): StoredFailure {
  const { kind, reason, status, retryAfterMs, credentialsVersion } = failure;
  return {
    kind,
    reason,
    status,
    credentialsVersion,
    // As far as it is obeyed.
    retryAfterMs: retryAfterMs === undefined ? undefined : Math.min(retryAfterMs, coolForMs),
    by,
    ...(confirmed ? { confirmed } : {}),
  };
}
