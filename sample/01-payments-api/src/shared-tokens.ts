import type { TokenStore } from 'nestjs-bank-auth';
import { redisTokenStoreFromEnv } from 'nestjs-bank-auth/redis';

/**
 * The store in which this process and its replicas share their tokens: the Redis of `BANK_AUTH_REDIS_URL`, if the
 * environment names one. Undefined: each process has tokens of its own.
 */
export function sharedTokens(): TokenStore | undefined {
  const { BANK_AUTH_REDIS_URL, BANK_AUTH_REDIS_URL_FILE } = process.env;
  return BANK_AUTH_REDIS_URL || BANK_AUTH_REDIS_URL_FILE ? redisTokenStoreFromEnv() : undefined;
}
