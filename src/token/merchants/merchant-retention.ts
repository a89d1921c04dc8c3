import type { TokenEntry } from '../token-entry.js';

/**
 * How an idle merchant is kept: `keep`, among the idle merchants; `unknown-key`, among the keys that may have no
 * merchant; `discard`, not at all, because there is nothing to keep.
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
