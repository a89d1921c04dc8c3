import { longToken, NO_ACCESS_TOKEN, ODD_TOKEN } from './token-failure.messages.js';

/** Characters: a token goes into a header, and no bank needs as many. */
const LONGEST_TOKEN = 16_384;
/** Characters of all scopes together. */
const LONGEST_SCOPE = 4_096;
/** A shorter secret stands in almost any string by chance. */
const SHORTEST_SECRET = 8;

/** What is wrong with a token, as a clause; undefined if it may be used. */
export function tokenProblem(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return NO_ACCESS_TOKEN;
  if (value.length > LONGEST_TOKEN) return longToken(LONGEST_TOKEN);
  // RFC 6750 §2.1 goes into a header: nothing but visible ASCII may.
  return /^[\x21-\x7e]+$/.test(value) ? undefined : ODD_TOKEN;
}

/**
 * The scopes that a string or a list of strings names; undefined where it says nothing that may be shown. What is
 * not of the characters of RFC 6749 §3.3, is longer than 4 KiB, or holds a secret is dropped as a whole.
 * @param token which no scope may repeat, whatever its length
 * @param secrets besides it
 */
export function readScopes(
  scope: unknown,
  token: string,
  secrets: readonly (string | undefined)[] = [],
): readonly string[] | undefined {
  const joined = Array.isArray(scope) && scope.every(isString) ? scope.join(' ') : scope;
  if (!isString(joined) || joined.length > LONGEST_SCOPE) return undefined;
  if (!/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(joined) || joined.includes(token)) return undefined;
  const isShown = (secret = '') => secret.length >= SHORTEST_SECRET && joined.includes(secret);
  if (secrets.some(isShown)) return undefined;
  const scopes = joined.split(' ').filter((name) => name !== '');
  return scopes.length > 0 ? scopes : undefined;
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}
