import { describe, expect, test } from '@jest/globals';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import {
  type BankAuthConfigError,
  BankAuthModule,
  bankAuthEnvSchema,
  bankAuthFromEnv,
  bogPayments,
  defineBank,
} from 'nestjs-bank-auth';
import { readPage } from '../../support/documentation.js';

const right = {
  BANK_AUTH_ENVIRONMENT: 'production',
  BOG_PAYMENTS_CLIENT_ID: 'shop',
  BOG_PAYMENTS_CLIENT_SECRET: 'the-secret-of-the-shop',
};
const standard = (variables: unknown, ...banks: Parameters<typeof bankAuthEnvSchema>) =>
  bankAuthEnvSchema(...banks)['~standard'].validate(variables);

/** Starts the configuration of an application on the variables of this process. */
async function start(validationSchema: ReturnType<typeof bankAuthEnvSchema>) {
  const module = await ConfigModule.forRoot({ ignoreEnvFile: true, validationSchema });
  return Test.createTestingModule({ imports: [module] }).compile();
}

describe('bankAuthEnvSchema', () => {
  test('is a Standard Schema, version 1', () => {
    expect(bankAuthEnvSchema('bog-payments')['~standard']).toMatchObject({
      version: 1,
      vendor: 'nestjs-bank-auth',
    });
  });

  test('passes right variables on as they are, those of others too', () => {
    const variables = { ...right, DATABASE_URL: 'postgres://', PORT: 3000 };
    expect(standard(variables, 'bog-payments')).toEqual({ value: variables });
    expect((standard(variables, 'bog-payments') as { value: object }).value).toBe(variables);
    expect(bankAuthEnvSchema('bog-payments').validate(variables)).toEqual({ value: variables });
  });

  test('names each variable that is missing or wrong, and shows no value', () => {
    const { issues } = standard(
      { ...right, BANK_AUTH_ENVIRONMENT: 'staging', BOG_PAYMENTS_CLIENT_SECRET: ' the-secret' },
      'bog-payments',
      'tbc-tpay',
    );
    expect(issues?.map(({ path }) => path?.[0]).toSorted()).toEqual([
      'BANK_AUTH_ENVIRONMENT',
      'BOG_PAYMENTS_CLIENT_SECRET',
      'TBC_TPAY_API_KEY',
      'TBC_TPAY_CLIENT_ID',
      'TBC_TPAY_CLIENT_SECRET',
    ]);
    expect(JSON.stringify(issues)).not.toMatch(/the-secret|staging/);
  });

  test('finds what the start finds', async () => {
    const names = ['bog-payments', 'tbc-tpay'] as const;
    const variables = { ...right, BOG_PAYMENTS_CLIENT_SECRET: '' };
    const { useFactory } = bankAuthFromEnv(...names);
    const options = {
      ...bankAuthFromEnv(...names),
      inject: [],
      useFactory: () => useFactory(new ConfigService(variables)),
    };
    const started = Test.createTestingModule({ imports: [BankAuthModule.forRootAsync(options)] }).compile();
    const { problems } = (await started.catch((error) => error)) as BankAuthConfigError;
    const { issues = [] } = standard(variables, ...names);
    expect(issues.length).toBeGreaterThan(2);
    expect(issues.map(({ message }) => problems.some((problem) => problem.endsWith(message)))).toEqual(
      issues.map(() => true),
    );
    expect(problems).toHaveLength(issues.length);
  });

  test('takes definitions of your own, and reads files', () => {
    const mine = defineBank({ ...bogPayments, id: 'my-bank', title: 'My bank' });
    const variables = {
      BANK_AUTH_ENVIRONMENT: 'sandbox',
      MY_BANK_CLIENT_ID: 'me',
      MY_BANK_CLIENT_SECRET_FILE: '/none',
    };
    const { issues } = standard(variables, mine);
    expect(issues).toEqual([{ message: expect.stringContaining('MY_BANK_CLIENT_SECRET_FILE') }]);
  });

  test('finds nothing to read in no variables', () => {
    expect(standard(undefined, 'bog-payments').issues?.length).toBe(3);
  });

  test('ends the start of ConfigModule with the message of docs/configuration.md', async () => {
    const shown = /```\n(Config validation error: [\s\S]+?)\n```/.exec(
      readPage('configuration.md'),
    )?.[1] as string;
    const message = (error?: Error) => `Config validation error: ${error?.message}`;
    const variables = {
      ...right,
      BANK_AUTH_ENVIRONMENT: '',
      TBC_TPAY_CLIENT_ID: 'a',
      TBC_TPAY_CLIENT_SECRET: 'b',
      BOG_PAYMENTS_ENVIRONMENT: 'production',
      TBC_TPAY_ENVIRONMENT: 'production',
    };
    // As @nestjs/config 4 does.
    expect(message(bankAuthEnvSchema('bog-payments', 'tbc-tpay').validate(variables).error)).toBe(shown);
    const environment = { ...process.env };
    Object.assign(process.env, variables);
    try {
      await expect(start(bankAuthEnvSchema('bog-payments', 'tbc-tpay'))).rejects.toThrow(shown);
      Object.assign(process.env, { BANK_AUTH_ENVIRONMENT: 'production', TBC_TPAY_API_KEY: 'c' });
      const module = await start(bankAuthEnvSchema('bog-payments', 'tbc-tpay'));
      expect(module.get(ConfigService).get('BOG_PAYMENTS_CLIENT_ID')).toBe('shop');
      await module.close();
    } finally {
      for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    }
  });
});
