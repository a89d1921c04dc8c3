import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type BankDefinition,
  type BankId,
  builtInBanks,
  defineBank,
  type TokenResponseShape,
} from '../../../../src/banks/index.js';
import { parseRetryAfter } from '../../../../src/token/endpoint/bank-time.js';
import { lifeOf, readTokenResponse } from '../../../../src/token/endpoint/token-response.js';
import { codePoint } from '../../../support/code-point.js';
import { replayable } from '../../../support/replay.js';

/** In milliseconds. */
const lifetimeBy = (...statements: Parameters<typeof lifeOf>) => lifeOf(...statements).lifetime;
/** A moment that is known to the millisecond. */
const sharp = (now: number) => ({ earliest: now, latest: now });

const WALL = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

const bank = (tokenResponse?: TokenResponseShape): BankDefinition =>
  defineBank({
    id: 'a-bank',
    title: 'A bank',
    tokenUrl: { sandbox: 'https://bank.example/token' },
    apiBaseUrl: { sandbox: 'https://bank.example' },
    clientAuthentication: { method: 'client_secret_basic' },
    tokenResponse,
  });
const builtIn = (id: BankId) => builtInBanks.get(id) as BankDefinition;

const bytes = (body: unknown): Uint8Array =>
  body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));

/** An answer as it is read: of this bank, with this status. */
function read(
  body: unknown,
  {
    of = bank(),
    status = 200,
    retryAfter = undefined as string | undefined,
    date = undefined as string | undefined,
    secrets = [] as string[],
  } = {},
) {
  return readTokenResponse(of, { status, body: bytes(body), retryAfter, date }, WALL, secrets);
}

const good = { access_token: 'opaque', token_type: 'Bearer', expires_in: 3600 };

/** A JWT with these claims, or this text for its claims. */
const jwt = (claims: object | string) =>
  [{ alg: 'RS256' }, claims, 'signature']
    .map((part) => Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'))
    .join('.');

describe('a successful token response', () => {
  test('is read with value, scopes and lifetime', () => {
    expect(read({ ...good, scope: ' b  a c ' })).toEqual({
      grant: { value: 'opaque', scopes: ['b', 'a', 'c'], lifetime: 3_600_000 },
    });
    expect(read({ ...good, scope: ['b', 'a c'] }).grant?.scopes).toEqual(['b', 'a', 'c']);
  });

  test('leaves the scopes open where it does not state them', () => {
    for (const scope of [undefined, '', '  ', 7, null, [], [''], ['a', 7], { a: true }]) {
      expect(read({ ...good, scope }).grant?.scopes).toBeUndefined();
    }
  });

  test.each([
    ['holds a control character', 'payments \u001b[31m'],
    ['holds a NUL', 'payments\u0000'],
    ['holds a line break', 'payments\nrefunds'],
    ['holds a tab', 'payments\trefunds'],
    ['holds a quotation mark', 'payments "refunds"'],
    ['holds a backslash', 'pay\\ments'],
    ['holds letters beyond ASCII', 'påyments'],
    ['holds a bidirectional override', 'payments \u202e'],
    ['is longer than 4 KiB', 'a'.repeat(4_097)],
    ['is a list longer than 4 KiB', Array.from({ length: 400 }, () => 'payments-x')],
    ['is the token', 'opaque'],
    ['holds the token among others', 'payments xopaquex'],
    ['is a list that holds the token', ['payments', 'opaque']],
    ['holds the client secret', 'payments a-long-secret'],
  ])('keeps its token but loses a scope that %s', (_what, scope) => {
    expect(read({ ...good, scope }, { secrets: ['a-long-secret'] }).grant).toEqual({
      value: 'opaque',
      scopes: undefined,
      lifetime: 3_600_000,
    });
  });

  test.each([
    ['eight characters', '8-secret', undefined],
    ['seven: it keeps those, as they stand anywhere by chance', '7secret', ['payments', '7secret']],
  ])('loses a scope that holds a secret of %s', (_what, secret, scopes) => {
    expect(read({ ...good, scope: `payments ${secret}` }, { secrets: [secret] }).grant?.scopes).toEqual(
      scopes,
    );
  });

  test('keeps a scope of any length up to 4 KiB, and of every character that a scope may have', () => {
    const longest = 'a'.repeat(4_096);
    const all = Array.from({ length: 94 }, (_, index) => String.fromCharCode(0x21 + index))
      .filter((character) => character !== '"' && character !== '\\')
      .join('');
    expect(read({ ...good, scope: longest }).grant?.scopes).toEqual([longest]);
    expect(read({ ...good, scope: all }).grant?.scopes).toEqual([all]);
  });

  test('may carry a token of up to 16 KiB', () => {
    const token = 'a'.repeat(16_384);
    expect(read({ ...good, access_token: token }).grant?.value).toBe(token);
    expect(read({ ...good, access_token: `${token}a` }).failure).toEqual({
      kind: 'invalid',
      reason: 'HTTP 200, but the access token has more than 16384 characters',
      status: 200,
    });
  });

  test('may have unknown members and any 2xx status', () => {
    const body = {
      ...good,
      refresh_expires_in: 0,
      'not-before-policy': 0,
      app_id: 7,
      nested: { error: 'x' },
    };
    for (const status of [200, 201, 299]) expect(read(body, { status }).grant?.value).toBe('opaque');
  });

  test('may have empty error members', () => {
    for (const error of ['', null, false, 0]) expect(read({ ...good, error }).grant).toBeDefined();
  });

  test('may begin with a byte order mark', () => {
    expect(read(`\ufeff${JSON.stringify(good)}`).grant?.value).toBe('opaque');
  });

  test('is read by the names that the definition gives the members', () => {
    const of = bank({
      members: { accessToken: 'accessToken', tokenType: 'kind', expiresIn: 'ttl', scope: 'granted' },
    });
    expect(read({ accessToken: 't', kind: 'bearer', ttl: 60, granted: 'x', expires_in: 1 }, { of })).toEqual({
      grant: { value: 't', scopes: ['x'], lifetime: 60_000 },
    });
    expect(read(good, { of }).failure?.kind).toBe('invalid');
  });
});

describe('the unit of expires_in', () => {
  const lifetime = (expires_in: unknown, shape: TokenResponseShape = {}, access_token = 'opaque') =>
    read({ ...good, access_token, expires_in }, { of: bank(shape) }).grant?.lifetime;

  test.each<[TokenResponseShape['expiresIn'], unknown, number]>([
    ['seconds', 3600, 3_600_000],
    ['seconds', 1.5, 1_500],
    ['seconds', 0.25, 250],
    ['seconds', '3600', 3_600_000],
    ['seconds', ' 3600 ', 3_600_000],
    ['seconds', '3599.5', 3_599_500],
    ['milliseconds', 7_200_000, 7_200_000],
    ['milliseconds', '7200000', 7_200_000],
    ['epoch-seconds', WALL / 1000 + 60, 60_000],
    ['epoch-milliseconds', WALL + 60_000, 60_000],
    ['epoch-milliseconds', String(WALL + 60_000), 60_000],
    // What can only be an instant is one, whatever the unit.
    ['seconds', WALL / 1000 + 60, 60_000],
    ['seconds', WALL + 60_000, 60_000],
    ['milliseconds', WALL + 60_000, 60_000],
    ['epoch-seconds', WALL + 60_000, 60_000],
  ])('%s: %j is %d ms', (expiresIn, stated, expected) => {
    expect(lifetime(stated, { expiresIn })).toBeCloseTo(expected, 6);
  });

  test('is seconds unless the definition says otherwise', () => {
    expect(lifetime(60)).toBe(60_000);
  });

  const saysNothing = [
    ['missing', undefined],
    ['null', null],
    ['zero', 0],
    ['zero as a string', '0'],
    ['negative', -1],
    ['a negative string', '-60'],
    ['1e300', 1e300],
    ['a string of 1e300', '1e300'],
    ['exponents in a string', '1e3'],
    ['NaN', 'NaN'],
    ['Infinity', 'Infinity'],
    ['hexadecimal', '0x10'],
    ['words', 'one hour'],
    ['an empty string', ''],
    ['blanks', '  '],
    ['an absurdly long string', '9'.repeat(400)],
    ['true', true],
    ['an array', [3600]],
    ['an object', { seconds: 3600 }],
    ['longer than ten years', 400_000_000],
    ["an instant already past, such as the sample on BOG's page", 1_634_719_923_245],
    ['an instant of now', WALL],
    ['an instant in 500 years', WALL + 500 * 365 * DAY],
  ] as const;

  test.each(saysNothing)('is ignored if it is %s: the default of 300 s applies', (_name, stated) => {
    expect(lifetime(stated)).toBe(300_000);
    expect(lifetime(stated, { defaultLifetime: 60_000 })).toBe(60_000);
  });

  test.each(saysNothing)('is ignored if it is %s: the claims of the token apply', (_name, stated) => {
    expect(lifetime(stated, {}, jwt({ iat: 1_000, exp: 1_090 }))).toBe(90_000);
  });

  test('is ignored if JSON overflows to infinity', () => {
    expect(read('{"access_token":"t","token_type":"Bearer","expires_in":1e999}').grant?.lifetime).toBe(
      300_000,
    );
  });

  test('never exceeds the cap of a day, nor the cap of the definition', () => {
    expect(lifetime(10 * 86_400)).toBe(DAY);
    expect(lifetime(10 * 86_400, { maxLifetime: 2 * DAY })).toBe(2 * DAY);
    expect(lifetime(3600, { maxLifetime: 60_000 })).toBe(60_000);
    expect(lifetime(undefined, { maxLifetime: 60_000 })).toBe(60_000);
  });
});

describe('the claims of a JWT', () => {
  const lifetime = (token: string, expiresIn: unknown = 3600) =>
    lifetimeBy({}, expiresIn, token, sharp(WALL));

  test('shorten the lifetime: exp - iat or, without iat, exp - nbf', () => {
    expect(lifetime(jwt({ iat: 100, exp: 160 }))).toBe(60_000);
    expect(lifetime(jwt({ nbf: 100, exp: 160 }))).toBe(60_000);
    expect(lifetime(jwt({ iat: 100, nbf: 0, exp: 160 }))).toBe(60_000);
    expect(lifetime(jwt({ iat: 'x', nbf: 100, exp: 160 }))).toBe(60_000);
  });

  test('may be fractional', () => {
    expect(lifetime(jwt({ iat: 1_690_000_000.25, exp: 1_690_003_600.24 }))).toBeCloseTo(3_599_990, 2);
  });

  test('never lengthen the lifetime', () => {
    expect(lifetime(jwt({ iat: 0, exp: 7200 }))).toBe(3_600_000);
  });

  test('are never read as an instant: the clock of the bank may be wrong', () => {
    const past = { iat: 1_000_000, exp: 1_003_000 };
    expect(lifetime(jwt(past))).toBe(3_000_000);
    expect(lifetimeBy({}, 3600, jwt(past), sharp(0))).toBe(3_000_000);
  });

  test('are ignored in tokens that are no JWTs or have unusable claims', () => {
    const claims = { iat: 100, exp: 160 };
    for (const token of [
      jwt(claims).split('.').slice(0, 2).join('.'),
      `${jwt(claims)}.x`,
      `${jwt(claims)}.x.y`,
      'a.b.c',
      '..',
      jwt('[1]'),
      jwt('null'),
      jwt('{'),
      jwt({ exp: 160 }),
      jwt({ iat: 100 }),
      jwt({ iat: '100', exp: '160' }),
      jwt({ iat: 160, exp: 160 }),
      jwt({ iat: 161, exp: 160 }),
      jwt('{"iat":0,"exp":1e999}'),
      jwt({ iat: 0, exp: 1e12 }),
      jwt({ __proto__: null, exp: null, iat: null }),
      jwt('{"__proto__":{"iat":100,"exp":160}}'),
    ]) {
      expect(lifetime(token)).toBe(3_600_000);
    }
  });
});

describe('the samples of the seed pages', () => {
  test('of bog-payments state no duration, so that the claims of the JWT decide', () => {
    const body = {
      access_token: jwt({ iat: 1_634_719_623, exp: 1_634_720_223 }),
      token_type: 'Bearer',
      expires_in: 1_634_719_923_245,
    };
    expect(read(body, { of: builtIn('bog-payments') }).grant?.lifetime).toBe(600_000);
  });

  test('of bog-payments live 300 s with an opaque token', () => {
    const body = { ...good, expires_in: 1_634_719_923_245 };
    expect(read(body, { of: builtIn('bog-payments') }).grant?.lifetime).toBe(300_000);
  });

  test('of tbc-installments state milliseconds, though 7775999 looks like 90 days', () => {
    const body = {
      access_token: 'opaque',
      token_type: 'BearerToken',
      scope: 'online_installments',
      issued_at: '1584361010000',
      expires_in: 7_775_999,
    };
    expect(read(body, { of: builtIn('tbc-installments') })).toEqual({
      grant: { value: 'opaque', scopes: ['online_installments'], lifetime: 7_775_999 },
    });
  });

  test('ignore issued_at', () => {
    for (const issued_at of [0, 1_584_361_010, '1584361010000', WALL + DAY, -1]) {
      for (const id of ['tbc-business', 'tbc-installments'] as const) {
        const body = { ...good, expires_in: id === 'tbc-business' ? 3600 : 3_600_000, issued_at };
        expect(read(body, { of: builtIn(id) }).grant?.lifetime).toBe(3_600_000);
      }
    }
  });

  test('of tbc-tpay have a token with nbf and no iat', () => {
    const body = { access_token: jwt({ nbf: 1_000, exp: 87_400 }), token_type: 'Bearer', expires_in: 86_400 };
    expect(read(body, { of: builtIn('tbc-tpay') }).grant?.lifetime).toBe(DAY);
  });

  test('of the partner live by their fractional claims, 10 ms shorter than expires_in', () => {
    const body = {
      access_token: jwt({ iat: 1_700_000_000.5, exp: 1_700_003_600.49 }),
      token_type: 'Bearer',
      expires_in: 3600,
    };
    expect(read(body, { of: builtIn('partner') }).grant?.lifetime).toBeCloseTo(3_599_990, 1);
  });

  test('of bog-ipay state expires_in as an epoch in milliseconds', () => {
    const body = { ...good, expires_in: WALL + 1_800_000, app_id: 1 };
    expect(read(body, { of: builtIn('bog-ipay') }).grant?.lifetime).toBe(1_800_000);
  });
});

describe('the shortest lifetime wins:', () => {
  const unit = fc.constantFrom('seconds', 'milliseconds', 'epoch-seconds', 'epoch-milliseconds');
  const anything = fc.oneof(
    fc.integer({ min: -10, max: 100_000 }),
    fc.double(),
    fc.double({ min: 0, max: 1e13, noNaN: true }),
    fc.integer({ min: WALL - DAY, max: WALL + 2 * DAY }),
    fc.integer({ min: (WALL - DAY) / 1000, max: (WALL + 2 * DAY) / 1000 }),
    fc.string(),
    fc.integer({ min: 0, max: 1e9 }).map(String),
    fc.jsonValue(),
    fc.constant(undefined),
  );
  const claim = fc.option(fc.oneof(fc.integer({ min: 0, max: 1e6 }), fc.double(), fc.jsonValue()), {
    nil: undefined,
  });
  const shapes = fc.record(
    {
      expiresIn: unit,
      defaultLifetime: fc.integer({ min: 1, max: 2 * DAY }),
      maxLifetime: fc.integer({ min: 1, max: 2 * DAY }),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<TokenResponseShape>;

  test('the lifetime of every answer is positive and within the cap', () => {
    fc.assert(
      fc.property(shapes, anything, claim, claim, claim, (shape, stated, iat, nbf, exp) => {
        const lifetime = lifetimeBy(shape, stated, jwt({ iat, nbf, exp }), sharp(WALL));
        expect(lifetime).toBeGreaterThan(0);
        expect(lifetime).toBeLessThanOrEqual(shape.maxLifetime ?? DAY);
      }),
      replayable('FUZZ', 1_000),
    );
  });

  test('a credible duration in seconds and the one in the token are never exceeded', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 3e8, noNaN: true }),
        fc.integer({ min: 1, max: 3e8 }),
        fc.integer({ min: 0, max: 2e9 }),
        fc.boolean(),
        (seconds, claimed, start, asString) => {
          const stated = asString ? seconds.toFixed(6) : seconds;
          if (Number(stated) === 0) return;
          const token = jwt({ iat: start, exp: start + claimed });
          const expected = Math.min(Number(stated) * 1000, claimed * 1000, DAY);
          expect(lifetimeBy({}, stated, token, sharp(WALL))).toBeCloseTo(expected, 3);
        },
      ),
      replayable('FUZZ', 500),
    );
  });

  test('an instant in the future is never exceeded, in whatever unit', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('seconds' as const, 'milliseconds' as const, 'epoch-milliseconds' as const),
        fc.integer({ min: 1, max: 10 * DAY }),
        (expiresIn, ahead) => {
          const lifetime = lifetimeBy({ expiresIn }, WALL + ahead, 'opaque', sharp(WALL));
          expect(lifetime).toBe(Math.min(ahead, DAY));
        },
      ),
      replayable('FUZZ'),
    );
  });

  test('more statements never lengthen a lifetime', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }), (seconds, claimed) => {
        const both = lifetimeBy({}, seconds, jwt({ nbf: 0, exp: claimed }), sharp(WALL));
        expect(both).toBeLessThanOrEqual(lifetimeBy({}, seconds, 'opaque', sharp(WALL)));
        expect(both).toBeLessThanOrEqual(
          lifetimeBy({}, undefined, jwt({ nbf: 0, exp: claimed }), sharp(WALL)),
        );
      }),
      replayable('FUZZ'),
    );
  });
});

describe('token_type', () => {
  test.each(['Bearer', 'bearer', 'BEARER', 'BearerToken', 'bearertoken'])('%s is accepted', (token_type) => {
    expect(read({ ...good, token_type }).grant).toBeDefined();
  });

  test.each([undefined, null, '', 'mac', 'DPoP', 'N_A', 'Bearer ', 'Bearer x', 'Token', 1, ['Bearer'], {}])(
    '%j is refused',
    (token_type) => {
      expect(read({ ...good, token_type }).failure).toEqual({
        kind: 'invalid',
        reason: 'HTTP 200, but its type is not Bearer',
        status: 200,
      });
    },
  );

  test('more names may be declared by the definition', () => {
    const of = bank({ tokenTypes: ['Access'] });
    expect(read({ ...good, token_type: 'access' }, { of }).grant).toBeDefined();
    expect(read({ ...good, token_type: 'bearer' }, { of }).grant).toBeDefined();
    expect(read({ ...good, token_type: 'mac' }, { of }).failure?.kind).toBe('invalid');
  });
});

describe('access_token', () => {
  test.each([
    ['missing', undefined],
    ['null', null],
    ['empty', ''],
    ['a number', 12345],
    ['true', true],
    ['an object', { value: 'secret' }],
    ['an array', ['secret']],
    ['with a space in it', 'secret token'],
    ['with a space at its end', 'secret '],
    ['with CR and LF', 'secret\r\nX-Evil: 1'],
    ['with a tab', 'secret\ttoken'],
    ['with NUL', 'secret\u0000'],
    ['with DEL', 'secret\u007f'],
    ['not of ASCII', 'secrét'],
    ['of wide characters', 'ｓｅｃｒｅｔ'],
  ])('is refused if it is %s, and is not shown', (_name, access_token) => {
    const { failure } = read({ ...good, access_token });
    expect(failure).toMatchObject({ kind: 'invalid', status: 200 });
    expect(failure?.reason).toMatch(
      /^HTTP 200, but (it contains no access token|the access token does not consist of visible ASCII characters)$/,
    );
  });

  test('may have many characters, all of them visible', () => {
    const value = `${'x'.repeat(16_000)}!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~`;
    expect(read({ ...good, access_token: value }).grant?.value).toBe(value);
  });

  test('is visible ASCII whenever it is accepted', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: codePoint }), fc.string()), (access_token) => {
        const { grant } = read({ ...good, access_token });
        expect(grant !== undefined).toBe(/^[!-~]+$/.test(access_token));
      }),
      replayable('FUZZ', 500),
    );
  });
});

describe('a body without a token', () => {
  const notAnObject = {
    kind: 'invalid',
    reason: 'HTTP 200, but the body is not a JSON object in UTF-8',
    status: 200,
  };

  test.each([
    ['empty', ''],
    ['HTML', '<html><body>Welcome</body></html>'],
    ['truncated JSON', '{"access_token":"secret","token_ty'],
    ['an array', [good]],
    ['a string', '"secret"'],
    ['a number', '7'],
    ['null', 'null'],
    ['JSON and more', `${JSON.stringify(good)}x`],
    ['a form', 'access_token=secret&token_type=Bearer'],
    [
      'invalid UTF-8',
      Buffer.concat([
        Buffer.from('{"access_token":"secret","token_type":"Bearer","x":"'),
        Buffer.from([0xff, 0xfe]),
        Buffer.from('"}'),
      ]),
    ],
    ['UTF-16', Buffer.from(JSON.stringify(good), 'utf16le')],
    ['deeply nested', '['.repeat(30_000)],
  ])('is refused if it is %s', (_name, body) => {
    expect(read(body)).toEqual({ failure: notAnObject });
  });

  test('is refused if it holds an error, even with a token and status 200', () => {
    expect(read({ ...good, error: 'invalid_request' }).failure).toEqual({
      kind: 'invalid',
      reason: 'HTTP 200 invalid_request',
      status: 200,
    });
    expect(read({ error: 'invalid_client' }).failure).toMatchObject({ kind: 'rejected' });
    expect(read({ ...good, error: { code: 7 } }).failure).toEqual({
      kind: 'invalid',
      reason: 'HTTP 200',
      status: 200,
    });
    expect(read({ ...good, error: true }).failure?.kind).toBe('invalid');
  });

  test('cannot smuggle a token in through __proto__ or constructor', () => {
    const body =
      '{"__proto__":{"access_token":"secret","token_type":"Bearer"},"constructor":{"prototype":{"polluted":1}}}';
    expect(read(body).failure?.reason).toBe('HTTP 200, but it contains no access token');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(({} as Record<string, unknown>).access_token).toBeUndefined();
    expect(read('{"__proto__":{"error":"x"},"access_token":"t","token_type":"Bearer"}').grant?.value).toBe(
      't',
    );
  });

  test('of any shape leads to a grant or a known failure, never to an exception', () => {
    const definitions = [bank(), ...builtInBanks.values()];
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record(
          {
            access_token: fc.jsonValue(),
            token_type: fc.oneof(fc.constant('Bearer'), fc.jsonValue()),
            expires_in: fc.jsonValue(),
            scope: fc.jsonValue(),
            error: fc.jsonValue(),
            ErrorCode: fc.jsonValue(),
            fault: fc.jsonValue(),
          },
          { requiredKeys: [] },
        )
        .map((value) => Buffer.from(JSON.stringify(value))),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...definitions),
        fc.integer({ min: 100, max: 599 }),
        body,
        (of, status, raw) => {
          const { grant, failure } = readTokenResponse(
            of,
            { status, body: raw, retryAfter: undefined },
            WALL,
          );
          if (grant !== undefined) {
            expect(Math.floor(status / 100)).toBe(2);
            expect(grant.value).toMatch(/^[!-~]+$/);
            expect(grant.lifetime).toBeGreaterThan(0);
            expect(grant.lifetime).toBeLessThanOrEqual(of.tokenResponse?.maxLifetime ?? DAY);
          } else {
            expect(['rejected', 'unavailable', 'invalid']).toContain(failure?.kind);
            expect(failure?.reason).toMatch(
              /^HTTP \d{3}( (invalid_client|unauthorized_client|invalid_scope|invalid_grant|invalid_request|unsupported_grant_type|access_denied|server_error|temporarily_unavailable))?(, a redirect, which is never followed|, but [A-Za-z0-9 -]+)?$/,
            );
          }
        },
      ),
      replayable('FUZZ', 2_000),
    );
  });
});

describe('the classification of an answer', () => {
  test.each([500, 501, 502, 503, 504, 599, 408, 425, 429])(
    '%d is unavailable, whatever the body says',
    (status) => {
      expect(read({ error: 'invalid_client' }, { status })).toEqual({
        failure: { kind: 'unavailable', reason: `HTTP ${status}`, status },
      });
    },
  );

  test.each([400, 402, 403, 404, 405, 406, 409, 410, 415, 422, 451])(
    '%d without a body is invalid',
    (status) => {
      expect(read('<html>', { status }).failure).toEqual({
        kind: 'invalid',
        reason: `HTTP ${status}`,
        status,
      });
    },
  );

  test.each([300, 301, 302, 303, 304, 307, 308])('%d is invalid: a redirect is never followed', (status) => {
    expect(read(good, { status }).failure).toEqual({
      kind: 'invalid',
      reason: `HTTP ${status}, a redirect, which is never followed`,
      status,
    });
  });

  test('401 is a rejection, whatever the body says', () => {
    for (const body of ['', '<html>', {}, good, { error: 'something_else' }]) {
      expect(read(body, { status: 401 }).failure).toEqual({
        kind: 'rejected',
        reason: 'HTTP 401',
        status: 401,
      });
    }
  });

  test.each(['invalid_client', 'unauthorized_client', 'invalid_scope', 'invalid_grant'])(
    '%s is a rejection with any 4xx status',
    (error) => {
      for (const status of [200, 400, 401, 403, 422]) {
        expect(read({ error }, { status }).failure).toEqual({
          kind: 'rejected',
          reason: `HTTP ${status} ${error}`,
          status,
        });
      }
    },
  );

  test.each(['invalid_request', 'unsupported_grant_type', 'access_denied'])(
    '%s is shown but is no rejection',
    (error) => {
      expect(read({ error }, { status: 400 }).failure).toEqual({
        kind: 'invalid',
        reason: `HTTP 400 ${error}`,
        status: 400,
      });
    },
  );

  test('no other words of the bank are shown', () => {
    for (const error of [
      'secret',
      'invalid_client secret',
      'INVALID_CLIENT',
      ' invalid_client',
      'constructor',
    ]) {
      const { failure } = read({ error, error_description: 'secret', message: 'secret' }, { status: 400 });
      expect(failure).toEqual({ kind: 'invalid', reason: 'HTTP 400', status: 400 });
    }
  });

  const kinds = (id: BankId, answers: readonly [number, unknown, string][]) => {
    for (const [status, body, kind] of answers) {
      expect([status, body, read(body, { of: builtIn(id), status }).failure?.kind]).toEqual([
        status,
        body,
        kind,
      ]);
    }
  };

  test('BOG speaks Keycloak: 401 with invalid_client or unauthorized_client means wrong credentials', () => {
    for (const id of ['bog-payments', 'bog-business', 'bog-installments', 'bog-ipay'] as const) {
      kinds(id, [
        [
          401,
          { error: 'invalid_client', error_description: 'Invalid client or Invalid client credentials' },
          'rejected',
        ],
        [401, { error: 'unauthorized_client', error_description: 'INVALID_CREDENTIALS' }, 'rejected'],
        [400, { error: 'invalid_client' }, 'rejected'],
        [
          400,
          { error: 'invalid_request', error_description: 'Missing form parameter: grant_type' },
          'invalid',
        ],
        [400, {}, 'invalid'],
        [404, { error: 'Realm does not exist' }, 'invalid'],
        [503, '', 'unavailable'],
      ]);
    }
  });

  test('the 400 of tpay means wrong credentials, whatever its body says', () => {
    for (const id of ['tbc-tpay', 'tbc-checkout'] as const) {
      kinds(id, [
        [
          400,
          {
            type: 'https://developers.tbcbank.ge/docs/error-type-400',
            status: '400',
            systemCode: 'System code for problem is tpay-access-token.400.001',
          },
          'rejected',
        ],
        [400, '<html>', 'rejected'],
        [
          401,
          { fault: { faultstring: 'Invalid ApiKey', detail: { errorcode: 'oauth.v2.InvalidApiKey' } } },
          'rejected',
        ],
        [404, { status: '400' }, 'invalid'],
        [429, { status: '400' }, 'unavailable'],
        [500, { status: '400' }, 'unavailable'],
      ]);
    }
  });

  test('TBC speaks Apigee: its own words for unknown credentials mean wrong credentials', () => {
    for (const id of ['tbc-business', 'tbc-installments'] as const) {
      kinds(id, [
        [400, { ErrorCode: 'invalid_client', Error: 'Client identifier is required' }, 'rejected'],
        [400, { ErrorCode: 'invalid_request', Error: 'Required param : grant_type' }, 'invalid'],
        [400, { ErrorCode: 'invalid_scope' }, 'rejected'],
        [
          400,
          { fault: { faultstring: 'x', detail: { errorcode: 'steps.oauth.v2.InvalidClientIdentifier' } } },
          'rejected',
        ],
        [403, { fault: { detail: { errorcode: 'oauth.v2.InvalidApiKey' } } }, 'rejected'],
        [
          400,
          { fault: { detail: { errorcode: 'keymanagement.service.invalid_client-invalid_client_id' } } },
          'rejected',
        ],
        [
          404,
          { fault: { detail: { errorcode: 'messaging.adaptors.http.flow.ApplicationNotFound' } } },
          'invalid',
        ],
        [400, { fault: 'x' }, 'invalid'],
        [400, { fault: { detail: null } }, 'invalid'],
        [200, { ErrorCode: 'invalid_request', Error: 'x' }, 'invalid'],
        [429, { fault: { detail: { errorcode: 'policies.ratelimit.QuotaViolation' } } }, 'unavailable'],
        [401, { type: 'about:blank', status: '401' }, 'rejected'],
      ]);
    }
    expect(
      read(
        { fault: { detail: { errorcode: 'oauth.v2.InvalidApiKey' } } },
        { of: builtIn('tbc-business'), status: 400 },
      ).failure?.reason,
    ).toBe('HTTP 400');
    expect(
      read({ ErrorCode: 'invalid_client', Error: 'secret' }, { of: builtIn('tbc-business'), status: 400 })
        .failure?.reason,
    ).toBe('HTTP 400 invalid_client');
  });

  test('an error in the form of Apigee is an error beside a token, too', () => {
    for (const body of [
      { ...good, ErrorCode: 'invalid_request' },
      { ...good, fault: { detail: { errorcode: 'x' } } },
    ]) {
      expect(read(body, { of: builtIn('tbc-business') }).failure).toMatchObject({
        kind: 'invalid',
        status: 200,
      });
    }
  });

  test('the partner speaks Passport: invalid_client as 401, or as 400 in older versions', () => {
    kinds('partner', [
      [
        401,
        {
          error: 'invalid_client',
          error_description: 'Client authentication failed',
          message: 'Client authentication failed',
        },
        'rejected',
      ],
      [400, { error: 'invalid_client', message: 'Client authentication failed' }, 'rejected'],
      [
        400,
        { error: 'unsupported_grant_type', hint: 'Check that all required parameters have been provided' },
        'invalid',
      ],
      [422, { message: 'The given data was invalid.' }, 'invalid'],
    ]);
  });
});

describe('Retry-After', () => {
  test.each([
    ['0', 0],
    ['7', 7_000],
    [' 7 ', 7_000],
    ['120', 120_000],
    ['999999999999999', 999_999_999_999_999_000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Thursday, 01-Jan-26 00:00:30 GMT', 30_000],
    ['1000000000000000000', 1e21],
    ['9'.repeat(400), Number.MAX_VALUE],
    ['1.5', 2_000],
    ['120.01', 121_000],
    ['0.0', 0],
    ['Wed, 31 Dec 2025 23:59:59 GMT', 0],
    ['Sat, 01 Jan 2033 00:00:00 GMT', Date.UTC(2033, 0, 1) - WALL],
  ])('%j asks for %d ms', (value, expected) => {
    expect(parseRetryAfter(value, WALL)).toBe(expected);
  });

  test.each([
    undefined,
    '',
    ' ',
    '-5',
    '+5',
    '1.',
    '.5',
    '1.5.5',
    '-1.5',
    '1,5',
    '1e3',
    '0x10',
    'NaN',
    'Infinity',
    'soon',
    'null',
    '5 minutes',
    '2026-01-01',
    'Thu, 99 Jan 2026 00:00:30 GMT',
    'maintenance until 2050',
  ])('%j is ignored', (value) => {
    expect(parseRetryAfter(value, WALL)).toBeUndefined();
  });

  test('is never negative', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.date().map(String)), (value) => {
        const asked = parseRetryAfter(value, WALL);
        if (asked !== undefined) {
          expect(asked).toBeGreaterThanOrEqual(0);
          expect(Number.isFinite(asked)).toBe(true);
        }
      }),
      replayable('FUZZ', 500),
    );
  });

  test('is read from every answer without a token', () => {
    const asked = (body: unknown, status: number, retryAfter: string) =>
      read(body, { status, retryAfter }).failure;
    expect(asked('', 503, '7')).toMatchObject({ kind: 'unavailable', retryAfterMs: 7_000 });
    expect(asked('', 429, '0')).toMatchObject({ kind: 'unavailable', retryAfterMs: 0 });
    expect(asked('', 401, '7')).toMatchObject({ kind: 'rejected', retryAfterMs: 7_000 });
    expect(asked({ error: 'invalid_client' }, 400, '7')).toMatchObject({ retryAfterMs: 7_000 });
    expect(asked({ message: 'slow' }, 403, '120')).toMatchObject({ kind: 'invalid', retryAfterMs: 120_000 });
    expect(asked('', 302, '7')).toMatchObject({ kind: 'invalid', retryAfterMs: 7_000 });
    expect(asked({}, 200, '7')).toMatchObject({ kind: 'invalid', retryAfterMs: 7_000 });
    expect(asked({ error: 'x' }, 200, '7')).toMatchObject({ kind: 'invalid', retryAfterMs: 7_000 });
    expect(asked('', 503, 'soon')).not.toHaveProperty('retryAfterMs');
  });
});

describe('the Date header of an answer', () => {
  const HOUR = 3_600_000;
  const at = (ms: number) => new Date(ms).toUTCString();
  /** How far the bank's clock is from ours. */
  const skews = [-26 * HOUR, -HOUR, -60_000, -1_000, 0, 60_000, HOUR, 26 * HOUR, 400 * 24 * HOUR];

  test.each(skews)('corrects a Retry-After date for a clock that is %d ms off', (skew) => {
    const { failure } = read('', { status: 503, retryAfter: at(WALL + skew + 4_000), date: at(WALL + skew) });
    expect(failure).toMatchObject({ retryAfterMs: 4_000 });
  });

  test.each(skews)('corrects an expires_in instant for a clock that is %d ms off', (skew) => {
    const seconds = (WALL + skew) / 1000 + 600;
    for (const expires_in of [seconds, seconds * 1000, String(seconds)]) {
      const { grant } = read({ ...good, expires_in }, { date: at(WALL + skew) });
      // The header has no fraction, and another clock does not know it.
      expect(grant?.lifetime).toBe(skew === 0 ? 600_000 : 599_000);
    }
  });

  test('makes a token unusable that may have been expired when the bank sent it', () => {
    const { grant } = read({ ...good, expires_in: WALL + HOUR + 500 }, { date: at(WALL + HOUR) });
    expect(grant?.lifetime).toBe(1);
  });

  test('does not change durations', () => {
    expect(read(good, { date: at(WALL + HOUR) }).grant?.lifetime).toBe(3_600_000);
    expect(read('', { status: 503, retryAfter: '7', date: at(WALL + HOUR) }).failure).toMatchObject({
      retryAfterMs: 7_000,
    });
  });

  test.each([
    undefined,
    '',
    'soon',
    String(WALL),
    new Date(WALL + HOUR).toISOString(),
    `${at(WALL + HOUR)}, ${at(WALL + HOUR)}`,
    `${at(WALL + HOUR)}${' '.repeat(100)}x`,
    `Mon${'y'.repeat(10_000)}`,
    'Thu, 99 Jan 2026 00:00:30 GMT',
    at(0),
    'Fri, 31 Dec 9999 23:59:59 GMT',
  ])('is replaced by our clock where it says %j', (date) => {
    const retryAfter = at(WALL + 4_000);
    expect(read('', { status: 503, retryAfter, date }).failure).toMatchObject({ retryAfterMs: 4_000 });
    expect(read({ ...good, expires_in: WALL + 60_000 }, { date }).grant?.lifetime).toBe(60_000);
  });

  test('has no fraction: our clock is more precise where both agree', () => {
    const sent = WALL + 700;
    const body = bytes({ ...good, expires_in: WALL + 60_000 });
    const response = { status: 200, body, retryAfter: undefined, date: at(WALL) };
    expect(readTokenResponse(bank(), response, sent).grant?.lifetime).toBe(59_300);
  });

  test('never lengthens a lifetime beyond the other statements and the caps, however wrong it is', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), fc.integer({ min: 1, max: 4e12 }), (date, stated) => {
        const body = { ...good, access_token: jwt({ iat: 0, exp: 900 }), expires_in: stated };
        const { grant } = read(body, { date: date.toUTCString() });
        expect(grant?.lifetime).toBeGreaterThan(0);
        expect(grant?.lifetime).toBeLessThanOrEqual(900_000);
        const opaque = read({ ...good, expires_in: stated }, { date: date.toUTCString() });
        expect(opaque.grant?.lifetime).toBeLessThanOrEqual(DAY);
      }),
      replayable('FUZZ'),
    );
  });
});

describe('temporarily_unavailable and server_error', () => {
  const codes = ['temporarily_unavailable', 'server_error'];
  test.each(codes)('mean with 200 or 4xx that the endpoint is unavailable: %s', (error) => {
    for (const status of [200, 299, 400, 403, 404, 409]) {
      expect(read({ error }, { status }).failure).toEqual({
        kind: 'unavailable',
        reason: `HTTP ${status} ${error}`,
        status,
      });
    }
  });

  test.each(codes)('do not excuse a 401 or a redirect: %s', (error) => {
    expect(read({ error }, { status: 401 }).failure?.kind).toBe('rejected');
    expect(read({ error }, { status: 302 }).failure?.kind).toBe('invalid');
  });

  test('are read where the definition places the code', () => {
    const of = bank({ errorCode: ({ code }) => (typeof code === 'string' ? code : undefined) });
    expect(read({ code: 'temporarily_unavailable' }, { of, status: 400 }).failure?.kind).toBe('unavailable');
    expect(read({ ...good, code: 'server_error' }, { of }).failure?.kind).toBe('unavailable');
  });

  test('do not overrule a definition that reads the answer as wrong credentials', () => {
    const of = bank({ rejectsCredentials: () => true });
    expect(read({ error: 'server_error' }, { of, status: 400 }).failure?.kind).toBe('rejected');
  });
});
