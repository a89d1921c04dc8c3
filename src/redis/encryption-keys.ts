import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { BankAuthConfigError } from '../index.js';

/** Where the keys come from that records are encrypted with. One of the first two is needed. */
export interface EncryptionKeyOptions {
  /** 32 random bytes, as base64 or as 64 hexadecimal digits: `openssl rand -base64 32`. */
  readonly encryptionKey?: string;
  /** A file that holds the key; read again when it may have changed, so that a rotation needs no restart. */
  readonly encryptionKeyFile?: string;
  /** Keys that are only read with, while records or replicas still use them. */
  readonly previousEncryptionKeys?: readonly string[];
  /** A file that holds such keys, one per line; may be empty. */
  readonly previousEncryptionKeyFile?: string;
}

/** One key with what is derived from it, each part for one use (RFC 5869). */
export interface EncryptionKey {
  /** Tells keys apart; says nothing about the key. */
  readonly id: string;
  readonly cipher: KeyObject;
  readonly digest: KeyObject;
}

/** Files are looked at no more often than this, in milliseconds. */
const REREAD_EVERY = 1_000;

/** The keys that this process knows: one to write with, all to read with. */
export class EncryptionKeys {
  readonly #options: EncryptionKeyOptions;
  #keys: readonly [EncryptionKey, ...EncryptionKey[]];
  #readAt = performance.now();

  /** @throws BankAuthConfigError that names the option, never a value */
  constructor(options: EncryptionKeyOptions) {
    this.#options = options;
    const problems: string[] = [];
    const { encryptionKey, encryptionKeyFile, previousEncryptionKeys } = options;
    if ((encryptionKey === undefined) === (encryptionKeyFile === undefined)) {
      problems.push('give exactly one of encryptionKey and encryptionKeyFile');
    }
    if (previousEncryptionKeys !== undefined && !Array.isArray(previousEncryptionKeys)) {
      problems.push('previousEncryptionKeys must be a list of keys');
    }
    const texts = problems.length > 0 ? [] : this.#texts((path) => readFileSync(path, 'utf8'), problems);
    const keys = texts.flatMap(({ text, from }) => {
      const bytes = keyBytes(text);
      if (bytes === undefined) {
        problems.push(
          `${from} must be 32 random bytes, as base64 or as 64 hexadecimal digits; \`openssl rand -base64 32\` makes one`,
        );
        return [];
      }
      return [derive(bytes)];
    });
    const [first, ...others] = keys;
    if (first === undefined || problems.length > 0) {
      throw new BankAuthConfigError(`RedisTokenStore: ${problems.join('; ')}.`, { problems });
    }
    this.#keys = [first, ...others];
  }

  /** The key to write with. */
  get current(): EncryptionKey {
    return this.#keys[0];
  }

  /** Every key to read with, the current one first. */
  get all(): readonly EncryptionKey[] {
    return this.#keys;
  }

  byId(id: string): EncryptionKey | undefined {
    return this.#keys.find((key) => key.id === id);
  }

  /** Reads files again, if there are any and it was not just done. Ones that are in disorder change nothing. */
  async reread(): Promise<void> {
    const { encryptionKeyFile, previousEncryptionKeyFile } = this.#options;
    if (encryptionKeyFile === undefined && previousEncryptionKeyFile === undefined) return;
    const now = performance.now();
    if (now - this.#readAt < REREAD_EVERY) return;
    this.#readAt = now;
    try {
      const contents = new Map<string, string>();
      for (const path of [encryptionKeyFile, previousEncryptionKeyFile]) {
        if (path !== undefined) contents.set(path, await readFile(path, 'utf8'));
      }
      const problems: string[] = [];
      const texts = this.#texts((path) => contents.get(path) ?? '', problems);
      const [first, ...others] = texts.map(({ text }) => keyBytes(text));
      if (problems.length > 0 || first === undefined || others.includes(undefined)) return;
      this.#keys = [
        derive(first),
        ...others.flatMap((bytes) => (bytes === undefined ? [] : [derive(bytes)])),
      ];
    } catch {
      // A file that is being replaced: the keys known so far will do.
    }
  }

  /** The keys as they are written, the current one first, each with the option it comes from. */
  #texts(read: (path: string) => string, problems: string[]): { text: unknown; from: string }[] {
    const { encryptionKey, encryptionKeyFile, previousEncryptionKeys, previousEncryptionKeyFile } =
      this.#options;
    const linesOf = (option: string, path: string): { text: string; from: string }[] => {
      try {
        const lines = read(path)
          .split(/\r?\n/)
          .map((line) => line.trim())
          .filter((line) => line !== '');
        return lines.map((text) => ({ text, from: `${option} (${path})` }));
      } catch (error) {
        const { code = 'unreadable' } = error as NodeJS.ErrnoException;
        problems.push(`${option} cannot be read (${path}: ${code})`);
        return [];
      }
    };
    const current =
      encryptionKeyFile === undefined
        ? [{ text: encryptionKey, from: 'encryptionKey' }]
        : linesOf('encryptionKeyFile', encryptionKeyFile);
    if (encryptionKeyFile !== undefined && problems.length === 0 && current.length !== 1) {
      problems.push(`encryptionKeyFile (${encryptionKeyFile}) must hold one key, on one line`);
    }
    return [
      ...current,
      ...(previousEncryptionKeys ?? []).map((text, n) => ({ text, from: `previousEncryptionKeys[${n}]` })),
      ...(previousEncryptionKeyFile === undefined
        ? []
        : linesOf('previousEncryptionKeyFile', previousEncryptionKeyFile)),
    ];
  }
}

/** The 32 bytes of a key; undefined if it is none. */
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
