import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRetryAfter } from '../../src/token/endpoint/bank-time.js';
import { codePoint } from '../support/code-point.js';
import { replayable } from '../support/replay.js';
import { WALL } from './banks-under-fuzz.js';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

const two = (number: number) => String(number).padStart(2, '0');

/** The three forms of RFC 9110 §5.6.7 that a recipient has to understand. */
const forms: Readonly<Record<string, (date: Date) => string>> = {
  'IMF-fixdate': (date) =>
    `${day(date).slice(0, 3)}, ${two(date.getUTCDate())} ${month(date)} ${date.getUTCFullYear()} ${time(date)} GMT`,
  'RFC 850': (date) =>
    `${day(date)}, ${two(date.getUTCDate())}-${month(date)}-${two(date.getUTCFullYear() % 100)} ${time(date)} GMT`,
  asctime: (date) =>
    `${day(date).slice(0, 3)} ${month(date)} ${String(date.getUTCDate()).padStart(2)} ${time(date)} ${date.getUTCFullYear()}`,
};

function day(date: Date): string {
  return DAYS[date.getUTCDay()] as string;
}

function month(date: Date): string {
  return MONTHS[date.getUTCMonth()] as string;
}

function time(date: Date): string {
  return [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
}

const blanks = fc.constantFrom('', ' ', '\t');

/** Seconds from now, within the years whose two digits mean one century only. */
const seconds = fc.oneof(
  fc.integer({ min: -3_600, max: 3_600 }),
  fc.integer({ min: -20 * 31_536_000, max: 20 * 31_536_000 }),
);

test('a Retry-After in any form of the standard is read as the time left until then', () => {
  const dates = fc.tuple(seconds, fc.constantFrom(...Object.values(forms))).map(([from, form]) => ({
    text: form(new Date(WALL + from * 1000)),
    means: Math.max(0, from * 1000),
  }));
  const delays = fc
    .oneof(fc.nat(1_000_000), fc.integer({ min: 0, max: 999_999_999_999_999 }))
    .chain((delay) =>
      fc.constantFrom('', '0', '00').map((zeros) => ({ text: `${zeros}${delay}`, means: delay * 1000 })),
    )
    .filter(({ text }) => text.length <= 15);
  fc.assert(
    fc.property(fc.oneof(dates, delays), blanks, blanks, ({ text, means }, before, after) => {
      expect(parseRetryAfter(`${before}${text}${after}`, WALL)).toBe(means);
    }),
    replayable('FUZZ', 2_500),
  );
});

test('a Retry-After of any other form is ignored or a time that can be waited for', () => {
  const pieces = fc.constantFrom(
    ...Object.values(forms).map((form) => form(new Date(WALL))),
    ...DAYS,
    ...[
      'Mon, ',
      'GMT',
      '-',
      '+',
      '.',
      'e',
      '0x',
      '99',
      '1970',
      ':',
      ' ',
      '\u0000',
      'Z',
      '275760',
      'UTC+5',
      '(',
      ')',
    ],
  );
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 6 }).map((parts) => parts.join('')),
    fc.string({ unit: codePoint, maxLength: 40 }),
    fc.stringMatching(/^(Mon|Sunday|Fri),? [\w :+-]{0,30}$/),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const asked = parseRetryAfter(text, WALL);
      if (asked !== undefined && !(Number.isFinite(asked) && asked >= 0)) expect(asked).toBeUndefined();
      const couldBeATime = /^\s*(?:\d+(?:\.\d+)?|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun).*)\s*$/s.test(text);
      if (!couldBeATime) expect(asked).toBeUndefined();
    }),
    replayable('FUZZ', 3_500),
  );
});
