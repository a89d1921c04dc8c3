import { Logger } from '@nestjs/common';
import type { LineLogger } from '../errors/index.js';

/** Writes to the logger of the application, whichever that is at the time. */
export class ApplicationLogger implements LineLogger {
  readonly #logger = new Logger('BankAuth');

  log(message: string): void {
    this.#logger.log(message);
  }

  warn(message: string): void {
    this.#logger.warn(message);
  }

  error(message: string): void {
    this.#logger.error(message);
  }
}
