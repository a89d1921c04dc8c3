import { Redis } from 'ioredis';

const TIMEOUT = 2_000;

/** Asks once. Undefined if the Redis answers, else the reason, without a word of the URL. */
export async function whyNoAnswer(url: string): Promise<string | undefined> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: TIMEOUT,
    commandTimeout: TIMEOUT,
    retryStrategy: () => null,
  });
  let reason = 'connection closed';
  redis.on('error', (error: NodeJS.ErrnoException) => {
    reason = error.code ?? error.message;
  });
  try {
    await redis.connect();
    await redis.ping();
    return undefined;
  } catch (error) {
    const reply = (error as Error).name === 'ReplyError';
    return reply ? (error as Error).message : reason;
  } finally {
    redis.disconnect();
  }
}
