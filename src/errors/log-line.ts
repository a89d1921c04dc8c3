import type { BankAuthErrorCode } from './bank-auth.error.js';

/**
 * The code at the start of each line of the log, in brackets. A line about a failed token request has the code of the
 * error that callers get; the other codes are `BANK_AUTH_`, the subject of the line, and the event.
 */
export type LogCode =
  | BankAuthErrorCode
  | 'BANK_AUTH_BANK_BUSY'
  | 'BANK_AUTH_BANK_RECOVERED'
  | 'BANK_AUTH_BANK_STILL_BUSY'
  | 'BANK_AUTH_BANK_STILL_UNAVAILABLE'
  | 'BANK_AUTH_BANK_UNAVAILABLE'
  | 'BANK_AUTH_EXPIRING'
  | 'BANK_AUTH_LINES_OMITTED'
  | 'BANK_AUTH_LIVE_PAGE'
  | 'BANK_AUTH_MERCHANTS_EVICTED'
  | 'BANK_AUTH_MESSAGE_FAILED'
  | 'BANK_AUTH_MOCK_OVERLOOKED'
  | 'BANK_AUTH_NO_LIVE_PAGE'
  | 'BANK_AUTH_REQUEST_NOT_REPLAYED'
  | 'BANK_AUTH_STORE_RECOVERED'
  | 'BANK_AUTH_STORE_STILL_UNAVAILABLE'
  | 'BANK_AUTH_STORE_UNAVAILABLE'
  | 'BANK_AUTH_STORE_UNUSABLE'
  | 'BANK_AUTH_SUBSCRIBER_FAILED'
  | 'BANK_AUTH_TOKEN_ACCEPTED'
  | 'BANK_AUTH_TOKEN_BRAKED'
  | 'BANK_AUTH_TOKEN_RECOVERED'
  | 'BANK_AUTH_TOKEN_REFUSED'
  | 'BANK_AUTH_TOKEN_STILL_BRAKED'
  | 'BANK_AUTH_TOKEN_STILL_FAILING'
  | 'BANK_AUTH_TOKENS_READY';

/**
 * The content of a line, for loggers that write JSON. Instants are milliseconds since the Unix epoch, durations
 * milliseconds; the names are those of events, where an event says the same.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** A line of the log before it is written. */
export interface LogLine {
  readonly level: 'log' | 'warn' | 'error';
  readonly code: LogCode;
  /** Never holds a secret or a string from a bank. */
  readonly text: string;
  /** The fields besides the code. They never hold a secret or a string from a bank. */
  readonly fields?: LogFields;
}

/** The part of a logger that this library uses. */
export type LineLogger = Record<LogLine['level'], (message: string, fields?: LogFields) => unknown>;

/** The string of a line. */
export function written({ code, text }: Pick<LogLine, 'code' | 'text'>): string {
  return `[${code}] ${text}`;
}

/** Writes a line. */
export function writeLine(logger: LineLogger, line: LogLine): void {
  logger[line.level](written(line), { code: line.code, ...line.fields });
}
