import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { BankSimulator } from '../../src/testing/index.js';
import { NOTHING_KEEPS_ALIVE, sayWhatKeepsAlive } from '../support/ending-program.js';
import { useTranspiledPackage } from '../support/transpiled-package.js';

let simulator: BankSimulator;
const library = useTranspiledPackage('bundled');
beforeAll(async () => {
  simulator = await BankSimulator.start('bog-payments');
});
beforeEach(() => simulator.reset());
afterAll(async () => {
  await simulator.stop();
});

interface Ended {
  readonly output: string;
  /** None where it was killed, as it did not end by itself. */
  readonly code: number | null;
}

let programs = 0;

interface Scenario {
  readonly options: object;
  /** What the application does, until it has nothing to do. */
  readonly act: string;
}

/**
 * Runs applications one after the other in one process, which is killed if it does not end by itself. Each says what would
 * keep it alive, and is closed; not so the last one, with which the process has to end.
 */
function run(...scenarios: Scenario[]): Promise<Ended> {
  const program = join(library.folder, `program-${programs++}.mjs`);
  const applications = scenarios.map(
    ({ options, act }, index) => `
    {
      const module = BankAuthModule.forRoot(${JSON.stringify(options)});
      const application = await NestFactory.createApplicationContext({ module: class Root {}, imports: [module] }, { logger: false });
      const tokens = application.get(TokenService);
      const http = application.get(getBankHttpToken('bog-payments'));
      ${act}
      ${sayWhatKeepsAlive()}
      ${index < scenarios.length - 1 ? 'await application.close();' : ''}
    }`,
  );
  writeFileSync(
    program,
    `
    import 'reflect-metadata';
    import { NestFactory } from '@nestjs/core';
    import { firstValueFrom } from 'rxjs';
    import { BankAuthModule, getBankHttpToken, TokenService } from 'nestjs-bank-auth';
    ${applications.join('')}
    `,
  );
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program], {
      cwd: library.folder,
      env: { PATH: process.env.PATH },
    });
    const timeout = setTimeout(() => child.kill('SIGKILL'), 18_000);
    let output = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.stderr.on('data', (data) => {
      output += data;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timeout);
      resolve({ output, code });
    });
  });
}

function expectEnded({ output, code }: Ended, scenarios = 1): void {
  expect([output, code]).toEqual([NOTHING_KEEPS_ALIVE.repeat(scenarios), 0]);
}

describe('a process', () => {
  const options = (more: object) => ({ ...simulator.options('bog-payments'), ...more });
  const provider = () => simulator.bank('bog-payments').providerOptions();

  // What would keep the process alive is asked for with each; with the last, it really ends.
  test('ends by itself while the library cools down after a failure, keeps a provider warm, or holds tokens and connections, whatever the warm-up', async () => {
    const cooling = {
      options: options({ providers: { 'bog-payments': { ...provider(), clientSecret: 'wrong' } } }),
      act: `
        tokens.token$.subscribe();
        const { code } = await tokens.getAccessToken().catch((error) => error);
        if (code !== 'BANK_AUTH_CREDENTIALS_REJECTED') throw new Error('no failure');
        `,
    };
    const warm = {
      options: options({ providers: { 'bog-payments': { ...provider(), keepWarm: true } } }),
      act: 'await tokens.getAccessToken();',
    };
    const holding = ['background', 'required'].map((warmUp) => ({
      options: options({ warmUp }),
      act: `
        tokens.token$.subscribe();
        await tokens.getAccessToken();
        const { status } = await firstValueFrom(http.get('/simulator/echo'));
        if (status !== 200) throw new Error('no answer');
        `,
    }));
    expectEnded(await run(cooling, warm, ...holding), 4);
  }, 20_000);

  test('stays alive while a caller waits for a token, through the pauses between attempts', async () => {
    simulator.bank('bog-payments').failToken({ status: 503, headers: { 'retry-after': '1' } }, 1);
    const { output, code } = await run({
      options: options({ warmUp: false }),
      act: `console.log(typeof (await tokens.getAccessToken()));`,
    });
    expect([output, code]).toEqual([`string\n${NOTHING_KEEPS_ALIVE}`, 0]);
    expect(simulator.bank('bog-payments').tokenRequests).toBe(2);
  }, 20_000);

  test('ends after close while a token request hangs', async () => {
    simulator.bank('bog-payments').failToken({ hang: true });
    expectEnded(await run({ options: options({}), act: 'await application.close();' }));
  }, 20_000);

  test('is not kept alive by a warm-up against a bank that hangs', async () => {
    simulator.bank('bog-payments').failToken({ hang: true });
    expectEnded(
      await run({ options: options({ retry: { attemptTimeout: 60_000, deadline: 60_000 } }), act: '' }),
    );
  }, 20_000);
});
