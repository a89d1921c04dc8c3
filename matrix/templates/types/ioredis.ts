import { Cluster, Redis } from 'ioredis';
import type { TokenStore } from 'nestjs-bank-auth';
import { RedisTokenStore, redisTokenStoreFromEnv } from 'nestjs-bank-auth/redis';

const options = { encryptionKey: 'x' };
export const stores: TokenStore[] = [
  new RedisTokenStore('redis://localhost', options),
  new RedisTokenStore({ host: 'localhost', port: 6379 }, options),
  new RedisTokenStore(new Redis(), options),
  new RedisTokenStore(new Cluster([]), options),
  redisTokenStoreFromEnv({}),
];
