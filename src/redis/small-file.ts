import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { FILE_UNREADABLE } from './redis.messages.js';

/** In bytes. The files of this folder's options are far smaller; a path may by mistake lead to a file without end. */
const MOST_BYTES = 65_536;

/**
 * The content of a small text file: UTF-8, without the byte order mark that editors leave.
 * @throws an error whose `code` says why it cannot be read: Node's, `NOT_A_FILE`, `LARGER_THAN_64_KIB` or `NOT_UTF_8`
 */
export function readSmallFileSync(path: string): string {
  const file = openSync(path, 'r');
  try {
    // A pipe gives its content once: enough at the start, but nothing can be read again.
    const bytes = Buffer.alloc(MOST_BYTES + 1);
    let length = 0;
    if (fstatSync(file).isDirectory()) throw unreadable('EISDIR');
    for (;;) {
      const more = readSync(file, bytes, length, bytes.length - length, null);
      length += more;
      if (more === 0 || length === bytes.length) return textOf(bytes.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
}

/** The same, for regular files only: a pipe could keep the reader waiting for ever. */
export async function readSmallFile(path: string): Promise<string> {
  // Non-blocking, so that opening a pipe ends.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!(await file.stat()).isFile()) throw unreadable('NOT_A_FILE');
    const bytes = Buffer.alloc(MOST_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
      length += bytesRead;
      if (bytesRead === 0 || length === bytes.length) return textOf(bytes.subarray(0, length));
    }
  } finally {
    await file.close();
  }
}

function textOf(bytes: Buffer): string {
  if (bytes.length > MOST_BYTES) throw unreadable('LARGER_THAN_64_KIB');
  try {
    // The decoder drops the byte order mark.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable('NOT_UTF_8');
  }
}

function unreadable(code: string): Error {
  return Object.assign(new Error(FILE_UNREADABLE), { code });
}
