import fc from 'fast-check';
import type { ExpiresInUnit } from '../../src/banks/index.js';
import { WALL } from './banks-under-fuzz.js';

/** A member as it stands in JSON; undefined where it does not stand there. */
export type JsonText = string | undefined;

/** What a member or a claim says, with what it means: milliseconds of life, or nothing. */
export interface Statement {
  readonly json: JsonText;
  readonly means: number | undefined;
}

const DAY = 86_400_000;
/** From here on a life is absurd. */
export const TEN_YEARS = 3_650 * DAY;

/** How long a token really lives, in milliseconds; less than one is none at all. */
const lives = fc
  .oneof(
    fc.constantFrom(2, 999, 1_000, 300_000, 3_600_000, 7_775_999, DAY - 1, DAY, DAY + 1, 90 * DAY),
    fc.constantFrom(0.5, 0, -1, -3_600_000, TEN_YEARS - 2, TEN_YEARS, TEN_YEARS + 2, 2 * TEN_YEARS - 1),
    fc.integer({ min: 2, max: 2 * DAY }),
    fc.integer({ min: -TEN_YEARS, max: 2 * TEN_YEARS - 1 }),
  )
  // At the very edges rounding decides.
  .filter((life) => life !== 1 && Math.abs(life - TEN_YEARS) !== 1);

/** What a statement of such a life means. */
export function meaning(life: number): number | undefined {
  return life >= 1 && life < TEN_YEARS ? life : undefined;
}

/** What nobody can take for a time. */
const silent = fc.constantFrom<JsonText>(
  undefined,
  'null',
  'true',
  'false',
  '{}',
  '[]',
  '[3600]',
  '{"value":3600}',
  '0',
  '-0',
  '-1',
  '-3600',
  '1e400',
  '-1e400',
  '1e300',
  '""',
  '" "',
  '"soon"',
  '"NaN"',
  '"Infinity"',
  '"0x10"',
  '"1e3"',
  '"3600s"',
  '"3,600"',
  '"-5"',
  '"+5"',
  '".5"',
  '"5."',
  '"1 000"',
  `"${'9'.repeat(21)}"`,
  '"٣٦٠٠"',
);

/** A number as itself or as a text. */
function rendered(number: number, how: 'number' | 'text' | 'padded text'): string {
  const digits = /^\d+(\.\d+)?$/.test(String(number)) ? String(number) : number.toFixed(3);
  if (how === 'number') return String(number);
  return how === 'text' ? JSON.stringify(digits) : JSON.stringify(`  ${digits} `);
}

const how = fc.constantFrom('number' as const, 'number' as const, 'text' as const, 'padded text' as const);

/** `expires_in` of a bank that states it in this unit. */
export function expiresIn(unit: ExpiresInUnit): fc.Arbitrary<Statement> {
  return fc.oneof(
    { weight: 1, arbitrary: silent.map((json) => ({ json, means: undefined })) },
    {
      weight: 5,
      arbitrary: fc
        .tuple(lives, how, fc.constantFrom('its unit' as const, 'seconds' as const, 'milliseconds' as const))
        .map(([life, how, epoch]) => stated(unit, life, how, epoch)),
    },
  );
}

function stated(
  unit: ExpiresInUnit,
  life: number,
  how: 'number' | 'text' | 'padded text',
  as: 'its unit' | 'seconds' | 'milliseconds',
): Statement {
  const means = meaning(life);
  // A negative number has no form in the texts that count.
  const form = life < 0 ? 'number' : how;
  if (as === 'its unit' && unit === 'seconds') return { json: rendered(life / 1000, form), means };
  if (as === 'its unit' && unit === 'milliseconds') return { json: rendered(life, form), means };
  // The instant at which it ends, which no unit of durations can be mistaken for.
  if (unit === 'epoch-seconds' || (unit === 'seconds' && as === 'seconds'))
    return { json: rendered((WALL + life) / 1000, how), means };
  return { json: rendered(WALL + life, how), means };
}

const opaqueCharacters = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 40,
});

/** Three parts with dots would be a JWT. */
const opaque = opaqueCharacters.map((value) => ({ token: value.replaceAll('.', '_'), means: undefined }));

const segment = (text: string) => Buffer.from(text).toString('base64url');
const header = segment('{"alg":"RS256","typ":"JWT"}');

const claimSilent = fc.constantFrom('"1767225600"', 'null', 'true', '{}', '[]', '"x"', undefined);

/** A JWT whose claims say how long it lives, or nothing. */
const talkingJwt = fc
  .record({
    starts: fc.oneof(
      fc.constantFrom(0, 1_767_225_600, 1_634_719_923),
      fc.integer({ min: 0, max: 4_000_000_000 }),
      fc.integer({ min: 0, max: 4_000_000_000 }).map((n) => n + 0.5),
    ),
    life: lives,
    startsIn: fc.constantFrom('iat' as const, 'nbf' as const, 'both' as const, 'iat, but no number' as const),
    other: fc.integer({ min: 0, max: 4_000_000_000 }),
    proto: fc.boolean(),
  })
  .map(({ starts, life, startsIn, other, proto }) => {
    const exp = starts + life / 1000;
    const start = {
      iat: `"iat":${starts}`,
      nbf: `"nbf":${starts}`,
      both: `"nbf":${other},"iat":${starts}`,
      'iat, but no number': `"iat":"${other}","nbf":${starts}`,
    }[startsIn];
    const polluted = proto ? `,"__proto__":{"iat":0,"exp":9}` : '';
    const claims = `{${start},"exp":${exp}${polluted}}`;
    return { claims, means: meaning(life) };
  });

const mutteringJwt = fc.oneof(
  fc.constantFrom(
    '[]',
    'null',
    '"x"',
    '7',
    '',
    '{',
    '{"exp":1}',
    '{"iat":1}',
    '\u0000',
    '{"iat":1e308,"exp":-1e308}',
  ),
  fc
    .tuple(claimSilent, claimSilent, claimSilent)
    .map((values) =>
      ['iat', 'nbf', 'exp']
        .flatMap((name, index) => (values[index] === undefined ? [] : [`"${name}":${values[index]}`]))
        .join(','),
    )
    .map((members) => `{${members}}`),
);

/** An access token that may stand in a header, with what it says of itself. */
export const goodToken: fc.Arbitrary<{ readonly token: string; readonly means: number | undefined }> =
  fc.oneof(
    opaque,
    { weight: 2, arbitrary: talkingJwt.map(({ claims, means }) => ({ token: jwtOf(claims), means })) },
    mutteringJwt.map((claims) => ({ token: jwtOf(claims), means: undefined })),
    // Two and four parts are no JWT, whatever stands in them.
    talkingJwt.map(({ claims }) => ({ token: `${header}.${segment(claims)}`, means: undefined })),
    talkingJwt.map(({ claims }) => ({ token: `${jwtOf(claims)}.more`, means: undefined })),
  );

function jwtOf(claims: string): string {
  return `${header}.${segment(claims)}.signature`;
}
