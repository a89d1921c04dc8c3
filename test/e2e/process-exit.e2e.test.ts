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

/** Runs an application in a process of its own, which is killed if it does not end by itself. */
function run(options: object, then: string): Promise<Ended> {
  const program = join(library.folder, `program-${programs++}.mjs`);
  writeFileSync(
    program,
    `
    import 'reflect-metadata';
    import { NestFactory } from '@nestjs/core';
    import { firstValueFrom } from 'rxjs';
    import { BankAuthModule, getBankHttpToken, TokenService } from 'nestjs-bank-auth';
    const module = BankAuthModule.forRoot(${JSON.stringify(options)});
    const application = await NestFactory.createApplicationContext({ module: class Root {}, imports: [module] }, { logger: false });
    const tokens = application.get(TokenService);
    const http = application.get(getBankHttpToken('bog-payments'));
    ${then}
    ${sayWhatKeepsAlive()}
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

function expectEnded({ output, code }: Ended): void {
  expect([output, code]).toEqual([NOTHING_KEEPS_ALIVE, 0]);
}

describe('a process', () => {
  const options = (more: object) => ({ ...simulator.options('bog-payments'), ...more });

  test('ends by itself while the library holds tokens and connections, whatever the warm-up', async () => {
    const ends = await Promise.all(
      ['background', 'required'].map((warmUp) =>
        run(
          options({ warmUp }),
          `
          tokens.token$.subscribe();
          await tokens.getAccessToken();
          const { status } = await firstValueFrom(http.get('/simulator/echo'));
          if (status !== 200) throw new Error('no answer');
          `,
        ),
      ),
    );
    for (const end of ends) expectEnded(end);
  }, 20_000);

  test('ends by itself while a provider is kept warm', async () => {
    const provider = { ...simulator.bank('bog-payments').providerOptions(), keepWarm: true };
    const end = await run(
      options({ providers: { 'bog-payments': provider } }),
      'await tokens.getAccessToken();',
    );
    expectEnded(end);
  }, 20_000);

  test('ends by itself while a failure cools down', async () => {
    simulator.bank('bog-payments').failToken('rejected');
    const end = await run(
      options({}),
      `
      tokens.token$.subscribe();
      await tokens.getAccessToken().catch(() => undefined);
      `,
    );
    expectEnded(end);
  }, 20_000);

  test('stays alive while a caller waits for a token, through the pauses between attempts', async () => {
    simulator.bank('bog-payments').failToken({ status: 503, headers: { 'retry-after': '1' } }, 1);
    const { output, code } = await run(
      options({ warmUp: false }),
      `console.log(typeof (await tokens.getAccessToken()));`,
    );
    expect([output, code]).toEqual([`string\n${NOTHING_KEEPS_ALIVE}`, 0]);
    expect(simulator.bank('bog-payments').tokenRequests).toBe(2);
  }, 20_000);

  test('ends after close while a token request hangs', async () => {
    simulator.bank('bog-payments').failToken({ hang: true });
    expectEnded(await run(options({}), 'await application.close();'));
  }, 20_000);

  test('is not kept alive by a warm-up against a bank that hangs', async () => {
    simulator.bank('bog-payments').failToken({ hang: true });
    expectEnded(await run(options({ retry: { attemptTimeout: 60_000, deadline: 60_000 } }), ''));
  }, 20_000);
});
