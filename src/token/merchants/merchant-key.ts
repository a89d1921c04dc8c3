import { KEY_EMPTY, KEY_NO_STRING, keyMissing, keyTooLong } from '../token.messages.js';

const LONGEST_KEY = 1_024;

/**
 * The problem of a merchant's key, as a clause for messages. Code without types can pass anything, but no value of it
 * may stand for the provider's own credentials.
 */
export function merchantKeyProblem(key: unknown): string | undefined {
  if (key === undefined || key === null) return keyMissing(key);
  if (key === '') return KEY_EMPTY;
  if (typeof key !== 'string') return KEY_NO_STRING;
  return key.length > LONGEST_KEY ? keyTooLong(LONGEST_KEY) : undefined;
}
