import { isExempt, type ResolvedProvider, secureProxy } from '../../internal.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy of token requests as host and port, without its user and password; null without a proxy. Without TLS
 * only a configured proxy gets the credentials, as in the token client.
 */
export function proxyOf(
  tokenUrl: string,
  configured: ResolvedProvider['http']['proxy'],
  env: Environment,
): string | null {
  if (configured === false) return null;
  if (configured !== undefined) return `${configured.host}:${configured.port}`;
  const url = new URL(tokenUrl);
  if (url.protocol !== 'https:' || isExempt(url, env)) return null;
  const named = secureProxy(env);
  if (named === '') return null;
  try {
    return new URL(named.includes('://') ? named : `https://${named}`).host;
  } catch {
    return null;
  }
}
