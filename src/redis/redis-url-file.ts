import { FILE_WITHOUT_URL } from './redis.messages.js';
import { SharedReading } from './shared-reading.js';
import { readSmallFile, readSmallFileSync } from './small-file.js';

/** Whether ioredis takes this for the address of a Redis. */
export function isRedisUrl(text: unknown): text is string {
  if (typeof text !== 'string' || !/^rediss?:\/\/[^\s]+$/.test(text)) return false;
  try {
    // `URL.canParse` refuses Latin-1 letters, such as those of a password, in Node.js 20, once it is optimised.
    const { username, password, pathname, search, hash } = new URL(text);
    // ioredis decodes them too, and would throw.
    decodeURIComponent(username + password);
    // An `@` this late follows a password that is not percent-encoded: its beginning passes for host and port.
    return !`${pathname}${search}${hash}`.includes('@');
  } catch {
    return false;
  }
}

/** The URL of a Redis in a file, which may be replaced: passwords are rotated, and hosts change. */
export class RedisUrlFile {
  readonly #path: string;
  #url: string;
  readonly #reading: SharedReading;

  /** @throws an error whose `code` says why the file cannot be used, and that shows nothing of it */
  constructor(path: string) {
    this.#path = path;
    const url = urlIn(readSmallFileSync(path));
    if (url === undefined) throw Object.assign(new Error(FILE_WITHOUT_URL), { code: 'NOT_A_REDIS_URL' });
    this.#url = url;
    // No reading counts yet: the first `reread` reads at once, as the file may have changed since.
    this.#reading = new SharedReading(
      () => this.#read(),
      () => performance.now(),
      Number.NEGATIVE_INFINITY,
    );
  }

  get url(): string {
    return this.#url;
  }

  /**
   * Reads the file again, unless it was read within a second; calls during a read wait for that read. A file without a
   * URL changes nothing.
   */
  async reread(): Promise<void> {
    await this.#reading.ifDue();
  }

  async #read(): Promise<void> {
    this.#reading.begins();
    // A file under replacement will be there the next time.
    const content = await readSmallFile(this.#path).catch(() => '');
    this.#url = urlIn(content) ?? this.#url;
  }
}

/** The URL without the line break that editors add; any other white space is a mistake. */
function urlIn(content: string): string | undefined {
  const text = content.replace(/\r?\n$/, '');
  return isRedisUrl(text) ? text : undefined;
}
