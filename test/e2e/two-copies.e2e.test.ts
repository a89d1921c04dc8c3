import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { BankSimulator } from '../../src/testing/index.js';
import { useTranspiledPackage } from '../support/transpiled-package.js';

/** What happens in a program with two copies in one process: `ours` is the module's copy, `theirs` the other. */
const program = (options: object) => `
  import 'reflect-metadata';
  import { NestFactory } from '@nestjs/core';
  import axios from 'axios';
  import * as theirs from 'nestjs-bank-auth';
  import * as ours from './dist/copy/index.js';

  const options = ${JSON.stringify(options)};
  const token = ours.getBankInterceptorToken('bog-payments');
  const start = (imports, providers = []) => NestFactory.createApplicationContext(
    { module: class Root {}, imports, providers }, { logger: false, abortOnError: false });
  const refusal = (made) => made.then(() => 'started', (error) => error.message);
  const consumer = (type, decorate) => (decorate(type), type);

  const Payments = consumer(class { constructor(http, tokens) { Object.assign(this, { http, tokens }); } }, (type) => {
    theirs.InjectBankHttp('bog-payments')(type, undefined, 0);
    Reflect.defineMetadata('design:paramtypes', [Object, theirs.TokenService], type);
  });
  const application = await start([ours.BankAuthModule.forRoot(options)], [Payments]);
  const { http, tokens } = application.get(Payments);
  const injected = [
    (await http.axiosRef.get('/simulator/echo')).status, tokens === application.get(ours.TokenService), tokens.provider,
  ];

  const other = (await start([theirs.BankAuthModule.forRoot(options)])).get(token);
  const instance = axios.create({ baseURL: options.providers['bog-payments'].apiBaseUrl });
  const attempt = () => { try { return other.attach(instance); } catch (error) { return error.message; } };
  const detach = application.get(token).attach(instance);
  const whileAttached = attempt();
  detach();
  attempt()();
  application.get(token).attach(instance);
  await application.close();
  const whenClosed = typeof attempt();
  const attached = [whileAttached, whenClosed, (await instance.get('/simulator/echo')).status];

  const undeclared = await refusal(start([ours.BankAuthModule.forRoot(options)], [
    consumer(class Refunds {}, (type) => theirs.InjectBankHttp('bog-paiments')(type, undefined, 0)),
  ]));
  const both = await refusal(start([ours.BankAuthModule.forRoot(options), theirs.BankAuthModule.forRoot(options)]));
  console.log(JSON.stringify({ one: ours.BankAuthModule === theirs.BankAuthModule, injected, attached, undeclared, both }));
  process.exit();
`;

const library = useTranspiledPackage('bundled');
let outcome: Record<'one' | 'injected' | 'attached' | 'undeclared' | 'both', unknown>;
beforeAll(async () => {
  const simulator = await BankSimulator.start('bog-payments');
  try {
    library.add('src', 'dist/copy');
    const file = join(library.folder, 'program.mjs');
    writeFileSync(file, program({ ...simulator.options('bog-payments'), warmUp: false }));
    const { stdout } = await promisify(execFile)(process.execPath, [file], {
      cwd: library.folder,
      env: { PATH: process.env.PATH },
    });
    outcome = JSON.parse(stdout);
  } finally {
    await simulator.stop();
  }
}, 60_000);

describe('two copies of the package in one process', () => {
  test('are distinct', () => {
    expect(outcome.one).toBe(false);
  });

  test('inject by the decorators and the class of each other', () => {
    expect(outcome.injected).toEqual([200, true, 'bog-payments']);
  });

  test('report an undeclared name to the decorator of the other', () => {
    expect(outcome.undeclared).toMatch(
      /^Refunds injects @InjectBankHttp\('bog-paiments'\), but BankAuthModule declares bog-payments\./,
    );
  });

  test('refuse to attach to an instance of the other, and take it over when it is closed or detached', () => {
    expect(outcome.attached).toEqual([
      expect.stringContaining('this axios instance already has the interceptor of bog-payments'),
      'function',
      200,
    ]);
  });

  test('are one registration too many in one application', () => {
    expect(outcome.both).toContain('registered 2 times');
  });
});
