import type { Agent as HttpsAgent } from 'node:https';
import { Axios, AxiosError, type AxiosProxyConfig, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import { catchError, defer, map, Observable, of, switchMap, throwError } from 'rxjs';
import type { BankDefinition, ClientAuthentication } from '../../banks/index.js';
import type { VersionedCredentials } from '../../credentials/index.js';
import { codeOf } from '../../errors/index.js';
import type { Clock, Instant } from '../../time/clock.js';
import { isTokenFailure, type TokenFailure, tokenFailure } from '../token-failure.js';
import {
  AGENT_REPLACED,
  type BasicEncoding,
  largeBody,
  NETWORK_CLAUSES,
  type Trouble,
  UNKNOWN_NETWORK_ERROR,
  undecompressible,
} from '../token-failure.messages.js';
import { aheadOf } from './bank-time.js';
import { assertionFor } from './client-assertion.js';
import { requestSender } from './request-sender.js';
import type { TlsAgents } from './tls-agents.js';
import { formEncode, requestOf, type TokenEndpoint } from './token-request.js';
import { readTokenResponse, type TokenHttpResponse, type TokenReading } from './token-response.js';
import { UnreferencedHttpAgent, UnreferencedHttpsAgent } from './unreferenced-agents.js';

/** The part of a provider's HTTP options that holds for token calls too. */
export interface TokenEndpointHttp {
  readonly httpsAgent?: HttpsAgent;
  readonly proxy?: AxiosProxyConfig | false;
}

/** A reading with the moment of sending its request, from which lifetimes count. */
export type TimedReading = TokenReading & {
  readonly sentAt: Instant;
  /** Milliseconds by which the bank's clock is ahead of ours, where the answer says so. */
  readonly aheadMs?: number | undefined;
};

/** A token response is a few kilobytes; more is an attack or a mistake. */
const MAX_BODY_BYTES = 65_536;

/** Asks one bank's token endpoint in the way its definition says. */
export class TokenEndpointClient {
  // An instance of the class, not of `axios.create`: axios' global defaults must not reach a token call.
  readonly #axios = new Axios({});
  // Token calls are rare: no connection is kept open between them.
  readonly #httpAgent = new UnreferencedHttpAgent();
  readonly #httpsAgent = new UnreferencedHttpsAgent();
  // Private, because an agent may hold the key of a client certificate, and a proxy a password.
  readonly #http: TokenEndpointHttp;

  constructor(
    private readonly bank: BankDefinition,
    private readonly endpoint: TokenEndpoint,
    http: TokenEndpointHttp,
    private readonly clock: Clock,
  ) {
    this.#http = http;
  }

  /**
   * One request when subscribed; unsubscribing aborts it. Emits one reading, also of a failure; errors only if a
   * function of the bank's definition throws.
   * @param agents the agents of the merchant whose credentials these are
   * @param timeMs milliseconds that a signer has
   */
  request(
    credentials: VersionedCredentials,
    scopes: readonly string[],
    agents: Pick<TlsAgents, 'forTokens'>,
    timeMs: number,
  ): Observable<TimedReading> {
    return this.#prove(credentials, agents, timeMs).pipe(
      switchMap((proof) => {
        const sentAt = this.clock.now();
        if ('failure' in proof) return of({ failure: proof.failure, sentAt });
        return this.#send(this.#config(credentials, proof, scopes)).pipe(
          map((response) => {
            const aheadMs = aheadOf(response.date, sentAt.wall, this.clock.wall());
            return () => ({ ...this.#read(response, credentials, sentAt.wall), aheadMs });
          }),
          catchError((error: unknown) =>
            of(() => (isTokenFailure(error) ? { failure: error } : readError(error))),
          ),
          map((read) => ({ ...read(), sentAt })),
        );
      }),
    );
  }

  #read(response: TokenHttpResponse, credentials: VersionedCredentials, wall: number): TokenReading {
    const reading = readTokenResponse(this.bank, response, wall, [
      credentials.clientSecret,
      credentials.apiKey,
    ]);
    const { failure } = reading;
    if (failure?.kind !== 'rejected') return reading;
    const encoding = doubtfulEncoding(credentials, this.bank.clientAuthentication);
    return encoding === undefined ? reading : { failure: { ...failure, encoding } };
  }

  /** The proof of the client. Where it fails, nothing is sent. */
  #prove(
    credentials: VersionedCredentials,
    agents: Pick<TlsAgents, 'forTokens'>,
    timeMs: number,
  ): Observable<Proof | { readonly failure: TokenFailure }> {
    const { clientAuthentication: authentication } = this.bank;
    return defer(() => {
      const httpsAgent = agents.forTokens(credentials) ?? this.#http.httpsAgent;
      if (!('audience' in authentication)) return of({ httpsAgent });
      const { environment } = this.endpoint;
      const signed = assertionFor(credentials, authentication, { environment, clock: this.clock, timeMs });
      return signed.pipe(map((assertion) => ({ httpsAgent, assertion })));
    }).pipe(
      catchError((failure: unknown) =>
        isTokenFailure(failure) ? of({ failure }) : throwError(() => failure),
      ),
    );
  }

  #send(config: AxiosRequestConfig): Observable<TokenHttpResponse> {
    return new Observable((subscriber) => {
      const controller = new AbortController();
      let settled = false;
      this.#axios.request<Uint8Array>({ ...config, signal: controller.signal }).then(
        ({ status, data, headers }: AxiosResponse<Uint8Array>) => {
          settled = true;
          const header = (name: string): string | undefined => {
            const value: unknown = headers[name];
            return typeof value === 'string' ? value : undefined;
          };
          subscriber.next({ status, body: data, retryAfter: header('retry-after'), date: header('date') });
          subscriber.complete();
        },
        (error: unknown) => {
          settled = true;
          subscriber.error(error);
        },
      );
      // Each abort makes an error with a stack, which is needless once there is an answer.
      return () => {
        if (!settled) controller.abort();
      };
    });
  }

  #config(credentials: VersionedCredentials, proof: Proof, scopes: readonly string[]): AxiosRequestConfig {
    const { endpoint, bank } = this;
    return {
      adapter: 'http',
      ...requestOf(bank, endpoint, credentials, { scopes, assertion: proof.assertion }),
      responseType: 'arraybuffer',
      maxContentLength: MAX_BODY_BYTES,
      // A redirect would carry the credentials to a place that the configuration does not name.
      maxRedirects: 0,
      validateStatus: () => true,
      httpAgent: this.#httpAgent,
      httpsAgent: proof.httpsAgent ?? this.#httpsAgent,
      // Without TLS a proxy would read the credentials, so only a configured proxy gets them.
      proxy: this.#http.proxy ?? (new URL(this.endpoint.tokenUrl).protocol === 'http:' ? false : undefined),
      transport: requestSender({
        httpsAgent: proof.httpsAgent,
        ...((proof.httpsAgent ?? this.#http.proxy) ? { refuseReplacedAgent: () => REPLACED_AGENT } : {}),
      }),
    };
  }
}

/** The proof of the client, besides the values that the credentials hold as they are. */
interface Proof {
  /** Set where the configuration or the credentials have settings for TLS. */
  readonly httpsAgent: HttpsAgent | undefined;
  readonly assertion?: string;
}

const REPLACED_AGENT = tokenFailure({
  kind: 'credentials-unreadable',
  trouble: 'agent-replaced',
  reason: AGENT_REPLACED,
});

/** The encoding of HTTP Basic, where the other one would have sent something else. */
function doubtfulEncoding(
  { clientId, clientSecret }: Pick<VersionedCredentials, 'clientId' | 'clientSecret'>,
  authentication: ClientAuthentication,
): BasicEncoding | undefined {
  if (authentication.method !== 'client_secret_basic') return undefined;
  const isPlain = [clientId, clientSecret].every((text) => formEncode(text) === text);
  return isPlain ? undefined : (authentication.encoding ?? 'raw');
}

/** Codes of Node.js for a certificate that is not the bank's, or not to be trusted. */
const UNTRUSTED =
  /^(?:CERT_|ERR_TLS_CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_IN_CHAIN$|HOSTNAME_MISMATCH$)/;
/** Codes of zlib; codes of Brotli begin with `ERR__ERROR_` too. */
const UNDECOMPRESSIBLE = /^(?:Z_|ERR_BR|ERR__ERROR_|ERR_ZSTD|ZSTD_)/;
/** Codes of a failed TLS handshake. */
const HANDSHAKE = /^(?:EPROTO$|ERR_SSL_|ERR_TLS_)/;

const TROUBLES: ReadonlyMap<string, Trouble> = new Map([
  ['ENOTFOUND', 'name-unknown'],
  ['EAI_AGAIN', 'name-server'],
  ['EAI_FAIL', 'name-server'],
  ['ECONNREFUSED', 'refused'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EADDRNOTAVAIL', 'unreachable'],
  ['EHOSTDOWN', 'unreachable'],
  ['ENETDOWN', 'unreachable'],
  ['EMFILE', 'out-of-handles'],
  ['ENFILE', 'out-of-handles'],
  ['ECONNRESET', 'cut'],
  ['ECONNABORTED', 'cut'],
  ['ENETRESET', 'cut'],
  ['EPIPE', 'cut'],
  [AxiosError.ERR_BAD_RESPONSE, 'cut'],
  ['ETIMEDOUT', 'time-out'],
  ['CERT_HAS_EXPIRED', 'certificate-expired'],
  ['CERT_NOT_YET_VALID', 'certificate-expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'other-host'],
  ['HOSTNAME_MISMATCH', 'other-host'],
]);

function troubleOf(code: string): Trouble | undefined {
  const known = TROUBLES.get(code);
  if (known !== undefined) return known;
  return UNTRUSTED.test(code) ? 'untrusted' : HANDSHAKE.test(code) ? 'handshake' : undefined;
}

/** A failure without a usable answer: only its code is told, since an axios error carries the whole request. */
function readError(error: unknown): TokenReading {
  const { message } = error as { message?: unknown };
  const code = codeOf(error) ?? UNKNOWN_NETWORK_ERROR;
  if (typeof message === 'string' && message.includes('maxContentLength')) {
    return { failure: { kind: 'invalid', reason: largeBody(MAX_BODY_BYTES) } };
  }
  if (UNDECOMPRESSIBLE.test(code)) {
    return { failure: { kind: 'invalid', reason: undecompressible(code) } };
  }
  const trouble = troubleOf(code);
  const clause = UNTRUSTED.test(code)
    ? NETWORK_CLAUSES.untrusted
    : trouble === 'handshake'
      ? NETWORK_CLAUSES.handshake
      : code === AxiosError.ERR_BAD_RESPONSE
        ? NETWORK_CLAUSES.cut
        : '';
  return {
    failure: {
      kind: 'unavailable',
      reason: `${code}${clause}`,
      ...(trouble === undefined ? {} : { trouble }),
    },
  };
}
