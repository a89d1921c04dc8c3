import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { defineBank } from '../../../src/banks/index.js';
import type { ResolvedCredentials, ResolvedMerchants } from '../../../src/config/index.js';
import {
  certificateOfAgent,
  createCredentialsSource,
  expiriesOf,
  ResolverCredentials,
} from '../../../src/credentials/index.js';
import {
  credentials,
  fromEnvironment,
  problemsOfEnvironment,
  problemsOfProvider,
  resolvedProvider,
} from '../../support/resolved-options.js';
import { member } from '../../support/tls-identities.js';

const variables = {
  BANK_AUTH_ENVIRONMENT: 'sandbox',
  BOG_PAYMENTS_CLIENT_ID: 'id',
  BOG_PAYMENTS_CLIENT_SECRET: 'secret',
};
const RULE =
  'must be a Date, or a string such as 2027-01-31T12:00:00Z (with its offset) or 2027-01-31 (a day, from its beginning in UTC)';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'secret-expiry-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const endOf = (secretExpiresAt: unknown) =>
  resolvedProvider({ ...credentials, secretExpiresAt }).credentials?.secretExpiresAt;

const foundBy = (found: object) => {
  const { merchants } = resolvedProvider({ credentials: () => found });
  return new ResolverCredentials(merchants as ResolvedMerchants, 'shop-1', () => undefined).read();
};

describe('secretExpiresAt', () => {
  test.each([
    ['2027-01-31', '2027-01-31T00:00:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['2027-01-31T12:00Z', '2027-01-31T12:00:00.000Z'],
    ['2027-01-31T12:00:30Z', '2027-01-31T12:00:30.000Z'],
    ['2027-01-31T12:00:30.1234567Z', '2027-01-31T12:00:30.123Z'],
    ['2027-01-31T12:00:00+04:00', '2027-01-31T08:00:00.000Z'],
    ['1970-01-01', '1970-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
    ['2027-01-31T12:00:00-0330', '2027-01-31T15:30:00.000Z'],
  ])('may be the string %s', (text, instant) => {
    expect(endOf(text)).toBe(instant);
  });

  test('may be a Date, also of another realm, as code under Jest gets it', () => {
    expect(endOf(new Date(Date.UTC(2027, 0, 31)))).toBe('2027-01-31T00:00:00.000Z');
    expect(endOf(runInContext('new Date(Date.UTC(2027, 0, 31))', createContext()))).toBe(
      '2027-01-31T00:00:00.000Z',
    );
  });

  test.each<[string, unknown]>([
    ['a time without an offset', '2027-01-31T12:00:00'],
    ['a day that does not exist', '2027-02-30'],
    ['a month that does not exist', '2027-13-01'],
    ['an hour that does not exist', '2027-01-31T24:00:00Z'],
    ['a day in another order', '31.01.2027'],
    ['a day of the English', 'Jan 31, 2027'],
    ['a year and a month', '2027-01'],
    ['an empty string', ''],
    ['a number', 1_801_440_000_000],
    ['a number as a string', '1801440000'],
    ['white space around it', ' 2027-01-31'],
    ['an invalid Date', new Date('never')],
    ['a Date beyond the year 9999', new Date(8.64e15)],
    ['a day before 1970', '1969-12-31'],
    ['a list', ['2027-01-31']],
    ['true', true],
  ])('is refused if it is %s', async (_what, value) => {
    expect(problemsOfProvider({ ...credentials, secretExpiresAt: value })).toEqual([
      `secretExpiresAt ${RULE}`,
    ]);
    await expect(foundBy({ ...credentials, secretExpiresAt: value })).rejects.toThrow(
      `secretExpiresAt ${RULE}`,
    );
  });

  test('may stand in a variable, whose name the start gives if it is wrong', () => {
    const at = (value: string) => ({ ...variables, BOG_PAYMENTS_SECRET_EXPIRES_AT: value });
    const { providers } = fromEnvironment(at('2027-01-31'), 'bog-payments');
    expect(providers.get('bog-payments')?.credentials?.secretExpiresAt).toBe('2027-01-31T00:00:00.000Z');
    expect(problemsOfEnvironment(at('soon'), 'bog-payments')).toEqual([
      `providers.bog-payments.secretExpiresAt (BOG_PAYMENTS_SECRET_EXPIRES_AT) ${RULE}`,
    ]);
  });

  test('may stand in a file, which is read again with the secret', async () => {
    const path = join(folder, 'expires-at');
    writeFileSync(path, '2027-01-31\n');
    const { providers } = fromEnvironment(
      { ...variables, BOG_PAYMENTS_SECRET_EXPIRES_AT_FILE: path },
      'bog-payments',
    );
    const source = createCredentialsSource(providers.get('bog-payments')?.credentials as ResolvedCredentials);
    expect((await source.read()).secretExpiresAt).toBe('2027-01-31T00:00:00.000Z');
    writeFileSync(path, '2028-01-31\n');
    expect((await source.read()).secretExpiresAt).toBe('2028-01-31T00:00:00.000Z');
    writeFileSync(path, 'soon');
    await expect(source.read()).rejects.toThrow(`${path}: secretExpiresAt ${RULE}`);
  });

  test('given as a Date survives that other files are read again', async () => {
    const path = join(folder, 'secret');
    writeFileSync(path, 'a-secret');
    const { providers } = fromEnvironment(
      {
        BANK_AUTH_ENVIRONMENT: 'sandbox',
        BOG_PAYMENTS_CLIENT_ID: 'id',
        BOG_PAYMENTS_CLIENT_SECRET_FILE: path,
        BOG_PAYMENTS_SECRET_EXPIRES_AT: '2027-01-31',
      },
      'bog-payments',
    );
    const source = createCredentialsSource(providers.get('bog-payments')?.credentials as ResolvedCredentials);
    expect((await source.read()).secretExpiresAt).toBe('2027-01-31T00:00:00.000Z');
  });

  test('is no part of the version: with another date nothing was rotated', async () => {
    const versionOf = async (members: object) => (await foundBy({ ...credentials, ...members })).version;
    const version = await versionOf({});
    expect(await versionOf({ secretExpiresAt: '2027-01-31' })).toBe(version);
    expect(await versionOf({ clientSecret: 'another', secretExpiresAt: '2027-01-31' })).not.toBe(version);
  });
});

describe('the place where something new goes', () => {
  const renewalOf = (more: Record<string, string>) =>
    fromEnvironment({ ...variables, ...more }, 'bog-payments').providers.get('bog-payments')?.renewal;

  test('is called by its variables, and needs a restart', () => {
    expect(renewalOf({ BOG_PAYMENTS_SECRET_EXPIRES_AT: '2027-01-31' })).toEqual({
      secret: {
        where: 'into BOG_PAYMENTS_CLIENT_SECRET and BOG_PAYMENTS_SECRET_EXPIRES_AT',
        isReadAgain: false,
      },
      certificate: {
        where: 'into BOG_PAYMENTS_TLS_CERTIFICATE and BOG_PAYMENTS_TLS_KEY',
        isReadAgain: false,
      },
    });
  });

  test('is called by the variables of its files, and needs none if all of it stands in files', () => {
    const [path, date] = [join(folder, 'a-secret'), join(folder, 'a-date')];
    writeFileSync(path, 'secret');
    writeFileSync(date, '2027-01-31');
    const { BOG_PAYMENTS_CLIENT_SECRET: _none, ...others } = variables;
    const renewal = (more: object) =>
      fromEnvironment(
        { ...others, BOG_PAYMENTS_CLIENT_SECRET_FILE: path, ...more },
        'bog-payments',
      ).providers.get('bog-payments')?.renewal?.secret;
    expect(renewal({ BOG_PAYMENTS_SECRET_EXPIRES_AT_FILE: date })).toEqual({
      where: 'into BOG_PAYMENTS_CLIENT_SECRET_FILE and BOG_PAYMENTS_SECRET_EXPIRES_AT_FILE',
      isReadAgain: true,
    });
    expect(renewal({ BOG_PAYMENTS_SECRET_EXPIRES_AT: '2027-01-31' })?.isReadAgain).toBe(false);
  });

  test('is that of the date alone where there is no secret', () => {
    const bank = defineBank({
      id: 'the-bank',
      title: 'The bank',
      tokenUrl: { sandbox: 'https://bank.example/token' },
      apiBaseUrl: { sandbox: 'https://bank.example' },
      clientAuthentication: { method: 'tls_client_auth' },
    });
    const http = { httpsAgent: new Agent() };
    expect(resolvedProvider({ bank, clientId: 'id', http }, 'the-bank').renewal?.secret).toEqual({
      where: 'into providers.the-bank.secretExpiresAt',
      isReadAgain: false,
    });
  });

  test('is the HTTPS agent where that may hold the certificate', () => {
    const { renewal } = resolvedProvider({ ...credentials, http: { httpsAgent: new Agent() } });
    expect(renewal?.certificate).toEqual({
      where: 'into providers.bog-payments.http.httpsAgent',
      isReadAgain: false,
    });
  });
});

describe('the end of credentials', () => {
  test('is unknown where a certificate cannot be read, and none where it says that there is none', async () => {
    expect(expiriesOf({ tlsCertificate: 'no PEM' })).toEqual([]);
    expect(expiriesOf({})).toEqual([]);
    // RFC 5280 §4.1.2.5.
    const lastSecond = Date.UTC(9999, 11, 31, 23, 59, 59);
    const ending = async (at: number) =>
      expiriesOf({ tlsCertificate: (await member('x', { to: at - Date.now() })).cert });
    expect(await ending(lastSecond)).toEqual([]);
    expect(await ending(Date.UTC(9998, 11, 31))).toHaveLength(1);
  });

  test('is that of the first certificate of an agent', () => {
    const at = (cert: string | Buffer | (string | Buffer)[]) => certificateOfAgent(new Agent({ cert }));
    expect(at('a')).toBe('a');
    expect(at(['a', 'b'])).toBe('a');
    expect(at(Buffer.from('a'))).toEqual(Buffer.from('a'));
    expect(certificateOfAgent(new Agent())).toBeUndefined();
    expect(certificateOfAgent(undefined)).toBeUndefined();
  });
});
