import { describe, expect, test } from '@jest/globals';
import { BehaviorSubject } from 'rxjs';
import { MemoryTokenStore } from '../../../../src/store/index.js';
import type { AccessToken } from '../../../../src/token/access-token.js';
import { Emitter, Market, names, secret } from '../../../support/merchants.harness.js';
import { Link } from '../../../support/replicas.harness.js';
import {
  type Asked,
  aBank,
  ask,
  Follower,
  HOUR,
  outcome,
  STALE,
} from '../../../support/token-service.harness.js';
import { settle, VirtualClock } from '../../../support/virtual-clock.js';

const closing = (merchant: string) => ({
  code: 'BANK_AUTH_UNAVAILABLE',
  provider: 'a-bank',
  merchant,
  requestSent: false,
  message: `a-bank${merchant === 'default' ? '' : ` (merchant "${merchant}")`}: the application is shutting down, so no token is requested any more.`,
});

describe('when the application ends', () => {
  test('token$ of every merchant completes', async () => {
    const market = new Market().add(...names(20));
    const followers = names(20).map((name) => new Follower(market.of(name)));
    const inVain = new Follower(market.of('nobody'));
    await settle();
    market.service.close();
    for (const follower of followers) {
      expect(follower).toMatchObject({ completed: true, error: undefined });
      expect(follower.values).toHaveLength(1);
    }
    expect(inVain).toMatchObject({ completed: true, values: [] });
    expect(market.clock.timers).toBe(0);
  });

  test('all waiting callers fail, at the bank or in the queue, and no more requests are made', async () => {
    const market = new Market({ tokenRequests: { concurrency: 2, queue: 100 } }).add(...names(20));
    market.bank.hangs();
    const asked = market.ask(...names(20));
    await settle();
    expect(market.bank.requests).toBe(2);
    market.of('shop-0').close();
    for (const [index, { error, settled }] of asked.entries()) {
      expect(error).toMatchObject(closing(`shop-${index}`));
      expect(settled).toBe(1);
    }
    expect(market.bank.open).toEqual([]);
    await market.clock.advance(HOUR);
    expect(market.bank.requests).toBe(2);
    expect(market.clock.timers).toBe(0);
  });

  test('a caller that waits while the bank is in trouble, or asked to be left alone, fails at once', async () => {
    for (const status of [500, 503]) {
      const market = new Market().add(...names(20));
      const retryAfterMs = status === 503 ? 5_000 : undefined;
      market.bank.fails({ kind: 'unavailable', reason: `HTTP ${status}`, status, retryAfterMs });
      const asked = market.ask(...names(20));
      await market.clock.advance(1_000);
      const { requests } = market.bank;
      market.service.close();
      expect(asked.every(({ error }) => error !== undefined)).toBe(true);
      await market.clock.advance(HOUR);
      expect(market.bank.requests).toBe(requests);
      expect(market.clock.timers).toBe(0);
    }
  });

  test('a look-up of credentials that answers late starts nothing', async () => {
    const market = new Market();
    let find: (found: unknown) => void = () => undefined;
    market.vault.secrets.set('a', () => new Promise((resolve) => (find = resolve)));
    const [asked] = market.ask('a');
    await settle();
    market.service.close();
    expect(asked?.error).toMatchObject(closing('a'));
    find(secret('a'));
    await market.clock.advance(HOUR);
    expect(market.bank.requests).toBe(0);
  });

  test('all subscriptions end', async () => {
    const clock = new VirtualClock();
    const store = new Link(new BehaviorSubject(new MemoryTokenStore(() => clock.now())));
    const market = new Market({ clock, store });
    const emitters = names(5).map((name) => {
      const emitter = new Emitter(secret(name));
      market.vault.secrets.set(name, emitter.changes);
      return emitter;
    });
    const unknown = new Emitter(null);
    market.vault.secrets.set('unknown', unknown.changes);
    await market.warmAll(...names(5));
    await market.outcomes('unknown');
    const follower = new Follower(market.of('shop-0'));
    expect(store.listeners).toBe(6);
    market.service.close();
    expect([...emitters, unknown].map(({ listeners }) => listeners)).toEqual(Array(6).fill(0));
    expect(store.listeners).toBe(0);
    expect(follower.completed).toBe(true);
    emitters[0]?.emit(secret('shop-0', 'v2'));
    await clock.advance(2 * HOUR);
    expect(market.bank.requests).toBe(5);
    expect(clock.timers).toBe(0);
  });

  test('an idle merchant that has not been let go yet loses its subscriptions too', async () => {
    const clock = new VirtualClock();
    const store = new Link(new BehaviorSubject(new MemoryTokenStore(() => clock.now())));
    const market = new Market({ clock, store, idleTime: 10_000 });
    const emitter = new Emitter(secret('a'));
    market.vault.secrets.set('a', emitter.changes);
    await market.warmAll('a');
    await clock.advance(10_001);
    expect([emitter.listeners, store.listeners]).toEqual([1, 1]);
    market.service.close();
    expect([emitter.listeners, store.listeners]).toEqual([0, 0]);
  });

  test('a renewal postponed after new credentials is not made', async () => {
    const market = new Market();
    const emitter = new Emitter(secret('a'));
    market.vault.secrets.set('a', emitter.changes);
    await market.warmAll('a');
    emitter.emit(secret('a', 'v2'));
    // One for all who are idle, one for the renewal.
    expect(market.clock.timers).toBe(2);
    market.service.close();
    expect(market.clock.timers).toBe(0);
    await market.clock.advance(HOUR);
    expect(market.bank.requests).toBe(1);
  });

  test('late calls fail with an explanation and send no request', async () => {
    const market = new Market().add('a', 'b');
    await market.outcomes('nobody');
    await market.clock.advance(1_000);
    const { lookups } = market.vault;
    lookups.length = 0;
    market.service.close();
    for (const key of ['a', 'b', 'nobody']) {
      const service = market.of(key);
      expect(await outcome(service.getAccessToken())).toMatchObject(closing(key));
      expect(await outcome(service.getAccessToken({ timeout: 100 }))).toMatchObject(closing(key));
      expect(ask(service).error).toMatchObject(closing(key));
      expect(ask(service, 'refresh').error).toMatchObject(closing(key));
      expect(new Follower(service)).toMatchObject({ completed: true, values: [], error: undefined });
      service.warmUp();
      service.keepWarm();
      service.invalidate('any');
      expect(service.status.merchant).toBe(key);
    }
    expect(market.directory.census.flights).toBe(0);
    await market.clock.advance(HOUR);
    expect(lookups).toEqual([]);
    expect(market.bank.requests).toBe(0);
    expect(market.clock.timers).toBe(0);
  });

  test('the cached tokens of merchants stay usable for payments that drain, as the provider’s own does', async () => {
    const market = new Market({ own: true }).add('a', 'b');
    const follower = new Follower(market.of('b'));
    await settle();
    const tokens = [market.service, market.of('a'), market.of('b')];
    const before = await Promise.all(tokens.map((service) => service.getAccessToken()));
    market.service.close();
    expect(follower.completed).toBe(true);
    expect(await Promise.all(tokens.map((service) => service.getAccessToken()))).toEqual(before);
    expect(tokens.map((service) => ask(service, 'refresh').error?.code)).toEqual(
      Array(3).fill('BANK_AUTH_UNAVAILABLE'),
    );
    await market.clock.advance(HOUR);
    expect(await market.outcomes('a', 'b')).toEqual(Array(2).fill('BANK_AUTH_UNAVAILABLE'));
    expect(market.bank.requests).toBe(3);
    expect(market.clock.timers).toBe(0);
  });

  test('a token that is due for renewal is served and not renewed', async () => {
    const market = new Market().add('a');
    await market.warmAll('a');
    await market.clock.advance(STALE);
    market.service.close();
    expect(await market.outcomes('a')).toEqual(['a@v1#1']);
    expect([market.requestsOf('a'), market.lookupsOf('a')]).toEqual([1, 1]);
    expect(market.directory.census.flights).toBe(0);
  });

  test('a renewal on request fails by that, not by the failure that cools down', async () => {
    const market = new Market().add('a');
    market.bank.fails({ kind: 'rejected', reason: 'HTTP 401', status: 401 });
    await market.outcomes('a');
    market.service.close();
    expect(ask(market.of('a'), 'refresh').error).toMatchObject(closing('a'));
  });

  test('callers that ask again when they fail get the same error, and no request begins', async () => {
    const market = new Market({ tokenRequests: { concurrency: 1, queue: 100 } }).add(...names(5));
    market.bank.hangs();
    const again: Asked[] = [];
    for (const name of names(5)) {
      market
        .of(name)
        .getToken()
        .subscribe({ error: () => again.push(...market.ask(name, 'shop-0', 'other')) });
    }
    await settle();
    market.service.close();
    expect(again).toHaveLength(15);
    for (const { error } of again) expect(error?.message).toContain('shutting down');
    await market.clock.advance(HOUR);
    expect(market.bank.requests).toBe(1);
    expect(market.clock.timers).toBe(0);
  });

  test('a request that is answered afterwards starts no timer', async () => {
    const market = new Market({ bank: aBank({ singleActiveToken: true }) }).add('a');
    const a = market.of('a');
    // So that it has never been idle.
    const follower = new Follower(a);
    await settle();
    const answered = a.forCall().sending(a.acquire() as AccessToken);
    follower.leave();
    market.service.close();
    answered?.();
    a.forCall().sending(a.acquire() as AccessToken)?.();
    new Follower(a).leave();
    expect(market.clock.timers).toBe(0);
  });

  test('the directory may be closed twice', async () => {
    const market = new Market().add('a');
    await market.warmAll('a');
    market.service.close();
    expect(() => market.of('a').close()).not.toThrow();
  });
});
