import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { useTranspiledPackage } from '../support/transpiled-package.js';

const library = useTranspiledPackage('bundled');
let bank: Server;
let requests = 0;
/** Called when a token request has arrived; the answer leaves once it is done. */
let before: () => Promise<void> = async () => undefined;
let child: ChildProcess | undefined;

beforeAll(async () => {
  bank = createServer(async (request, response) => {
    request.resume();
    requests += 1;
    const number = requests;
    await before();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ access_token: `token-${number}`, token_type: 'Bearer', expires_in: 3600 }));
  }).listen(0, '127.0.0.1');
  await once(bank, 'listening');
});
afterEach(() => void child?.kill('SIGKILL'));
afterAll(() => {
  bank.closeAllConnections();
  bank.close();
});

/** An application that has two seconds for a token, in a process of its own. */
async function start(): Promise<ChildProcess> {
  const url = `http://127.0.0.1:${(bank.address() as AddressInfo).port}`;
  const program = join(library.folder, 'paused.mjs');
  writeFileSync(
    program,
    `
    import 'reflect-metadata';
    import { NestFactory } from '@nestjs/core';
    import { BankAuthModule, defineBank, getTokenServiceToken } from 'nestjs-bank-auth';
    const bank = defineBank({ id: 'b', title: 'B', tokenUrl: { sandbox: '${url}/token' }, apiBaseUrl: { sandbox: '${url}' },
      clientAuthentication: { method: 'client_secret_basic' } });
    const retry = { attempts: 1, attemptTimeout: 2_000, deadline: 2_000 };
    const module = BankAuthModule.forRoot({ environment: 'sandbox', warmUp: false, retry,
      providers: { b: { bank, clientId: 'id', clientSecret: 'secret' } } });
    const application = await NestFactory.createApplicationContext({ module: class Root {}, imports: [module] }, { logger: false });
    const tokens = application.get(getTokenServiceToken('b'));
    process.on('message', (blockFor) => {
      tokens.getAccessToken().then((token) => process.send(token), (error) => process.send(error.message));
      if (blockFor > 0) setTimeout(() => {
        for (const end = Date.now() + blockFor; Date.now() < end; );
      }, 200);
    });
    process.send('ready');
    `,
  );
  child = fork(program, { cwd: library.folder, execArgv: [] });
  await once(child, 'message');
  return child;
}

test('a process that was frozen for longer than a token may take gets the token afterwards', async () => {
  requests = 0;
  const process = await start();
  before = async () => {
    process.kill('SIGSTOP');
    // The answer arrives while nobody can read it, and its time passes.
    setTimeout(() => process.kill('SIGCONT'), 3_000);
    await pause(100);
  };
  const answer = once(process, 'message');
  process.send(0);
  expect(await answer).toEqual(['token-1', undefined]);
  expect(requests).toBe(1);
}, 30_000);

test('a process that was busy for longer than a token may take gets the token afterwards', async () => {
  requests = 0;
  const process = await start();
  before = () => pause(400);
  const answer = once(process, 'message');
  process.send(3_000);
  expect(await answer).toEqual(['token-1', undefined]);
  expect(requests).toBe(1);
}, 30_000);
