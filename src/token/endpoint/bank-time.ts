/** Ten years: an instant further away is a mistake, not a promise. */
export const ABSURD = 3_650 * 86_400_000;

const SECOND = 1_000;
/** The longest form of a date is much shorter. */
const LONGEST_DATE = 64;

/** When the bank answered, in milliseconds since the Unix epoch, as far as that is known. */
export interface BankTime {
  readonly earliest: number;
  readonly latest: number;
}

/**
 * The bank's time when it answered: the answer's own `Date` (RFC 9110 §6.6.1), or our clock without a credible one.
 * Dates of an answer are measured by it, so that neither a wrong clock here nor a wrong clock at the bank makes
 * anything longer or shorter. The header has no fraction: waits are measured from the beginning of its second,
 * lifetimes of tokens from its end.
 * @param date the header; several of them arrive joined, which is no date
 * @param wall milliseconds since the Unix epoch at which the request was sent, by our clock
 */
export function timeAtBank(date: string | undefined, wall: number): BankTime {
  const stated = parseHttpDate(date);
  const isOurs = stated === undefined || Math.abs(stated - wall) >= ABSURD;
  // A clock that agrees with the header is the more precise of the two.
  return isOurs || (wall >= stated && wall < stated + SECOND)
    ? { earliest: wall, latest: wall }
    : { earliest: stated, latest: stated + SECOND };
}

/**
 * By how many milliseconds the bank's clock is ahead of ours, at least: 0 where both may be right, negative where it is
 * behind. Undefined where the answer has no date.
 * @param sent milliseconds since the Unix epoch, by our clock, as is `received`
 */
export function aheadOf(date: string | undefined, sent: number, received: number): number | undefined {
  const stated = parseHttpDate(date);
  if (stated === undefined) return undefined;
  if (stated > received) return stated - received;
  return Math.min(0, stated + SECOND - sent);
}

/**
 * Milliseconds that a `Retry-After` asks for (RFC 9110 §10.2.3: seconds or a date); undefined if it is neither. A
 * fraction of a second, which the RFC does not know, counts as a whole one.
 * @param now milliseconds since the Unix epoch, by the clock that made the date
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const seconds = /^\d+(?:\.\d+)?$/.exec(value?.trim() ?? '')?.[0];
  if (seconds !== undefined) return Math.min(Math.ceil(Number(seconds)) * SECOND, Number.MAX_VALUE);
  const date = parseHttpDate(value);
  return date === undefined ? undefined : Math.max(0, date - now);
}

/** RFC 3339 §5.6 and its common variants: without seconds, an offset without colon or minutes, a space for `T`. */
const AN_INSTANT =
  /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(?:[.,]\d{1,20})? ?(?:(Z|UTC|GMT)|([+-]\d\d)(?::?(\d\d))?)$/i;

/**
 * A date in an answer, RFC 3339 or HTTP, in milliseconds since the Unix epoch. Undefined without an offset from UTC:
 * the bank's local time, taken for UTC, would be hours off. A fraction of a second is dropped.
 */
export function parseDate(value: string): number | undefined {
  const text = value.trim();
  const parts = AN_INSTANT.exec(text);
  if (parts === null) return text.endsWith('GMT') ? parseHttpDate(text) : undefined;
  const [, day, minute, second = ':00', utc, hours, minutes = '00'] = parts;
  const instant = Date.parse(`${day}T${minute}${second}${utc === undefined ? `${hours}:${minutes}` : 'Z'}`);
  return Number.isNaN(instant) ? undefined : instant;
}

/** RFC 9110 §5.6.7: each form of a date begins with a day. `Date.parse` would find one in almost any string. */
function parseHttpDate(value: string | undefined): number | undefined {
  const text = value?.trim() ?? '';
  if (text.length > LONGEST_DATE || !/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text)) return undefined;
  const date = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(date) ? undefined : date;
}
