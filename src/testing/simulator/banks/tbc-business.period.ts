import type { Check } from '../body-shape.checks.js';

/** Georgia is four hours ahead of UTC all the year. */
const OFFSET = 4 * 3_600_000;
const ZONE = '+04:00';
const DAY = 24 * 3_600_000;

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?$/;

/** A date or a date with a time: the page shows dates in its scenarios and times in its samples. */
export const dateOrTime: Check = (value, name) =>
  typeof value === 'string' && (DATE.test(value) || DATE_TIME.test(value)) && !Number.isNaN(instantOf(value))
    ? undefined
    : `${name} must be a date such as 2026-01-31 or 2026-01-31T00:00:00`;

/** Epoch in milliseconds; a date or time without a zone is Georgian. */
export function instantOf(value: string): number {
  if (DATE.test(value)) return Date.parse(`${value}T00:00:00${ZONE}`);
  return Date.parse(/(Z|[+-]\d{2}:\d{2})$/.test(value) ? value : value + ZONE);
}

/** The end of a period: a date includes its whole day. */
export function endOf(value: string): number {
  return instantOf(value) + (DATE.test(value) ? DAY : 0);
}

/** As "TBC: API Overview" of accounts writes times. */
export function georgianTime(epoch: number): string {
  return new Date(epoch + OFFSET).toISOString().slice(0, 19) + ZONE;
}
