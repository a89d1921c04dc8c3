import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { bankAuthFromEnv, defineBank, MemoryTokenStore } from 'nestjs-bank-auth';
import { BehaviorSubject, firstValueFrom } from 'rxjs';
import type { SimulatedBank } from '../../src/testing/index.js';
import { type BankApp, closeApps, rejection, startApp } from '../support/bank-app.js';
import { Loopback } from '../support/loopback-token-endpoint.js';
import { until } from '../support/until.js';

const accountBank = defineBank({
  id: 'account-bank',
  title: 'A bank that wants the account of each merchant',
  tokenUrl: { sandbox: '/token' },
  apiBaseUrl: {},
  clientAuthentication: { method: 'client_secret_basic' },
  tokenRequest: { headers: ({ values }) => ({ 'x-account': values.account ?? '' }) },
  headers: ({ value }, { values }) => ({
    authorization: `Bearer ${value}`,
    'x-account': values.account ?? '',
  }),
  options: { values: { account: 'required' } },
});

let server: Loopback;
let asked: string[];
beforeEach(async () => {
  asked = [];
  server = await Loopback.start((response, { url, headers }) => {
    const account = String(headers['x-account']);
    if (url === '/token') asked.push(account);
    const body =
      url === '/token'
        ? { access_token: `token-${asked.length}-of-${account}`, token_type: 'Bearer', expires_in: 3_600 }
        : { authorization: headers.authorization, account };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(body));
  });
});
afterEach(async () => {
  await closeApps();
  await server.stop();
});

const credentials = { clientId: 'an-id', clientSecret: 'a-secret-of-many-letters' };
/** What a call of a merchant, else of the provider itself, carries. */
const callBy = async ({ http }: BankApp, merchant?: string) =>
  (await firstValueFrom(http.get('/echo', merchant === undefined ? {} : { bankAuth: { merchant } }))).data;
const sameBank = {
  id: accountBank.id,
  providerOptions: () => ({ bank: accountBank }),
} as unknown as SimulatedBank;
const startWith = (provider: object, options: object = {}) =>
  startApp(sameBank, { ...options, provider: { apiBaseUrl: server.origin, ...provider } });

describe('values that change at run time', () => {
  test('are those of the next token where a function gives them, and no token of the old ones is adopted from a store', async () => {
    const store = new MemoryTokenStore();
    let account = 'A';
    const given = () => ({ ...credentials, values: { account } });
    const app = await startWith({ credentials: given }, { store });
    expect(await callBy(app, 'shop')).toEqual({ authorization: 'Bearer token-1-of-A', account: 'A' });
    account = 'B';
    const replica = await startWith({ credentials: given }, { store });
    expect(await callBy(replica, 'shop')).toEqual({ authorization: 'Bearer token-2-of-B', account: 'B' });
    await firstValueFrom(app.tokens.forMerchant('shop').refresh());
    expect(await callBy(app, 'shop')).toMatchObject({ account: 'B' });
    expect(asked.slice(0, 2)).toEqual(['A', 'B']);
  });

  test('renew the token at once where an Observable gives them', async () => {
    const given = new BehaviorSubject({ ...credentials, values: { account: 'A' } });
    const app = await startWith({ credentials: () => given });
    expect(await callBy(app, 'shop')).toMatchObject({ account: 'A' });
    given.next({ ...credentials, values: { account: 'A' } });
    await app.clock.advance(1_000);
    expect(asked).toEqual(['A']);
    given.next({ ...credentials, values: { account: 'B' } });
    await app.clock.advance(1_000);
    await until(() => asked.length === 2, 'the renewal');
    expect(await callBy(app, 'shop')).toEqual({ authorization: 'Bearer token-2-of-B', account: 'B' });
  });

  test('are those of the next token where a file holds them, of which an unusable one keeps the token in use', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'values-'));
    const path = join(folder, 'account');
    writeFileSync(path, 'A\n');
    const environment: Record<string, string> = {
      BANK_AUTH_ENVIRONMENT: 'sandbox',
      ACCOUNT_BANK_CLIENT_ID: credentials.clientId,
      ACCOUNT_BANK_CLIENT_SECRET: credentials.clientSecret,
      ACCOUNT_BANK_VALUE_ACCOUNT_FILE: path,
    };
    const variables = { get: (name: string) => environment[name] } as never;
    const read = bankAuthFromEnv(accountBank).useFactory(variables);
    const app = await startWith(read.providers['account-bank'] as object, read);
    expect(await callBy(app)).toMatchObject({ account: 'A' });
    writeFileSync(path, 'A\u0007planted\n');
    const error = await rejection(firstValueFrom(app.tokens.refresh()));
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: true });
    expect(String(error)).toContain(path);
    expect(String(error)).not.toContain('planted');
    expect(await callBy(app)).toMatchObject({ account: 'A' });
    writeFileSync(path, 'B\n');
    await app.clock.advance(5_000);
    await firstValueFrom(app.tokens.refresh());
    expect(await callBy(app)).toEqual({ authorization: 'Bearer token-2-of-B', account: 'B' });
    expect(asked).toEqual(['A', 'B']);
    rmSync(folder, { recursive: true });
  });
});
