import { ConsoleLogger, type LoggerService } from '@nestjs/common';
import type { LogFields, LogLine } from '../errors/index.js';
import { writesJson } from './winston-formats.js';

type Level = LogLine['level'];

/** Writes one line with its fields. */
type FieldWriter = (text: string, context: string) => unknown;

/** A logger's members, which may be anything. */
type Members = { readonly [member: string]: any };

/**
 * The way in which this logger takes fields besides the message; undefined if it takes none or is unknown. Loggers are
 * recognised by their class: a logger that does not expect an object may fail because of it. Never throws.
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

/** The `protected` members of Nest's own logger with `json: true`, which subclasses may use. */
interface JsonLogger {
  readonly options?: { readonly json?: boolean };
  getContextAndMessagesToPrint?(args: unknown[]): { readonly params?: object };
  getJsonLogObject?(message: unknown, options: unknown): object;
}

function ofNest(logger: ConsoleLogger, level: Level, fields: LogFields): FieldWriter | undefined {
  // An overridden method may expect anything.
  if (!(logger instanceof ConsoleLogger) || logger[level] !== ConsoleLogger.prototype[level])
    return undefined;
  const json = logger as unknown as JsonLogger;
  if (json.options?.json !== true) return undefined;
  // From Nest 12 on, an object after the message is the `params` of its record.
  if (json.getContextAndMessagesToPrint?.(['', fields, '']).params !== undefined)
    return (text, context) => logger[level](text, fields, context);
  const { getJsonLogObject } = json;
  if (typeof getJsonLogObject !== 'function') return undefined;
  // Before Nest 12, it would be a record of its own. So the fields are added where the record is made.
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

/** `Logger` and `NativeLogger` of nestjs-pino, which always writes JSON. pino itself takes the object first. */
function ofPino(logger: Members, level: Level, fields: LogFields): FieldWriter | undefined {
  const { logger: pino, contextName } = logger;
  const isPino = pino?.constructor?.name === 'PinoLogger' && typeof contextName === 'string';
  if (!isPino || !hasOwnMethods(logger, level, 'call')) return undefined;
  const method = level === 'log' ? 'info' : level;
  return (text, context) => pino[method]({ [contextName]: context, ...fields }, text);
}

/** `WinstonLogger` of nest-winston, whose message may be an object with the member `message`. */
function ofWinston(logger: Members, level: Level, fields: LogFields): FieldWriter | undefined {
  const isWinston =
    typeof logger.getWinstonLogger === 'function' && hasOwnMethods(logger, level, 'getWinstonLogger');
  // In plain text formats, fields would be lines of their own.
  if (!isWinston || !writesJson(logger.getWinstonLogger(), level)) return undefined;
  return (message, context) =>
    level === 'error'
      ? logger.error({ ...fields, message }, undefined, context)
      : logger[level]({ ...fields, message }, context);
}

/** Whether the same class defines both methods, so that no subclass has overridden the first. */
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
