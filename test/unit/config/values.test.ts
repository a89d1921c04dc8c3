import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BankDefinition, builtInBanks, defineBank } from '../../../src/banks/index.js';
import type { ResolvedCredentials, ResolvedMerchants } from '../../../src/config/index.js';
import { createCredentialsSource, ResolverCredentials } from '../../../src/credentials/index.js';
import {
  credentials,
  fromEnvironment,
  problemsOfEnvironment,
  problemsOfProvider,
  resolvedProvider,
} from '../../support/resolved-options.js';

const PLANTED = 'sUpErSeCrEt';

const plain = {
  id: 'the-bank',
  title: 'The bank',
  tokenUrl: { sandbox: 'https://bank.example/token' },
  apiBaseUrl: { sandbox: 'https://bank.example' },
  clientAuthentication: { method: 'client_secret_post' },
} as const;
const bank = defineBank({
  ...plain,
  options: {
    values: { accountId: 'required', branch: 'optional' },
    hints: { 'values.accountId': 'the number on the contract' },
  },
});
const good = { bank, ...credentials };

const valuesOf = (values: object) => resolvedProvider({ ...good, values }).credentials?.values;

describe('a value that a bank requires', () => {
  test('is copied, without anything of Object.prototype', () => {
    const given = { accountId: '7', branch: 'b' };
    const values = valuesOf(given);
    expect(values).toEqual({ accountId: '7', branch: 'b' });
    expect(Object.getPrototypeOf(values)).toBe(null);
    given.accountId = '8';
    expect(values?.accountId).toBe('7');
  });

  test('may be left out where it is optional', () => {
    for (const nothing of [undefined, null])
      expect(valuesOf({ accountId: '7', branch: nothing, region: nothing })).toStrictEqual(
        Object.assign(Object.create(null), { accountId: '7' }),
      );
    const optional = defineBank({ ...plain, options: { values: { branch: 'optional' } } });
    const without = resolvedProvider({ ...good, bank: optional, values: { branch: undefined } });
    expect(without.credentials).not.toHaveProperty('values');
  });

  test.each<[string, unknown, string[]]>([
    ['a value is missing', {}, ['values.accountId is missing: the number on the contract']],
    ['there are none', undefined, ['values.accountId is missing: the number on the contract']],
    ['a value is null', { accountId: null }, ['values.accountId is missing: the number on the contract']],
    ['a value is empty', { accountId: '' }, ['values.accountId must be a string on one line']],
    ['a value is a number', { accountId: 7 }, ['values.accountId must be a string on one line']],
    [
      'a value holds a control character',
      { accountId: `${PLANTED}\0` },
      ['values.accountId must not contain NUL or another control character'],
    ],
    [
      'a name is misspelt',
      { accountId: '7', brunch: PLANTED },
      ['values.brunch is not an option here; did you mean branch?'],
    ],
    [
      'a name is no name',
      { accountId: '7', [`${PLANTED}=`]: '1' },
      ['values has a member with a name that no value has'],
    ],
    ['values are a string', PLANTED, ['values must be an object of strings']],
  ])('is refused where %s, without the value', (_what, values, problems) => {
    expect(problemsOfProvider({ ...good, values })).toEqual(problems);
  });

  test('is an unknown option of a bank that requires none', () => {
    const options = { bank: defineBank(plain), ...credentials, values: { accountId: '7' } };
    expect(problemsOfProvider(options)).toEqual([expect.stringMatching(/^values is not an option here/)]);
  });

  test('belongs to the default merchant: with the function credentials alone, none is missing', () => {
    const merchants = { bank, credentials: () => undefined };
    expect(problemsOfProvider(merchants)).toEqual([]);
    expect(problemsOfProvider({ ...merchants, values: { accountId: '7' } })).toEqual([
      'clientId is missing',
      'clientSecret is missing',
    ]);
  });
});

describe('a value in the environment', () => {
  const variables = {
    BANK_AUTH_ENVIRONMENT: 'sandbox',
    THE_BANK_CLIENT_ID: 'me',
    THE_BANK_CLIENT_SECRET: 'secret',
  };
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'values-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('has a variable of its own, which messages name', () => {
    const all = { ...variables, THE_BANK_VALUE_ACCOUNT_ID: '7', THE_BANK_VALUE_BRANCH: 'b' };
    const { credentials: found } = fromEnvironment(all, bank).providers.get('the-bank') ?? {};
    expect(found?.values).toEqual({ accountId: '7', branch: 'b' });
    expect(found?.description).toBe(
      'THE_BANK_CLIENT_ID, THE_BANK_CLIENT_SECRET, THE_BANK_VALUE_ACCOUNT_ID and THE_BANK_VALUE_BRANCH',
    );
    expect(problemsOfEnvironment(variables, bank)).toEqual([
      'providers.the-bank.values.accountId (THE_BANK_VALUE_ACCOUNT_ID) is missing: the number on the contract',
    ]);
    expect(problemsOfEnvironment({ ...variables, THE_BANK_VALUE_ACOUNT_ID: '7' }, bank)).toEqual([
      expect.stringContaining(
        'is THE_BANK_VALUE_ACOUNT_ID, which is set in the environment, a misspelling of it?',
      ),
    ]);
  });

  test('is read for a built-in bank as well, by its name or under another', () => {
    const banks = builtInBanks as Map<string, BankDefinition>;
    banks.set(bank.id, bank);
    try {
      const value = { THE_BANK_VALUE_ACCOUNT_ID: '7', OTHER_VALUE_ACCOUNT_ID: '8' };
      const other = { OTHER_BANK: 'the-bank', OTHER_CLIENT_ID: 'me', OTHER_CLIENT_SECRET: 'secret' };
      const { providers } = fromEnvironment({ ...variables, ...value, ...other }, 'the-bank', 'other');
      expect([...providers.values()].map(({ credentials: found }) => found?.values)).toEqual([
        { accountId: '7' },
        { accountId: '8' },
      ]);
    } finally {
      banks.delete(bank.id);
    }
  });

  test('is read again from its file, by the same rules', async () => {
    const path = join(folder, 'account');
    writeFileSync(path, '7\n');
    const all = { ...variables, THE_BANK_VALUE_ACCOUNT_ID_FILE: path, THE_BANK_VALUE_BRANCH: 'b' };
    const { credentials: found } = fromEnvironment(all, bank).providers.get('the-bank') ?? {};
    expect(found?.description).toContain('THE_BANK_VALUE_ACCOUNT_ID_FILE');
    const source = createCredentialsSource(found as ResolvedCredentials);
    const first = await source.read();
    expect(first).toMatchObject({ clientSecret: 'secret', values: { accountId: '7', branch: 'b' } });
    writeFileSync(path, '8');
    const second = await source.read();
    expect(second.values).toEqual({ accountId: '8', branch: 'b' });
    expect(second.version).not.toBe(first.version);
    writeFileSync(path, `${PLANTED}\0`);
    await expect(source.read()).rejects.toThrow(
      `${path}: values.accountId must not contain NUL or another control character`,
    );
  });

  test('is not looked for where the provider is disabled', () => {
    const off = { BANK_AUTH_ENVIRONMENT: 'sandbox', THE_BANK_ENABLED: 'false', THE_BANK_VALUE_BRANCH: '"b"' };
    expect(problemsOfEnvironment(off, bank)).toEqual([]);
  });
});

describe("a merchant's value", () => {
  const sourceOf = (found: object) => {
    const { merchants } = resolvedProvider({ bank, credentials: () => found as never });
    return new ResolverCredentials(merchants as ResolvedMerchants, 'shop-1', () => undefined);
  };

  test('belongs to the version of the credentials, in any order', async () => {
    const versionOf = async (values: object) => (await sourceOf({ ...credentials, values }).read()).version;
    const version = await versionOf({ accountId: '7', branch: 'b' });
    expect(await versionOf({ branch: 'b', accountId: '7' })).toBe(version);
    expect(await versionOf({ accountId: '8', branch: 'b' })).not.toBe(version);
    expect(await versionOf({ accountId: '7' })).not.toBe(version);
  });

  test.each<[string, object, RegExp]>([
    ['is missing', {}, /values\.accountId is missing/],
    [
      'is misspelt',
      { accountId: '7', brunch: PLANTED },
      /values\.brunch is not an option here; did you mean branch\?/,
    ],
    ['is a string without a name', PLANTED as never, /values must be an object of strings/],
    ['stands under a secret', { accountId: '7', [`${PLANTED}/`]: '1' }, /a name that no value has/],
    [
      'cannot be read',
      {
        get accountId(): string {
          throw new Error(PLANTED);
        },
      },
      /must be an object that can be read/,
    ],
  ])('that %s is an error that does not show it', async (_what, values, problem) => {
    const error = await sourceOf({ ...credentials, values })
      .read()
      .then(
        () => undefined,
        (thrown: unknown) => thrown as Error,
      );
    expect(error?.message).toMatch(problem);
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain(PLANTED);
  });
});

describe('defineBank', () => {
  test.each<[unknown, string]>([
    [{ account: 'needed' }, "options.values must be an object of 'required' and 'optional' by name"],
    [['account'], "options.values must be an object of 'required' and 'optional' by name"],
    [
      { '7a': 'required', a: 'required' },
      'options.values: 7a must begin with a letter, and be of letters, digits, "-" and "_"',
    ],
    [
      { accountId: 'required', account_id: 'required' },
      'options.values: accountId and account_id would be read from the same environment variable: rename one',
    ],
    [
      { account: 'required', accountFile: 'required' },
      'options.values: account and accountFile would be read from the same environment variable: rename one',
    ],
  ])('refuses the values %j', (values, problem) => {
    expect(() => defineBank({ ...plain, options: { values: values as never } })).toThrow(problem);
  });
});
