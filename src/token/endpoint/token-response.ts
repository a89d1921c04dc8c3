import type { BankDefinition, ExpiresInUnit, MemberPath, TokenResponseShape } from '../../banks/index.js';
import { KNOWN_CODES, REJECTED_CODES, UNAVAILABLE_CODES } from '../oauth-codes.js';
import type { TokenFailure } from '../token-failure.js';
import { A_REDIRECT, butToken, httpStatus, NO_BEARER, NO_JSON_OBJECT } from '../token-failure.messages.js';
import { readScopes, tokenProblem } from '../token-limits.js';
import { ABSURD, type BankTime, parseDate, parseRetryAfter, timeAtBank } from './bank-time.js';
import { madeAtOnce } from './made-by-definition.js';

/**
 * The source of a token's lifetime: a member of the answer, the token's own claims, or the definition, with its default
 * for answers that state none, and its limit.
 */
export type LifetimeSource = 'expires_in' | 'expires_at' | 'jwt' | 'default' | 'limit';

/** A token response that passed every check. */
export interface TokenGrant {
  readonly value: string;
  /** Granted scopes; undefined where the response does not say. */
  readonly scopes: readonly string[] | undefined;
  /** Milliseconds, counted from the sending of the request. */
  readonly lifetime: number;
  /** Set if the answer itself states no credible lifetime. */
  readonly silent?: true;
}

/** A whole HTTP answer of the token endpoint. */
export interface TokenHttpResponse {
  readonly status: number;
  readonly body: Uint8Array;
  readonly retryAfter: string | undefined;
  /** The header `Date`: when the bank answered, by its own clock. */
  readonly date?: string | undefined;
}

export type TokenReading =
  | { readonly grant: TokenGrant; readonly failure?: undefined }
  | { readonly grant?: undefined; readonly failure: TokenFailure };

const DAY = 86_400_000;
const DEFAULT_LIFETIME = 300_000;

const UNAVAILABLE_STATUSES = new Set([408, 425, 429]);
/**
 * Reads an answer of a bank's token endpoint. Everything in it is hostile until checked.
 * @param wall milliseconds since the Unix epoch at which the request was sent
 * @param secrets the secrets of the request, which no shown string may repeat
 */
export function readTokenResponse(
  bank: BankDefinition,
  response: TokenHttpResponse,
  wall: number,
  secrets: readonly (string | undefined)[] = [],
): TokenReading {
  const shape = bank.tokenResponse ?? {};
  const { status, retryAfter, date } = response;
  const now = timeAtBank(date, wall);
  const fails = (kind: TokenFailure['kind'], more = ''): TokenReading => {
    const retryAfterMs = parseRetryAfter(retryAfter, now.earliest);
    const asked = retryAfterMs === undefined ? {} : { retryAfterMs };
    return { failure: { kind, reason: httpStatus(status, more), status, ...asked } };
  };
  if (status >= 500 || UNAVAILABLE_STATUSES.has(status)) return fails('unavailable');
  const body = parseObject(response.body);
  const code =
    body === undefined ? undefined : textOf(madeAtOnce((shape.errorCode ?? standardErrorCode)(body)));
  const success = status >= 200 && status < 300;
  // Some gateways answer 200 with an error in the body; where a definition knows its form, it alone decides.
  const hasError = shape.errorCode === undefined && Boolean(body?.error);
  if (!success || code !== undefined || hasError) {
    const rejected =
      status === 401 ||
      (code !== undefined && REJECTED_CODES.has(code)) ||
      madeAtOnce(shape.rejectsCredentials?.({ status, body })) === true;
    const isRedirect = status >= 300 && status < 400;
    const unavailable = !isRedirect && code !== undefined && UNAVAILABLE_CODES.has(code);
    const shownCode = code !== undefined && KNOWN_CODES.has(code) ? ` ${code}` : '';
    const redirect = isRedirect ? A_REDIRECT : '';
    const kind = rejected ? 'rejected' : unavailable ? 'unavailable' : 'invalid';
    return fails(kind, `${shownCode}${redirect}`);
  }
  if (body === undefined) return fails('invalid', NO_JSON_OBJECT);
  const members = shape.members ?? {};
  const value = memberAt(body, members.accessToken ?? 'access_token');
  const problem = tokenProblem(value);
  if (problem !== undefined) return fails('invalid', butToken(problem));
  if (!isBearer(memberAt(body, members.tokenType ?? 'token_type'), shape)) return fails('invalid', NO_BEARER);
  const token = value as string;
  const expiresIn = memberAt(body, members.expiresIn ?? 'expires_in');
  const expiresAt = members.expiresAt === undefined ? undefined : memberAt(body, members.expiresAt);
  const { lifetime, from } = lifeOf(shape, expiresIn, token, now, expiresAt);
  const grant: TokenGrant = {
    value: token,
    scopes: readScopes(memberAt(body, members.scope ?? 'scope'), token, secrets),
    lifetime,
    ...(ownStatements(shape, expiresIn, now, expiresAt).length === 0 ? { silent: true } : {}),
  };
  sources.set(grant, from);
  return { grant };
}

// Not a member of the grant: only a look at one request by hand needs it.
const sources = new WeakMap<TokenGrant, LifetimeSource>();

/** The source of the token's lifetime. */
export function lifetimeSourceOf(grant: TokenGrant): LifetimeSource | undefined {
  return sources.get(grant);
}

/** The member at a path in an answer; undefined where there is none. */
function memberAt(body: object, path: MemberPath): unknown {
  let found: unknown = body;
  for (const name of typeof path === 'string' ? [path] : path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

/** One statement on how long a token lives, in milliseconds. */
interface Life {
  readonly lifetime: number;
  readonly from: LifetimeSource;
}

/**
 * The shortest lifetime that any credible statement gives, in milliseconds: `expires_in` in the bank's unit, the
 * instant `expires_at` of banks that state one, and the token's own `exp − (iat ?? nbf)` if it is a JWT. The default
 * decides only without any statement; the limit bounds all. Never computed from an absolute claim, because clocks
 * differ; an instant in the answer is measured by the clock of the bank that states it.
 * @param now when the bank answered, by its clock
 */
export function lifeOf(
  shape: TokenResponseShape,
  expiresIn: unknown,
  token: string,
  now: BankTime,
  expiresAt?: unknown,
): Life {
  const statements = [
    ...ownStatements(shape, expiresIn, now, expiresAt),
    ...life(jwtLifetime(token), 'jwt'),
    ...life(longestLifetime(shape), 'limit'),
  ];
  // The limit alone is no statement of the lifetime.
  if (statements.length === 1) statements.unshift(...life(unstatedLifetime(shape), 'default'));
  return statements.reduce((shortest, other) => (other.lifetime < shortest.lifetime ? other : shortest));
}

/** The statements of the answer itself, without the token: at most two. */
function ownStatements(
  shape: TokenResponseShape,
  expiresIn: unknown,
  now: BankTime,
  expiresAt: unknown,
): readonly Life[] {
  return [
    ...life(statedLifetime(expiresIn, shape.expiresIn ?? 'seconds', now), 'expires_in'),
    ...life(statedEnd(expiresAt, shape.expiresAt, now), 'expires_at'),
  ];
}

function life(lifetime: number | undefined, from: LifetimeSource): readonly Life[] {
  return lifetime === undefined ? [] : [{ lifetime, from }];
}

/** The lifetime of a token without a credible statement, in milliseconds. */
export function unstatedLifetime({ defaultLifetime = DEFAULT_LIFETIME }: TokenResponseShape = {}): number {
  return defaultLifetime;
}

/** The longest lifetime of a bank's tokens, in milliseconds, whatever the bank says. */
export function longestLifetime({ maxLifetime = DAY }: TokenResponseShape = {}): number {
  return maxLifetime;
}

/** The lifetime that `expires_in` states, in milliseconds; undefined if it is not credible. */
function statedLifetime(expiresIn: unknown, unit: ExpiresInUnit, now: BankTime): number | undefined {
  const stated =
    typeof expiresIn === 'string' && /^\s*\d{1,20}(?:\.\d{1,20})?\s*$/.test(expiresIn)
      ? Number(expiresIn)
      : expiresIn;
  if (typeof stated !== 'number' || !Number.isFinite(stated) || stated <= 0) return undefined;
  // From 10⁹ seconds or 10¹² milliseconds on, it can only be an instant: the sample on BOG's page is one.
  if (unit === 'epoch-milliseconds' || stated >= 1e12) return untilInstant(stated, now);
  if (unit === 'epoch-seconds' || (unit === 'seconds' && stated >= 1e9))
    return untilInstant(stated * 1000, now);
  return credible(unit === 'seconds' ? stated * 1000 : stated);
}

/** The lifetime until `expires_at`, in milliseconds; undefined if not credible, or not read by the definition. */
function statedEnd(
  expiresAt: unknown,
  form: TokenResponseShape['expiresAt'],
  now: BankTime,
): number | undefined {
  if (form === undefined) return undefined;
  if (form !== 'date') return statedLifetime(expiresAt, form, now);
  const instant = typeof expiresAt === 'string' ? parseDate(expiresAt) : undefined;
  return instant === undefined ? undefined : untilInstant(instant, now);
}

/** Counted from the latest moment at which the bank may have answered: a token that is used too long is refused. */
function untilInstant(instant: number, { earliest, latest }: BankTime): number | undefined {
  return credible(instant - earliest) === undefined ? undefined : Math.max(1, instant - latest);
}

/** A JWT's own statement on how long it lives, in milliseconds. Read, not verified: it can only shorten. */
function jwtLifetime(token: string): number | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  const claims = parseObject(Buffer.from(parts[1] as string, 'base64url'));
  const start = typeof claims?.iat === 'number' ? claims.iat : claims?.nbf;
  const end = claims?.exp;
  return typeof start === 'number' && typeof end === 'number' ? credible((end - start) * 1000) : undefined;
}

function credible(lifetime: number): number | undefined {
  return lifetime >= 1 && lifetime < ABSURD ? lifetime : undefined;
}

function isBearer(type: unknown, shape: TokenResponseShape): boolean {
  if (shape.tokenType === 'optional' && (type === undefined || type === null || type === '')) return true;
  const name = typeof type === 'string' ? type.toLowerCase() : undefined;
  return (
    name === 'bearer' ||
    name === 'bearertoken' ||
    (name !== undefined && (shape.tokenTypes ?? []).some((other) => other.toLowerCase() === name))
  );
}

function textOf(code: unknown): string | undefined {
  return typeof code === 'string' && code !== '' ? code : undefined;
}

function standardErrorCode(body: Readonly<Record<string, unknown>>): string | undefined {
  return textOf(body.error);
}

function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
