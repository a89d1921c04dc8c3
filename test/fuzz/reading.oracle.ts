import type { ExpiresInUnit } from '../../src/banks/index.js';
import type { TokenReading } from '../../src/token/endpoint/token-response.js';
import { shapeOf, WALL } from './banks-under-fuzz.js';
import { PLANTED } from './planted.js';
import { meaning } from './statements.arbitrary.js';
import type { Answer } from './token-response.arbitrary.js';

/** The clauses of which a reason is made; nothing else may stand in one. */
const REASON = new RegExp(
  '^HTTP \\d{3}' +
    '(?: (?:invalid_(?:client|scope|grant|request)|unauthorized_client|unsupported_grant_type|access_denied' +
    '|server_error|temporarily_unavailable))?' +
    '(?:, a redirect, which is never followed' +
    '|, but (?:the body is not a JSON object in UTF-8|it contains no access token' +
    '|the access token (?:does not consist of visible ASCII characters|has more than 16384 characters)|its type is not Bearer))?$',
);

const KINDS = ['rejected', 'unavailable', 'invalid'];

/** What is wrong with a reading, whatever the answer was; nothing if it may be so. */
export function problemsOf(reading: TokenReading, answer: Answer): string[] {
  const { grant, failure } = reading;
  const problems: string[] = [];
  const must = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  must((grant === undefined) !== (failure === undefined), 'it is neither a grant nor a failure, or both');
  const { status } = answer;
  const away = status >= 500 || [408, 425, 429].includes(status);
  if (failure !== undefined) {
    must(KINDS.includes(failure.kind), `its kind is ${failure.kind}`);
    must(REASON.test(failure.reason), `its reason is ${failure.reason}`);
    must(!JSON.stringify(failure).includes(PLANTED), 'it repeats what the bank said');
    must(failure.status === status, 'its status is another one');
    const unavailable = failure.kind === 'unavailable';
    must(unavailable || !away, `HTTP ${status} is ${failure.kind}`);
    must(!unavailable || away || saysAway(answer), `HTTP ${status} is unavailable, but does not say so`);
    if (status === 401) must(failure.kind === 'rejected', 'HTTP 401 is no rejection');
    const { retryAfterMs } = failure;
    must(retryAfterMs === undefined || (retryAfterMs >= 0 && Number.isFinite(retryAfterMs)), 'the pause');
  }
  if (grant !== undefined) {
    const { value, lifetime, scopes } = grant;
    must(status >= 200 && status < 300, `a token came with HTTP ${status}`);
    must(/^[\x21-\x7e]{1,16384}$/.test(value), 'the token cannot stand in a header');
    const bytes = Buffer.from(answer.body);
    must(Buffer.from(bytes.toString('utf8')).equals(bytes), 'the body is not in UTF-8');
    must(Number.isFinite(lifetime) && lifetime > 0, `the token lives ${lifetime} ms`);
    must(
      scopes === undefined ||
        (scopes.length > 0 &&
          scopes.every((scope) => /^[!#-[\]-~]{1,4096}$/.test(scope) && !scope.includes(value))),
      'the scopes',
    );
    problems.push(...longerThanStated(lifetime, value, answer));
  }
  return problems;
}

/** Whether it stands in the body at all, of an answer that may say so. */
function saysAway({ status, body }: Answer): boolean {
  const mayBe = status !== 401 && status < 500 && Math.floor(status / 100) !== 3;
  return mayBe && /"(?:server_error|temporarily_unavailable)"/.test(Buffer.from(body).toString('utf8'));
}

/** An instant that is measured by a `Date`, which has no fraction, may be a second nearer. */
export function isMeant(lifetime: number, stated: number, { date }: Pick<Answer, 'date'>): boolean {
  const least = date === undefined ? stated : stated - 1_000;
  return lifetime <= stated + 1 && lifetime >= Math.min(1, stated) && lifetime >= least - 1;
}

/** Reads the body once more, in the plainest way, for how long the token may live at most. */
function longerThanStated(lifetime: number, token: string, answer: Answer): string[] {
  const { bank, body, madeAt = WALL } = answer;
  const shape = shapeOf(bank);
  const members = JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>;
  const statements = [meaningOf(members[shape.expiresIn], shape.unit, madeAt), meaningOfJwt(token)].filter(
    (meaning) => meaning !== undefined,
  );
  const most = Math.min(shape.maxLifetime, ...(statements.length > 0 ? statements : [shape.defaultLifetime]));
  return isMeant(lifetime, most, answer)
    ? []
    : [`the token lives ${lifetime} ms, but the answer says ${most}`];
}

function meaningOf(stated: unknown, unit: ExpiresInUnit, madeAt: number): number | undefined {
  const digits = typeof stated === 'string' ? /^\s*(\d{1,20}(\.\d{1,20})?)\s*$/.exec(stated)?.[1] : undefined;
  const number = digits === undefined ? stated : Number.parseFloat(digits);
  if (typeof number !== 'number') return undefined;
  const durations = {
    seconds: 1_000 * number,
    milliseconds: number,
    'epoch-seconds': 0,
    'epoch-milliseconds': 0,
  };
  const instants = {
    seconds: 1_000 * number,
    milliseconds: number,
    'epoch-seconds': 1_000 * number,
    'epoch-milliseconds': number,
  };
  // Larger than any duration could be, it is an instant; and so large, one in milliseconds.
  const isInstant = unit.startsWith('epoch') || number >= (unit === 'seconds' ? 1e9 : 1e12);
  const end = unit !== 'epoch-milliseconds' && number >= 1e12 ? number : instants[unit];
  return meaning(isInstant ? end - madeAt : durations[unit]);
}

function meaningOfJwt(token: string): number | undefined {
  const [, claims, , more] = [...token.split('.'), undefined];
  if (token.split('.').length !== 3 || more !== undefined || claims === undefined) return undefined;
  try {
    const bytes = Buffer.from(claims, 'base64url');
    const { iat, nbf, exp } = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Record<
      string,
      unknown
    >;
    const start = typeof iat === 'number' ? iat : nbf;
    if (typeof start !== 'number' || typeof exp !== 'number') return undefined;
    return meaning(1_000 * (exp - start));
  } catch {
    return undefined;
  }
}
