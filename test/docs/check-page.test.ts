import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { PlantedSecrets } from '../support/planted-secrets.js';
import { simulator, useSimulatedBanks } from '../support/simulated-bank.js';
import { DAY, member } from '../support/tls-identities.js';
import { useTranspiledPackage } from '../support/transpiled-package.js';
import { unusedPort } from '../support/unused-port.mjs';

const page = fileURLToPath(new URL('../../docs/check.md', import.meta.url));
const BLOCK = /(<!-- check:output -->\n```text\n)[\s\S]*?(```)/;

useSimulatedBanks('bog-payments', 'partner');

const library = useTranspiledPackage('bundled');
const secrets = new PlantedSecrets();

/** Runs the command as npx does, and sees that it shows no secret. */
async function run(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(library.folder, 'dist/esm/cli/main.js'), ...args], {
    cwd: library.folder,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { out: '', err: '' };
  child.stdout.on('data', (data) => {
    texts.out += data;
  });
  child.stderr.on('data', (data) => {
    texts.err += data;
  });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  expect(secrets.namesIn(texts.out + texts.err)).toEqual([]);
  return { code, ...texts };
}

/** The variables of the simulated banks, as they should be. */
function variables(): Record<string, string> {
  const set: Record<string, string> = { BANK_AUTH_ENVIRONMENT: 'sandbox' };
  for (const { id } of simulator.banks) {
    const prefix = id.toUpperCase().replaceAll('-', '_');
    const { clientId, clientSecret, tokenUrl, apiBaseUrl } = simulator
      .bank(id as 'partner')
      .providerOptions();
    set[`${prefix}_CLIENT_ID`] = clientId;
    set[`${prefix}_CLIENT_SECRET`] = secrets.plant(`the secret of ${id}`, clientSecret);
    set[`${prefix}_TOKEN_URL`] = tokenUrl;
    set[`${prefix}_API_BASE_URL`] = apiBaseUrl;
  }
  return set;
}

/** What differs from run to run, and has the same length each time. */
function masked(text: string): string {
  return text
    .replace(/127\.0\.0\.1:\d{5}/g, '127.0.0.1:41234')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '2026-01-31T12:00:00Z');
}

describe('the command', () => {
  // Where this fails on purpose, UPDATE_DOCS=1 writes the page anew.
  test('prints what docs/check.md shows', async () => {
    const { cert, key } = await member('client.invalid', { from: -30 * DAY, to: -DAY });
    secrets.plantPem('the key', key);
    mkdirSync(join(library.folder, 'secrets'));
    writeFileSync(join(library.folder, 'secrets/client.crt'), cert, { mode: 0o644 });
    writeFileSync(join(library.folder, 'secrets/client.key'), key, { mode: 0o644 });
    const set = {
      ...variables(),
      BOG_PAYMENTS_CLIENT_SECRET: secrets.plant('the wrong secret', 'this-secret-is-wrong'),
      TBC_CHECKOUT_CLIENT_ID: 'my-shop',
      TBC_CHECKOUT_CLIENT_SECRET: secrets.plant('another secret', 'nobody-gets-this-secret'),
      TBC_CHECKOUT_API_KEY: secrets.plant('an API key', 'nobody-gets-this-key'),
      TBC_CHECKOUT_TOKEN_URL: `http://127.0.0.1:${await unusedPort()}/v1/tpay/access-token`,
      TBC_CHECKOUT_API_BASE_URL: 'http://127.0.0.1:41234',
      PARTNER_TLS_CERTIFICATE_FILE: 'secrets/client.crt',
      PARTNER_TLS_KEY_FILE: 'secrets/client.key',
    };
    const command = /^npx nestjs-bank-auth (.*)$/m.exec(readFileSync(page, 'utf8'))?.[1] ?? '';
    const { code, out, err } = await run(command.split(' '), set);
    expect([code, err]).toEqual([1, '']);
    const text = readFileSync(page, 'utf8');
    const written = text.replace(BLOCK, (_block, before, after) => `${before}${masked(out)}${after}`);
    if (process.env.UPDATE_DOCS === '1') writeFileSync(page, written);
    expect(readFileSync(page, 'utf8')).toBe(written);
  });

  test('takes the options of an application, whose hooks do not run and whose output is not shown', async () => {
    writeFileSync(
      join(library.folder, 'app.mjs'),
      `import 'reflect-metadata';
      import { Module } from '@nestjs/common';
      import { BankAuthModule, bankAuthFromEnv } from 'nestjs-bank-auth';
      console.log(process.env.PARTNER_CLIENT_SECRET);
      console.error(process.env.PARTNER_CLIENT_SECRET);
      export class AppModule { onModuleInit() { process.exit(9); } }
      Module({ imports: [BankAuthModule.forRootAsync(bankAuthFromEnv('bog-payments', 'partner'))] })(AppModule);`,
    );
    const asked = await run(['check', '--app', 'app.mjs#AppModule', '--json'], variables());
    const { providers, ...report } = JSON.parse(asked.out);
    expect([asked.code, asked.err, report]).toEqual([0, '', { version: 1, exitCode: 0, problems: [] }]);
    expect(providers.map((each: Record<string, unknown>) => [each.provider, each.result])).toEqual([
      ['bog-payments', 'well'],
      ['partner', 'well'],
    ]);
    expect(simulator.banks.map((bank) => bank.tokenRequests)).toEqual([1, 1]);
    const unknown = await run(['check', 'unipay', '--app', 'app.mjs'], variables());
    expect([unknown.code, unknown.out]).toEqual([2, '']);
    expect(unknown.err).toContain('It declares bog-payments, partner.');
  });

  test('shows no message of what is thrown where nobody catches it', async () => {
    writeFileSync(
      join(library.folder, 'broken.mjs'),
      `Promise.reject(new TypeError(process.env.PARTNER_CLIENT_SECRET));
      await new Promise((resolve) => setTimeout(resolve, 50));`,
    );
    const { code, out, err } = await run(['check', 'partner', '--definitions', 'broken.mjs'], variables());
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('Something threw that nobody caught (TypeError).');
  });
});
