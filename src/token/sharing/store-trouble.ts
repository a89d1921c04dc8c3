import { ADVICE_ON_STORE } from '../token.messages.js';

/** In characters. A store's own words are its author's, but a line of a log is a line. */
const MOST_ADVICE = 500;

/** What a store says about its trouble, in its own words where it has some. */
export function adviceOn(error: unknown): string {
  const { trouble } = (error ?? {}) as { trouble?: unknown };
  const isAdvice =
    typeof trouble === 'string' &&
    trouble.length <= MOST_ADVICE &&
    /^[\x20-\x7e\u00a0-\u024f‘-”…]+$/.test(trouble);
  return isAdvice ? trouble : ADVICE_ON_STORE;
}
