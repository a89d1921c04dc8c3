import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BankSimulator } from '../../../src/testing/simulator/index.js';
import { askToken } from '../../support/simulator-client.js';
import { TranspiledPackage } from '../../support/transpiled-package.js';
import { unusedPort } from '../../support/unused-port.mjs';

describe('settings of a bank', () => {
  it('fix its port, which is free again after stop()', async () => {
    const port = await unusedPort();
    const former = await BankSimulator.start({ bank: 'partner', port });
    await former.stop();
    await using banks = await BankSimulator.start({ bank: 'partner', port }, 'bog-ipay');
    expect(banks.bank('partner').origin).toBe(`http://127.0.0.1:${port}`);
    for (const bank of banks.banks) expect((await askToken(bank)).status).toBe(200);
  });

  it('fix all of its credentials or some', async () => {
    const credentials = { clientId: 'id', clientSecret: 'secret', apiKey: 'key' };
    await using banks = await BankSimulator.start(
      { bank: 'tbc-tpay', credentials },
      { bank: 'bog-payments', credentials: { clientId: 'shop' } },
    );
    expect(banks.bank('tbc-tpay').credentials).toEqual(credentials);
    expect(banks.env('tbc-tpay')).toMatchObject({ TBC_TPAY_CLIENT_ID: 'id', TBC_TPAY_API_KEY: 'key' });
    const { clientId, clientSecret } = banks.bank('bog-payments').credentials;
    expect([clientId, clientSecret.length > 20]).toEqual(['shop', true]);
    for (const bank of banks.banks) expect((await askToken(bank)).status).toBe(200);
  });

  it('report a port that is taken, and nothing is left of the others', async () => {
    const port = await unusedPort();
    await using first = await BankSimulator.start({ bank: 'partner', port });
    const second = BankSimulator.start(
      { bank: 'bog-ipay', port: await unusedPort() },
      { bank: 'partner', port },
    );
    await expect(second).rejects.toThrow(
      `The simulated bank 'partner' cannot listen on 127.0.0.1:${port}: listen EADDRINUSE`,
    );
    expect((await askToken(first.bank('partner'))).status).toBe(200);
  });

  it.each([
    [
      { bank: 'partner', prot: 1 },
      'has no setting prot: there are bank, port, host, credentials, answers, webhooks, tls, onRequest',
    ],
    [{ bank: 'partner', port: 65_536 }, 'A port is a whole number from 0 to 65535; got 65536'],
    [{ bank: 'partner', credentials: { clientId: '' } }, 'clientId must be a string'],
    [{ bank: 'bog-ipay', credentials: { clientId: 'a:b' } }, 'has no colon'],
    [{ bank: 'acme' }, "no simulated bank 'acme'"],
  ])('are an error if they are wrong: %j', async (settings, message) => {
    await expect(BankSimulator.start(settings as never)).rejects.toThrow(message);
  });

  it('may not start two banks under one id', async () => {
    const twice = BankSimulator.start('partner', { bank: 'partner', port: 0 });
    await expect(twice).rejects.toThrow("Two simulated banks have the id 'partner'.");
  });
});

describe('a process with simulated banks', () => {
  let library: TranspiledPackage;
  beforeAll(() => {
    library = new TranspiledPackage();
  });
  afterAll(() => library.remove());

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

  it('is not kept alive by banks that were not stopped', async () => {
    expect(await run('')).toBe('ended\n');
  });

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
    const serve = `banks.ref(); setTimeout(() => console.log('alive'), 100).unref();`;
    expect(await run(serve, 'alive')).toBe('alive\n');
    expect(await run(`${serve} await banks.stop();`)).toBe('ended\n');
  });
});
