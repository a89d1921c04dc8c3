// What is known of a logger of winston (logform and winston-transport are parts of it).

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

/** Under which it has what is written. */
const MESSAGE: unique symbol = Symbol.for('message') as never;
const LEVEL = Symbol.for('level');

/** What was seen of formats, which do not change; by level, since they may leave some out. */
const seen = new WeakMap<object, Map<string, boolean>>();

/**
 * Whether all that a logger writes is JSON. Formats are functions that say nothing of themselves, so they are shown a
 * line, once.
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
  // It leaves this line out, but perhaps not all.
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
