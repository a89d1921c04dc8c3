import { PassThrough, pipeline, Readable } from 'node:stream';
import type { AxiosError, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { AccessToken } from '../token/index.js';

/** All that is left of a request in a response or an error. */
export interface ReducedRequest {
  readonly method: string;
  readonly protocol: string;
  readonly host: string;
  readonly path: string;
}

const REDACTED = '[redacted]';

/** The caller's own configuration, without what holds sockets or credentials. */
export function redactedConfig(
  config: InternalAxiosRequestConfig,
  adapter: InternalAxiosRequestConfig['adapter'],
): InternalAxiosRequestConfig {
  const { httpAgent: _http, httpsAgent: _https, proxy: _proxy, auth: _auth, ...rest } = config;
  return { ...rest, adapter };
}

export function reducedRequest(method: string | undefined, url: URL): ReducedRequest {
  return Object.freeze({
    method: (method ?? 'get').toUpperCase(),
    protocol: url.protocol,
    host: url.host,
    path: url.pathname,
  });
}

/** Takes everything out of a response that leads to the token, also what the bank itself repeats of it. */
export function redactResponse(
  response: AxiosResponse,
  config: InternalAxiosRequestConfig,
  request: ReducedRequest,
  token: AccessToken,
): AxiosResponse {
  response.config = config;
  response.request = request;
  const secrets = secretsOf(token);
  for (const [name, value] of Object.entries(response.headers)) {
    const clean = withoutSecrets(value, secrets);
    if (clean !== value) response.headers[name] = clean as string;
  }
  response.data = withoutSecrets(response.data, secrets);
  return response;
}

/** The same for an error; network errors keep their code and message. */
export function redactError(
  error: AxiosError,
  config: InternalAxiosRequestConfig,
  request: ReducedRequest,
  token: AccessToken,
): AxiosError {
  error.config = config;
  error.request = request;
  // The cause may be any object of Node's, down to the socket.
  Object.defineProperty(error, 'cause', {
    value: undefined,
    enumerable: false,
    configurable: true,
    writable: true,
  });
  if (error.response !== undefined) redactResponse(error.response, config, request, token);
  return error;
}

function withoutSecrets(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') {
    return secrets.reduce(
      (text, secret) => (text.includes(secret) ? text.replaceAll(secret, REDACTED) : text),
      value,
    );
  }
  if (Buffer.isBuffer(value)) {
    return secrets.some((secret) => value.includes(secret))
      ? Buffer.from(withoutSecrets(value.toString('latin1'), secrets) as string, 'latin1')
      : value;
  }
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, secrets));
  // Node's own response leads back to the request and so to its headers.
  if (value instanceof Readable) return pipeline(value, new PassThrough(), () => undefined);
  return value;
}

const secretsByToken = new WeakMap<AccessToken, readonly string[]>();

/** The token and the other header values, each as it is and as JSON and URLs write it. */
function secretsOf(token: AccessToken): readonly string[] {
  const known = secretsByToken.get(token);
  if (known !== undefined) return known;
  const values = [
    token.value,
    ...Object.values(token.headers).filter((value) => !value.includes(token.value)),
  ];
  const secrets = [
    ...new Set(values.flatMap((value) => [value, value.replaceAll('/', '\\/'), encodeURIComponent(value)])),
  ].filter((secret) => secret.length > 3);
  secretsByToken.set(token, secrets);
  return secrets;
}
