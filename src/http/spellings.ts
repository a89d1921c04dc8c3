import type { UndoneText } from './undone-text.js';

/** A notation with escapes. */
export interface Spelling {
  /** The bytes that begin escapes: a string without them is the same when its escapes are undone. */
  readonly signs: readonly number[];
  /** Undoes the escapes. The result is valid until the next spelling of the same string is undone. */
  undo(undoing: Undoing): UndoneText;
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
/** A possible beginning of an escape at the end of the string. */
const INCOMPLETE = -2;

/** The value of each hexadecimal digit, −1 for every other byte. */
const HEX = new Int8Array(256).fill(-1);
for (const digit of '0123456789abcdefABCDEF') HEX[digit.charCodeAt(0)] = Number.parseInt(digit, 16);

/** The character of a JSON escape by the escape's second byte, 0 for every other byte (RFC 8259 §7). */
const JSON_ESCAPES = new Uint8Array(256);
for (const [sign, character] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t'])
  JSON_ESCAPES[(sign as string).charCodeAt(0)] = (character as string).charCodeAt(0);

/** A string without escapes. */
export const PLAIN: Spelling = {
  signs: [],
  undo: ({ text }) => ({ bytes: text }),
};

/** A JSON string, in which any character may be written as `\uXXXX` (RFC 8259 §7). */
export const JSON_STRING: Spelling = {
  signs: [BACKSLASH],
  undo: (undoing) => undoing.json(),
};

/** A URL, in which any byte may be written as `%XX` (RFC 3986 §2.1). */
export const PERCENT_ENCODED: Spelling = {
  signs: [PERCENT],
  undo: (undoing) => undoing.percent(PLUS),
};

/** A form, in which a plus also stands for a space. */
export const FORM_ENCODED: Spelling = {
  signs: [PERCENT, PLUS],
  undo: (undoing) => undoing.percent(SPACE),
};

/**
 * One string whose escapes are undone in one notation after another, in the same memory. The loops use only local
 * variables: they run over each byte of a bank's answer, also before V8 has compiled them.
 */
export class Undoing {
  #bytes = Buffer.alloc(0);
  #origins = new Uint32Array(0);

  /** @param whole false if the string was cut off, so an escape at its end may be incomplete */
  constructor(
    readonly text: Buffer,
    private readonly whole: boolean,
  ) {}

  /** @param plus the byte that replaces a plus */
  percent(plus: number): UndoneText {
    const { text, bytes, origins } = this.#memory();
    const size = text.length;
    let length = 0;
    let at = 0;
    while (at < size) {
      const byte = text[at] as number;
      origins[length] = at;
      at += 1;
      if (byte !== PERCENT) {
        bytes[length++] = byte === PLUS ? plus : byte;
        continue;
      }
      const value = hexadecimal(text, at, 2);
      if (value === INCOMPLETE && !this.whole) return this.#undone(length, at - 1);
      bytes[length++] = value < 0 ? byte : value;
      if (value >= 0) at += 2;
    }
    return this.#undone(length, at);
  }

  json(): UndoneText {
    const { text, bytes, origins } = this.#memory();
    const size = text.length;
    let length = 0;
    let at = 0;
    while (at < size) {
      const byte = text[at] as number;
      origins[length] = at;
      if (byte !== BACKSLASH) {
        bytes[length++] = byte;
        at += 1;
        continue;
      }
      const code = codeOf(text, at);
      if (code === INCOMPLETE && !this.whole) break;
      const from = at;
      at += code < 0 ? 1 : text[at + 1] !== SMALL_U ? 2 : code > 0xffff ? 2 * UNICODE_ESCAPE : UNICODE_ESCAPE;
      if (code < 0x80) {
        bytes[length++] = code < 0 ? byte : code;
        continue;
      }
      const end = writeCharacter(code, bytes, length);
      while (length < end) origins[length++] = from;
    }
    return this.#undone(length, at);
  }

  /** Memory of the string's length, which is enough: the string is never longer without escapes. */
  #memory() {
    const { text } = this;
    if (this.#origins.length === 0) {
      this.#bytes = Buffer.allocUnsafe(text.length);
      this.#origins = new Uint32Array(text.length + 1);
    }
    return { text, bytes: this.#bytes, origins: this.#origins };
  }

  #undone(length: number, end: number): UndoneText {
    this.#origins[length] = end;
    return { bytes: this.#bytes.subarray(0, length), origins: this.#origins };
  }
}

/** The character of the escape at a backslash, else `NONE` or `INCOMPLETE`. */
function codeOf(text: Buffer, at: number): number {
  if (at + 1 >= text.length) return INCOMPLETE;
  const sign = text[at + 1] as number;
  if (sign !== SMALL_U) {
    const character = JSON_ESCAPES[sign] as number;
    return character === 0 ? NONE : character;
  }
  const unit = hexadecimal(text, at + 2, 4);
  const other = unit >= 0xd800 && unit < 0xdc00 ? lowSurrogate(text, at + UNICODE_ESCAPE) : NONE;
  if (other === INCOMPLETE) return INCOMPLETE;
  return other === NONE ? unit : 0x10000 + ((unit - 0xd800) << 10) + (other - 0xdc00);
}

/** Writes a character of more than one byte in UTF-8. @returns the offset after it */
function writeCharacter(code: number, bytes: Buffer, from: number): number {
  let at = from;
  if (code < 0x800) {
    bytes[at++] = 0xc0 | (code >> 6);
  } else {
    if (code < 0x10000) {
      bytes[at++] = 0xe0 | (code >> 12);
    } else {
      bytes[at++] = 0xf0 | (code >> 18);
      bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
    }
    bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
  }
  bytes[at++] = 0x80 | (code & 0x3f);
  return at;
}

/** The second half of a character beyond the first 65 536, which JSON writes as two escapes. */
function lowSurrogate(text: Buffer, at: number): number {
  if (at >= text.length) return INCOMPLETE;
  if (text[at] !== BACKSLASH) return NONE;
  if (at + 1 >= text.length) return INCOMPLETE;
  if (text[at + 1] !== SMALL_U) return NONE;
  const unit = hexadecimal(text, at + 2, 4);
  return unit >= 0 && (unit < 0xdc00 || unit > 0xdfff) ? NONE : unit;
}

/** The number of these digits, else `NONE` or `INCOMPLETE`. */
function hexadecimal(text: Buffer, from: number, digits: number): number {
  let value = 0;
  for (let at = from; at < from + digits; at++) {
    if (at >= text.length) return INCOMPLETE;
    const digit = HEX[text[at] as number] as number;
    if (digit < 0) return NONE;
    value = value * 16 + digit;
  }
  return value;
}
