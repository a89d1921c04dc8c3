import { describe, expect, test } from '@jest/globals';
import type { TokenFailure } from '../../../../src/token/token-failure.js';
import { invalid, rejected } from '../../../support/machine.fixtures.js';
import { Market, names } from '../../../support/merchants.harness.js';
import { ask, type Exchange, Follower, HOUR } from '../../../support/token-service.harness.js';
import { settle } from '../../../support/virtual-clock.js';

const one = { tokenRequests: { concurrency: 1, queue: 10_000 } };
const retryAfter = (retryAfterMs: number, status = 429): TokenFailure => ({
  kind: 'unavailable',
  reason: `HTTP ${status}`,
  status,
  retryAfterMs,
});
const down: TokenFailure = { kind: 'unavailable', reason: 'ECONNREFUSED' };

/** The bank issues each token so long after it was asked for. */
function takes(market: Market, milliseconds: number): void {
  const { bank, clock } = market;
  bank.replies((exchange) => {
    clock.timer(milliseconds).subscribe(() => {
      if (exchange.state === 'open') exchange.grant(`${exchange.clientId}#${exchange.number}`);
    });
  });
}

/** The bank answers as the function says, or issues. */
function fails(market: Market, failureOf: (exchange: Exchange) => TokenFailure | undefined): void {
  market.bank.replies((exchange) => {
    const failure = failureOf(exchange);
    if (failure === undefined) exchange.grant(`${exchange.clientId}#${exchange.number}`);
    else exchange.fail(failure);
  });
}

/** When requests were sent, in milliseconds since the start. */
const timesOf = ({ bank }: Market) => bank.exchanges.map(({ sentAt }) => sentAt.monotonic);
const clientsOf = ({ bank }: Market) => bank.exchanges.map(({ clientId }) => clientId.split('@')[0]);

describe('the token requests of all merchants together', () => {
  test('are limited to the number of the provider, first come, first served', async () => {
    const market = new Market({ own: true }).add(...names(100));
    takes(market, 100);
    const asked = market.ask(...names(50));
    await settle();
    const own = ask(market.service);
    await settle();
    asked.push(...market.ask(...names(100).slice(50)));
    await market.clock.advance(100 * Math.ceil(101 / 8));
    expect(asked.every(({ token }) => token !== undefined)).toBe(true);
    expect(own.token?.value).toMatch(/^id-v1/);
    expect([market.bank.peak, market.bank.requests]).toEqual([8, 101]);
    expect(clientsOf(market)).toEqual([...names(50), 'id-v1', ...names(100).slice(50)]);
  });

  test('keep to the rate, whichever merchant makes them', async () => {
    const rate = { requests: 5, per: 1_000 };
    const market = new Market({ tokenRequests: { concurrency: 8, queue: 100, rate } }).add(...names(23));
    const asked = market.ask(...names(23));
    await market.clock.advance(4_000);
    expect(timesOf(market)).toEqual(names(23).map((_name, index) => 1_000 * Math.floor(index / 5)));
    expect(asked.every(({ token }) => token !== undefined)).toBe(true);
  });

  test('are one for each of two hundred cold merchants with five callers each', async () => {
    const market = new Market({ limit: 200 }).add(...names(200));
    takes(market, 10);
    const keys = names(200).flatMap((name) => Array<string>(5).fill(name));
    const asked = market.ask(...keys);
    await market.clock.advance(10 * (200 / 8));
    expect(asked.filter(({ token }) => token === undefined)).toEqual([]);
    expect([market.bank.peak, market.bank.requests]).toEqual([8, 200]);
    for (const [index, { token }] of asked.entries()) expect(token?.value).toContain(`${keys[index]}@`);
  });

  test('leave room for others while the credentials of one merchant are looked up', async () => {
    const market = new Market(one).add('b');
    market.vault.secrets.set('a', new Promise(() => undefined));
    market.ask('a');
    expect(await market.outcomes('b')).toEqual(['b@v1#1']);
  });
});

describe('the time in the queue', () => {
  test('does not count for the flight: the tenth waits for 36 s and gets its token 4 s later', async () => {
    const market = new Market(one).add(...names(10));
    takes(market, 4_000);
    const asked = market.ask(...names(10));
    await market.clock.advance(39_999);
    expect(asked.map(({ token, error }) => token?.value ?? error?.code)).toEqual([
      ...names(9).map((name, index) => `${name}@v1#${index + 1}`),
      undefined,
    ]);
    await market.clock.advance(1);
    expect(asked[9]?.token?.value).toBe('shop-9@v1#10');
    expect(market.bank.requests).toBe(10);
    expect(market.clock.timers).toBe(1);
  });

  test('leaves the flight its whole deadline: three attempts that hang', async () => {
    const market = new Market(one).add('a', 'b');
    takes(market, 4_999);
    market.ask('a');
    await settle();
    market.bank.hangs();
    const [asked] = market.ask('b');
    await market.clock.advance(4_999 + 14_999);
    expect(asked?.settled).toBe(0);
    expect(timesOf(market)).toEqual([0, 4_999, 10_000, 15_001]);
    await market.clock.advance(1);
    expect(asked?.error).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE', merchant: 'b' });
    expect(asked?.error?.message).toContain('(no answer within 15000 ms)');
  });

  test('counts for a caller with a time-out', async () => {
    const market = new Market(one).add('a', 'b');
    takes(market, 4_000);
    market.ask('a');
    const late = market.of('b').getAccessToken({ timeout: 5_000 });
    late.catch(() => undefined);
    await market.clock.advance(5_000);
    await expect(late).rejects.toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE', merchant: 'b' });
    await market.clock.advance(3_000);
    expect(await market.outcomes('b')).toEqual(['b@v1#2']);
  });

  test('does not cover a look-up of credentials, which counts for the flight', async () => {
    const market = new Market(one).add('b');
    market.vault.secrets.set('a', new Promise(() => undefined));
    takes(market, 60_000);
    const [a] = market.ask('a', 'b');
    await market.clock.advance(15_000);
    expect(a?.error?.message).toContain('no answer within 15000 ms');
  });
});

describe('a retry', () => {
  test('keeps the place of its flight before those that came later', async () => {
    const market = new Market(one).add('a', 'b', 'c', 'd');
    market.bank.hangs();
    market.ask('a', 'b', 'c', 'd');
    await settle();
    market.bank.last.fail({ kind: 'unavailable', reason: 'HTTP 500', status: 500 });
    await market.clock.advance(10);
    expect(clientsOf(market)).toEqual(['a', 'b']);
    market.bank.last.grant('token of b');
    await market.clock.advance(10);
    expect(clientsOf(market)).toEqual(['a', 'b', 'a']);
    market.bank.last.grant('token of a');
    await settle();
    expect(clientsOf(market)).toEqual(['a', 'b', 'a', 'c']);
    market.bank.last.fail(rejected);
    await settle();
    expect(clientsOf(market)).toEqual(['a', 'b', 'a', 'c', 'd']);
  });

  test('with rotated credentials keeps the place too', async () => {
    const market = new Market(one).add('a', 'b', 'c');
    market.bank.hangs();
    const [a] = market.ask('a', 'b', 'c');
    await settle();
    market.vault.secrets.set('a', { clientId: 'a@v2', clientSecret: 'secret', version: 'v2' });
    market.bank.last.fail(rejected);
    await settle();
    market.bank.last.grant('token of b');
    await settle();
    expect(market.bank.exchanges.map(({ clientId }) => clientId)).toEqual(['a@v1', 'b@v1', 'a@v2']);
    market.bank.last.grant('token of a');
    await settle();
    expect(a?.token?.value).toBe('token of a');
  });
});

describe('a bank that asks one merchant to wait', () => {
  test.each([[429], [503]])('for a short while keeps all merchants waiting: %d', async (status) => {
    const market = new Market({ own: true }).add('a', 'b', 'c');
    fails(market, ({ number }) => (number === 1 ? retryAfter(5_000, status) : undefined));
    const [a] = market.ask('a');
    await settle();
    const others = [...market.ask('b', 'c'), ask(market.service)];
    await market.clock.advance(4_999);
    expect(market.bank.requests).toBe(1);
    expect([a, ...others].every((asked) => asked?.settled === 0)).toBe(true);
    await market.clock.advance(2);
    expect([a, ...others].map((asked) => asked?.token?.value.split('#')[0])).toEqual([
      'a@v1',
      'b@v1',
      'c@v1',
      'id-v1',
    ]);
    expect(market.logger.lines).toEqual([
      `warn [BANK_AUTH_BANK_BUSY] a-bank: the bank asks to be left alone (HTTP ${status}): no token requests for 5 s. All merchants wait; current tokens stay in use.`,
      'log [BANK_AUTH_BANK_RECOVERED] a-bank: token requests are answered again, after 5 s.',
    ]);
  });

  test('for longer than they have time fails all at once, with the time that is left', async () => {
    const market = new Market().add('a', 'b', 'c');
    await market.warmAll('c');
    await market.clock.advance(HOUR - 60_000);
    fails(market, () => retryAfter(60_000));
    const [a] = market.ask('a');
    await settle();
    expect(a?.error).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE', retryAfterMs: 60_000, status: 429 });
    await market.clock.advance(10_000);
    const [b] = market.ask('b');
    await settle();
    expect(b?.error).toMatchObject({
      code: 'BANK_AUTH_UNAVAILABLE',
      merchant: 'b',
      retryable: true,
      retryAfterMs: 50_000,
      status: 429,
    });
    // Its token is stale, and good.
    expect(market.of('c').status.state).toBe('stale');
    expect(await market.outcomes('c')).toEqual(['c@v1#1']);
    await market.clock.advance(1_000);
    expect(await market.outcomes('c')).toEqual(['c@v1#1']);
    expect(market.bank.requests).toBe(2);
    const renewal = ask(market.of('b'), 'refresh');
    await settle();
    expect(renewal.error).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE', retryAfterMs: 49_000 });
    market.issuesNamed();
    await market.clock.advance(48_999);
    expect(await market.outcomes('a', 'b')).toEqual(Array(2).fill('BANK_AUTH_UNAVAILABLE'));
    await market.clock.advance(1);
    expect(await market.outcomes('a', 'b')).toEqual(['a@v1#3', 'b@v1#4']);
  });

  test('does not delay merchants with a token', async () => {
    const market = new Market().add('a', 'b');
    await market.warmAll('b');
    fails(market, () => retryAfter(60_000));
    market.ask('a');
    await settle();
    expect(await market.outcomes('b')).toEqual(['b@v1#1']);
    expect(market.of('b').status).toMatchObject({ state: 'fresh', failures: 0 });
  });

  test('holds no other merchant where it answers with another status, or without a time', async () => {
    const market = new Market().add('a', 'b', 'c');
    const failures = [retryAfter(60_000, 500), { ...retryAfter(0, 503), retryAfterMs: undefined }];
    fails(market, () => failures.shift());
    market.ask('a');
    await settle();
    const asked = market.ask('b', 'c');
    await market.clock.advance(10);
    expect(asked.map(({ token }) => token?.value.split('#')[0])).toEqual(['b@v1', 'c@v1']);
  });
});

describe('a full queue', () => {
  const full = { tokenRequests: { concurrency: 1, queue: 2 } };

  test('refuses another flight with an error of its own, which cools down', async () => {
    const market = new Market(full).add('a', 'b', 'c', 'd');
    takes(market, 4_000);
    const asked = market.ask('a', 'b', 'c', 'd');
    await settle();
    expect(asked.map(({ settled }) => settled)).toEqual([0, 0, 0, 1]);
    expect(asked[3]?.error).toMatchObject({
      name: 'TokenQueueFullError',
      code: 'BANK_AUTH_QUEUE_FULL',
      merchant: 'd',
      retryable: true,
      retryAfterMs: 900,
      requestSent: false,
      message:
        'a-bank (merchant "d"): no token was asked for at https://bank.example/oauth/token (2 token requests of this provider are already waiting for their turn). Ask again later; if it happens often, the bank is too slow for so many merchants, or "tokenRequests" allows too little. The first call after 900 ms asks the bank again.',
    });
    expect(market.of('d').status).toMatchObject({
      state: 'cooling-down',
      failures: 1,
      lastErrorCode: 'BANK_AUTH_QUEUE_FULL',
    });
    expect(market.logger.lines).toEqual([
      expect.stringMatching(/^warn \[BANK_AUTH_QUEUE_FULL\] a-bank \(merchant "d"\): no token was asked/),
    ]);
    await market.clock.advance(899);
    const [cooling] = market.ask('d');
    expect(cooling?.error).toMatchObject({ code: 'BANK_AUTH_QUEUE_FULL', retryAfterMs: 1 });
    expect(market.lookupsOf('d')).toBe(1);
    await market.clock.advance(1);
    const [again] = market.ask('d');
    await settle();
    expect(again?.error).toMatchObject({ code: 'BANK_AUTH_QUEUE_FULL', retryAfterMs: 1_800 });
    expect(market.lookupsOf('d')).toBe(2);
    await market.clock.advance(10_000);
    const [last] = market.ask('d');
    await market.clock.advance(40_000);
    expect([...asked.slice(0, 3), last].map((one) => one?.token?.value)).toEqual([
      'a@v1#1',
      'b@v1#2',
      'c@v1#3',
      'd@v1#4',
    ]);
  });

  test('refuses no stale token and no retry', async () => {
    const market = new Market(full).add('a', 'b', 'c', 's');
    await market.warmAll('s');
    await market.clock.advance(HOUR - 100_000);
    market.bank.hangs();
    const [a] = market.ask('a', 'b', 'c');
    await settle();
    expect(await market.outcomes('s')).toEqual(['s@v1#1']);
    expect(market.of('s').status).toMatchObject({ state: 'stale', lastErrorCode: 'BANK_AUTH_QUEUE_FULL' });
    market.bank.last.fail(down);
    await settle();
    // Somebody takes the room that is free now.
    market.ask('s');
    await market.clock.advance(10_000);
    expect(a?.error?.code).not.toBe('BANK_AUTH_QUEUE_FULL');
  });

  test('does not matter to flights under way nor to unknown keys', async () => {
    const market = new Market(full).add('a', 'b', 'c');
    market.bank.hangs();
    market.ask('a', 'b', 'c');
    const joined = market.ask('a', 'b', 'c');
    const [unknown] = market.ask('nobody');
    await settle();
    expect(joined.map(({ settled }) => settled)).toEqual([0, 0, 0]);
    expect(unknown?.error?.code).toBe('BANK_AUTH_CONFIG');
  });
});

describe('a bank that asks to be left alone', () => {
  const linesOf = (market: Market) => market.logger.lines.filter((line) => line.includes('BANK_AUTH_BANK_'));
  const busy = (seconds: number) => retryAfter(seconds * 1_000);

  test('has not recovered while all merchants wait, though a request under way is answered', async () => {
    const market = new Market().add('a', 'b', 'c');
    market.bank.hangs();
    market.ask('a', 'b');
    await settle();
    const [a, b] = market.bank.exchanges as [Exchange, Exchange];
    a.fail(busy(120));
    await market.clock.advance(50);
    b.grant('token');
    await market.clock.advance(119_950);
    expect(linesOf(market)).toEqual([expect.stringContaining('no token requests for 120 s.')]);
    market.issuesNamed();
    await market.outcomes('c');
    expect(linesOf(market).slice(1)).toEqual([
      'log [BANK_AUTH_BANK_RECOVERED] a-bank: token requests are answered again, after 2 min.',
    ]);
  });

  test('tells at once when the wait is much longer than it said, and a minute later otherwise', async () => {
    const market = new Market().add('a', 'b', 'c', 'd');
    market.bank.hangs();
    market.ask('a', 'b', 'c', 'd');
    await settle();
    const [a, b, c, d] = market.bank.exchanges as [Exchange, Exchange, Exchange, Exchange];
    a.fail(busy(10));
    b.fail(busy(20));
    expect(linesOf(market)).toHaveLength(1);
    c.fail(busy(120));
    d.fail(busy(125));
    expect(linesOf(market)).toEqual([
      expect.stringMatching(/\[BANK_AUTH_BANK_BUSY\].*no token requests for 10 s/),
      expect.stringMatching(/\[BANK_AUTH_BANK_STILL_BUSY\].*no token requests for 120 s/),
    ]);
  });
});

describe('a bank that is unavailable', () => {
  test('after it asked to be left alone has recovered from both, as of the first', async () => {
    const market = new Market().add(...names(4));
    market.bank.fails({ ...down, status: 429, retryAfterMs: 20_000 });
    await market.outcomes(...names(4));
    market.bank.fails(down);
    await market.clock.advance(20_000);
    await market.outcomes(...names(4));
    market.issuesNamed();
    await market.clock.advance(5_000);
    await market.outcomes(...names(4));
    expect(market.logger.lines.filter((line) => line.includes('BANK_AUTH_BANK_'))).toEqual([
      expect.stringContaining('[BANK_AUTH_BANK_BUSY]'),
      expect.stringContaining('[BANK_AUTH_BANK_UNAVAILABLE]'),
      'log [BANK_AUTH_BANK_RECOVERED] a-bank: token requests are answered again, after 21 s.',
    ]);
  });

  test('gets one request a second after three merchants failed, and all come back when it answers', async () => {
    const market = new Market().add(...names(100));
    market.bank.fails(down);
    const followers = names(100).map((name) => new Follower(market.of(name)));
    await market.clock.advance(60_000);
    const times = timesOf(market);
    expect(times.filter((at) => at < 1_000)).toHaveLength(3);
    expect(times.length).toBeGreaterThan(55);
    for (const [index, at] of times.entries()) {
      if (index >= 3) expect(at - (times[index - 1] as number)).toBeGreaterThanOrEqual(1_000);
    }
    expect(market.logger.lines.slice(1)).toEqual([
      expect.stringMatching(
        /^warn \[BANK_AUTH_BANK_STILL_UNAVAILABLE\] a-bank: still no merchant gets a token, for 60 s and \d\d failures now/,
      ),
    ]);
    market.issuesNamed();
    await market.clock.advance(5_000);
    expect(followers.every(({ values }) => values.length === 1)).toBe(true);
    expect(market.bank.requests).toBe(times.length + 100);
    expect(market.bank.peak).toBeLessThanOrEqual(8);
    expect(market.logger.lines.slice(2)).toEqual([
      'log [BANK_AUTH_BANK_RECOVERED] a-bank: token requests are answered again, after 61 s.',
    ]);
    for (const follower of followers) follower.leave();
  });

  test('that hangs gets one request at a time, and all merchants come back when it answers', async () => {
    const market = new Market().add(...names(100));
    market.bank.hangs();
    const followers = names(100).map((name) => new Follower(market.of(name)));
    await market.clock.advance(60_000);
    // Each hangs for five seconds: eight at first, two in place of the first that fail, then one.
    expect(market.bank.requests).toBeLessThanOrEqual(8 + 2 + 12);
    market.issuesNamed();
    await market.clock.advance(10_000);
    expect(followers.filter(({ values }) => values.length !== 1)).toEqual([]);
    expect(market.logger.lines.length).toBeLessThanOrEqual(5);
    for (const follower of followers) follower.leave();
  });

  test('keeps callers waiting for their deadline and no longer, and is asked for no merchant twice', async () => {
    const market = new Market().add(...names(100));
    market.bank.fails(down);
    const asked = market.ask(...names(100));
    await market.clock.advance(15_100);
    expect(asked.every(({ error }) => error?.code === 'BANK_AUTH_UNAVAILABLE')).toBe(true);
    expect(market.bank.requests).toBeLessThanOrEqual(3 + 16);
    expect(market.logger.lines).toHaveLength(1);
  });

  test('keeps stale tokens in use', async () => {
    const market = new Market().add(...names(50));
    await market.warmAll(...names(50));
    await market.clock.advance(HOUR - 110_000);
    market.bank.fails(down);
    for (let second = 0; second < 90; second += 10) {
      const outcomes = await market.outcomes(...names(50));
      expect(outcomes).toEqual(names(50).map((name, index) => `${name}@v1#${index + 1}`));
      await market.clock.advance(10_000);
    }
    expect(market.bank.requests).toBeLessThanOrEqual(50 + 3 + 91);
    market.issuesNamed();
    await market.clock.advance(4_000);
    await market.outcomes(...names(50));
    await market.clock.advance(4_000);
    const renewed = await market.outcomes(...names(50));
    expect(renewed.map((token) => token?.split('#')[0])).toEqual(names(50).map((name) => `${name}@v1`));
    expect(new Set(renewed).size).toBe(50);
    expect(market.of('shop-49').status).toMatchObject({ state: 'fresh', failures: 0 });
  });

  test('for one merchant only is asked by all others as usual', async () => {
    const market = new Market().add('a', ...names(20));
    fails(market, ({ clientId }) => (clientId === 'a@v1' ? down : undefined));
    const follower = new Follower(market.of('a'));
    await market.clock.advance(10_000);
    const outcomes = await market.outcomes(...names(20));
    expect(outcomes.map((token) => token?.split('@')[0])).toEqual(names(20));
    expect(market.logger.lines).toEqual([
      expect.stringMatching(/^warn \[BANK_AUTH_UNAVAILABLE\] a-bank \(merchant "a"\): no token from/),
    ]);
    follower.leave();
  });
});

describe('trouble of one merchant', () => {
  test.each([
    ['rejected credentials', rejected],
    ['answers that are no tokens', invalid],
  ])('does not delay the others: %s', async (_what, failure) => {
    const market = new Market({ tokenRequests: { concurrency: 2, queue: 100 } }).add(...names(40));
    fails(market, ({ clientId }) => (Number(clientId.split(/[-@]/)[1]) % 2 === 1 ? failure : undefined));
    const asked = market.ask(...names(40));
    await settle();
    expect(asked.filter(({ token }) => token !== undefined)).toHaveLength(20);
    expect(asked.filter(({ error }) => error !== undefined)).toHaveLength(20);
    expect(timesOf(market).every((at) => at === 0)).toBe(true);
    expect(market.bank.requests).toBe(40);
  });

  test('is logged at most about twenty times a minute, though hundreds have the same trouble', async () => {
    const market = new Market({ limit: 1_000 }).add(...names(300));
    market.bank.fails(rejected);
    await market.outcomes(...names(300));
    expect(market.logger.lines).toHaveLength(21);
    expect(market.logger.lines[20]).toBe(
      'warn [BANK_AUTH_LINES_OMITTED] a-bank: too many lines on merchants within a minute. At most 20 are written, half of them on trouble that lasts; the others are left out.',
    );
    market.issuesNamed();
    await market.clock.advance(60_000);
    await market.outcomes(...names(300));
    expect(market.logger.lines[21]).toBe(
      'warn [BANK_AUTH_LINES_OMITTED] a-bank: 280 lines on merchants were left out.',
    );
    // The end of what was not told is not told either.
    expect(market.logger.lines).toHaveLength(21 + 1 + 20);
  });

  test('is always logged where it concerns the provider’s own credentials', async () => {
    const market = new Market({ own: true }).add(...names(30));
    market.bank.fails(rejected);
    await market.outcomes(...names(30));
    ask(market.service);
    await settle();
    expect(market.logger.lines.at(-1)).toMatch(
      /^error \[BANK_AUTH_CREDENTIALS_REJECTED\] a-bank: the bank refused the credentials/,
    );
  });
});
