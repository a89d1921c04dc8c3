import { longToken, NO_ACCESS_TOKEN, ODD_TOKEN } from './token-failure.messages.js';

/** In characters: a token goes into a header, and no bank's token is as long. */
const LONGEST_TOKEN = 16_384;
/** In characters, of all scopes together. */
const LONGEST_SCOPE = 4_096;
/** In characters: a shorter secret may be part of any string by chance. */
const SHORTEST_SECRET = 8;

/** The problem of a token, as a clause; undefined if it may be used. */
export function tokenProblem(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return NO_ACCESS_TOKEN;
  if (value.length > LONGEST_TOKEN) return longToken(LONGEST_TOKEN);
  // The token goes into a header (RFC 6750 §2.1), which may hold visible ASCII only.
  return /^[\x21-\x7e]+$/.test(value) ? undefined : ODD_TOKEN;
}

/**
 * The scopes in a string or a list of strings; undefined if it names none that may be shown. A value is dropped as a
 * whole if it has other characters than those of RFC 6749 §3.3, is longer than 4 KiB, or holds a secret.
 * @param token no scope may repeat it, whatever its length
 * @param secrets the other secrets that no scope may repeat
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
