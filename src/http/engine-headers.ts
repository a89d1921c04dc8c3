import axios, { AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import type { AccessToken } from '../token/index.js';
import { isForCaller } from './framing.js';
import { isSentAsItIs, lowerCased } from './header-names.js';

/** The headers that axios' own adapter adds to a request without them. */
const ADDED: readonly (readonly [lower: string, name: string, value: string])[] = [
  ['user-agent', 'User-Agent', `axios/${axios.VERSION}`],
  ['accept-encoding', 'Accept-Encoding', 'gzip, compress, deflate, br'],
];

/**
 * The headers of a request, names and values in turn, with the token's and without those that a caller may not set.
 * @returns undefined if axios' own adapter would change one of them
 */
export function headersToSend(
  headers: InternalAxiosRequestConfig['headers'],
  token: AccessToken,
): string[] | undefined {
  const flat: string[] = [];
  const seen: string[] = [];
  const tokenNames = Object.keys(token.headers);
  const ofToken = tokenNames.map((name) => name.toLowerCase());
  for (const [name, value] of Object.entries(headers)) {
    const lower = lowerCased(name);
    if (lower === undefined || seen.includes(lower)) return undefined;
    seen.push(lower);
    if (value === undefined || value === null || value === false) continue;
    if (ofToken.includes(lower) || !isForCaller(lower, value, false)) continue;
    if (!isSentAsItIs(value) || lower === 'proxy-authorization') return undefined;
    flat.push(name, value);
  }
  for (const [lower, name, value] of ADDED) {
    if (!seen.includes(lower) || isUnsaid(headers, name)) flat.push(name, value);
  }
  for (const name of tokenNames) {
    const value = token.headers[name] as string;
    if (lowerCased(name) === undefined || !isSentAsItIs(value)) return undefined;
    flat.push(name, value);
  }
  return flat;
}

/** Whether a header is present with the value undefined: axios adds it. */
function isUnsaid(headers: InternalAxiosRequestConfig['headers'], name: string): boolean {
  return headers.get(name) === undefined;
}

/** The headers of which only the first counts (RFC 9110 §5.3, and Node). */
const SINGLE: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
]);

/**
 * The headers of an answer as Node gives them to axios' own adapter: in lower case, repeated ones joined.
 * @param headers names and values in turn, unchanged
 */
export function headersOfAnswer(headers: readonly string[]): AxiosResponse['headers'] {
  const joined: Record<string, string | string[]> = Object.create(null);
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = (headers[at] as string).toLowerCase();
    const value = trimmed(headers[at + 1] as string);
    const before = joined[name];
    if (name === 'set-cookie') {
      if (before === undefined) joined[name] = [value];
      else (before as string[]).push(value);
    } else if (before === undefined) {
      joined[name] = value;
    } else if (!SINGLE.has(name)) {
      joined[name] = `${before as string}${name === 'cookie' ? '; ' : ', '}${value}`;
    }
  }
  // Assigned one by one, without axios' search for a header of the same name: there is none. `__proto__` is a setter
  // here, which ignores a string, as in the object that Node makes.
  const made = new AxiosHeaders();
  for (const name in joined) made[name] = joined[name] as string;
  return made;
}

/** Trims the end only: an HTTP parser drops spaces at the beginning. */
function trimmed(value: string): string {
  const last = value.charCodeAt(value.length - 1);
  return last === 32 || last === 9 ? value.replace(/[ \t]+$/, '') : value;
}
