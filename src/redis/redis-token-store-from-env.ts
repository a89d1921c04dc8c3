import { BankAuthConfigError } from '../index.js';
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
      problems.push(`${variable} and ${variable}_FILE are both set; give one of them`);
    }
    return { value, file };
  };
  const url = given('BANK_AUTH_REDIS_URL');
  const current = given('BANK_AUTH_ENCRYPTION_KEY');
  const previous = given('BANK_AUTH_PREVIOUS_ENCRYPTION_KEY');
  const redis = url.value ?? fileOf(url.file, problems);
  if (redis === undefined && problems.length === 0) problems.push('BANK_AUTH_REDIS_URL is missing');
  if (typeof redis === 'string' && !isRedisUrl(redis)) problems.push(`BANK_AUTH_REDIS_URL must be ${A_URL}`);
  if (current.value === undefined && current.file === undefined) {
    problems.push(
      'BANK_AUTH_ENCRYPTION_KEY is missing: 32 random bytes as base64; `openssl rand -base64 32` makes one',
    );
  }
  if (redis === undefined || problems.length > 0) {
    throw new BankAuthConfigError(`redisTokenStoreFromEnv: ${problems.join('; ')}.`, { problems });
  }
  return new RedisTokenStore(redis, {
    ...(current.value === undefined ? {} : { encryptionKey: current.value }),
    ...(current.file === undefined ? {} : { encryptionKeyFile: current.file }),
    ...(previous.value === undefined ? {} : { previousEncryptionKeys: [previous.value] }),
    ...(previous.file === undefined ? {} : { previousEncryptionKeyFile: previous.file }),
  });
}

const A_URL = 'redis://user:password@host:6379/0, or rediss:// for TLS, without blanks';

function fileOf(path: string | undefined, problems: string[]): RedisUrlFile | undefined {
  if (path === undefined) return undefined;
  try {
    return new RedisUrlFile(path);
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    problems.push(
      code === 'NOT_A_REDIS_URL'
        ? `BANK_AUTH_REDIS_URL_FILE (${path}) must hold ${A_URL}`
        : `BANK_AUTH_REDIS_URL_FILE cannot be read (${path}: ${code})`,
    );
    return undefined;
  }
}
