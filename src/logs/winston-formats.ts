// The used members of a logger of winston (logform and winston-transport are parts of it).

interface Format {
  transform(info: object, options: unknown): Info | false;
  readonly options?: unknown;
}

interface Info {
  readonly [MESSAGE]?: unknown;
}

interface WinstonLogger {
  readonly format: Format;
  readonly transports: readonly { readonly format?: Format; readonly silent?: boolean }[];
}

/** The symbol of the member with the string that is written. */
const MESSAGE: unique symbol = Symbol.for('message') as never;
const LEVEL = Symbol.for('level');

/** The results for formats, which do not change; by level, since formats may omit some levels. */
const seen = new WeakMap<object, Map<string, boolean>>();

/**
 * Whether everything that a logger writes is JSON. A format is a function without a description, so it is tested once
 * with a line.
 */
export function writesJson({ format, transports }: WinstonLogger, level: 'log' | 'warn' | 'error'): boolean {
  const name = level === 'log' ? 'info' : level;
  const written = transports.filter(({ silent }) => silent !== true);
  return written.length > 0 && written.every((transport) => isJson(format, transport.format, name));
}

function isJson(ofLogger: Format, ofTransport: Format | undefined, level: string): boolean {
  const key = ofTransport ?? ofLogger;
  const known = seen.get(key)?.get(level);
  if (known !== undefined) return known;
  const shown = { level, message: '', context: 'BankAuth', [LEVEL]: level };
  const first = ofLogger.transform(shown, ofLogger.options);
  const info = first && ofTransport ? ofTransport.transform({ ...first }, ofTransport.options) : first;
  // The format omits this line, but perhaps not every line.
  if (!info) return false;
  const answer = isJsonText(info[MESSAGE]);
  const answers = seen.get(key) ?? new Map<string, boolean>();
  seen.set(key, answers.set(level, answer));
  return answer;
}

function isJsonText(text: unknown): boolean {
  try {
    return typeof text === 'string' && typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
