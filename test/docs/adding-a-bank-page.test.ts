import * as nodeHttp from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import * as nestCommon from '@nestjs/common';
import * as nestTesting from '@nestjs/testing';
import { paypal as entryOfPaypal } from 'nestjs-bank-auth/banks/paypal';
import * as rxjs from 'rxjs';
import { resolveOptions } from '../../src/config/index.js';
import * as library from '../../src/index.js';
import { basicHeader } from '../../src/token/endpoint/token-request.js';
import { readTokenResponse } from '../../src/token/endpoint/token-response.js';
import { namedBlocks, readPage } from '../support/documentation.js';
import { evaluate } from '../support/evaluated-examples.js';

const page = readPage('adding-a-bank.md');
const blocks = namedBlocks(page);
const blockOf = (name: string): string => {
  const block = blocks.get(name);
  if (block === undefined) throw new Error(`The page has no block "${name}"; it has ${[...blocks.keys()]}`);
  return block;
};

const nest = { '@nestjs/common': nestCommon, 'nestjs-bank-auth': library };
const paypalModule = evaluate(blockOf('paypal.bank.ts'), nest);
const paypal: library.BankDefinition = paypalModule.paypal;

/** The module with its ways of registration replaced by one that keeps what it is given. */
function recording(given: any[]) {
  const record = (options: object) => {
    given.push(options);
    return { module: class {} };
  };
  return { ...library, BankAuthModule: { forRoot: record, forRootAsync: record } };
}

const variables = {
  BANK_AUTH_ENVIRONMENT: 'sandbox',
  PAYPAL_CLIENT_ID: 'id',
  PAYPAL_CLIENT_SECRET: 'secret',
  BOG_PAYMENTS_CLIENT_ID: 'id',
  BOG_PAYMENTS_CLIENT_SECRET: 'secret',
};
const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});

describe('the page on adding a bank', () => {
  it('defines PayPal as the pages of PayPal and the entry of the package do', () => {
    expect(paypal).toEqual(entryOfPaypal);
    expect(paypal).toMatchObject({
      id: 'paypal',
      tokenUrl: {
        production: 'https://api-m.paypal.com/v1/oauth2/token',
        sandbox: 'https://api-m.sandbox.paypal.com/v1/oauth2/token',
      },
      clientAuthentication: { method: 'client_secret_basic' },
      idempotencyHeader: 'PayPal-Request-Id',
    });
    const body = {
      scope: 'https://uri.paypal.com/a',
      access_token: 'A21AA',
      token_type: 'Bearer',
      expires_in: 32_400,
    };
    const read = (status: number, answer: object) =>
      readTokenResponse(
        paypal,
        { status, body: Buffer.from(JSON.stringify(answer)), retryAfter: undefined },
        0,
      );
    expect(read(200, body).grant?.lifetime).toBe(9 * 3_600_000);
    expect(read(401, { error: 'invalid_client' }).failure?.kind).toBe('rejected');
    expect(read(429, { name: 'RATE_LIMIT_REACHED' }).failure?.kind).toBe('unavailable');
  });

  it('shows how to give the definition to forRoot', () => {
    Object.assign(process.env, variables);
    const given: any[] = [];
    evaluate(blockOf('app.module.ts'), {
      ...nest,
      'nestjs-bank-auth': recording(given),
      './paypal.bank.js': paypalModule,
    });
    const provider = resolveOptions(given[0], ['paypal']).providers.get('paypal');
    expect(provider).toMatchObject({
      bank: { id: 'paypal' },
      tokenUrl: 'https://api-m.sandbox.paypal.com/v1/oauth2/token',
    });
  });

  it('shows how to give the definition to bankAuthFromEnv', () => {
    const given: any[] = [];
    evaluate(blockOf('app.module.ts, by environment variables'), {
      ...nest,
      'nestjs-bank-auth': recording(given),
      './paypal.bank.js': paypalModule,
    });
    const [{ providers, useFactory }] = given;
    expect(providers).toEqual(['paypal', 'bog-payments']);
    const options = useFactory({ get: (name: keyof typeof variables) => variables[name] });
    const resolved = resolveOptions(options, providers).providers;
    expect(resolved.get('paypal')?.bank.idempotencyHeader).toBe('PayPal-Request-Id');
    expect(resolved.get('bog-payments')?.bank).toBe(library.bogPayments);
  });

  it('shows variants that differ only where they say so', () => {
    const { bogPaymentsEncoded, tbcInstallmentsSeconds } = evaluate(blockOf('variants.ts'), nest);
    expect(bogPaymentsEncoded).toEqual({
      ...library.bogPayments,
      clientAuthentication: { method: 'client_secret_basic', encoding: 'rfc6749' },
    });
    const credentials = { clientId: 'a b', clientSecret: 'c/d' };
    const header = basicHeader(credentials, bogPaymentsEncoded.clientAuthentication);
    expect(Buffer.from(header.slice('Basic '.length), 'base64').toString()).toBe('a+b:c%2Fd');
    const body = Buffer.from('{"access_token":"x","token_type":"BearerToken","expires_in":7775999}');
    const answer = { status: 200, body, retryAfter: undefined };
    expect(readTokenResponse(tbcInstallmentsSeconds, answer, 0).grant?.lifetime).toBe(3_600_000);
    expect(tbcInstallmentsSeconds.tokenResponse.errorCode).toBe(
      library.tbcInstallments.tokenResponse?.errorCode,
    );
  });

  it('shows a test that passes, and that fails for a wrong definition', async () => {
    const run = async (definition: library.BankDefinition) => {
      const tests: (() => Promise<void>)[] = [];
      evaluate(blockOf('paypal.bank.test.ts'), {
        ...nest,
        'node:http': nodeHttp,
        '@jest/globals': { expect, it: (_name: string, test: () => Promise<void>) => tests.push(test) },
        '@nestjs/testing': nestTesting,
        rxjs,
        './paypal.bank.js': { paypal: definition },
      });
      expect(tests).toHaveLength(1);
      await tests[0]!();
    };
    await run(paypal);
    await expect(run({ ...paypal, tokenResponse: { expiresIn: 'milliseconds' } })).rejects.toThrow(
      /32400000/,
    );
  });
});
