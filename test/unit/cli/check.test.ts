import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { check } from '../../../src/cli/check/check.command.js';
import type { CheckReport } from '../../../src/cli/check/check.report.js';
import { storeFilesOf } from '../../../src/cli/check/secret-files.js';
import { runCommand } from '../../../src/cli/commands.js';
import { readPage } from '../../support/documentation.js';
import { misfits, type Schema } from '../../support/json-schema.js';
import { PlantedSecrets } from '../../support/planted-secrets.js';
import { describeRedis, RedisServer, stopRedis } from '../../support/redis-server.js';
import { simulator, useSimulatedBanks } from '../../support/simulated-bank.js';
import { DAY, member } from '../../support/tls-identities.js';
import { unusedPort } from '../../support/unused-port.mjs';

useSimulatedBanks('partner', 'bog-payments');

/** Of the page, for programs that read the report. */
const SCHEMA: Schema = JSON.parse(
  /<!-- check:schema -->\n```json\n([\s\S]*?)```/.exec(readPage('check.md'))?.[1] ?? '',
);

let cwd: string;
let secrets: PlantedSecrets;
let environment: NodeJS.ProcessEnv;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'check-'));
  secrets = new PlantedSecrets();
  environment = { ...process.env };
  for (const name of Object.keys(process.env)) if (/_proxy$/i.test(name)) delete process.env[name];
  process.env.BANK_AUTH_ENVIRONMENT = 'sandbox';
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment);
});

/** Sets the variables of a simulated bank. */
function configure(id: 'partner' | 'bog-payments', others: Record<string, string> = {}): void {
  const { clientId, clientSecret, tokenUrl, apiBaseUrl } = simulator.bank(id).providerOptions();
  const prefix = id.toUpperCase().replace('-', '_');
  const variables = {
    CLIENT_ID: clientId,
    CLIENT_SECRET: clientSecret,
    TOKEN_URL: tokenUrl,
    API_BASE_URL: apiBaseUrl,
    ...others,
  };
  for (const [name, value] of Object.entries(variables)) process.env[`${prefix}_${name}`] = value;
  secrets.plant('the secret', variables.CLIENT_SECRET as string);
  secrets.plantBasic(clientId, variables.CLIENT_SECRET as string);
}

/** Runs `check`, and sees that it shows no secret, in whatever it prints. */
async function run(...args: string[]) {
  let out = '';
  let err = '';
  const terminal = {
    cwd,
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    silence: () => undefined,
  };
  const code = await check(args, terminal);
  expect(secrets.namesIn(out + err)).toEqual([]);
  return { code, out, err };
}

async function runJson(...args: string[]): Promise<CheckReport> {
  const { code, out } = await run(...args, '--json');
  const report = JSON.parse(out) as CheckReport;
  expect(report.exitCode).toBe(code);
  expect(misfits(report, SCHEMA)).toEqual([]);
  return report;
}

describe('check', () => {
  test('asks a provider once, and says how long its token lives and what says so', async () => {
    configure('bog-payments');
    const { exitCode, providers } = await runJson('bog-payments');
    expect(exitCode).toBe(0);
    expect(providers).toEqual([
      {
        provider: 'bog-payments',
        bank: 'bog-payments',
        environment: 'sandbox',
        result: 'well',
        endpoint: process.env.BOG_PAYMENTS_TOKEN_URL,
        credentialsFrom: 'BOG_PAYMENTS_CLIENT_ID and BOG_PAYMENTS_CLIENT_SECRET',
        proxy: null,
        token: {
          lifetimeMs: expect.any(Number),
          lifetimeFrom: expect.stringMatching(/^(expires_in|jwt)$/),
          scopes: expect.any(Array),
        },
        clockAheadMs: 0,
        expiries: [],
        files: [],
        advice: [],
      },
    ]);
    expect(simulator.bank('bog-payments').tokenRequests).toBe(1);
  });

  test('sends no second request where the first one failed', async () => {
    configure('partner');
    simulator.bank('partner').failToken('unavailable', 9);
    const { exitCode, providers } = await runJson('partner');
    expect([exitCode, providers[0]?.result, providers[0]?.error?.code]).toEqual([
      1,
      'failed',
      'BANK_AUTH_UNAVAILABLE',
    ]);
    // Nothing asks again by itself, so nothing may say so.
    expect(providers[0]?.error?.message).not.toMatch(/asks the bank again|\s$/);
    expect(simulator.bank('partner').tokenRequests).toBe(1);
  });

  test('sends nothing with --offline, and says of a certificate that it has expired', async () => {
    const { cert, key } = await member('client.invalid', { from: -30 * DAY, to: -DAY });
    secrets.plantPem('the key', key);
    writeFileSync(join(cwd, 'key.pem'), key, { mode: 0o644 });
    configure('partner', { TLS_CERTIFICATE: cert, TLS_KEY_FILE: join(cwd, 'key.pem') });
    const { exitCode, providers } = await runJson('partner', '--offline');
    expect(exitCode).toBe(1);
    expect(providers[0]).toMatchObject({
      result: 'failed',
      expiries: [{ what: 'certificate', state: 'expired' }],
      files: [{ option: 'tlsKey', mode: '0644' }],
      advice: [
        expect.stringContaining('has been expired since'),
        expect.stringContaining('Other users of this machine may read'),
      ],
    });
    expect(simulator.bank('partner').tokenRequests).toBe(0);
  });

  test('reads .env, and lets the environment come first', async () => {
    configure('partner');
    const secret = process.env.PARTNER_CLIENT_SECRET;
    delete process.env.PARTNER_CLIENT_SECRET;
    writeFileSync(join(cwd, '.env'), `PARTNER_CLIENT_SECRET=${secret}\nPARTNER_CLIENT_ID=another\n`);
    expect((await run('partner')).code).toBe(0);
  });

  test('without names says which prefixes are set, never what with', async () => {
    configure('partner');
    const { code, out, err } = await run();
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('Usage: nestjs-bank-auth check');
    expect(err).toMatch(/^ {2}PARTNER {2}\(partner\) 4 variables$/m);
    const { prefixes } = await runJson();
    expect(prefixes).toEqual([{ prefix: 'PARTNER', provider: 'partner', variables: 4 }]);
  });

  test('prints with --json what the schema of docs/check.md names, and nothing else', async () => {
    configure('bog-payments');
    // That each report of these tests fits, `runJson` sees.
    const report = await runJson('bog-payments');
    expect(misfits({ ...report, exitCode: 9, more: 1 }, SCHEMA)).toEqual(['.exitCode', '.more']);
  });

  test('adds the banks of --definitions', async () => {
    const { clientId, clientSecret, tokenUrl, apiBaseUrl } = simulator.bank('bog-payments').providerOptions();
    const bank = {
      id: 'mine',
      title: 'Mine',
      tokenUrl: { sandbox: tokenUrl },
      apiBaseUrl: { sandbox: apiBaseUrl },
      clientAuthentication: { method: 'client_secret_basic' },
    };
    writeFileSync(join(cwd, 'banks.mjs'), `export const mine = ${JSON.stringify(bank)};`);
    process.env.MINE_CLIENT_ID = clientId;
    process.env.MINE_CLIENT_SECRET = secrets.plant('the secret', clientSecret);
    const { exitCode, providers } = await runJson('mine', '--definitions', './banks.mjs');
    expect([exitCode, providers[0]?.bank, providers[0]?.result]).toEqual([0, 'mine', 'well']);
  });

  test('asks nobody without --force where a new token would end the one that is in use', async () => {
    const { tokenUrl, apiBaseUrl } = simulator.bank('partner').providerOptions();
    const bank = {
      id: 'single',
      title: 'Single',
      tokenUrl: { sandbox: tokenUrl },
      apiBaseUrl: { sandbox: apiBaseUrl },
      clientAuthentication: { method: 'client_secret_basic' },
      singleActiveToken: true,
    };
    writeFileSync(join(cwd, 'banks.mjs'), `export default [${JSON.stringify(bank)}];`);
    process.env.SINGLE_CLIENT_ID = 'me';
    process.env.SINGLE_CLIENT_SECRET = secrets.plant('the secret', 'a-secret-of-a-single-one');
    const args = ['single', '--definitions', 'banks.mjs'];
    const refused = await run(...args);
    expect(refused.code).toBe(3);
    expect(refused.err).toContain('Add --force if that may happen');
    expect((await run(...args, '--offline')).code).toBe(0);
    expect(simulator.bank('partner').tokenRequests).toBe(0);
    expect((await run(...args, '--force')).code).toBe(1);
    expect(simulator.bank('partner').tokenRequests).toBe(1);
  });

  test('says what is wrong with the token store, and names its key', async () => {
    configure('partner');
    const password = secrets.plant('the password', 'the-password-of-redis');
    process.env.BANK_AUTH_REDIS_URL = `redis://me:${password}@127.0.0.1:${await unusedPort()}`;
    process.env.BANK_AUTH_ENCRYPTION_KEY = secrets.plant('the key', '6b'.repeat(32));
    const { exitCode, store } = await runJson('partner');
    expect(exitCode).toBe(1);
    expect(store).toMatchObject({
      description: expect.stringMatching(/^Redis at redis:\/\/127\.0\.0\.1:\d+$/),
      keyId: expect.stringMatching(/^[\w-]{12}$/),
      result: 'failed',
      advice: [expect.stringMatching(/ECONNREFUSED|within 5 seconds/)],
    });
    expect((await run('partner', '--offline')).out).toMatch(
      /^token store .*: not asked\nkey id {8}[\w-]{12}$/m,
    );
  });

  test('does not show a key that stands where the path of its file belongs, which the application does not read', async () => {
    const key = '6b'.repeat(32);
    const option = 'BANK_AUTH_ENCRYPTION_KEY_FILE';
    expect(await storeFilesOf({ [option]: key })).toEqual([
      { option, path: null, mode: null, advice: `${option} names a file that cannot be read (ENOENT).` },
    ]);
  });

  describeRedis('with a real Redis', () => {
    afterEach(() => stopRedis());

    test('reaches Redis by files, says that its rights suffice, and which file others may read', async () => {
      configure('partner');
      const redis = await RedisServer.start({
        password: secrets.plant('the password', 'the-password-of-redis'),
      });
      const [url, key] = [join(cwd, 'redis-url'), join(cwd, 'key')];
      writeFileSync(url, redis.url, { mode: 0o600 });
      writeFileSync(key, secrets.plant('the key', '6b'.repeat(32)), { mode: 0o644 });
      process.env.BANK_AUTH_REDIS_URL_FILE = url;
      process.env.BANK_AUTH_ENCRYPTION_KEY_FILE = key;
      const { exitCode, store } = await runJson('partner');
      expect([exitCode, store?.result, store?.files]).toEqual([
        0,
        'well',
        [
          { option: 'BANK_AUTH_REDIS_URL_FILE', path: url, mode: '0600' },
          {
            option: 'BANK_AUTH_ENCRYPTION_KEY_FILE',
            path: key,
            mode: '0644',
            advice: expect.stringContaining('chmod 600'),
          },
        ],
      ]);
      expect(store?.advice).toEqual([expect.stringContaining(`may read ${key} (0644)`)]);
      expect((await run('partner')).out).toMatch(
        /^token store +Redis at .*: reachable, and its rights suffice$/m,
      );
    });

    test('says which rights a user of Redis lacks', async () => {
      configure('partner');
      const redis = await RedisServer.start();
      const password = secrets.plant('the password', 'the-password-of-redis');
      await redis.cli(
        'ACL',
        'SETUSER',
        'me',
        'on',
        `>${password}`,
        '~*',
        '+ping',
        '+hello',
        '+client',
        '+info',
      );
      process.env.BANK_AUTH_REDIS_URL = redis.url.replace('redis://', `redis://me:${password}@`);
      process.env.BANK_AUTH_ENCRYPTION_KEY = secrets.plant('the key', '6b'.repeat(32));
      const { exitCode, store } = await runJson('partner');
      expect([exitCode, store?.result]).toEqual([1, 'failed']);
      expect(store?.advice[0]).toMatch(/NOPERM|right/i);
    });
  });

  test.each([
    ['an option that it does not have', ['--client-secret=a-secret-in-the-wrong-place']],
    [
      'an option that it does not have, with its value beside',
      ['--client-secret', 'a-secret-in-the-wrong-place'],
    ],
    ['a name that no provider has', ['a secret in the wrong place']],
    ['--definitions beside --app', ['--app', 'a.js', '--definitions', 'b.js']],
    ['definitions that are nowhere', ['partner', '--definitions', './nowhere.js']],
    ['an application that is nowhere', ['--app', 'nowhere.js#AppModule']],
  ])('ends with 2 at %s, and repeats nothing secret', async (_what, args) => {
    secrets.plant('a secret', 'a-secret-in-the-wrong-place');
    secrets.plant('another secret', 'a secret in the wrong place');
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/\.\n$/);
    expect((await runJson(...args)).problems).toHaveLength(1);
  });

  test('tells a command that there is not', async () => {
    let err = '';
    const terminal = {
      cwd,
      out: () => undefined,
      err: (text: string) => (err += text),
      silence: () => undefined,
    };
    expect(await runCommand(['nothing'], terminal)).toBe(2);
    expect(err).toContain('There is no such command.');
  });
});

describe('check shows no secret', () => {
  test.each(['text', 'JSON'])('of a wrong secret, as %s', async (form) => {
    configure('partner', { CLIENT_SECRET: 'a wrong secret / + with: odd "characters"' });
    const { code, out } = await run('partner', ...(form === 'JSON' ? ['--json'] : []));
    expect(code).toBe(1);
    expect(out).toContain('BANK_AUTH_CREDENTIALS_REJECTED');
  });

  test('of variables that hold something else', async () => {
    configure('partner', { CLIENT_SECRET: ' a-secret-with-outer-space ' });
    process.env.PARTNER_TOKEN_URL = `https://me:${secrets.plant('a password', 'a-password-in-a-url')}@bank.example/token`;
    process.env.PARTNER_ENVIRONMENT = secrets.plant('a secret', 'a-secret-as-environment');
    process.env.PARTNER_BANK = secrets.plant('a secret', 'a-secret-as-a-bank');
    const { code, err } = await run('partner');
    expect(code).toBe(2);
    expect(err).toContain('PARTNER_BANK');
    await runJson('partner');
  });

  test('of a .env in disorder', async () => {
    const secret = secrets.plant('the secret', 'a-secret-in-quotes-of-env');
    writeFileSync(
      join(cwd, '.env'),
      `PARTNER_CLIENT_ID="me\nPARTNER_CLIENT_SECRET='"${secret}"'\n=${secret}\n\u0000`,
    );
    expect((await run('partner')).code).toBe(2);
  });

  test('that stands where a provider should', async () => {
    configure('partner', { CLIENT_SECRET: 'a-secret.like_a-name' });
    const { code, err } = await run(process.env.PARTNER_CLIENT_SECRET as string);
    expect(code).toBe(2);
    expect(err).toContain('left out, because it held a secret');
  });

  test.each([
    ['while it is loaded', 'throw new Error(process.env.LEAKY_CLIENT_SECRET);', 2],
    [
      'on its token request',
      'bank.tokenRequest = { headers: (c) => { throw new Error(JSON.stringify(c)); } };',
      1,
    ],
    [
      'on its answer',
      'bank.headers = (token) => { throw new Error(token.value + process.env.LEAKY_CLIENT_SECRET); };',
      1,
    ],
  ])('that a definition throws %s', async (_when, code, exit) => {
    const { clientId, clientSecret, tokenUrl, apiBaseUrl } = simulator.bank('bog-payments').providerOptions();
    const bank = {
      id: 'leaky',
      title: 'Leaky',
      tokenUrl: { sandbox: tokenUrl },
      apiBaseUrl: { sandbox: apiBaseUrl },
      clientAuthentication: { method: 'client_secret_basic' },
    };
    writeFileSync(join(cwd, 'leaky.mjs'), `export const bank = ${JSON.stringify(bank)}; ${code}`);
    process.env.LEAKY_CLIENT_ID = clientId;
    process.env.LEAKY_CLIENT_SECRET = secrets.plant('the secret', clientSecret);
    for (const form of [[], ['--json']]) {
      const { code: ended, out, err } = await run('leaky', '--definitions', 'leaky.mjs', ...form);
      expect([ended, out + err]).toEqual([exit, expect.not.stringContaining('left out')]);
    }
  });
});
