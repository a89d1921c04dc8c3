import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { HttpService } from '@nestjs/axios';
import { Controller, type INestApplication, Post, type Type } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  BankAuthModule,
  type Credentials,
  getBankHttpToken,
  getTokenServiceToken,
  type TokenService,
} from 'nestjs-bank-auth';
import { BankSimulator, type SimulatedBank } from 'nestjs-bank-auth/testing';
import { firstValueFrom, map, type Observable, switchMap } from 'rxjs';
import { transpiled } from '../../scripts/transpile.mjs';
import { rejection } from '../support/bank-app.js';
import { useTranspiledPackage } from '../support/transpiled-package.js';
import { until } from '../support/until.js';
import * as authentication from './authentication.guard.js';
import {
  addMerchants,
  expectEachToPayForItself,
  expectNobodyToPayForAnother,
} from './marketplace-requests.js';
import { examples, loader, page } from './merchants-page.harness.js';

const ID = 'bog-payments';

let simulator: BankSimulator;
let bank: SimulatedBank;
let merchants: ReturnType<typeof addMerchants>;
beforeAll(async () => {
  simulator = await BankSimulator.start(ID);
  bank = simulator.bank(ID);
  merchants = addMerchants(bank);
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.stop());

const SILENT = { log() {}, warn() {}, error() {} };
const echoOf = (http: HttpService, bankAuth?: { readonly merchant: string }) =>
  firstValueFrom(http.get('/simulator/echo', { bankAuth }));

describe('the merchant of a request, by AsyncLocalStorage as on the page,', () => {
  let app: INestApplication;
  let url: string;
  let http: HttpService;
  let load: ReturnType<typeof loader>;

  /** What the page has, with this controller besides. */
  async function start(Besides: Type): Promise<void> {
    load = loader({ 'authentication.guard.ts': authentication });
    const table = new Map<string, Credentials>(merchants.table);
    const bankAuth = BankAuthModule.forRoot({
      environment: 'sandbox',
      warmUp: false,
      isGlobal: true,
      providers: { [ID]: { ...merchants.provider, credentials: (key: string) => table.get(key) } },
    });
    const module = await Test.createTestingModule({
      imports: [bankAuth, load('marketplace.module.ts').MarketplaceModule],
      controllers: [Besides],
    })
      .setLogger(SILENT)
      .compile();
    app = module.createNestApplication();
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
    http = app.get(getBankHttpToken(ID));
  }

  @Controller('later')
  class LaterController {
    @Post()
    begin(): string {
      setTimeout(() => http.get('/simulator/echo').subscribe(), 50);
      return app.get(load('merchant-tokens.ts').MerchantTokens).ofRequest().merchant;
    }

    /** "Is the bank reachable?", by a token that all requests wait for, then the call. */
    @Post('after-token')
    afterToken(): Observable<unknown> {
      const tokens = app.get<TokenService>(getTokenServiceToken(ID));
      return tokens.getToken().pipe(
        switchMap(() => http.get('/simulator/echo')),
        map(({ data }) => data),
      );
    }
  }

  beforeEach(() => start(LaterController));
  afterEach(() => app.close());

  test('is the authenticated one, whatever other requests are under way', async () => {
    await expectEachToPayForItself(url, bank);
    await expectNobodyToPayForAnother(url, bank);
    expect(bank.tokensIssuedTo(bank.credentials.clientId)).toBe(0);
  });

  test('is that of all work caused by the request, also after its answer', async () => {
    const headers = { authorization: 'Bearer key-of-books' };
    expect(await (await fetch(`${url}/later`, { method: 'POST', headers })).text()).toBe('books');
    expect(bank.apiRequests).toBe(0);
    await until(() => bank.lastApiRequest?.status === 200, 'a call');
    expect(bank.lastApiRequest?.clientId).toBe('client-of-books');
  });

  test('stays its own after it waited for the same token as other requests', async () => {
    bank.setLatency({ token: 50 });
    const keys = ['flowers', 'books', 'flowers', 'shoes'];
    await Promise.all(
      keys.map((key) =>
        fetch(`${url}/later/after-token`, {
          method: 'POST',
          headers: { authorization: `Bearer key-of-${key}` },
        }),
      ),
    );
    const clients = bank.requests.filter(({ kind }) => kind === 'api').map(({ clientId }) => clientId);
    expect(clients.sort()).toEqual(keys.map((key) => `client-of-${key}`).sort());
    expect(bank.tokensIssuedTo(bank.credentials.clientId)).toBe(1);
  });

  test('is missing outside of a request: nothing is sent, and never for the default merchant', async () => {
    const current = app.get(load('current-merchant.ts').CurrentMerchant);
    const tokens = app.get(load('merchant-tokens.ts').MerchantTokens);
    const error = await rejection(echoOf(http));
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: false, requestSent: false });
    expect(() => tokens.ofRequest()).toThrow('merchant key');
    expect(() => {
      current.key = 'books';
    }).toThrow('This is no request');
    await rejection(current.run(() => echoOf(http)));
    expect([bank.tokenRequests, bank.apiRequests]).toEqual([0, 0]);

    await current.run(() => echoOf(http), 'books');
    expect(bank.lastApiRequest?.clientId).toBe('client-of-books');
    await echoOf(http, { merchant: 'shoes' });
    expect(bank.lastApiRequest?.clientId).toBe('client-of-shoes');
    await current.run(() => echoOf(http, { merchant: 'shoes' }), 'books');
    expect(bank.lastApiRequest?.clientId).toBe('client-of-shoes');
  });

  test('needs no request-scoped providers', () => {
    expect(page).toContain('Nothing has to be `Scope.REQUEST`');
    for (const name of ['orders.controller.ts', 'merchant-tokens.ts', 'current-merchant.ts']) {
      const [Class] = Object.values(load(name)) as Type[];
      // Of what is made for each request, this gives none.
      expect(app.get(Class as Type)).toBe(app.get(Class as Type));
    }
  });
});

describe('the merchant of a request, by nestjs-cls as on the page,', () => {
  const library = useTranspiledPackage('separate');
  let child: ChildProcess;
  let said: {
    readonly url: string;
    readonly outside: string;
    readonly within: string;
    /** For whom calls went out that waited for one token. */
    readonly waited: readonly string[];
  };

  // In a process of its own: nestjs-cls is CommonJS and requires Nest, which Jest cannot do on Node.js 20.
  beforeAll(async () => {
    const write = (name: string, code: string) => writeFileSync(join(library.folder, name), code);
    for (const name of ['cls-marketplace.module', 'orders.controller'])
      write(`${name}.js`, transpiled(examples.get(`${name}.ts`) ?? '', `${name}.ts`));
    const table = JSON.stringify(merchants.table);
    const guard = new URL('authentication.guard.ts', import.meta.url);
    write('authentication.guard.js', transpiled(readFileSync(guard, 'utf8'), guard.pathname));
    write(
      'main.mjs',
      `
      import 'reflect-metadata';
      import { NestFactory } from '@nestjs/core';
      import { ClsService } from 'nestjs-cls';
      import { firstValueFrom, map, switchMap } from 'rxjs';
      import { BankAuthModule, getBankHttpToken, getTokenServiceToken } from 'nestjs-bank-auth';
      import { ClsMarketplaceModule } from './cls-marketplace.module.js';
      const table = new Map(${table});
      const bankAuth = BankAuthModule.forRoot({
        environment: 'sandbox',
        warmUp: false,
        isGlobal: true,
        providers: { '${ID}': { ...${JSON.stringify(merchants.provider)}, credentials: (key) => table.get(key) } },
      });
      const imports = [bankAuth, ClsMarketplaceModule];
      const app = await NestFactory.create({ module: class Root {}, imports }, { logger: false });
      await app.listen(0, '127.0.0.1');
      const http = app.get(getBankHttpToken('${ID}'));
      const echo = () => firstValueFrom(http.get('/simulator/echo')).then(() => 'sent', ({ code }) => code);
      const outside = await echo();
      const within = await app.get(ClsService).runWith({ merchant: 'hats' }, echo);
      const tokens = app.get(getTokenServiceToken('${ID}'));
      const payAs = (merchant) => app.get(ClsService).runWith({ merchant }, () =>
        firstValueFrom(tokens.getToken().pipe(
          switchMap(() => http.get('/simulator/echo')),
          map(({ config }) => config.bankAuth.merchant),
        )));
      const waited = await Promise.all(['hats', 'gloves'].map(payAs));
      console.log(JSON.stringify({ url: await app.getUrl(), outside, within, waited }));
      // It ends with the test, however that ends.
      process.stdin.on('close', () => process.exit()).resume();
      `,
    );
    child = spawn(process.execPath, ['main.mjs'], {
      cwd: library.folder,
      env: { PATH: process.env.PATH },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout! })) {
      said = JSON.parse(line);
      break;
    }
  }, 60_000);
  afterAll(() => {
    child?.stdin?.end();
    child?.kill();
  });

  test('is the authenticated one, whatever other requests are under way', async () => {
    await expectEachToPayForItself(said.url, bank);
    await expectNobodyToPayForAnother(said.url, bank);
  });

  test('stays its own after it waited for the same token as other requests', () => {
    expect(said.waited).toEqual(['hats', 'gloves']);
  });

  test('is missing outside of a request, except for the one named by `runWith`', () => {
    expect(page).toContain('cls.runWith({ merchant }, ');
    expect([said.outside, said.within]).toEqual(['BANK_AUTH_CONFIG', 'sent']);
  });
});
