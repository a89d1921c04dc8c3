import { originOf, type UndoneText } from './undone-text.js';

/**
 * A sequence of bytes with its borders (Knuth, Morris and Pratt). A search takes linear time for every answer and every
 * token that a bank can choose; `String.indexOf` takes seconds for a megabyte of `aaaa…` and a token of `aaa…b…aaa`.
 */
export interface BytePattern {
  readonly bytes: Buffer;
  /** Each of its bytes once, the lowest first. */
  readonly alphabet: readonly number[];
  /** For each matched length: the next shorter length that matches too. */
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

/** Records the places of patterns. */
export interface Marks {
  /** Whether enough places were found. */
  readonly isFull: boolean;
  add(from: number, to: number): void;
}

/** The most bytes that `mayHold` looks for: more would cost as much as the search itself. */
const MOST_ASKED = 8;

/**
 * Whether a string has some of the bytes of a pattern, in any order. This is quick, and rules the pattern out for most
 * strings. It looks for the lowest bytes: signs, digits and capitals, which are rarer than small letters.
 */
export function mayHold(text: Buffer, { alphabet }: BytePattern): boolean {
  for (let at = 0; at < alphabet.length && at < MOST_ASKED; at++)
    if (!text.includes(alphabet[at] as number)) return false;
  return true;
}

/**
 * Finds each place of a pattern, overlapping places included.
 * @param text the decoded string to search
 * @param marks gets each place, as offsets in the original string
 * @param start the offset of the first byte to search
 * @returns the number of bytes at the end of the string that are an incomplete beginning of the pattern
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
