import { StartError } from '../start.error.js';
import { whyNoAnswer } from './redis-probe.js';
import { RedisServer } from './redis-server.js';
import type { Running } from './running.js';

export interface AvailableRedis {
  readonly url: string;
  /** A description for people; without the URL, which may hold a password. */
  readonly description: string;
}

/** The Redis of `BANK_AUTH_REDIS_URL` if it is set and answers; else a new one for as long as this process runs. */
export async function availableRedis(running: Running): Promise<AvailableRedis> {
  const given = process.env.BANK_AUTH_REDIS_URL;
  if (given) {
    const reason = await whyNoAnswer(given);
    if (reason === undefined) return { url: given, description: 'that of BANK_AUTH_REDIS_URL' };
    console.log(`The Redis of BANK_AUTH_REDIS_URL does not answer (${reason}), so another one is started.`);
  }
  const server = await RedisServer.start();
  if (server === undefined) {
    throw new StartError(
      [
        'There is no redis-server on this machine. Install it (Debian: apt install redis-server; macOS:',
        'brew install redis), or set BANK_AUTH_REDIS_URL to a Redis that runs, such as redis://127.0.0.1:6379.',
      ].join('\n'),
    );
  }
  running.keep(server, () => server.end());
  return { url: server.url, description: `started for this, on port ${server.port}, and keeps nothing` };
}
