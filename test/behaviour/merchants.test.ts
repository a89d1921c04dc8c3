import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import axios, { type AxiosRequestConfig, type AxiosResponse } from 'axios';
import { type AccessToken, type CredentialsResolver, isBankAuthError } from 'nestjs-bank-auth';
import { BehaviorSubject, firstValueFrom } from 'rxjs';
import {
  BankSimulator,
  type SimulatedBank,
  type SimulatedBankId,
  type SimulatedCredentials,
} from '../../src/testing/index.js';
import { type BankApp, closeApps, rejection, startApp } from '../support/bank-app.js';
import { PlantedSecrets } from '../support/planted-secrets.js';
import { SecretScanner } from '../support/secret-scan.js';
import { until } from '../support/until.js';

const ECHO = '/simulator/echo';
const SECOND = 1_000;
const HOUR = 3_600_000;
const QR = { amount: 12.5, currency: 'GEL', terminalNo: 'till-1' };
const AMOUNT = { currency: 'GEL', total: 12.5 };
const UNITS = [{ amount: { currency_code: 'GEL', value: '12.50' } }];
const IBAN = 'GE85TB7000000000000001';

/** Something that a client makes at a bank, and by which it finds that again. */
interface Possession {
  readonly path: string;
  readonly body: object;
  /** Where it stands, from the answer. */
  readonly at: (made: any) => string;
  /** Whether an answer shows it; by its status unless it says otherwise. */
  readonly isShown?: (answer: AxiosResponse) => boolean;
}

const payment = (path: string, body: object): Possession => ({
  path,
  body,
  at: ({ payId }) => `${path}/${payId}`,
});

/** What is particular to each bank here. One whose accounts are the same for all has no possession. */
const banks: Record<SimulatedBankId, { readonly possession?: Possession; readonly apikey?: true }> = {
  unipay: {},
  'bog-payments': {
    possession: {
      path: '/payments/v1/ecommerce/orders',
      body: {
        callback_url: 'https://shop.example/callback',
        purchase_units: {
          total_amount: 12.5,
          basket: [{ product_id: 'book', quantity: 1, unit_price: 12.5 }],
        },
      },
      at: ({ id }) => `/payments/v1/receipt/${id}`,
    },
  },
  'tbc-business': {
    possession: {
      path: '/bab/v1/transfers/single',
      body: {
        singleTransferOrders: [
          {
            transferType: 'TransferWithinBank',
            transferExternalId: 'rent',
            debitAccount: { accountNumber: IBAN, accountCurrencyCode: 'GEL' },
            creditAccount: { accountNumber: 'GE85TB7000000000000002', accountCurrencyCode: 'GEL' },
            amount: { amount: 12.5, currency: 'GEL' },
            description: 'Rent',
            beneficiaryName: 'A Landlord',
          },
        ],
      },
      at: () => '/bab/v1/accounts/movements?PageIndex=0&PageSize=1',
      isShown: ({ data }) => data.total > 0,
    },
  },
  'tbc-installments': {
    possession: {
      path: '/v1/online-installments/applications',
      body: {
        merchantKey: 'the-key',
        priceTotal: 12.5,
        products: [{ name: 'A book', price: 12.5, quantity: 1 }],
      },
      at: ({ sessionId }) => `/v1/online-installments/applications/${sessionId}/status?merchantKey=the-key`,
    },
  },
  'tbc-tpay': { possession: payment('/v2/tpay/qr', QR), apikey: true },
  partner: {
    possession: {
      path: '/api/bookings',
      body: { customerName: 'A Guest', startsAt: '2026-01-31T18:00:00Z', guests: 2 },
      at: ({ id }) => `/api/bookings/${id}`,
    },
  },
  'tbc-checkout': {
    possession: payment('/v1/tpay/payments', { amount: AMOUNT, returnurl: 'https://shop.example/' }),
    apikey: true,
  },
  'bog-business': {},
  'bog-installments': {
    possession: {
      path: '/v1/installment/checkout',
      body: {
        intent: 'LOAN',
        installment_month: '12',
        installment_type: 'STANDARD',
        shop_order_id: 'A-1',
        success_redirect_url: 'https://shop.example/ok',
        fail_redirect_url: 'https://shop.example/no',
        reject_redirect_url: 'https://shop.example/never',
        purchase_units: UNITS,
      },
      at: ({ order_id }) => `/v1/installment/checkout/${order_id}`,
    },
  },
  'bog-ipay': {
    possession: {
      path: '/opay/api/v1/checkout/orders',
      body: {
        intent: 'CAPTURE',
        items: [{ amount: '10.00', description: 'Book', quantity: 1, product_id: 'p1' }],
        redirect_url: 'https://shop.example/',
        purchase_units: UNITS,
      },
      at: ({ order_id }) => `/opay/api/v1/checkout/payment/${order_id}`,
    },
  },
};

/** The table in which a platform keeps its merchants, as its credentials function reads it. */
class Table {
  /** How often a merchant was looked up. */
  readonly lookUps = new Map<string, number>();
  readonly #found = new Map<string, SimulatedCredentials | (() => SimulatedCredentials)>();

  constructor(private readonly bank: SimulatedBank) {}

  readonly credentials: CredentialsResolver = async (merchant) => {
    this.lookUps.set(merchant, (this.lookUps.get(merchant) ?? 0) + 1);
    const found = this.#found.get(merchant);
    return typeof found === 'function' ? found() : found;
  };

  /** A new merchant, known at the bank and in the table. */
  add(merchant: string): SimulatedCredentials {
    const credentials = this.bank.addMerchant();
    this.#found.set(merchant, credentials);
    return credentials;
  }

  set(merchant: string, credentials: SimulatedCredentials | (() => SimulatedCredentials)): void {
    this.#found.set(merchant, credentials);
  }

  remove(merchant: string): void {
    this.#found.delete(merchant);
  }
}

let simulator: BankSimulator;
beforeAll(async () => {
  simulator = await BankSimulator.start();
});
afterAll(() => simulator.stop());
beforeEach(() => simulator.reset());
afterEach(closeApps);
afterEach(() => {
  for (const bank of simulator.banks) {
    for (const { clientId } of bank.merchants) bank.removeMerchant(clientId);
  }
});

/** A call for a merchant, or for the default one. */
function call({ http }: BankApp, merchant?: string, config: AxiosRequestConfig = {}): Promise<AxiosResponse> {
  const bankAuth = merchant === undefined ? {} : { bankAuth: { merchant } };
  return firstValueFrom(http.get(ECHO, { ...config, ...bankAuth }));
}

const tokenOf = ({ tokens }: BankApp, merchant: string) => tokens.forMerchant(merchant).getAccessToken();
const statusOf = ({ tokens }: BankApp, merchant: string) => tokens.forMerchant(merchant).status;

/** Until a merchant's token is due, or a little longer. */
const untilDue = (app: BankApp, merchant: string) =>
  app.clock.advance((statusOf(app, merchant).refreshAt ?? 0) - app.clock.wall() + 1);

/** One that authenticates by a header, and one by the body with a key of the API besides. */
const KINDS: readonly SimulatedBankId[] = ['bog-payments', 'tbc-tpay'];

describe.each(Object.keys(banks) as SimulatedBankId[])('merchants at %s', (id) => {
  const { possession, apikey } = banks[id];
  let bank: SimulatedBank;
  let table: Table;
  beforeEach(() => {
    bank = simulator.bank(id);
    table = new Table(bank);
  });
  /** A platform with credentials of its own, besides its merchants'. */
  const start = (options: Parameters<typeof startApp>[1] = {}) =>
    startApp(bank, { ...options, provider: { credentials: table.credentials, ...options.provider } });
  const sent = () => bank.tokenRequests + bank.apiRequests;

  test('each call carries the token of its own merchant, in every way of naming it', async () => {
    const credentials = { first: table.add('first'), second: table.add('second') };
    const app = await start();
    const instance = axios.create({ baseURL: bank.apiBaseUrl });
    const detach = app.interceptor.attach(instance);
    for (const merchant of ['first', 'second', 'first'] as const) {
      const { clientId, apiKey } = credentials[merchant];
      const ofSecond = axios.create({ baseURL: bank.apiBaseUrl });
      app.interceptor.attach(ofSecond, { merchant });
      const { headers } = await firstValueFrom(app.tokens.forMerchant(merchant).getToken());
      const calls = [
        () => call(app, merchant),
        () => instance.post(ECHO, {}, { bankAuth: { merchant } }),
        () => ofSecond.get(ECHO),
        () => axios.get(`${bank.apiBaseUrl}${ECHO}`, { headers: { ...headers } }),
      ];
      for (const make of calls) {
        expect((await make()).status).toBe(200);
        expect(bank.lastApiRequest?.clientId).toBe(clientId);
        expect(bank.lastApiRequest?.headers.apikey).toBe(apikey ? apiKey : undefined);
      }
    }
    await call(app);
    expect(bank.lastApiRequest?.clientId).toBe(bank.credentials.clientId);
    detach();
    expect(bank).toMatchObject({ tokenRequests: 3, apiRefusals: 0 });
  });

  if (possession !== undefined) {
    test('the resources of one merchant do not exist for another', async () => {
      const { path, body, at, isShown = ({ status }) => status === 200 } = possession;
      table.add('first');
      table.add('second');
      const app = await start();
      const { data: made } = await firstValueFrom(
        app.http.post(path, body, { bankAuth: { merchant: 'first' } }),
      );
      const isShownTo = async (bankAuth: object) =>
        isShown(await firstValueFrom(app.http.get(at(made), { validateStatus: () => true, ...bankAuth })));
      expect(await isShownTo({ bankAuth: { merchant: 'first' } })).toBe(true);
      expect(await isShownTo({ bankAuth: { merchant: 'second' } })).toBe(false);
      expect(await isShownTo({})).toBe(false);
      expect(await isShownTo({ bankAuth: { merchant: 'first' } })).toBe(true);
      expect(bank).toMatchObject({ tokenRequests: 3, apiRefusals: 0 });
    });
  }

  test('many callers of a merchant, at once and later, need one token call', async () => {
    const merchants = ['first', 'second', 'third'];
    const ids = merchants.map((merchant) => table.add(merchant).clientId);
    const app = await start();
    for (let round = 0; round < 2; round += 1) {
      const values = await Promise.all(
        Array.from({ length: 100 }, () => merchants.map((merchant) => tokenOf(app, merchant))).flat(),
      );
      expect(new Set(values).size).toBe(3);
      await Promise.all(
        Array.from({ length: 20 }, () => merchants.map((merchant) => call(app, merchant))).flat(),
      );
    }
    expect(ids.map((clientId) => bank.tokensIssuedTo(clientId))).toEqual([1, 1, 1]);
    expect(bank).toMatchObject({ tokenRequests: 3, apiRefusals: 0 });
  });

  test('a secret that was rotated without overlap is read again, and works', async () => {
    const former = table.add('first');
    table.add('second');
    // Tokens of some banks live longer than idle merchants are kept otherwise.
    const app = await start({ provider: { merchants: { idleTime: 48 * HOUR } } });
    const old = await tokenOf(app, 'first');
    await tokenOf(app, 'second');
    const next = bank.rotateCredentials({ clientId: former.clientId });
    // The first reading is a moment too early.
    let readings = 0;
    table.set('first', () => (++readings === 1 ? former : next));
    await untilDue(app, 'first');
    const served = await Promise.all(Array.from({ length: 20 }, () => tokenOf(app, 'first')));
    expect(new Set(served)).toEqual(new Set([old]));
    await until(() => statusOf(app, 'first').state === 'fresh', 'the new token');
    expect(await tokenOf(app, 'first')).not.toBe(old);
    expect(readings).toBe(2);
    expect(bank.tokensIssuedTo(former.clientId)).toBe(2);
    expect(bank.tokenRejections).toBe(1);
    expect(statusOf(app, 'first').failures).toBe(0);
  });

  test('rejected credentials are read again at most once a second, and changed ones end the cool-down', async () => {
    const { clientId } = table.add('first');
    const other = table.add('second');
    const next = bank.rotateCredentials({ clientId });
    const app = await start();
    const errors = await Promise.all(Array.from({ length: 20 }, () => rejection(tokenOf(app, 'first'))));
    for (const error of errors) {
      expect(error).toMatchObject({
        code: 'BANK_AUTH_CREDENTIALS_REJECTED',
        merchant: 'first',
        requestSent: false,
      });
    }
    // Once for the call, once after its rejection.
    expect(table.lookUps.get('first')).toBe(2);
    for (let second = 1; second <= 3; second += 1) {
      await app.clock.advance(SECOND);
      for (let again = 0; again < 10; again += 1) await rejection(tokenOf(app, 'first'));
      expect(table.lookUps.get('first')).toBe(2 + second);
    }
    expect(bank.tokenRequests).toBe(1);
    // Nobody else has anything to do with it.
    await call(app);
    await call(app, 'second');
    expect(bank.lastApiRequest?.clientId).toBe(other.clientId);
    expect(statusOf(app, 'second')).toMatchObject({ state: 'fresh', failures: 0 });
    table.set('first', next);
    await app.clock.advance(SECOND);
    await call(app, 'first');
    expect(bank.lastApiRequest?.clientId).toBe(clientId);
    expect(bank).toMatchObject({ tokenRejections: 1, tokenRequests: 4 });
  });

  // What follows rests on the module alone: two kinds of banks stand for all.
  if (!KINDS.includes(id)) return;

  test('an unknown merchant is an error before anything is sent, until the table has it', async () => {
    const app = await start();
    await call(app);
    const before = sent();
    for (let round = 0; round < 20; round += 1) {
      for (const attempt of [call(app, 'nobody'), tokenOf(app, 'nobody')]) {
        const error = await rejection(attempt);
        expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
        expect(error).toMatchObject({
          provider: id,
          merchant: 'nobody',
          retryable: false,
          requestSent: false,
        });
        expect(error.retryAfterMs).toBeLessThanOrEqual(SECOND);
      }
    }
    expect(sent()).toBe(before);
    expect(table.lookUps.get('nobody')).toBe(1);
    const { clientId } = table.add('nobody');
    await app.clock.advance(SECOND);
    await call(app, 'nobody');
    expect(bank.lastApiRequest?.clientId).toBe(clientId);
    expect(bank.tokenRequests).toBe(2);
  });

  test('an empty key in a request is an error and sends nothing, whatever the instance says', async () => {
    table.add('first');
    const app = await start();
    // Both tokens are there, for whoever would take one by mistake.
    await call(app);
    await call(app, 'first');
    const before = sent();
    const instances = {
      'the bank’s own': app.http.axiosRef,
      'one with a merchant among its defaults': axios.create({
        baseURL: bank.apiBaseUrl,
        bankAuth: { merchant: 'first' },
      }),
      'one that is attached for a merchant': axios.create({ baseURL: bank.apiBaseUrl }),
    };
    const [, byDefaults, attached] = Object.values(instances);
    app.interceptor.attach(byDefaults!);
    app.interceptor.attach(attached!, { merchant: 'first' });
    const mistakes: unknown[] = [
      ...[undefined, null, '', 0, false, [], {}, ['first'], Object('first')].map((merchant) => ({
        merchant,
      })),
      { merchant: undefined, replay: true },
      Object.assign(Object.create(null), { merchant: undefined }),
      Object.create({ merchant: '' }),
      ...[null, 'first', false],
    ];
    for (const [name, instance] of Object.entries(instances)) {
      for (const mistake of mistakes) {
        const config = { bankAuth: mistake } as AxiosRequestConfig;
        const attempts = [
          instance!.get(ECHO, config),
          instance!.post(ECHO, {}, config),
          instance!.request({ url: ECHO, ...config }),
        ];
        for (const attempt of attempts) {
          const error = await rejection(attempt);
          expect([name, error.code]).toEqual([name, 'BANK_AUTH_CONFIG']);
          expect(error.requestSent).toBe(false);
        }
      }
      // A request that says nothing has what the instance says.
      for (const silent of [{}, { bankAuth: undefined }, { bankAuth: {} }, { bankAuth: { replay: true } }]) {
        await instance!.get(ECHO, { ...silent } as AxiosRequestConfig);
        const isOwn = name === 'the bank’s own';
        expect(bank.lastApiRequest?.clientId === bank.credentials.clientId).toBe(isOwn);
      }
    }
    expect(sent() - before).toBe(3 * 4);
    expect(bank.tokenRequests).toBe(2);
    for (const merchant of [undefined, ''] as string[]) {
      expect(() => app.interceptor.attach(axios.create(), { merchant })).toThrow(
        /key is given but (?:undefined|empty)/,
      );
      expect(() => app.tokens.forMerchant(merchant)).toThrow(/key is given but (?:undefined|empty)/);
    }
  });

  test('the default merchant is unaffected by a merchant of the same name', async () => {
    const called = ['default', '["default"]', id, bank.credentials.clientId];
    const ids = called.map((merchant) => table.add(merchant).clientId);
    const app = await start();
    await call(app);
    expect(bank.lastApiRequest?.clientId).toBe(bank.credentials.clientId);
    for (const [index, merchant] of called.entries()) {
      await call(app, merchant);
      expect(bank.lastApiRequest?.clientId).toBe(ids[index]);
    }
    await call(app);
    expect(bank.lastApiRequest?.clientId).toBe(bank.credentials.clientId);
    expect(bank.tokenRequests).toBe(1 + called.length);
  });

  test('a call without a merchant is an error and sends nothing if there is no default merchant', async () => {
    const { tokenUrl, apiBaseUrl, scopes } = bank.providerOptions();
    const { clientId } = table.add('first');
    const app = await startApp(
      { id, providerOptions: () => ({ tokenUrl, apiBaseUrl, scopes }) } as unknown as SimulatedBank,
      { provider: { credentials: table.credentials } },
    );
    for (const attempt of [call(app), app.tokens.getAccessToken()]) {
      expect(await rejection(attempt)).toMatchObject({ code: 'BANK_AUTH_CONFIG', requestSent: false });
    }
    expect(sent()).toBe(0);
    await call(app, 'first');
    expect(bank.lastApiRequest?.clientId).toBe(clientId);
  });

  test('a revoked token is replaced by one call, however late its refusals are, and those of others stay', async () => {
    const { clientId } = table.add('first');
    table.add('second');
    const app = await start();
    const [revoked, other] = [await tokenOf(app, 'first'), await tokenOf(app, 'second')];
    await call(app);
    bank.revoke(revoked);
    const { apiRequests } = bank;
    // Refused when the next token is there.
    bank.setLatency({ api: 100 });
    const late = Array.from({ length: 20 }, () => call(app, 'first'));
    await until(() => bank.apiRequests === apiRequests + late.length, 'the calls that are refused late');
    bank.setLatency({ api: 0 });
    const calls = Array.from({ length: 20 }, () => [call(app, 'first'), call(app, 'second'), call(app)]);
    const answers = await Promise.all([...late, ...calls.flat()]);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(bank.tokensIssuedTo(clientId)).toBe(2);
    expect(bank.tokenRequests).toBe(4);
    expect(await tokenOf(app, 'second')).toBe(other);
  });

  test('an Observable that emits renews at once, and the old token is in use until the new one is there', async () => {
    const { clientId } = table.add('first');
    const [original] = bank.merchants;
    const secrets = new BehaviorSubject(original as SimulatedCredentials);
    const app = await start({
      provider: {
        credentials: (merchant: string) => (merchant === 'first' ? secrets : table.credentials(merchant)),
      },
    });
    table.add('second');
    const old = await tokenOf(app, 'first');
    await tokenOf(app, 'second');
    // Whoever emits often must not have a token a time.
    await app.clock.advance(SECOND);
    // The renewal takes all the time that it may, and then some.
    bank.failToken({ hang: true }, 1);
    secrets.next(bank.rotateCredentials({ clientId, overlap: Number.POSITIVE_INFINITY }));
    await until(() => bank.tokenRequests === 3, 'the renewal');
    const during = await Promise.all(Array.from({ length: 50 }, () => call(app, 'first')));
    expect(during.every(({ status }) => status === 200)).toBe(true);
    expect(await tokenOf(app, 'first')).toBe(old);
    await app.clock.advance(5.1 * SECOND);
    await until(() => statusOf(app, 'first').state === 'fresh', 'the new token');
    expect(await tokenOf(app, 'first')).not.toBe(old);
    expect(bank.tokensIssuedTo(clientId)).toBe(2);
    expect(bank).toMatchObject({ tokenRequests: 4, tokenRejections: 0, apiRefusals: 0 });
    // The end of the old secret is nobody's concern.
    secrets.next(bank.rotateCredentials({ clientId, overlap: Number.POSITIVE_INFINITY }));
    await app.clock.advance(SECOND);
    await until(() => bank.tokensIssuedTo(clientId) === 3, 'the next renewal');
    expect(bank.tokenRejections).toBe(0);
  });

  test('a removed merchant is unknown from then on, and its credentials are not sent again', async () => {
    const { clientId } = table.add('first');
    const other = table.add('second');
    const app = await start();
    await call(app, 'first');
    await call(app, 'second');
    table.remove('first');
    bank.removeMerchant(clientId);
    const before = bank.tokenRequests;
    // The bank's own answer to the call is the better one.
    expect((await rejection(call(app, 'first'))).response.status).toBe(401);
    const { apiRequests } = bank;
    for (let again = 0; again < 5; again += 1) {
      const error = await rejection(call(app, 'first'));
      expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', merchant: 'first', requestSent: false });
    }
    expect(bank.apiRequests).toBe(apiRequests);
    expect(bank.tokenRequests).toBe(before);
    await call(app, 'second');
    expect(bank.lastApiRequest?.clientId).toBe(other.clientId);
  });

  test('a 429 with Retry-After to one merchant holds all, and existing tokens stay in use', async () => {
    for (const merchant of ['first', 'second', 'third']) table.add(merchant);
    const app = await start();
    await call(app, 'first');
    bank.failToken({ status: 429, body: { error: 'slow_down' }, headers: { 'retry-after': '7' } }, 1);
    const warnings: string[] = [];
    app.app.useLogger({ log() {}, warn: (line) => warnings.push(String(line)), error() {} });
    const second = tokenOf(app, 'second');
    await until(() => warnings.some((line) => /asks to be left alone/.test(line)), 'the hold');
    const waiting = [second, tokenOf(app, 'third'), call(app), call(app, 'third')];
    const settled = Promise.allSettled(waiting);
    await app.clock.advance(6_900);
    await call(app, 'first');
    expect(bank.tokenRequests).toBe(2);
    await app.clock.advance(200);
    expect((await settled).map(({ status }) => status)).toEqual(waiting.map(() => 'fulfilled'));
    expect(bank.tokenRequests).toBe(5);
    expect(bank.tokensIssued).toBe(4);
  });

  test('an idle merchant is let go after a while, and one with subscribers is kept', async () => {
    const ids = ['first', 'second', 'third', 'fourth'].map((merchant) => table.add(merchant).clientId);
    const issued = () => ids.map((clientId) => bank.tokensIssuedTo(clientId));
    const app = await start({ provider: { merchants: { limit: 2, idleTime: 60 * SECOND } } });
    await app.clock.advance(SECOND);
    const timers = app.clock.timers;
    const seen: AccessToken[] = [];
    const subscription = app.tokens.forMerchant('first').token$.subscribe((token) => seen.push(token));
    await until(() => seen.length === 1, 'the token of the first');
    for (const merchant of ['second', 'third', 'second', 'fourth']) await call(app, merchant);
    expect(issued()).toEqual([1, 1, 1, 1]);
    // The third was the least recently used.
    for (const merchant of ['second', 'fourth', 'first']) await call(app, merchant);
    expect(issued()).toEqual([1, 1, 1, 1]);
    await call(app, 'third');
    expect(issued()).toEqual([1, 1, 2, 1]);
    await app.clock.advance(120 * SECOND);
    await call(app, 'first');
    await call(app, 'fourth');
    expect(issued()).toEqual([1, 1, 2, 2]);
    expect(seen).toHaveLength(1);
    subscription.unsubscribe();
    await app.clock.advance(120 * SECOND);
    await call(app, 'first');
    expect(issued()).toEqual([2, 1, 2, 2]);
    await app.clock.advance(120 * SECOND);
    expect(app.clock.timers).toBe(timers);
  });

  test('no log, error or status has a key or secret where labels are hashes', async () => {
    const planted = new PlantedSecrets();
    const scanner = new SecretScanner(planted);
    const keys = {
      known: 'merchant-of-known-name',
      wrong: 'merchant-of-wrong-secret',
      nobody: 'merchant-nobody-knows',
    };
    const credentials = { known: table.add(keys.known), wrong: table.add(keys.wrong) };
    const wrong = bank.rotateCredentials({ clientId: credentials.wrong.clientId });
    for (const [name, key] of Object.entries(keys)) planted.plant(`the key ${name}`, key);
    for (const { clientId, clientSecret, apiKey } of [...Object.values(credentials), wrong]) {
      planted.plant('a secret', clientSecret);
      planted.plantBasic(clientId, clientSecret);
      if (apiKey !== undefined) planted.plant('an apikey', apiKey);
    }
    const app = await start({ merchantLabel: 'hash', retry: { attempts: 1 } });
    app.app.useLogger(scanner.logger);
    planted.plant('a token', await tokenOf(app, keys.known));
    const fails = async (key: string) => {
      for (const attempt of [tokenOf(app, key), call(app, key)]) {
        scanner.error('an error', await rejection(attempt));
      }
    };
    await fails(keys.wrong);
    await fails(keys.nobody);
    bank.failToken('unavailable');
    app.tokens.forMerchant(keys.known).invalidate(await tokenOf(app, keys.known));
    await fails(keys.known);
    bank.recover();
    await app.clock.advance(5 * SECOND);
    planted.plant('another token', await tokenOf(app, keys.known));
    for (const key of Object.values(keys)) {
      const tokens = app.tokens.forMerchant(key);
      scanner.reach('a status', tokens.status);
      scanner.print('its status as it prints', tokens.status);
      expect(`${tokens.status.merchant}`).toMatch(/^[\w-]{16}$/);
    }
    expect(scanner.logged.length).toBeGreaterThanOrEqual(2);
    expect(scanner.findings).toEqual([]);
    // They can be told from each other all the same.
    const labels = Object.values(keys).map((key) => statusOf(app, key).merchant);
    expect(new Set(labels).size).toBe(3);
  });

  test('errors of resource calls show no secret of the merchant', async () => {
    const { clientId, clientSecret, apiKey } = table.add('first');
    const planted = new PlantedSecrets();
    const scanner = new SecretScanner(planted);
    const app = await start();
    planted.plant('the secret', clientSecret);
    planted.plantBasic(clientId, clientSecret);
    if (apiKey !== undefined) planted.plant('the apikey', apiKey);
    planted.plant('the token', await tokenOf(app, 'first'));
    scanner.reach('a response', await call(app, 'first'));
    for (const status of [400, 403, 503]) {
      scanner.error('an error', await rejection(call(app, 'first', { params: { status } })));
    }
    expect(scanner.findings).toEqual([]);
  });
});
