import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ConsoleLogger, type ConsoleLoggerOptions, Logger, type LoggerService } from '@nestjs/common';
import { writeLine } from '../../../src/errors/index.js';
import { ApplicationLogger } from '../../../src/logs/index.js';

const FIELDS = { provider: 'bog-payments', merchant: 'default', notAfter: 7, reason: undefined };
const LINE = { level: 'warn', code: 'BANK_AUTH_EXPIRING', text: 'it ends', fields: FIELDS } as const;
const TEXT = '[BANK_AUTH_EXPIRING] it ends';
const GIVEN = { code: 'BANK_AUTH_EXPIRING', provider: 'bog-payments', merchant: 'default', notAfter: 7 };

let output: string[];
beforeEach(() => {
  output = [];
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation((text) => {
      output.push(String(text));
      return true;
    });
  }
});
const before = (Logger as unknown as { readonly staticInstanceRef: LoggerService }).staticInstanceRef;
afterEach(() => {
  Logger.overrideLogger(before);
  jest.restoreAllMocks();
});

const records = () => output.map((text) => JSON.parse(text));
const json = (options: ConsoleLoggerOptions = {}) => new ConsoleLogger({ json: true, ...options });

/** Writes the line to this logger, at each level. */
function write(logger: LoggerService | false | undefined, application = new ApplicationLogger()): void {
  if (logger !== undefined) Logger.overrideLogger(logger);
  for (const level of ['log', 'warn', 'error'] as const) writeLine(application, { ...LINE, level });
}

describe("Nest's logger", () => {
  test('that writes JSON gets the fields as its params', () => {
    write(json());
    expect(records()).toEqual(
      ['log', 'warn', 'error'].map((level) => ({
        level,
        pid: process.pid,
        timestamp: expect.any(Number),
        message: TEXT,
        context: 'BankAuth',
        params: GIVEN,
      })),
    );
  });

  test('that flattens params has the fields beside its own', () => {
    write(json({ flattenParams: true }));
    expect(records()[1]).toMatchObject({ level: 'warn', message: TEXT, ...GIVEN });
  });

  test('that makes a record of each object gets one record all the same', () => {
    write(json({ structuredParams: false }));
    expect(records()).toEqual(
      ['log', 'warn', 'error'].map((level) =>
        expect.objectContaining({ level, message: TEXT, context: 'BankAuth', params: GIVEN }),
      ),
    );
  });

  test.each<[string, LoggerService | undefined]>([
    ['of the default', undefined],
    ['without colours', new ConsoleLogger({ colors: false })],
    ['with colours', new ConsoleLogger({ colors: true })],
  ])('that writes text writes one line each, of the text alone: %s', (_what, logger) => {
    write(logger);
    expect(output).toHaveLength(3);
    for (const line of output) {
      expect(line).toContain(TEXT);
      expect(line.match(/\n/g)).toHaveLength(1);
      expect(line).not.toContain('notAfter');
    }
  });

  test('writes no level that is off', () => {
    write(json({ logLevels: ['error'] }));
    expect(records().map(({ level }) => level)).toEqual(['error']);
    write(false);
    expect(output).toHaveLength(1);
  });

  test('shows no field that has no value', () => {
    write(json({ colors: true }));
    expect(output.join()).toContain('BANK_AUTH_EXPIRING');
    expect(output.join()).not.toContain('undefined');
  });

  test('that is switched off later loses the lines that were kept, and the start goes on', () => {
    Logger.attachBuffer();
    write(undefined);
    Logger.overrideLogger(false);
    Logger.flush();
    expect(output).toEqual([]);
  });

  test('that is given later gets the lines that were kept for it, with their fields', () => {
    const application = new ApplicationLogger();
    Logger.attachBuffer();
    write(undefined, application);
    expect(output).toEqual([]);
    Logger.overrideLogger(json());
    Logger.flush();
    expect(records().map(({ params }) => params)).toEqual([GIVEN, GIVEN, GIVEN]);
    Logger.overrideLogger(new ConsoleLogger({ colors: false }));
    write(undefined, application);
    expect(output.at(-1)).toMatch(/ERROR \[BankAuth\] \[BANK_AUTH_EXPIRING\] it ends\n$/);
  });

  test('that an application extends gets fields where it writes by the methods of Nest', () => {
    class Own extends ConsoleLogger {
      protected override getJsonLogObject(message: unknown, options: any) {
        return { ...super.getJsonLogObject(message as string, options), service: 'payments' };
      }
    }
    write(new Own({ json: true }));
    expect(records()[0]).toMatchObject({ message: TEXT, params: GIVEN, service: 'payments' });
  });

  test('whose methods are those of the application gets the text alone', () => {
    const heard: unknown[][] = [];
    class Own extends ConsoleLogger {
      override error(message: any, ...rest: any[]) {
        heard.push([message.toUpperCase(), ...rest]);
      }
    }
    write(new Own({ json: true }));
    expect(heard).toEqual([[TEXT.toUpperCase(), undefined, 'BankAuth']]);
    expect(records().map(({ params }) => params)).toEqual([GIVEN, GIVEN]);
  });

  test('that keeps what it needs in private members gets the text, if it cannot be completed', () => {
    class Own extends ConsoleLogger {
      readonly #service = 'payments';
      protected override printMessages(messages: unknown[], ...rest: any[]) {
        (super.printMessages as (...all: unknown[]) => void)(
          messages.map((message) => `${this.#service}: ${message}`),
          ...rest,
        );
      }
    }
    write(new Own({ json: true, structuredParams: false }));
    expect(records().map(({ message }) => message)).toEqual(Array(3).fill(`payments: ${TEXT}`));
  });
});

describe('a logger that an application makes of that of a library', () => {
  const calls: unknown[][] = [];
  beforeEach(() => void calls.splice(0));
  const note =
    (name: string) =>
    (...given: unknown[]) =>
      void calls.push([name, ...given]);

  class PinoLogger {
    info = note('info');
    warn = note('warn');
    error = note('error');
  }
  /** As those of nestjs-pino are. */
  class OfPino {
    readonly logger = new PinoLogger();
    readonly contextName: string = 'where';
    call() {}
    log(..._given: unknown[]) {}
    warn(..._given: unknown[]) {}
    error(..._given: unknown[]) {}
  }
  /** As that of nest-winston is. */
  class OfWinston {
    getWinstonLogger() {
      const transform = (info: object) => ({ ...info, [Symbol.for('message')]: '{}' });
      return { format: { transform }, transports: [{}] };
    }
    log = (...given: unknown[]) => note('log')(...given);
    warn(...given: unknown[]) {
      note('warn')(...given);
    }
    error(...given: unknown[]) {
      note('error')(...given);
    }
  }

  test('gets fields by the methods that it has of nestjs-pino, and a string by its own', () => {
    class Own extends OfPino {
      override warn = note('its own');
    }
    write(new Own());
    expect(calls).toEqual([
      ['info', { where: 'BankAuth', ...GIVEN }, TEXT],
      ['its own', TEXT, 'BankAuth'],
      ['error', { where: 'BankAuth', ...GIVEN }, TEXT],
    ]);
  });

  test('gets fields by the methods that it has of nest-winston, and a string by its own', () => {
    write(new OfWinston());
    expect(calls).toEqual([
      ['log', TEXT, 'BankAuth'],
      ['warn', { ...GIVEN, message: TEXT }, 'BankAuth'],
      ['error', { ...GIVEN, message: TEXT }, undefined, 'BankAuth'],
    ]);
  });
});

describe('a logger that is not known', () => {
  test('gets a string and the context, as from any logger of Nest', () => {
    const calls: unknown[][] = [];
    const own =
      (level: string) =>
      (message: string, ...rest: unknown[]) =>
        void calls.push([level, message.includes('it ends'), ...rest]);
    write({ log: own('log'), warn: own('warn'), error: own('error') });
    expect(calls).toEqual([
      ['log', true, 'BankAuth'],
      ['warn', true, 'BankAuth'],
      ['error', true, undefined, 'BankAuth'],
    ]);
  });

  test.each<[string, () => unknown]>([
    [
      'has getters that throw',
      () => ({
        get getWinstonLogger() {
          throw new Error('no');
        },
      }),
    ],
    ['is a proxy that has whatever is asked for', () => new Proxy({}, { get: () => 'PinoLogger' })],
    [
      'looks like that of nestjs-pino',
      () => ({ contextName: 'context', logger: new (class PinoLogger {})() }),
    ],
    ['looks like that of nest-winston', () => ({ getWinstonLogger: () => undefined })],
  ])('gets that also where it %s', (_what, members) => {
    const texts: unknown[] = [];
    const methods: Record<string, unknown> = {
      log: (text: unknown) => texts.push(text),
      warn: (text: unknown) => texts.push(text),
      error: (text: unknown) => texts.push(text),
    };
    const odd = members() as Record<string, unknown>;
    const logger = new Proxy(odd, {
      get: (target, name) => methods[name as string] ?? Reflect.get(target, name),
    });
    write(logger as unknown as LoggerService);
    expect(texts).toEqual([TEXT, TEXT, TEXT]);
  });

  test('that throws or rejects loses its lines, and nothing else', async () => {
    const lost = jest.fn();
    process.on('unhandledRejection', lost);
    const fails = () => {
      throw new Error('no disk');
    };
    write({ log: fails, warn: fails, error: async () => fails() });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', lost);
    expect(lost).not.toHaveBeenCalled();
  });

  test('is what a spy on the methods of Logger sees', () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    write(json());
    expect(warn.mock.calls).toEqual([[TEXT]]);
  });
});
