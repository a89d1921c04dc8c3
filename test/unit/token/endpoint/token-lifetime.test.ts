import { describe, expect, test } from '@jest/globals';
import { type BankDefinition, defineBank, type TokenResponseShape } from '../../../../src/banks/index.js';
import {
  lifeOf,
  lifetimeSourceOf,
  readTokenResponse,
} from '../../../../src/token/endpoint/token-response.js';

/** In milliseconds. */
const lifetimeBy = (...statements: Parameters<typeof lifeOf>) => lifeOf(...statements).lifetime;
/** A moment that is known to the millisecond. */
const sharp = (now: number) => ({ earliest: now, latest: now });

const NOW = Date.UTC(2026, 0, 1);
const UNSTATED = 300_000;
const DAY = 86_400_000;

/** The lifetime of an opaque token, in milliseconds. */
function stated(expiresIn: unknown, unit: TokenResponseShape['expiresIn'], now = NOW): number {
  return lifetimeBy({ expiresIn: unit, maxLifetime: 3_650 * DAY }, expiresIn, 'opaque', sharp(now));
}

describe('expires_in', () => {
  test.each(['seconds', 'milliseconds', 'epoch-seconds', 'epoch-milliseconds'] as const)(
    'is ignored in %s if it is not above zero',
    (unit) => {
      for (const nothing of [0, -1, -3_600, '0', '-60']) expect(stated(nothing, unit)).toBe(UNSTATED);
    },
  );

  test('declared as an instant is never read as a duration, however small', () => {
    for (const duration of [60, 3_600, 3_600_000]) {
      expect(stated(duration, 'epoch-milliseconds')).toBe(UNSTATED);
      expect(stated(duration, 'epoch-seconds')).toBe(UNSTATED);
    }
  });

  test('is an instant from 10⁹ seconds or 10¹² milliseconds on, even if declared as a duration', () => {
    expect(stated(1e9, 'seconds', 1e12 - 60_000)).toBe(60_000);
    expect(stated(1e12, 'milliseconds', 1e12 - 60_000)).toBe(60_000);
    expect(stated(1e12, 'seconds', 1e12 - 60_000)).toBe(60_000);
  });

  test('is a duration up to there: 10⁹ milliseconds are eleven days', () => {
    expect(stated(1e9, 'milliseconds')).toBe(1e9);
    expect(stated(2e9, 'milliseconds')).toBe(2e9);
    expect(stated(3e8, 'seconds')).toBe(3e11);
  });

  test('beyond ten years is ignored', () => {
    expect(stated(3_650 * 86_400, 'seconds')).toBe(UNSTATED);
    expect(stated(3_650 * 86_400 - 1, 'seconds')).toBe(3_650 * DAY - 1_000);
  });
});

test.each([
  ['expires_in', { expires_in: 60 }, {}],
  [
    'expires_at',
    { expires_in: 60, ends: '2026-01-01T00:00:30Z' },
    { members: { expiresAt: 'ends' }, expiresAt: 'date' },
  ],
  [
    'jwt',
    { expires_in: 60, access_token: `e30.${Buffer.from('{"iat":1,"exp":31}').toString('base64url')}.x` },
    {},
  ],
  ['default', {}, {}],
  ['limit', { expires_in: 60 }, { maxLifetime: 30_000 }],
] as const)('what decides the lifetime is known: %s', (source, answer, tokenResponse) => {
  const bank = { tokenResponse } as unknown as BankDefinition;
  const body = Buffer.from(JSON.stringify({ access_token: 'opaque', token_type: 'Bearer', ...answer }));
  const date = new Date(NOW).toUTCString();
  const { grant } = readTokenResponse(bank, { status: 200, body, retryAfter: undefined, date }, NOW);
  expect(grant && lifetimeSourceOf(grant)).toBe(source);
});

describe('the lifetime in a JWT', () => {
  const token = (claims: object) =>
    `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`;

  test.each([
    { iat: '100', exp: '160' },
    { iat: 100, exp: '160' },
    { iat: '100', exp: 160 },
    { nbf: '100', exp: 160 },
    { nbf: null, exp: 160 },
    { iat: null, exp: 160 },
    { exp: 160 },
    { iat: 100, exp: null },
    { iat: -100, exp: null },
    { iat: 100, exp: true },
    { iat: -100, exp: [0] },
    { iat: -100 },
  ])('is ignored with the claims %j', (claims) => {
    expect(lifetimeBy({}, undefined, token(claims), sharp(NOW))).toBe(UNSTATED);
  });

  test('is the time between its claims, by iat before nbf', () => {
    expect(lifetimeBy({}, undefined, token({ iat: 100, nbf: 40, exp: 160 }), sharp(NOW))).toBe(60_000);
    expect(lifetimeBy({}, undefined, token({ iat: 'no number', nbf: 40, exp: 160 }), sharp(NOW))).toBe(
      120_000,
    );
  });
});

describe('a message states in our own words why an answer is refused:', () => {
  const bank: BankDefinition = defineBank({
    id: 'a-bank',
    title: 'A bank',
    tokenUrl: { sandbox: 'https://bank.example/token' },
    apiBaseUrl: { sandbox: 'https://bank.example' },
    clientAuthentication: { method: 'client_secret_basic' },
  });
  const reason = (status: number, body: string) =>
    readTokenResponse(bank, { status, body: Buffer.from(body), retryAfter: undefined }, NOW).failure?.reason;

  test.each([
    [200, 'oops', 'HTTP 200, but the body is not a JSON object in UTF-8'],
    [200, '[]', 'HTTP 200, but the body is not a JSON object in UTF-8'],
    [201, '{}', 'HTTP 201, but it contains no access token'],
    [200, '{"access_token":""}', 'HTTP 200, but it contains no access token'],
    [200, '{"access_token":7}', 'HTTP 200, but it contains no access token'],
    [
      200,
      '{"access_token":"a b"}',
      'HTTP 200, but the access token does not consist of visible ASCII characters',
    ],
    [200, '{"access_token":"a","token_type":"mac"}', 'HTTP 200, but its type is not Bearer'],
    [302, '', 'HTTP 302, a redirect, which is never followed'],
    [400, '{"error":"invalid_scope"}', 'HTTP 400 invalid_scope'],
    [400, '{"error":"secret-of-the-bank"}', 'HTTP 400'],
    [400, '{}', 'HTTP 400'],
    [503, '{"error":"server_error"}', 'HTTP 503'],
  ])('%i with %s', (status, body, expected) => {
    expect(reason(status, body)).toBe(expected);
  });
});
