import { describe, expect, test } from '@jest/globals';
import { invalid, rejected, unavailable } from '../../support/machine.fixtures.js';
import { RealTimers } from '../../support/real-timers.js';
import {
  aBank,
  ask,
  Follower,
  Harness,
  HOUR,
  outcome,
  STALE,
  UNUSABLE,
} from '../../support/token-service.harness.js';
import { settle } from '../../support/virtual-clock.js';

describe('token$', () => {
  test('obtains a token if there is none, then emits each renewal', async () => {
    const { service, bank, clock } = new Harness();
    bank.issues();
    const follower = new Follower(service);
    await settle();
    expect(follower.values).toEqual(['token-1']);
    await clock.advance(STALE - 1);
    expect(follower.values).toEqual(['token-1']);
    await clock.advance(1);
    expect(follower.values).toEqual(['token-1', 'token-2']);
    await clock.advance(10 * STALE);
    expect(follower.values).toHaveLength(12);
    expect(bank.requests).toBe(12);
    follower.leave();
  });

  test('emits the current token at once', async () => {
    const harness = new Harness();
    await harness.warm();
    const follower = new Follower(harness.service);
    expect(follower.values).toEqual(['token-1']);
    await settle();
    expect(harness.bank.requests).toBe(1);
    follower.leave();
  });

  test('emits a token that is stale and renews it', async () => {
    const harness = new Harness();
    await harness.warm();
    await harness.clock.advance(STALE);
    harness.bank.issues();
    const follower = new Follower(harness.service);
    await settle();
    expect(follower.values).toEqual(['token-1', 'token-2']);
    follower.leave();
  });

  test('emits no token that is unusable', async () => {
    const harness = new Harness();
    await harness.warm();
    await harness.clock.advance(UNUSABLE);
    const follower = new Follower(harness.service);
    expect(follower.values).toEqual([]);
    await settle();
    harness.bank.last.grant();
    expect(follower.values).toEqual(['token-2']);
    follower.leave();
  });

  test('emits tokens obtained by getToken, refresh or after an invalidation', async () => {
    const { service, bank, clock } = new Harness();
    bank.issues();
    const follower = new Follower(service);
    await settle();
    ask(service, 'refresh');
    await settle();
    // Nobody asks: the subscription itself replaces what was dropped.
    service.invalidate('token-2');
    await settle();
    expect(follower.values).toEqual(['token-1', 'token-2', 'token-3']);
    await clock.advance(1_000);
    expect(bank.requests).toBe(3);
    follower.leave();
  });

  test('replaces a token that a resource refused', async () => {
    const harness = new Harness();
    const token = await harness.warm();
    harness.bank.issues();
    const follower = new Follower(harness.service);
    harness.service.forCall().refused(token);
    await settle();
    expect(follower.values).toEqual(['token-1', 'token-2']);
    follower.leave();
  });

  test('never errors: it is tried again after each cool-down', async () => {
    const { service, bank, clock } = new Harness();
    bank.fails(unavailable);
    const follower = new Follower(service);
    await clock.advance(60_000);
    expect(follower).toMatchObject({ values: [], error: undefined, completed: false });
    expect(bank.requests).toBeGreaterThan(20);
    expect(bank.requests).toBeLessThanOrEqual(3 + 60);
    bank.issues();
    await clock.advance(3_000);
    expect(follower.values).toHaveLength(1);
    bank.fails(rejected);
    await clock.advance((service.status.refreshAt as number) - clock.wall());
    const before = bank.requests;
    await clock.advance(59_999);
    expect(bank.requests).toBe(before);
    await clock.advance(1);
    expect(bank.requests).toBe(before + 1);
    bank.fails(invalid);
    await clock.advance(60_000 + 9_999);
    expect(bank.requests).toBe(before + 2);
    bank.issues();
    await clock.advance(1);
    expect(follower.values).toHaveLength(2);
    expect(follower).toMatchObject({ error: undefined, completed: false });
    follower.leave();
  });

  test('waits for a Retry-After before it tries again', async () => {
    const { service, bank, clock } = new Harness();
    bank.fails({ ...unavailable, retryAfterMs: 120_000 });
    const follower = new Follower(service);
    await settle();
    bank.issues();
    await clock.advance(119_999);
    expect(bank.requests).toBe(1);
    await clock.advance(1);
    expect(follower.values).toEqual(['token-2']);
    follower.leave();
  });

  test('renews ahead only while it has a subscriber, and has no timer without one', async () => {
    const { service, bank, clock } = new Harness();
    bank.issues();
    expect(clock.timers).toBe(0);
    const first = new Follower(service);
    const second = new Follower(service);
    await settle();
    expect(clock.timers).toBe(1);
    first.leave();
    expect(clock.timers).toBe(1);
    second.leave();
    expect(clock.timers).toBe(0);
    await clock.advance(10 * HOUR);
    expect(bank.requests).toBe(1);
  });

  test('goes on after all subscribers left and a new one came', async () => {
    const { service, bank, clock } = new Harness();
    bank.issues();
    new Follower(service).leave();
    await settle();
    const follower = new Follower(service);
    await clock.advance(2 * STALE);
    expect(follower.values).toEqual(['token-1', 'token-2', 'token-3']);
    follower.leave();
    await clock.advance(HOUR);
    const later = new Follower(service);
    await settle();
    expect(later.values).toEqual(['token-4']);
    later.leave();
  });

  test('does not end a flight when a subscriber leaves', async () => {
    const { service, bank } = new Harness();
    const follower = new Follower(service);
    await settle();
    follower.leave();
    expect(bank.last.state).toBe('open');
    bank.last.grant();
    expect(await service.getAccessToken()).toBe('token-1');
  });

  test('with many subscribers and callers, renews once', async () => {
    const { service, bank, clock } = new Harness();
    bank.issues();
    const followers = Array.from({ length: 20 }, () => new Follower(service));
    await settle();
    await clock.advance(STALE);
    await Promise.all(Array.from({ length: 20 }, () => service.getAccessToken()));
    expect(bank.requests).toBe(2);
    expect(followers.every(({ values }) => values.join() === 'token-1,token-2')).toBe(true);
    expect(bank.peak).toBe(1);
    for (const follower of followers) follower.leave();
    expect(clock.timers).toBe(0);
  });

  test('wakes at least every minute, so that it notices a suspended machine', async () => {
    const { service, bank, clock } = new Harness();
    bank.issues(24 * HOUR);
    const follower = new Follower(service);
    await clock.advance(30_000);
    clock.suspend(24 * HOUR);
    await clock.advance(29_999);
    expect(follower.values).toEqual(['token-1']);
    await clock.advance(1);
    expect(follower.values).toEqual(['token-1', 'token-2']);
    follower.leave();
  });

  test('ignores a wall clock set back', async () => {
    const { service, bank, clock } = new Harness();
    bank.issues();
    const follower = new Follower(service);
    await settle();
    clock.setWall(clock.wall() - 24 * HOUR);
    await clock.advance(STALE - 1);
    expect(follower.values).toEqual(['token-1']);
    await clock.advance(1);
    expect(follower.values).toEqual(['token-1', 'token-2']);
    follower.leave();
  });

  test('renews only when the old token is unusable, at a bank that allows one live token', async () => {
    const { service, bank, clock } = new Harness({ bank: aBank({ singleActiveToken: true }) });
    bank.issues();
    const follower = new Follower(service);
    await clock.advance(UNUSABLE - 1);
    expect(follower.values).toEqual(['token-1']);
    await clock.advance(1);
    expect(follower.values).toEqual(['token-1', 'token-2']);
    follower.leave();
  });

  test('spares a bank whose tokens hardly live', async () => {
    const { service, bank, clock } = new Harness();
    // One that says "expires_in": 0.02, or whose epoch is almost reached by a clock that is fast.
    bank.replies((exchange) => exchange.grant(undefined, 20));
    const follower = new Follower(service);
    await clock.advance(1_000);
    follower.leave();
    expect(bank.requests).toBeLessThanOrEqual(5);
  });

  test('completes at once after the shutdown', async () => {
    const harness = new Harness();
    await harness.warm();
    harness.service.close();
    expect(new Follower(harness.service)).toMatchObject({ completed: true, error: undefined });
    expect(harness.clock.timers).toBe(0);
  });

  test('shields subscribers from one that throws', async () => {
    const { service, bank, clock } = new Harness();
    bank.issues();
    let renewals = 0;
    const clumsy = service.token$.subscribe({
      next: () => {
        renewals += 1;
        service.getToken().subscribe();
        service.invalidate('unknown');
      },
    });
    const follower = new Follower(service);
    await clock.advance(3 * STALE);
    expect(renewals).toBe(4);
    expect(follower.values).toHaveLength(4);
    clumsy.unsubscribe();
    follower.leave();
  });
});

describe('keepWarm', () => {
  test('renews without traffic and without subscribers', async () => {
    const { service, bank, clock } = new Harness();
    bank.issues();
    service.keepWarm();
    service.keepWarm();
    await clock.advance(3 * STALE);
    expect(bank.requests).toBe(4);
    expect(clock.timers).toBe(1);
    expect(service.status.state).toBe('fresh');
    service.close();
    expect(clock.timers).toBe(0);
    await clock.advance(10 * HOUR);
    expect(bank.requests).toBe(4);
  });

  test('renews once together with subscribers', async () => {
    const { service, bank, clock } = new Harness();
    bank.issues();
    service.keepWarm();
    const follower = new Follower(service);
    await clock.advance(STALE);
    follower.leave();
    await clock.advance(STALE);
    expect(bank.requests).toBe(3);
    service.close();
  });

  test('outlasts an outage and leaves no unhandled error', async () => {
    const { service, bank, clock } = new Harness();
    bank.fails(unavailable);
    service.keepWarm();
    await clock.advance(30_000);
    expect(service.status).toMatchObject({ state: 'cooling-down', lastErrorCode: 'BANK_AUTH_UNAVAILABLE' });
    bank.issues();
    await clock.advance(3_000);
    expect(service.status.state).toBe('fresh');
    service.close();
  });
});

describe('close', () => {
  test('fails all waiting callers, aborts the request and clears every timer', async () => {
    const { service, bank, clock } = new Harness();
    service.keepWarm();
    const follower = new Follower(service);
    const waiting = [ask(service), ask(service, 'refresh')];
    const promised = [
      outcome(service.getAccessToken()),
      outcome(service.getAccessToken({ timeout: 10_000, signal: new AbortController().signal })),
    ];
    await settle();
    expect(bank.last.state).toBe('open');
    service.close();
    expect(bank.last.state).toBe('aborted');
    expect(clock.timers).toBe(0);
    const closed = {
      code: 'BANK_AUTH_UNAVAILABLE',
      provider: 'a-bank',
      requestSent: false,
      message: expect.stringContaining('shutting down'),
    };
    for (const { settled, error } of waiting) {
      expect(settled).toBe(1);
      expect(error).toMatchObject(closed);
    }
    for (const error of await Promise.all(promised)) expect(error).toMatchObject(closed);
    expect(follower).toMatchObject({ completed: true, error: undefined });
    await clock.advance(HOUR);
    expect(bank.requests).toBe(1);
  });

  test('ends the pause between two attempts', async () => {
    const harness = new Harness();
    const { service, bank, clock } = harness;
    harness.randoms = [1];
    bank.fails(unavailable);
    const asked = ask(service);
    await settle();
    expect(bank.requests).toBe(1);
    service.close();
    await clock.advance(HOUR);
    expect(bank.requests).toBe(1);
    expect(asked).toMatchObject({ settled: 1, error: { code: 'BANK_AUTH_UNAVAILABLE' } });
    expect(clock.timers).toBe(0);
  });

  test('ends a flight that is reading its credentials', async () => {
    const { service, bank, clock } = new Harness();
    const asked = ask(service);
    service.close();
    await settle();
    expect(bank.requests).toBe(0);
    expect(asked.settled).toBe(1);
    expect(clock.timers).toBe(0);
  });

  test('leaves the cached token to payments that drain, but asks for no other', async () => {
    const harness = new Harness();
    const { service, bank, clock } = harness;
    const token = await harness.warm();
    service.close();
    service.close();
    expect(ask(service).token).toBe(token);
    expect(await service.getAccessToken()).toBe('token-1');
    expect(ask(service, 'refresh').error).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE' });
    await clock.advance(STALE);
    expect(ask(service).token).toBe(token);
    expect(await service.getAccessToken()).toBe('token-1');
    await clock.advance(UNUSABLE - STALE);
    expect(ask(service).error?.message).toContain('shutting down');
    expect(await outcome(service.getAccessToken())).toMatchObject({ code: 'BANK_AUTH_UNAVAILABLE' });
    service.keepWarm();
    await clock.advance(HOUR);
    expect(bank.requests).toBe(1);
    expect(clock.timers).toBe(0);
  });

  test('leaves the cached token also while a renewal was under way', async () => {
    const harness = new Harness();
    const token = await harness.warm();
    await harness.clock.advance(STALE);
    ask(harness.service);
    await settle();
    harness.service.close();
    expect(harness.bank.last.state).toBe('aborted');
    expect(ask(harness.service).token).toBe(token);
    harness.service.invalidate(token);
    expect(ask(harness.service).error?.message).toContain('shutting down');
  });

  test('leaves callers in a cool-down the error they had', async () => {
    const { service, bank } = new Harness();
    bank.fails(rejected);
    ask(service);
    await settle();
    service.close();
    expect(ask(service).error?.code).toBe('BANK_AUTH_CREDENTIALS_REJECTED');
    expect(ask(service, 'refresh').error?.message).toContain('shutting down');
  });
});

test('keeps the process alive while a caller waits, and no longer', async () => {
  // Those of this test: the process has others.
  const timers = new RealTimers();
  try {
    const { service, bank } = new Harness();
    const keepingAlive = () => timers.keepingAlive(15_000);
    bank.hangs();
    service.warmUp();
    await settle();
    expect(keepingAlive()).toBe(0);
    const first = service.getToken().subscribe();
    const second = service.refresh().subscribe();
    expect(keepingAlive()).toBe(1);
    first.unsubscribe();
    expect(keepingAlive()).toBe(1);
    second.unsubscribe();
    expect(keepingAlive()).toBe(0);
  } finally {
    timers.stop();
  }
});
