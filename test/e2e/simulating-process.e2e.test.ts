import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { useTranspiledPackage } from '../support/transpiled-package.js';

describe('a process with simulated banks', () => {
  const library = useTranspiledPackage('bundled');

  /** What a program with a running simulator prints until it ends; it is killed where `until` appears. */
  async function run(then: string, until?: string) {
    const program = join(library.folder, 'simulating.mjs');
    writeFileSync(
      program,
      `import { BankSimulator } from 'nestjs-bank-auth/testing';
       const banks = await BankSimulator.start();
       process.on('exit', () => console.log('ended'));
       ${then}`,
    );
    const child = spawn(process.execPath, [program], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // Where it does not end by itself, this test fails; but it must not hold up the others.
      timeout: 15_000,
      killSignal: 'SIGKILL',
    });
    let output = '';
    for await (const data of child.stdout) {
      output += data;
      if (until !== undefined && output.includes(until)) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return output;
  }

  const ask = `
    const bank = banks.bank('partner');
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const { clientId, clientSecret } = bank.credentials;
    const body = JSON.stringify({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
    const ask = async () => (await fetch(bank.tokenUrl, { method: 'POST', headers, body })).status;
  `;

  it('is not kept alive by a bank with an open connection', async () => {
    const open = `
      const { connect } = await import('node:net');
      const { once } = await import('node:events');
      const socket = connect(Number(new URL(bank.origin).port), '127.0.0.1');
      await once(socket, 'connect');
      socket.unref();
    `;
    expect(await run(`${ask} ${open} console.log(await ask());`)).toBe('200\nended\n');
  });

  it('lives on for a client that waits for a slow answer', async () => {
    expect(await run(`${ask} bank.setLatency({ token: 50 }); console.log(await ask());`)).toBe(
      '200\nended\n',
    );
  });

  it('is kept alive by banks that it was told to serve, until they stop', async () => {
    const serve = `banks.ref();`;
    expect(await run(`${serve} setTimeout(() => console.log('alive'), 100).unref();`, 'alive')).toBe(
      'alive\n',
    );
    expect(await run(`${serve} await banks.stop();`)).toBe('ended\n');
  });
});
