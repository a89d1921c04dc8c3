import { goodCredentials } from './bank-client.js';
import type { RefusalReason } from './bank-error.shapes.js';
import type { BankProfile, DefinedBank, ResourceRoute } from './bank-profile.types.js';
import { bearsTexts } from './defined-texts.js';
import { echoRoute } from './echo.resource.js';
import { type HttpCall, type HttpReply, headerValues, mediaType } from './http-call.types.js';
import type { IssuedToken, TokenIssuer } from './token-issuer.js';

export interface ResourceState {
  readonly profile: BankProfile;
  readonly issuer: TokenIssuer;
  readonly refuseAll: boolean;
  readonly routes: readonly ResourceRoute[];
}

export interface ResourceAnswer {
  /** Whether the token was refused. */
  readonly refused: boolean;
  readonly reply: HttpReply;
}

/** Checks the token, then finds the resource and lets it answer. */
export function answerResourceCall(call: HttpCall, state: ResourceState): ResourceAnswer {
  const token = checkToken(call, state);
  if (typeof token === 'string') return { refused: true, reply: state.profile.errors.refused(token) };
  return { refused: false, reply: answerAuthorised(call, token, state) };
}

/** The live or expired token that a call bears; otherwise the reason why it bears none. */
export function tokenOf(
  call: Pick<HttpCall, 'rawHeaders'>,
  { profile, issuer }: Pick<ResourceState, 'profile' | 'issuer'>,
): IssuedToken | 'missing' | 'unknown' {
  const carrier = profile.defined?.carrier;
  if (!carrier) {
    const value = bearerToken(call);
    return value === undefined ? 'missing' : (issuer.find(value) ?? 'unknown');
  }
  const [shown, ...more] = headerValues(call, carrier.header);
  return shown === undefined || more.length > 0 ? 'missing' : (issuer.findShown(shown) ?? 'unknown');
}

function bearerToken(call: Pick<HttpCall, 'rawHeaders'>): string | undefined {
  const headers = headerValues(call, 'authorization');
  // The banks' pages write `Bearer {access_token}`; a bare token or another scheme is a missing one.
  return headers.length === 1 ? /^Bearer ([\x21-\x7e]+)$/.exec(headers[0]!)?.[1] : undefined;
}

function checkToken(call: HttpCall, state: ResourceState): IssuedToken | RefusalReason {
  const token = tokenOf(call, state);
  if (typeof token === 'string') return token;
  if (state.refuseAll) return 'unknown';
  return Date.now() < token.expiresAt ? token : 'expired';
}

function answerAuthorised(call: HttpCall, token: IssuedToken, state: ResourceState): HttpReply {
  const { profile } = state;
  const { errors } = profile;
  // The banks document only the header of RFC 6750 §2.1; a token in a query ends up in logs.
  if (call.query.has('access_token')) {
    return errors.api(400, 'invalid_request', 'The token belongs in the Authorization header only');
  }
  if (profile.apiKeyOnResources && !apiKeyMatches(call, token)) {
    return errors.api(401, 'apikey', 'Invalid apikey');
  }
  if (profile.defined && !headersMatch(call, token, profile.defined)) {
    return errors.api(401, 'invalid_request', 'The headers are not those of the definition');
  }
  const relative = call.path.startsWith(`${profile.apiBasePath}/`)
    ? call.path.slice(profile.apiBasePath.length)
    : undefined;
  const matches = [echoRoute, ...state.routes].flatMap((route) => {
    const params = relative === undefined ? undefined : matchPath(route.path, relative);
    return params ? [{ route, params }] : [];
  });
  if (matches.length === 0) return errors.api(404, 'not_found', 'There is no such resource');
  const match = matches.find(({ route }) => allows(route, call.method));
  if (!match) {
    const reply = errors.api(405, 'method_not_allowed', `${call.method} is not allowed`);
    const allow = matches.map(({ route }) => route.method).join(', ');
    return { ...reply, headers: { ...reply.headers, allow } };
  }
  const { route, params } = match;
  if (route.scope !== undefined && !token.scopes.includes(route.scope)) {
    return errors.insufficientScope(route.scope);
  }
  let json: unknown;
  if (route.method === 'POST') {
    if (mediaType(call) !== 'application/json') {
      return errors.api(415, 'invalid_request', 'Content-Type must be application/json');
    }
    try {
      json = JSON.parse(call.body);
    } catch {
      return errors.api(400, 'invalid_request', 'The body is not JSON');
    }
  }
  return route.handle({ ...call, params, json, token });
}

/** Accepts every valid key of the client (a rotation has two), and the key for which the token was issued. */
function apiKeyMatches(call: HttpCall, token: IssuedToken): boolean {
  const [key, ...more] = headerValues(call, 'apikey');
  if (key === undefined || more.length > 0) return false;
  return key === token.apiKey || goodCredentials(token.client).some(({ apiKey }) => apiKey === key);
}

/** Whether the definition makes these headers from the token and credentials of now or of when it was issued. */
function headersMatch(call: HttpCall, token: IssuedToken, { definition }: DefinedBank): boolean {
  const { headers } = definition;
  if (headers === undefined) return true;
  const good = goodCredentials(token.client);
  const then = good.map((credentials) => ({ ...credentials, apiKey: token.apiKey ?? credentials.apiKey }));
  const sentAs = (name: string) => headerValues(call, name.toLowerCase());
  return [...good, ...then].some((credentials) =>
    bearsTexts(sentAs, (...by) => headers({ value: token.value }, ...by), credentials),
  );
}

function allows(route: ResourceRoute, method: string): boolean {
  return route.method === '*' || route.method === method || (route.method === 'GET' && method === 'HEAD');
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = decodeSegment(given[index]!);
    if (segment.startsWith(':')) {
      if (!value) return undefined;
      params[segment.slice(1)] = value;
    } else if (segment !== value) {
      return undefined;
    }
  }
  return params;
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
