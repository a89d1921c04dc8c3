import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { BankAuthConfigError } from '../../../src/index.js';
import {
  RedisTokenStore,
  type RedisTokenStoreOptions,
  redisTokenStoreFromEnv,
} from '../../../src/redis/index.js';

const newKey = () => randomBytes(32).toString('base64');
const OURS = newKey();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bank-auth-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

describe('the Redis store', () => {
  test.each<[string, (good: string) => RedisTokenStoreOptions, RegExp]>([
    ['is not there', () => ({ encryptionKeyFile: join(folder, 'gone') }), /encryptionKeyFile.*ENOENT/],
    ['is a folder', () => ({ encryptionKeyFile: folder }), /encryptionKeyFile.*EISDIR/],
    ['is empty', () => ({ encryptionKeyFile: file('x', '\n') }), /encryptionKeyFile.*one key/],
    [
      'holds two',
      (good) => ({ encryptionKeyFile: file('x', `${good}\n${good}`) }),
      /encryptionKeyFile.*one key/,
    ],
    ['holds no key', () => ({ encryptionKeyFile: file('x', 'n0t-a-key') }), /encryptionKeyFile.*32/],
    [
      'holds, of the previous ones, one that is none',
      (good) => ({ encryptionKey: good, previousEncryptionKeyFile: file('x', `${good}\nn0t-a-key`) }),
      /previousEncryptionKeyFile.*32/,
    ],
    [
      'of the previous ones is not there',
      (good) => ({ encryptionKey: good, previousEncryptionKeyFile: join(folder, 'gone') }),
      /previousEncryptionKeyFile.*ENOENT/,
    ],
  ])('fails at the start if a file %s', (_what, options, message) => {
    const good = newKey();
    expectRefused(options(good), message, [good, 'n0t-a-key']);
  });

  test('fails at the start with all that is wrong in one error', () => {
    const options = { encryptionKey: 'n0t-a-key', keyPrefix: '{x}', previousEncryptionKeyFile: folder };
    const { problems } = refusal(() => new RedisTokenStore('n0-url', options));
    expect(problems).toEqual([
      expect.stringMatching(/^its first argument /),
      expect.stringMatching(/^keyPrefix /),
      'previousEncryptionKeyFile names a file that cannot be read (EISDIR)',
      expect.stringMatching(/^encryptionKey /),
    ]);
  });

  test.each(['encryptionKeyFile', 'previousEncryptionKeyFile'])(
    'does not show a key that stands where the path of %s belongs',
    (option) => {
      const key = newKey();
      const options = { ...(option === 'encryptionKeyFile' ? {} : { encryptionKey: OURS }), [option]: key };
      expectRefused(options, new RegExp(`^(RedisTokenStore: )?${option} names a file that cannot be`), [key]);
    },
  );

  describe('refuses', () => {
    const bytes = randomBytes(40);
    const key = (length: number, encoding: BufferEncoding) => bytes.subarray(0, length).toString(encoding);

    test.each<[string, unknown]>([
      ['an empty string', ''],
      ['a password', 'correct horse battery staple, and so on'],
      ['31 bytes', key(31, 'base64')],
      ['33 bytes', key(33, 'base64')],
      ['16 bytes', key(16, 'base64')],
      ['63 digits', key(32, 'hex').slice(1)],
      ['66 digits', key(33, 'hex')],
      ['a key with a line break', `${key(32, 'base64')}\n`],
      ['a key with a blank before it', ` ${key(32, 'base64')}`],
      ['a key and more', `${key(32, 'base64')}AAAA`],
      ['32 characters', 'x'.repeat(32)],
      ['bytes', bytes.subarray(0, 32)],
      ['a number', 12_345_678],
      ['null', null],
      ['an object', { key: key(32, 'base64') }],
    ])('as an encryption key: %s', (_what, value) => {
      const secrets = [
        ...(typeof value === 'string' && value !== '' ? [value, value.trim()] : []),
        key(16, 'base64').slice(0, 20),
        key(16, 'hex').slice(2),
      ];
      expectRefused({ encryptionKey: value as string }, /\bencryptionKey\b/, secrets);
      expectRefused(
        { encryptionKey: newKey(), previousEncryptionKeys: [newKey(), value as string] },
        /previousEncryptionKeys\[1\]/,
        secrets,
      );
    });

    test.each<[string, object, RegExp]>([
      ['no key', {}, /encryptionKey and encryptionKeyFile|encryptionKey/],
      [
        'two keys',
        { encryptionKey: OURS, encryptionKeyFile: '/x' },
        /encryptionKey and encryptionKeyFile are both set/,
      ],
      [
        'previous keys as a string',
        { encryptionKey: OURS, previousEncryptionKeys: OURS },
        /previousEncryptionKeys/,
      ],
      ['an option that it has not', { encryptionKey: OURS, encryptionkeys: OURS }, /encryptionkeys/],
      ['braces in its prefix', { encryptionKey: OURS, keyPrefix: '{x}' }, /keyPrefix/],
      ['a prefix that is no string', { encryptionKey: OURS, keyPrefix: 7 }, /keyPrefix/],
      ['no options', undefined as unknown as object, /encryptionKey/],
    ])('%s', (_what, options, message) => {
      expectRefused(options as RedisTokenStoreOptions, message, [OURS]);
    });

    test.each([
      ['a URL of something else', 'https://user:pl4nted-pass@redis.example'],
      ['no URL', 'redis.example:6379 pl4nted-pass'],
      ['a URL in disorder', 'redis://user:pl4nted-pass@[redis'],
      ['a URL with a / in its password', 'redis://user:7/pl4nted-pass@redis.example'],
      ['nothing', undefined],
      ['null', null],
      ['a number', 6379],
    ])('as Redis: %s', (_what, source) => {
      const error = refusal(() => new RedisTokenStore(source as string, { encryptionKey: OURS }));
      expect(error.message).toMatch(/first argument/);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('pl4nted-pass');
    });
  });
});

describe('the Redis store of the environment', () => {
  const URL_OF_REDIS = 'redis://user:pl4nted-pass@redis.example';

  test.each<[string, (key: string) => Record<string, string>, RegExp[]]>([
    ['without a variable', () => ({}), [/^BANK_AUTH_REDIS_URL is missing/, /^BANK_AUTH_ENCRYPTION_KEY is/]],
    [
      'with a wrong URL and a wrong key',
      () => ({ BANK_AUTH_REDIS_URL: 'pl4nted-pass', BANK_AUTH_ENCRYPTION_KEY: 'pl4nted-pass' }),
      [/^BANK_AUTH_REDIS_URL must/, /^BANK_AUTH_ENCRYPTION_KEY must/],
    ],
    [
      'with secrets where paths belong',
      (key) => ({
        BANK_AUTH_REDIS_URL_FILE: URL_OF_REDIS,
        BANK_AUTH_ENCRYPTION_KEY_FILE: key,
        BANK_AUTH_PREVIOUS_ENCRYPTION_KEY_FILE: key,
      }),
      [
        /^BANK_AUTH_REDIS_URL_FILE names a file that cannot be read \(ENOENT\)$/,
        /^BANK_AUTH_ENCRYPTION_KEY_FILE names a file that cannot be read \(ENOENT\)$/,
        /^BANK_AUTH_PREVIOUS_ENCRYPTION_KEY_FILE names a file that cannot be read \(ENOENT\)$/,
      ],
    ],
    [
      'with files that hold something else',
      () => ({
        BANK_AUTH_REDIS_URL_FILE: file('url', 'pl4nted-pass'),
        BANK_AUTH_ENCRYPTION_KEY_FILE: file('current', 'pl4nted-pass'),
        BANK_AUTH_PREVIOUS_ENCRYPTION_KEY: 'pl4nted-pass',
      }),
      [
        /^BANK_AUTH_REDIS_URL_FILE \(.*url\) must hold/,
        /^BANK_AUTH_ENCRYPTION_KEY_FILE \(.*current\) must be 32/,
        /^BANK_AUTH_PREVIOUS_ENCRYPTION_KEY must be 32/,
      ],
    ],
    [
      'with both of each',
      (key) => ({
        BANK_AUTH_REDIS_URL: URL_OF_REDIS,
        BANK_AUTH_REDIS_URL_FILE: file('url', URL_OF_REDIS),
        BANK_AUTH_ENCRYPTION_KEY: key,
        BANK_AUTH_ENCRYPTION_KEY_FILE: file('current', key),
        BANK_AUTH_PREVIOUS_ENCRYPTION_KEY: key,
        BANK_AUTH_PREVIOUS_ENCRYPTION_KEY_FILE: file('previous', key),
      }),
      [
        /^BANK_AUTH_REDIS_URL and BANK_AUTH_REDIS_URL_FILE are both set/,
        /^BANK_AUTH_PREVIOUS_ENCRYPTION_KEY and BANK_AUTH_PREVIOUS_ENCRYPTION_KEY_FILE are both set/,
        /^BANK_AUTH_ENCRYPTION_KEY and BANK_AUTH_ENCRYPTION_KEY_FILE are both set/,
      ],
    ],
  ])('is refused %s, and each variable is named', (_what, variables, problems) => {
    const key = newKey();
    const error = refusal(() => redisTokenStoreFromEnv(variables(key)));
    expect(error.problems).toEqual(problems.map((problem) => expect.stringMatching(problem)));
    expect(error.message).not.toMatch(/encryptionKey|argument/);
    for (const secret of [key, 'pl4nted-pass']) {
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret);
    }
  });

  test('has the keys of the environment', () => {
    const key = newKey();
    const store = redisTokenStoreFromEnv({
      BANK_AUTH_REDIS_URL: URL_OF_REDIS,
      BANK_AUTH_ENCRYPTION_KEY_FILE: file('current', `${key}\n`),
      BANK_AUTH_PREVIOUS_ENCRYPTION_KEY: newKey(),
    });
    expect(store.keyId).toBe(new RedisTokenStore(URL_OF_REDIS, { encryptionKey: key }).keyId);
  });
});

function refusal(act: () => unknown): BankAuthConfigError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(BankAuthConfigError);
    return error as BankAuthConfigError;
  }
  throw new Error('it was taken');
}

/** Demands an error that says what is wrong, and shows none of these. */
function expectRefused(options: RedisTokenStoreOptions, message: RegExp, secrets: readonly string[]): void {
  const error = refusal(() => new RedisTokenStore('redis://127.0.0.1', options));
  expect(error.message).toMatch(message);
  expect(error.problems).toEqual([expect.stringMatching(message)]);
  for (const text of [
    inspect(error, { depth: 9, showHidden: true }),
    JSON.stringify(error),
    String(error.stack),
  ]) {
    for (const secret of secrets) expect(text).not.toContain(secret);
  }
}
