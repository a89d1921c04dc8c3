import { types } from 'node:util';

/** ISO 8601: a day, or a time with its offset from UTC. Without an offset, it would depend on the host's time zone. */
const ISO =
  /^(\d{4}-\d{2}-\d{2})(?:T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d))?$/;
const AN_OFFSET = /([+-]\d\d)(\d\d)$/;

/** The last moment in the usual notation of ISO 8601. */
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59);

/** Milliseconds since the Unix epoch; undefined unless it is a moment from 1970 to 9999. A day begins in UTC. */
export function momentIn(given: unknown): number | undefined {
  // The Date may be of another realm, as in tests.
  const moment = types.isDate(given) ? Date.prototype.getTime.call(given) : parsed(given);
  return moment >= 0 && moment <= LAST ? moment : undefined;
}

function parsed(given: unknown): number {
  const day = typeof given === 'string' ? ISO.exec(given)?.[1] : undefined;
  if (day === undefined) return Number.NaN;
  const begins = Date.parse(day);
  // 30 February would be in March.
  if (Number.isNaN(begins) || !new Date(begins).toISOString().startsWith(day)) return Number.NaN;
  return Date.parse((given as string).replace(AN_OFFSET, '$1:$2'));
}
