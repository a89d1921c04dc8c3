import { type BankAuthError, TokenEndpointUnavailableError } from '../../errors/index.js';
import { type Clock, elapsed } from '../../time/clock.js';
import { shuttingDown } from '../token.messages.js';
import type { CoolDown, TokenEntry } from '../token-entry.js';
import { errorOf, type OutlookOf } from '../token-failure.js';
import { subjectOf } from './merchant-names.js';
import type { CommonParts } from './merchant-parts.js';

/**
 * The error on a remembered failure; it also says how long the current token stays in use.
 * @param retryInMs milliseconds until the next attempt is allowed
 * @param cooling whether no request was sent now
 */
export function errorOn(
  { failure }: CoolDown,
  { entry, key }: { readonly entry: TokenEntry; readonly key: string | undefined },
  parts: CommonParts,
  { retryInMs, cooling }: { readonly retryInMs: number; readonly cooling: boolean },
): BankAuthError {
  const { provider, tokenUrl, labelOf, credentialsFrom, scopesFrom, clock } = parts;
  const { origin, pathname } = new URL(tokenUrl);
  const context = {
    provider,
    merchant: labelOf(key),
    who: subjectOf(parts, key),
    endpoint: `${origin}${pathname}`,
    credentialsFrom: credentialsFrom(key),
    scopesFrom,
  };
  return errorOf(failure, context, retryInMs, { cooling, served: servedBy(entry, clock) });
}

/** For how long, and until when, the current token is still served. */
function servedBy({ current }: TokenEntry, clock: Clock): OutlookOf['served'] {
  if (current === undefined) return undefined;
  const now = clock.now();
  const forMs = current.unusableAfter - elapsed(current.since, now);
  return forMs > 0 ? { forMs, until: now.wall + forMs } : undefined;
}

/** The error of a caller after the application has ended. */
export function shutdownErrorOf(
  parts: Pick<CommonParts, 'provider' | 'labelOf'>,
  key: string | undefined,
): BankAuthError {
  const { provider, labelOf } = parts;
  return new TokenEndpointUnavailableError(shuttingDown(subjectOf(parts, key)), {
    provider,
    merchant: labelOf(key),
  });
}
