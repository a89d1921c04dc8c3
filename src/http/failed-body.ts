import { Readable } from 'node:stream';
import { types } from 'node:util';
import { brotliDecompressSync, unzipSync } from 'node:zlib';
import type { InternalAxiosRequestConfig } from 'axios';
import { type AnyStream, streamOfFirst } from './bounded-stream.js';
import { COMPRESSED, cutAfter } from './http.messages.js';
import { own } from './own-members.js';
import type { SecretSearch } from './secret-search.js';

/** The most bytes that are kept of a failed answer's body. */
export const MOST_BYTES = 262_144;
/** The note after the bytes that were kept. */
export const CUT = cutAfter(MOST_BYTES);

/** A body as it may be shown. */
export interface ShownBody {
  readonly data: unknown;
  /** The number of its bytes; undefined if it is unchanged. For a stream it is unknown until the stream is read. */
  readonly length?: number | 'unknown';
}

/** The facts of an answer that the search of its body depends on. */
export interface BodyParts {
  readonly search: SecretSearch;
  readonly config: InternalAxiosRequestConfig;
  /** Whether its headers say that the body is compressed. */
  readonly isCompressed: boolean;
  /** Redacts an error of its stream. */
  readonly shownError: (error: unknown) => unknown;
  /** Ends the request: streams between the body and the connection may not pass a cancellation on. */
  readonly letGo?: () => void;
}

/** The body of a failed answer, without the secrets that the bank repeats in it. */
export class FailedBody {
  constructor(private readonly parts: BodyParts) {}

  /** @throws errors of a body of the user's own adapter */
  async shown(data: unknown): Promise<ShownBody> {
    if (isStream(data)) return this.#stream(data);
    if (data instanceof Blob) {
      const bytes = Buffer.from(await data.slice(0, MOST_BYTES + 1).arrayBuffer());
      return this.#as((clean) => new Blob([new Uint8Array(clean)], { type: data.type }), bytes, data);
    }
    return this.shownNow(data);
  }

  /** The same for bodies that can be read synchronously; every other body is dropped. */
  shownNow(data: unknown): ShownBody {
    if (data === undefined || data === null || typeof data === 'number' || typeof data === 'boolean')
      return { data };
    if (typeof data === 'string') return this.#text(data);
    if (types.isAnyArrayBuffer(data)) {
      const bytes = Buffer.from(data, 0, Math.min(data.byteLength, MOST_BYTES + 1));
      return this.#as((clean) => new Uint8Array(clean).buffer, bytes, data);
    }
    if (ArrayBuffer.isView(data)) {
      const { buffer, byteOffset, byteLength } = data;
      const bytes = Buffer.from(buffer, byteOffset, Math.min(byteLength, MOST_BYTES + 1));
      return this.#as((clean) => clean, bytes, data);
    }
    return isPlain(data) ? this.#object(data) : { data: undefined, length: 0 };
  }

  #text(text: string): ShownBody {
    let shown = text;
    for (const encoding of encodingsOf(this.parts.config)) {
      // A character stands for at least one byte, or in base64 and hex for less than one.
      const bytes = Buffer.from(shown.slice(0, MOST_BYTES + 1), encoding);
      const clean = this.#bytes(bytes, shown.length > MOST_BYTES);
      if (clean !== bytes) shown = clean.toString(encoding);
    }
    return shown === text ? { data: text } : { data: shown, length: Buffer.byteLength(shown) };
  }

  /** Searches an object that the user's adapter has parsed already. */
  #object(data: object): ShownBody {
    const text = JSON.stringify(data);
    const { data: shown, length } = this.#text(text);
    if (length === undefined) return { data };
    const isCut = Buffer.byteLength(text) > MOST_BYTES;
    return { data: isCut ? shown : JSON.parse(shown as string), length };
  }

  #stream(data: AnyStream): ShownBody {
    const shown = streamOfFirst(data, MOST_BYTES, this.parts, async (reading) => {
      try {
        const { bytes, isCut } = await reading;
        return this.#bytes(bytes, isCut, true);
      } catch (error) {
        throw this.parts.shownError(error);
      }
    });
    return { data: shown, length: 'unknown' };
  }

  #as(make: (clean: Buffer) => unknown, bytes: Buffer, data: unknown): ShownBody {
    const clean = this.#bytes(bytes);
    return clean === bytes ? { data } : { data: make(clean), length: clean.length };
  }

  /** The unpacked bytes without secrets; if there is nothing to mask, the compressed bytes, except of a stream. */
  #compressed(bytes: Buffer, isCut: boolean, isOfStream: boolean): Buffer {
    const plain = isCut || bytes.length > MOST_BYTES ? undefined : unpacked(bytes);
    if (plain === undefined || !isText(plain)) return Buffer.from(COMPRESSED);
    // The header with the content coding of a stream is removed before the stream is read.
    return this.parts.search.find(plain)?.masked() ?? (isOfStream ? plain : bytes);
  }

  /**
   * The bytes without secrets; the same bytes if there is nothing to mask.
   * @param isCut whether there were more bytes
   */
  #bytes(bytes: Buffer, isCut = false, isOfStream = false): Buffer {
    if (this.parts.isCompressed && !isText(bytes)) return this.#compressed(bytes, isCut, isOfStream);
    if (!isCut && bytes.length <= MOST_BYTES) {
      return this.parts.search.find(bytes)?.masked() ?? bytes;
    }
    const kept = bytes.subarray(0, wholeCharacters(bytes, Math.min(bytes.length, MOST_BYTES)));
    const clean = this.parts.search.find(kept, false)?.masked() ?? kept;
    return Buffer.concat([clean, Buffer.from(CUT)]);
  }
}

/** Unpacks a body that axios left compressed (`decompress: false`, unknown coding); undefined if too long or broken. */
function unpacked(bytes: Buffer): Buffer | undefined {
  for (const unpack of [unzipSync, brotliDecompressSync]) {
    try {
      return unpack(bytes, { maxOutputLength: MOST_BYTES });
    } catch {
      // It has the other coding, or none.
    }
  }
  return undefined;
}

export function isStream(data: unknown): data is AnyStream {
  return (
    typeof data === 'object' &&
    data !== null &&
    (typeof (data as { pipe?: unknown }).pipe === 'function' || data instanceof ReadableStream)
  );
}

/** An empty body of the same type as a body that cannot be shown. */
export function emptied(data: unknown): unknown {
  if (typeof data === 'string') return '';
  if (isStream(data)) return Readable.from([]);
  if (data instanceof Blob) return new Blob([], { type: data.type });
  if (types.isAnyArrayBuffer(data)) return new ArrayBuffer(0);
  return ArrayBuffer.isView(data) ? Buffer.alloc(0) : undefined;
}

/** The encodings in which a string may hold a secret: axios decodes the bytes with the encoding of the request. */
function encodingsOf(config: InternalAxiosRequestConfig): readonly BufferEncoding[] {
  const encoding = String(own(config, 'responseEncoding') ?? 'utf8').toLowerCase();
  return Buffer.isEncoding(encoding) && encoding !== 'utf8' ? [encoding as BufferEncoding, 'utf8'] : ['utf8'];
}

/** Whether bytes are valid UTF-8; compressed bytes are not. */
function isText(bytes: Buffer): boolean {
  try {
    // The last character may be cut off.
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** The number of these bytes that form whole characters in UTF-8. */
function wholeCharacters(bytes: Buffer, length: number): number {
  let end = length;
  while (end > length - 3 && end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}

function isPlain(data: unknown): data is object {
  if (typeof data !== 'object' || data === null) return false;
  if (Array.isArray(data)) return true;
  const prototype: unknown = Object.getPrototypeOf(data);
  return prototype === null || prototype === Object.prototype;
}
