import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { defer, EMPTY, mergeMap, of, type Subscription, tap, throwError } from 'rxjs';
import {
  type QueueTicket,
  type TokenRequestPolicy,
  TokenRequestQueue,
} from '../../../../src/token/flight/token-request-queue.js';
import { isTokenFailure, type TokenFailure, tokenFailure } from '../../../../src/token/token-failure.js';
import { is, isAtMost, isLess, isOneOf } from '../../../support/checks-in-loops.js';
import { replayable } from '../../../support/replay.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

/** How a token request ends, and after how many milliseconds: with 0, before subscribing to it is done. */
interface Answer {
  readonly after: number;
  readonly kind: 'token' | 'rejected' | 'unavailable' | 'held';
  /** For how long it asks to be left alone. */
  readonly hold: number;
}

type Step =
  | { do: 'come'; merchant: number; timeLeft: number; answers: Answer[] }
  | { do: 'leave'; which: number }
  | { do: 'wait'; ms: number }
  | { do: 'set back'; ms: number };

const answer: fc.Arbitrary<Answer> = fc.record({
  after: fc.constantFrom(0, 0, 10, 300, 1_000, 2_500),
  kind: fc.constantFrom('token', 'token', 'rejected', 'unavailable', 'unavailable', 'unavailable', 'held'),
  hold: fc.constantFrom(1, 700, 5_000),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('come' as const),
      merchant: fc.nat(4),
      timeLeft: fc.constantFrom(0, 1, 700, 3_000, 15_000),
      answers: fc.array(answer, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat(30) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 10, 299, 700, 1_000, 5_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('set back' as const), ms: fc.constant(60_000) }) },
);

const policy: fc.Arbitrary<TokenRequestPolicy> = fc.record(
  {
    concurrency: fc.integer({ min: 1, max: 4 }),
    queue: fc.constantFrom(0, 1, 3, 100),
    rate: fc.record({ requests: fc.integer({ min: 1, max: 3 }), per: fc.constantFrom(10, 300, 1_500) }),
  },
  { requiredKeys: ['concurrency', 'queue'] },
);

/** The rules in the simplest words, kept besides the queue and compared with what it does. */
class Rules {
  readonly begins: number[] = [];
  readonly failing = new Set<number>();
  running = 0;
  trouble = false;
  holdEnds = 0;
  /** How many milliseconds of waiting have counted. */
  counted = 0;
  #at = 0;

  constructor(
    readonly policy: TokenRequestPolicy,
    readonly clock: VirtualClock,
  ) {}

  get now(): number {
    return this.clock.now().monotonic;
  }

  get holdLeft(): number {
    return Math.max(0, this.holdEnds - this.now);
  }

  pass(): void {
    const { now } = this;
    this.counted += this.trouble ? now - this.#at : Math.max(0, Math.min(now, this.holdEnds) - this.#at);
    this.#at = now;
  }

  hear(merchant: number, { kind, hold }: Answer): void {
    this.pass();
    if (kind === 'held') this.holdEnds = Math.max(this.holdEnds, this.now + hold);
    else if (kind === 'unavailable') this.failing.add(merchant);
    else this.failing.clear();
    this.trouble = this.failing.size >= 3 || (this.trouble && this.failing.size > 0);
  }

  /** What stands against another request now. */
  get obstacle(): string | undefined {
    const { requests, per } = this.policy.rate ?? { requests: 0, per: 0 };
    if (this.holdLeft > 0) return 'a hold';
    if (this.running >= (this.trouble ? 1 : this.policy.concurrency)) return 'others under way';
    if (this.begins.filter((at) => at > this.now - per).length >= requests && requests > 0) return 'the rate';
    if (this.trouble && this.begins.some((at) => at > this.now - 1_000)) return 'trouble';
    return undefined;
  }
}

/** A flight that makes one request after the other until it has a token or a final answer. */
class Flight implements QueueTicket {
  order?: number;
  told = 0;
  ends = 0;
  left = false;
  admitted = false;
  began = false;
  /** When its time is over, in milliseconds that count. */
  endsAt = 0;
  attempts = 0;
  subscription?: Subscription;
  pause?: Subscription;

  constructor(
    readonly scene: Scene,
    readonly merchant: number,
    readonly remaining: number,
    readonly answers: readonly Answer[],
  ) {}

  readonly timeLeft = () => this.remaining;

  readonly waiting = (waits: boolean, counted: number) => {
    this.told += waits ? 1 : -1;
    const { rules, claim } = this.scene;
    claim(() => isOneOf(this.told, [0, 1]));
    rules.pass();
    if (!waits) {
      if (!this.left) claim(() => is(counted, rules.counted - this.endsAt + this.remaining));
      return;
    }
    claim(() => is(counted, 0));
    this.endsAt = rules.counted + this.remaining;
    this.admitted = true;
    // Only who has enough time for the hold, or any at all in trouble, may begin to wait.
    claim(() => {
      if (rules.holdLeft > 0) isAtMost(rules.holdLeft, this.remaining);
      else if (rules.trouble) isLess(0, this.remaining);
    });
  };

  ask(): void {
    const { queue, rules, waiters, claim } = this.scene;
    this.began = false;
    this.admitted = false;
    const mayBeFull = this.order === undefined && waiters.length >= rules.policy.queue;
    const attempt = queue.run(
      this,
      defer(() => this.#request()),
    );
    this.subscription = attempt.subscribe({
      complete: () => {
        claim(() => is(this.began, true));
        this.ends += 1;
      },
      error: (failure: TokenFailure) => {
        if (!this.began) claim(() => this.#checkRefusal(failure, mayBeFull));
        const again = this.began && failure.kind === 'unavailable' && this.attempts < this.answers.length;
        // As a retry comes: after a pause.
        if (again) this.pause = this.scene.clock.timer(100).subscribe(() => this.ask());
        else this.ends += 1;
      },
    });
  }

  leave(): void {
    this.left = true;
    this.subscription?.unsubscribe();
    this.pause?.unsubscribe();
  }

  #request() {
    const { rules, clock, queue, waiters, claim } = this.scene;
    const answer = this.answers[this.attempts++] as Answer;
    rules.pass();
    claim(() => {
      is(rules.obstacle, undefined);
      is(this.began, false);
      is(this.told, 0);
      // First come, first served.
      for (const { order = 0 } of waiters) isLess(this.order ?? Number.NaN, order);
      // Nobody whose time is over asks a bank in trouble.
      if (rules.trouble && this.admitted) isLess(rules.counted, this.endsAt);
    });
    rules.running += 1;
    rules.begins.push(rules.now);
    this.began = true;
    const { kind, hold, after } = answer;
    const ending = defer(() => {
      const failure = tokenFailure(
        kind === 'rejected'
          ? { kind, reason: 'HTTP 401' }
          : {
              kind: 'unavailable',
              reason: 'HTTP 503',
              status: 503,
              ...(kind === 'held' ? { retryAfterMs: hold } : {}),
            },
      );
      rules.hear(this.merchant, answer);
      if (kind === 'unavailable' || kind === 'held') queue.failed(this.merchant, failure);
      else queue.answered();
      return kind === 'token' ? of('token') : throwError(() => failure);
    });
    const over = tap({
      finalize: () => {
        rules.running -= 1;
      },
    });
    return after === 0
      ? ending.pipe(over)
      : clock.timer(after).pipe(
          mergeMap(() => ending),
          over,
        );
  }

  #checkRefusal(failure: TokenFailure, mayBeFull: boolean): void {
    const { rules } = this.scene;
    rules.pass();
    expect(isTokenFailure(failure)).toBe(true);
    const remaining = this.admitted ? this.endsAt - rules.counted : this.remaining;
    if (failure.kind === 'queue-full') expect([mayBeFull, this.admitted]).toEqual([true, false]);
    else if (failure.retryAfterMs !== undefined) {
      expect(failure.retryAfterMs).toBe(rules.holdLeft);
      expect(remaining).toBeLessThan(rules.holdLeft);
    } else {
      expect(rules.trouble).toBe(true);
      expect(remaining).toBeLessThanOrEqual(0);
    }
  }
}

class Scene {
  readonly clock = new VirtualClock();
  readonly flights: Flight[] = [];
  readonly rules: Rules;
  readonly queue: TokenRequestQueue;
  readonly #broken: unknown[] = [];

  constructor(policy: TokenRequestPolicy) {
    this.rules = new Rules(policy, this.clock);
    this.queue = new TokenRequestQueue(policy, this.clock, {
      unavailable: () => undefined,
      answered: () => undefined,
      busy: () => undefined,
      saturated: () => undefined,
    });
  }

  get waiters(): Flight[] {
    return this.flights.filter(({ told }) => told > 0);
  }

  /** Checks where RxJS would take what is thrown for the end of the work. */
  readonly claim = (check: () => void) => {
    try {
      check();
    } catch (error) {
      this.#broken.push(error);
    }
  };

  async take(step: Step): Promise<void> {
    const { clock } = this;
    if (step.do === 'come') {
      const flight = new Flight(this, step.merchant, step.timeLeft, step.answers);
      this.flights.push(flight);
      flight.ask();
    } else if (step.do === 'leave') {
      const flight = this.flights[step.which % Math.max(1, this.flights.length)];
      if (flight?.ends === 0) flight.leave();
    } else if (step.do === 'wait') {
      // In small steps, so that nothing late goes unnoticed.
      for (let passed = 0; passed < step.ms; passed += 100) {
        await clock.advance(Math.min(100, step.ms - passed));
        this.check();
      }
    } else {
      clock.setWall(clock.wall() - step.ms);
    }
    this.check();
  }

  check(): void {
    const { rules, waiters, queue, clock } = this;
    if (this.#broken.length > 0) throw this.#broken[0];
    rules.pass();
    is(queue.inTrouble, rules.trouble);
    if (waiters.length > 0) is(rules.obstacle === undefined, false);
    for (const { endsAt } of waiters) {
      if (rules.holdLeft > 0) isAtMost(rules.holdLeft, endsAt - rules.counted);
      // The one more millisecond is the shortest timer there is.
      else if (rules.trouble) isLess(-1, endsAt - rules.counted);
    }
    if (
      waiters.length === 0 &&
      rules.running === 0 &&
      this.flights.every(({ ends, left }) => ends > 0 || left)
    ) {
      is(clock.timers, 0);
    }
  }
}

test('in every order of requests, failures and departures each request gets its turn, within the limits, and none is lost', async () => {
  await fc.assert(
    fc.asyncProperty(
      policy,
      fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
      async (policy, steps) => {
        const scene = new Scene(policy);
        const { clock, queue, rules } = scene;
        for (const each of steps) await scene.take(each);
        // Whoever is left gets a turn, or a failure: none waits for ever.
        for (
          let round = 0;
          round < 1_000 && scene.flights.some(({ ends, left }) => ends === 0 && !left);
          round++
        ) {
          await clock.advance(1_000);
          scene.check();
        }
        for (const flight of scene.flights) {
          expect({ ends: flight.ends, told: flight.told }).toEqual({ ends: flight.left ? 0 : 1, told: 0 });
        }
        // All places are free again.
        await clock.advance(10_000);
        queue.answered();
        expect(rules.running).toBe(0);
        let begun = 0;
        const places = Math.min(policy.concurrency, policy.rate?.requests ?? 4);
        for (let n = 0; n < places; n++) {
          queue
            .run(
              new Flight(scene, 0, 1_000, []),
              defer(() => {
                begun += 1;
                return EMPTY;
              }),
            )
            .subscribe();
        }
        expect([begun, clock.timers]).toEqual([places, 0]);
      },
    ),
    replayable('MODEL', 80),
  );
}, 120_000);

test('the rate is exceeded in no window of its length, whatever the clocks do', async () => {
  const move = fc.oneof(
    fc.record({ do: fc.constant('come' as const), ms: fc.constant(0) }),
    fc.record({ do: fc.constantFrom('advance' as const), ms: fc.integer({ min: 1, max: 400 }) }),
    fc.record({
      do: fc.constantFrom('suspend' as const, 'set' as const),
      ms: fc.integer({ min: -5_000, max: 5_000 }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 1_000 }),
      fc.array(move, { minLength: 5, maxLength: 60, size: 'max' }),
      async (requests, per, moves) => {
        const clock = new VirtualClock();
        const queue = new TokenRequestQueue({ concurrency: 100, queue: 100, rate: { requests, per } }, clock);
        const begins: number[] = [];
        let came = 0;
        for (const { do: what, ms } of moves) {
          if (what === 'come') {
            came += 1;
            queue
              .run(
                { timeLeft: () => 0, waiting: () => undefined },
                defer(() => {
                  begins.push(clock.now().monotonic);
                  return EMPTY;
                }),
              )
              .subscribe();
          } else if (what === 'advance') await clock.advance(ms);
          else if (what === 'suspend') clock.suspend(Math.abs(ms));
          else clock.setWall(clock.wall() + ms);
        }
        await clock.advance(came * per);
        expect(begins).toHaveLength(came);
        for (const [n, at] of begins.entries()) {
          const before = begins[n - requests] ?? Number.NEGATIVE_INFINITY;
          expect(at - before).toBeGreaterThanOrEqual(per);
        }
        expect(clock.timers).toBe(0);
      },
    ),
    replayable('MODEL', 100),
  );
}, 120_000);
