import { ADVICE_ON_STORE } from '../token.messages.js';

/** In characters: a store's author chooses its words, but a log line has to stay readable. */
const MOST_ADVICE = 500;

/** The advice on a store in trouble, in its own words where it has some. */
export function adviceOn(error: unknown): string {
  const { trouble } = (error ?? {}) as { trouble?: unknown };
  const isAdvice =
    typeof trouble === 'string' &&
    trouble.length <= MOST_ADVICE &&
    /^[\x20-\x7e\u00a0-\u024f‘-”…]+$/.test(trouble);
  return isAdvice ? trouble : ADVICE_ON_STORE;
}
