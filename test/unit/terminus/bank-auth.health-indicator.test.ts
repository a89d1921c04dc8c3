import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { HttpService } from '@nestjs/axios';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import { HealthCheck, HealthCheckService, HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import {
  BankAuthModule,
  type BankAuthOptions,
  BankAuthState,
  getBankHttpToken,
  getTokenServiceToken,
  type ProviderSnapshot,
  type TokenService,
  type TokenStore,
} from 'nestjs-bank-auth';
import { BankAuthHealthIndicator, type BankAuthHealthOptions } from 'nestjs-bank-auth/terminus';
import { BankSimulator, type SimulatedBank } from '../../../src/testing/index.js';
import { VirtualClock } from '../../support/virtual-clock.js';

let simulator: BankSimulator;
let bank: SimulatedBank;
let running: INestApplication | undefined;
beforeAll(async () => {
  simulator = await BankSimulator.start('partner', 'tbc-tpay');
  bank = simulator.bank('partner');
});
beforeEach(() => simulator.reset());
afterEach(async () => {
  await running?.close();
  running = undefined;
});
afterAll(() => simulator.stop());

/** A service with a health endpoint, whose clock a test owns. */
async function start(
  options: Partial<Omit<BankAuthOptions, 'providers'>> & { readonly providers?: Record<string, object> } = {},
  check: BankAuthHealthOptions = {},
) {
  @Controller('health')
  class HealthController {
    constructor(
      private readonly health: HealthCheckService,
      private readonly banks: BankAuthHealthIndicator,
    ) {}

    @Get()
    @HealthCheck()
    check() {
      return this.health.check([() => this.banks.check('banks', check)]);
    }
  }
  const clock = new VirtualClock(Date.now());
  const module = await Test.createTestingModule({
    imports: [
      BankAuthModule.forRoot({
        environment: 'sandbox',
        warmUp: false,
        isGlobal: true,
        providers: { partner: bank.providerOptions() },
        ...options,
      } as BankAuthOptions),
      TerminusModule.forRoot({ logger: false }),
    ],
    controllers: [HealthController],
    providers: [BankAuthHealthIndicator],
  })
    .overrideProvider(Symbol.for('nestjs-bank-auth:clock'))
    .useValue(clock)
    .overrideProvider(Symbol.for('nestjs-bank-auth:random'))
    .useValue(() => 0)
    .compile();
  const app = module.createNestApplication({ logger: false });
  running = app;
  await app.listen(0, '127.0.0.1');
  const url = `${(await app.getUrl()).replace('[::1]', '127.0.0.1')}/health`;
  return {
    clock,
    tokens: app.get<TokenService>(getTokenServiceToken('partner')),
    http: app.get<HttpService>(getBankHttpToken('partner')),
    indicator: app.get(BankAuthHealthIndicator),
    /** HTTP status, status of the whole, status and providers of the banks, and all of it as text. */
    async health() {
      const response = await fetch(url);
      const text = await response.text();
      const { status, details } = JSON.parse(text);
      return { http: response.status, status, banks: details?.banks, text };
    },
  };
}

const failed = () => undefined;

describe('BankAuthHealthIndicator', () => {
  test('is up before anybody has asked for a token, with it, and when it has expired unused', async () => {
    const { health, tokens, clock } = await start();
    expect(await health()).toMatchObject({
      http: 200,
      status: 'ok',
      banks: { status: 'up', providers: { partner: { status: 'up', state: 'absent', failures: 0 } } },
    });
    expect(bank.tokenRequests).toBe(0);
    await tokens.getAccessToken();
    const { since, expiresAt } = tokens.status;
    const fresh = { status: 'up', state: 'fresh', failures: 0, since, expiresAt };
    expect((await health()).banks).toEqual({ status: 'up', providers: { partner: fresh } });
    await clock.advance(24 * 3_600_000);
    expect(await health()).toMatchObject({
      http: 200,
      banks: { providers: { partner: { state: 'expired' } } },
    });
    expect(bank.tokenRequests).toBe(1);
  });

  test('is down while requests for a token fail, and between them, until one succeeds', async () => {
    const { health, tokens, clock } = await start();
    bank.failToken('rejected');
    await tokens.getAccessToken().catch(failed);
    const { since, retryAt } = tokens.status;
    expect(retryAt).toBe((since as number) + 60_000);
    const partner = {
      status: 'down',
      reasons: ['no-token'],
      state: 'cooling-down',
      since,
      failures: 1,
      retryAt,
      lastErrorCode: 'BANK_AUTH_CREDENTIALS_REJECTED',
      lastErrorAt: since,
      lastStatus: 401,
    };
    const { http, status, banks } = await health();
    expect({ http, status, banks }).toEqual({
      http: 503,
      status: 'error',
      banks: { status: 'down', providers: { partner } },
    });
    await clock.advance(60_000);
    expect(await health()).toMatchObject({
      http: 503,
      banks: { providers: { partner: { state: 'absent' } } },
    });
    bank.recover();
    await tokens.getAccessToken();
    expect(await health()).toMatchObject({ http: 200, status: 'ok' });
  });

  test('is degraded while a renewal fails and the token is usable, and down when it has expired', async () => {
    const { health, tokens, clock } = await start();
    await tokens.getAccessToken();
    const { refreshAt, expiresAt } = tokens.status as { refreshAt: number; expiresAt: number };
    await clock.advance(refreshAt - clock.wall() + 1);
    bank.failToken('rejected');
    await new Promise((resolve) => tokens.refresh().subscribe({ error: resolve }));
    expect(await health()).toMatchObject({
      http: 200,
      status: 'degraded',
      banks: {
        status: 'degraded',
        providers: {
          partner: { status: 'degraded', reasons: ['renewal-failing'], state: 'stale', expiresAt },
        },
      },
    });
    await clock.advance(expiresAt - clock.wall());
    expect(await health()).toMatchObject({
      http: 503,
      banks: { providers: { partner: { reasons: ['no-token'], state: 'expired' } } },
    });
  });

  test('is down while the bank refuses all tokens, until a call gets through', async () => {
    const { health, http } = await start();
    bank.refuseAllTokens();
    const get = () => http.axiosRef.get('/simulator/echo').catch(failed);
    await get();
    await get();
    expect(await health()).toMatchObject({
      http: 503,
      banks: {
        providers: {
          partner: {
            status: 'down',
            reasons: ['token-refused'],
            state: 'refused',
            retryAt: expect.any(Number),
          },
        },
      },
    });
    bank.refuseAllTokens(false);
    await get();
    expect(await health()).toMatchObject({ http: 200, status: 'ok' });
  });

  test('is degraded while the token store is in trouble', async () => {
    const away = () => Promise.reject(new Error('away'));
    const store: TokenStore = { read: away, writeIfNewer: away, remove: away };
    const { health, tokens } = await start({ store });
    expect((await health()).banks.providers.partner).toMatchObject({ status: 'up', store: 'shared' });
    await tokens.getAccessToken();
    expect((await health()).banks).toMatchObject({
      status: 'degraded',
      providers: {
        partner: { status: 'degraded', reasons: ['store-alone'], store: 'alone', state: 'fresh' },
      },
    });
  });

  test('is degraded where a secret ends within 30 days, as the configuration says', async () => {
    const secretExpiresAt = new Date(Date.now() + 20 * 24 * 3_600_000);
    const { health, tokens } = await start({
      providers: { partner: { ...bank.providerOptions(), secretExpiresAt } },
    });
    await tokens.getAccessToken();
    expect(await health()).toMatchObject({
      http: 200,
      status: 'degraded',
      banks: {
        providers: {
          partner: {
            reasons: ['secret-expiring'],
            state: 'fresh',
            expiries: [{ merchant: 'default', what: 'secret', notAfter: secretExpiresAt.getTime() }],
          },
        },
      },
    });
  });

  test('is as bad as the worst provider, and leaves out those that are disabled', async () => {
    const second = { ...simulator.bank('tbc-tpay').providerOptions(), bank: 'tbc-tpay' };
    const { health, tokens } = await start({
      providers: {
        partner: bank.providerOptions(),
        second,
        third: { ...second, enabled: false },
      },
    });
    bank.failToken('rejected');
    await tokens.getAccessToken().catch(failed);
    expect(await health()).toMatchObject({
      http: 503,
      banks: { providers: { partner: { status: 'down' }, second: { status: 'up' } } },
    });
    expect(Object.keys((await health()).banks.providers)).toEqual(['partner', 'second']);
  });

  test('speaks of the providers that it is asked for, and refuses names that are not declared', async () => {
    const second = { ...simulator.bank('tbc-tpay').providerOptions(), bank: 'tbc-tpay' };
    const providers = { partner: bank.providerOptions(), second };
    const { health, tokens, indicator } = await start({ providers }, { providers: ['second'] });
    bank.failToken('rejected');
    await tokens.getAccessToken().catch(failed);
    expect(await health()).toMatchObject({ http: 200, banks: { providers: { second: { status: 'up' } } } });
    expect(indicator.check('key', { providers: [] })).toEqual({ key: { status: 'up', providers: {} } });
    expect(() => indicator.check('key', { providers: ['sekond'] })).toThrow('did you mean second');
  });
});

describe('BankAuthHealthIndicator sums up merchants', () => {
  const shops = new Map<string, object>();
  const credentials = (key: string) => shops.get(key);
  beforeEach(() => {
    shops.clear();
    for (const key of ['shop-1', 'shop-2']) shops.set(key, bank.addMerchant());
    shops.set('wrong', { ...bank.addMerchant(), clientSecret: 'wrong' });
  });
  const ask = (tokens: TokenService, ...keys: string[]) =>
    Promise.allSettled(keys.map((key) => tokens.forMerchant(key).getAccessToken()));

  test('and one that fails is no reason by default', async () => {
    const { health, tokens } = await start({
      providers: { partner: { ...bank.providerOptions(), credentials } },
    });
    await ask(tokens, 'wrong');
    expect((await health()).banks.status).toBe('up');
    await ask(tokens, 'shop-1', 'shop-2');
    const { http, banks } = await health();
    expect({ http, partner: banks.providers.partner }).toEqual({
      http: 200,
      partner: { status: 'up', state: 'absent', failures: 0, merchants: { fresh: 2, 'cooling-down': 1 } },
    });
  });

  test.each(['degraded', 'down'] as const)('and one that fails is %s if that is wanted', async (status) => {
    const { health, tokens } = await start(
      { providers: { partner: { ...bank.providerOptions(), credentials } } },
      { failingMerchants: status },
    );
    await ask(tokens, 'shop-1');
    expect((await health()).banks.status).toBe('up');
    await ask(tokens, 'wrong');
    expect((await health()).banks).toMatchObject({
      status,
      providers: { partner: { status, reasons: ['merchants-failing'] } },
    });
  });

  test('and is degraded where there are only merchants, and none has a usable token', async () => {
    const { tokenUrl, apiBaseUrl, scopes } = bank.providerOptions();
    const { health, tokens, clock } = await start({
      providers: { partner: { tokenUrl, apiBaseUrl, scopes, credentials } },
    });
    await ask(tokens, 'wrong');
    const failing = (merchants: object) => ({
      status: 'degraded',
      providers: { partner: { reasons: ['merchants-failing'], merchants } },
    });
    expect((await health()).banks).toMatchObject(failing({ 'cooling-down': 1 }));
    // Between two tries, and during one, nothing is better yet.
    await clock.advance(3_600_000);
    expect((await health()).banks).toMatchObject(failing({ absent: 1 }));
    await ask(tokens, 'shop-1');
    expect((await health()).banks.status).toBe('up');
  });

  test('and shows no key, no token and no secret', async () => {
    const { health, tokens } = await start({
      providers: { partner: { ...bank.providerOptions(), credentials } },
    });
    const [token] = await ask(tokens, 'shop-1', 'wrong');
    const { text } = await health();
    const secrets = [...shops.values(), bank.credentials].flatMap((each) => Object.values(each));
    for (const secret of [...secrets, (token as { value?: string }).value, 'shop-1']) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('BankAuthHealthIndicator without an application', () => {
  const DAY = 24 * 3_600_000;
  const snapshot = (expiries: ProviderSnapshot['expiries'], provider = 'partner'): ProviderSnapshot => ({
    provider,
    bank: 'partner',
    environment: 'sandbox',
    enabled: true,
    merchants: { absent: 0, fresh: 0, stale: 0, expired: 0, 'cooling-down': 0, refused: 0 },
    failingMerchants: 0,
    waiting: 0,
    queued: 0,
    flights: 0,
    expiries,
  });
  const checked = (expiries: ProviderSnapshot['expiries'], service = new HealthIndicatorService()) => {
    const state = { providers: () => [snapshot(expiries)], merchants: () => [] } as unknown as BankAuthState;
    return new BankAuthHealthIndicator(service, state).check('banks').banks;
  };

  test('is degraded from 30 days before a certificate or a secret ends', () => {
    const at = (days: number) => ({ merchant: 'default', notAfter: Date.now() + days * DAY });
    const later = { what: 'certificate', ...at(31) } as const;
    expect(checked([later])).toEqual({ status: 'up', providers: { partner: { status: 'up' } } });
    const soon = { what: 'certificate', ...at(29) } as const;
    const over = { what: 'secret', ...at(-1) } as const;
    expect(checked([later, soon, over])).toEqual({
      status: 'degraded',
      providers: {
        partner: {
          status: 'degraded',
          reasons: ['certificate-expiring', 'secret-expiring'],
          expiries: [soon, over],
        },
      },
    });
  });

  test('is as bad as a provider whose name objects have already', () => {
    const over = { merchant: 'default', what: 'secret', notAfter: 0 } as const;
    const state = { providers: () => [snapshot([over], '__proto__')], merchants: () => [] };
    const indicator = new BankAuthHealthIndicator(
      new HealthIndicatorService(),
      state as unknown as BankAuthState,
    );
    const { banks } = indicator.check('banks');
    expect(banks.status).toBe('degraded');
    expect(JSON.stringify(banks)).toContain('{"__proto__":{"status":"degraded"');
  });

  test('is up with a detail where terminus knows no degraded state', () => {
    const eleven = {
      check: (key: string) => ({ up: (data: object) => ({ [key]: { status: 'up', ...data } }) }),
    } as unknown as HealthIndicatorService;
    const over = { merchant: 'default', what: 'secret', notAfter: 0 } as const;
    expect(checked([over], eleven)).toMatchObject({
      status: 'up',
      degraded: true,
      providers: { partner: { status: 'degraded', reasons: ['secret-expiring'] } },
    });
  });
});
