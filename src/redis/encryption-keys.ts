import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BankAuthConfigError } from '../index.js';
import {
  bothSet,
  cannotBeRead,
  fileOf,
  keyMissing,
  NO_LIST_OF_KEYS,
  noKey,
  oneKeyPerFile,
  storeProblems,
} from './redis.messages.js';
import { REREAD_EVERY, SharedReading } from './shared-reading.js';
import { readSmallFile, readSmallFileSync } from './small-file.js';

/** The sources of the encryption keys for records. One of the first two options is needed. */
export interface EncryptionKeyOptions {
  /** 32 random bytes, as base64 or as 64 hexadecimal digits: `openssl rand -base64 32`. */
  readonly encryptionKey?: string;
  /** A file that holds the key; read again when it may have changed, so that a rotation needs no restart. */
  readonly encryptionKeyFile?: string;
  /** Keys that only decrypt, while records or replicas still use them. */
  readonly previousEncryptionKeys?: readonly string[];
  /** A file that holds such keys, one per line; may be empty. */
  readonly previousEncryptionKeyFile?: string;
}

/** One key with the keys derived from it, each for one use (RFC 5869). */
export interface EncryptionKey {
  /** Tells keys apart; says nothing about the key. */
  readonly id: string;
  readonly cipher: KeyObject;
  readonly digest: KeyObject;
}

/** A file under replacement is valid again in a moment: the number of tries, and their delay in milliseconds. */
const TRIES = 3;
const TRY_AGAIN_AFTER = 50;
/**
 * How long a key still decrypts after it has left the files, in milliseconds. Two files cannot be replaced as one:
 * between the two replacements, a key that is in a file before and after may be in neither.
 */
const LEAVES_AFTER = 10_000;

/** The name of an option in messages, with the index of a key in a list. */
export type OptionName = (option: keyof EncryptionKeyOptions, index?: number) => string;

const ITS_NAME: OptionName = (option, index) => (index === undefined ? option : `${option}[${index}]`);

/** The dependencies that tests replace. */
export interface KeyReading {
  /** Milliseconds by a clock that only goes forwards. */
  readonly now?: () => number;
  readonly read?: (path: string) => Promise<string>;
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

/** The keys that this process knows: one to encrypt with, all to decrypt with. */
export class EncryptionKeys {
  readonly #options: EncryptionKeyOptions;
  readonly #nameOf: OptionName;
  readonly #reading: Required<KeyReading>;
  #keys: readonly [EncryptionKey, ...EncryptionKey[]];
  /** Keys that have left the files, and until when they still decrypt. */
  #leaving: readonly { readonly key: EncryptionKey; readonly until: number }[] = [];
  /** Reads at most once a second: key ids of records may be made up. */
  readonly #shared: SharedReading;

  /** @throws BankAuthConfigError that names each wrong option, never a value */
  constructor(options: EncryptionKeyOptions, reading: KeyReading = {}, nameOf = ITS_NAME) {
    this.#options = options;
    this.#nameOf = nameOf;
    this.#reading = {
      now: () => performance.now(),
      read: readSmallFile,
      // Keeps no process alive: only messages of other replicas wait for it.
      wait: (milliseconds) => sleep(milliseconds, undefined, { ref: false }),
      ...reading,
    };
    const { now } = this.#reading;
    this.#shared = new SharedReading(() => this.#read(), now, now());
    const problems: string[] = [];
    const { encryptionKey, encryptionKeyFile, previousEncryptionKeys } = options;
    if (encryptionKey === undefined && encryptionKeyFile === undefined) {
      problems.push(keyMissing(nameOf('encryptionKey')));
    } else if (encryptionKey !== undefined && encryptionKeyFile !== undefined) {
      problems.push(bothSet(nameOf('encryptionKey'), nameOf('encryptionKeyFile')));
    }
    if (previousEncryptionKeys !== undefined && !Array.isArray(previousEncryptionKeys)) {
      problems.push(NO_LIST_OF_KEYS);
    }
    const texts = this.#texts(readSmallFileSync, problems);
    const keys = texts.flatMap(({ text, from }) => {
      const bytes = keyBytes(text);
      if (bytes === undefined) {
        problems.push(noKey(from));
        return [];
      }
      return [derive(bytes)];
    });
    const [first, ...others] = keys;
    if (first === undefined || problems.length > 0) {
      throw new BankAuthConfigError(storeProblems(problems), { problems });
    }
    this.#keys = [first, ...others];
  }

  /** The key to encrypt with. */
  get current(): EncryptionKey {
    return this.#keys[0];
  }

  /** Every key to decrypt with, the current one first. */
  get all(): readonly EncryptionKey[] {
    const now = this.#reading.now();
    return [...this.#keys, ...this.#leaving.flatMap(({ key, until }) => (now < until ? [key] : []))];
  }

  byId(id: string): EncryptionKey | undefined {
    return this.all.find((key) => key.id === id);
  }

  /**
   * Reads the key files again, if there are any and they were not read within a second; calls during a read wait for
   * that read. Invalid files change nothing.
   * @returns whether they were read
   */
  async reread(): Promise<boolean> {
    return this.#hasFiles && this.#shared.ifDue();
  }

  /** The key of this id, for callers that can wait: files that were read just now are read once more later. */
  async awaited(id: string): Promise<EncryptionKey | undefined> {
    if (this.byId(id) === undefined && this.#hasFiles && !(await this.reread())) {
      const last = this.#shared.readAt;
      await this.#reading.wait(Math.max(0, last + REREAD_EVERY - this.#reading.now()));
      // The first waiter reads: timers fire a little early now and then.
      if (this.#shared.isUnderWay || this.#shared.readAt === last) await this.#shared.shared();
    }
    return this.byId(id);
  }

  get #hasFiles(): boolean {
    const { encryptionKeyFile, previousEncryptionKeyFile } = this.#options;
    return encryptionKeyFile !== undefined || previousEncryptionKeyFile !== undefined;
  }

  async #read(): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (tries > 0) await this.#reading.wait(TRY_AGAIN_AFTER);
      this.#shared.begins();
      const keys = await this.#readOnce().catch(() => undefined);
      if (keys !== undefined) {
        this.#take(keys);
        return;
      }
    }
  }

  /** The keys that the files hold now, by the rules of the start; undefined if a file is invalid. */
  async #readOnce(): Promise<[EncryptionKey, ...EncryptionKey[]] | undefined> {
    const { encryptionKeyFile, previousEncryptionKeyFile } = this.#options;
    const contents = new Map<string, string>();
    for (const path of [encryptionKeyFile, previousEncryptionKeyFile]) {
      if (path !== undefined) contents.set(path, await this.#reading.read(path));
    }
    const problems: string[] = [];
    const texts = this.#texts((path) => contents.get(path) ?? '', problems);
    const keys = texts.map(({ text }) => keyBytes(text)).flatMap((bytes) => (bytes ? [derive(bytes)] : []));
    const [first, ...others] = keys;
    if (problems.length > 0 || first === undefined || keys.length < texts.length) return undefined;
    return [first, ...others];
  }

  #take(keys: [EncryptionKey, ...EncryptionKey[]]): void {
    const now = this.#reading.now();
    const isKept = ({ id }: EncryptionKey) => keys.some((key) => key.id === id);
    this.#leaving = [
      ...this.#leaving.filter(({ key, until }) => now < until && !isKept(key)),
      ...this.#keys.flatMap((key) => (isKept(key) ? [] : [{ key, until: now + LEAVES_AFTER }])),
    ];
    this.#keys = keys;
  }

  /** The keys as strings, the current one first, each with the option it comes from. */
  #texts(read: (path: string) => string, problems: string[]): { text: unknown; from: string }[] {
    const { encryptionKey, encryptionKeyFile, previousEncryptionKeys, previousEncryptionKeyFile } =
      this.#options;
    const linesOf = (option: keyof EncryptionKeyOptions, path: string) => {
      try {
        const lines = read(path)
          .split(/\r?\n/)
          .map((line) => line.trim())
          .filter((line) => line !== '');
        return lines.map((text) => ({ text, from: fileOf(this.#nameOf(option), path) }));
      } catch (error) {
        const { code = 'unreadable' } = error as NodeJS.ErrnoException;
        problems.push(cannotBeRead(this.#nameOf(option), code));
        return undefined;
      }
    };
    const current = (): { text: unknown; from: string }[] => {
      // Setting both is a mistake, reported elsewhere; one of them is judged all the same.
      if (encryptionKey !== undefined) return [{ text: encryptionKey, from: this.#nameOf('encryptionKey') }];
      if (encryptionKeyFile === undefined) return [];
      const lines = linesOf('encryptionKeyFile', encryptionKeyFile);
      if (lines?.length === 1) return lines;
      if (lines !== undefined)
        problems.push(oneKeyPerFile(fileOf(this.#nameOf('encryptionKeyFile'), encryptionKeyFile)));
      return [];
    };
    const previous = Array.isArray(previousEncryptionKeys) ? previousEncryptionKeys : [];
    return [
      ...current(),
      ...previous.map((text, index) => ({ text, from: this.#nameOf('previousEncryptionKeys', index) })),
      ...((previousEncryptionKeyFile === undefined
        ? undefined
        : linesOf('previousEncryptionKeyFile', previousEncryptionKeyFile)) ?? []),
    ];
  }
}

/** The keys of these options; undefined if an option is wrong, which `problems` then says. */
export function encryptionKeysOf(
  options: EncryptionKeyOptions,
  problems: string[],
  nameOf?: OptionName,
): EncryptionKeys | undefined {
  try {
    return new EncryptionKeys(options, {}, nameOf);
  } catch (error) {
    if (!(error instanceof BankAuthConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** The 32 bytes of a key; undefined for any other value. */
function keyBytes(text: unknown): Buffer | undefined {
  if (typeof text !== 'string') return undefined;
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

function derive(bytes: Buffer): EncryptionKey {
  const part = (use: string, length: number) =>
    Buffer.from(hkdfSync('sha256', bytes, '', `nestjs-bank-auth ${use}`, length));
  return {
    id: part('key id', 9).toString('base64url'),
    cipher: createSecretKey(part('records', 32)),
    digest: createSecretKey(part('fingerprints', 32)),
  };
}
