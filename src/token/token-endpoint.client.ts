import type { Agent as HttpsAgent } from 'node:https';
import { Axios, type AxiosProxyConfig, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import { catchError, defer, map, Observable, of } from 'rxjs';
import type { BankCredentials, BankDefinition, ClientAuthentication } from '../banks/index.js';
import type { Clock, Instant } from './clock.js';
import { readTokenResponse, type TokenHttpResponse, type TokenReading } from './token-response.js';
import { UnreferencedHttpAgent, UnreferencedHttpsAgent } from './unreferenced-agents.js';

/** The part of a provider's HTTP options that holds for token calls too. */
export interface TokenEndpointHttp {
  readonly httpsAgent?: HttpsAgent;
  readonly proxy?: AxiosProxyConfig | false;
}

/** A reading with the moment its request was sent, from which lifetimes count. */
export type TimedReading = TokenReading & { readonly sentAt: Instant };

/** A token response is a few kilobytes; more is an attack or a mistake. */
const MAX_BODY_BYTES = 65_536;

/** Asks one bank's token endpoint in the way its definition says. */
export class TokenEndpointClient {
  // Of the class, not `axios.create`: nothing that somebody sets on axios' global defaults may reach a token call.
  readonly #axios = new Axios({});
  // Token calls are rare: no connection is kept open between them.
  readonly #httpAgent = new UnreferencedHttpAgent();
  readonly #httpsAgent = new UnreferencedHttpsAgent();
  // Private, because an agent may hold the key of a client certificate, and a proxy a password.
  readonly #http: TokenEndpointHttp;

  constructor(
    private readonly bank: BankDefinition,
    private readonly tokenUrl: string,
    http: TokenEndpointHttp,
    private readonly clock: Clock,
  ) {
    this.#http = http;
  }

  /**
   * One request when subscribed; unsubscribing aborts it. Emits one reading, also of a failure; errors only if a
   * function of the bank's definition throws.
   */
  request(credentials: BankCredentials, scopes: readonly string[]): Observable<TimedReading> {
    return defer(() => {
      const config = this.#config(credentials, scopes);
      const sentAt = this.clock.now();
      return this.#send(config).pipe(
        map((response) => () => readTokenResponse(this.bank, response, sentAt.wall)),
        catchError((error: unknown) => of(() => readError(error))),
        map((read) => ({ ...read(), sentAt })),
      );
    });
  }

  #send(config: AxiosRequestConfig): Observable<TokenHttpResponse> {
    return new Observable((subscriber) => {
      const controller = new AbortController();
      this.#axios.request<Uint8Array>({ ...config, signal: controller.signal }).then(
        ({ status, data, headers }: AxiosResponse<Uint8Array>) => {
          const retryAfter: unknown = headers['retry-after'];
          subscriber.next({
            status,
            body: data,
            retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
          });
          subscriber.complete();
        },
        (error: unknown) => subscriber.error(error),
      );
      return () => controller.abort();
    });
  }

  #config(credentials: BankCredentials, scopes: readonly string[]): AxiosRequestConfig {
    const { clientAuthentication, tokenRequest: shape = {} } = this.bank;
    const parameters: Record<string, string> = {};
    if (shape.grantType !== false) parameters.grant_type = shape.grantType ?? 'client_credentials';
    if (clientAuthentication.method === 'client_secret_post') {
      parameters.client_id = credentials.clientId;
      parameters.client_secret = credentials.clientSecret;
    }
    if (scopes.length > 0) parameters.scope = scopes.join(' ');
    Object.assign(parameters, shape.parameters);
    const json = shape.format === 'json';
    return {
      adapter: 'http',
      method: 'post',
      url: this.tokenUrl,
      headers: {
        Accept: 'application/json',
        'Accept-Encoding': 'identity',
        'Content-Type': json ? 'application/json' : 'application/x-www-form-urlencoded',
        'User-Agent': 'nestjs-bank-auth',
        ...(clientAuthentication.method === 'client_secret_basic'
          ? { Authorization: basicHeader(credentials, clientAuthentication) }
          : {}),
        ...shape.headers?.(credentials),
      },
      data: json ? JSON.stringify(parameters) : new URLSearchParams(parameters).toString(),
      responseType: 'arraybuffer',
      maxContentLength: MAX_BODY_BYTES,
      // A redirect would carry the credentials to a place that the configuration does not name.
      maxRedirects: 0,
      validateStatus: () => true,
      httpAgent: this.#httpAgent,
      httpsAgent: this.#http.httpsAgent ?? this.#httpsAgent,
      // Without TLS a proxy would read the credentials, so only one that was asked for gets them.
      proxy: this.#http.proxy ?? (this.tokenUrl.startsWith('http:') ? false : undefined),
    };
  }
}

/** The `Authorization` value of HTTP Basic (RFC 7617), in the encoding the bank documents. */
export function basicHeader(
  { clientId, clientSecret }: BankCredentials,
  { encoding = 'raw' }: Extract<ClientAuthentication, { method: 'client_secret_basic' }>,
): string {
  const pair =
    encoding === 'rfc6749'
      ? `${formEncode(clientId)}:${formEncode(clientSecret)}`
      : `${clientId}:${clientSecret}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}

/** application/x-www-form-urlencoded, of one value (RFC 6749 appendix B). */
function formEncode(value: string): string {
  return new URLSearchParams({ v: value }).toString().slice(2);
}

/** A failure without a usable answer: only its code is told, since an axios error carries the whole request. */
function readError(error: unknown): TokenReading {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const name =
    typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : 'unknown network error';
  if (typeof message === 'string' && message.includes('maxContentLength')) {
    return { failure: { kind: 'invalid', reason: `an answer of more than ${MAX_BODY_BYTES} bytes` } };
  }
  if (name.startsWith('Z_') || name.startsWith('ERR_BR')) {
    return { failure: { kind: 'invalid', reason: `an answer that cannot be decompressed, ${name}` } };
  }
  return { failure: { kind: 'unavailable', reason: name } };
}
