import { BankAuthConfigError } from '../index.js';
import { type EncryptionKeyOptions, encryptionKeysOf } from './encryption-keys.js';
import {
  bothSet,
  cannotBeRead,
  environmentProblems,
  fileWithoutUrl,
  NO_REDIS_URL,
  URL_MISSING,
} from './redis.messages.js';
import { RedisTokenStore } from './redis-token.store.js';
import { isRedisUrl, RedisUrlFile } from './redis-url-file.js';

/** The environment variable of each option, for messages. */
const VARIABLES = {
  encryptionKey: 'BANK_AUTH_ENCRYPTION_KEY',
  encryptionKeyFile: 'BANK_AUTH_ENCRYPTION_KEY_FILE',
  previousEncryptionKeys: 'BANK_AUTH_PREVIOUS_ENCRYPTION_KEY',
  previousEncryptionKeyFile: 'BANK_AUTH_PREVIOUS_ENCRYPTION_KEY_FILE',
} satisfies Record<keyof EncryptionKeyOptions, string>;

/**
 * A `RedisTokenStore` configured by environment variables: `BANK_AUTH_REDIS_URL`, `BANK_AUTH_ENCRYPTION_KEY`, and while
 * keys are rotated `BANK_AUTH_PREVIOUS_ENCRYPTION_KEY`. Each may be given as `…_FILE`, the path of a file that holds it;
 * keys in files are read again when they may have changed, a URL when Redis refuses its password or cannot be reached.
 * @throws BankAuthConfigError that names each missing or wrong variable, never a value
 */
export function redisTokenStoreFromEnv(
  env: Readonly<Record<string, string | undefined>> = process.env,
): RedisTokenStore {
  const problems: string[] = [];
  const set = (variable: string) => env[variable] || undefined;
  const redis = sourceOf(set('BANK_AUTH_REDIS_URL'), set('BANK_AUTH_REDIS_URL_FILE'), problems);
  const previous = set(VARIABLES.previousEncryptionKeys);
  const previousFile = set(VARIABLES.previousEncryptionKeyFile);
  if (previous !== undefined && previousFile !== undefined) {
    problems.push(bothSet(VARIABLES.previousEncryptionKeys, VARIABLES.previousEncryptionKeyFile));
  }
  const options = {
    encryptionKey: set(VARIABLES.encryptionKey),
    encryptionKeyFile: set(VARIABLES.encryptionKeyFile),
    previousEncryptionKeys: previous === undefined ? [] : [previous],
    previousEncryptionKeyFile: previousFile,
  };
  const keys = encryptionKeysOf(options, problems, (option) => VARIABLES[option]);
  if (redis === undefined || keys === undefined || problems.length > 0) {
    throw new BankAuthConfigError(environmentProblems(problems), { problems });
  }
  return new RedisTokenStore(redis, keys);
}

function sourceOf(
  url: string | undefined,
  file: string | undefined,
  problems: string[],
): string | RedisUrlFile | undefined {
  if (url !== undefined && file !== undefined) {
    problems.push(bothSet('BANK_AUTH_REDIS_URL', 'BANK_AUTH_REDIS_URL_FILE'));
  }
  if (url !== undefined && !isRedisUrl(url)) problems.push(NO_REDIS_URL);
  if (url === undefined && file === undefined) problems.push(URL_MISSING);
  return url ?? urlFile(file, problems);
}

function urlFile(path: string | undefined, problems: string[]): RedisUrlFile | undefined {
  if (path === undefined) return undefined;
  try {
    return new RedisUrlFile(path);
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    problems.push(
      code === 'NOT_A_REDIS_URL' ? fileWithoutUrl(path) : cannotBeRead('BANK_AUTH_REDIS_URL_FILE', code),
    );
    return undefined;
  }
}
