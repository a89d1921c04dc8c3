import type { LoggerService } from '@nestjs/common';
import { inNobodysContext } from './async-context.js';
import { type Clock, elapsed, type Instant } from './clock.js';

export type TokenLogger = Pick<LoggerService, 'log' | 'warn' | 'error'>;

/** So many lines on single merchants are written in one minute. */
const MOST_LINES = 20;
const MINUTE = 60_000;

/** Writes what happens to single merchants, of whom there may be ten thousand with the same trouble. */
export class MerchantLog implements TokenLogger {
  #since?: Instant;
  #lines = 0;
  #leftOut = 0;

  constructor(
    private readonly logger: TokenLogger,
    private readonly clock: Clock,
    private readonly provider: string,
  ) {}

  log(message: string): void {
    this.#write('log', message);
  }

  warn(message: string): void {
    this.#write('warn', message);
  }

  error(message: string): void {
    this.#write('error', message);
  }

  #write(level: keyof TokenLogger, message: string): void {
    const now = this.clock.now();
    if (this.#since === undefined || elapsed(this.#since, now) >= MINUTE) {
      const leftOut = this.#leftOut;
      this.#since = now;
      this.#lines = 0;
      this.#leftOut = 0;
      const what = leftOut === 1 ? '1 line on a merchant was' : `${leftOut} lines on merchants were`;
      if (leftOut > 0) say(this.logger, 'warn', `${this.provider}: ${what} left out.`);
    }
    this.#lines += 1;
    if (this.#lines <= MOST_LINES) {
      say(this.logger, level, message);
      return;
    }
    this.#leftOut += 1;
    if (this.#leftOut > 1) return;
    const what = `more than ${MOST_LINES} lines on merchants within a minute; the rest of it is left out.`;
    say(this.logger, 'warn', `${this.provider}: ${what}`);
  }
}

/**
 * A logger that throws must not strand those who wait for the flight. One that names the request at hand must not name
 * one here: the line concerns all.
 */
export function say(logger: TokenLogger, level: keyof TokenLogger, message: string): void {
  try {
    inNobodysContext(() => logger[level](message));
  } catch {
    // Nobody is left to tell.
  }
}
