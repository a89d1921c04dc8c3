import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readTextFile, readTextFileSync, UnreadableFile } from '../../../src/config/text-file.js';
import { codePoint } from '../../support/code-point.js';
import { replayable } from '../../support/replay.js';

const PLANTED = 's3cret';
const MIB = 1_048_576;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'text-file-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(content: string | Uint8Array): string {
  const path = join(folder, `file-${files++}`);
  writeFileSync(path, content);
  return path;
}

/** The start cannot wait, a rotation must not keep others waiting: both have to say the same of any file. */
const readers: [name: string, read: (path: string) => Promise<string>][] = [
  ['readTextFileSync()', async (path) => readTextFileSync(path)],
  ['readTextFile()', readTextFile],
];

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe.each(readers)('%s', (_name, read) => {
  const failure = async (path: string): Promise<Error> => {
    const error = await read(path).then(
      () => new Error('it was read'),
      (reason: Error) => reason,
    );
    expect(error).toBeInstanceOf(UnreadableFile);
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain(PLANTED);
    return error;
  };

  test.each<[string, string | Uint8Array, string]>([
    ['nothing around it', PLANTED, PLANTED],
    ['a line feed', `${PLANTED}\n`, PLANTED],
    ['a line break of Windows', `${PLANTED}\r\n`, PLANTED],
    ['a byte order mark', `\ufeff${PLANTED}`, PLANTED],
    ['a byte order mark and a line break', `\ufeff${PLANTED}\r\n`, PLANTED],
    ['two line feeds, of which one stays', `${PLANTED}\n\n`, `${PLANTED}\n`],
    ['a carriage return, which is no line break', `${PLANTED}\r`, `${PLANTED}\r`],
    ['white space, which the rules of the option judge', ` ${PLANTED} `, ` ${PLANTED} `],
    ['a second byte order mark', `\ufeff\ufeff${PLANTED}`, `\ufeff${PLANTED}`],
    ['a NUL between any two characters, which is no UTF-16', 'a\0b\0c', 'a\0b\0c'],
    ['a NUL', `${PLANTED}\0`, `${PLANTED}\0`],
    ['characters of several bytes', 'pä$$ €😀\n', 'pä$$ €😀'],
    ['exactly 1 MiB', 'x'.repeat(MIB), 'x'.repeat(MIB)],
  ])('reads a file with %s', async (_what, content, expected) => {
    expect(await read(fileOf(content))).toBe(expected);
  });

  test.each<[string, string | Uint8Array, RegExp]>([
    ['is empty', '', /^empty$/],
    ['holds a line break only', '\r\n', /^empty$/],
    ['holds a byte order mark only', '\ufeff', /^empty$/],
    ['is UTF-16 with its mark', Buffer.from(`\ufeff${PLANTED}\r\n`, 'utf16le'), /^UTF-16: save it as UTF-8$/],
    ['is UTF-16 of the other order', utf16be(`\ufeff${PLANTED}\n`), /^UTF-16: save it as UTF-8$/],
    ['is UTF-16 without a mark', Buffer.from(PLANTED, 'utf16le'), /^UTF-16: save it as UTF-8$/],
    ['is UTF-16 of the other order without a mark', utf16be(PLANTED), /^UTF-16: save it as UTF-8$/],
    ['is Latin-1', Buffer.from(`${PLANTED}ä`, 'latin1'), /^not UTF-8: save it as UTF-8/],
    ['is a certificate in DER', Uint8Array.of(0x30, 0x82, 0x03, 0xff), /^not UTF-8.*certificates as PEM$/],
    ['ends within a character', Buffer.from(`${PLANTED}€`).subarray(0, -1), /^not UTF-8/],
    ['is larger than 1 MiB', PLANTED.padEnd(MIB + 1), /^larger than 1 MiB$/],
  ])('refuses a file that %s', async (_what, content, reason) => {
    expect((await failure(fileOf(content))).message).toMatch(reason);
  });

  const onLinux = process.platform === 'linux' ? test : test.skip;
  onLinux('closes the file, also one that is refused', async () => {
    const paths = [fileOf(PLANTED), fileOf('')];
    for (const path of paths) await read(path).catch(() => undefined);
    const open = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return undefined;
      }
    });
    for (const path of paths) expect(open).not.toContain(path);
  });

  test('reads no more than necessary of a file that is too large', async () => {
    const path = fileOf('');
    truncateSync(path, 64 * 1_024 * MIB);
    expect((await failure(path)).message).toBe('larger than 1 MiB');
  });

  test.each<[string, () => string, string]>([
    ['missing', () => join(folder, 'missing'), 'ENOENT'],
    ['below a file', () => join(fileOf(''), 'below'), 'ENOTDIR'],
    [
      'a folder',
      () => {
        const path = join(folder, `folder-${files++}`);
        mkdirSync(path);
        return path;
      },
      'EISDIR',
    ],
    [
      'a link to itself',
      () => {
        const path = join(folder, `link-${files++}`);
        symlinkSync(path, path);
        return path;
      },
      'ELOOP',
    ],
    ['a device that never ends', () => '/dev/zero', 'not a regular file'],
    [
      'a FIFO that nobody writes into, at once',
      () => {
        const path = join(folder, `fifo-${files++}`);
        execFileSync('mkfifo', [path]);
        return path;
      },
      'not a regular file',
    ],
    ['no path at all', () => `\0${PLANTED}`, 'ERR_INVALID_ARG_VALUE'],
  ])('refuses %s', async (_what, path, reason) => {
    expect((await failure(path())).message).toBe(reason);
  });

  test('returns the decoded bytes or a reason, whatever they are', async () => {
    const path = fileOf('');
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.string({ unit: codePoint, maxLength: 32 }).map((text) => Buffer.from(text)),
      fc.string({ maxLength: 16 }).map((text) => Buffer.from(text, 'utf16le')),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        writeFileSync(path, content);
        const text = await read(path).catch((error: Error) => error);
        if (text instanceof Error) {
          expect(text.message).toMatch(/^(?:empty|(?:UTF-16|not UTF-8): save it as UTF-8)/);
          return;
        }
        const plain = Buffer.from(content)
          .toString('utf8')
          .replace(/^\ufeff/, '');
        expect([text, `${text}\n`, `${text}\r\n`]).toContain(plain);
      }),
      replayable('FUZZ', 60),
    );
  });
});
