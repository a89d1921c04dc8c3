import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Logger, type LoggerService } from '@nestjs/common';
import type { Credentials, CredentialsResolver, TokenService } from 'nestjs-bank-auth';
import { BankSimulator, type SimulatedBank } from 'nestjs-bank-auth/testing';
import { BehaviorSubject, firstValueFrom, Subject } from 'rxjs';
import {
  MerchantsOptionsClass,
  ProviderOptionsClass,
  TokenRequestsOptionsClass,
} from '../../src/config/options.classes.js';
import { type BankApp, closeApps, rejection, startApp } from '../support/bank-app.js';
import { until } from '../support/until.js';
import { loader, page, row, rows } from './merchants-page.harness.js';

// What the page says in tables and sentences, on a clock of our own and a bank on real sockets.

const ID = 'bog-payments';
const MINUTE = 60_000;

let simulator: BankSimulator;
let bank: SimulatedBank;
let table: Map<string, Credentials>;
beforeAll(async () => {
  simulator = await BankSimulator.start(ID);
  bank = simulator.bank(ID);
});
beforeEach(() => {
  table = new Map();
});
afterEach(async () => {
  await closeApps();
  for (const { clientId } of bank.merchants) bank.removeMerchant(clientId);
  simulator.reset();
});
afterAll(() => simulator.stop());

/** Merchants that the bank and the table know. */
function add(...keys: string[]): void {
  for (const key of keys) table.set(key, bank.addMerchant());
}

/** Another secret for a merchant, at the bank; in the table it is put by who wants it there. */
function rotated(key: string, overlap = 0): Credentials {
  return bank.rotateCredentials({ clientId: table.get(key)?.clientId ?? '', overlap });
}

const keysOf = (count: number) => Array.from({ length: count }, (_, index) => `merchant-${index}`);

const start = (provider: object = {}, more: object = {}) =>
  startApp(bank, { provider: { credentials: (key: string) => table.get(key), ...provider }, ...more });

/** A function that counts, and finds what is in the table. */
function counted(find: (key: string) => unknown = (key) => table.get(key)) {
  return jest.fn<(key: string) => unknown>(find);
}

const failureOf = (tokens: TokenService) => rejection(tokens.getAccessToken());

/** All lines that are logged from now on. */
function listen(): string[] {
  const lines: string[] = [];
  const write = (message: unknown) => void lines.push(String(message));
  const logger: LoggerService = { log: write, warn: write, error: write };
  Logger.overrideLogger(logger);
  return lines;
}

describe('the page about merchants, on unknown merchants and keys', () => {
  test('says what a function returns for an unknown merchant: an error, remembered for one second', async () => {
    expect(page).toContain('`retryable: false`; remembered for one second');
    const credentials = counted();
    const { tokens, clock } = await start({ credentials });
    const nobody = tokens.forMerchant('nobody');
    const error = await failureOf(nobody);
    expect(error).toMatchObject({
      code: 'BANK_AUTH_CONFIG',
      merchant: 'nobody',
      retryable: false,
      requestSent: false,
    });
    await clock.advance(999);
    await failureOf(nobody);
    expect(credentials).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    add('nobody');
    expect(await nobody.getAccessToken()).toBeTruthy();
    expect(bank.tokenRequests).toBe(1);
  });

  test.each<[string, CredentialsResolver]>([
    ['undefined', () => undefined],
    ['null', () => null],
    ['a promise of undefined', async () => undefined],
    ['an Observable that completes without a value', () => new Subject<Credentials>()],
  ])('says that the merchant is unknown: %s', async (_what, credentials) => {
    const { tokens } = await start({
      credentials: (key: string) => {
        const found = credentials(key);
        if (found instanceof Subject) setImmediate(() => found.complete());
        return found;
      },
    });
    expect(await failureOf(tokens.forMerchant('nobody'))).toMatchObject({ retryable: false });
  });

  test.each<[string, CredentialsResolver, string]>([
    [
      'it throws',
      () => {
        throw new TypeError('a secret');
      },
      'failed (TypeError)',
    ],
    ['it rejects', () => Promise.reject(new Error('a secret')), 'failed'],
    ['half a secret', () => ({ clientId: 'an-id' }), 'returns unusable credentials: clientSecret is missing'],
    ['no object', () => 'a secret' as never, 'returns unusable credentials: credentials must be an object'],
  ])('says that its credentials are unreadable for now: %s', async (_what, fails, reason) => {
    expect(page).toContain('`retryable: true`; asked again after 1 s, doubling to 3 s');
    const credentials = counted(fails);
    const { tokens, clock } = await start({ credentials });
    const flowers = tokens.forMerchant('flowers');
    const error = await failureOf(flowers);
    expect(error).toMatchObject({
      code: 'BANK_AUTH_CONFIG',
      retryable: true,
      requestSent: false,
      message: expect.stringContaining(`the function providers.${ID}.credentials ${reason}`),
    });
    expect(error.message).not.toContain('a secret');
    // Without randomness, the cool-downs are a tenth shorter.
    for (const [seconds, calls] of [
      [1, 2],
      [2, 3],
      [3, 4],
      [3, 5],
    ] as const) {
      await clock.advance(seconds * 850);
      await failureOf(flowers);
      expect(credentials).toHaveBeenCalledTimes(calls - 1);
      await clock.advance(seconds * 150);
      await failureOf(flowers);
      expect(credentials).toHaveBeenCalledTimes(calls);
    }
  });

  test('says how long a function may take, and that an existing token stays in use', async () => {
    expect(page).toContain('takes longer than `retry.deadline` (15 s by default)');
    add('flowers');
    const credentials = counted();
    const { tokens, clock } = await start({ credentials });
    const flowers = tokens.forMerchant('flowers');
    const token = await flowers.getAccessToken();
    credentials.mockImplementation(() => new Promise(() => undefined));
    const failed = rejection(firstValueFrom(flowers.refresh()));
    await clock.advance(14_999);
    expect(flowers.status.failures).toBe(0);
    await clock.advance(1);
    expect(await failed).toMatchObject({ code: 'BANK_AUTH_CONFIG', retryable: true });
    expect(await flowers.getAccessToken()).toBe(token);
  });

  test('says which keys are invalid, and that the function is not called for them', async () => {
    expect(page).toContain("`undefined`, `null`, `''`, no string, or longer than 1024 characters");
    const credentials = counted();
    const { tokens, http, interceptor } = await start({ credentials });
    tokens.forMerchant('x'.repeat(1024));
    for (const key of [undefined, null, '', 7, {}, 'x'.repeat(1025)]) {
      const merchant = key as string;
      expect(() => tokens.forMerchant(merchant)).toThrow('merchant key');
      expect(() => interceptor.attach(http.axiosRef, { merchant })).toThrow('merchant key');
      const error = await rejection(firstValueFrom(http.get('/simulator/echo', { bankAuth: { merchant } })));
      expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', requestSent: false });
    }
    expect(credentials).not.toHaveBeenCalled();
    expect([bank.tokenRequests, bank.apiRequests]).toEqual([0, 0]);
  });

  test('says what happens to a key without a function, and to a missing key without a default merchant', async () => {
    const { tokens } = await startApp(bank);
    expect(() => tokens.forMerchant('flowers')).toThrow('one set of credentials only');
    await closeApps();
    const none = await start({ clientId: undefined, clientSecret: undefined });
    expect(await failureOf(none.tokens)).toMatchObject({ code: 'BANK_AUTH_CONFIG', requestSent: false });
    const error = await rejection(firstValueFrom(none.http.get('/simulator/echo')));
    expect(error).toMatchObject({ code: 'BANK_AUTH_CONFIG', requestSent: false });
    expect([bank.tokenRequests, bank.apiRequests]).toEqual([0, 0]);
  });

  test('keys are compared exactly, and "default" is a key as any other', async () => {
    const keys = ['Flowers', 'flowers', 'caf\u00e9', 'cafe\u0301', 'default'];
    add(...keys);
    const { tokens } = await start();
    await tokens.getAccessToken();
    for (const key of keys) {
      await tokens.forMerchant(key).getAccessToken();
      expect(bank.lastTokenRequest?.clientId).toBe(table.get(key)?.clientId);
    }
    expect(bank.tokensIssued).toBe(keys.length + 1);
  });

  test('says how many unknown keys are remembered', async () => {
    expect(page).toContain('at most 1000 are remembered');
    const credentials = counted();
    const { tokens } = await start({ credentials });
    const askAll = async (keys: readonly string[]) => {
      for (const key of keys) await failureOf(tokens.forMerchant(key));
      return credentials.mock.calls.length;
    };
    expect(await askAll(keysOf(1_000))).toBe(1_000);
    expect(await askAll(keysOf(1_000))).toBe(1_000);
    expect(await askAll(['one-more', 'merchant-0'])).toBe(1_002);
  });

  test('says what happens to the token of a removed merchant', async () => {
    add('flowers');
    const { tokens, clock } = await start();
    const flowers = tokens.forMerchant('flowers');
    const token = await flowers.getAccessToken();
    table.delete('flowers');
    const { refreshAt = 0 } = flowers.status;
    await clock.advance(refreshAt - clock.wall() - 1);
    expect(await flowers.getAccessToken()).toBe(token);
    await clock.advance(1);
    // Whoever notices it is served once more.
    expect(await flowers.getAccessToken()).toBe(token);
    await until(() => flowers.status.failures === 1, 'the end');
    expect(await failureOf(flowers)).toMatchObject({ retryable: false });
  });

  test('says that an Observable ends the token of a merchant within a second', async () => {
    add('flowers');
    const emissions = new BehaviorSubject(table.get('flowers'));
    const { tokens, clock } = await start({ credentials: () => emissions });
    const flowers = tokens.forMerchant('flowers');
    await flowers.getAccessToken();
    emissions.next(undefined);
    await clock.advance(1_000);
    expect(await failureOf(flowers)).toMatchObject({ retryable: false });
  });
});

describe('the page about merchants, on limits', () => {
  test('names the defaults', () => {
    const { limit, idleTime } = new MerchantsOptionsClass();
    expect([limit, idleTime]).toEqual([10_000, 3_600_000]);
    expect(row('`merchants.limit`')[1]).toBe('10 000');
    expect(row('`merchants.idleTime`')[1]).toBe('3 600 000 (one hour)');
  });

  test('the least recently used merchants go, at the price of one token request, with one warning', async () => {
    add('a', 'b', 'c');
    const { tokens } = await start({ merchants: { limit: 2 } });
    const lines = listen();
    const ask = async (...keys: string[]) => {
      for (const key of keys) await tokens.forMerchant(key).getAccessToken();
    };
    await ask('a', 'b', 'a', 'c', 'a');
    expect(bank.tokenRequests).toBe(3);
    await ask('b', 'c');
    expect(bank.tokenRequests).toBe(5);
    expect(lines).toEqual([expect.stringContaining(`Raise providers.${ID}.merchants.limit`)]);
  });

  test('an idle merchant goes, and its subscription with it', async () => {
    add('flowers');
    const emissions = new BehaviorSubject(table.get('flowers'));
    const { tokens, clock } = await start({
      credentials: () => emissions,
      merchants: { idleTime: MINUTE },
    });
    await clock.advance(1);
    await tokens.forMerchant('flowers').getAccessToken();
    expect(emissions.observed).toBe(true);
    await clock.advance(2 * MINUTE);
    expect(emissions.observed).toBe(false);
    expect(tokens.forMerchant('flowers').status.state).toBe('absent');
    expect(clock.timers).toBe(0);
    await tokens.forMerchant('flowers').getAccessToken();
    expect(emissions.observed).toBe(true);
  });

  test('says which merchants are never let go, and which have a timer', async () => {
    add('a', 'b', 'c');
    const { tokens, clock } = await start({ merchants: { limit: 1, idleTime: 20 * MINUTE } });
    await clock.advance(1);
    const [a, b, c] = ['a', 'b', 'c'].map((key) => tokens.forMerchant(key)) as TokenService[];
    await Promise.all([b?.getAccessToken(), c?.getAccessToken()]);
    const forIdleOnes = clock.timers;
    expect(forIdleOnes).toBe(1);
    const subscription = a?.token$.subscribe();
    await until(() => a?.status.state === 'fresh', 'a token');
    expect(clock.timers).toBe(forIdleOnes + 1);
    await clock.advance(30 * MINUTE);
    expect([a?.status.state, b?.status.state, c?.status.state]).toEqual(['fresh', 'absent', 'absent']);
    subscription?.unsubscribe();
  });
});

describe('the page about merchants, on fairness to the bank', () => {
  /** So many merchants who ask for a token at once; what they get, in order. */
  const askAtOnce = ({ tokens }: BankApp, keys: readonly string[]) =>
    keys.map((key) => tokens.forMerchant(key).getAccessToken());
  const waiting = 'waiting';
  /** For what must not happen: enough time for it. */
  const standOf = (asked: Promise<string>) =>
    Promise.race([
      asked.then(
        () => 'served',
        () => 'failed',
      ),
      new Promise((resolve) => setTimeout(resolve, 50, waiting)),
    ]);

  test('names the defaults', () => {
    const { concurrency, queue, rate } = new TokenRequestsOptionsClass();
    expect([concurrency, queue, rate]).toEqual([8, 10_000, undefined]);
    expect(rows.filter(([cell]) => cell?.startsWith('`tokenRequests.')).map(([, said]) => said)).toEqual([
      '8',
      'none',
      '10 000',
    ]);
    expect(Object.keys(new ProviderOptionsClass())).toContain('tokenRequests');
  });

  test('says how many token requests there are at once', async () => {
    const keys = keysOf(40);
    add(...keys);
    bank.setLatency({ token: 100 });
    await Promise.all(askAtOnce(await start(), keys));
    expect([bank.peakTokenConcurrency, bank.tokenRequests]).toEqual([8, 40]);
  });

  test('says how many requests begin in a time, and that the deadline stops while one waits for that', async () => {
    expect(page).toContain('stands still while the flight waits for its turn at a healthy bank');
    add('a', 'b', 'c');
    const app = await start({ tokenRequests: { rate: { requests: 2, per: 2 * MINUTE } } });
    const asked = askAtOnce(app, ['a', 'b', 'c']);
    await Promise.all(asked.slice(0, 2));
    await app.clock.advance(2 * MINUTE - 1);
    expect([await standOf(asked[2]!), bank.tokenRequests]).toEqual([waiting, 2]);
    await app.clock.advance(1);
    expect(await asked[2]).toBeTruthy();
  });

  test('a request beyond the queue is an error', async () => {
    add('a', 'b', 'c');
    bank.failToken({ hang: true }, 1);
    const app = await start({ tokenRequests: { concurrency: 1, queue: 1 } });
    const [a, b, c] = askAtOnce(app, ['a', 'b', 'c']);
    expect(await rejection(c!)).toMatchObject({ code: 'BANK_AUTH_QUEUE_FULL', retryable: true });
    expect([await standOf(a!), await standOf(b!)]).toEqual([waiting, waiting]);
    const { retryAt = 0 } = app.tokens.forMerchant('c').status;
    expect(retryAt - app.clock.wall()).toBe(900);
    bank.recover();
    await app.clock.advance(5_000);
    await until(() => bank.tokensIssued > 0, 'a token');
    expect(await b).toBeTruthy();
  });

  test('says that a merchant with rejected credentials cools down alone, for 60 s', async () => {
    expect(row('its credentials are rejected')).toContain('cools down for 60 s');
    add('a', 'b');
    table.set('wrong', { ...(table.get('a') as Credentials), clientSecret: 'wrong' });
    const { tokens, clock } = await start();
    const wrong = tokens.forMerchant('wrong');
    expect(await failureOf(wrong)).toMatchObject({ code: 'BANK_AUTH_CREDENTIALS_REJECTED' });
    expect((wrong.status.retryAt ?? 0) - clock.wall()).toBe(MINUTE);
    await tokens.forMerchant('b').getAccessToken();
    await tokens.forMerchant('a').getAccessToken();
    await failureOf(wrong);
    expect(bank.tokenRejections).toBe(1);
  });

  test.each([429, 503])('says that a %i with Retry-After holds all merchants', async (status) => {
    expect(row('429, 503 or `temporarily_unavailable` with `Retry-After`')[2]).toMatch(
      /at most 5 min; .* with `retryAfterMs`/,
    );
    add('a', 'b', 'c', 'd');
    const app = await start();
    await app.tokens.forMerchant('d').getAccessToken();
    bank.failToken({ status, headers: { 'retry-after': '10' } }, 1);
    const lines = listen();
    const [a] = askAtOnce(app, ['a']);
    await until(() => lines.length > 0, 'the answer');
    expect([lines.length, lines[0]]).toEqual([1, expect.stringContaining('asks to be left alone')]);
    const [b] = askAtOnce(app, ['b']);
    await app.clock.advance(9_900);
    expect([await standOf(a!), await standOf(b!), bank.tokenRequests]).toEqual([waiting, waiting, 2]);
    await app.clock.advance(200);
    expect(await Promise.all([a, b])).toEqual([expect.any(String), expect.any(String)]);

    bank.failToken({ status, headers: { 'retry-after': '3600' } }, 1);
    const [c] = askAtOnce(app, ['c']);
    const told = { code: 'BANK_AUTH_UNAVAILABLE', retryAfterMs: 300_000, status };
    expect(await rejection(c!)).toMatchObject(told);
    add('e');
    expect(await rejection(askAtOnce(app, ['e'])[0]!)).toMatchObject(told);
    expect(await askAtOnce(app, ['d'])[0]).toBeTruthy();
  });

  test('says that trouble with three merchants means one request a second, and one line at each end', async () => {
    expect(row('unavailable to three merchants in a row')[2]).toContain('one request a second');
    const keys = keysOf(6);
    add(...keys);
    const app = await start({}, { retry: { attempts: 1 } });
    const lines = listen();
    bank.failToken('unavailable');
    for (const key of keys.slice(0, 3)) await failureOf(app.tokens.forMerchant(key));
    const linesBefore = lines.length;
    expect(lines.filter((line) => line.includes('no merchant gets a token'))).toHaveLength(1);
    const asked = askAtOnce(app, keys.slice(3)).map((token) => token.catch((error) => error));
    for (const [index, token] of asked.slice(0, 2).entries()) {
      await app.clock.advance(999);
      expect(bank.tokenRequests).toBe(3 + index);
      await app.clock.advance(1);
      expect(await token).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE' });
      expect(bank.tokenRequests).toBe(4 + index);
    }
    bank.recover();
    await app.clock.advance(1_000);
    expect(await asked[2]).toEqual(expect.any(String));
    expect(lines.slice(linesBefore)).toEqual([
      `[BANK_AUTH_BANK_RECOVERED] ${ID}: token requests are answered again, after 3 s.`,
    ]);
  });

  test('says how many lines on single merchants are written in a minute', async () => {
    expect(page).toContain('at most 20 lines a minute');
    const { tokens, clock } = await start({
      credentials: () => {
        throw new Error();
      },
    });
    const lines = listen();
    for (const key of keysOf(30)) await failureOf(tokens.forMerchant(key));
    expect(lines.filter((line) => line.includes('(merchant "'))).toHaveLength(20);
    await clock.advance(MINUTE);
    await failureOf(tokens.forMerchant('another'));
    expect(lines.at(-1)).toContain('(merchant "another")');
  });
});

describe('the page about merchants, on rotation', () => {
  test('values and promises are read for each token', async () => {
    add('flowers');
    const credentials = counted();
    const { tokens } = await start({ credentials });
    const flowers = tokens.forMerchant('flowers');
    const first = await flowers.getAccessToken();
    expect(await flowers.getAccessToken()).toBe(first);
    expect(credentials).toHaveBeenCalledTimes(1);
    table.set('flowers', rotated('flowers'));
    await firstValueFrom(flowers.refresh());
    expect(credentials).toHaveBeenCalledTimes(2);
    expect(bank.tokenRejections).toBe(0);
  });

  test('an Observable renews at once, and no caller waits for it', async () => {
    add('flowers');
    const emissions = new BehaviorSubject(table.get('flowers'));
    const { tokens, clock } = await start({ credentials: () => emissions });
    const flowers = tokens.forMerchant('flowers');
    const first = await flowers.getAccessToken();
    await clock.advance(1_000);
    bank.setLatency({ token: 50 });
    emissions.next(rotated('flowers'));
    expect(await flowers.getAccessToken()).toBe(first);
    await until(() => bank.tokensIssued === 2, 'a renewal');
    await until(() => flowers.status.state === 'fresh', 'the new token');
    expect(await flowers.getAccessToken()).not.toBe(first);
    expect(bank.tokenRejections).toBe(0);
  });

  test('says that it renews at most once a second', async () => {
    expect(page).toContain('at once, at most one renewal a second');
    add('flowers');
    const emissions = new BehaviorSubject(table.get('flowers'));
    const { tokens, clock } = await start({ credentials: () => emissions });
    await tokens.forMerchant('flowers').getAccessToken();
    for (let time = 0; time < 1_000; time += 100) {
      emissions.next(rotated('flowers', Number.POSITIVE_INFINITY));
      await clock.advance(99);
    }
    expect(bank.tokenRequests).toBe(1);
    await clock.advance(10);
    await until(() => bank.tokensIssued === 2, 'a renewal');
  });

  test('a rejection reads again, and tries changed credentials at once, once', async () => {
    add('flowers');
    const old = table.get('flowers');
    const now = rotated('flowers');
    const credentials = counted().mockReturnValueOnce(old).mockReturnValue(now);
    const { tokens } = await start({ credentials });
    await tokens.forMerchant('flowers').getAccessToken();
    expect([bank.tokenRejections, bank.tokensIssued]).toEqual([1, 1]);
    expect(credentials).toHaveBeenCalledTimes(2);
  });

  test('an Observable is believed, and its end does no harm', async () => {
    add('flowers');
    for (const end of ['error', 'complete'] as const) {
      const emissions = new BehaviorSubject(table.get('flowers'));
      const credentials = counted(() => emissions);
      const { tokens } = await start({ credentials });
      const flowers = tokens.forMerchant('flowers');
      const token = await flowers.getAccessToken();
      await firstValueFrom(flowers.refresh());
      expect(credentials).toHaveBeenCalledTimes(1);
      emissions[end](undefined);
      expect(flowers.status.state).toBe('fresh');
      expect(await flowers.getAccessToken()).not.toBe(token);
      credentials.mockImplementation(() => table.get('flowers'));
      await firstValueFrom(flowers.refresh());
      expect(credentials).toHaveBeenCalledTimes(2);
      await closeApps();
    }
  });

  test('says what a version is', async () => {
    expect(page).toContain('a string of 1 to 256 characters');
    add('flowers');
    const right = table.get('flowers') as Credentials;
    const { tokens, clock } = await start();
    const flowers = tokens.forMerchant('flowers');
    for (const version of ['', 'v'.repeat(257), 7 as never]) {
      table.set('flowers', { ...right, version });
      expect((await failureOf(flowers)).message).toContain('version');
      await clock.advance(3_000);
    }
    // The same version: other values look the same, so that a rejection tries them not.
    table.set('flowers', { ...right, clientSecret: 'old', version: 'v'.repeat(256) });
    await failureOf(flowers);
    table.set('flowers', { ...right, version: 'v'.repeat(256) });
    await clock.advance(1_000);
    expect(await failureOf(flowers)).toMatchObject({ code: 'BANK_AUTH_CREDENTIALS_REJECTED' });
    expect(bank.tokenRequests).toBe(1);
  });
});

describe('the page about merchants, on keys in logs', () => {
  const KEY = 'tax-number-4711';
  const labelOf = async (merchantLabel: unknown) => {
    const { tokens } = await start({}, { merchantLabel });
    const merchant = tokens.forMerchant(KEY);
    const error = await failureOf(merchant);
    expect(merchant.merchant).toBe(KEY);
    expect(merchant.status.merchant).toBe(error.merchant);
    expect(error.message).toContain(`(merchant ${JSON.stringify(error.merchant)})`);
    expect(merchantLabel !== undefined && error.message.includes(KEY)).toBe(false);
    return error.merchant;
  };

  test('says how a merchant is labelled', async () => {
    const { labelledWith } = loader()('merchant-label.ts');
    const hash = await labelOf('hash');
    expect(await labelOf(undefined)).toBe(KEY);
    expect(hash).toMatch(/^[\w-]{16}$/);
    const label = await labelOf(labelledWith('one secret'));
    expect(label).toBe(labelledWith('one secret')(KEY));
    expect(label).not.toBe(labelledWith('another secret')(KEY));
    expect(await labelOf(() => 'l'.repeat(256))).toHaveLength(256);
    for (const makesNone of [
      () => 'l'.repeat(257),
      () => '',
      () => 'two\nlines',
      () => undefined,
      () => {
        throw new Error();
      },
    ]) {
      expect(await labelOf(makesNone)).toBe(hash);
    }
  });
});
