import { describe, expect, test } from '@jest/globals';
import { parseRetryAfter } from '../../../../src/token/endpoint/bank-time.js';

const NOW = Date.UTC(2026, 0, 1);

describe('a date in Retry-After', () => {
  test.each([
    ['of today', 'Thu, 01 Jan 2026 00:01:00 GMT'],
    ['of RFC 850', 'Thursday, 01-Jan-26 00:01:00 GMT'],
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
