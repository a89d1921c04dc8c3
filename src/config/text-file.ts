import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { FILE_NO_UTF_8, FILE_UTF_16, fileTooLarge, NO_REGULAR_FILE } from './config.messages.js';

/** The most bytes of a file, more than any bundle of certificate authorities has. */
const MOST_BYTES = 1_048_576;
const BYTES_AT_ONCE = 16_384;

// Without O_NONBLOCK, opening a FIFO waits for a writer. Windows lacks both.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Its message is the reason in a few words, for brackets: `ENOENT`, `empty`. It holds no content of the file. */
export class UnreadableFile extends Error {}

/**
 * Reads a file with one option: without a byte order mark, and without one line break at the end, which editors and
 * `echo` add. It blocks, so only the start may call it.
 * @param most the most bytes of the file; default 1 MiB
 * @throws UnreadableFile if the file is missing, empty, no regular file, larger than `most` or not in UTF-8
 */
export function readTextFileSync(path: string, most = MOST_BYTES): string {
  try {
    const file = openSync(path, FLAGS);
    try {
      checkKind(fstatSync(file));
      const chunks: Buffer[] = [];
      for (let length = 0; length <= most; ) {
        const chunk = Buffer.alloc(BYTES_AT_ONCE);
        const read = readSync(file, chunk);
        if (read === 0) break;
        chunks.push(chunk.subarray(0, read));
        length += read;
      }
      return textIn(Buffer.concat(chunks), most);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unreadable(error);
  }
}

/** `readTextFileSync` that does not block. */
export async function readTextFile(path: string, most = MOST_BYTES): Promise<string> {
  try {
    const file = await open(path, FLAGS);
    try {
      checkKind(await file.stat());
      const chunks: Buffer[] = [];
      for (let length = 0; length <= most; ) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(BYTES_AT_ONCE));
        if (bytesRead === 0) break;
        chunks.push(buffer.subarray(0, bytesRead));
        length += bytesRead;
      }
      return textIn(Buffer.concat(chunks), most);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unreadable(error);
  }
}

function checkKind(stats: Stats): void {
  if (stats.isDirectory()) throw new UnreadableFile('EISDIR');
  if (!stats.isFile()) throw new UnreadableFile(NO_REGULAR_FILE);
}

/** An error without the path, which the messages of Node's own errors contain; their code is enough. */
function unreadable(error: unknown): UnreadableFile {
  if (error instanceof UnreadableFile) return error;
  const { code } = error as NodeJS.ErrnoException;
  return new UnreadableFile(typeof code === 'string' ? code : 'unreadable');
}

function textIn(bytes: Buffer, most: number): string {
  if (bytes.length > most) throw new UnreadableFile(fileTooLarge(most));
  if (isUtf16(bytes)) throw new UnreadableFile(FILE_UTF_16);
  const text = decoded(bytes).replace(/\r?\n$/, '');
  if (text === '') throw new UnreadableFile('empty');
  return text;
}

function decoded(bytes: Buffer): string {
  try {
    // Drops the byte order mark.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableFile(FILE_NO_UTF_8);
  }
}

/** Whether bytes are UTF-16: by the byte order mark, or because every second byte is NUL, as in ASCII strings. */
function isUtf16(bytes: Buffer): boolean {
  if (['fffe', 'feff'].includes(bytes.toString('hex', 0, 2))) return true;
  if (bytes.length < 4 || bytes.length % 2 !== 0) return false;
  return [0, 1].some((half) => bytes.every((byte, index) => index % 2 !== half || byte === 0));
}
