import { types } from 'node:util';
import { Logger, type LoggerService } from '@nestjs/common';
import type { LogFields, LogLine } from '../errors/index.js';
import { withFields } from './field-writers.js';

type Level = LogLine['level'];

/**
 * Nest's logger for one line. Nest reads `localInstance` when it writes, which for a buffered line is after
 * `useLogger`: only then is it known whether the logger takes fields. Until then, a line is only its message.
 */
export class FittingLogger extends Logger {
  readonly #logger: Logger;
  readonly #fields: LogFields;

  /** @param logger the logger that is kept from line to line */
  constructor(logger: Logger, context: string, fields: LogFields) {
    super(context);
    this.#logger = logger;
    this.#fields = fields;
  }

  override get localInstance(): LoggerService {
    const target: LoggerService | undefined = this.#logger.localInstance;
    // Undefined if logging is off.
    return target === undefined
      ? (target as never)
      : {
          log: (message, ...rest) => this.#write(target, 'log', message, rest),
          warn: (message, ...rest) => this.#write(target, 'warn', message, rest),
          error: (message, ...rest) => this.#write(target, 'error', message, rest),
        };
  }

  #write(target: LoggerService, level: Level, message: unknown, rest: readonly unknown[]): void {
    const write = withFields(target, level, this.#fields);
    const context = rest.at(-1);
    if (write === undefined || typeof message !== 'string' || typeof context !== 'string') {
      settled(target[level](message, ...rest));
      return;
    }
    try {
      settled(write(message, context));
    } catch {
      // The logger is not of the class that it seems to be.
      settled(target[level](message, ...rest));
    }
  }
}

/** Handles the rejection of a promise that a logger returns: it would end the process. */
function settled(returned: unknown): void {
  if (types.isPromise(returned)) returned.catch(() => undefined);
}
