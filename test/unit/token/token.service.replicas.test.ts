import { describe, expect, test } from '@jest/globals';
import { firstValueFrom, Subject } from 'rxjs';
import type { AccessToken } from '../../../src/token/access-token.js';
import type { TokenFailure } from '../../../src/token/token-failure.js';
import { invalid, rejected, unavailable } from '../../support/machine.fixtures.js';
import { errorsOf, Fleet, type Replica, times, tokensOf } from '../../support/replicas.harness.js';
import { ask, type Exchange, Follower, STALE } from '../../support/token-service.harness.js';
import { settle } from '../../support/virtual-clock.js';

/** What only one process sees: there is no answer of the bank, and so no status. */
const unreachable: TokenFailure = { kind: 'unavailable', reason: 'ECONNREFUSED' };

const tooMany: TokenFailure = { kind: 'unavailable', reason: 'HTTP 429', status: 429 };

/** After this many milliseconds, a replica that the bank refused looks whether another one asks. */
const LOOK = 100;

/** Numbers from 0 to 1 that are the same in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

describe('replicas that need a token at once', () => {
  test('make one request, and all of their callers get that token', async () => {
    const fleet = new Fleet(8);
    const asked = [...fleet.ask(), ...fleet.ask(), ...fleet.ask()];
    await settle();
    expect(fleet.requests).toBe(1);
    fleet.grant();
    await settle();
    expect(tokensOf(asked)).toEqual(times(24, 'token-1'));
    expect(fleet.requests).toBe(1);
    expect(await fleet.isLeased()).toBe(false);
  });

  test('wait for it without polling the store', async () => {
    const fleet = new Fleet(2);
    fleet.ask();
    await fleet.clock.advance(499);
    expect(fleet.at(1).link.calls).toEqual(['read', 'lease']);
    await fleet.clock.advance(1);
    expect(fleet.at(1).link.calls).toEqual(['read', 'lease', 'read', 'lease']);
  });

  test('are woken at once by the news of it', async () => {
    const fleet = new Fleet(4);
    const asked = fleet.ask();
    await fleet.clock.advance(100);
    fleet.grant();
    await settle();
    expect(tokensOf(asked)).toEqual(times(4, 'token-1'));
  });

  test('look for it every half a second where news get lost', async () => {
    const fleet = new Fleet(4);
    for (const { link } of fleet.replicas) link.hears = () => false;
    const asked = fleet.ask();
    await fleet.clock.advance(600);
    fleet.grant();
    await fleet.clock.advance(399);
    expect(tokensOf(asked)).toEqual(['token-1', undefined, undefined, undefined]);
    await fleet.clock.advance(1);
    expect(tokensOf(asked)).toEqual(times(4, 'token-1'));
    expect(fleet.requests).toBe(1);
  });

  test('look again once they may ask, because another may have written in between', async () => {
    const fleet = new Fleet(2).issues();
    const [a, b] = [fleet.at(0), fleet.at(1)];
    b.link.freeze('lease');
    const late = ask(b.service);
    await settle();
    await a.service.getAccessToken();
    b.link.mend();
    await settle();
    expect(late.token?.value).toBe('token-1');
    expect(fleet.requestsOf).toEqual([1, 0]);
    expect(await fleet.isLeased()).toBe(false);
  });

  test('ask one after the other where the first one has gone', async () => {
    const fleet = new Fleet(3);
    const asked = fleet.ask();
    await settle();
    fleet.at(0).service.close();
    await settle();
    expect(fleet.requestsOf).toEqual([1, 1, 0]);
    fleet.grant();
    await settle();
    expect(tokensOf(asked)).toEqual([undefined, 'token-2', 'token-2']);
  });

  test('count the age of a token from its request, whichever replica made it', async () => {
    const fleet = new Fleet(2);
    fleet.ask();
    await fleet.clock.advance(3_000);
    fleet.grant();
    await settle();
    const [a, b] = [fleet.at(0).service, fleet.at(1).service];
    expect(b.status.expiresAt).toBe(a.status.expiresAt);
    await fleet.clock.advance(STALE - 3_001);
    expect([a.status.state, b.status.state]).toEqual(['fresh', 'fresh']);
    await fleet.clock.advance(1);
    expect([a.status.state, b.status.state]).toEqual(['stale', 'stale']);
  });

  test('share nothing with replicas that use other credentials', async () => {
    const fleet = new Fleet(4).issues();
    fleet.at(2).credentials.version = 'v2';
    fleet.at(3).credentials.version = 'v2';
    const asked = fleet.ask();
    await settle();
    const [a, b, c, d] = tokensOf(asked);
    expect([b, d]).toEqual([a, c]);
    expect(a).not.toBe(c);
    expect(fleet.requests).toBe(2);
    await fleet.clock.advance(2_000);
    expect(fleet.held).toEqual([a, b, c, d]);
  });
});

describe('a renewal', () => {
  const LIFETIME = 100_000;

  test('is one request per lifetime for all, without a gap for any', async () => {
    const fleet = new Fleet(5, { random: seeded(7) }).issues(LIFETIME);
    const follower = new Follower(fleet.at(0).service);
    fleet.ask();
    await settle();
    const traffic = seeded(11);
    // The earliest of them renews after 78 to 80 s: five times in this time, whatever the jitter.
    for (let ms = 0; ms < 402_500; ms += 500) {
      // Nobody calls the last one.
      const asked = ask(fleet.at(Math.floor(traffic() * 4)).service);
      expect(asked.token).toBeDefined();
      await fleet.clock.advance(500);
      for (const { service } of fleet.replicas) expect(['fresh', 'stale']).toContain(service.status.state);
    }
    expect(fleet.requests).toBe(6);
    expect(fleet.peak).toBe(1);
    expect(fleet.held).toEqual(times(5, 'token-6'));
    expect(follower.values).toEqual(Array.from({ length: 6 }, (_, n) => `token-${n + 1}`));
    follower.leave();
  });

  test('is made by the first replica, also where all start at the same moment', async () => {
    const fleet = new Fleet(5).issues();
    fleet.ask();
    await settle();
    fleet.hangs();
    await fleet.clock.advance(STALE);
    const asked = [...fleet.ask(), ...fleet.ask()];
    await settle();
    // Nobody waits for it.
    expect(tokensOf(asked)).toEqual(times(10, 'token-1'));
    expect(fleet.requests).toBe(2);
    fleet.grant();
    await settle();
    expect(fleet.held).toEqual(times(5, 'token-2'));
    expect(fleet.requests).toBe(2);
  });

  test('reaches idle replicas, and is emitted once on token$', async () => {
    const fleet = new Fleet(2).issues();
    fleet.ask();
    await fleet.clock.advance(1_000);
    const follower = new Follower(fleet.at(1).service);
    ask(fleet.at(0).service, 'refresh');
    await fleet.clock.advance(5_000);
    expect(follower.values).toEqual(['token-1', 'token-2']);
    expect(fleet.held).toEqual(times(2, 'token-2'));
    expect(fleet.requestsOf).toEqual([2, 0]);
    follower.leave();
  });

  test('is found in the store by replicas that missed the news', async () => {
    const fleet = new Fleet(2).issues();
    fleet.ask();
    await settle();
    fleet.at(1).link.hears = () => false;
    await fleet.clock.advance(STALE);
    ask(fleet.at(0).service);
    await settle();
    expect(fleet.held).toEqual(['token-2', 'stale']);
    expect(ask(fleet.at(1).service).token?.value).toBe('token-1');
    await settle();
    expect(fleet.held).toEqual(['token-2', 'token-2']);
    expect(fleet.requests).toBe(2);
  });

  test('on request joins the one under way elsewhere', async () => {
    const fleet = new Fleet(3).issues();
    fleet.ask();
    await fleet.clock.advance(1_000);
    fleet.hangs();
    const asked = fleet.ask('refresh');
    await settle();
    expect(fleet.requests).toBe(2);
    fleet.grant();
    await settle();
    expect(tokensOf(asked)).toEqual(times(3, 'token-2'));
    expect(fleet.requests).toBe(2);
  });

  test('on request does not accept an earlier token while it waits for another replica', async () => {
    const fleet = new Fleet(2).issues();
    const [renewing, cold] = [fleet.at(0), fleet.at(1)];
    await renewing.service.getAccessToken();
    await fleet.clock.advance(1_000);
    fleet.hangs();
    ask(renewing.service, 'refresh');
    const asked = ask(cold.service, 'refresh');
    await fleet.clock.advance(2_000);
    expect(asked.settled).toBe(0);
    fleet.grant();
    await settle();
    expect(asked.token?.value).toBe('token-2');
    expect(fleet.requestsOf).toEqual([2, 0]);
  });

  test('on request asks the bank where none is under way, and all replicas take it over', async () => {
    const fleet = new Fleet(3).issues();
    fleet.ask();
    await fleet.clock.advance(1_000);
    const asked = ask(fleet.at(1).service, 'refresh');
    await fleet.clock.advance(1_000);
    expect(asked.token?.value).toBe('token-2');
    const again = ask(fleet.at(2).service, 'refresh');
    await settle();
    expect(again.token?.value).toBe('token-3');
    expect(fleet.held).toEqual(times(3, 'token-3'));
    expect(fleet.requestsOf).toEqual([1, 1, 1]);
  });
});

describe('where the asking replica dies,', () => {
  test('the next one asks when the lease has expired, a second after the attempt would have ended', async () => {
    const fleet = new Fleet(4);
    const asked = [...fleet.ask(), ...fleet.ask()];
    await fleet.clock.advance(1_000);
    fleet.at(0).die();
    fleet.issues();
    await fleet.clock.advance(4_999);
    expect(fleet.requests).toBe(1);
    await fleet.clock.advance(2);
    expect(fleet.requestsOf).toEqual([1, 1, 0, 0]);
    expect(tokensOf(asked).filter((_token, n) => n % 4 !== 0)).toEqual(times(6, 'token-2'));
  });

  test('the next one asks also where the attempt was not its first: the lease was extended for it', async () => {
    const fleet = new Fleet(2);
    fleet.at(0).randoms = [1];
    const asked = fleet.ask();
    await fleet.clock.advance(2_000);
    fleet.last.fail(unavailable);
    await fleet.clock.advance(250);
    expect(fleet.requestsOf).toEqual([2, 0]);
    fleet.at(0).die();
    fleet.issues();
    await fleet.clock.advance(5_999);
    expect(fleet.requests).toBe(2);
    await fleet.clock.advance(501);
    expect(asked[1]?.token?.value).toBe('token-3');
  });

  test('or only seems to, because it was slow, it leaves the bank to the next one', async () => {
    const fleet = new Fleet(2);
    const [slow, next] = [fleet.at(0), fleet.at(1)];
    slow.link.way = async (operation, go) => {
      // As a process that was suspended in a pause between two attempts.
      if (operation === 'extend') await firstValueFrom(fleet.clock.timer(700));
      return go();
    };
    const asked = [ask(slow.service)];
    await settle();
    asked.push(ask(next.service));
    await fleet.clock.advance(4_900);
    fleet.last.fail({ ...unavailable, retryAfterMs: 1_000 });
    await fleet.clock.advance(2_500);
    expect(fleet.requestsOf).toEqual([1, 1]);
    expect(next.bank.open).toHaveLength(1);
    fleet.grant();
    await settle();
    expect(tokensOf(asked)).toEqual(['token-2', 'token-2']);
  });

  test('no replica is without a token while the old one lives', async () => {
    const fleet = new Fleet(3).issues();
    fleet.ask();
    await settle();
    fleet.hangs();
    await fleet.clock.advance(STALE);
    fleet.ask();
    await settle();
    fleet.at(0).die();
    fleet.issues();
    for (let ms = 0; ms < 7_000; ms += 500) {
      const asked = fleet.replicas.slice(1).map(({ service }) => ask(service));
      await fleet.clock.advance(500);
      for (const { token } of asked) expect(token).toBeDefined();
    }
    expect(fleet.held.slice(1)).toEqual(times(2, 'token-3'));
    expect(fleet.requests).toBe(3);
  });

  test('and the next one too, callers still get a token', async () => {
    const fleet = new Fleet(3);
    const asked = fleet.ask();
    await fleet.clock.advance(100);
    fleet.at(0).die();
    await fleet.clock.advance(6_000);
    expect(fleet.requests).toBe(2);
    fleet.at(1).die();
    fleet.issues();
    await fleet.clock.advance(7_000);
    expect(errorsOf(asked.slice(2))).toEqual([undefined]);
    expect(tokensOf(asked.slice(2))).toEqual(['token-3']);
  });
});

describe('an HTTP answer of the bank', () => {
  test.each<[string, TokenFailure, number, number]>([
    ['a rejection', rejected, 60_000, 2],
    ['no token', invalid, 10_000, 2],
    ['a long Retry-After', { ...tooMany, retryAfterMs: 45_000 }, 45_000, 1],
    ['a Retry-After beyond reason', { ...tooMany, retryAfterMs: 1e12 }, 300_000, 1],
  ])('reaches all replicas, for as long as it holds: %s', async (_what, failure, duration, requests) => {
    const fleet = new Fleet(5).fails(failure);
    const asked = fleet.ask();
    await settle();
    expect(fleet.requests).toBe(requests);
    // The one that a refusal met first has waited for what the second one met.
    await fleet.clock.advance(LOOK);
    expect(new Set(errorsOf(asked)).size).toBe(1);
    const [first, ...others] = asked.map(({ error }) => error?.retryAfterMs);
    expect(others).toEqual(times(4, duration));
    expect(first).toBe(requests === 1 ? duration : duration - LOOK);
    expect(asked.map(({ error }) => error?.status)).toEqual(times(5, failure.status));

    const late = fleet.join();
    await fleet.clock.advance(duration / 2 - LOOK);
    const more = [...fleet.ask(), ask(late.service)];
    await settle();
    expect(more.map(({ error }) => error?.code)).toEqual(times(7, asked[0]?.error?.code));
    expect(more.map(({ error }) => error?.retryAfterMs)).toEqual(times(7, duration / 2));

    for (let ms = duration / 2; ms < duration; ms += duration / 100) {
      fleet.ask();
      await fleet.clock.advance(Math.min(duration / 100, duration - ms - 1));
    }
    expect(fleet.requests).toBe(requests);
    await fleet.clock.advance(1);
    const again = fleet.ask();
    await fleet.clock.advance(LOOK);
    // The next ones are told of the second answer as they were of the first.
    expect(fleet.requests).toBe(2 * requests);
    expect(again.slice(1).map(({ error }) => error?.retryAfterMs)).toEqual(times(5, duration));
  });

  test.each([
    [0.25, 950],
    [0.5, 1_000],
    [1, 1_100],
  ])(
    'of trouble holds all of them back for a second, a tenth less or more at random: %d',
    async (random, forMs) => {
      const fleet = new Fleet(2, { retry: { attempts: 1, attemptTimeout: 5_000, deadline: 15_000 } });
      fleet.at(0).randoms = [random];
      const [first] = fleet.fails(unavailable).ask();
      await settle();
      const second = ask(fleet.at(1).service);
      expect([first, second].map((asked) => asked?.error?.retryAfterMs)).toEqual([forMs, forMs]);
      expect(fleet.requestsOf).toEqual([1, 0]);
    },
  );

  test('keeps a bank in trouble from more requests than one replica would send', async () => {
    const asked = async (count: number) => {
      const fleet = new Fleet(count, { random: seeded(7) }).fails(unavailable);
      for (let ms = 0; ms < 60_000; ms += 250) {
        fleet.ask();
        await fleet.clock.advance(250);
      }
      expect(fleet.peak).toBe(1);
      return fleet.requests;
    };
    const one = await asked(1);
    expect(one).toBeLessThan(25);
    expect(Math.abs((await asked(8)) - one)).toBeLessThanOrEqual(1);
  });

  // The longer one is longer than a lease.
  test.each([2_000, 8_000])('is waited out by replicas that have the time: %d ms', async (retryAfterMs) => {
    const fleet = new Fleet(4).replies((exchange) =>
      fleet.requests === 1
        ? exchange.fail({ ...tooMany, retryAfterMs })
        : exchange.grant(`token-${fleet.requests}`),
    );
    const asked = fleet.ask();
    await fleet.clock.advance(1_000);
    const late = ask(fleet.join().service);
    await fleet.clock.advance(retryAfterMs - 1_001);
    expect(fleet.requests).toBe(1);
    expect(errorsOf([...asked, late])).toEqual(times(5, undefined));
    await fleet.clock.advance(2);
    expect(tokensOf([...asked, late])).toEqual(times(5, 'token-2'));
    expect(fleet.times).toEqual([0, retryAfterMs]);
  });

  test('does not pass the lease on while a retry is about to follow', async () => {
    const fleet = new Fleet(3).replies((exchange, replica) =>
      replica.bank.requests === 1
        ? exchange.fail({ ...unavailable, retryAfterMs: 1_000 })
        : exchange.grant(`token-${fleet.requests}`),
    );
    const asked = fleet.ask();
    await fleet.clock.advance(1_000);
    expect(tokensOf(asked)).toEqual(times(3, 'token-2'));
    expect(fleet.requestsOf).toEqual([2, 0, 0]);
    expect(await fleet.isLeased()).toBe(false);
  });

  test('does not pass it on after a slow attempt either', async () => {
    const fleet = new Fleet(3);
    const asked = fleet.ask();
    await fleet.clock.advance(4_900);
    fleet.last.fail({ ...unavailable, retryAfterMs: 1_000 });
    await fleet.clock.advance(1_000);
    expect(fleet.requestsOf).toEqual([2, 0, 0]);
    // The lease was extended for it.
    await fleet.clock.advance(3_000);
    fleet.grant();
    await settle();
    expect(tokensOf(asked)).toEqual(times(3, 'token-2'));
    expect(fleet.requestsOf).toEqual([2, 0, 0]);
  });

  test.each<[string, TokenFailure]>([
    ['a rejection', rejected],
    ['no token', invalid],
    ['too many requests', { ...tooMany, retryAfterMs: 45_000 }],
  ])('about other credentials does not reach us: %s', async (_what, failure) => {
    const fleet = new Fleet(2).replies((exchange, { credentials }) =>
      credentials.version === 'v1' ? exchange.fail(failure) : exchange.grant('of-v2'),
    );
    const [a, b] = [fleet.at(0), fleet.at(1)];
    b.credentials.version = 'v2';
    const asked = fleet.ask();
    await fleet.clock.advance(LOOK);
    expect(asked[0]?.error).toBeDefined();
    expect(tokensOf(asked)).toEqual([undefined, 'of-v2']);
    expect(fleet.requestsOf).toEqual([1, 1]);
    // The token of the others is no consolation.
    expect(ask(a.service).error?.code).toBe(asked[0]?.error?.code);
    expect(b.held).toBe('of-v2');
  });

  test('about the bank itself reaches all, whatever their credentials', async () => {
    const fleet = new Fleet(2).fails({ ...unavailable, retryAfterMs: 45_000 });
    fleet.at(1).credentials.version = 'v2';
    const asked = fleet.ask();
    await settle();
    expect(asked.map(({ error }) => error?.retryAfterMs)).toEqual([45_000, 45_000]);
    expect(fleet.requests).toBe(1);
  });

  test('about old credentials ends for a replica that reads the new ones, which finds their token', async () => {
    const fleet = new Fleet(2).replies((exchange, { credentials }) =>
      credentials.version === 'v1' ? exchange.fail(rejected) : exchange.grant('of-v2'),
    );
    const [a, b] = [fleet.at(0), fleet.at(1)];
    a.credentials.mayChange = true;
    b.credentials.version = 'v2';
    fleet.ask();
    await fleet.clock.advance(1_000);
    a.credentials.version = 'v2';
    await fleet.clock.advance(1_000);
    const asked = ask(a.service);
    await settle();
    expect(asked.token?.value).toBe('of-v2');
    expect(fleet.requestsOf).toEqual([1, 1]);
  });

  test('ends for all as soon as one has a token', async () => {
    const fleet = new Fleet(3).fails(rejected);
    fleet.ask();
    await fleet.clock.advance(LOOK);
    expect(fleet.held).toEqual(times(3, 'cooling-down'));
    await fleet.clock.advance(5_000);
    fleet.issues();
    ask(fleet.at(2).service, 'refresh');
    await settle();
    expect(fleet.held).toEqual(times(3, 'token-3'));
    expect(fleet.at(0).service.status).toMatchObject({ state: 'fresh', failures: 0 });
    expect(ask(fleet.join().service).error).toBeUndefined();
    await settle();
    expect(fleet.held).toEqual(times(4, 'token-3'));
  });

  test('to an explicit renewal reaches the replicas that had joined it', async () => {
    const fleet = new Fleet(8);
    const asked = fleet.ask('refresh');
    await settle();
    fleet.fails(rejected);
    fleet.last.fail(rejected);
    await fleet.clock.advance(LOOK);
    expect(errorsOf(asked)).toEqual(times(8, 'BANK_AUTH_CREDENTIALS_REJECTED'));
    expect(fleet.requests).toBe(2);
  });

  test('does not stop an explicit renewal later, but a Retry-After does', async () => {
    const fleet = new Fleet(2).fails(rejected);
    fleet.ask();
    await fleet.clock.advance(1_000);
    expect(fleet.requestsOf).toEqual([1, 1]);
    ask(fleet.at(1).service, 'refresh');
    await settle();
    expect(fleet.requestsOf).toEqual([1, 2]);

    const asked = new Fleet(2).fails({ ...tooMany, retryAfterMs: 45_000 });
    ask(asked.at(0).service);
    await asked.clock.advance(1_000);
    const refused = ask(asked.at(1).service, 'refresh');
    await settle();
    expect(refused.error).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE', retryAfterMs: 44_000 });
    expect(asked.requestsOf).toEqual([1, 0]);
  });

  test('is logged once by each replica', async () => {
    const fleet = new Fleet(3).fails(rejected);
    for (let ms = 0; ms < 5_000; ms += 500) {
      fleet.ask();
      await fleet.clock.advance(500);
    }
    for (const { logger } of fleet.replicas) {
      expect(logger.lines).toEqual([
        expect.stringMatching(
          /^error \[BANK_AUTH_CREDENTIALS_REJECTED\] a-bank: the bank refused the credentials/,
        ),
      ]);
    }
  });
});

describe('a slow bank', () => {
  /** How often it is asked in two minutes by replicas whose callers never rest, by each of them. */
  async function asked(count: number, answer: (fleet: Fleet, exchange: Exchange) => void): Promise<number[]> {
    const fleet = new Fleet(count, { random: seeded(7) });
    fleet.replies((exchange) => answer(fleet, exchange));
    for (let ms = 0; ms < 120_000; ms += 500) {
      fleet.ask();
      await fleet.clock.advance(500);
    }
    return fleet.requestsOf;
  }

  test('gets one request before it fails, and the others hear of it after losing patience once', async () => {
    const slowly = (fleet: Fleet, exchange: Exchange) =>
      fleet.clock.timer(4_000).subscribe(() => {
        if (exchange.state === 'open') exchange.fail(unavailable);
      });
    const [one = 0] = await asked(1, slowly);
    const [first = 0, ...others] = await asked(8, slowly);
    expect(Math.abs(first - one)).toBeLessThanOrEqual(2);
    expect(Math.max(...others)).toBeLessThanOrEqual(2);
  });

  test('without an answer gets one request a deadline from each replica at most, besides its turn', async () => {
    const never = () => undefined;
    const [one = 0] = await asked(1, never);
    expect(one).toBeLessThanOrEqual(120 / 5);
    const all = (await asked(8, never)).reduce((sum, count) => sum + count);
    expect(all).toBeLessThanOrEqual(120 / 5 + 1 + 8 * (120 / 15));
  });
});

describe('trouble of one replica', () => {
  test('makes it give way to one that can reach the bank, whose token it takes over', async () => {
    const fleet = new Fleet(2).replies((exchange, replica) =>
      replica === fleet.at(0) ? exchange.fail(unreachable) : exchange.grant(`token-${fleet.requests}`),
    );
    fleet.at(0).randoms = [1];
    const asked = fleet.ask();
    await settle();
    expect(tokensOf(asked)).toEqual([undefined, 'token-2']);
    await fleet.clock.advance(1_000);
    expect(tokensOf(asked)).toEqual(['token-2', 'token-2']);
    expect(fleet.requestsOf).toEqual([1, 1]);
    expect(await fleet.isLeased()).toBe(false);
  });

  test('makes it give way after a time-out, too', async () => {
    const fleet = new Fleet(3).replies((exchange, replica) => {
      if (replica !== fleet.at(0)) exchange.grant(`token-${fleet.requests}`);
    });
    fleet.at(0).randoms = [1];
    const asked = fleet.ask();
    await fleet.clock.advance(5_000);
    expect(tokensOf(asked)).toEqual([undefined, 'token-2', 'token-2']);
    await fleet.clock.advance(1_000);
    expect(tokensOf(asked)).toEqual(times(3, 'token-2'));
    expect(fleet.requestsOf).toEqual([1, 1, 0]);
  });

  test('makes it give way also to replicas without news, which look rarely', async () => {
    // The first replica never reaches the bank, and pauses for 62 and 125 ms between its attempts of 5 s.
    const fleet = new Fleet(1, { random: () => 0.25 }).replies((exchange, replica) => {
      if (replica !== fleet.at(0)) exchange.grant(`token-${fleet.requests}`);
    });
    fleet.ask();
    const healthy = fleet.join();
    for (const { link } of fleet.replicas) link.hears = () => false;
    await fleet.clock.advance(200);
    const asked = ask(healthy.service);
    await fleet.clock.advance(15_000);
    expect(asked.error).toBeUndefined();
    expect(asked.token).toBeDefined();
  });

  test('makes it give way for the whole of a longer pause, too', async () => {
    const retry = { attempts: 10, attemptTimeout: 5_000, deadline: 60_000 };
    // Pauses of the first replica double from 250 ms on.
    const fleet = new Fleet(1, { retry, random: () => 1 }).fails(unreachable);
    const sick = ask(fleet.at(0).service);
    await fleet.clock.advance(4_000);
    const healthy = fleet.join();
    healthy.bank.issues();
    const asked = ask(healthy.service);
    await settle();
    expect(asked.token?.value).toBe('token-1');
    await fleet.clock.advance(5_000);
    expect(sick.token?.value).toBe('token-1');
  });

  test('stays its own: others ask for themselves', async () => {
    const fleet = new Fleet(2).replies((exchange, replica) =>
      replica === fleet.at(0) ? exchange.fail(unreachable) : exchange.grant(`token-${fleet.requests}`),
    );
    const failed = ask(fleet.at(0).service);
    await fleet.clock.advance(2_000);
    expect(failed.error?.code).toBe('BANK_AUTH_UNAVAILABLE');
    expect(fleet.requestsOf).toEqual([3, 0]);
    const asked = ask(fleet.at(1).service);
    await settle();
    expect(asked.token?.value).toBe('token-4');
    // It cools down no longer: there is a token.
    expect(fleet.held).toEqual(['token-4', 'token-4']);
    expect(fleet.at(0).logger.lines).toEqual([
      expect.stringMatching(/^warn \[BANK_AUTH_UNAVAILABLE\] a-bank: no token from/),
      'log [BANK_AUTH_TOKEN_RECOVERED] a-bank: tokens are issued again, after 800 ms and 1 failure.',
    ]);
  });

  test('stays its own also where its credentials are unreadable', async () => {
    const fleet = new Fleet(2).issues();
    fleet.at(0).credentials.unreadable = new Error('/run/secret: ENOENT');
    const asked = fleet.ask();
    await settle();
    expect(errorsOf(asked)).toEqual(['BANK_AUTH_CONFIG', undefined]);
    expect(fleet.requestsOf).toEqual([0, 1]);
  });
});

describe('a token that is dropped on one replica', () => {
  async function warm(count: number): Promise<Fleet> {
    const fleet = new Fleet(count).issues();
    fleet.ask();
    await fleet.clock.advance(1_000);
    return fleet;
  }
  const heldBy = (fleet: Fleet, index: number) => ask(fleet.at(index).service).token as AccessToken;

  test.each<[string, (fleet: Fleet) => void]>([
    ['invalidated', (fleet) => fleet.at(1).service.invalidate('token-1')],
    ['refused', (fleet) => fleet.at(1).service.forCall().refused(heldBy(fleet, 1))],
  ])('because it is %s is dropped on all, and replaced once', async (_why, drop) => {
    const fleet = await warm(4);
    drop(fleet);
    await settle();
    expect(fleet.held).toEqual(times(4, 'absent'));
    const asked = fleet.ask();
    await settle();
    expect(tokensOf(asked)).toEqual(times(4, 'token-2'));
    expect(fleet.requests).toBe(2);
  });

  test('on all of them at once is replaced once', async () => {
    const fleet = await warm(4);
    for (let n = 0; n < 4; n += 1) fleet.at(n).service.forCall().refused(heldBy(fleet, n));
    const asked = fleet.ask();
    await settle();
    expect(tokensOf(asked)).toEqual(times(4, 'token-2'));
    expect(fleet.requests).toBe(2);
  });

  test('is no newer one: that one stays on all replicas and in the store', async () => {
    const fleet = await warm(3);
    const old = heldBy(fleet, 0);
    fleet.at(2).link.hears = () => false;
    ask(fleet.at(1).service, 'refresh');
    await settle();
    expect(fleet.held).toEqual(['token-2', 'token-2', 'token-1']);
    fleet.at(2).service.forCall().refused(old);
    fleet.at(0).service.forCall().refused(old);
    fleet.at(0).service.invalidate(old);
    await settle();
    expect(fleet.held).toEqual(['token-2', 'token-2', 'absent']);
    expect((await fleet.store.read(fleet.key))?.token.value).toBe('token-2');
    const asked = ask(fleet.at(2).service);
    await settle();
    expect(asked.token?.value).toBe('token-2');
    expect(fleet.requests).toBe(2);
  });

  test('is not adopted again by one that missed the news, nor offered to others', async () => {
    const fleet = await warm(2);
    fleet.at(1).link.hears = () => false;
    fleet.at(0).service.forCall().refused(heldBy(fleet, 0));
    await settle();
    expect(fleet.held).toEqual(['absent', 'token-1']);
    const asked = ask(fleet.at(0).service);
    await settle();
    expect(asked.token?.value).toBe('token-2');
    fleet.at(1).link.mend();
    // Its own 401 comes: the newer token is there already.
    expect(fleet.at(1).service.forCall().refused(heldBy(fleet, 1))).toBe(true);
    const late = ask(fleet.at(1).service);
    await settle();
    expect(late.token?.value).toBe('token-2');
    expect(fleet.requests).toBe(2);
  });

  test('because it is refused counts as refused on all: the next one is a replacement', async () => {
    const fleet = await warm(2);
    fleet.at(0).service.forCall().refused(heldBy(fleet, 0));
    fleet.ask();
    await settle();
    // It never worked, here or there: the trouble is not the token.
    expect(fleet.at(1).service.forCall().refused(heldBy(fleet, 1))).toBe(false);
    expect(fleet.at(0).service.forCall().refused(heldBy(fleet, 0))).toBe(false);
    await settle();
    expect(fleet.held).toEqual(['token-2', 'token-2']);
  });

  test('where a replacement had worked is dropped also by those that have not used it', async () => {
    const fleet = await warm(2);
    fleet.at(0).service.forCall().refused(heldBy(fleet, 0));
    fleet.ask();
    await fleet.clock.advance(1_000);
    fleet.at(0).service.forCall().accepted(heldBy(fleet, 0), true);
    await fleet.clock.advance(1_000_000);
    // The bank ends that one as well.
    fleet.hangs();
    expect(fleet.at(0).service.forCall().refused(heldBy(fleet, 0))).toBe(true);
    await settle();
    expect(fleet.held).toEqual(['absent', 'absent']);
    const asked = fleet.ask();
    await settle();
    fleet.grant();
    await settle();
    expect(tokensOf(asked)).toEqual(['token-3', 'token-3']);
  });
});

describe('a bank that refuses every token on every call', () => {
  const MINUTES = 10;

  /** How many tokens replicas buy in this time, if each makes a call every few seconds, at random, as the adapter does. */
  async function bought(count: number, warm: boolean): Promise<number> {
    const fleet = new Fleet(count, { random: seeded(7) }).issues();
    if (warm) fleet.ask();
    await fleet.clock.advance(1_000);
    const traffic = seeded(5);
    const call = async ({ service }: Replica): Promise<void> => {
      const first = await firstValueFrom(service.getToken());
      if (!service.forCall().refused(first)) return;
      service.forCall().refused(await firstValueFrom(service.getToken()));
    };
    for (let ms = 0; ms < MINUTES * 60_000; ms += 500) {
      for (const replica of fleet.replicas) if (traffic() < 0.1) void call(replica);
      await fleet.clock.advance(500);
    }
    return fleet.requests;
  }

  test('sells one process one token at once, one more, and then one a minute', async () => {
    const tokens = await bought(1, true);
    expect(tokens).toBeGreaterThan(MINUTES / 2);
    expect(tokens).toBeLessThanOrEqual(MINUTES + 1);
  });

  test('sells many processes no more than one', async () => {
    // Two calls under way at once may each replace the token of the other, once.
    expect(await bought(8, true)).toBeLessThanOrEqual(MINUTES + 2);
  });

  test('sells one more to each process that has not heard of it', async () => {
    expect(await bought(8, false)).toBeLessThanOrEqual(MINUTES + 2 + 8);
  });
});

describe('a replica whose calls are all refused, as for its address,', () => {
  /** Calls of every replica each second; the first one's are all answered 401, as the adapter tells. */
  async function live(fleet: Fleet, seconds: number): Promise<Set<string>> {
    const braked = new Set<string>();
    for (let second = 0; second < seconds; second += 1) {
      for (const [index, { service }] of fleet.replicas.entries()) {
        const { token } = ask(service);
        if (token === undefined) braked.add(`${index} waited`);
        else if (index > 0) service.forCall().accepted(token, false);
        else service.forCall().refused(token);
      }
      await fleet.clock.advance(1_000);
    }
    return braked;
  }

  test('costs the others one token, and no more', async () => {
    const fleet = new Fleet(4).issues();
    fleet.ask();
    await fleet.clock.advance(1_000);
    await live(fleet, 5);
    expect(fleet.requests).toBe(2);
    const dropped: string[] = [];
    for (const { link } of fleet.replicas)
      link.changes(fleet.key).subscribe(({ type }) => type === 'removed' && dropped.push(type));
    // Nobody else waits for a token from here on.
    expect([...(await live(fleet, 1_000))].filter((one) => !one.startsWith('0'))).toEqual([]);
    expect(dropped).toEqual([]);
    expect(fleet.requests).toBeLessThanOrEqual(2 + 1_000 / 60);
  });

  test('does not keep the others from dropping a token that the bank has ended', async () => {
    const fleet = new Fleet(4).issues();
    fleet.ask();
    await fleet.clock.advance(1_000);
    await live(fleet, 300);
    const before = fleet.requests;
    const { service } = fleet.at(2);
    const { token } = ask(service);
    expect(service.forCall().refused(token as AccessToken)).toBe(true);
    await settle();
    expect(fleet.held).toEqual(times(4, 'absent'));
    fleet.ask();
    await settle();
    expect(fleet.held).toEqual(times(4, `token-${before + 1}`));
  });
});

describe('a late write of a replica', () => {
  test('that has lost the lease does not replace the newer token', async () => {
    const fleet = new Fleet(3).issues();
    const [a, b, c] = [fleet.at(0), fleet.at(1), fleet.at(2)];
    a.link.freeze('write', 'release', 'check');
    const asked = [ask(a.service), ask(b.service)];
    await fleet.clock.advance(6_001);
    expect(tokensOf(asked)).toEqual(['token-1', 'token-2']);
    a.link.mend();
    await settle();
    expect((await fleet.store.read(fleet.key))?.token.value).toBe('token-2');
    const late = ask(c.service);
    await fleet.clock.advance(2_500);
    expect(late.token?.value).toBe('token-2');
    expect(fleet.held).toEqual(times(3, 'token-2'));
    expect(fleet.requests).toBe(2);
  });

  test('that has lost the lease releases the lease of no other', async () => {
    const fleet = new Fleet(3).issues();
    const [a, b, c] = [fleet.at(0), fleet.at(1), fleet.at(2)];
    a.link.freeze('write', 'release', 'check');
    ask(a.service);
    await settle();
    fleet.hangs();
    ask(b.service);
    await fleet.clock.advance(6_001);
    expect(fleet.requestsOf).toEqual([1, 1, 0]);
    a.link.mend();
    ask(c.service, 'refresh');
    await fleet.clock.advance(1_000);
    expect(fleet.requestsOf).toEqual([1, 1, 0]);
    fleet.grant();
    await fleet.clock.advance(1_000);
    expect(fleet.held).toEqual(times(3, 'token-2'));
  });

  test('with a token that was not replaced is accepted', async () => {
    const fleet = new Fleet(2).issues();
    const [a, b] = [fleet.at(0), fleet.at(1)];
    a.link.freeze('write', 'release', 'check');
    ask(a.service);
    await settle();
    const asked = ask(b.service);
    await fleet.clock.advance(900);
    a.link.mend();
    await settle();
    expect(asked.token?.value).toBe('token-1');
    expect(fleet.requests).toBe(1);
    expect(a.logger.lines).toEqual([]);
  });
});

describe('news during a look at the store', () => {
  /** What the replica finds in the store from now on is on its way until the test lets it arrive. */
  function delay(fleet: Fleet): () => Promise<void> {
    const { link } = fleet.at(1);
    const arrived = new Subject<void>();
    link.way = async (operation, go) => {
      const answer = await go();
      if (operation === 'read') await firstValueFrom(arrived);
      return answer;
    };
    return async () => {
      link.mend();
      arrived.next();
      await fleet.clock.advance(1_000);
    };
  }

  async function oneHasAToken(): Promise<Fleet> {
    const fleet = new Fleet(2).issues();
    await fleet.at(0).service.getAccessToken();
    await fleet.clock.advance(10);
    return fleet;
  }

  test('of a newer token are not forgotten: the replica ends with that one', async () => {
    const fleet = await oneHasAToken();
    const arrive = delay(fleet);
    ask(fleet.at(1).service);
    await settle();
    ask(fleet.at(0).service, 'refresh');
    await settle();
    await arrive();
    expect(fleet.held).toEqual(['token-2', 'token-2']);
    expect(fleet.requestsOf).toEqual([2, 0]);
  });

  test.each<[string, (fleet: Fleet) => void]>([
    ['is invalidated', (fleet) => fleet.at(0).service.invalidate('token-1')],
    [
      'is refused',
      (fleet) =>
        fleet
          .at(0)
          .service.forCall()
          .refused(ask(fleet.at(0).service).token as AccessToken),
    ],
  ])('that the found token %s are not forgotten: the replica asks for another', async (_what, drop) => {
    const fleet = await oneHasAToken();
    const arrive = delay(fleet);
    ask(fleet.at(1).service);
    await settle();
    drop(fleet);
    await settle();
    await arrive();
    expect(fleet.held).toEqual(['token-2', 'token-2']);
    expect(fleet.requestsOf).toEqual([1, 1]);
  });

  test('that a token was dropped are not forgotten where the replica looks for that one only', async () => {
    const fleet = new Fleet(2).issues();
    fleet.ask();
    await fleet.clock.advance(1_000);
    const arrive = delay(fleet);
    const asked = ask(fleet.at(0).service, 'refresh');
    await settle();
    fleet
      .at(0)
      .service.forCall()
      .refused(asked.token as AccessToken);
    await settle();
    await arrive();
    expect(fleet.held).toEqual(['absent', 'token-1']);
    expect(fleet.requests).toBe(2);
  });

  test('of several tokens lead to the newest', async () => {
    const fleet = new Fleet(3).issues();
    fleet.ask();
    for (let n = 0; n < 5; n += 1) {
      await fleet.clock.advance(10);
      ask(fleet.at(n % 2).service, 'refresh');
    }
    // News lead to one look a second.
    await fleet.clock.advance(1_000);
    expect(fleet.held).toEqual(times(3, 'token-6'));
  });
});
