import { describe, expect, test } from '@jest/globals';
import type { AccessToken } from '../../../src/token/access-token.js';
import { rejected, unavailable } from '../../support/machine.fixtures.js';
import { Fleet } from '../../support/replicas.harness.js';
import { ask, Harness, HOUR, STALE, UNUSABLE } from '../../support/token-service.harness.js';
import { settle } from '../../support/virtual-clock.js';

const who = { provider: 'a-bank', merchant: 'default' };

describe('status', () => {
  test('is correct in each state', async () => {
    const { service, bank, clock } = new Harness({
      retry: { attempts: 1, attemptTimeout: 5_000, deadline: 15_000 },
    });
    expect(service.status).toEqual({ ...who, state: 'absent', failures: 0 });

    bank.fails(rejected);
    ask(service);
    await settle();
    const since = clock.wall();
    const failed = {
      since,
      failures: 1,
      lastErrorCode: 'BANK_AUTH_CREDENTIALS_REJECTED',
      lastErrorAt: since,
      lastStatus: 401,
    };
    const retryAt = since + 60_000;
    expect(service.status).toEqual({ ...who, state: 'cooling-down', ...failed, retryAt });
    await clock.advance(59_999);
    expect(service.status).toEqual({ ...who, state: 'cooling-down', ...failed, retryAt });
    await clock.advance(1);
    expect(service.status).toEqual({ ...who, state: 'absent', ...failed });

    bank.issues();
    const issuedAt = clock.wall();
    await service.getAccessToken();
    const times = { issuedAt, expiresAt: issuedAt + HOUR, refreshAt: issuedAt + STALE };
    expect(service.status).toEqual({ ...who, state: 'fresh', since: issuedAt, failures: 0, ...times });

    await clock.advance(STALE + 5_000);
    bank.fails(unavailable);
    expect(service.status).toEqual({ ...who, state: 'stale', since: times.refreshAt, failures: 0, ...times });
    ask(service);
    await clock.advance(100);
    expect(service.status).toMatchObject({
      ...who,
      ...times,
      state: 'stale',
      since: times.refreshAt,
      failures: 1,
      lastErrorCode: 'BANK_AUTH_UNAVAILABLE',
      lastErrorAt: issuedAt + STALE + 5_000,
    });
    expect(service.status.retryAt).toBeGreaterThan(clock.wall());

    await clock.advance(UNUSABLE - STALE);
    expect(service.status).toEqual({
      ...who,
      ...times,
      state: 'expired',
      since: issuedAt + UNUSABLE,
      failures: 1,
      lastErrorCode: 'BANK_AUTH_UNAVAILABLE',
      lastErrorAt: issuedAt + STALE + 5_000,
      lastStatus: 503,
    });
  });

  test('cools down since the first of the failures in a row, and states the time of the last', async () => {
    const { service, bank, clock } = new Harness();
    bank.fails(rejected);
    const since = clock.wall();
    ask(service);
    await clock.advance(60_000);
    ask(service);
    await settle();
    expect(service.status).toMatchObject({
      state: 'cooling-down',
      since,
      failures: 2,
      lastErrorAt: since + 60_000,
    });
  });

  test('keeps to the present when the wall clock is set', async () => {
    const { service, bank, clock } = new Harness();
    bank.fails(rejected);
    ask(service);
    await settle();
    clock.setWall(clock.wall() - HOUR);
    await clock.advance(10_000);
    expect((service.status.retryAt as number) - clock.wall()).toBe(50_000);
    expect(service.status.since).toBe(clock.wall());
  });

  test('is cold, reads nothing and is frozen', async () => {
    const { service, bank, credentials } = new Harness();
    const { status } = service;
    await settle();
    expect([bank.requests, credentials.reads]).toEqual([0, 0]);
    expect(Object.isFrozen(status)).toBe(true);
  });

  test('of a merchant names it', () => {
    expect(new Harness({ merchant: 'm-1' }).service.status).toMatchObject({
      provider: 'a-bank',
      merchant: 'm-1',
    });
  });

  test('says whether the store is shared, or in trouble', async () => {
    const fleet = new Fleet(1);
    const { service, link, clock } = fleet.at(0);
    expect(service.status.store).toBe('shared');
    link.way = () => Promise.reject(new Error('ECONNREFUSED'));
    fleet.at(0).bank.issues();
    await service.getAccessToken();
    expect(service.status).toMatchObject({ state: 'fresh', store: 'alone' });
    link.mend();
    await clock.advance(5_000);
    expect(service.status.store).toBe('shared');
  });
});

describe("state 'refused'", () => {
  /** A token that replaced a refused one and is refused too. */
  async function refusedTwice(harness: Harness): Promise<AccessToken> {
    harness.service.forCall().refused(await harness.warm());
    const second = await harness.warm();
    expect(harness.service.status).toMatchObject({ state: 'fresh' });
    await harness.clock.advance(2_000);
    harness.service.forCall().refused(second);
    return second;
  }

  test('holds while the brake on a permanent 401 does, with when a refused token may be replaced', async () => {
    const harness = new Harness();
    const { service, clock, bank } = harness;
    const issuedAt = clock.wall();
    const token = await refusedTwice(harness);
    const { since, braked } = { since: issuedAt, braked: clock.wall() };
    const times = { issuedAt, expiresAt: issuedAt + HOUR, refreshAt: issuedAt + STALE };
    const refused = { ...who, ...times, state: 'refused', since, failures: 0, retryAt: braked + 60_000 };
    expect(service.status).toEqual(refused);
    await clock.advance(59_999);
    service.forCall().refused(token);
    expect(service.status).toEqual(refused);
    expect([await service.getAccessToken(), bank.requests]).toEqual([token.value, 2]);
    await clock.advance(1);
    expect(service.status).toEqual({ ...who, ...times, state: 'fresh', since: issuedAt, failures: 0 });
  });

  test('ends with the first call that gets through', async () => {
    const harness = new Harness();
    const token = await refusedTwice(harness);
    harness.service.forCall().accepted(token, false);
    expect(harness.service.status).toMatchObject({ state: 'fresh', since: token.issuedAt });
    expect(harness.service.status).not.toHaveProperty('retryAt');
  });

  test('is no word on a token that was dropped: that one is absent since then', async () => {
    const harness = new Harness();
    const first = await harness.warm();
    await harness.clock.advance(7_000);
    harness.service.forCall().refused(first);
    expect(harness.service.status).toEqual({
      ...who,
      state: 'absent',
      since: first.issuedAt + 7_000,
      failures: 0,
    });
  });

  test('outlasts the renewal of a token that nobody has tried yet', async () => {
    const harness = new Harness();
    await refusedTwice(harness);
    harness.bank.issues();
    ask(harness.service, 'refresh');
    await settle();
    expect(harness.bank.requests).toBe(3);
    expect(harness.service.status.state).toBe('refused');
  });
});
