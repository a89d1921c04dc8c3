import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { defineBank, type TokenResponseShape } from '../../../../src/banks/index.js';
import { parseDate } from '../../../../src/token/endpoint/bank-time.js';
import { readTokenResponse } from '../../../../src/token/endpoint/token-response.js';
import { replayable } from '../../../support/replay.js';

const WALL = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

/** A body as a bank of this shape is read; the bank's clock may differ from ours. */
function read(
  body: object | string,
  tokenResponse: TokenResponseShape,
  { date, status = 200, secrets = [] }: { date?: string; status?: number; secrets?: string[] } = {},
) {
  const bank = defineBank({
    id: 'a-bank',
    title: 'A bank',
    tokenUrl: { sandbox: 'https://bank.example/token' },
    apiBaseUrl: { sandbox: 'https://bank.example' },
    clientAuthentication: { method: 'client_secret_basic' },
    tokenResponse,
  });
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return readTokenResponse(bank, { status, body: bytes, retryAfter: undefined, date }, WALL, secrets);
}

describe('a nested member', () => {
  const shape = {
    members: {
      accessToken: ['data', 'token'],
      tokenType: ['data', 'type'],
      expiresIn: ['data', 'life', 'seconds'],
      scope: ['data', 'scopes'],
    },
  } as const;

  test('is found by the list of names that leads to it', () => {
    const data = { token: 't', type: 'Bearer', life: { seconds: 60 }, scopes: ['a', 'b'] };
    expect(read({ data, token: 'x', scope: 'x', expires_in: 1 }, shape).grant).toEqual({
      value: 't',
      scopes: ['a', 'b'],
      lifetime: MINUTE,
    });
  });

  test('is found in an array by its index, and under a name with a dot', () => {
    const members = { accessToken: ['tokens', '0', 'a.b'], tokenType: 'a.type' };
    const body = { tokens: [{ 'a.b': 't' }], 'a.type': 'Bearer' };
    expect(read(body, { members }).grant?.value).toBe('t');
  });

  test('drops a scope that repeats the token or the secret', () => {
    const scopes = (scope: string) =>
      read({ data: { token: 'the-token', type: 'Bearer', scopes: scope } }, shape, {
        secrets: ['the-long-secret'],
      }).grant?.scopes;
    expect(scopes('read')).toEqual(['read']);
    expect(scopes('read the-token')).toBeUndefined();
    expect(scopes('read the-long-secret')).toBeUndefined();
  });

  test.each([
    '{"data":null}',
    '{"data":"token"}',
    '{"data":7}',
    '{"data":[]}',
    '{"data":{"__proto__":{"token":"t","type":"Bearer"}}}',
    '{"token":"t","type":"Bearer"}',
    '{"data.token":"t","type":"Bearer"}',
  ])('is missing in %s', (body) => {
    expect(read(body, shape).failure).toMatchObject({
      kind: 'invalid',
      reason: 'HTTP 200, but it contains no access token',
    });
  });

  test('is never read from Object.prototype', () => {
    Object.defineProperty(Object.prototype, 'polluted', { value: 'a-token', configurable: true });
    try {
      const shape = { members: { accessToken: 'polluted' }, tokenType: 'optional' } as const;
      expect(read({}, shape).failure?.reason).toBe('HTTP 200, but it contains no access token');
    } finally {
      Reflect.deleteProperty(Object.prototype, 'polluted');
    }
  });
});

describe('an optional token type', () => {
  const shape: TokenResponseShape = { tokenType: 'optional', tokenTypes: ['access_token'] };

  test.each([undefined, null, '', 'Bearer', 'ACCESS_TOKEN'])('may be %j', (token_type) => {
    expect(read({ access_token: 't', token_type }, shape).grant?.value).toBe('t');
  });

  test.each(['MAC', 'DPoP', 7, 0, false, ['Bearer'], {}])(
    'must be correct if it is present: %j',
    (token_type) => {
      expect(read({ access_token: 't', token_type }, shape).failure?.reason).toBe(
        'HTTP 200, but its type is not Bearer',
      );
    },
  );

  test('is required unless the definition says otherwise', () => {
    for (const tokenType of [undefined, 'required'] as const)
      expect(read({ access_token: 't' }, { tokenType }).failure?.kind).toBe('invalid');
  });
});

describe('an instant of expiry', () => {
  const lifetime = (
    expires_at: unknown,
    expiresAt: TokenResponseShape['expiresAt'] = 'date',
    more: object = {},
    date?: string,
  ) =>
    read(
      { access_token: 't', token_type: 'Bearer', expires_at, ...more },
      { expiresAt, members: { expiresAt: 'expires_at' } },
      date === undefined ? {} : { date },
    ).grant?.lifetime;

  test.each<[string, TokenResponseShape['expiresAt'], unknown]>([
    ['UTC', 'date', '2026-01-01T00:30:00Z'],
    ['a fraction, which is dropped', 'date', '2026-01-01T00:30:00.999999999Z'],
    ['an offset', 'date', '2026-01-01T04:30:00+04:00'],
    ['an offset without its colon', 'date', '2026-01-01T00:30:00+0000'],
    ['an offset of hours', 'date', '2025-12-31T19:30:00-05'],
    ['a space and no seconds', 'date', ' 2026-01-01 00:30Z '],
    ['words for UTC', 'date', '2026-01-01 00:30:00 UTC'],
    ['HTTP', 'date', 'Thu, 01 Jan 2026 00:30:00 GMT'],
    ['seconds', 'epoch-seconds', WALL / 1000 + 1800],
    ['seconds in a string', 'epoch-seconds', String(WALL / 1000 + 1800)],
    ['milliseconds', 'epoch-milliseconds', WALL + 30 * MINUTE],
    ['milliseconds, where seconds were announced', 'epoch-seconds', WALL + 30 * MINUTE],
  ])('is read in %s', (_what, form, stated) => {
    expect(lifetime(stated, form)).toBe(30 * MINUTE);
  });

  test('is one of several statements, of which the shortest applies', () => {
    const stated = '2026-01-01T00:30:00Z';
    expect(lifetime(stated, 'date', { expires_in: 60 })).toBe(MINUTE);
    expect(lifetime(stated, 'date', { expires_in: 7200 })).toBe(30 * MINUTE);
    const claims = Buffer.from('{"iat":1000,"exp":1090}').toString('base64url');
    expect(lifetime(stated, 'date', { access_token: `e30.${claims}.s` })).toBe(90_000);
    expect(lifetime('2026-01-03T00:00:00Z')).toBe(86_400_000);
  });

  test('is measured by the Date header of the answer, from the end of that second', () => {
    const date = 'Thu, 01 Jan 2026 06:00:00 GMT';
    expect(lifetime('2026-01-01T06:30:00Z', 'date', {}, date)).toBe(30 * MINUTE - 1_000);
    expect(lifetime('2026-01-01T00:30:00Z', 'date', { expires_in: 60 }, date)).toBe(MINUTE);
  });

  test.each<[string, TokenResponseShape['expiresAt'], unknown]>([
    ['missing', 'date', undefined],
    ['null', 'date', null],
    ['a number where a date was announced', 'date', WALL / 1000 + 1800],
    ['a date without an offset', 'date', '2026-01-01T00:30:00'],
    ['a day', 'date', '2026-01-01'],
    ['no date', 'date', 'soon'],
    ['an impossible date', 'date', '2026-13-01T00:30:00Z'],
    ['an HTTP date with another zone', 'date', 'Thu, 01 Jan 2026 00:30:00 +0400'],
    ['very long', 'date', `2026-01-01T00:30:00.${'0'.repeat(80)}Z`],
    ['already past', 'date', '2025-12-31T23:59:59Z'],
    ['in eleven years', 'date', '2037-01-01T00:00:00Z'],
    ['zero', 'epoch-seconds', 0],
    ['a duration', 'epoch-seconds', 1800],
    ['seconds where milliseconds were announced', 'epoch-milliseconds', WALL / 1000 + 1800],
    ['a date where seconds were announced', 'epoch-seconds', '2026-01-01T00:30:00Z'],
    ['an object', 'epoch-milliseconds', {}],
  ])('is ignored if it is %s', (_what, form, stated) => {
    expect(lifetime(stated, form)).toBe(300_000);
    expect(lifetime(stated, form, { expires_in: 60 })).toBe(MINUTE);
  });

  test('is not read where the definition names none', () => {
    const body = { access_token: 't', token_type: 'Bearer', expires_at: '2026-01-01T00:00:30Z' };
    expect(read(body, {}).grant?.lifetime).toBe(300_000);
  });

  test('is parsed in bounded time, however long and odd the string is', () => {
    for (const text of [`${' '.repeat(50_000)}x`, `2026-01-01T00:00:00.${'1'.repeat(50_000)}`])
      expect(parseDate(text)).toBeUndefined();
  });
});

test('an answer of any shape, read by paths and instants, is a grant or a failure', () => {
  const names = fc.constantFrom('data', 'token', 'type', 'life', 'until', 'scopes', '0', '__proto__');
  const values = fc.oneof(
    fc.constantFrom('t', 'Bearer', '2026-01-01T00:30:00Z', '', null, true, -1, 1e300, WALL / 1000 + 60),
    fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<unknown>,
  );
  const inner = fc.dictionary(names, values, { maxKeys: 4 });
  const middle = fc.dictionary(names, fc.oneof(values, inner, fc.array(inner, { maxLength: 2 })), {
    maxKeys: 4,
  });
  const tree = fc.dictionary(names, fc.oneof(values, middle), { maxKeys: 5 });
  const place = fc.oneof(names, fc.uniqueArray(names, { minLength: 1, maxLength: 4 }));
  const forms = fc.constantFrom<TokenResponseShape['expiresAt'][]>(
    'date',
    'epoch-seconds',
    'epoch-milliseconds',
  );
  fc.assert(
    fc.property(tree, fc.tuple(place, place, place, place, place), forms, (body, places, expiresAt) => {
      fc.pre(new Set(places.map((one) => JSON.stringify([one].flat()))).size === places.length);
      const [accessToken, tokenType, expiresIn, scope, until] = places;
      const members = { accessToken, tokenType, expiresIn, scope, expiresAt: until };
      const { grant, failure } = read(body, { members, expiresAt, tokenType: 'optional' });
      expect(grant === undefined).not.toBe(failure === undefined);
      if (grant === undefined) return;
      expect(grant.value).toMatch(/^[\x21-\x7e]+$/);
      expect(grant.lifetime).toBeGreaterThan(0);
      expect(grant.lifetime).toBeLessThanOrEqual(86_400_000);
    }),
    replayable('FUZZ', 300),
  );
});

describe('an error in a 2xx', () => {
  const body = { access_token: 't', token_type: 'Bearer' };
  const errorCode: TokenResponseShape['errorCode'] = ({ error }) =>
    error === '0' ? undefined : `code-${String(error)}`;

  test.each([200, 201])('is what the definition reads as one, and nothing else: %d', (status) => {
    expect(read({ ...body, error: '0' }, { errorCode }, { status }).grant?.value).toBe('t');
    expect(read({ ...body, error: '17' }, { errorCode }, { status }).failure).toEqual({
      kind: 'invalid',
      reason: `HTTP ${status}`,
      status,
    });
    for (const error of [true, 7, {}]) {
      expect(read({ ...body, error }, { errorCode: () => undefined }, { status }).grant?.value).toBe('t');
      expect(read({ ...body, error }, {}, { status }).failure?.kind).toBe('invalid');
    }
  });
});
