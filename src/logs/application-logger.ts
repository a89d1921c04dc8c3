import { Logger } from '@nestjs/common';
import type { LineLogger, LogFields, LogLine } from '../errors/index.js';
import { FittingLogger } from './fitting-logger.js';

const CONTEXT = 'BankAuth';

/**
 * Writes to the current logger of the application; with the fields if the logger supports them. Never throws: a line
 * that cannot be written is lost.
 */
export class ApplicationLogger implements LineLogger {
  readonly #logger = new Logger(CONTEXT);

  log(message: string, fields?: LogFields): void {
    this.#write('log', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields);
  }

  #write(level: LogLine['level'], message: string, fields: LogFields = {}): void {
    const given = Object.entries(fields).filter(([, value]) => value !== undefined);
    try {
      new FittingLogger(this.#logger, CONTEXT, Object.fromEntries(given))[level](message);
    } catch {
      // No logger is left to report it to.
    }
  }
}
