/** In characters. A store's own words are its author's, but a line of a log is a line. */
const MOST_ADVICE = 500;

/** What a store says about its trouble, in its own words where it has some. */
export function adviceOn(error: unknown): string {
  const { trouble } = (error ?? {}) as { trouble?: unknown };
  const isAdvice =
    typeof trouble === 'string' &&
    trouble.length <= MOST_ADVICE &&
    /^[\x20-\x7e\u00a0-\u024f‘-”…]+$/.test(trouble);
  return isAdvice ? trouble : 'Look after it.';
}

/** The same on a store that has not answered in time. */
export const ADVICE_ON_SILENCE =
  'It is busy or frozen, or the network loses what is sent. Wait; if it goes on, look at its load and at the way to it.';
