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
  const named = variable(env, 'https_proxy') || variable(env, 'all_proxy');
  if (named === '') return DIRECT;
  const except = variable(env, 'no_proxy').toLowerCase();
  if (except === '*') return DIRECT;
  if (except !== '') {
    const exempt = isExempt(url, except);
    if (exempt === undefined) return UNCLEAR;
    if (exempt) return DIRECT;
  }
  return routeBy(named) ?? UNCLEAR;
}

/**
 * Whether no proxy is named for calls without TLS, neither by the environment nor to npm, of which older versions of axios
 * take one as well.
 */
export function namesNoPlainProxy(env: Environment = process.env): boolean {
  return PLAIN_PROXIES.every((name) => !env[name]);
}

const PLAIN_PROXIES = [
  ...['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'],
  ...['npm_config_http_proxy', 'npm_config_proxy', 'NPM_CONFIG_HTTP_PROXY', 'NPM_CONFIG_PROXY'],
];

/** Both cases are in use; the lower one comes first. */
function variable(env: Environment, name: string): string {
  return env[name] || env[name.toUpperCase()] || '';
}

/** Undefined where the entries are not all plain names. */
function isExempt({ hostname, port }: URL, except: string): boolean | undefined {
  if (!A_NAME.test(hostname)) return undefined;
  let found = false;
  for (const entry of except.split(/[\s,]+/)) {
    if (entry === '') continue;
    const [, suffix, name = '', only] = AN_ENTRY.exec(entry) ?? [];
    if (suffix === undefined) return undefined;
    if (only !== undefined && Number(only) !== Number(port || 443)) continue;
    found ||= suffix === '' ? hostname === name : hostname.endsWith(suffix.replace('*', '') + name);
  }
  return found;
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
