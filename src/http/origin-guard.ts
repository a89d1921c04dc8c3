import type { InternalAxiosRequestConfig } from 'axios';
import { UntrustedOriginError } from '../errors/index.js';
import { A_SOCKET, A_URL_WITH_CREDENTIALS, NO_ORIGIN, NO_URL, untrustedOrigin } from './http.messages.js';
import { own } from './own-members.js';

/** The owner of a token and the origins that may get it. */
export interface GuardedProvider {
  readonly name: string;
  readonly merchant: string;
  readonly origins: ReadonlySet<string>;
}

/** The parts of a request that determine its URL. */
export type GivenUrl = Pick<
  InternalAxiosRequestConfig,
  'url' | 'baseURL' | 'allowAbsoluteUrls' | 'socketPath'
>;

/** Reads the parts once: a getter or `toString` could return another value the next time. */
export function givenUrl(config: InternalAxiosRequestConfig): GivenUrl {
  const text = (name: 'url' | 'baseURL'): string | undefined => {
    const value: unknown = own(config, name);
    return value === undefined || value === null ? undefined : String(value);
  };
  return {
    url: text('url'),
    baseURL: text('baseURL'),
    allowAbsoluteUrls: own(config, 'allowAbsoluteUrls'),
    socketPath: own(config, 'socketPath'),
  };
}

/**
 * The given path and base URL for an adapter of the user. If joining them in some way would lead to another origin, the
 * path gets a leading slash; if that does not help, and for absolute URLs, the URL that was checked replaces both.
 */
export function harmlessly(given: GivenUrl, checked: URL): Pick<GivenUrl, 'url' | 'baseURL'> {
  const ways = given.url === undefined ? [given] : [given, { ...given, url: `/${given.url}` }];
  const { url, baseURL } = ways.find((one) => isHarmless(one, checked)) ?? {
    url: checked.href,
    baseURL: undefined,
  };
  return { url, baseURL };
}

function isHarmless(given: GivenUrl, { href, origin }: URL): boolean {
  const { url: path = '', baseURL = '' } = given;
  const isOdd = /[\\\p{Cc}]/u.test(baseURL + path) || /^(?:\/\/|[^/?#]*:)/.test(path);
  if (isOdd || path !== path.trim() || baseURL !== baseURL.trim()) return false;
  const joined = [baseURL, baseURL.replace(/\/+$/, '') + path].map((text) => parsedUrl(text));
  return (
    parsedUrl(fullUrl(given))?.href === href &&
    [...joined, parsedUrl(path, baseURL)].every(
      (read) => read?.origin === origin && read.username === '' && read.password === '',
    )
  );
}

/**
 * The URL of a request, if the bank's token may go there. The caller sends to exactly this URL: nothing can parse it
 * differently from the check.
 * @throws UntrustedOriginError before anything is sent
 */
export function guardedUrl(config: GivenUrl, provider: GuardedProvider): URL {
  const refuse = (what: string): never => {
    throw new UntrustedOriginError(untrustedOrigin(provider.name, what, provider.origins), {
      provider: provider.name,
      merchant: provider.merchant,
    });
  };
  if (own(config, 'socketPath')) return refuse(A_SOCKET);
  const url = parsedUrl(fullUrl(config));
  if (url === undefined) return refuse(NO_URL);
  if (!provider.origins.has(url.origin)) return refuse(url.origin === 'null' ? NO_ORIGIN : url.origin);
  // Credentials in a URL would replace the token's header.
  if (url.username !== '' || url.password !== '') return refuse(A_URL_WITH_CREDENTIALS);
  return url;
}

/** `baseURL` and `url` joined as axios joins them. */
export function fullUrl(config: GivenUrl): string {
  const baseURL = own(config, 'baseURL');
  const url = own(config, 'url') ?? '';
  const absolute = /^(?:[a-z][a-z\d+\-.]*:)?\/\//i.test(url);
  if (!baseURL || (absolute && own(config, 'allowAbsoluteUrls') !== false)) return url;
  return url === '' ? baseURL : `${baseURL.replace(/\/?\/$/, '')}/${url.replace(/^\/+/, '')}`;
}

/** The parsed URL; undefined if the string is no URL. */
export function parsedUrl(text = '', base?: string): URL | undefined {
  try {
    // Not `URL.canParse`: once V8 has optimised it, Node.js 20 rejects a URL with a Latin-1 letter.
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
