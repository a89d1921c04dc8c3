import { types } from 'node:util';
import { tokenFailure } from '../token-failure.js';
import { DEFINITION_PROMISED } from '../token-failure.messages.js';

// Checks on the values that functions of a definition return: they may be anything.

type Texts = Readonly<Record<string, string>>;

/**
 * The value that a function returned.
 * @throws a `TokenFailure` if it is a promise: nobody waits for it, and the checks would take it for an empty object
 */
export function madeAtOnce<T>(made: T): T {
  if (!types.isPromise(made)) return made;
  // Its rejection, unhandled, would end the process.
  made.catch(() => undefined);
  throw unusable(DEFINITION_PROMISED);
}

/** Whether it is an object with members only: the entries of a `Map` or `Headers` would be lost silently. */
export function hasMembersOnly(made: unknown): made is object {
  return typeof made === 'object' && made !== null && !(Symbol.iterator in made);
}

/** @throws a `TokenFailure` with this reason if it is no object of strings */
export function madeTexts(made: unknown, reason: string): Texts {
  madeAtOnce(made);
  if (!hasMembersOnly(made) || !Object.values(made).every((text) => typeof text === 'string'))
    throw unusable(reason);
  return made as Texts;
}

/** RFC 9110 §5.6.2. */
const A_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
/** Other characters would be lost on the way, or would begin another header. */
const VISIBLE = /^[\x20-\x7e]*$/;
/** These headers steer HTTP itself: they would choose the server, or say where the request ends. */
const STEERING =
  /^(?:connection|content-encoding|content-length|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

/** @throws a `TokenFailure` with this reason if it is no object of headers that can be sent as they are */
export function madeHeaders(made: unknown, reason: string): Texts {
  const headers = madeTexts(made, reason);
  for (const [name, value] of Object.entries(headers)) {
    if (!A_NAME.test(name) || STEERING.test(name) || !VISIBLE.test(value)) throw unusable(reason);
  }
  return headers;
}

function unusable(reason: string) {
  return tokenFailure({ kind: 'invalid', reason, trouble: 'definition' });
}
