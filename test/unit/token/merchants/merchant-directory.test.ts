import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { MemoryTokenStore } from '../../../../src/store/index.js';
import type { AccessToken } from '../../../../src/token/access-token.js';
import type { TokenService } from '../../../../src/token/token.service.js';
import { Market, names, secret } from '../../../support/merchants.harness.js';
import { ask, Follower, HOUR, outcome } from '../../../support/token-service.harness.js';
import { settle } from '../../../support/virtual-clock.js';

describe('a key has one state', () => {
  test('however many handles there are', async () => {
    const market = new Market().add('a');
    const [one, two] = [market.of('a'), market.of('a').forMerchant('a')];
    const follower = new Follower(one);
    await settle();
    expect(await two.getAccessToken()).toBe('a@v1#1');
    expect(two.status).toEqual(one.status);
    expect(two.status).toMatchObject({ provider: 'a-bank', merchant: 'a', state: 'fresh' });
    two.invalidate('a@v1#1');
    await settle();
    expect(follower.values).toEqual(['a@v1#1', 'a@v1#2']);
    expect(await market.of('a').getAccessToken()).toBe('a@v1#2');
    expect(market.bank.requests).toBe(2);
    follower.leave();
  });

  test('and one look-up and one request for a thousand callers at once', async () => {
    const market = new Market().add('a');
    const asked = market.ask(...Array<string>(1_000).fill('a'));
    await settle();
    expect(new Set(asked.map(({ token }) => token?.value))).toEqual(new Set(['a@v1#1']));
    expect(market.vault.lookups).toEqual(['a']);
    expect(market.bank.requests).toBe(1);
  });

  test('and one look-up for a thousand callers of an unknown key', async () => {
    const market = new Market();
    const asked = market.ask(...Array<string>(1_000).fill('nobody'));
    await settle();
    expect(asked.every(({ error, settled }) => error?.code === 'BANK_AUTH_CONFIG' && settled === 1)).toBe(
      true,
    );
    expect(market.vault.lookups).toEqual(['nobody']);
    expect(market.bank.requests).toBe(0);
  });

  test('also where it is called as the provider itself', async () => {
    const market = new Market({ own: true }).add('default');
    const own = ask(market.service);
    await settle();
    expect(own.token?.value).toBe('id-v1#1');
    expect(market.of('default').status.state).toBe('absent');
    expect(await market.of('default').getAccessToken()).toBe('default@v1#2');
    market.of('default').invalidate('id-v1#1');
    market.service.invalidate('default@v1#2');
    expect(await market.service.getAccessToken()).toBe('id-v1#1');
    market.service.invalidate('id-v1#1');
    expect(market.service.status.state).toBe('absent');
    expect(market.of('default').status.state).toBe('fresh');
    expect(market.vault.lookups).toEqual(['default']);
    expect(market.credentials.reads).toBe(1);
  });

  test.each<[string, unknown]>([
    ['empty', ''],
    ['undefined', undefined],
    ['null', null],
    ['a number', 7],
    ['an object', {}],
    ['a list', ['a']],
    ['a symbol', Symbol('a')],
    ['1025 characters', 'x'.repeat(1_025)],
  ])('unless it is no key: %s', async (_what, key) => {
    const market = new Market({ own: true });
    market.vault.otherwise = () => secret('anybody');
    expect(() => market.of(key as string)).toThrow(
      expect.objectContaining({ code: 'BANK_AUTH_CONFIG', retryable: false, provider: 'a-bank' }),
    );
    await settle();
    expect(market.vault.lookups).toEqual([]);
    expect(market.bank.requests + market.credentials.reads).toBe(0);
  });
});

test.each<[unknown, string | RegExp]>([
  [undefined, 'a merchant key is given but undefined'],
  [null, 'a merchant key is given but null'],
  ['', 'a merchant key is given but empty'],
  [7, 'a merchant key must be a string'],
  ['x'.repeat(1_025), 'a merchant key has at most 1024 characters'],
])('what is no key is told apart: %p', (key, words) => {
  expect(() => new Market().of(key as string)).toThrow(words);
});

test('a key may have 1024 characters', async () => {
  const key = 'x'.repeat(1_024);
  expect(await new Market().add(key).outcomes(key)).toEqual([`${key}@v1#1`]);
});

describe('the limit of merchants', () => {
  test('lets the least recently used merchant go, which buys a token when it comes back', async () => {
    const market = new Market({ limit: 2 }).add('a', 'b', 'c');
    await market.warmAll('a', 'b', 'c');
    expect(await market.of('b').getAccessToken()).toBe('b@v1#2');
    expect(await market.of('c').getAccessToken()).toBe('c@v1#3');
    expect(market.bank.requests).toBe(3);
    expect(await market.of('a').getAccessToken()).toBe('a@v1#4');
    // It has taken the place of b, which was used before c.
    expect(await market.of('c').getAccessToken()).toBe('c@v1#3');
    expect(await market.of('b').getAccessToken()).toBe('b@v1#5');
    expect(market.bank.requests).toBe(5);
  });

  const uses: [string, (service: TokenService, token: AccessToken) => unknown][] = [
    ['getAccessToken', (service) => service.getAccessToken()],
    ['getAccessToken with a time-out', (service) => service.getAccessToken({ timeout: 1_000 })],
    ['getToken', (service) => ask(service)],
    ['token$', (service) => new Follower(service).leave()],
    ['status', (service) => service.status],
    ['printing it', (service) => inspect(service)],
    ['a request that was answered', (service, token) => service.forCall().accepted(token, false)],
    ['an invalidation of an older token', (service) => service.invalidate('older')],
  ];
  test.each(uses)('counts any use: %s', async (_what, use) => {
    const market = new Market({ limit: 2 }).add('a', 'b', 'c');
    const a = market.of('a');
    await market.warmAll('a', 'b');
    const token = { value: 'other' } as AccessToken;
    await use(a, token);
    await market.warmAll('c');
    expect(await market.outcomes('a', 'b')).toEqual(['a@v1#1', 'b@v1#4']);
  });

  test('is of merchants besides the provider itself, which takes the place of none', async () => {
    const market = new Market({ limit: 1, own: true }).add('a');
    await market.warmAll('a');
    expect(await market.service.getAccessToken()).toBe('id-v1#2');
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    expect(market.directory.statuses(10).map(({ merchant }) => merchant)).toEqual(['a']);
  });

  test('does not count a handle that was only made', async () => {
    const market = new Market({ limit: 2 }).add('a', 'b', 'c');
    const old = market.of('a');
    await market.warmAll('a', 'b');
    market.of('a').forMerchant('a');
    await market.warmAll('c');
    expect(await old.getAccessToken()).toBe('a@v1#4');
  });

  test('leaves an old handle as good as a new one: a thousand callers buy one token', async () => {
    const market = new Market({ limit: 1 }).add('a', 'b');
    const handle = market.of('a');
    const cold = handle.getToken();
    await market.warmAll('a', 'b');
    expect(handle.status.state).toBe('absent');
    const asked = Array.from({ length: 1_000 }, () => ask(handle));
    const values: string[] = [];
    cold.subscribe(({ value }) => values.push(value));
    await settle();
    expect(new Set(asked.map(({ token }) => token?.value))).toEqual(new Set(['a@v1#3']));
    expect(values).toEqual(['a@v1#3']);
    expect(market.requestsOf('a')).toBe(2);
    expect(market.lookupsOf('a')).toBe(2);
  });

  test.each([
    ['less than a kilobyte', undefined],
    ['about three kilobytes', new MemoryTokenStore()],
  ])('is reported once as too low where it drops fresh tokens, each with %s', async (size, store) => {
    const market = new Market({ limit: 2, ...(store && { store }) }).add(...names(10));
    await market.warmAll('shop-0', 'shop-1');
    expect(market.logger.lines).toEqual([]);
    await market.warmAll(...names(10), ...names(10));
    expect(market.logger.lines).toEqual([
      `warn [BANK_AUTH_MERCHANTS_EVICTED] a-bank: tokens that could still be used are dropped, because there are more than 2 merchants. Raise providers.a-bank.merchants.limit: each takes ${size} besides its token.`,
    ]);
  });

  test('is not reported as too low where it drops unusable tokens', async () => {
    const market = new Market({ limit: 2, idleTime: 10 * HOUR }).add(...names(4));
    await market.warmAll('shop-0', 'shop-1');
    await market.clock.advance(HOUR);
    await market.warmAll('shop-2', 'shop-3');
    expect(market.requestsOf('shop-0') + market.requestsOf('shop-1')).toBe(2);
    expect(market.logger.lines).toEqual([]);
  });

  test('keeps the rejection of a merchant without a token', async () => {
    const market = new Market({ limit: 2 }).add('a', 'b');
    market.bank.fails({ kind: 'rejected', reason: 'HTTP 401', status: 401 });
    expect(await market.outcomes('a')).toEqual(['BANK_AUTH_CREDENTIALS_REJECTED']);
    market.issuesNamed();
    await market.warmAll('b');
    expect(await market.outcomes('a')).toEqual(['BANK_AUTH_CREDENTIALS_REJECTED']);
    expect(market.requestsOf('a')).toBe(1);
  });
});

describe('the idle time', () => {
  test('lets a merchant go that is unused for as long, and no other', async () => {
    const market = new Market({ idleTime: 20 * 60_000 }).add('a', 'b');
    await market.warmAll('a', 'b');
    await market.clock.advance(10 * 60_000);
    expect(await market.outcomes('b')).toEqual(['b@v1#2']);
    await market.clock.advance(10 * 60_000 - 1);
    expect(market.of('b').status.state).toBe('fresh');
    await market.clock.advance(2);
    expect(market.of('a').status.state).toBe('absent');
    expect(market.of('b').status.state).toBe('fresh');
    expect(await market.outcomes('a', 'b')).toEqual(['a@v1#3', 'b@v1#2']);
  });

  test('is measured from the last use, even if nothing had to be done', async () => {
    const market = new Market({ idleTime: 10 * 60_000 }).add('a');
    await market.warmAll('a');
    for (let n = 0; n < 5; n += 1) {
      await market.clock.advance(9 * 60_000);
      expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    }
    await market.clock.advance(10 * 60_000 + 1);
    expect(await market.outcomes('a')).toEqual(['a@v1#2']);
  });

  test('lets merchants go on its own, within a quarter of the time', async () => {
    const market = new Market({ idleTime: 4_000 }).add('a');
    const listeners: boolean[] = [];
    await market.warmAll('a');
    const { timers } = market.clock;
    await market.clock.advance(4_000);
    listeners.push(market.clock.timers > 0);
    await market.clock.advance(1_000);
    listeners.push(market.clock.timers > 0);
    expect([timers, listeners]).toEqual([1, [true, false]]);
  });

  test('of a day is checked every minute', async () => {
    const market = new Market({ idleTime: 24 * HOUR }).add('a');
    await market.warmAll('a');
    await market.clock.advance(24 * HOUR + 1);
    expect(market.clock.timers).toBe(1);
    await market.clock.advance(60_000);
    expect(market.clock.timers).toBe(0);
  });

  test('drops no fresh token with a warning about the limit', async () => {
    const market = new Market({ idleTime: 60_000, limit: 1 }).add('a', 'b');
    await market.warmAll('a');
    await market.clock.advance(120_000);
    await market.warmAll('b');
    expect(market.logger.lines).toEqual([]);
  });
});

describe('timers of the directory', () => {
  test('are one for all idle merchants, and none without any', async () => {
    const market = new Market({ limit: 1_000 }).add(...names(100));
    expect(market.clock.timers).toBe(0);
    await market.warmAll(...names(100));
    expect(market.clock.timers).toBe(1);
    await market.clock.advance(HOUR + 60_000);
    expect(market.clock.timers).toBe(0);
    await market.warmAll('shop-7');
    expect(market.clock.timers).toBe(1);
    await market.clock.advance(2 * HOUR);
    expect(market.clock.timers).toBe(0);
    expect(market.bank.requests).toBe(101);
  });

  test('are one for each merchant with followers, and go with the last follower', async () => {
    const market = new Market().add('a', 'b');
    const followers = [
      new Follower(market.of('a')),
      new Follower(market.of('a')),
      new Follower(market.of('b')),
    ];
    await settle();
    expect(market.clock.timers).toBe(2);
    for (const follower of followers) follower.leave();
    // The one for all who are idle.
    expect(market.clock.timers).toBe(1);
    await market.clock.advance(2 * HOUR);
    expect(market.clock.timers).toBe(0);
    expect(market.bank.requests).toBe(2);
  });

  test('are none for unknown keys', async () => {
    const market = new Market();
    await market.outcomes(...names(50));
    expect(market.clock.timers).toBe(0);
  });
});

describe('a provider without credentials of its own', () => {
  const error = expect.objectContaining({
    code: 'BANK_AUTH_CONFIG',
    provider: 'a-bank',
    merchant: 'default',
    retryable: false,
    requestSent: false,
    message:
      'a-bank: there is no merchant key, and the provider has no credentials of its own; nothing was sent. Use forMerchant(key), or bankAuth: { merchant } in a request.',
  });

  test('has no token without a merchant, sends no request, and says what to do', async () => {
    const market = new Market();
    market.vault.otherwise = () => secret('anybody');
    const { service } = market;
    expect(await outcome(service.getAccessToken())).toEqual(error);
    expect(await outcome(service.getAccessToken({ timeout: 1_000 }))).toEqual(error);
    expect(ask(service).error).toEqual(error);
    expect(ask(service, 'refresh').error).toEqual(error);
    expect(new Follower(service)).toMatchObject({ error, completed: false });
    expect(() => service.forCall().assertUsable()).toThrow(error);
    service.invalidate('any');
    service.warmUp();
    service.keepWarm();
    expect(service.status).toEqual({ provider: 'a-bank', merchant: 'default', state: 'absent', failures: 0 });
    await market.clock.advance(HOUR);
    expect(market.vault.lookups).toEqual([]);
    expect(market.bank.requests).toBe(0);
    expect(market.clock.timers).toBe(0);
  });

  test('has the tokens of its merchants', async () => {
    const market = new Market().add('default');
    expect(await market.of('default').getAccessToken()).toBe('default@v1#1');
    expect(() => market.of('default').forCall().assertUsable()).not.toThrow();
    expect(await outcome(market.service.getAccessToken())).toEqual(error);
  });
});

describe('a disabled provider with merchants', () => {
  test('says so for every merchant, and sends no request', async () => {
    const market = new Market({ disabled: true, own: true }).add('a');
    for (const service of [market.service, market.of('a')]) {
      const error = expect.objectContaining({
        code: 'BANK_AUTH_CONFIG',
        merchant: service.merchant,
        message: expect.stringContaining(
          'a-bank is disabled by its option "enabled", so no request was sent.',
        ),
      });
      expect(await outcome(service.getAccessToken())).toEqual(error);
      expect(ask(service, 'refresh').error).toEqual(error);
      expect(new Follower(service).error).toEqual(error);
      expect(() => service.forCall().assertUsable()).toThrow(error);
    }
    await settle();
    expect(market.vault.lookups).toEqual([]);
    expect(market.bank.requests + market.credentials.reads).toBe(0);
  });

  test('has no token of its own to show', () => {
    expect(new Market({ own: true }).directory.census).toHaveProperty('token');
    expect(new Market({ disabled: true, own: true }).directory.census).not.toHaveProperty('token');
  });

  test('differs from one without merchants', async () => {
    const market = new Market({ disabled: true, own: true });
    expect(() => market.of('')).toThrow(/given but empty/);
    expect(() => market.of('any')).not.toThrow();
  });
});
