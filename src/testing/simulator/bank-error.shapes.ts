import type { HttpReply } from './http-call.types.js';

/** Why a token request's credentials are refused. */
export type RejectionReason = 'missing' | 'client' | 'secret' | 'apikey';

/** Why a resource call's token is refused. */
export type RefusalReason = 'missing' | 'unknown' | 'expired';

/** How one bank words its errors. */
export interface BankErrors {
  /** The token endpoint's answer to wrong credentials. */
  rejected(reason: RejectionReason): HttpReply;
  /** Any other error of the token endpoint, by its RFC 6749 §5.2 code. */
  token(status: number, code: string, detail: string): HttpReply;
  /** 401 on a resource call. */
  refused(reason: RefusalReason): HttpReply;
  /** 403 on a resource call. */
  insufficientScope(scope: string): HttpReply;
  /** Any other error of a resource call. */
  api(status: number, code: string, detail: string): HttpReply;
  unavailable(): HttpReply;
}

const JSON_TYPE = 'application/json';
export const PROBLEM_TYPE = 'application/problem+json';

/** RFC 6750 §3.1. */
export const INVALID_TOKEN = { 'www-authenticate': 'Bearer error="invalid_token"' };
export const insufficientScopeChallenge = (scope: string) => ({
  'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"`,
});

export const refusalText: Record<RefusalReason, string> = {
  missing: 'Bearer token is missing',
  unknown: 'Access token is invalid',
  expired: 'Access token has expired',
};

/**
 * `{ error, error_description }`, as Keycloak and RFC 6749 §5.2 have it. Both codes that Keycloak versions use
 * for wrong credentials occur: an unknown client is `invalid_client`, a wrong secret `unauthorized_client`.
 */
export function oauthErrors(realm: string): BankErrors {
  const reply = (status: number, code: string, detail: string, headers: Record<string, string> = {}) => ({
    status,
    headers: { 'content-type': JSON_TYPE, ...headers },
    body: { error: code, error_description: detail },
  });
  const basic = { 'www-authenticate': `Basic realm="${realm}"` };
  return {
    rejected: (reason) =>
      reason === 'secret'
        ? reply(401, 'unauthorized_client', 'Invalid client secret', basic)
        : reply(401, 'invalid_client', 'Invalid client or Invalid client credentials', basic),
    token: (status, code, detail) => reply(status, code, detail),
    refused: (reason) => reply(401, 'invalid_token', refusalText[reason], INVALID_TOKEN),
    insufficientScope: (scope) =>
      reply(403, 'insufficient_scope', `Scope ${scope} is needed`, insufficientScopeChallenge(scope)),
    api: (status, code, detail) => reply(status, code, detail),
    unavailable: () => reply(503, 'temporarily_unavailable', 'The service is temporarily unavailable'),
  };
}

interface ProblemWording {
  /** The parts of `systemCode` before the status: at the token endpoint, and on resource calls. */
  readonly tokenService: string;
  readonly apiService: string;
  /** "TBC: /Get Access Token" of tpay samples `status` as a string. */
  readonly statusAsText: boolean;
  /** The status for a wrong client id or secret: 400 for tpay ("TBC: /Get Access Token"), else 401. */
  readonly rejectedStatus: 400 | 401;
  /** `code` repeats the number that ends `systemCode`, whatever went wrong, as on the pages of installments. */
  readonly codeIsCounter?: boolean;
  /** The titles of API errors, by status. */
  readonly titles?: Readonly<Record<number, string>>;
}

/** Problem details in TBC's form: `type, title, status, detail, systemCode, code`. */
export function problemErrors(wording: ProblemWording): BankErrors {
  const reply = (
    service: string,
    status: number,
    number: string,
    text: { title?: string; detail?: string; code?: string },
    headers: Record<string, string> = {},
  ): HttpReply => ({
    status,
    headers: { 'content-type': PROBLEM_TYPE, ...headers },
    body: {
      type: `https://developers.tbcbank.ge/docs/error-type-${status}`,
      title: text.title ?? '',
      status: wording.statusAsText ? String(status) : status,
      detail: text.detail ?? '',
      systemCode: `System code for problem is ${service}.${status}.${number}`,
      code: text.code ?? '',
    },
  });
  const { tokenService, apiService, rejectedStatus, codeIsCounter, titles = {} } = wording;
  return {
    rejected: (reason) =>
      reason === 'apikey'
        ? reply(tokenService, 401, '001', { title: 'Unauthorized', detail: 'Invalid apikey' })
        : rejectedStatus === 400
          ? reply(tokenService, 400, '001', {})
          : reply(tokenService, 401, '001', { title: 'Unauthorized', detail: 'Invalid client credentials' }),
    token: (status, code, detail) => reply(tokenService, status, '002', { title: code, detail, code }),
    // Where `code` is a counter, the gateway's first error has the number of the service's first, and only the name of
    // the service tells them apart.
    refused: (reason) =>
      reply(
        codeIsCounter ? tokenService : apiService,
        401,
        codeIsCounter ? '001' : '002',
        { title: 'Unauthorized', detail: refusalText[reason], code: codeIsCounter ? '001' : '' },
        { ...INVALID_TOKEN },
      ),
    insufficientScope: (scope) =>
      reply(
        apiService,
        403,
        '001',
        { title: 'Forbidden', detail: `Scope ${scope} is needed` },
        insufficientScopeChallenge(scope),
      ),
    api: (status, code, detail) =>
      reply(apiService, status, '001', {
        title: titles[status] ?? detail,
        detail,
        code: codeIsCounter ? '001' : code,
      }),
    unavailable: () => reply(apiService, 503, '001', { title: 'Service Unavailable' }),
  };
}

/**
 * The error forms of an Apigee gateway: `{ ErrorCode, Error }` from its token endpoint, `{ fault }` where it has no
 * service behind it. The service words refusals of a token or a scope, and all other errors.
 */
export function apigeeErrors(service: Pick<BankErrors, 'refused' | 'insufficientScope' | 'api'>): BankErrors {
  const token = (status: number, code: string, detail: string): HttpReply => ({
    status,
    headers: { 'content-type': JSON_TYPE },
    body: { ErrorCode: code, Error: detail },
  });
  return {
    ...service,
    rejected: (reason) =>
      token(
        401,
        'invalid_client',
        reason === 'secret' ? 'Client credentials are invalid' : 'ClientId is Invalid',
      ),
    token,
    unavailable: () => ({
      status: 503,
      headers: { 'content-type': JSON_TYPE },
      body: {
        fault: {
          faultstring: 'The Service is temporarily unavailable',
          detail: { errorcode: 'messaging.adaptors.http.flow.ServiceUnavailable' },
        },
      },
    }),
  };
}

/** Laravel Passport: OAuth members plus `message` at the token endpoint, `message` alone elsewhere. */
export function passportErrors(): BankErrors {
  const reply = (status: number, body: object, headers: Record<string, string> = {}): HttpReply => ({
    status,
    headers: { 'content-type': JSON_TYPE, ...headers },
    body,
  });
  const token = (status: number, code: string, detail: string) =>
    reply(status, { error: code, error_description: detail, message: detail });
  return {
    rejected: () => token(401, 'invalid_client', 'Client authentication failed'),
    token,
    refused: () => reply(401, { message: 'Unauthenticated.' }, INVALID_TOKEN),
    insufficientScope: (scope) =>
      reply(403, { message: 'Invalid scope(s) provided.' }, insufficientScopeChallenge(scope)),
    api: (status, code, detail) => reply(status, { message: detail, errors: { [code]: [detail] } }),
    unavailable: () => reply(503, { message: 'Service Unavailable' }),
  };
}
