import { originOf, type UndoneText } from './undone-text.js';

/**
 * A sequence of bytes and how it repeats itself (Knuth, Morris and Pratt). Whatever the bank sends, and whatever it has
 * chosen as the token, a search looks at no byte twice; `String.indexOf` takes seconds for a megabyte of `aaaa…` and a
 * token of `aaa…b…aaa`.
 */
export interface BytePattern {
  readonly bytes: Uint8Array;
  /** Each of its bytes once. */
  readonly alphabet: readonly number[];
  /** For each length that has matched: the longest shorter one that has matched then, too. */
  readonly borders: Uint32Array;
}

export function bytePattern(bytes: Uint8Array): BytePattern {
  const borders = new Uint32Array(bytes.length);
  const isIn = new Uint8Array(256);
  for (let at = 0; at < bytes.length; at++) isIn[bytes[at] as number] = 1;
  for (let at = 1, matched = 0; at < bytes.length; at++) {
    while (matched > 0 && bytes[matched] !== bytes[at]) matched = borders[matched - 1] as number;
    if (bytes[matched] === bytes[at]) matched += 1;
    borders[at] = matched;
  }
  return { bytes, alphabet: [...isIn.keys()].filter((byte) => isIn[byte] === 1), borders };
}

/** Whether a text has all the bytes of a pattern, in any order. This is quick, and says of most texts that it is not in them. */
export function mayHold(text: Uint8Array, { alphabet }: BytePattern): boolean {
  return alphabet.every((byte) => text.includes(byte));
}

/**
 * Finds each place of a pattern, also those that overlap.
 * @param text where to look
 * @param ends for each place in the text as it was where the pattern begins: set to where it ends, unless something longer begins there
 * @returns whether it is there
 */
export function markPattern({ bytes, borders }: BytePattern, text: UndoneText, ends: Uint32Array): boolean {
  const sought = text.bytes;
  const size = bytes.length;
  const end = sought.length;
  let isThere = false;
  let matched = 0;
  for (let at = 0; at < end; at++) {
    const byte = sought[at];
    while (matched > 0 && bytes[matched] !== byte) matched = borders[matched - 1] as number;
    if (bytes[matched] === byte) matched += 1;
    if (matched < size) continue;
    isThere = true;
    const from = originOf(text, at + 1 - size);
    const to = originOf(text, at + 1);
    if (to > (ends[from] as number)) ends[from] = to;
    matched = borders[size - 1] as number;
  }
  return isThere;
}

/** How many bytes at the end of a text are the beginning of a pattern, but not all of it. */
export function begunAtEnd({ bytes, borders }: BytePattern, text: Uint8Array): number {
  let matched = 0;
  for (let at = Math.max(0, text.length - bytes.length + 1); at < text.length; at++) {
    const byte = text[at];
    while (matched > 0 && bytes[matched] !== byte) matched = borders[matched - 1] as number;
    if (bytes[matched] === byte) matched += 1;
  }
  return matched;
}
