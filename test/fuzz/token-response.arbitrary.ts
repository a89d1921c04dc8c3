import fc from 'fast-check';
import type { BankDefinition } from '../../src/banks/index.js';
import { banks, shapeOf, WALL } from './banks-under-fuzz.js';
import { PLANTED } from './planted.js';
import { expiresIn, goodToken, type JsonText } from './statements.arbitrary.js';

/** An answer of a token endpoint, as its client hands it on. */
export interface Answer {
  readonly bank: BankDefinition;
  readonly status: number;
  readonly body: Uint8Array;
  readonly retryAfter: string | undefined;
  readonly date?: string | undefined;
  /** What the bank's clock said, in milliseconds since the Unix epoch; ours, unless it says so. */
  readonly madeAt?: number;
}

/** A well-formed answer, of which it is known what is to be made of it. */
export interface KnownAnswer extends Answer {
  /** The grant that it holds; undefined if it holds none. */
  readonly grant: { readonly value: string; readonly lifetime: number } | undefined;
}

const aBank = fc.constantFrom(...banks);

const badTokens = fc.constantFrom<JsonText>(
  undefined,
  '""',
  'null',
  '7',
  'true',
  '["token"]',
  `{"value":"${PLANTED}"}`,
  `"${PLANTED} with blanks"`,
  `"${PLANTED}\\r\\nx-evil: 1"`,
  `"${PLANTED}\\u0000"`,
  `"${PLANTED}\\u007f"`,
  `"${PLANTED}\\u00e9"`,
  `"${PLANTED}\\ud83d\\ude00"`,
  `"\\t${PLANTED}"`,
);

const goodTypes = ['Bearer', 'bearer', 'BEARER', 'BearerToken', 'bearertoken'];
const badTypes = fc.constantFrom<JsonText>(
  undefined,
  'null',
  '1',
  '""',
  '["Bearer"]',
  '"Bearer "',
  `"${PLANTED}"`,
  '"MAC"',
  '"Basic"',
  '"DPoP"',
  '"\u212aearer"',
);
/** Of these, those that are no type at all, which a bank may send that need not name one. */
const LACKS: ReadonlySet<JsonText> = new Set<JsonText>([undefined, 'null', '""']);
const scopes = fc.constantFrom<JsonText>(
  undefined,
  'null',
  '""',
  '"a b"',
  '7',
  '["a"]',
  '["a","b c"]',
  '[7]',
  `"${PLANTED} b"`,
  `"${PLANTED}\\u001b[31m"`,
  '"a\\u202eb"',
  '"a\\"b"',
);
/** Members that say that nothing is wrong. */
const noErrors = fc.constantFrom<JsonText>(undefined, undefined, undefined, 'null', 'false', '0', '""');
const errors = fc.constantFrom<JsonText>(
  '"invalid_client"',
  `"${PLANTED}"`,
  '{}',
  'true',
  '[1]',
  '"invalid_scope"',
  '"server_error"',
  '"temporarily_unavailable"',
);

const okStatus = fc.oneof(fc.constant(200), fc.integer({ min: 200, max: 299 }));

/** Members that mean nothing, also where a careless reader would take them for others. */
const noise = fc.array(
  fc.constantFrom<readonly [string, string]>(
    ['refresh_expires_in', '0'],
    ['not-before-policy', '0'],
    ['issued_at', `"${PLANTED}"`],
    ['__proto__', `{"access_token":"${PLANTED}","expires_in":9,"error":"x","token_type":"Bearer"}`],
    ['constructor', `{"prototype":{"error":"${PLANTED}"}}`],
    ['toString', '1'],
    ['hasOwnProperty', `"${PLANTED}"`],
    ['nested', `{"error":"${PLANTED}","access_token":"${PLANTED}"}`],
    ['\u0000', '[[[[[[]]]]]]'],
    ['expires_At', '1'],
    ['EXPIRES_IN', '1'],
  ),
  { maxLength: 3 },
);

/** Answers of which everything is known, good and bad. */
export const knownAnswers: fc.Arbitrary<KnownAnswer> = aBank.chain((bank) => {
  const shape = shapeOf(bank);
  const types = fc
    .constantFrom(...goodTypes, ...shape.tokenTypes)
    .map((type): JsonText => JSON.stringify(type));
  return fc
    .record({
      status: okStatus,
      token: fc.oneof(
        {
          weight: 9,
          arbitrary: goodToken.map((good) => ({ ...good, json: JSON.stringify(good.token) as JsonText })),
        },
        { weight: 1, arbitrary: badTokens.map((json) => ({ json, token: undefined, means: undefined })) },
      ),
      type: fc.oneof(
        { weight: 12, arbitrary: types.map((json) => ({ json, good: true })) },
        {
          weight: 1,
          arbitrary: badTypes.map((json) => ({ json, good: shape.mayLackType && LACKS.has(json) })),
        },
      ),
      life: expiresIn(shape.unit),
      scope: scopes,
      error: fc.oneof(
        { weight: 12, arbitrary: noErrors.map((json) => ({ json, good: true })) },
        { weight: 1, arbitrary: errors.map((json) => ({ json, good: false })) },
      ),
      noise,
      /** The same names once more, before those that count: the last of two is the one. */
      before: fc.boolean(),
      mark: fc.boolean(),
    })
    .map(({ status, token, type, life, scope, error, noise, before, mark }) => {
      const members: (readonly [string, JsonText])[] = [
        ...(before
          ? ([
              [shape.expiresIn, life.json && '1'],
              [shape.accessToken, token.json && '""'],
            ] as const)
          : []),
        ...noise,
        [shape.accessToken, token.json],
        [shape.tokenType, type.json],
        [shape.expiresIn, life.json],
        [shape.scope, scope],
        ['error', error.json],
      ];
      const text = members
        .flatMap(([name, json]) => (json === undefined ? [] : [`${JSON.stringify(name)}:${json}`]))
        .join(',');
      const statements = [life.means, token.means].filter((means) => means !== undefined);
      const said = statements.length === 0 ? shape.defaultLifetime : Math.min(...statements);
      const granted = token.token !== undefined && type.good && error.good;
      return {
        bank,
        status,
        body: Buffer.from(`${mark ? '\ufeff' : ''}{${text}}`),
        retryAfter: undefined,
        grant: granted ? { value: token.token, lifetime: Math.min(said, shape.maxLifetime) } : undefined,
      };
    });
});

/** What a line of noise, a careless proxy or an attacker makes of bytes. */
type Damage = (bytes: Buffer) => Buffer;

const somewhere = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const fragments = fc.constantFrom(
  '"error":"invalid_client",',
  '"expires_in":99999999999999999999,',
  '"expires_in":1e999,',
  '"expires_in":-1,',
  '"__proto__":{"expires_in":1},',
  '{',
  '}',
  '[',
  '"',
  '\\',
  ',',
  ':',
  'null',
  '0',
  '\u0000',
  '\ud800',
  `"${PLANTED}":`,
  '[[[['.repeat(50),
  '{"a":'.repeat(50),
);

const damage: fc.Arbitrary<Damage> = fc.oneof(
  // A bit flips.
  fc.tuple(somewhere, fc.nat(7)).map(([at, bit]) => (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    const index = Math.floor(at * copy.length);
    if (index < copy.length) copy[index] = (copy[index] as number) ^ (1 << bit);
    return copy;
  }),
  // The end is missing.
  somewhere.map((at) => (bytes: Buffer) => bytes.subarray(0, Math.floor(at * bytes.length))),
  // Something is put in.
  fc
    .tuple(
      somewhere,
      fc.oneof(
        fragments.map((text) => Buffer.from(text)),
        fc.uint8Array({ maxLength: 8 }),
      ),
    )
    .map(([at, inserted]) => (bytes: Buffer) => {
      const index = Math.floor(at * bytes.length);
      return Buffer.concat([bytes.subarray(0, index), inserted, bytes.subarray(index)]);
    }),
  // A member more, of any bytes.
  fc
    .tuple(fc.constantFrom('note', 'scope', 'expires_in', 'error'), fc.uint8Array({ maxLength: 4 }))
    .map(([name, value]) => (bytes: Buffer) => {
      const index = bytes.indexOf('{') + 1;
      const member = [Buffer.from(`"${name}":"`), value, Buffer.from('",')];
      return Buffer.concat([bytes.subarray(0, index), ...member, bytes.subarray(index)]);
    }),
  // A part comes twice, or not at all.
  fc.tuple(somewhere, somewhere, fc.boolean()).map(([from, length, twice]) => (bytes: Buffer) => {
    const start = Math.floor(from * bytes.length);
    const end = Math.min(bytes.length, start + Math.floor(length * 40));
    const part = twice ? [bytes.subarray(start, end), bytes.subarray(start, end)] : [];
    return Buffer.concat([bytes.subarray(0, start), ...part, bytes.subarray(end)]);
  }),
  // A number becomes another value.
  fc
    .constantFrom(
      '1e308',
      '-1',
      '0',
      'null',
      'true',
      '[]',
      '{}',
      '"x"',
      '9'.repeat(30),
      '0.1',
      '1767225601000',
    )
    .map(
      (value) => (bytes: Buffer) =>
        Buffer.from(bytes.toString('latin1').replace(/(?<=:)\d+/, value), 'latin1'),
    ),
  // A member is renamed.
  fc
    .constantFrom('access_token', 'token_type', 'expires_in', 'error', '__proto__')
    .map(
      (name) => (bytes: Buffer) =>
        Buffer.from(bytes.toString('latin1').replace(/"(?:\w+)":/, `"${name}":`), 'latin1'),
    ),
);

const anyStatus = fc.oneof(
  { weight: 5, arbitrary: fc.constant(200) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(201, 204, 301, 302, 400, 401, 403, 404, 408, 425, 429, 500, 502, 503, 599),
  },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 999 }) },
);

export const retryAfters: fc.Arbitrary<string | undefined> = fc.oneof(
  fc.constant(undefined),
  fc.integer({ min: 0, max: 10_000_000 }).map(String),
  fc
    .integer({ min: -1_000_000, max: 100_000_000 })
    .map((seconds) => new Date(WALL + seconds * 1000).toUTCString()),
  fc.constantFrom(
    '',
    ' ',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    'soon',
    `${PLANTED}`,
    '9'.repeat(400),
    'Mon',
    'Monday, ',
    'Sun \u0000',
  ),
  fc.string({ maxLength: 30 }),
);

/** The bank's clock may be off by what it likes; and what is no date is no clock. */
const clocks: fc.Arbitrary<Pick<Answer, 'date' | 'madeAt'>> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  {
    weight: 3,
    arbitrary: fc.integer({ min: -100_000_000, max: 100_000_000 }).map((seconds) => {
      const madeAt = WALL + seconds * 1000;
      return { date: new Date(madeAt).toUTCString(), madeAt };
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(
        '',
        '7',
        `${PLANTED}`,
        'Mon',
        new Date(0).toUTCString(),
        '2026-01-01',
        `Mon ${'1'.repeat(5_000)}`,
      )
      .map((date) => ({ date })),
  },
);

/** Error bodies as the banks write them, with something of each in any. */
const errorBodies = fc
  .record(
    {
      error: fc.constantFrom<unknown>(
        'invalid_client',
        'unauthorized_client',
        'invalid_scope',
        'temporarily_unavailable',
        'server_error',
        PLANTED,
        7,
        null,
        {},
      ),
      error_description: fc.constant(PLANTED),
      ErrorCode: fc.constantFrom<unknown>('invalid_request', 'invalid_client', PLANTED, 7, [], null),
      fault: fc.constantFrom<unknown>(
        null,
        PLANTED,
        [],
        { detail: null },
        { detail: { errorcode: 'oauth.v2.InvalidApiKey' } },
        { detail: { errorcode: 'keymanagement.service.invalid_client-invalid_client_id' } },
        { detail: { errorcode: { toString: PLANTED } } },
        { faultstring: PLANTED, detail: { errorcode: PLANTED } },
      ),
      type: fc.constant(PLANTED),
      status: fc.constantFrom<unknown>('400', 200, null, [401], PLANTED),
      systemCode: fc.constant(PLANTED),
      detail: fc.constant(PLANTED),
      code: fc.constantFrom<unknown>('001', 1, null, PLANTED),
      message: fc.constantFrom<unknown>(PLANTED, null, { message: PLANTED }),
    },
    { requiredKeys: [] },
  )
  .map((body) => Buffer.from(JSON.stringify(body)));

const damaged = (body: fc.Arbitrary<Uint8Array>) =>
  fc
    .tuple(body, fc.array(damage, { maxLength: 2 }))
    .map(([body, damages]) => damages.reduce<Buffer>((bytes, damage) => damage(bytes), Buffer.from(body)));

/** Bytes from nowhere. */
const noiseBytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text)),
  fc
    .constantFrom('[', '{"a":')
    .chain((open) => fc.integer({ min: 1, max: 3_000 }).map((depth) => Buffer.from(open.repeat(depth)))),
);

/** Answers of any kind, from nearly good to noise. */
export const anyAnswers: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 6, arbitrary: withBody(damaged(knownAnswers.map(({ body }) => body))) },
  { weight: 2, arbitrary: withBody(damaged(errorBodies)) },
  { weight: 1, arbitrary: withBody(noiseBytes) },
);

function withBody(body: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Answer> {
  return fc
    .record({ bank: aBank, status: anyStatus, body, retryAfter: retryAfters, clock: clocks })
    .map(({ clock, ...answer }) => ({ ...answer, ...clock }));
}
