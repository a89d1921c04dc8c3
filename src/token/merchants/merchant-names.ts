import { whoIs } from '../token-failure.messages.js';
import type { CommonParts } from './merchant-parts.js';

// The names of a merchant: its label in messages, its key in a store only.

/** The subject of a sentence: the provider, and the merchant unless it is the default one. */
export function subjectOf(
  { provider, labelOf }: Pick<CommonParts, 'provider' | 'labelOf'>,
  key: string | undefined,
): string {
  return whoIs(provider, key === undefined ? undefined : labelOf(key));
}

/**
 * JSON, so that no delimiter in a name can make two keys equal; a merchant's key in a list, so that none equals the key
 * of the provider's own credentials. RFC 6749 §3.3: scopes are an unordered set.
 */
export function storeKeyOf(
  { provider, tokenUrl, scopes }: Pick<CommonParts, 'provider' | 'tokenUrl' | 'scopes'>,
  key: string | undefined,
): string {
  return JSON.stringify([provider, key === undefined ? 'default' : [key], tokenUrl, [...scopes].sort()]);
}
