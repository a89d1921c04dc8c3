import type { AxiosRequestConfig } from 'axios';
import type {
  BankCredentials,
  BankDefinition,
  BankEnvironment,
  ClientAuthentication,
} from '../../banks/index.js';
import { holdsSecret } from '../../errors/index.js';
import { tokenFailure } from '../token-failure.js';
import { SECRET_IN_URL, UNUSABLE_PARAMETERS, UNUSABLE_TOKEN_HEADERS } from '../token-failure.messages.js';
import { madeHeaders, madeTexts } from './made-by-definition.js';

/** Where a bank issues tokens. */
export interface TokenEndpoint {
  readonly tokenUrl: string;
  /** Which of the bank's systems that is. */
  readonly environment: BankEnvironment;
}

/** The content of a request, besides the proof of the client. */
interface Asked {
  readonly scopes: readonly string[];
  /** The assertion by which the client authenticates, if its bank requires one. */
  readonly assertion?: string | undefined;
}

/** The parts of a token request that the bank's definition decides. */
type RequestParts = Pick<AxiosRequestConfig, 'method' | 'url' | 'headers' | 'data'>;

/** The credentials that a request is made of. */
type Known = Omit<BankCredentials, 'values'> & { readonly values?: BankCredentials['values'] | undefined };

type Texts = Readonly<Record<string, string>>;

/**
 * A token request as the definition says.
 * @throws a `TokenFailure` if the definition makes unusable parameters or headers, or a URL with a secret; any error of
 *   its functions
 */
export function requestOf(
  { clientAuthentication, tokenRequest: shape = {} }: BankDefinition,
  { tokenUrl, environment }: TokenEndpoint,
  credentials: Known,
  { scopes, assertion }: Asked,
): RequestParts {
  const context = { environment };
  const shown = bankCredentials(credentials);
  const own: Record<string, string> = {};
  if (shape.grantType !== false) own.grant_type = shape.grantType ?? 'client_credentials';
  Object.assign(own, authenticationParameters(clientAuthentication, credentials, assertion));
  if (scopes.length > 0) own.scope = scopes.join(' ');
  const { parameters: more } = shape;
  const made = typeof more === 'function' ? madeTexts(more(shown, context), UNUSABLE_PARAMETERS) : more;
  // Ours keep their place and their value: the definition cannot replace them.
  const parameters = { ...own, ...made, ...own };
  const headers = {
    Accept: 'application/json',
    'Accept-Encoding': 'identity',
    'User-Agent': 'nestjs-bank-auth',
  };
  const proving = {
    ...(shape.headers && madeHeaders(shape.headers(shown, context) ?? {}, UNUSABLE_TOKEN_HEADERS)),
    ...authenticationHeaders(clientAuthentication, credentials),
  };
  if (shape.method === 'get') {
    const url = urlWith(tokenUrl, parameters, credentials);
    // Where the credentials are in no Authorization header, a cache on the way may keep the answer (RFC 9111 §3.5).
    return { method: 'get', url, headers: { ...headers, 'Cache-Control': 'no-store', ...proving } };
  }
  const json = shape.format === 'json';
  const type = json ? 'application/json' : 'application/x-www-form-urlencoded';
  return {
    method: 'post',
    url: tokenUrl,
    headers: { ...headers, 'Content-Type': type, ...proving },
    data: json ? JSON.stringify(parameters) : new URLSearchParams(parameters).toString(),
  };
}

/** The parameters of client authentication: RFC 6749 §2.3.1, RFC 8705 §2, RFC 7523 §2.2. */
function authenticationParameters(
  authentication: ClientAuthentication,
  { clientId, clientSecret }: Known,
  assertion: string | undefined,
): Texts {
  const { method } = authentication;
  if (method === 'client_secret_basic' || method === 'client_secret_header') return {};
  if (method === 'client_secret_post') {
    const { names = {} } = authentication;
    return {
      [names.clientId ?? 'client_id']: clientId,
      [names.clientSecret ?? 'client_secret']: clientSecret,
    };
  }
  if (assertion === undefined) return { client_id: clientId };
  return {
    client_id: clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  };
}

function authenticationHeaders(authentication: ClientAuthentication, credentials: Known): Texts {
  if (authentication.method === 'client_secret_basic')
    return { Authorization: basicHeader(credentials, authentication) };
  if (authentication.method !== 'client_secret_header') return {};
  const { clientId, clientSecret } = authentication.names;
  return {
    [clientId]: credentials.clientId,
    ...(clientSecret === undefined ? {} : { [clientSecret]: credentials.clientSecret }),
  };
}

const NO_VALUES: Readonly<Record<string, string>> = Object.freeze(Object.create(null));

/** The credentials that functions of a definition may read: no private keys. */
export function bankCredentials({
  clientId,
  clientSecret,
  apiKey,
  values = NO_VALUES,
}: Known): BankCredentials {
  return { clientId, clientSecret, ...(apiKey === undefined ? {} : { apiKey }), values };
}

/** The `Authorization` value of HTTP Basic (RFC 7617), in the encoding the bank documents. */
export function basicHeader(
  { clientId, clientSecret }: Known,
  { encoding }: Extract<ClientAuthentication, { method: 'client_secret_basic' }>,
): string {
  const pair =
    encoding === 'rfc6749'
      ? `${formEncode(clientId)}:${formEncode(clientSecret)}`
      : `${clientId}:${clientSecret}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}

/** application/x-www-form-urlencoded, of one value (RFC 6749 appendix B). */
export function formEncode(value: string): string {
  return new URLSearchParams({ v: value }).toString().slice(2);
}

/** The URL with its query. Servers and proxies log URLs, so no secret may be in it. */
function urlWith(tokenUrl: string, parameters: Texts, { clientSecret, apiKey = '' }: Known): string {
  const texts = Object.entries(parameters).flat();
  if (texts.some((text) => holdsSecret(text, [clientSecret, apiKey])))
    throw tokenFailure({ kind: 'invalid', reason: SECRET_IN_URL, trouble: 'definition' });
  // A plus sign stands for a space in forms only: a server may leave it a plus sign in a query.
  const query = new URLSearchParams(parameters).toString().replaceAll('+', '%20');
  // The URL has no query of its own: the start refuses one.
  return query === '' ? tokenUrl : `${tokenUrl}?${query}`;
}
