/** Header names in lower case; undefined for a name that is invalid in HTTP. */
const names = new Map<string, string | undefined>();
const MOST_NAMES = 1_000;
const A_NAME = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;
/** A value that axios sends unchanged: without control characters, and without spaces at its ends. */
const A_VALUE = /^(?:[!-~](?:[\t -~]*[!-~])?)?$/;

/** @returns undefined if the name is invalid in HTTP */
export function lowerCased(name: string): string | undefined {
  if (names.has(name)) return names.get(name);
  const lower = A_NAME.test(name) ? name.toLowerCase() : undefined;
  // An application may generate any number of names.
  if (names.size < MOST_NAMES) names.set(name, lower);
  return lower;
}

/** Whether axios sends this value of a header unchanged. */
export function isSentAsItIs(value: unknown): value is string {
  return typeof value === 'string' && A_VALUE.test(value);
}
