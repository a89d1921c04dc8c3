import { afterEach, describe, expect, test } from '@jest/globals';
import type { HttpService } from '@nestjs/axios';
import { type INestApplicationContext, Logger, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { getBankHttpToken, getTokenServiceToken, type TokenService } from 'nestjs-bank-auth';
import { BankSimulator, type SimulatedBank } from 'nestjs-bank-auth/testing';
import { firstValueFrom } from 'rxjs';
import { rejection } from '../support/bank-app.js';
import { PlantedSecrets } from '../support/planted-secrets.js';
import { SecretScanner } from '../support/secret-scan.js';
import { until } from '../support/until.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { LoopbackVault } from './loopback-vault.js';
import { loader, page, row } from './merchants-page.harness.js';

const ID = 'bog-payments';

interface Scene {
  readonly app: INestApplicationContext;
  /** Of the library; the vault and its client live in real time. */
  readonly clock: VirtualClock;
  readonly tokens: TokenService;
  readonly http: HttpService;
  readonly bank: SimulatedBank;
  readonly vault: LoopbackVault;
}

const environment = { ...process.env };
/** What has to end, the last first. */
const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of running.splice(0).reverse()) await end();
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
});

const SILENT = { log() {}, warn() {}, error() {} };

/** The page's module, with this resolver of the page in place of the table. */
async function start(resolver: 'Vault' | 'CachedVault' | 'WatchedVault'): Promise<Scene> {
  const banks = await BankSimulator.start(ID);
  running.push(() => banks.stop());
  const vault = await LoopbackVault.start();
  running.push(() => vault.stop());
  Object.assign(process.env, banks.env(), { VAULT_URL: vault.url, VAULT_TOKEN: LoopbackVault.token });
  const clock = new VirtualClock(Date.now());
  const load = loader({ 'merchants.ts': inPlaceOfTheTable(resolver) });
  const module = await Test.createTestingModule({ imports: [load('app.module.ts').AppModule] })
    .overrideProvider(Symbol.for('nestjs-bank-auth:clock'))
    .useValue(clock)
    .overrideProvider(Symbol.for('nestjs-bank-auth:random'))
    .useValue(() => 0.5)
    .setLogger(SILENT)
    .compile();
  const app = await module.init();
  running.push(() => app.close());
  return {
    app,
    clock,
    bank: banks.bank(ID),
    vault,
    tokens: app.get(getTokenServiceToken(ID)),
    http: app.get(getBankHttpToken(ID)),
  };
}

/** The page's `VaultModule`, with the resolver beside `Vault`, under the names that the page's module imports. */
function inPlaceOfTheTable(resolver: string) {
  // Nobody waits for five seconds.
  const load = loader({}, (code) => code.replace('const EVERY = 5_000;', 'const EVERY = 50;'));
  const { Vault, VaultModule } = load('vault.ts');
  const examples: Record<string, any> = { Vault, ...load('cached-vault.ts'), ...load('watched-vault.ts') };
  const providers = [...new Set([Vault, examples[resolver]])];
  class MerchantsModule {}
  Module({ imports: Reflect.getMetadata('imports', VaultModule), providers, exports: providers })(
    MerchantsModule,
  );
  return { Merchants: examples[resolver], MerchantsModule };
}

function add({ bank, vault }: Scene, ...keys: string[]): void {
  for (const key of keys) vault.put(key, bank.addMerchant({ clientId: `client-of-${key}` }));
}

const rotate = ({ bank, vault }: Scene, key: string) =>
  vault.put(key, bank.rotateCredentials({ clientId: `client-of-${key}` }));

/** Waits while time goes on for the library too, ten times as fast. */
async function later({ clock }: Scene, condition: () => boolean): Promise<void> {
  let isOver = false;
  const passing = (async () => {
    while (!isOver) {
      await clock.advance(50);
      await pause(5);
    }
  })();
  await until(condition, 'what is waited for').finally(() => {
    isOver = true;
  });
  await passing;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('the vault of the page about merchants', () => {
  test('is read once per token, and a rotated secret is in the next one', async () => {
    const scene = await start('Vault');
    const { bank, vault, tokens, http } = scene;
    add(scene, 'flowers');
    const bankAuth = { merchant: 'flowers' };
    await Promise.all(
      Array.from({ length: 20 }, () => firstValueFrom(http.get('/simulator/echo', { bankAuth }))),
    );
    expect(vault.paths).toEqual(['/secrets/bog-payments/flowers']);
    rotate(scene, 'flowers');
    bank.revoke();
    await firstValueFrom(http.get('/simulator/echo', { bankAuth }));
    expect(bank.lastApiRequest).toMatchObject({ status: 200, clientId: 'client-of-flowers' });
    expect(bank.tokenRejections).toBe(0);
    await tokens.forMerchant('flowers').getAccessToken();
    expect(vault.paths).toHaveLength(2);
  });

  test('is not read for an invalid key', async () => {
    const { vault, tokens } = await start('Vault');
    for (const key of [
      '..',
      '../flowers',
      '%2e%2e',
      'Flowers',
      'a/b',
      'a?b',
      '\ud800',
      '-',
      'a'.repeat(65),
    ]) {
      const error = await rejection(tokens.forMerchant(key).getAccessToken());
      expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: false });
    }
    expect(vault.paths).toEqual([]);
    const error = await rejection(tokens.forMerchant('nobody').getAccessToken());
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: false });
    expect(vault.paths).toEqual(['/secrets/bog-payments/nobody']);
  });

  test('may be down: tokens live on, and a merchant without one gets the error of the page', async () => {
    const scene = await start('Vault');
    const { clock, vault, tokens } = scene;
    add(scene, 'flowers', 'books');
    const books = tokens.forMerchant('books');
    const token = await books.getAccessToken();
    vault.fault = { status: 503 };
    await rejection(firstValueFrom(books.refresh()));
    expect(await books.getAccessToken()).toBe(token);
    const flowers = tokens.forMerchant('flowers');
    const error = await rejection(flowers.getAccessToken());
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: true, requestSent: false });
    const shown = /```\n(bog-payments \(merchant "flowers"\)[^\n]+)\n```/.exec(page)?.[1] ?? '';
    expect(error.message).toBe(shown);
    vault.fault = undefined;
    await clock.advance(1_000);
    expect(await flowers.getAccessToken()).toBeTruthy();
  });

  test('ends the token of a merchant that it denies', async () => {
    const scene = await start('Vault');
    const { vault, tokens } = scene;
    add(scene, 'flowers');
    const flowers = tokens.forMerchant('flowers');
    await flowers.getAccessToken();
    expect(row('it says 404 where it should not')[1]).toContain('loses its token');
    vault.fault = { status: 404 };
    expect(await rejection(firstValueFrom(flowers.refresh()))).toMatchObject({ retryable: false });
    expect(await rejection(flowers.getAccessToken())).toMatchObject({ retryable: false });
  });

  test('shows no secret of its own or of a merchant', async () => {
    const scene = await start('Vault');
    const { clock, vault, tokens, bank } = scene;
    const planted = new PlantedSecrets();
    planted.plant("the vault's token", LoopbackVault.token);
    add(scene, 'flowers', 'books', 'shoes');
    for (const { clientSecret } of bank.merchants) planted.plant('a secret', clientSecret);
    const scanner = new SecretScanner(planted);
    Logger.overrideLogger(scanner.logger);
    scanner.print('a token', await tokens.forMerchant('books').getToken());
    const [flowers] = bank.merchants;
    for (const fault of [
      { status: 500, body: { debug: flowers } },
      { status: 200, body: { client_id: 'an-id', secret: flowers?.clientSecret } },
      { status: 200, body: { client_id: 'an-id', client_secret: { is: flowers?.clientSecret } } },
      { status: 302, body: { flowers } },
    ]) {
      vault.fault = fault;
      for (const key of ['flowers', 'shoes']) {
        scanner.error(key, await rejection(tokens.forMerchant(key).getAccessToken()));
        scanner.reach('its status', tokens.forMerchant(key).status);
      }
      await clock.advance(3_000);
    }
    expect(scanner.logged.length).toBeGreaterThan(0);
    expect(scanner.findings).toEqual([]);
    vault.fault = { status: 200, body: { client_id: 'an-id' } };
    const { message } = await rejection(tokens.forMerchant('flowers').getAccessToken());
    expect(row('it gives half a secret')[1]).toContain('the name of the missing member');
    expect(message).toContain('clientSecret is missing');
  });

  test('gets no more concurrent requests than its limit', async () => {
    const scene = await start('Vault');
    const { bank, vault, tokens } = scene;
    const keys = Array.from({ length: 200 }, (_, index) => `merchant-${index}`);
    add(scene, ...keys);
    vault.latency = 20;
    await Promise.all(keys.map((key) => tokens.forMerchant(key).getAccessToken()));
    expect(row('all merchants are cold')[1]).toContain('your own limit (16 above)');
    expect(vault.paths).toHaveLength(200);
    expect(vault.peak).toBeLessThanOrEqual(16);
    for (const { clientId } of bank.merchants) expect(bank.tokensIssuedTo(clientId)).toBe(1);
    expect(bank.peakTokenConcurrency).toBeLessThanOrEqual(8);
  });
});

describe('the cached vault of the page about merchants', () => {
  test('is read once per secret, and serves its cache while the vault is down', async () => {
    const scene = await start('CachedVault');
    const { vault, tokens } = scene;
    add(scene, 'flowers');
    const flowers = tokens.forMerchant('flowers');
    const first = await flowers.getAccessToken();
    await firstValueFrom(flowers.refresh());
    expect(vault.paths).toHaveLength(1);
    const error = await rejection(tokens.forMerchant('nobody').getAccessToken());
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: false });

    vault.fault = { status: 503 };
    const now = performance.now();
    const { LRUCache } = await import('lru-cache');
    // Half a minute later, by the clock that caches go by.
    const aged = globalThis.performance.now;
    globalThis.performance.now = () => aged.call(performance) + 31_000;
    try {
      expect(new LRUCache({ max: 1 }).perf.now()).toBeGreaterThan(now + 30_000);
      await firstValueFrom(flowers.refresh());
    } finally {
      globalThis.performance.now = aged;
    }
    expect(vault.paths).toHaveLength(3);
    expect(await flowers.getAccessToken()).not.toBe(first);
  });
});

describe('the watched vault of the page about merchants', () => {
  test('renews at a rotation, without a call', async () => {
    const scene = await start('WatchedVault');
    const { bank, tokens } = scene;
    add(scene, 'flowers', 'books');
    const first = await tokens.forMerchant('flowers').getAccessToken();
    await tokens.forMerchant('books').getAccessToken();
    rotate(scene, 'flowers');
    await later(scene, () => bank.tokensIssuedTo('client-of-flowers') === 2);
    await until(() => tokens.forMerchant('flowers').status.state === 'fresh', 'the new token');
    expect(await tokens.forMerchant('flowers').getAccessToken()).not.toBe(first);
    expect([bank.tokensIssuedTo('client-of-books'), bank.tokenRejections]).toEqual([1, 0]);
  });

  test('reads all versions at once, and a secret when its version has changed', async () => {
    const scene = await start('WatchedVault');
    const { app, vault, tokens } = scene;
    const keys = Array.from({ length: 50 }, (_, index) => `merchant-${index}`);
    add(scene, ...keys);
    await Promise.all(keys.map((key) => tokens.forMerchant(key).getAccessToken()));
    const polls = () => vault.paths.filter((path) => path === '/versions/bog-payments').length;
    const before = polls();
    // Answers that take a while would pile up the polls of fifty merchants, if each had its own.
    vault.latency = 20;
    vault.peak = 0;
    await until(() => polls() >= before + 3, 'three polls');
    expect(vault.peak).toBe(1);
    expect(vault.paths.length - polls()).toBe(50);
    await app.close();
    const after = polls();
    await pause(200);
    expect(polls()).toBeLessThanOrEqual(after + 1);
  });

  test('notices added and removed merchants', async () => {
    const scene = await start('WatchedVault');
    const { vault, tokens } = scene;
    const flowers = tokens.forMerchant('flowers');
    expect(await rejection(flowers.getAccessToken())).toMatchObject({ retryable: false });
    add(scene, 'flowers');
    await later(scene, () => flowers.status.failures === 0);
    await flowers.getAccessToken();
    vault.remove('flowers');
    await later(scene, () => flowers.status.failures > 0);
    expect(await rejection(flowers.getAccessToken())).toMatchObject({ retryable: false });
  });

  test('serves its cache while the vault is down, and notices afterwards what happened meanwhile', async () => {
    const scene = await start('WatchedVault');
    const { bank, vault, tokens } = scene;
    add(scene, 'flowers');
    const flowers = tokens.forMerchant('flowers');
    await flowers.getAccessToken();
    vault.fault = { status: 503 };
    await pause(200);
    await firstValueFrom(flowers.refresh());
    rotate(scene, 'flowers');
    vault.fault = undefined;
    await later(scene, () => bank.tokensIssuedTo('client-of-flowers') === 3);
    expect(bank.tokenRejections).toBe(0);
  });
});
