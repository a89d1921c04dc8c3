import type { LeaseAnswer, StoredFailure } from '../../store/index.js';
import { type TokenFailure, tokenFailure } from '../token-failure.js';

/** Whether the bank answered by HTTP, which concerns all processes; a network failure may be this machine's own. */
export function isSaidByBank(
  failure: TokenFailure,
): failure is TokenFailure & Pick<StoredFailure, 'kind' | 'status'> {
  return failure.status !== undefined && failure.kind !== 'credentials-unreadable';
}

/** Whether a failure is about the client, not about the bank itself. */
export function isRefusal({ kind }: Pick<TokenFailure, 'kind'>): boolean {
  return kind === 'rejected' || kind === 'invalid';
}

/**
 * Whether a refusal is the second one of the same credentials, and not of the same process.
 * @param first the failure that cooled down when the bank was asked nevertheless
 * @param id the id of this process
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
    // A store may have dropped `by`: then this process may have met the first one.
    first.by !== undefined &&
    first.by !== id &&
    first.credentialsVersion === credentialsVersion
  );
}

/** Whether a failure needs no second opinion: a refusal is proven when two processes have met it. */
export function isProven(failure: StoredFailure, id: string | undefined): boolean {
  return !isRefusal(failure) || failure.confirmed === true || failure.by === id;
}

/** The failure of another process, for as long as it cools down there. */
export function toldOf({ failure, forMs }: Extract<LeaseAnswer, { kind: 'cooling-down' }>): TokenFailure {
  const { kind, reason, status, retryAfterMs, credentialsVersion } = failure;
  return tokenFailure({ kind, reason, status, retryAfterMs, credentialsVersion, coolForMs: forMs });
}

/**
 * A failure in the form for other processes.
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
