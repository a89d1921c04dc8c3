import type { TokenEntry } from '../token-entry.js';

/**
 * What becomes of a merchant on which nothing goes on: it is kept among the idle ones, or among the keys of which it is
 * not known whether there is such a merchant, or discarded, because there is nothing to keep.
 */
export type MerchantRetention = 'keep' | 'unknown-key' | 'discard';

/** @param hasCredentials whether it holds a source of credentials, which watches something then */
export function retentionOf(
  { current, coolDown, refusals }: TokenEntry,
  hasCredentials: boolean,
): MerchantRetention {
  if (current !== undefined) return 'keep';
  const { kind } = coolDown?.failure ?? {};
  if (kind === 'unknown-merchant' || kind === 'credentials-unreadable') return 'unknown-key';
  return coolDown === undefined && refusals === undefined && !hasCredentials ? 'discard' : 'keep';
}
