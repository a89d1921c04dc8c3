/** Why a URL may not be used for credentials or tokens; undefined where it may. */
export function urlProblem(
  text: string,
  insecureOrigins: readonly string[],
  production: boolean,
): string | undefined {
  const url = parseUrl(text);
  if (url === undefined) return 'must be an absolute URL, for instance https://api.bank.example';
  if (url.username !== '' || url.password !== '') return 'must not carry credentials';
  if (/[?#]/.test(text)) return 'must not have a query or a fragment';
  if (url.protocol === 'https:' || isLoopback(url)) return undefined;
  if (production) return 'must use https: credentials and tokens are sent there';
  if (insecureOrigins.includes(url.origin)) return undefined;
  return 'must use https, except on loopback (for a test double elsewhere add its origin to allowInsecureOrigins)';
}

/** Why a text is no origin of HTTP; undefined where it is. */
export function originProblem(text: string): string | undefined {
  const url = parseUrl(text);
  return url !== undefined && !url.host.includes('*') && text.replace(/\/$/, '') === url.origin
    ? undefined
    : 'must hold origins only, for instance https://files.bank.example';
}

export function parseUrl(text: unknown): URL | undefined {
  if (typeof text !== 'string' || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}

function isLoopback(url: URL): boolean {
  return (
    url.protocol === 'http:' &&
    (url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(url.hostname))
  );
}
