import { describe, expect, test } from '@jest/globals';
import { concat, firstValueFrom, of } from 'rxjs';
import type { TokenChange } from '../../../src/store/index.js';
import { unavailable } from '../../support/machine.fixtures.js';
import {
  Fleet,
  type Link,
  type Operation,
  type Replica,
  times,
  tokensOf,
} from '../../support/replicas.harness.js';
import { type Asked, aBank, ask, Follower, STALE } from '../../support/token-service.harness.js';
import { settle } from '../../support/virtual-clock.js';

const BEGINS = expect.stringMatching(/^warn \[BANK_AUTH_STORE_UNAVAILABLE\] The token store is in trouble/);
const ENDS = expect.stringMatching(
  /^log \[BANK_AUTH_STORE_RECOVERED\] The token store is well again after .*; tokens are shared\.$/,
);

const kinds: Record<string, (link: Link, operations: readonly Operation[]) => void> = {
  hangs: (link, operations) => {
    link.way = (operation, go) => (operations.includes(operation) ? new Promise(() => undefined) : go());
  },
  'is frozen for a while': (link, operations) => link.freeze(...operations),
  rejects: (link, operations) => {
    link.way = (operation, go) =>
      operations.includes(operation) ? Promise.reject(new Error('secret of the store')) : go();
  },
  throws: (link, operations) => {
    link.way = (operation, go) => {
      if (operations.includes(operation)) throw new Error('secret of the store');
      return go();
    };
  },
};

const operations: Record<string, readonly Operation[]> = {
  'reading of tokens': ['read'],
  'asking for the lease': ['lease'],
  'extending of leases': ['extend'],
  'writing of tokens': ['write'],
  'giving up of leases': ['release'],
  'dropping of tokens': ['remove'],
  'writing of anything': ['write', 'remove', 'lease', 'extend', 'release'],
  everything: ['read', 'lease', 'extend', 'write', 'release', 'remove'],
};

/** The bank needs a second try for the first token, so that a lease is extended. */
function atASlowStart(count: number): Fleet {
  const fleet = new Fleet(count, { random: () => 0.5 });
  return fleet.replies((exchange) =>
    fleet.requests === 1 ? exchange.fail(unavailable) : exchange.grant(`token-${fleet.requests}`),
  );
}

/** Everybody calls everywhere, twice a second. */
async function traffic(fleet: Fleet, milliseconds: number): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (let ms = 0; ms < milliseconds; ms += 500) {
    asked.push(...fleet.ask());
    await fleet.clock.advance(500);
  }
  return asked;
}

/** All hold one token, and none was asked for later. */
function expectNewestEverywhere(fleet: Fleet): void {
  expect(fleet.held).toEqual(times(fleet.replicas.length, fleet.at(0).held));
  const number = Number(fleet.at(0).held.slice('token-'.length));
  expect(fleet.times[number - 1]).toBe(Math.max(...fleet.times));
}

describe.each(Object.entries(operations))('a store fault with the %s', (_what, broken) => {
  test.each(Object.entries(kinds))(
    'leaves each replica with the newest token, because it %s',
    async (how, breakLink) => {
      const fleet = atASlowStart(4);
      for (const { link } of fleet.replicas) breakLink(link, [...broken, 'check']);
      const asked = await traffic(fleet, 4_000);
      const held = fleet.replicas.filter(({ held }) => held.startsWith('token-'));
      // One of them has its token refused, which is no fault of the store.
      const [first] = held as [Replica];
      const before = fleet.requests;
      first.service.forCall().refused(ask(first.service).token as never);
      asked.push(...(await traffic(fleet, 16_000)));
      expect(asked.flatMap(({ error }) => error?.message ?? [])).toEqual([]);
      // The first token took two requests; then each has asked at most once more, and once for the refusal.
      expect(before).toBeLessThanOrEqual(2 + 4);
      expect(fleet.requests).toBeLessThanOrEqual(2 + 4 + 4);
      expect(fleet.held.filter((token) => !token.startsWith('token-'))).toEqual([]);
      for (const { logger } of fleet.replicas) {
        expect(logger.lines.filter((line) => line.includes('token store')).slice(1)).toEqual([]);
        expect(logger.lines.join()).not.toContain('secret');
      }

      for (const { link } of fleet.replicas) link.mend();
      // A second for the check that hangs, one until the next, half of one to compare tokens, one until the next look.
      await fleet.clock.advance(how === 'hangs' ? 3_500 : 3_000);
      // What was under way all the time makes a token look younger than it is; who took it over keeps it until it is to be
      // renewed, because no token that looks older is taken over.
      if (how === 'is frozen for a while') expect(new Set(fleet.held).size).toBeLessThanOrEqual(2);
      else expectNewestEverywhere(fleet);
      for (const { logger } of fleet.replicas) {
        const lines = logger.lines.filter((line) => line.includes('token store'));
        expect(lines).toEqual(lines.length === 0 ? [] : [BEGINS, ENDS]);
      }
      // From here on it is as if nothing had been.
      const after = fleet.requests;
      await fleet.clock.advance(STALE);
      await traffic(fleet, 2_000);
      expect(fleet.requests).toBe(after + 1);
      expectNewestEverywhere(fleet);
      expect(await fleet.isLeased()).toBe(false);
    },
  );
});

describe('a broken store', () => {
  test.each(Object.entries(kinds))(
    'costs each replica at most a request where one asks and the others wait, because it %s',
    async (_how, breakLink) => {
      const fleet = new Fleet(4);
      const asked: Asked[] = [];
      for (const { service } of fleet.replicas) {
        asked.push(ask(service));
        await fleet.clock.advance(10);
      }
      await fleet.clock.advance(700);
      for (const { link } of fleet.replicas) breakLink(link, [...operationsOfAll, 'check']);
      fleet.issues();
      await fleet.clock.advance(1_500);
      expect(tokensOf(asked)).toEqual([undefined, 'token-2', 'token-3', 'token-4']);
      fleet.exchanges[0]?.exchange.grant('token-1');
      await settle();
      expect(asked[0]?.token?.value).toBe('token-1');
      for (const { link } of fleet.replicas) link.mend();
      await fleet.clock.advance(2_500);
      expect(new Set(fleet.held).size).toBe(1);
      expect(fleet.held[0]).not.toBe('token-1');
      expect(fleet.requests).toBe(4);
    },
  );

  test('does not matter to replicas with a token', async () => {
    const fleet = new Fleet(3).issues();
    fleet.ask();
    await settle();
    for (const { link } of fleet.replicas) {
      link.freeze();
      link.calls.length = 0;
    }
    const asked = await traffic(fleet, 10_000);
    expect(new Set(tokensOf(asked))).toEqual(new Set(['token-1']));
    expect(fleet.replicas.flatMap(({ link }) => link.calls)).toEqual([]);
    expect(fleet.replicas.flatMap(({ logger }) => logger.lines)).toEqual([]);
  });

  test('for one replica only makes it ask for itself, and shares its token when it is back', async () => {
    const fleet = new Fleet(3).issues();
    const lonely = fleet.at(0);
    lonely.link.freeze();
    fleet.ask();
    await fleet.clock.advance(1_000);
    expect(fleet.requestsOf).toEqual([1, 1, 0]);
    await fleet.clock.advance(1_000);
    ask(lonely.service, 'refresh');
    await settle();
    expect(fleet.held).toEqual(['token-3', 'token-1', 'token-1']);
    lonely.link.mend();
    await fleet.clock.advance(2_000);
    expect(fleet.held).toEqual(times(3, 'token-3'));
  });

  test('lets one replica ask for itself, whose late token gives way to the newer one that it has heard of', async () => {
    const fleet = new Fleet(2);
    const [late, other] = [fleet.at(0), fleet.at(1)];
    kinds.rejects?.(late.link, ['read', 'lease']);
    ask(late.service);
    await fleet.clock.advance(500);
    late.link.way = (_operation, go) => go();
    await fleet.clock.advance(1_500);
    fleet.issues();
    ask(other.service);
    await fleet.clock.advance(2_000);
    expect(fleet.requestsOf).toEqual([1, 1]);
    fleet.exchanges[0]?.exchange.grant('token-1');
    await settle();
    expect(fleet.held).toEqual(['token-2', 'token-2']);
  });

  test('leaves tokens of the same millisecond behind, of which all keep the same one', async () => {
    const fleet = new Fleet(4).issues();
    for (const { link } of fleet.replicas) kinds.rejects?.(link, [...operationsOfAll, 'check']);
    fleet.ask();
    await settle();
    expect(fleet.held).toEqual(['token-1', 'token-2', 'token-3', 'token-4']);
    for (const { link } of fleet.replicas) link.mend();
    await fleet.clock.advance(2_000);
    expect(new Set(fleet.held).size).toBe(1);
    expect((await fleet.store.read(fleet.key))?.token.value).toBe(fleet.held[0]);
  });
});

const operationsOfAll = operations.everything as readonly Operation[];

describe('a slow store', () => {
  test('does not let two replicas ask at once: no work under a lease outlasts it', async () => {
    const fleet = new Fleet(2).replies((exchange) => {
      const number = fleet.requests;
      fleet.clock.timer(number === 1 ? 4_900 : 500).subscribe(() => {
        if (exchange.state === 'open') exchange.grant(`token-${number}`);
      });
    });
    fleet.at(0).link.way = async (_operation, go) => {
      const answer = await go();
      await firstValueFrom(fleet.clock.timer(900));
      return answer;
    };
    const asked = [ask(fleet.at(0).service)];
    await fleet.clock.advance(1_000);
    asked.push(ask(fleet.at(1).service));
    await fleet.clock.advance(15_000);
    expect(fleet.peak).toBe(1);
    expect(tokensOf(asked)).toEqual(times(2, fleet.at(0).held));
  });

  test('informs a replica that was overtaken, which takes the newer token', async () => {
    const fleet = new Fleet(2);
    const [slow, quick] = [fleet.at(0), fleet.at(1)];
    slow.link.hears = () => false;
    slow.link.way = async (operation, go) => {
      if (operation === 'write') await firstValueFrom(fleet.clock.timer(900));
      const answer = await go();
      if (operation !== 'write') await firstValueFrom(fleet.clock.timer(900));
      return answer;
    };
    ask(slow.service);
    await fleet.clock.advance(1_000);
    ask(quick.service);
    // The lease was asked for after 900 ms: it has expired by the time the token is written.
    await fleet.clock.advance(5_800);
    fleet.grant();
    fleet.issues();
    await fleet.clock.advance(500);
    expect(fleet.held).toEqual(['token-1', 'token-2']);
    await fleet.clock.advance(2_000);
    expect(fleet.held).toEqual(['token-2', 'token-2']);
  });
});

describe('a store that restarts empty', () => {
  test('gets the token again, so that a new replica sends no request', async () => {
    const fleet = new Fleet(3, { random: () => 0.5 }).issues();
    fleet.ask();
    await fleet.clock.advance(60_000);
    fleet.restartStore();
    await fleet.clock.advance(500);
    const joined = fleet.join();
    const asked = ask(joined.service);
    await settle();
    expect(asked.token?.value).toBe('token-1');
    expect(joined.service.status.expiresAt).toBe(fleet.at(0).service.status.expiresAt);
    expect(fleet.requests).toBe(1);
  });

  test('while it was out of reach gets it too', async () => {
    const fleet = new Fleet(3, { random: () => 0.9 }).issues();
    const follower = new Follower(fleet.at(2).service);
    fleet.ask();
    await fleet.clock.advance(60_000);
    for (const { link } of fleet.replicas) kinds.rejects?.(link, [...operationsOfAll, 'check']);
    fleet.at(0).service.invalidate('token-1');
    await fleet.clock.advance(1_000);
    ask(fleet.at(0).service);
    await fleet.clock.advance(1_000);
    expect(fleet.held).toEqual(['token-2', 'token-1', 'token-1']);
    fleet.restartStore();
    for (const { link } of fleet.replicas) link.mend();
    await fleet.clock.advance(2_000);
    expect(fleet.held).toEqual(times(3, 'token-2'));
    const asked = ask(fleet.join().service);
    await settle();
    expect(asked.token?.value).toBe('token-2');
    expect(fleet.requests).toBe(2);
    expect(follower.values).toEqual(['token-1', 'token-2']);
    follower.leave();
  });

  test('gets the newest of several tokens, whatever the order', async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const fleet = new Fleet(3).issues();
      for (const { link } of fleet.replicas) kinds.rejects?.(link, [...operationsOfAll, 'check']);
      for (const { service } of fleet.replicas) {
        ask(service);
        await fleet.clock.advance(50);
      }
      expect(fleet.held).toEqual(['token-1', 'token-2', 'token-3']);
      for (const [place, index] of order.entries()) fleet.at(index).randoms = [place / 4];
      fleet.restartStore();
      for (const { link } of fleet.replicas) link.mend();
      await fleet.clock.advance(3_000);
      expect(fleet.held).toEqual(times(3, 'token-3'));
      expect(fleet.requests).toBe(3);
    }
  });

  test('gets no token that is due for renewal or was dropped', async () => {
    const fleet = new Fleet(2).issues();
    fleet.ask();
    await fleet.clock.advance(STALE);
    fleet.restartStore();
    await fleet.clock.advance(500);
    expect(await fleet.store.read(fleet.key)).toBeUndefined();

    const other = new Fleet(1).issues();
    other.ask();
    await settle();
    other.at(0).service.invalidate('token-1');
    other.restartStore();
    await other.clock.advance(500);
    expect(await other.store.read(other.key)).toBeUndefined();
  });
});

describe('an invalid answer of a store', () => {
  const failure = { kind: 'unavailable', reason: 'HTTP 503', status: 503 };
  const extend = async () => true;
  const release = async () => undefined;

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'acquired'],
    ['an empty object', {}],
    ['a kind that there is not', { kind: 'granted', lease: { extend, release } }],
    ['a lease that is none', { kind: 'acquired' }],
    ['a lease that is null', { kind: 'acquired', lease: null }],
    ['a lease that cannot be given up', { kind: 'acquired', lease: { extend } }],
    ['a lease that cannot be extended', { kind: 'acquired', lease: { release } }],
    ['that others have it for no time', { kind: 'held' }],
    ['that others have it for a string', { kind: 'held', forMs: '1000' }],
    ['that others have it for less than nothing', { kind: 'held', forMs: -1 }],
    ['that others have it for ever', { kind: 'held', forMs: Number.POSITIVE_INFINITY }],
    ['that others have it for what is no number', { kind: 'held', forMs: Number.NaN }],
    ['a failure that is none', { kind: 'cooling-down', forMs: 5_000 }],
    ['a failure that is null', { kind: 'cooling-down', forMs: 5_000, failure: null }],
    ['a failure of no time', { kind: 'cooling-down', failure }],
    ['a failure for ever', { kind: 'cooling-down', failure, forMs: Number.POSITIVE_INFINITY }],
    [
      'a failure of no kind',
      { kind: 'cooling-down', forMs: 5_000, failure: { ...failure, kind: undefined } },
    ],
    [
      'a failure of another kind',
      { kind: 'cooling-down', forMs: 5_000, failure: { ...failure, kind: 'credentials-unreadable' } },
    ],
    [
      'a failure for no reason',
      { kind: 'cooling-down', forMs: 5_000, failure: { ...failure, reason: undefined } },
    ],
    [
      'a failure with a string for a status',
      { kind: 'cooling-down', forMs: 5_000, failure: { ...failure, status: '503' } },
    ],
    [
      'a failure with a string for a Retry-After',
      { kind: 'cooling-down', forMs: 5_000, failure: { ...failure, retryAfterMs: '1000' } },
    ],
    [
      'a failure of a numbered version',
      { kind: 'cooling-down', forMs: 5_000, failure: { ...failure, credentialsVersion: 1 } },
    ],
  ])('to a lease costs one request and nothing else: %s', async (_what, answer) => {
    const fleet = new Fleet(2).issues();
    for (const { link } of fleet.replicas) link.lease = async () => answer as never;
    const asked = fleet.ask();
    await settle();
    for (const { token } of asked) expect(token).toBeDefined();
    expect(fleet.requestsOf).toEqual([1, 1]);
    expect(fleet.replicas.flatMap(({ logger }) => logger.lines)).toEqual([]);
  });

  test.each([undefined, null, 'true', 1, {}])(
    'to an extension does not lose the lease: %j',
    async (answer) => {
      const fleet = atASlowStart(2);
      for (const { link } of fleet.replicas) {
        link.way = async (operation, go) => (operation === 'extend' ? (answer as never) : go());
      }
      const asked = fleet.ask();
      await fleet.clock.advance(1_000);
      expect(tokensOf(asked)).toEqual(['token-2', 'token-2']);
      expect(fleet.requestsOf).toEqual([2, 0]);
    },
  );

  test('that others hold the lease for no time causes no immediate retry', async () => {
    const fleet = new Fleet(1).issues();
    const { link, service } = fleet.at(0);
    link.lease = async () => ({ kind: 'held', forMs: 0 });
    ask(service);
    await fleet.clock.advance(1_000);
    expect(link.calls.length).toBeLessThanOrEqual(25);
  });

  test('as news is ignored', async () => {
    const fleet = new Fleet(2).issues();
    const { link } = fleet.at(1);
    const changes = link.changes.bind(link);
    const news = [
      {},
      { type: 'something' },
      { type: 'written' },
      { type: 'removed' },
      { type: 'removed', fingerprint: 7 },
      'written',
      7,
      undefined,
      null,
    ] as TokenChange[];
    link.changes = (key) => concat(of(...news), changes(key));
    const asked = fleet.ask();
    await settle();
    expect(tokensOf(asked)).toEqual(['token-1', 'token-1']);
    fleet.at(0).service.invalidate('token-1');
    await fleet.clock.advance(2_000);
    expect(fleet.held).toEqual(['absent', 'absent']);
  });
});

describe('the end of a replica releases its lease', () => {
  /** Operations of this kind are done, but the answer is not there before the test says so. */
  function holdAnswers(link: Link, held: Operation, after = 0): () => void {
    const answers: (() => void)[] = [];
    let seen = 0;
    link.way = async (operation, go) => {
      const answer = await go();
      if (operation === held) {
        seen += 1;
        if (seen > after) await new Promise<void>((resolve) => answers.push(resolve));
      }
      return answer;
    };
    return () => {
      for (const answer of answers.splice(0)) answer();
    };
  }

  const nothing = () => undefined;

  test.each<[string, (fleet: Fleet) => Promise<() => void>]>([
    [
      'while it looks into the store',
      async (fleet) => {
        const answer = holdAnswers(fleet.at(0).link, 'read');
        ask(fleet.at(0).service);
        await settle();
        return answer;
      },
    ],
    [
      'while it asks for the lease',
      async (fleet) => {
        const answer = holdAnswers(fleet.at(0).link, 'lease');
        ask(fleet.at(0).service);
        await settle();
        return answer;
      },
    ],
    [
      'while it looks again',
      async (fleet) => {
        const answer = holdAnswers(fleet.at(0).link, 'read', 1);
        ask(fleet.at(0).service);
        await settle();
        return answer;
      },
    ],
    [
      'while it asks the bank',
      async (fleet) => {
        ask(fleet.at(0).service);
        await settle();
        expect(fleet.requests).toBe(1);
        return nothing;
      },
    ],
    [
      'while it pauses before another try',
      async (fleet) => {
        fleet.fails({ ...unavailable, retryAfterMs: 800 });
        ask(fleet.at(0).service);
        await fleet.clock.advance(400);
        return nothing;
      },
    ],
    [
      'while it extends the lease',
      async (fleet) => {
        fleet.fails({ ...unavailable, retryAfterMs: 800 });
        const answer = holdAnswers(fleet.at(0).link, 'extend');
        ask(fleet.at(0).service);
        await fleet.clock.advance(900);
        return answer;
      },
    ],
    [
      'while it asks the bank once more',
      async (fleet) => {
        fleet.replies((exchange) => fleet.requests === 1 && exchange.fail(unavailable));
        ask(fleet.at(0).service);
        await fleet.clock.advance(900);
        expect(fleet.requests).toBe(2);
        return nothing;
      },
    ],
    [
      'while it writes the token',
      async (fleet) => {
        const answer = holdAnswers(fleet.at(0).link, 'write');
        fleet.issues();
        ask(fleet.at(0).service);
        await settle();
        return answer;
      },
    ],
    [
      'while it renews a token that is stale',
      async (fleet) => {
        fleet.issues();
        ask(fleet.at(0).service);
        await fleet.clock.advance(STALE);
        fleet.hangs();
        ask(fleet.at(0).service);
        await settle();
        expect(fleet.requests).toBe(2);
        return nothing;
      },
    ],
  ])('%s', async (_phase, begin) => {
    const fleet = new Fleet(2, { random: () => 0.5 });
    const answer = await begin(fleet);
    const { service, store, link } = fleet.at(0);
    fleet.issues();
    service.close();
    const closed = store?.close();
    answer();
    await closed;
    expect(fleet.clock.timers).toBe(0);
    link.calls.length = 0;
    // The other one has not to wait for anything.
    const asked = ask(fleet.at(1).service);
    await settle();
    expect(asked.token?.value).toBe(`token-${fleet.requests}`);
    expect(await fleet.isLeased()).toBe(false);
    await fleet.clock.advance(10_000);
    expect(link.calls).toEqual([]);
  });

  test('but not that of another replica', async () => {
    const fleet = new Fleet(3);
    fleet.ask();
    await settle();
    const { service, store } = fleet.at(1);
    service.close();
    await store?.close();
    await fleet.clock.advance(1_000);
    expect(fleet.requests).toBe(1);
    expect(await fleet.isLeased()).toBe(true);
  });

  test('and leaves no timer and no subscription', async () => {
    const fleet = new Fleet(2).issues();
    const { service, store, link } = fleet.at(0);
    const follower = new Follower(service);
    await fleet.clock.advance(1_000);
    expect(link.listeners).toBe(1);
    service.close();
    expect(link.listeners).toBe(0);
    await store?.close();
    link.calls.length = 0;
    ask(fleet.at(1).service, 'refresh');
    await fleet.clock.advance(STALE);
    expect(follower).toMatchObject({ values: ['token-1'], completed: true });
    expect(link.calls).toEqual([]);
    expect(fleet.clock.timers).toBe(0);
  });

  test('but has no lease yet while it waits for requests under way', async () => {
    const fleet = new Fleet(2, { bank: aBank({ singleActiveToken: true }) }).issues();
    const { service, store } = fleet.at(0);
    const asked = ask(service);
    await settle();
    service.forCall().sending(asked.token as never);
    ask(service, 'refresh');
    await settle();
    service.close();
    await store?.close();
    expect(await fleet.isLeased()).toBe(false);
    expect(fleet.clock.timers).toBe(0);
    expect(fleet.requests).toBe(1);
  });
});
