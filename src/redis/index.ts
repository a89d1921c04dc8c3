export { RedisTokenStore, type RedisTokenStoreOptions } from './redis-token.store.js';
export { redisTokenStoreFromEnv } from './redis-token-store-from-env.js';
