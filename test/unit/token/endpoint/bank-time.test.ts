import { describe, expect, test } from '@jest/globals';
import { aheadOf, parseDate, parseRetryAfter } from '../../../../src/token/endpoint/bank-time.js';

const NOW = Date.UTC(2026, 0, 1);

describe('a date in Retry-After', () => {
  test.each([
    ['of today', 'Thu, 01 Jan 2026 00:01:00 GMT'],
    ['of RFC 850', 'Thursday, 01-Jan-26 00:01:00 GMT'],
    ['with white space around it', ' Thu, 01 Jan 2026 00:01:00 GMT '],
    ['of asctime, which names no zone and means GMT', 'Thu Jan  1 00:01:00 2026'],
  ])('is read in each form of RFC 9110: %s', (_form, date) => {
    expect(parseRetryAfter(date, NOW)).toBe(60_000);
  });

  test.each([
    'on Thu, 01 Jan 2026 00:01:00 GMT',
    'x Thu Jan  1 00:01:00 2026',
    'Someday, 01 Jan 2026 00:01:00 GMT',
  ])('is ignored unless it begins with a day: %s', (text) => {
    expect(parseRetryAfter(text, NOW)).toBeUndefined();
  });
});

describe('a date in an answer', () => {
  test('is ignored beyond 64 characters, though it could be read', () => {
    const long = `Thu, 01 Jan 2026 00:01:00 (${'x'.repeat(40)}) GMT`;
    expect(Date.parse(long)).toBe(NOW + 60_000);
    expect([parseRetryAfter(long, NOW), parseDate(long)]).toEqual([undefined, undefined]);
  });

  test('is ignored in a body where it names no zone', () => {
    expect(parseDate('Thu, 01 Jan 2026 00:01:00 GMT')).toBe(NOW + 60_000);
    expect(parseDate('Thu Jan  1 00:01:00 2026')).toBeUndefined();
  });
});

describe("the bank's clock", () => {
  test.each([
    ['may be right in the second of the request', 'Thu, 01 Jan 2026 00:00:00 GMT', 0],
    ['may be right in the second of the answer', 'Thu, 01 Jan 2026 00:00:01 GMT', 0],
    ['is ahead of the answer', 'Thu, 01 Jan 2026 00:01:00 GMT', 58_500],
    ['is behind the request', 'Wed, 31 Dec 2025 23:59:00 GMT', -59_500],
    ['is not known by a date that is none', 'yesterday', undefined],
    ['is not known without a date', undefined, undefined],
  ])('%s', (_what, date, ahead) => {
    expect(aheadOf(date, NOW + 500, NOW + 1_500)).toBe(ahead);
  });
});
