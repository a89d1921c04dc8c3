import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { airwallex } from 'nestjs-bank-auth/banks/airwallex';
import { mpesaDaraja } from 'nestjs-bank-auth/banks/mpesa-daraja';
import { mtnMomo } from 'nestjs-bank-auth/banks/mtn-momo';
import { vippsMobilepay } from 'nestjs-bank-auth/banks/vipps-mobilepay';
import { type BankDefinition, builtInBanks } from '../../../src/banks/index.js';
import * as library from '../../../src/index.js';
import { beyondBanks } from '../../support/beyond-banks.js';
import { readPage } from '../../support/documentation.js';
import { evaluate } from '../../support/evaluated-examples.js';

const credentials = { clientId: 'id', clientSecret: 'secret', apiKey: 'key', values: {} };
const sandbox = { environment: 'sandbox' } as const;
const production = { environment: 'production' } as const;

describe('the definitions beyond the registry', () => {
  it('are each of a file of its own, which is its entry', () => {
    const folder = fileURLToPath(new URL('../../../src/banks/beyond', import.meta.url));
    const files = readdirSync(folder).map((file) => file.replace('.bank.ts', ''));
    expect(beyondBanks.map(({ id }) => id).sort()).toEqual(files.sort());
  });

  it('have ids that no built-in bank has, and exist in both environments', () => {
    for (const { id, tokenUrl, apiBaseUrl } of beyondBanks) {
      expect([id, builtInBanks.has(id)]).toEqual([id, false]);
      expect(Object.keys(tokenUrl).sort()).toEqual(['production', 'sandbox']);
      expect(Object.keys(apiBaseUrl).sort()).toEqual(['production', 'sandbox']);
    }
  });

  const idsOf = (fits: (bank: BankDefinition) => boolean) =>
    (beyondBanks as readonly BankDefinition[]).filter(fits).map(({ id }) => id);

  it('live on one token at a time only where a page says so', () => {
    expect(idsOf(({ singleActiveToken }) => singleActiveToken === true)).toEqual(['mpesa-daraja']);
  });

  it('require what their pages require: a certificate, a subscription key, a value', () => {
    expect(idsOf(({ options }) => options?.tlsCertificate === 'required')).toEqual(['efi-pix', 'wise']);
    expect(idsOf(({ options }) => options?.apiKey === 'required')).toEqual(['mtn-momo', 'vipps-mobilepay']);
    expect(idsOf(({ options }) => Object.values(options?.values ?? {}).includes('required'))).toEqual([
      'mtn-momo',
    ]);
  });
});

describe('the code of a token error', () => {
  it.each([
    ['Daraja', mpesaDaraja, 'errorCode', '400.008.02'],
    ['Airwallex', airwallex, 'code', 'credentials_invalid'],
  ])('of %s stands in a member of its own, as a string', (_name, bank, member, code) => {
    const codeIn = (value: unknown) => bank.tokenResponse?.errorCode?.({ [member]: value });
    expect(codeIn(code)).toBe(code);
    for (const other of [undefined, 400, null, {}]) expect(codeIn(other)).toBeUndefined();
  });

  it("of Daraja for the client's credentials is 400.008.01, and no other", () => {
    const rejects = (body: object | undefined) =>
      mpesaDaraja.tokenResponse?.rejectsCredentials?.({ status: 400, body } as never);
    expect(rejects({ errorCode: '400.008.01' })).toBe(true);
    for (const body of [{ errorCode: '400.008.02' }, {}, undefined]) expect(rejects(body)).toBe(false);
  });
});

describe('Daraja', () => {
  const refuses = (status: number, errorCode: string) =>
    mpesaDaraja.rejectsTokenOn?.includes(status) &&
    mpesaDaraja.rejectsToken?.({ status, body: { errorCode } });

  it.each([
    [404, '404.001.03'],
    [400, '400.003.01'],
    [401, '401.002.01'],
  ])('refuses a token by %i %s', (status, code) => {
    expect(refuses(status, code)).toBe(true);
  });

  it.each([
    [404, '404.001.01'],
    [400, '400.002.02'],
    [500, '500.001.1001'],
  ])('refuses no token by %i %s', (status, code) => {
    expect(refuses(status, code)).toBe(false);
  });
});

describe('MTN MoMo', () => {
  it('names the system of the country on calls in production, and the sandbox in the sandbox', () => {
    const values = { targetEnvironment: 'mtnuganda' };
    const named = (context: typeof sandbox | typeof production) =>
      mtnMomo.headers?.({ value: 't' }, { ...credentials, values }, context)['X-Target-Environment'];
    expect(named(production)).toBe('mtnuganda');
    expect(named(sandbox)).toBe('sandbox');
  });
});

describe('another product of MTN', () => {
  it('differs by the path of its token endpoint, as the page says', () => {
    const [, code] = /`(defineBank\(\{ \.\.\.mtnMomo[^`]+)`/.exec(readPage('banks/mtn-momo.md')) ?? [];
    const { made } = evaluate(
      `exports.made = ${code}`.replace(
        /^/,
        "import { defineBank } from 'nestjs-bank-auth';\nimport { mtnMomo } from 'nestjs-bank-auth/banks/mtn-momo';\n",
      ),
      {
        'nestjs-bank-auth': library,
        'nestjs-bank-auth/banks/mtn-momo': { mtnMomo },
      },
    );
    const path = '/disbursement/token/';
    expect(made).toEqual({
      ...mtnMomo,
      id: 'mtn-momo-disbursement',
      tokenUrl: { production: path, sandbox: path },
    });
  });
});

describe('an optional value', () => {
  it('makes no header where it is missing: of Vipps MobilePay, and of Airwallex', () => {
    const key = { 'Ocp-Apim-Subscription-Key': 'key' };
    expect(vippsMobilepay.tokenRequest?.headers?.(credentials, sandbox)).toStrictEqual(key);
    expect(vippsMobilepay.headers?.({ value: 't' }, credentials, sandbox)).toStrictEqual({
      Authorization: 'Bearer t',
      ...key,
    });
    expect(airwallex.tokenRequest?.headers?.(credentials, sandbox)).toStrictEqual({});
  });

  it('makes its header where it is there', () => {
    const values = { merchantSerialNumber: '123456', loginAs: 'acct_1' };
    const given = { ...credentials, values };
    expect(vippsMobilepay.headers?.({ value: 't' }, given, sandbox)).toMatchObject({
      'Merchant-Serial-Number': '123456',
    });
    expect(airwallex.tokenRequest?.headers?.(given, sandbox)).toStrictEqual({ 'x-login-as': 'acct_1' });
  });
});
