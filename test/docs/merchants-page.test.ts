import { createHash, randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { getTokenServiceToken, type TokenService } from 'nestjs-bank-auth';
import { RedisTokenStore } from 'nestjs-bank-auth/redis';
import { BankSimulator } from 'nestjs-bank-auth/testing';
import { firstValueFrom } from 'rxjs';
import { closeApps, rejection, startApp } from '../support/bank-app.js';
import { describeRedis, RedisServer, stopRedis } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { loader, ORDER, page } from './merchants-page.harness.js';

const ID = 'bog-payments';
const environment = { ...process.env };
let app: INestApplicationContext | undefined;
let banks: BankSimulator | undefined;
afterEach(async () => {
  await app?.close();
  await closeApps();
  await Promise.all([banks?.stop(), stopRedis()]);
  app = undefined;
  banks = undefined;
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
});

/** The page's module on a simulated bank, with a merchant "flowers", as the page starts it. */
async function startMarketplace() {
  const load = loader();
  const started = await load('marketplace.e2e.ts').startMarketplace();
  app = started.app as INestApplicationContext;
  banks = started.banks as BankSimulator;
  return {
    app,
    bank: banks.bank(ID),
    payouts: app.get(load('payouts.ts').Payouts),
    merchants: app.get(load('merchants.ts').Merchants),
    tokens: app.get<TokenService>(getTokenServiceToken(ID)),
  };
}

describe('the page about merchants', () => {
  test('has a module and a service in which each merchant pays with its own account', async () => {
    const { bank, payouts, merchants, tokens } = await startMarketplace();
    const books = bank.addMerchant();
    merchants.put('books', books);
    const flowers = bank.merchants[0]?.clientId;
    expect(await firstValueFrom(payouts.order('flowers', ORDER))).toMatchObject({ id: expect.any(String) });
    expect(bank.lastApiRequest).toMatchObject({ clientId: flowers, status: 200 });
    await firstValueFrom(payouts.order('books', ORDER));
    expect(bank.lastApiRequest?.clientId).toBe(books.clientId);

    const token = await payouts.token('flowers');
    expect(bank.tokensIssuedTo(flowers ?? '')).toBe(1);
    expect(payouts.status('flowers')).toMatchObject({ merchant: 'flowers', state: 'fresh', failures: 0 });
    expect(JSON.stringify(payouts.status('flowers'))).not.toContain(token);

    const client = payouts.clientOf('flowers');
    await client.get('/simulator/echo');
    expect(bank.lastApiRequest?.clientId).toBe(flowers);
    await client.get('/simulator/echo', { bankAuth: { merchant: 'books' } });
    expect(bank.lastApiRequest?.clientId).toBe(books.clientId);

    await tokens.getAccessToken();
    const { clientId } = bank.credentials;
    expect([flowers, books.clientId, clientId].map((id) => bank.tokensIssuedTo(id ?? ''))).toEqual([1, 1, 1]);
  });

  test('has a table that merchants join and leave, and in which secrets are rotated', async () => {
    const { bank, payouts, merchants, tokens } = await startMarketplace();
    expect(await rejection(payouts.token('books'))).toMatchObject({ code: 'BANK_AUTH_CONFIG' });
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    const books = bank.addMerchant();
    merchants.put('books', books);
    const first = await payouts.token('books');
    merchants.put('books', bank.rotateCredentials({ clientId: books.clientId }));
    expect(await payouts.token('books')).toBe(first);
    await firstValueFrom(tokens.forMerchant('books').refresh());
    expect(await payouts.token('books')).not.toBe(first);
    merchants.remove('books');
    expect(payouts.status('books').state).toBe('fresh');
    expect(bank.tokenRejections).toBe(0);
  });

  test('states the source of a default merchant', async () => {
    const { app: withDefault, bank } = await startMarketplace();
    expect(await withDefault.get<TokenService>(getTokenServiceToken(ID)).getAccessToken()).toBeTruthy();
    await withDefault.close();
    for (const name of ['BOG_PAYMENTS_CLIENT_ID', 'BOG_PAYMENTS_CLIENT_SECRET']) {
      expect(page).toContain(`\`${name}\``);
      delete process.env[name];
    }
    const load = loader();
    const module = await Test.createTestingModule({ imports: [load('app.module.ts').AppModule] }).compile();
    app = await module.init();
    const merchants = app.get(load('merchants.ts').Merchants);
    merchants.put('flowers', bank.merchants[0]);
    expect(await app.get(load('payouts.ts').Payouts).token('flowers')).toBeTruthy();
    expect(await rejection(app.get<TokenService>(getTokenServiceToken(ID)).getAccessToken())).toMatchObject({
      message: expect.stringContaining('has no credentials of its own'),
    });
  });

  test('has an example of unit tests that works', async () => {
    const payouts = await loader()('payouts.spec.ts').createPayouts();
    expect(await firstValueFrom(payouts.order('flowers', {}))).toEqual({ id: 'order-1' });
    expect(await rejection(firstValueFrom(payouts.order('books', {})))).toMatchObject({ status: 404 });
    expect(await payouts.token('flowers')).toBe('token-of-flowers');
    expect(await rejection(payouts.token('books'))).toMatchObject({ code: 'BANK_AUTH_CONFIG' });
  });

  test('says that warm-up and keepWarm concern the default merchant', async () => {
    expect(page).toContain('`warmUp` and `keepWarm` are about the default merchant');
    banks = await BankSimulator.start(ID);
    const bank = banks.bank(ID);
    const flowers = bank.addMerchant();
    const provider = { clientId: undefined, clientSecret: undefined, credentials: () => flowers };
    const refused = await rejection(startApp(bank, { provider: { ...provider, keepWarm: true } }));
    expect(refused.message).toContain('keepWarm');
    const { tokens } = await startApp(bank, { warmUp: 'required', provider });
    expect(bank.tokenRequests).toBe(0);
    const subscription = tokens.forMerchant('flowers').token$.subscribe();
    await until(() => bank.tokensIssuedTo(flowers.clientId) === 1, 'a token');
    subscription.unsubscribe();
  });
});

describeRedis('the page about merchants, with Redis', () => {
  test('states what replicas share, and what Redis holds of a key', async () => {
    const { bank } = await startMarketplace();
    const server = await RedisServer.start();
    const encryptionKey = randomBytes(32).toString('base64');
    const flowers = bank.merchants[0];
    const start = (version?: string, merchants?: object) =>
      startApp(bank, {
        store: new RedisTokenStore(server.url, { encryptionKey }),
        provider: { credentials: () => ({ ...flowers, version }), merchants },
      });
    const replicas = [await start(), await start()];
    const values = [];
    for (const { tokens } of replicas) values.push(await tokens.forMerchant('flowers').getAccessToken());
    expect(new Set(values).size).toBe(1);
    // Who was let go finds its token there.
    const small = await start(undefined, { limit: 1 });
    for (const key of ['flowers', 'books', 'flowers']) await small.tokens.forMerchant(key).getAccessToken();
    expect(bank.tokensIssuedTo(flowers?.clientId ?? '')).toBe(2);
    // Called otherwise, they are others.
    const third = await start('a version of its own');
    expect(await third.tokens.forMerchant('flowers').getAccessToken()).not.toBe(values[0]);
    const text = JSON.stringify([ID, ['flowers'], bank.tokenUrl, []]);
    const digest = createHash('sha256').update(text).digest('base64url');
    expect(await server.cli('KEYS', '*')).toContain(`bank-auth:{${digest}}:2:token`);
  });
});
