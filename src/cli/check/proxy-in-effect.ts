import type { ResolvedProvider } from '../../internal.js';

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/**
 * The proxy of token requests as host and port, without its user and password; null where there is none. Without TLS
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
  const named = variable(env, 'https_proxy') ?? variable(env, 'all_proxy');
  if (named === undefined) return null;
  try {
    return new URL(named.includes('://') ? named : `https://${named}`).host;
  } catch {
    return null;
  }
}

/** Both cases are in use; the lower one comes first. */
function variable(env: Environment, name: string): string | undefined {
  return env[name] || env[name.toUpperCase()] || undefined;
}

/** Whether `NO_PROXY` names the host: all hosts, a host, a domain by its dot or star, each perhaps with a port. */
function isExempt({ protocol, hostname, port }: URL, env: Environment): boolean {
  const at = port === '' ? DEFAULT_PORTS[protocol] : port;
  return (variable(env, 'no_proxy') ?? '').split(/[\s,]+/).some((entry) => {
    const [, host = '', only] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    if (host === '' || (only !== undefined && only !== at)) return false;
    if (host === '*') return true;
    const suffix = host.replace(/^\*/, '');
    return suffix.startsWith('.') ? hostname.endsWith(suffix) : hostname === suffix;
  });
}
