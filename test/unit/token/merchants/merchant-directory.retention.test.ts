import { describe, expect, test } from '@jest/globals';
import { BehaviorSubject } from 'rxjs';
import { MemoryTokenStore } from '../../../../src/store/index.js';
import type { AccessToken } from '../../../../src/token/access-token.js';
import { fingerprintOf } from '../../../../src/token/arrival.js';
import { Emitter, Market, names, secret } from '../../../support/merchants.harness.js';
import { Link } from '../../../support/replicas.harness.js';
import { aBank, ask, Follower, HOUR } from '../../../support/token-service.harness.js';
import { settle, VirtualClock } from '../../../support/virtual-clock.js';

const singleActive = { bank: aBank({ singleActiveToken: true }) };

/** A market on a store, of which a test sees who listens. */
function withStore(parts: ConstructorParameters<typeof Market>[0] = {}) {
  const clock = new VirtualClock();
  const shared = new MemoryTokenStore(() => clock.now());
  const store = new Link(new BehaviorSubject(shared));
  const market = new Market({ ...parts, clock, store });
  const keyOf = (merchant: string) =>
    JSON.stringify(['a-bank', [merchant], market.parts.tokenUrl, [...market.parts.scopes].sort()]);
  return { market, shared, store, keyOf };
}

describe('a merchant in use is kept, whatever the limit and the idle time, by', () => {
  /** Lets two more come, with a limit of one, and the idle time pass twice. */
  const crowd = async (market: Market) => {
    await market.warmAll('x', 'y');
    await market.clock.advance(2 * 60_000);
    await market.warmAll('x', 'y');
  };
  const small = { limit: 1, idleTime: 60_000 };

  test('followers of token$', async () => {
    const market = new Market(small).add('a', 'x', 'y');
    const follower = new Follower(market.of('a'));
    await settle();
    await crowd(market);
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    expect(follower).toMatchObject({ values: ['a@v1#1'], completed: false });
    follower.leave();
    expect(market.of('a').status.state).toBe('fresh');
    await crowd(market);
    expect(market.of('a').status.state).toBe('absent');
    expect(market.clock.timers).toBe(1);
    await market.clock.advance(2 * 60_000);
    expect(market.clock.timers).toBe(0);
  });

  test('one of several followers', async () => {
    const market = new Market(small).add('a', 'x', 'y');
    const [first, second] = [new Follower(market.of('a')), new Follower(market.of('a'))];
    await settle();
    first.leave();
    await crowd(market);
    expect(market.of('a').status.state).toBe('fresh');
    second.leave();
    await crowd(market);
    expect(market.of('a').status.state).toBe('absent');
  });

  test('a follower whose token cannot be renewed', async () => {
    const market = new Market(small).add('a', 'x', 'y');
    market.bank.fails({ kind: 'rejected', reason: 'HTTP 401', status: 401 });
    const follower = new Follower(market.of('a'));
    await settle();
    market.issuesNamed();
    await crowd(market);
    await market.clock.advance(60_000);
    expect(follower.values).toHaveLength(1);
    follower.leave();
  });

  test('a token request', async () => {
    const market = new Market(small).add('a', 'x', 'y');
    market.bank.hangs();
    const asked = ask(market.of('a'));
    await settle();
    const { last } = market.bank;
    market.issuesNamed();
    await market.warmAll('x', 'y');
    const joined = ask(market.of('a'));
    await settle();
    last.grant('token of a');
    expect([asked.token?.value, joined.token?.value]).toEqual(['token of a', 'token of a']);
    expect(market.requestsOf('a')).toBe(1);
    expect(market.of('a').status.state).toBe('fresh');
    await crowd(market);
    expect(market.of('a').status.state).toBe('absent');
  });

  test('a token request without callers', async () => {
    const market = new Market(small).add('a', 'x', 'y');
    market.bank.hangs();
    const follower = new Follower(market.of('a'));
    await settle();
    const { last } = market.bank;
    follower.leave();
    market.issuesNamed();
    await market.warmAll('x', 'y');
    const [joined] = market.ask('a');
    last.grant('token-of-a');
    expect(joined?.token?.value).toBe('token-of-a');
    expect(market.requestsOf('a')).toBe(1);
  });

  test('a slow look-up of its credentials', async () => {
    const market = new Market(small).add('x', 'y');
    let find: (found: unknown) => void = () => undefined;
    market.vault.secrets.set('a', () => new Promise((resolve) => (find = resolve)));
    const asked = ask(market.of('a'));
    await market.warmAll('x', 'y');
    find(secret('a'));
    await settle();
    expect(asked.token?.value).toBe('a@v1#3');
    expect(market.lookupsOf('a')).toBe(1);
  });

  test('a renewal in the background', async () => {
    const market = new Market({ ...small, idleTime: 10 * HOUR }).add('a', 'x', 'y');
    const follower = new Follower(market.of('a'));
    await settle();
    follower.leave();
    await market.clock.advance(HOUR - 120_000);
    market.bank.hangs();
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    const { last } = market.bank;
    market.issuesNamed();
    await market.warmAll('x', 'y');
    last.grant('renewed');
    expect(await market.outcomes('a')).toEqual(['renewed']);
  });

  test('a request under way, where a new token would end the one it carries', async () => {
    const market = new Market({ ...small, ...singleActive }).add('a', 'x', 'y');
    const service = market.of('a');
    await market.warmAll('a');
    const token = service.acquire() as AccessToken;
    const answered = [service.forCall().sending(token), market.of('a').forCall().sending(token)];
    await crowd(market);
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    answered[0]?.();
    await crowd(market);
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    answered[1]?.();
    expect(market.of('a').status.state).toBe('fresh');
    await crowd(market);
    expect(market.of('a').status.state).toBe('absent');
  });

  test('the history of its refused tokens, also where it has none: the next refused one is not replaced', async () => {
    const market = new Market(singleActive).add('a');
    const service = market.of('a');
    const refuse = async () => {
      await service.getAccessToken();
      const token = service.acquire() as AccessToken;
      const answered = service.forCall().sending(token);
      service.forCall().refused(token);
      answered?.();
    };
    await refuse();
    expect(service.status.state).toBe('absent');
    await refuse();
    expect(service.status.state).toBe('refused');
    expect(market.bank.requests).toBe(2);
  });

  test('no request under way where tokens live on', async () => {
    const market = new Market(small).add('a', 'x', 'y');
    await market.warmAll('a');
    expect(
      market
        .of('a')
        .forCall()
        .sending(market.of('a').acquire() as AccessToken),
    ).toBeUndefined();
    await crowd(market);
    expect(market.of('a').status.state).toBe('absent');
  });

  test('several uses, even beyond the limit', async () => {
    const market = new Market({ limit: 2 }).add(...names(20));
    market.bank.hangs();
    const asked = market.ask(...names(20));
    await settle();
    while (market.bank.open.length > 0) {
      for (const exchange of market.bank.open) exchange.grant(exchange.clientId);
      await settle();
    }
    expect(asked.map(({ token }) => token?.value)).toEqual(names(20).map((name) => `${name}@v1`));
    const kept = names(20).filter((name) => market.of(name).status.state === 'fresh');
    expect(kept).toEqual(['shop-18', 'shop-19']);
  });
});

describe('a merchant that is let go', () => {
  test.each<[string, (market: Market) => Promise<unknown>]>([
    ['by the limit', (market) => market.warmAll('x')],
    ['by the idle time', (market) => market.clock.advance(90_000)],
    [
      'by the idle time, though no timer has told so yet',
      async (market) => {
        await market.clock.advance(60_001);
        expect(market.of('a').status.state).toBe('absent');
      },
    ],
  ])('loses its subscriptions: %s', async (_how, letGo) => {
    const { market, store } = withStore({ limit: 1, idleTime: 60_000 });
    market.add('x');
    const emitter = new Emitter(secret('a'));
    market.vault.secrets.set('a', emitter.changes);
    await market.warmAll('a');
    expect([emitter.listeners, store.listeners]).toEqual([1, 1]);
    await letGo(market);
    const others = market.of('x').status.state === 'fresh' ? 1 : 0;
    expect([emitter.listeners, store.listeners]).toEqual([0, others]);
    const { requests } = market.bank;
    emitter.emit(secret('a', 'v2'));
    await market.clock.advance(2 * HOUR);
    expect(market.bank.requests).toBe(requests);
    expect([market.clock.timers, store.listeners]).toEqual([0, 0]);
  });

  test('subscribes again when it comes back', async () => {
    const { market, store, shared, keyOf } = withStore({ limit: 1 });
    market.add('x');
    const emitter = new Emitter(secret('a'));
    market.vault.secrets.set('a', emitter.changes);
    await market.warmAll('a', 'x', 'a');
    expect(market.requestsOf('a')).toBe(1);
    expect([emitter.listeners, store.listeners]).toEqual([1, 1]);
    await shared.remove(keyOf('a'), fingerprintOf('a@v1#1'), { refused: true });
    await settle();
    expect(market.of('a').status.state).toBe('absent');
    emitter.emit(secret('a', 'v2'));
    expect(await market.outcomes('a')).toEqual(['a@v2#3']);
  });

  test('leaves nothing behind, as one of many that had subscribed', async () => {
    const { market, store } = withStore({ limit: 10, idleTime: 60_000 });
    const emitters = names(100).map((name) => {
      const emitter = new Emitter(secret(name));
      market.vault.secrets.set(name, emitter.changes);
      return emitter;
    });
    await market.warmAll(...names(100));
    const listening = () => emitters.filter(({ listeners }) => listeners > 0).length;
    expect([listening(), store.listeners]).toEqual([10, 10]);
    await market.clock.advance(90_000);
    expect([listening(), store.listeners, market.clock.timers]).toEqual([0, 0, 0]);
  });

  test('because there is nothing to keep has no subscriptions either', async () => {
    const { market, store } = withStore(singleActive);
    market.add('a');
    await market.warmAll('a');
    const service = market.of('a');
    const token = service.acquire() as AccessToken;
    service.invalidate(token);
    expect(store.listeners).toBe(1);
    service.forCall().sending(token)?.();
    expect(store.listeners).toBe(0);
    expect(await market.outcomes('a')).toEqual(['a@v1#2']);
    expect(store.listeners).toBe(1);
  });

  test('finds its token in the store again', async () => {
    const { market } = withStore({ limit: 1 });
    market.add('a', 'x');
    await market.warmAll('a', 'x');
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    expect(market.bank.requests).toBe(2);
  });

  test('is heard where its token is refused or invalidated: the store has it still', async () => {
    const { market, shared, keyOf } = withStore({ limit: 1 });
    market.add('a', 'x');
    const service = market.of('a');
    await market.warmAll('a');
    const token = service.acquire() as AccessToken;
    await market.warmAll('x');
    service.invalidate(token);
    await settle();
    expect(await shared.read(keyOf('a'))).toBeUndefined();
    const next = await service.getAccessToken();
    expect(next).toBe('a@v1#3');
    const second = service.acquire() as AccessToken;
    await market.warmAll('x');
    expect(service.forCall().refused(second)).toBe(true);
    await settle();
    expect(await service.getAccessToken()).toBe('a@v1#4');
  });
});
