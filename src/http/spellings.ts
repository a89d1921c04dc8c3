import type { UndoneText } from './undone-text.js';

/** A way of writing what needs no escaping elsewhere. */
export interface Spelling {
  /** A text without any of these bytes is the same with and without escapes. */
  readonly signs: readonly number[];
  /** @param whole false if the text was cut off, so that an escape at its end may be a part of one */
  undo(text: Uint8Array, whole: boolean): UndoneText;
}

const SPACE = 0x20;
const PERCENT = 0x25;
const PLUS = 0x2b;
const BACKSLASH = 0x5c;
const SMALL_U = 0x75;
/** `\uXXXX` in bytes. */
const UNICODE_ESCAPE = 6;

/** No escape. */
const NONE = -1;
/** What may become an escape, at the end of the text. */
const INCOMPLETE = -2;

/** The value of each hexadecimal digit, −1 for all else. */
const HEX = new Int8Array(256).fill(-1);
for (const digit of '0123456789abcdefABCDEF') HEX[digit.charCodeAt(0)] = Number.parseInt(digit, 16);

/** What the second character of an escape stands for in JSON, 0 for all else (RFC 8259 §7). */
const JSON_ESCAPES = new Uint8Array(256);
for (const [sign, character] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t'])
  JSON_ESCAPES[(sign as string).charCodeAt(0)] = (character as string).charCodeAt(0);

/** A text as it stands. */
export const PLAIN: Spelling = {
  signs: [],
  undo: (text) => ({ bytes: text }),
};

/** In a string of JSON: any character may stand as `\uXXXX` (RFC 8259 §7). */
export const JSON_STRING: Spelling = {
  signs: [BACKSLASH],
  undo: (text, whole) => undo(text, whole, BACKSLASH, unescapeJson),
};

/** In a URL: any byte may stand as `%XX` (RFC 3986 §2.1). */
export const PERCENT_ENCODED: Spelling = {
  signs: [PERCENT],
  undo: (text, whole) => undo(text, whole, PERCENT, unescapePercent),
};

/** In a form, where a plus is a space besides. */
export const FORM_ENCODED: Spelling = {
  signs: [PERCENT, PLUS],
  undo: (text, whole) => undo(spaced(text), whole, PERCENT, unescapePercent),
};

function spaced(text: Uint8Array): Uint8Array {
  const copy = new Uint8Array(text);
  for (let at = 0; at < copy.length; at++) if (copy[at] === PLUS) copy[at] = SPACE;
  return copy;
}

/** Writes what an escape stands for. @returns how many bytes the escape has, else `NONE` or `INCOMPLETE` */
type Unescape = (text: Uint8Array, at: number, out: Output) => number;

/** What is there without the escapes; never more than with them. */
interface Output {
  readonly bytes: Uint8Array;
  length: number;
}

/** Undoes the escapes that begin with a sign; all else stands as it is. */
function undo(text: Uint8Array, whole: boolean, sign: number, read: Unescape): UndoneText {
  const out: Output = { bytes: new Uint8Array(text.length), length: 0 };
  const { bytes } = out;
  const origins = new Uint32Array(text.length + 1);
  let at = 0;
  while (at < text.length) {
    const byte = text[at] as number;
    const before = out.length;
    const used = byte === sign ? read(text, at, out) : NONE;
    // The rest of it has been cut off.
    if (used === INCOMPLETE && !whole) break;
    if (used < 0) bytes[out.length++] = byte;
    for (let index = before; index < out.length; index++) origins[index] = at;
    at += used < 0 ? 1 : used;
  }
  origins[out.length] = at;
  return { bytes: bytes.subarray(0, out.length), origins };
}

function unescapePercent(text: Uint8Array, at: number, out: Output): number {
  const byte = hexadecimal(text, at + 1, 2);
  if (byte < 0) return byte;
  out.bytes[out.length++] = byte;
  return 3;
}

function unescapeJson(text: Uint8Array, at: number, out: Output): number {
  if (at + 1 >= text.length) return INCOMPLETE;
  const sign = text[at + 1] as number;
  if (sign !== SMALL_U) {
    const character = JSON_ESCAPES[sign] as number;
    if (character === 0) return NONE;
    out.bytes[out.length++] = character;
    return 2;
  }
  const unit = hexadecimal(text, at + 2, 4);
  if (unit < 0x80) {
    if (unit >= 0) out.bytes[out.length++] = unit;
    return unit < 0 ? unit : UNICODE_ESCAPE;
  }
  const other = unit >= 0xd800 && unit < 0xdc00 ? lowSurrogate(text, at + UNICODE_ESCAPE) : NONE;
  if (other === INCOMPLETE) return INCOMPLETE;
  writeCharacter(other === NONE ? unit : 0x10000 + ((unit - 0xd800) << 10) + (other - 0xdc00), out);
  return other === NONE ? UNICODE_ESCAPE : 2 * UNICODE_ESCAPE;
}

/** In UTF-8, of more than one byte. */
function writeCharacter(code: number, out: Output): void {
  const { bytes } = out;
  if (code < 0x800) {
    bytes[out.length++] = 0xc0 | (code >> 6);
  } else {
    if (code < 0x10000) {
      bytes[out.length++] = 0xe0 | (code >> 12);
    } else {
      bytes[out.length++] = 0xf0 | (code >> 18);
      bytes[out.length++] = 0x80 | ((code >> 12) & 0x3f);
    }
    bytes[out.length++] = 0x80 | ((code >> 6) & 0x3f);
  }
  bytes[out.length++] = 0x80 | (code & 0x3f);
}

/** The second half of a character beyond the first 65 536, which JSON writes as two escapes. */
function lowSurrogate(text: Uint8Array, at: number): number {
  if (at >= text.length) return INCOMPLETE;
  if (text[at] !== BACKSLASH) return NONE;
  if (at + 1 >= text.length) return INCOMPLETE;
  if (text[at + 1] !== SMALL_U) return NONE;
  const unit = hexadecimal(text, at + 2, 4);
  return unit >= 0 && (unit < 0xdc00 || unit > 0xdfff) ? NONE : unit;
}

/** The number that these digits make, else `NONE` or `INCOMPLETE`. */
function hexadecimal(text: Uint8Array, from: number, digits: number): number {
  let value = 0;
  for (let at = from; at < from + digits; at++) {
    if (at >= text.length) return INCOMPLETE;
    const digit = HEX[text[at] as number] as number;
    if (digit < 0) return NONE;
    value = value * 16 + digit;
  }
  return value;
}
