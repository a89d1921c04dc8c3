import { BankAuthConfigError } from '../index.js';
import {
  bothSet,
  cannotBeRead,
  environmentProblems,
  fileWithoutUrl,
  KEY_MISSING,
  NO_REDIS_URL,
  URL_MISSING,
} from './redis.messages.js';
import { RedisTokenStore } from './redis-token.store.js';
import { isRedisUrl, RedisUrlFile } from './redis-url-file.js';

/**
 * A `RedisTokenStore` configured by environment variables: `BANK_AUTH_REDIS_URL`, `BANK_AUTH_ENCRYPTION_KEY`, and while
 * keys are rotated `BANK_AUTH_PREVIOUS_ENCRYPTION_KEY`. Each may be given as `…_FILE`, the path of a file that holds it;
 * keys in files are read again when they may have changed, a URL when Redis refuses its password or cannot be reached.
 * @throws BankAuthConfigError that names each variable that is missing or wrong, never a value
 */
export function redisTokenStoreFromEnv(
  env: Readonly<Record<string, string | undefined>> = process.env,
): RedisTokenStore {
  const problems: string[] = [];
  const given = (variable: string) => {
    const [value, file] = [env[variable] || undefined, env[`${variable}_FILE`] || undefined];
    if (value !== undefined && file !== undefined) {
      problems.push(bothSet(variable));
    }
    return { value, file };
  };
  const url = given('BANK_AUTH_REDIS_URL');
  const current = given('BANK_AUTH_ENCRYPTION_KEY');
  const previous = given('BANK_AUTH_PREVIOUS_ENCRYPTION_KEY');
  const redis = url.value ?? urlFile(url.file, problems);
  if (redis === undefined && problems.length === 0) problems.push(URL_MISSING);
  if (typeof redis === 'string' && !isRedisUrl(redis)) problems.push(NO_REDIS_URL);
  if (current.value === undefined && current.file === undefined) {
    problems.push(KEY_MISSING);
  }
  if (redis === undefined || problems.length > 0) {
    throw new BankAuthConfigError(environmentProblems(problems), { problems });
  }
  return new RedisTokenStore(redis, {
    ...(current.value === undefined ? {} : { encryptionKey: current.value }),
    ...(current.file === undefined ? {} : { encryptionKeyFile: current.file }),
    ...(previous.value === undefined ? {} : { previousEncryptionKeys: [previous.value] }),
    ...(previous.file === undefined ? {} : { previousEncryptionKeyFile: previous.file }),
  });
}

function urlFile(path: string | undefined, problems: string[]): RedisUrlFile | undefined {
  if (path === undefined) return undefined;
  try {
    return new RedisUrlFile(path);
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    problems.push(
      code === 'NOT_A_REDIS_URL'
        ? fileWithoutUrl(path)
        : cannotBeRead('BANK_AUTH_REDIS_URL_FILE', path, code),
    );
    return undefined;
  }
}
