/** Where the environment sends a call by axios' own rules. */
export type EnvironmentRoute =
  | { readonly way: 'direct' }
  /** @param url without user and password, which stand in `authorization` as the proxy is told them */
  | { readonly way: 'proxy'; readonly url: string; readonly authorization?: string }
  /** The rules are such that only axios itself can say. */
  | { readonly way: 'unclear' };

type Environment = Readonly<Record<string, string | undefined>>;

const DIRECT = { way: 'direct' } as const;
const UNCLEAR = { way: 'unclear' } as const;

/** A name of at least two labels, of which the last one begins with a letter: no address, and no name of this machine. */
const A_NAME = /^(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)+[a-z][a-z\d-]*$/;
/** An entry of `NO_PROXY` that names a host, or with a dot or star those that end so. */
const AN_ENTRY = /^(\*?\.?)((?:[a-z\d-]+\.)*[a-z][a-z\d-]*)(?::(\d+))?$/;

/**
 * Which proxy `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name for a URL of https. What is not plain is left to axios:
 * addresses, networks, proxies that are spoken to over TLS or are of another kind.
 */
export function environmentRoute(url: URL, env: Environment = process.env): EnvironmentRoute {
  const named = secureProxy(env);
  if (named === '') return DIRECT;
  const exempt = isExempt(url, env);
  if (exempt === undefined) return UNCLEAR;
  return exempt ? DIRECT : (routeBy(named) ?? UNCLEAR);
}

/** The proxy that is named for calls over TLS, as it is written there; empty where none is. */
export function secureProxy(env: Environment): string {
  return variable(env, 'https_proxy') || variable(env, 'all_proxy');
}

/** Whether no proxy is named for calls without TLS. */
export function namesNoPlainProxy(env: Environment = process.env): boolean {
  return variable(env, 'http_proxy') === '' && variable(env, 'all_proxy') === '';
}

/** Both cases are in use; the lower one comes first. */
function variable(env: Environment, name: string): string {
  return env[name] || env[name.toUpperCase()] || '';
}

/** Whether `NO_PROXY` exempts a URL of https; undefined where only axios itself can say. One entry that does is enough. */
export function isExempt(url: URL, env: Environment): boolean | undefined {
  const entries = variable(env, 'no_proxy')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  const exempting = entries.map((entry) => exempts(entry, url));
  return exempting.includes(true) || (exempting.includes(undefined) ? undefined : false);
}

function exempts(entry: string, { hostname, port }: URL): boolean | undefined {
  if (entry === '*' || entry === hostname) return true;
  const [, suffix, name = '', only] = AN_ENTRY.exec(entry) ?? [];
  if (suffix === undefined || !A_NAME.test(hostname)) return undefined;
  if (only !== undefined && Number(only) !== Number(port || 443)) return false;
  return suffix === '' ? hostname === name : hostname.endsWith(suffix.replace('*', '') + name);
}

function routeBy(named: string): EnvironmentRoute | undefined {
  // axios takes a proxy without a scheme for one of https.
  if (!/^http:\/\//i.test(named)) return undefined;
  try {
    const { origin, username, password } = new URL(named);
    // axios sends them as they stand there, and others what they stand for.
    if (/%/.test(username + password)) return undefined;
    if (username === '') return { way: 'proxy', url: origin };
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    return { way: 'proxy', url: origin, authorization };
  } catch {
    return undefined;
  }
}
