import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { runProgram } from '../support/run-program.js';
import { useTranspiledPackage } from '../support/transpiled-package.js';

// Loggers of others, in processes of their own: they are CommonJS and require Nest, which Jest cannot do on Node.js 20.

const N11 = 'dist/nest-11';

const library = useTranspiledPackage('separate', { commonJs: true });
beforeAll(() => {
  // There, Nest is version 11.
  for (const room of ['logs', 'errors']) library.add(`src/${room}`, `${N11}/${room}`, 'commonjs');
  mkdirSync(join(library.folder, N11, 'node_modules/@nestjs'), { recursive: true });
  symlinkSync(
    join(library.folder, 'node_modules/nest-common-11'),
    join(library.folder, N11, 'node_modules/@nestjs/common'),
  );
});

const NOT_AFTER = Date.UTC(2020, 0, 31);
const TEXT =
  /^\[BANK_AUTH_EXPIRING\] bog-payments: the secret \(secretExpiresAt\) has been expired since [^\n]+$/;
const FIELDS = {
  code: 'BANK_AUTH_EXPIRING',
  provider: 'bog-payments',
  merchant: 'default',
  what: 'secret',
  notAfter: NOT_AFTER,
};

/** Starts an application in which a secret is over, with each of these loggers, and gives what they wrote. */
const program = (loggers: string) => `
  await load('reflect-metadata');
  const { NestFactory } = await load('@nestjs/core');
  const { BankAuthModule } = await load('nestjs-bank-auth');
  const written = {};
  const collect = (name) => {
    written[name] = [];
    return (line) => written[name].push(String(line));
  };
  const started = async (imports, loggerOf) => {
    const providers = {
      'bog-payments': { clientId: 'id', clientSecret: 'secret', secretExpiresAt: '2020-01-31' },
    };
    imports = [...imports, BankAuthModule.forRoot({ environment: 'sandbox', warmUp: false, providers })];
    const app = await NestFactory.createApplicationContext({ module: class Root {}, imports }, { bufferLogs: true });
    app.useLogger(loggerOf(app));
    await new Promise((resolve) => setImmediate(resolve));
    await app.close();
  };
  ${loggers}
  return written;
`;

const ofTheModule = (lines: readonly string[] | undefined) =>
  (lines ?? []).map((line) => JSON.parse(line)).filter(({ context }) => context === 'BankAuth');

describe.each([
  ['an ES module', 'mjs'],
  ['CommonJS', 'cjs'],
] as const)('a line of the log with its fields, in %s', (_name, kind) => {
  test('is one record of nestjs-pino and of nest-winston, and stays as it is where winston writes text', async () => {
    const written = await runProgram<Record<string, string[]>>(
      library,
      kind,
      program(`
        const { Writable } = await load('node:stream');
        const { Logger, LoggerModule, NativeLogger } = await load('nestjs-pino');
        // Beyond requests, it has one stream in a process.
        const pino = LoggerModule.forRoot({ pinoHttp: { stream: { write: collect('pino') } } });
        for (const Class of [Logger, NativeLogger]) await started([pino], (app) => app.get(Class));
        const { WinstonModule, utilities } = await load('nest-winston');
        const winston = await load('winston');
        const { format, transports } = winston.format ? winston : winston.default;
        const into = (name, format) => {
          const write = collect(name);
          const stream = new Writable({ write: (text, _encoding, done) => done(void write(text)) });
          return new transports.Stream({ stream, ...(format && { format }) });
        };
        const json = format.combine(format.timestamp(), format.json());
        const text = format.combine(format.timestamp(), utilities.format.nestLike('app', { colors: false }));
        for (const options of [
          { transports: [into('winston by default')] },
          { format: json, transports: [into('winston in JSON')] },
          { format: text, transports: [into('winston in text')] },
          { transports: [into('one in JSON', json), into('the other in text', text)] },
        ])
          await started([], () => WinstonModule.createLogger(options));
      `),
    );
    const ofPino = { level: 50, msg: expect.stringMatching(TEXT), ...FIELDS };
    expect(ofTheModule(written.pino)).toEqual(Array(2).fill(expect.objectContaining(ofPino)));
    for (const name of ['winston by default', 'winston in JSON']) {
      const record = { level: 'error', message: expect.stringMatching(TEXT), ...FIELDS };
      expect([name, ofTheModule(written[name])]).toEqual([name, [expect.objectContaining(record)]]);
    }
    expect(ofTheModule(written['one in JSON'])).toEqual([
      expect.objectContaining({ message: expect.stringMatching(TEXT) }),
    ]);
    for (const name of ['winston in text', 'the other in text']) {
      const lines = (written[name] ?? []).filter((line) => line.includes('[BankAuth]'));
      expect([name, lines]).toEqual([name, [expect.stringContaining('[BANK_AUTH_EXPIRING] bog-payments: ')]]);
      expect(lines[0]).not.toContain('notAfter');
    }
  }, 60_000);
});

test('a line of the log with its fields is one JSON record of NestJS 11, and one line of its text', async () => {
  const [json, text] = await runProgram<string[][]>(
    library,
    'cjs',
    `const { ConsoleLogger, Logger } = require('./${N11}/node_modules/@nestjs/common');
    const { ApplicationLogger } = require('./${N11}/logs/index.js');
    const written = [];
    const write = process.stdout.write;
    const fields = { code: 'BANK_AUTH_EXPIRING', notAfter: 7 };
    const lines = [];
    for (const options of [{ json: true }, { colors: false }]) {
      const own = [];
      process.stdout.write = process.stderr.write = (line) => own.push(line);
      Logger.overrideLogger(new ConsoleLogger(options));
      for (const level of ['log', 'warn', 'error']) new ApplicationLogger()[level]('a line', fields);
      lines.push(own);
    }
    process.stdout.write = write;
    return lines;`,
  );
  expect(json?.map((line) => JSON.parse(line))).toEqual(
    ['log', 'warn', 'error'].map((level) =>
      expect.objectContaining({
        level,
        message: 'a line',
        context: 'BankAuth',
        params: { code: 'BANK_AUTH_EXPIRING', notAfter: 7 },
      }),
    ),
  );
  expect(text).toEqual(
    ['LOG', 'WARN', 'ERROR'].map((level) => expect.stringMatching(`${level} \\[BankAuth\\] a line\n$`)),
  );
}, 60_000);
