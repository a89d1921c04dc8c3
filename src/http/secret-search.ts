import { type BytePattern, bytePattern, type Marks, markPattern, mayHold } from './byte-pattern.js';
import { FORM_ENCODED, JSON_STRING, PERCENT_ENCODED, PLAIN, type Spelling, Undoing } from './spellings.js';
import { originOf } from './undone-text.js';

/** The replacement of a secret. */
export const REDACTED = '[redacted]';

/** A shorter secret, in characters, occurs in any string by chance: masking it would reveal more than leaving it. */
const SHORTEST = 4;
/** Separates strings that are searched together. No secret contains it, since it could not be sent. */
const SEPARATOR = '\0';
/** A string with more secrets than this was made to cost time, and is masked as a whole. */
const MOST_HITS = 1_024;
/** The most characters of an answer's strings without its body. HTTP headers are smaller by Node's default limit. */
const MOST_CHARACTERS = 65_536;

const MASK = Buffer.from(REDACTED);
/** The most by which masking lengthens a string: secrets have at least `SHORTEST` bytes, overlapping ones one mask. */
const MOST_GROWTH = MASK.length / SHORTEST;

/**
 * Finds secrets in a bank's answer: verbatim, in a JSON string, percent-encoded and form-encoded. Each byte is read a
 * fixed number of times, for every answer and every token that the bank can choose.
 */
export class SecretSearch {
  // Private, because the patterns contain secrets.
  readonly #patterns: readonly BytePattern[];
  readonly #spellings: readonly Spelling[];
  /** Whether a secret has bytes that differ from one encoding to another. */
  readonly #beyondAscii: boolean;

  constructor(secrets: readonly string[]) {
    const sought = [...new Set(secrets)].filter((secret) => secret.length >= SHORTEST);
    this.#patterns = sought.map((secret) => bytePattern(Buffer.from(secret)));
    this.#beyondAscii = sought.some((secret) => !isAscii(secret));
    const inForms = sought.some((secret) => secret.includes(' '));
    this.#spellings = [PLAIN, JSON_STRING, PERCENT_ENCODED, ...(inForms ? [FORM_ENCODED] : [])];
  }

  /**
   * The places of the secrets; undefined if there is nothing to mask.
   * @param whole false if the string was cut off: the beginning of a secret at its end is removed too
   */
  find(text: Buffer, whole = true): Findings | undefined {
    const found = new Findings(text);
    const undoing = new Undoing(text, whole);
    for (const spelling of this.#spellings) {
      if (spelling.signs.length > 0 && !spelling.signs.some((sign) => text.includes(sign))) continue;
      const undone = spelling.undo(undoing);
      const { length } = undone.bytes;
      for (const pattern of this.#patterns) {
        const mayBegin = Math.max(0, length - pattern.bytes.length + 1);
        const from = mayHold(undone.bytes, pattern) ? 0 : whole ? length : mayBegin;
        const begun = markPattern(pattern, undone, found, from);
        if (found.isFull) return found;
        if (!whole) found.end = Math.min(found.end, originOf(undone, length - begun));
      }
    }
    return found.isHit || found.end < text.length ? found : undefined;
  }

  /** Strings without the secrets; strings beyond `MOST_CHARACTERS` are masked without a search. */
  strings(values: readonly string[]): string[] {
    let left = MOST_CHARACTERS;
    const seen = values.map((value) => {
      left -= value.length;
      return left < 0 ? REDACTED : value;
    });
    const clean = this.#inEncoding(seen, 'utf8');
    // Node.js decodes the bytes of headers as Latin-1 (RFC 9110 §5.5).
    const mayDiffer = this.#beyondAscii && clean.some((value) => !isAscii(value) && isLatin1(value));
    return mayDiffer ? this.#inEncoding(clean, 'latin1') : clean;
  }

  #inEncoding(values: string[], encoding: 'utf8' | 'latin1'): string[] {
    const found = this.find(Buffer.from(values.join(SEPARATOR), encoding));
    if (found === undefined) return values;
    let end = -1;
    return values.map((value) => {
      const from = end + 1;
      end = from + Buffer.byteLength(value, encoding);
      return found.isWithin(from, end) ? found.masked(from, end).toString(encoding) : value;
    });
  }
}

/** The places of secrets in a string. */
export class Findings implements Marks {
  readonly #text: Buffer;
  /** For each byte where a secret begins: the end of the longest one, else 0. Made with the first secret. */
  #ends: Uint32Array | undefined;
  #hits = 0;
  /** The end of the part of the string that may be shown. */
  end: number;

  constructor(text: Buffer) {
    this.#text = text;
    this.end = text.length;
  }

  /** Whether there is a secret. */
  get isHit(): boolean {
    return this.#ends !== undefined;
  }

  /** Whether there are too many secrets to show the rest of the string. */
  get isFull(): boolean {
    return this.#hits > MOST_HITS;
  }

  add(from: number, to: number): void {
    this.#hits += 1;
    this.#ends ??= new Uint32Array(this.#text.length);
    if (to > (this.#ends[from] as number)) this.#ends[from] = to;
  }

  isWithin(from: number, to: number): boolean {
    if (this.isFull) return true;
    const ends = this.#ends;
    if (ends !== undefined) for (let at = from; at < to; at++) if (ends[at] !== 0) return true;
    return false;
  }

  /** A part of the string, or all of it, without the secrets. Overlapping secrets are masked as one. */
  masked(from = 0, to = this.end): Buffer {
    const text = this.#text;
    const ends = this.#ends;
    if (this.isFull) return Buffer.from(MASK);
    if (ends === undefined) return Buffer.from(text.subarray(from, to));
    const clean = Buffer.allocUnsafe((to - from) * MOST_GROWTH + MASK.length);
    const size = MASK.length;
    let written = 0;
    for (let at = from; at < to; ) {
      let until = ends[at] as number;
      if (until === 0) {
        // Byte by byte: there may be a secret every few bytes, and each call of `copy` has a cost.
        clean[written++] = text[at++] as number;
        continue;
      }
      for (at += 1; at < until && at < to; at++) if ((ends[at] as number) > until) until = ends[at] as number;
      for (let index = 0; index < size; index++) clean[written++] = MASK[index] as number;
    }
    return Buffer.from(clean.subarray(0, written));
  }
}

function isAscii(value: string): boolean {
  return Buffer.byteLength(value) === value.length;
}

function isLatin1(value: string): boolean {
  return Buffer.from(value, 'latin1').toString('latin1') === value;
}
