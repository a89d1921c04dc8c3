/** A name, in lower case; of one that HTTP does not know as a name, nothing. */
const names = new Map<string, string | undefined>();
const MOST_NAMES = 1_000;
const A_NAME = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;
/** Sent by axios as it is: no control characters, no spaces at its ends. */
const A_VALUE = /^(?:[!-~](?:[\t -~]*[!-~])?)?$/;

/** @returns undefined where HTTP knows no such name */
export function lowerCased(name: string): string | undefined {
  if (names.has(name)) return names.get(name);
  const lower = A_NAME.test(name) ? name.toLowerCase() : undefined;
  // Code may make up names without end.
  if (names.size < MOST_NAMES) names.set(name, lower);
  return lower;
}

/** Whether axios sends this value of a header as it is. */
export function isSentAsItIs(value: unknown): value is string {
  return typeof value === 'string' && A_VALUE.test(value);
}
