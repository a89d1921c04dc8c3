import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Test } from '@nestjs/testing';
import {
  BankAuthModule,
  type BankAuthOptions,
  BankAuthState,
  CredentialsRejectedError,
  getTokenServiceToken,
  type TokenService,
} from '../../../src/index.js';
import { BankSimulator, provideFakeTokenService, type SimulatedBank } from '../../../src/testing/index.js';
import { closeApps, startApp } from '../../support/bank-app.js';
import { closeAll, start } from '../../support/module-application.js';
import { until } from '../../support/until.js';

let simulator: BankSimulator;
let bank: SimulatedBank;
beforeAll(async () => {
  simulator = await BankSimulator.start('partner', 'tbc-tpay');
  bank = simulator.bank('partner');
});
beforeEach(() => simulator.reset());
afterEach(async () => {
  await closeApps();
  await closeAll();
});
afterAll(() => simulator.stop());

const nobody = { absent: 0, fresh: 0, stale: 0, expired: 0, 'cooling-down': 0, refused: 0 };

/** With three shops that the bank knows, and as many others as a test likes. */
async function startShops(options: object = {}) {
  const shops = new Map(['shop-1', 'shop-2', 'shop-3'].map((key) => [key, bank.addMerchant()]));
  const credentials = (key: string) => shops.get(key);
  const app = await startApp(bank, { ...options, provider: { credentials } });
  return { ...app, state: app.app.get(BankAuthState), shops };
}

describe('BankAuthState', () => {
  test('gives each declared provider with its bank, its environment and its token, and asks nobody', async () => {
    const application = await start({
      imports: [
        BankAuthModule.forRoot({
          environment: 'sandbox',
          warmUp: false,
          providers: {
            first: { ...bank.providerOptions(), bank: 'partner' },
            second: { bank: 'tbc-tpay', enabled: false },
          },
        }),
      ],
    });
    const state = application.get(BankAuthState);
    const numbers = {
      merchants: nobody,
      failingMerchants: 0,
      waiting: 0,
      queued: 0,
      flights: 0,
      expiries: [],
    };
    expect(state.providers()).toEqual([
      {
        provider: 'first',
        bank: 'partner',
        environment: 'sandbox',
        enabled: true,
        token: { provider: 'first', merchant: 'default', state: 'absent', failures: 0 },
        ...numbers,
      },
      { provider: 'second', bank: 'tbc-tpay', environment: 'sandbox', enabled: false, ...numbers },
    ]);
    const tokens = application.get<TokenService>(getTokenServiceToken('first'));
    await tokens.getAccessToken();
    expect(state.providers()[0]?.token).toEqual(tokens.status);
    expect(state.providers()[0]?.token?.state).toBe('fresh');
    expect(simulator.banks.map(({ tokenRequests }) => tokenRequests)).toEqual([1, 0]);
  });

  test('counts merchants by state, besides the own token, and leaves out keys that no merchant has', async () => {
    const { tokens, state, shops, clock } = await startShops();
    const of = (key: string) => tokens.forMerchant(key).getAccessToken();
    await of('shop-1');
    await clock.advance(3_600_000);
    await of('shop-2');
    shops.set('shop-3', { ...(shops.get('shop-3') as object), clientSecret: 'wrong' } as never);
    await Promise.allSettled(['shop-3', 'made-up-1', 'made-up-2'].map(of));
    const [snapshot] = state.providers();
    expect(snapshot?.merchants).toEqual({ ...nobody, expired: 1, fresh: 1, 'cooling-down': 1 });
    expect(snapshot?.token?.state).toBe('absent');
  });

  test('counts a merchant as failing from its first failure to its next token, between and during tries too', async () => {
    const { tokens, state, clock } = await startShops();
    const counted = () => {
      const [{ merchants, failingMerchants } = {}] = state.providers();
      return { ...merchants, failingMerchants };
    };
    const shop = tokens.forMerchant('shop-1');
    bank.failToken('rejected');
    await Promise.allSettled(['shop-1', 'made-up'].map((key) => tokens.forMerchant(key).getAccessToken()));
    expect(counted()).toMatchObject({ 'cooling-down': 1, failingMerchants: 1 });
    await clock.advance(60_000);
    expect(counted()).toMatchObject({ absent: 1, failingMerchants: 1 });
    bank.recover();
    const token = shop.getAccessToken();
    expect(counted()).toMatchObject({ absent: 1, failingMerchants: 1 });
    await token;
    expect(counted()).toMatchObject({ fresh: 1, failingMerchants: 0 });
  });

  test('lists merchants in trouble first, and keys that no merchant has last', async () => {
    const { tokens, state, shops } = await startShops();
    const of = (key: string) => tokens.forMerchant(key).getAccessToken();
    await Promise.allSettled(['made-up', 'shop-1', 'shop-2'].map(of));
    shops.set('shop-3', { ...(shops.get('shop-3') as object), clientSecret: 'wrong' } as never);
    await of('shop-3').catch(() => undefined);
    const listed = () => state.merchants('partner').map(({ merchant, state }) => `${merchant} ${state}`);
    expect(listed()).toHaveLength(4);
    expect(listed()[0]).toBe('shop-3 cooling-down');
    expect(listed()[3]).toBe('made-up cooling-down');
    expect(state.merchants('partner', 1)).toEqual([tokens.forMerchant('shop-3').status]);
    expect(state.merchants('partner', 0)).toEqual([]);
  });

  test('lists at most 100 merchants, unless it is told another number', async () => {
    const shops = new Map(Array.from({ length: 120 }, (_, n) => [`shop-${n}`, bank.addMerchant()]));
    const app = await startApp(bank, { provider: { credentials: (key: string) => shops.get(key) } });
    await Promise.all([...shops.keys()].map((key) => app.tokens.forMerchant(key).getAccessToken()));
    const state = app.app.get(BankAuthState);
    expect(state.merchants('partner')).toHaveLength(100);
    expect(state.merchants('partner', 110)).toHaveLength(110);
    expect(state.merchants('partner', Number.POSITIVE_INFINITY)).toHaveLength(120);
  });

  test('is no use of a merchant: an idle one is let go in time all the same', async () => {
    const { tokens, state, clock } = await startShops();
    const listed = () => state.merchants('partner').map(({ merchant }) => merchant);
    await tokens.forMerchant('shop-1').getAccessToken();
    for (let minutes = 0; minutes < 55; minutes += 5) {
      expect(listed()).toEqual(['shop-1']);
      await clock.advance(5 * 60_000);
    }
    await clock.advance(6 * 60_000);
    expect(listed()).toEqual([]);
    expect(state.providers()[0]?.merchants).toEqual(nobody);
  });

  test('counts callers that wait, flights under way and those that wait for their turn', async () => {
    bank.failToken({ hang: true });
    const app = await startApp(bank, {
      provider: {
        credentials: () => bank.addMerchant(),
        tokenRequests: { concurrency: 1 },
      },
    });
    const state = app.app.get(BankAuthState);
    const numbers = () => {
      const [{ waiting, queued, flights } = {}] = state.providers();
      return { waiting, queued, flights };
    };
    expect(numbers()).toEqual({ waiting: 0, queued: 0, flights: 0 });
    const callers = ['a', 'a', 'b', undefined].map((key) =>
      (key === undefined ? app.tokens : app.tokens.forMerchant(key)).getToken().subscribe(),
    );
    await until(() => bank.tokenRequests === 1);
    await until(() => numbers().queued === 2);
    expect(numbers()).toEqual({ waiting: 4, queued: 2, flights: 3 });
    for (const caller of callers) caller.unsubscribe();
    expect(numbers()).toEqual({ waiting: 0, queued: 2, flights: 3 });
  });

  test('shows a token as refused while the bank refuses all of them', async () => {
    const { http, state } = await startShops();
    bank.refuseAllTokens();
    for (let call = 0; call < 2; call += 1) await Promise.allSettled([http.axiosRef.get('/simulator/echo')]);
    expect(state.providers()[0]?.token).toMatchObject({ state: 'refused', retryAt: expect.any(Number) });
  });

  test('is frozen plain data, which JSON carries, and holds no secret', async () => {
    const { tokens, state, shops } = await startShops();
    const values = await Promise.all(
      [tokens, tokens.forMerchant('shop-1')].map((service) => service.getAccessToken()),
    );
    const given = [state.providers(), state.merchants('partner')];
    for (const value of deep(given[0]).concat(deep(given[1]))) expect(Object.isFrozen(value)).toBe(true);
    expect(JSON.parse(JSON.stringify(given))).toEqual(given);
    const secrets = [...values, bank.credentials.clientSecret, shops.get('shop-1')?.clientSecret as string];
    for (const secret of secrets) expect(JSON.stringify(given)).not.toContain(secret);
  });

  test('names the declared providers where it is asked for another one', async () => {
    const { state } = await startShops();
    expect(() => state.merchants('partners')).toThrow(
      'BankAuthState knows no provider "partners" (did you mean partner?). BankAuthModule declares partner.',
    );
    expect(() => state.merchants(undefined as never)).toThrow('knows no provider "undefined"');
  });

  const stateBeside = async (double: unknown) => {
    const module = await Test.createTestingModule({
      imports: [
        BankAuthModule.forRoot({ ...simulator.options('partner'), warmUp: false } as BankAuthOptions),
      ],
    })
      .overrideProvider(getTokenServiceToken('partner'))
      .useValue(double)
      .compile();
    const state = module.get(BankAuthState);
    await module.close();
    return state;
  };

  test('shows what a fake of a TokenService says of itself', async () => {
    const error = new CredentialsRejectedError('no', {});
    const state = await stateBeside(provideFakeTokenService('partner', { error }).useFactory());
    const lastErrorCode = 'BANK_AUTH_CREDENTIALS_REJECTED';
    expect(state.providers()).toMatchObject([
      { token: { state: 'cooling-down', failures: 1, lastErrorCode }, merchants: nobody },
    ]);
    expect(state.merchants('partner')).toEqual([]);
  });

  test.each([
    ['without a status', { getToken: () => undefined }],
    [
      'whose status throws',
      Object.defineProperty({}, 'status', {
        get() {
          throw new Error('not here');
        },
      }),
    ],
  ])('says nothing of the token of a double %s', async (_name, double) => {
    const [snapshot] = (await stateBeside(double)).providers();
    expect(snapshot).toMatchObject({ provider: 'partner', merchants: nobody, flights: 0 });
    expect(snapshot).not.toHaveProperty('token');
  });
});

/** It and all objects within. */
function deep(value: unknown): object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(deep)];
}
