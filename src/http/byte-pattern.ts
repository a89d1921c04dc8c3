import { originOf, type UndoneText } from './undone-text.js';

/**
 * A sequence of bytes and how it repeats itself (Knuth, Morris and Pratt). Whatever the bank sends, and whatever it has
 * chosen as the token, a search looks at no byte twice; `String.indexOf` takes seconds for a megabyte of `aaaa…` and a
 * token of `aaa…b…aaa`.
 */
export interface BytePattern {
  readonly bytes: Buffer;
  /** Each of its bytes once, the lowest first. */
  readonly alphabet: readonly number[];
  /** For each length that has matched: the longest shorter one that has matched then, too. */
  readonly borders: Uint32Array;
}

export function bytePattern(bytes: Buffer): BytePattern {
  const borders = new Uint32Array(bytes.length);
  for (let at = 1, matched = 0; at < bytes.length; at++) {
    while (matched > 0 && bytes[matched] !== bytes[at]) matched = borders[matched - 1] as number;
    if (bytes[matched] === bytes[at]) matched += 1;
    borders[at] = matched;
  }
  return { bytes, alphabet: [...new Set(bytes)].sort((one, other) => one - other), borders };
}

/** Takes down where patterns are. */
export interface Marks {
  /** Whether enough were found. */
  readonly isFull: boolean;
  add(from: number, to: number): void;
}

/** The bytes of a pattern that are asked for before the pattern is: more would cost as much as the search itself. */
const MOST_ASKED = 8;

/**
 * Whether a string has some of the bytes of a pattern, in any order. This is quick, and rules the pattern out for most
 * strings. The lowest bytes are asked for: signs, digits and capitals, which are rarer than small letters.
 */
export function mayHold(text: Buffer, { alphabet }: BytePattern): boolean {
  for (let at = 0; at < alphabet.length && at < MOST_ASKED; at++)
    if (!text.includes(alphabet[at] as number)) return false;
  return true;
}

/**
 * Finds each place of a pattern, also those that overlap.
 * @param text where to look
 * @param marks are told of each place, in the text as it came
 * @param start the first byte that is looked at
 * @returns how many bytes at the end of the text are the beginning of the pattern, but not all of it
 */
export function markPattern(
  { bytes, borders }: BytePattern,
  text: UndoneText,
  marks: Marks,
  start = 0,
): number {
  const sought = text.bytes;
  const size = bytes.length;
  const end = sought.length;
  const first = bytes[0];
  let matched = 0;
  for (let at = start; at < end; at++) {
    const byte = sought[at];
    while (matched > 0 && bytes[matched] !== byte) matched = borders[matched - 1] as number;
    if (matched === 0) {
      if (byte === first) matched = 1;
      continue;
    }
    matched += 1;
    if (matched < size) continue;
    marks.add(originOf(text, at + 1 - size), originOf(text, at + 1));
    if (marks.isFull) return 0;
    matched = borders[size - 1] as number;
  }
  return matched;
}
