/** The route of a call by the proxy variables of the environment and axios' own rules. */
export type EnvironmentRoute =
  | { readonly way: 'direct' }
  /** @param url the proxy's URL without user and password, which are in `authorization` as the header's value */
  | { readonly way: 'proxy'; readonly url: string; readonly authorization?: string }
  /** Only axios itself can apply the rules. */
  | { readonly way: 'unclear' };

type Environment = Readonly<Record<string, string | undefined>>;

const DIRECT = { way: 'direct' } as const;
const UNCLEAR = { way: 'unclear' } as const;

/** A name of at least two labels, the last of which begins with a letter: no address, and no name of this machine. */
const A_NAME = /^(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)+[a-z][a-z\d-]*$/;
/** An entry of `NO_PROXY`: the name of a host, or with a leading dot or star a suffix of names. */
const AN_ENTRY = /^(\*?\.?)((?:[a-z\d-]+\.)*[a-z][a-z\d-]*)(?::(\d+))?$/;

/**
 * The proxy that `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` name for a URL of https. Special cases are left to axios:
 * addresses, networks, proxies over TLS or of another kind.
 */
export function environmentRoute(url: URL, env: Environment = process.env): EnvironmentRoute {
  const named = secureProxy(env);
  if (named === '') return DIRECT;
  const exempt = isExempt(url, env);
  if (exempt === undefined) return UNCLEAR;
  return exempt ? DIRECT : (routeBy(named) ?? UNCLEAR);
}

/** The proxy for calls over TLS, as the variable has it; empty if none is named. */
export function secureProxy(env: Environment): string {
  return variable(env, 'https_proxy') || variable(env, 'all_proxy');
}

/** Whether the environment names no proxy for calls without TLS. */
export function namesNoPlainProxy(env: Environment = process.env): boolean {
  return variable(env, 'http_proxy') === '' && variable(env, 'all_proxy') === '';
}

/** The value of a variable in lower case or, failing that, in upper case. */
function variable(env: Environment, name: string): string {
  return env[name] || env[name.toUpperCase()] || '';
}

/** Whether an entry of `NO_PROXY` exempts a URL of https; undefined if only axios itself can tell. */
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
  // axios takes a proxy without a scheme for a proxy over https.
  if (!/^http:\/\//i.test(named)) return undefined;
  try {
    const { origin, username, password } = new URL(named);
    // axios sends percent-encoded credentials as they are, other clients decode them.
    if (/%/.test(username + password)) return undefined;
    if (username === '') return { way: 'proxy', url: origin };
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    return { way: 'proxy', url: origin, authorization };
  } catch {
    return undefined;
  }
}
