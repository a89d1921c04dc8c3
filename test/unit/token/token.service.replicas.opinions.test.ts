import { describe, expect, test } from '@jest/globals';
import type { LeaseAnswer, TokenStore } from '../../../src/store/index.js';
import type { TokenFailure } from '../../../src/token/token-failure.js';
import { invalid, rejected, unavailable } from '../../support/machine.fixtures.js';
import { errorsOf, Fleet, type Replica, times, tokensOf } from '../../support/replicas.harness.js';
import { ask, HOUR, STALE } from '../../support/token-service.harness.js';
import { settle } from '../../support/virtual-clock.js';

/** After this many milliseconds, a replica that the bank refused looks whether another one asks. */
const LOOK = 100;

/** What the bank says of a replica, and for how long that replica then leaves it alone. */
const refusals: [string, TokenFailure, number][] = [
  ['rejects', rejected, 60_000],
  ['answers no token to', invalid, 10_000],
];

/** The bank refuses the first replica, because of its address or its clock, and nobody else. */
function refusesOne(fleet: Fleet, failure: TokenFailure, lifetime = HOUR): Fleet {
  return fleet.replies((exchange, replica) =>
    replica === fleet.at(0) ? exchange.fail(failure) : exchange.grant(`token-${fleet.requests}`, lifetime),
  );
}

/** The bank answers when the test says so, with the first replica refused. */
function answerTo(fleet: Fleet, replica: Replica, failure: TokenFailure): void {
  if (replica === fleet.at(0)) replica.bank.last.fail(failure);
  else replica.bank.last.grant(`token-${fleet.requests}`);
}

/** A store that forgets who met a failure, and whether it was confirmed. */
function forgetful(store: TokenStore): void {
  const lease = store.lease?.bind(store);
  store.lease = async (...asked): Promise<LeaseAnswer> => {
    const answer = (await lease?.(...asked)) as LeaseAnswer;
    if (answer.kind !== 'cooling-down') return answer;
    const { by: _by, confirmed: _confirmed, ...failure } = answer.failure;
    return { ...answer, failure } as never;
  };
}

describe.each(refusals)('a bank that %s one replica', (_what, failure, duration) => {
  test('gets a request of one other, whose token is for all, also for the callers of the refused one', async () => {
    const fleet = new Fleet(40);
    const asked = fleet.ask();
    await fleet.clock.advance(20);
    answerTo(fleet, fleet.at(0), failure);
    await settle();
    expect(fleet.requests).toBe(2);
    await fleet.clock.advance(2_000);
    expect(asked.filter(({ settled }) => settled > 0)).toEqual([]);
    answerTo(fleet, fleet.at(1), failure);
    await settle();
    expect(tokensOf(asked)).toEqual(times(40, 'token-2'));
    expect(fleet.requests).toBe(2);
    expect(fleet.peak).toBe(1);
    expect(fleet.replicas.flatMap(({ logger }) => logger.lines)).toEqual([]);
    expect(await fleet.isLeased()).toBe(false);
  });

  test('does so again when the others come later: they ask at once, and their token serves it', async () => {
    const fleet = refusesOne(new Fleet(3), failure);
    const alone = ask(fleet.at(0).service);
    await fleet.clock.advance(LOOK);
    expect(alone.error?.retryAfterMs).toBe(duration - LOOK);
    await fleet.clock.advance(3_000);
    const asked = fleet.ask();
    await settle();
    expect(asked.slice(1).map(({ token }) => token?.value)).toEqual(times(2, 'token-2'));
    expect(fleet.held).toEqual(times(3, 'token-2'));
    expect(fleet.requests).toBe(2);
  });

  test('and then the second too stops all of them, after two requests of five replicas', async () => {
    const fleet = new Fleet(5).fails(failure);
    const asked = fleet.ask();
    await fleet.clock.advance(LOOK);
    expect(new Set(errorsOf(asked)).size).toBe(1);
    for (let ms = LOOK; ms < duration - 500; ms += 500) {
      fleet.ask();
      await fleet.clock.advance(500);
    }
    expect(fleet.requests).toBe(2);
    expect(new Set(fleet.held)).toEqual(new Set(['cooling-down']));
    // The next two when that is over, and no more for as long as this holds.
    await fleet.clock.advance(1_000);
    for (let ms = 0; ms < duration - 2_000; ms += 500) {
      fleet.ask();
      await fleet.clock.advance(500);
    }
    expect(fleet.requests).toBe(4);
    expect(fleet.peak).toBe(1);
  });

  test('and then another one is told to all as what the other was told, and for as long', async () => {
    const fleet = new Fleet(2).fails(failure);
    const first = ask(fleet.at(0).service);
    await fleet.clock.advance(40);
    const second = ask(fleet.at(1).service);
    await fleet.clock.advance(LOOK - 40);
    expect(second.error?.retryAfterMs).toBe(duration);
    expect(first.error?.retryAfterMs).toBe(duration - (LOOK - 40));
  });

  test('stops that one alone where there is no other, and gets no more requests than before', async () => {
    const fleet = new Fleet(1).fails(failure);
    const asked = fleet.ask();
    await fleet.clock.advance(LOOK);
    expect(asked[0]?.error?.retryAfterMs).toBe(duration - LOOK);
    for (let ms = LOOK; ms < duration - 250; ms += 250) {
      fleet.ask();
      await fleet.clock.advance(250);
    }
    expect(fleet.requests).toBe(1);
    await fleet.clock.advance(250);
    fleet.ask();
    await settle();
    expect(fleet.requests).toBe(2);
  });

  test('serves it with the tokens of the others, renewal for renewal, without a gap', async () => {
    const fleet = refusesOne(new Fleet(4), failure, 100_000);
    fleet.ask();
    await fleet.clock.advance(1_000);
    const failed: string[] = [];
    for (let ms = 0; ms < 1_000_000; ms += 1_000) {
      // The one that is refused calls first, so that it is the one that asks.
      const asked = fleet.ask();
      await fleet.clock.advance(1_000);
      failed.push(...asked.flatMap(({ error }) => error?.message ?? []));
    }
    expect(failed).toEqual([]);
    const [refused = 0, ...others] = fleet.requestsOf;
    const obtained = others.reduce((sum, count) => sum + count);
    // A token lasts until 80 s of its 100 s.
    expect(obtained).toBeLessThanOrEqual(14);
    expect(refused).toBeLessThanOrEqual(obtained);
  });

  test('serves it with the tokens of the others also where news get lost', async () => {
    const fleet = refusesOne(new Fleet(2), failure);
    for (const { link } of fleet.replicas) link.hears = () => false;
    const [bad, good] = [fleet.at(0), fleet.at(1)];
    ask(bad.service);
    await fleet.clock.advance(LOOK);
    await good.service.getAccessToken();
    expect(fleet.held).toEqual(['cooling-down', 'token-2']);
    await fleet.clock.advance(1_000);
    const asked = ask(bad.service);
    await settle();
    expect(asked.token?.value).toBe('token-2');
    // A renewal, too.
    await fleet.clock.advance(STALE);
    ask(bad.service);
    await fleet.clock.advance(LOOK);
    ask(good.service);
    await fleet.clock.advance(1_000);
    expect(fleet.held).toEqual(['stale', 'token-4']);
    ask(bad.service);
    await settle();
    expect(fleet.held).toEqual(['token-4', 'token-4']);
    expect(fleet.requestsOf).toEqual([2, 2]);
  });

  test('gets a request of the next one where the second cannot reach it', async () => {
    const fleet = new Fleet(3).replies((exchange, replica) => {
      if (replica === fleet.at(0)) exchange.fail(failure);
      else if (replica === fleet.at(1)) exchange.fail({ kind: 'unavailable', reason: 'ECONNREFUSED' });
      else exchange.grant('token-of-the-third');
    });
    const asked = fleet.ask();
    await fleet.clock.advance(1_000);
    expect(tokensOf(asked)).toEqual(times(3, 'token-of-the-third'));
    expect(fleet.requestsOf).toEqual([1, 1, 1]);
  });

  test('needs another replica to confirm it: a second refusal of the same one does not', async () => {
    const fleet = refusesOne(new Fleet(2), failure);
    ask(fleet.at(0).service);
    await fleet.clock.advance(2_000);
    ask(fleet.at(0).service, 'refresh');
    await fleet.clock.advance(2_000);
    expect(fleet.requestsOf).toEqual([2, 0]);
    const asked = ask(fleet.at(1).service);
    await settle();
    expect(asked.token?.value).toBe('token-3');
  });

  test('does not keep others from asking with newer credentials, also where it is confirmed', async () => {
    const fleet = new Fleet(3).replies((exchange, replica) =>
      replica === fleet.at(2) ? exchange.grant('token-of-v2') : exchange.fail(failure),
    );
    const { credentials } = fleet.at(2);
    credentials.version = 'v2';
    for (const index of [0, 1]) ask(fleet.at(index).service);
    await fleet.clock.advance(1_000);
    expect(fleet.requestsOf).toEqual([1, 1, 0]);
    const asked = ask(fleet.at(2).service);
    await settle();
    expect(asked.token?.value).toBe('token-of-v2');
  });

  test('is confirmed for each version of the credentials on its own', async () => {
    const fleet = new Fleet(6).fails(failure);
    for (const { credentials } of fleet.replicas.slice(3)) credentials.version = 'v2';
    const asked = fleet.ask();
    await fleet.clock.advance(1_000);
    expect(new Set(errorsOf(asked)).size).toBe(1);
    for (let ms = 1_000; ms < duration; ms += 500) {
      fleet.ask();
      await fleet.clock.advance(500);
    }
    const { requestsOf } = fleet;
    const of = (some: readonly number[]) => some.reduce((sum, count) => sum + count);
    // The store remembers one failure, and those who know of theirs ask no more.
    expect(of(requestsOf)).toBeLessThanOrEqual(6);
    expect(Math.max(...requestsOf)).toBe(1);
  });

  test('is told as it was where the store was emptied meanwhile, and the lease of that look is given back', async () => {
    const fleet = refusesOne(new Fleet(2), failure);
    const alone = ask(fleet.at(0).service);
    await settle();
    fleet.restartStore();
    await fleet.clock.advance(LOOK);
    expect(alone.error?.retryAfterMs).toBe(duration - LOOK);
    expect(fleet.requests).toBe(1);
    expect(await fleet.isLeased()).toBe(false);
  });

  test('serves it with the token that came after its look into the emptied store', async () => {
    const fleet = refusesOne(new Fleet(2), failure);
    const alone = ask(fleet.at(0).service);
    await settle();
    fleet.restartStore();
    const { link } = fleet.at(0);
    const lease = link.lease.bind(link);
    link.lease = async (...asked) => {
      await fleet.at(1).service.getAccessToken();
      return lease(...asked);
    };
    await fleet.clock.advance(LOOK);
    expect(alone.token?.value).toBe('token-2');
    expect(await fleet.isLeased()).toBe(false);
  });

  test('gets one request of each replica in a cool-down where the store forgets the refused ones', async () => {
    const fleet = new Fleet(4).fails(failure);
    for (const { link } of fleet.replicas) forgetful(link);
    for (let ms = 0; ms < duration - 500; ms += 500) {
      fleet.ask();
      await fleet.clock.advance(500);
    }
    expect(fleet.requestsOf).toEqual(times(4, 1));
    expect(fleet.peak).toBe(1);
  });
});

describe('trouble of the bank itself', () => {
  test.each([503, 429])('needs no second opinion: HTTP %d', async (status) => {
    const fleet = new Fleet(40).fails({ ...unavailable, status, retryAfterMs: 45_000 });
    const asked = fleet.ask();
    await settle();
    expect(errorsOf(asked)).toEqual(times(40, 'BANK_AUTH_UNAVAILABLE'));
    expect(fleet.requests).toBe(1);
  });

  test('reaches the refused replica as well, in place of a second opinion', async () => {
    const fleet = new Fleet(2);
    const asked = fleet.ask();
    await settle();
    fleet.at(0).bank.last.fail(rejected);
    await settle();
    fleet.at(1).bank.last.fail({ ...unavailable, retryAfterMs: 45_000 });
    await fleet.clock.advance(LOOK);
    // It says nothing of what the first one met.
    expect(errorsOf(asked)).toEqual(['BANK_AUTH_CREDENTIALS_REJECTED', 'BANK_AUTH_UNAVAILABLE']);
  });
});

test('a store that goes on about a failure that nobody vouches for keeps no replica from asking', async () => {
  const fleet = new Fleet(1).issues();
  const { link, service } = fleet.at(0);
  const failure = {
    kind: 'rejected',
    reason: 'x',
    status: 401,
    credentialsVersion: 'v1',
    by: 'another',
  } as const;
  link.lease = async () => ({ kind: 'cooling-down', forMs: 60_000, failure });
  expect([await service.getAccessToken(), fleet.requests]).toEqual(['token-1', 1]);
});

test('a refusal that another process states for a year holds no longer than one of our own', async () => {
  const fleet = new Fleet(1).issues();
  const { link, service } = fleet.at(0);
  const forMs = 30_000_000_000;
  link.lease = async () => ({
    kind: 'cooling-down',
    forMs,
    failure: {
      kind: 'rejected',
      reason: 'x',
      status: 401,
      credentialsVersion: 'v1',
      by: 'x',
      confirmed: true,
    },
  });
  const asked = ask(service);
  await settle();
  expect(asked.error).toMatchObject({ code: 'BANK_AUTH_CREDENTIALS_REJECTED', retryAfterMs: 60_000 });
});
