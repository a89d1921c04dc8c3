import {
  AN_ABSOLUTE_URL_SUCH_AS,
  CREDENTIALS_IN_URL,
  HTTPS,
  HTTPS_IN_PRODUCTION,
  ORIGINS_ONLY,
  QUERY_IN_URL,
  WHITE_SPACE_IN_URL,
} from './config.messages.js';

/** An HTTP URL with exactly two slashes: a URL parser would also accept another number of them, and backslashes. */
const AN_HTTP_URL = /^https?:\/\/[^/\\]/i;
const AN_ORIGIN = /^https?:\/\/[^/\\?#@*%]+\/?$/i;
/** Characters some of which a URL parser drops silently. */
const HIDDEN = /[\s\p{Cc}\p{Cf}]/u;

/** Why a URL may not be used for credentials or tokens; undefined if it may. */
export function urlProblem(
  text: string,
  insecureOrigins: readonly string[],
  production: boolean,
): string | undefined {
  const url = parseUrl(text);
  if (url === undefined) return AN_ABSOLUTE_URL_SUCH_AS;
  if (HIDDEN.test(text)) return WHITE_SPACE_IN_URL;
  if (url.username !== '' || url.password !== '') return CREDENTIALS_IN_URL;
  if (/[?#]/.test(text)) return QUERY_IN_URL;
  if (url.protocol === 'https:' || isLoopback(url)) return undefined;
  if (production) return HTTPS_IN_PRODUCTION;
  if (insecureOrigins.includes(url.origin)) return undefined;
  return HTTPS;
}

/** Why a string is no HTTP origin in any notation; undefined if it is one. */
export function originProblem(text: string): string | undefined {
  const isOrigin = parseUrl(text)?.pathname === '/' && AN_ORIGIN.test(text) && !HIDDEN.test(text);
  return isOrigin ? undefined : ORIGINS_ONLY;
}

/** An origin in its normal form: in lower case, in Punycode, without the default port. */
export function normalizedOrigin(text: string): string | undefined {
  return parseUrl(text)?.origin;
}

export function parseUrl(text: unknown): URL | undefined {
  if (typeof text !== 'string' || !AN_HTTP_URL.test(text)) return undefined;
  try {
    // Not `URL.canParse`: once V8 has optimised it, Node.js 20 rejects a URL with a Latin-1 letter.
    return new URL(text);
  } catch {
    return undefined;
  }
}

function isLoopback(url: URL): boolean {
  return (
    url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(url.hostname)
  );
}
