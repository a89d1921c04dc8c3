import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AccessToken } from '../../../src/token/access-token.js';
import { invalid, rejected, unavailable } from '../../support/machine.fixtures.js';
import { replayable } from '../../support/replay.js';
import { type Asked, ask, Follower, Harness, watch } from '../../support/token-service.harness.js';
import { settle } from '../../support/virtual-clock.js';

// Tokens live 100 s here, so that time passes in few steps.
const LIFETIME = 100_000;
const STALE = 80_000;
const UNUSABLE = 95_000;

type Step =
  | { do: 'getToken' | 'refresh' | 'getAccessToken' }
  | { do: 'getAccessToken with an end'; timeout: number; abort: boolean }
  | { do: 'leave'; which: number }
  | { do: 'refuse' | 'accept' | 'invalidate'; back: number }
  | { do: 'time'; ms: number }
  | { do: 'suspend' | 'set back'; ms: number }
  | { do: 'rotate' }
  | { do: 'follow' | 'unfollow' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('getToken' as const, 'refresh' as const, 'getAccessToken' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('getAccessToken with an end' as const),
      timeout: fc.constantFrom(0, 1_000, 60_000),
      abort: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat(50) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('refuse' as const, 'refuse' as const, 'accept' as const, 'invalidate' as const),
      back: fc.nat(2),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('time' as const),
      ms: fc.constantFrom(0, 250, 1_000, 5_000, 60_000, STALE, UNUSABLE),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('suspend' as const, 'set back' as const),
      ms: fc.constantFrom(1_000, STALE, UNUSABLE),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'rotate' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('follow' as const, 'unfollow' as const) }) },
);

const answer = fc.constantFrom(
  'grant',
  'grant',
  'grant',
  'unavailable',
  'slow',
  'rejected',
  'invalid',
  'hang',
);

/** A service whose callers, bank and clock take their turns as a scheduler says. */
class Scene {
  readonly harness = new Harness();
  /** Who waits, with whether they left before they got an answer. */
  readonly waiters: { asked: Asked; left: boolean; leavable: boolean }[] = [];
  /** Tokens in the order in which somebody got them first. */
  readonly seen: AccessToken[] = [];
  readonly followers: Follower[] = [];
  readonly aborts: AbortController[] = [];

  constructor(scheduler: fc.Scheduler, answers: readonly string[]) {
    const { bank, credentials } = this.harness;
    credentials.mayChange = true;
    bank.replies((exchange) => {
      const kind = answers[(exchange.number - 1) % answers.length];
      if (kind === 'hang') return;
      void scheduler.schedule(Promise.resolve(), `the bank answers ${exchange.number}: ${kind}`).then(() => {
        if (exchange.state !== 'open') return;
        if (kind === 'grant') exchange.grant(undefined, LIFETIME);
        else if (kind === 'rejected') exchange.fail(rejected);
        else if (kind === 'invalid') exchange.fail(invalid);
        else exchange.fail(kind === 'slow' ? { ...unavailable, retryAfterMs: 4_000 } : unavailable);
      });
    });
  }

  async take(step: Step): Promise<void> {
    const { service, clock, credentials } = this.harness;
    switch (step.do) {
      case 'getToken':
      case 'refresh':
        this.#wait(ask(service, step.do));
        break;
      case 'getAccessToken':
        this.#promise(service.getAccessToken());
        break;
      case 'getAccessToken with an end': {
        const controller = new AbortController();
        if (step.abort) this.aborts.push(controller);
        this.#promise(service.getAccessToken({ timeout: step.timeout, signal: controller.signal }));
        break;
      }
      case 'leave': {
        const waiter = this.waiters[step.which % Math.max(1, this.waiters.length)];
        if (waiter?.leavable && waiter.asked.settled === 0) {
          waiter.asked.leave();
          waiter.left = true;
        }
        this.aborts.pop()?.abort();
        break;
      }
      case 'refuse':
      case 'accept':
      case 'invalidate':
        this.#report(step.do, this.seen.at(-1 - step.back));
        break;
      case 'time':
        await clock.advance(step.ms);
        break;
      case 'suspend':
        clock.suspend(step.ms);
        break;
      case 'set back':
        clock.setWall(clock.wall() - step.ms);
        break;
      case 'rotate':
        credentials.version = `v${Number(credentials.version.slice(1)) + 1}`;
        break;
      case 'follow':
        this.followers.push(new Follower(service));
        break;
      case 'unfollow':
        this.followers.at(-1)?.leave();
    }
    this.check();
  }

  check(): void {
    const { bank } = this.harness;
    expect(bank.peak).toBeLessThanOrEqual(1);
    for (const { asked } of this.waiters) {
      expect(asked.settled).toBeLessThanOrEqual(1);
      if (asked.token !== undefined && !this.seen.includes(asked.token)) this.seen.push(asked.token);
    }
    for (const { error, completed, values } of this.followers) {
      expect({ error, completed }).toEqual({ error: undefined, completed: false });
      // Never an older token after a newer one, nor the same twice.
      const numbers = values.map((value) => Number(value.slice('token-'.length)));
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    }
  }

  #wait(asked: Asked): void {
    this.waiters.push({ asked, left: false, leavable: true });
    this.#checkServed(asked.token?.value);
  }

  #promise(promise: Promise<string>): void {
    const asked: Asked = { settled: 0, leave: () => undefined };
    this.waiters.push({ asked, left: false, leavable: false });
    promise.then(
      () => {
        asked.settled += 1;
      },
      () => {
        asked.settled += 1;
      },
    );
  }

  /** What is served at once is the newest token, of an age at which it is usable. */
  #checkServed(value: string | undefined): void {
    if (value === undefined) return;
    const { bank, clock } = this.harness;
    const number = Number(value.slice('token-'.length));
    const exchange = bank.exchanges[number - 1];
    const { wall, monotonic } = clock.now();
    expect(wall - (exchange?.sentAt.wall ?? Number.NaN)).toBeLessThan(UNUSABLE);
    expect(monotonic - (exchange?.sentAt.monotonic ?? Number.NaN)).toBeLessThan(UNUSABLE);
    for (const token of this.seen)
      expect(Number(token.value.slice('token-'.length))).toBeLessThanOrEqual(number);
  }

  #report(what: 'refuse' | 'accept' | 'invalidate', token: AccessToken | undefined): void {
    if (token === undefined) return;
    const { service } = this.harness;
    const held = this.#held();
    if (what === 'refuse') service.forCall().refused(token);
    else if (what === 'accept') service.forCall().accepted(token, false);
    else service.invalidate(token);
    // A late word about an old token does nothing to a newer one.
    if (held !== undefined && held !== token) expect(this.#held()).toBe(held);
  }

  /** The token that is served now, looked at from outside and without starting anything. */
  #held(): AccessToken | undefined {
    const { service } = this.harness;
    if (!['fresh', 'stale', 'refused'].includes(service.status.state)) return undefined;
    const asked = watch(service.getToken());
    return asked.token;
  }
}

test('in every order of callers, answers, failures, late 401s, invalidations and time, one request is under way and each waiter is settled once', async () => {
  const steps = fc.array(step, { minLength: 1, maxLength: 12, size: 'max' });
  const actors = fc.array(steps, { minLength: 1, maxLength: 4, size: 'max' });
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      actors,
      fc.array(answer, { minLength: 1, maxLength: 8 }),
      async (scheduler, sequences, answers) => {
        const scene = new Scene(scheduler, answers);
        const { service, clock, bank } = scene.harness;
        for (const [actor, steps] of sequences.entries()) {
          scheduler.scheduleSequence(
            steps.map((each, n) => ({
              label: `actor ${actor}, step ${n}: ${JSON.stringify(each)}`,
              builder: () => scene.take(each),
            })),
          );
        }
        await scheduler.waitIdle();
        // Nobody waits longer than a flight may last.
        for (let ms = 0; ms < 15_000; ms += 5_000) {
          await clock.advance(5_000);
          await scheduler.waitIdle();
        }
        scene.check();
        for (const { asked, left } of scene.waiters) expect(asked.settled).toBe(left ? 0 : 1);
        for (const follower of scene.followers) follower.leave();
        bank.hangs();
        const last = ask(service);
        await settle();
        service.close();
        expect(last.settled).toBe(1);
        expect(bank.open).toEqual([]);
        expect(clock.timers).toBe(0);
      },
    ),
    replayable('MODEL', 50),
  );
}, 120_000);
