import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type EncryptionKeyOptions, EncryptionKeys } from '../../../src/redis/encryption-keys.js';

const newKey = () => randomBytes(32).toString('base64');
const [OLD, NEW, THIRD] = [newKey(), newKey(), newKey()];
const idOf = (encryptionKey: string) => new EncryptionKeys({ encryptionKey }).current.id;
const idsOf = (keys: EncryptionKeys) => keys.all.map(({ id }) => id);

/** Two files, a clock and a disk that is as slow as it is told to be. */
class Mount {
  readonly files = new Map<string, string | Error>();
  now = 0;
  reads = 0;
  readonly waits: number[] = [];
  /** While there is one, reads last until it is settled. */
  gate?: Promise<void>;
  /** Called when a file has been read. */
  afterRead: (path: string) => void = () => undefined;

  constructor(readonly folder: string) {}

  /** Keys that start with what the files hold. */
  keys(current: string, previous = ''): EncryptionKeys {
    const options: EncryptionKeyOptions = {
      encryptionKeyFile: join(this.folder, 'current'),
      previousEncryptionKeyFile: join(this.folder, 'previous'),
    };
    this.put(current, previous);
    writeFileSync(options.encryptionKeyFile as string, current);
    writeFileSync(options.previousEncryptionKeyFile as string, previous);
    return new EncryptionKeys(options, {
      now: () => this.now,
      read: (path) => this.#read(path),
      wait: async (milliseconds) => {
        this.waits.push(milliseconds);
        this.now += milliseconds;
      },
    });
  }

  put(current: string, previous: string): void {
    this.files.set('current', current);
    this.files.set('previous', previous);
  }

  async #read(path: string): Promise<string> {
    this.reads += 1;
    await this.gate;
    const name = path.slice(this.folder.length + 1);
    const content = this.files.get(name);
    this.afterRead(name);
    if (typeof content === 'string') return content;
    throw content ?? new Error('it is gone');
  }
}

let folder: string;
let mount: Mount;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'encryption-keys-'));
  mount = new Mount(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('encryption keys in changing files', () => {
  test('are read once for all concurrent readers, which wait for it', async () => {
    const keys = mount.keys(OLD);
    mount.now = 1_000;
    mount.put(OLD, NEW);
    let open = () => {};
    mount.gate = new Promise((resolve) => {
      open = resolve;
    });
    const known = Array.from({ length: 20 }, async () => {
      await keys.reread();
      return keys.byId(idOf(NEW))?.id;
    });
    open();
    expect(await Promise.all(known)).toEqual(Array(20).fill(idOf(NEW)));
    expect(mount.reads).toBe(2);
  });

  test('are read at most once a second, however many ids are made up', async () => {
    const keys = mount.keys(OLD);
    for (mount.now = 0; mount.now <= 10_000; mount.now += 10) {
      await keys.reread();
      expect(keys.byId(randomBytes(9).toString('base64url'))).toBeUndefined();
    }
    expect(mount.reads).toBe(2 * 10);
  });

  test('are read again for readers that have time, as soon as allowed', async () => {
    const keys = mount.keys(OLD);
    mount.now = 300;
    mount.put(OLD, NEW);
    const [one, two] = await Promise.all([keys.awaited(idOf(NEW)), keys.awaited(idOf(NEW))]);
    expect([one?.id, two?.id]).toEqual([idOf(NEW), idOf(NEW)]);
    expect(mount.waits[0]).toBe(700);
    expect(mount.reads).toBe(2);
    // What is known keeps nobody waiting.
    expect((await keys.awaited(idOf(OLD)))?.id).toBe(idOf(OLD));
    expect(mount.waits).toHaveLength(2);
  });

  test('are read again soon where a file is invalid, and the old ones stay until then', async () => {
    const keys = mount.keys(OLD);
    mount.now = 1_000;
    mount.put(NEW.slice(0, 20), OLD);
    mount.afterRead = (name) => {
      if (name === 'previous') mount.put(NEW, OLD);
    };
    await keys.reread();
    expect(mount.waits).toEqual([50]);
    expect(idsOf(keys)).toEqual([idOf(NEW), idOf(OLD)]);
  });

  test.each<[string, string | Error, string]>([
    ['the file is empty', '', ''],
    ['the file holds nonsense', 'nonsense', ''],
    ['the file holds two keys', `${NEW}\n${OLD}`, ''],
    ['the file is gone', new Error('ENOENT'), ''],
    ['one of the previous keys is none', NEW, `${OLD}\nnonsense`],
  ])('stay unchanged where %s, as the start would refuse it', async (_what, current, previous) => {
    const keys = mount.keys(OLD, THIRD);
    mount.now = 1_000;
    mount.files.set('current', current);
    mount.files.set('previous', previous);
    await keys.reread();
    expect(idsOf(keys)).toEqual([idOf(OLD), idOf(THIRD)]);
    expect(mount.reads).toBeLessThanOrEqual(6);
  });

  test('are read once a second, and a second read says so', async () => {
    const keys = mount.keys(OLD);
    mount.now = 999;
    expect(await keys.reread()).toBe(false);
    mount.now = 1_000;
    expect(await keys.reread()).toBe(true);
    expect(await keys.reread()).toBe(false);
  });

  test('are read also where only previous keys are in files', async () => {
    const previousEncryptionKeyFile = join(folder, 'previous');
    writeFileSync(previousEncryptionKeyFile, `${NEW}\n\n${THIRD}`);
    let now = 0;
    const read = async (path: string) => (path === previousEncryptionKeyFile ? THIRD : '');
    const keys = new EncryptionKeys(
      { encryptionKey: OLD, previousEncryptionKeyFile },
      { now: () => now, read },
    );
    expect(idsOf(keys)).toEqual([OLD, NEW, THIRD].map(idOf));
    now = 20_000;
    expect(await keys.reread()).toBe(true);
    now = 40_000;
    expect(idsOf(keys)).toEqual([OLD, THIRD].map(idOf));
  });

  test('are never read where none are in files', async () => {
    const read = () => Promise.reject(new Error('there is no file'));
    const wait = () => Promise.reject(new Error('there is nothing to wait for'));
    let now = 0;
    const keys = new EncryptionKeys({ encryptionKey: OLD }, { now: () => (now += 5_000), read, wait });
    expect(await keys.reread()).toBe(false);
    expect(await keys.awaited(idOf(NEW))).toBeUndefined();
  });

  test('that return are there once, and stay', async () => {
    const keys = mount.keys(OLD, THIRD);
    for (const [at, current, previous] of [
      [1_000, NEW, ''],
      [2_000, NEW, OLD],
      [3_000, OLD, ''],
    ] as const) {
      mount.now = at;
      mount.put(current, previous);
      await keys.reread();
    }
    expect(idsOf(keys)).toEqual([OLD, THIRD, NEW].map(idOf));
    mount.now = 11_000;
    expect(idsOf(keys)).toEqual([OLD, NEW].map(idOf));
  });

  test('may have byte order marks, and line breaks of any system', async () => {
    const keys = mount.keys(`\ufeff${OLD}\r\n`, `\ufeff${THIRD}\r\n`);
    expect(idsOf(keys)).toEqual([idOf(OLD), idOf(THIRD)]);
    mount.now = 1_000;
    mount.put(`\ufeff${NEW}\r\n`, `\ufeff${OLD}\r\n${THIRD}\r\n`);
    await keys.reread();
    expect(idsOf(keys)).toEqual([idOf(NEW), idOf(OLD), idOf(THIRD)]);
  });

  test('still decrypt while the files are replaced one after the other', async () => {
    const keys = mount.keys(OLD, NEW);
    mount.now = 1_000;
    // The second step of a rotation: one file is the new one, the other the old one still.
    mount.put(NEW, NEW);
    await keys.reread();
    expect(keys.current.id).toBe(idOf(NEW));
    expect(keys.byId(idOf(OLD))?.id).toBe(idOf(OLD));
    mount.now = 2_000;
    mount.put(NEW, OLD);
    await keys.reread();
    expect(idsOf(keys)).toEqual([idOf(NEW), idOf(OLD)]);
    // And the last step: it is dropped, and that holds.
    mount.now = 3_000;
    mount.put(NEW, '');
    await keys.reread();
    mount.now = 12_999;
    expect(keys.byId(idOf(OLD))?.id).toBe(idOf(OLD));
    mount.now = 13_000;
    expect(idsOf(keys)).toEqual([idOf(NEW)]);
  });

  test('delay no reader for long where the disk hangs, and are not read again meanwhile', async () => {
    const keys = mount.keys(OLD);
    mount.now = 1_000;
    mount.gate = new Promise(() => undefined);
    const [first, second] = [keys.reread(), keys.reread()];
    mount.now = 5_000;
    await Promise.all([first, second, keys.reread()]);
    expect(mount.reads).toBe(1);
    expect(idsOf(keys)).toEqual([idOf(OLD)]);
  });
});

test('a key is the same in base64, with padding or without, in base64url and in hexadecimal digits', () => {
  // With both characters in which the two alphabets differ.
  const bytes = Buffer.concat([Buffer.from([0xfb, 0xff, 0xbf]), randomBytes(29)]);
  const base64 = bytes.toString('base64');
  const hex = bytes.toString('hex');
  const spellings = [base64, base64.replace('=', ''), bytes.toString('base64url'), hex, hex.toUpperCase()];
  expect(new Set(spellings.map(idOf))).toEqual(new Set([idOf(base64)]));
});

describe('the start with encryption keys is refused', () => {
  test('with all that is wrong in one error', () => {
    const options = { encryptionKey: 'short', previousEncryptionKeys: [OLD, 'nonsense'] };
    expect(() => new EncryptionKeys(options)).toThrow(
      expect.objectContaining({
        problems: [
          expect.stringMatching(/^encryptionKey /),
          expect.stringMatching(/^previousEncryptionKeys\[1\] /),
        ],
      }),
    );
  });

  test.each<[string, string | Buffer | undefined, RegExp]>([
    ['a file in UTF-16', Buffer.from(`\ufeff${OLD}`, 'utf16le'), /NOT_UTF_8/],
    ['a file without end', Buffer.alloc(70_000, 'a'), /LARGER_THAN_64_KIB/],
    ['a folder', undefined, /EISDIR/],
  ])('for %s, without showing it', (_what, content, message) => {
    const path = join(folder, 'key');
    if (content === undefined) mkdirSync(path);
    else writeFileSync(path, content);
    expect(() => new EncryptionKeys({ encryptionKeyFile: path })).toThrow(message);
    expect(() => new EncryptionKeys({ encryptionKeyFile: path })).not.toThrow(OLD.slice(0, 20));
  });
});
