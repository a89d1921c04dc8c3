import { ConsoleLogger, type LoggerService } from '@nestjs/common';
import type { LogFields, LogLine } from '../errors/index.js';
import { writesJson } from './winston-formats.js';

type Level = LogLine['level'];

/** Writes one line with its fields. */
type FieldWriter = (text: string, context: string) => unknown;

/** Anything may stand in a logger's members. */
type Members = { readonly [member: string]: any };

/**
 * How this logger takes fields beside the text; undefined where it does not, or where it is not known. Loggers are told
 * by their make, since one that is given an object unasked may fail by it. Never throws.
 */
export function withFields(logger: LoggerService, level: Level, fields: LogFields): FieldWriter | undefined {
  try {
    return (
      ofNest(logger as ConsoleLogger, level, fields) ??
      ofPino(logger as Members, level, fields) ??
      ofWinston(logger as Members, level, fields)
    );
  } catch {
    return undefined;
  }
}

/** What Nest's own logger that writes JSON has within: `protected`, and so for those that extend it. */
interface JsonLogger {
  readonly options?: { readonly json?: boolean };
  getContextAndMessagesToPrint?(args: unknown[]): { readonly params?: object };
  getJsonLogObject?(message: unknown, options: unknown): object;
}

function ofNest(logger: ConsoleLogger, level: Level, fields: LogFields): FieldWriter | undefined {
  // A method that someone else has written may expect anything.
  if (!(logger instanceof ConsoleLogger) || logger[level] !== ConsoleLogger.prototype[level])
    return undefined;
  const json = logger as unknown as JsonLogger;
  if (json.options?.json !== true) return undefined;
  // From 12 on, an object after the text is the `params` of its record.
  if (json.getContextAndMessagesToPrint?.(['', fields, '']).params !== undefined)
    return (text, context) => logger[level](text, fields, context);
  const { getJsonLogObject } = json;
  if (typeof getJsonLogObject !== 'function') return undefined;
  // Before, it would be a record of its own. So the record is completed where it is made.
  const completed: ConsoleLogger = Object.create(logger, {
    getJsonLogObject: {
      value: (message: unknown, options: unknown) => ({
        ...getJsonLogObject.call(logger, message, options),
        params: fields,
      }),
    },
  });
  return (text, context) => completed[level](text, context);
}

/** `Logger` and `NativeLogger` of nestjs-pino, which always writes JSON. pino itself has an object before the text. */
function ofPino(logger: Members, level: Level, fields: LogFields): FieldWriter | undefined {
  const { logger: pino, contextName } = logger;
  const isPino = pino?.constructor?.name === 'PinoLogger' && typeof contextName === 'string';
  if (!isPino || !hasOwnMethods(logger, level, 'call')) return undefined;
  const method = level === 'log' ? 'info' : level;
  return (text, context) => pino[method]({ [contextName]: context, ...fields }, text);
}

/** `WinstonLogger` of nest-winston, to which a message may be an object with the text in it. */
function ofWinston(logger: Members, level: Level, fields: LogFields): FieldWriter | undefined {
  const isWinston =
    typeof logger.getWinstonLogger === 'function' && hasOwnMethods(logger, level, 'getWinstonLogger');
  // In formats of text, fields would be lines of their own.
  if (!isWinston || !writesJson(logger.getWinstonLogger(), level)) return undefined;
  return (message, context) =>
    level === 'error'
      ? logger.error({ ...fields, message }, undefined, context)
      : logger[level]({ ...fields, message }, context);
}

/** Whether a method is by the class that has that other method too, and not replaced by one that extends it. */
function hasOwnMethods(logger: object, method: string, other: string): boolean {
  const owner = ownerOf(logger, method);
  return owner !== undefined && owner === ownerOf(logger, other);
}

function ownerOf(logger: object, method: string): object | undefined {
  for (let each: object | null = logger; each !== null; each = Object.getPrototypeOf(each)) {
    if (Object.hasOwn(each, method)) return each;
  }
  return undefined;
}
