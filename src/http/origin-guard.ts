import type { InternalAxiosRequestConfig } from 'axios';
import { UntrustedOriginError } from '../errors/index.js';
import { own } from './own-members.js';

/** Whose token it is and where it may go. */
export interface GuardedProvider {
  readonly name: string;
  readonly merchant: string;
  readonly origins: ReadonlySet<string>;
}

/**
 * The URL that a request would go to, if the bank's token may go there. The caller sends to exactly this URL, so that
 * nothing can read it in another way than it was checked.
 * @throws UntrustedOriginError before anything is sent
 */
export function guardedUrl(config: InternalAxiosRequestConfig, provider: GuardedProvider): URL {
  const refuse = (what: string): never => {
    throw new UntrustedOriginError(
      `${provider.name}: this request goes to ${what}, so it was not sent: the token is for ` +
        `${[...provider.origins].join(', ')} only. Use a client of its own for other hosts, or add the origin to allowedOrigins.`,
      { provider: provider.name, merchant: provider.merchant },
    );
  };
  if (own(config, 'socketPath')) return refuse('a local socket (socketPath)');
  const url = parse(fullUrl(config));
  if (url === undefined) return refuse('no absolute URL (is baseURL missing?)');
  if (!provider.origins.has(url.origin)) return refuse(url.origin === 'null' ? 'no HTTP origin' : url.origin);
  // Credentials in a URL would replace the token's header.
  if (url.username !== '' || url.password !== '') return refuse('a URL that carries credentials');
  return url;
}

/** `baseURL` and `url` joined as axios joins them. */
function fullUrl(config: InternalAxiosRequestConfig): string {
  const baseURL = own(config, 'baseURL');
  const url = own(config, 'url') ?? '';
  const absolute = /^(?:[a-z][a-z\d+\-.]*:)?\/\//i.test(url);
  if (!baseURL || (absolute && own(config, 'allowAbsoluteUrls') !== false)) return url;
  return url === '' ? baseURL : `${baseURL.replace(/\/?\/$/, '')}/${url.replace(/^\/+/, '')}`;
}

function parse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
