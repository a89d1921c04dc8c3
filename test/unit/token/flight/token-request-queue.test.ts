import { describe, expect, test } from '@jest/globals';
import {
  catchError,
  defer,
  EMPTY,
  NEVER,
  Observable,
  of,
  retry,
  Subject,
  type Subscription,
  take,
  throwError,
} from 'rxjs';
import { type Clock, SystemClock } from '../../../../src/time/clock.js';
import {
  type QueueTicket,
  type TokenRequestPolicy,
  TokenRequestQueue,
} from '../../../../src/token/flight/token-request-queue.js';
import { isTokenFailure, type TokenFailure, tokenFailure } from '../../../../src/token/token-failure.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

const down = tokenFailure({ kind: 'unavailable', reason: 'HTTP 503', status: 503 });
const unreachable = tokenFailure({ kind: 'unavailable', reason: 'ECONNREFUSED' });
const rejected = tokenFailure({ kind: 'rejected', reason: 'HTTP 401', status: 401 });

function retryAfter(retryAfterMs: number, status = 429): TokenFailure {
  return tokenFailure({ kind: 'unavailable', reason: `HTTP ${status}`, status, retryAfterMs });
}

/** A flight with one request after the other, each of which ends when the test says. */
class Flight implements QueueTicket {
  order?: number;
  left: number;
  /** What it was told of waiting. */
  readonly told: boolean[] = [];
  /** How much of its waiting counted, as it was told last. */
  counted?: number;
  begun = 0;
  readonly answers: string[] = [];
  completed = 0;
  readonly errors: unknown[] = [];
  #work = new Subject<string>();
  #subscription?: Subscription;

  constructor(
    private readonly scene: Scene,
    readonly name: string,
    readonly merchant: unknown = name,
    timeLeft = 15_000,
  ) {
    this.left = timeLeft;
  }

  readonly timeLeft = () => this.left;

  readonly waiting = (waits: boolean, counted: number) => {
    this.told.push(waits);
    this.counted = counted;
  };

  get waits(): boolean {
    return this.told.at(-1) === true;
  }

  get failure(): TokenFailure | undefined {
    return this.errors.at(-1) as TokenFailure | undefined;
  }

  ask(): this {
    const work = defer(() => {
      this.begun += 1;
      this.scene.order.push(this.name);
      this.#work = new Subject();
      return this.#work;
    });
    this.#subscription = this.scene.queue.run(this, work).subscribe({
      next: (answer) => this.answers.push(answer),
      error: (error: unknown) => this.errors.push(error),
      complete: () => {
        this.completed += 1;
      },
    });
    return this;
  }

  /** Its request is under way. */
  get flies(): boolean {
    return this.#work.observed;
  }

  answer(): void {
    this.scene.queue.answered();
    this.done();
  }

  /** Ends its request, and says nothing of the bank. */
  done(): void {
    this.#work.next(`token of ${this.name}`);
    this.#work.complete();
  }

  fail(failure: TokenFailure = down): void {
    this.scene.queue.failed(this.merchant, failure);
    this.#work.error(failure);
  }

  leave(): void {
    this.#subscription?.unsubscribe();
  }
}

class Scene {
  readonly clock = new VirtualClock();
  readonly said: string[] = [];
  /** Whose requests were begun. */
  readonly order: string[] = [];
  readonly queue: TokenRequestQueue;
  #inTrouble = false;

  /** @param asSeen what the queue sees of the clock otherwise */
  constructor(
    policy: Partial<TokenRequestPolicy> = {},
    asSeen: (clock: VirtualClock) => Partial<Clock> = () => ({}),
  ) {
    const clock: Clock = {
      wall: () => this.clock.wall(),
      now: () => this.clock.now(),
      timer: (milliseconds) => this.clock.timer(milliseconds),
      ...asSeen(this.clock),
    };
    this.queue = new TokenRequestQueue({ concurrency: 2, queue: 100, ...policy }, clock, {
      unavailable: (reason) => {
        if (!this.#inTrouble) this.said.push(`unavailable: ${reason}`);
        this.#inTrouble = true;
      },
      answered: () => {
        if (this.#inTrouble) this.said.push('recovered');
        this.#inTrouble = false;
      },
      saturated: (queued) => this.said.push(`saturated: ${queued}`),
      busy: (reason, forMs) => this.said.push(`busy for ${forMs} ms: ${reason}`),
    });
  }

  flight(name: string, merchant?: unknown, timeLeft?: number): Flight {
    return new Flight(this, name, merchant, timeLeft);
  }

  /** Flights that ask at once, of a merchant each. */
  asked(...names: string[]): Flight[] {
    return names.map((name) => this.flight(name).ask());
  }

  /** Three merchants fail, one after the other. */
  trouble(failure = down): void {
    for (const name of ['t1', 't2', 't3']) {
      const flight = this.flight(name).ask();
      flight.fail(failure);
    }
    this.order.length = 0;
  }
}

function asked(scene: Scene, ...names: string[]): [Flight, Flight, Flight, Flight, Flight] {
  return scene.asked(...names) as [Flight, Flight, Flight, Flight, Flight];
}

describe('slots of the queue', () => {
  test('are taken at once where one is free, and no wait is reported', () => {
    const scene = new Scene();
    const [a, b] = asked(scene, 'a', 'b');
    expect([a.flies, b.flies, a.told, b.told]).toEqual([true, true, [], []]);
    a.done();
    expect(a).toMatchObject({ answers: ['token of a'], completed: 1, errors: [] });
    expect(scene.clock.timers).toBe(0);
  });

  test('are limited by the policy, and the next one goes to the first in the queue', () => {
    const scene = new Scene();
    const [a, b, c, d] = asked(scene, 'a', 'b', 'c', 'd');
    expect([c.begun, d.begun, c.told, d.told]).toEqual([0, 0, [true], [true]]);
    b.done();
    expect([c.flies, c.told, d.begun]).toEqual([true, [true, false], 0]);
    a.done();
    expect(scene.order).toEqual(['a', 'b', 'c', 'd']);
    expect(scene.clock.timers).toBe(0);
  });

  test('are free again after an error', () => {
    const scene = new Scene({ concurrency: 1 });
    const [a, b] = asked(scene, 'a', 'b');
    a.fail(rejected);
    expect(a.errors).toEqual([rejected]);
    expect(b.flies).toBe(true);
  });

  test('are free again when the last subscriber leaves, which aborts the work first', () => {
    const scene = new Scene({ concurrency: 1 });
    const [a, b] = asked(scene, 'a', 'b');
    const under: boolean[] = [];
    const watching = new Observable<string>(() => {
      under.push(a.flies);
    });
    const c = scene.flight('c');
    b.leave();
    scene.queue.run(c, watching).subscribe();
    a.leave();
    expect([under, a.flies, a.completed, a.errors]).toEqual([[false], false, 0, []]);
  });

  test('are free again after work that throws, is empty or is synchronous', () => {
    const scene = new Scene({ concurrency: 1 });
    const ends: string[] = [];
    const run = (work: Observable<unknown>) =>
      scene.queue.run(scene.flight('x'), work).subscribe({
        next: (value) => ends.push(`next ${value}`),
        error: (error) => ends.push(`error ${error}`),
        complete: () => ends.push('complete'),
      });
    run(of(1));
    run(EMPTY);
    run(throwError(() => 'no'));
    run(
      new Observable(() => {
        throw 'thrown';
      }),
    );
    expect(ends).toEqual(['next 1', 'complete', 'complete', 'error no', 'error thrown']);
    expect(asked(scene, 'a')[0].flies).toBe(true);
  });

  test('are released after all subscribers have heard how the work ended', () => {
    const scene = new Scene({ concurrency: 1 });
    const { queue } = scene;
    const work = new Subject<string>();
    const first = queue.run(scene.flight('first'), work).pipe(
      catchError((failure: TokenFailure) => {
        queue.failed('first', failure);
        return EMPTY;
      }),
    );
    first.subscribe();
    const next = scene.flight('next', 'next', 60_000).ask();
    work.error(retryAfter(30_000));
    expect([next.waits, next.begun]).toEqual([true, 0]);
  });

  test('are released by a subscriber that takes the first value only', () => {
    const scene = new Scene({ concurrency: 1 });
    const work = new Subject<string>();
    const got: string[] = [];
    scene.queue
      .run(scene.flight('first'), work)
      .pipe(take(1))
      .subscribe((value) => got.push(value));
    const [next] = asked(scene, 'next');
    expect(next.waits).toBe(true);
    work.next('token');
    expect([got, work.observed, next.flies]).toEqual([['token'], false, true]);
  });

  test('are taken by subscribing, anew by each subscriber', () => {
    const scene = new Scene({ concurrency: 1 });
    let begun = 0;
    const work = defer(() => {
      begun += 1;
      return NEVER;
    });
    const flight = scene.flight('a');
    const running = scene.queue.run(flight, work);
    expect([begun, flight.order]).toEqual([0, undefined]);
    running.subscribe().unsubscribe();
    running.subscribe();
    expect(begun).toBe(2);
  });

  test('are not waited for by a request that left', () => {
    const scene = new Scene({ concurrency: 1 });
    const [a, b, c] = asked(scene, 'a', 'b', 'c');
    b.leave();
    expect(b).toMatchObject({ told: [true, false], begun: 0, completed: 0, errors: [] });
    a.done();
    expect([b.begun, c.flies]).toEqual([0, true]);
  });

  test('belong to a request before it hears of its turn', () => {
    const scene = new Scene({ concurrency: 1 });
    const [first] = asked(scene, 'first');
    const greedy = scene.flight('greedy');
    const told: string[] = [];
    const ticket: QueueTicket = {
      timeLeft: () => 1_000,
      waiting: (waits) => {
        told.push(`${waits}`);
        if (!waits) greedy.ask();
      },
    };
    let runs = false;
    scene.queue
      .run(
        ticket,
        defer(() => {
          runs = true;
          return NEVER;
        }),
      )
      .subscribe();
    first.done();
    expect([told, runs, greedy.waits, greedy.begun]).toEqual([['true', 'false'], true, true, 0]);
  });

  test('that become free together go to waiting requests before new ones', () => {
    const scene = new Scene({ concurrency: 3 });
    const [first] = asked(scene, 'first');
    for (const name of ['x', 'y', 'z']) scene.queue.failed(name, down);
    const newcomer = scene.flight('newcomer');
    const work = defer(() => {
      scene.order.push('host');
      newcomer.ask();
      return NEVER;
    });
    scene.queue.run(scene.flight('host'), work).subscribe();
    asked(scene, 'waiter');
    first.answer();
    expect(scene.order).toEqual(['first', 'host', 'waiter', 'newcomer']);
  });

  test('are not waited for by a request that left while others got theirs', async () => {
    let ahead = 0;
    const scene = new Scene({ rate: { requests: 1, per: 100 } }, (clock) => ({
      now: () => ({ wall: clock.wall(), monotonic: clock.now().monotonic + ahead }),
    }));
    asked(scene, 'a');
    const left = new Subject<void>();
    const work = defer(() => {
      left.next();
      return NEVER;
    });
    scene.queue.run(scene.flight('b'), work).subscribe();
    ahead = 100;
    const c = scene.flight('c');
    new Observable((subscriber) => {
      left.subscribe(() => subscriber.unsubscribe());
      scene.queue.run(c, NEVER).subscribe(subscriber);
    }).subscribe();
    expect(c.told).toEqual([true, false]);
    expect(scene.clock.timers).toBe(0);
  });

  test('go to the next request where a subscriber leaves on hearing that its wait is over', () => {
    const scene = new Scene({ concurrency: 1 });
    const [first] = asked(scene, 'first');
    let subscription: Subscription | undefined;
    let begun = false;
    const told: boolean[] = [];
    const ticket: QueueTicket = {
      timeLeft: () => 1_000,
      waiting: (waits) => {
        told.push(waits);
        if (!waits) subscription?.unsubscribe();
      },
    };
    const work = defer(() => {
      begun = true;
      return NEVER;
    });
    subscription = scene.queue.run(ticket, work).subscribe();
    const [next] = asked(scene, 'next');
    first.done();
    expect([told, begun, next.flies]).toEqual([[true, false], false, true]);
  });

  test('are not waited for by a subscriber that leaves on hearing that it waits', () => {
    const scene = new Scene({ concurrency: 1 });
    const [first] = asked(scene, 'first');
    const left = new Subject<void>();
    const told: boolean[] = [];
    let begun = false;
    const ticket: QueueTicket = {
      timeLeft: () => 1_000,
      waiting: (waits) => {
        told.push(waits);
        if (waits) left.next();
      },
    };
    const work = defer(() => {
      begun = true;
      return NEVER;
    });
    new Observable((subscriber) => {
      left.subscribe(() => subscriber.unsubscribe());
      scene.queue.run(ticket, work).subscribe(subscriber);
    }).subscribe();
    expect(told).toEqual([true, false]);
    first.done();
    expect(begun).toBe(false);
  });
});

describe('a retry in the queue', () => {
  test('goes before all later requests, and behind the earlier ones', () => {
    const scene = new Scene({ concurrency: 1 });
    const [a, b, c] = asked(scene, 'a', 'b', 'c');
    a.done();
    b.fail(rejected);
    expect(c.flies).toBe(true);
    asked(scene, 'd');
    b.ask();
    a.ask();
    expect([a.waits, b.waits]).toEqual([true, true]);
    c.done();
    a.done();
    b.done();
    expect(scene.order).toEqual(['a', 'b', 'c', 'a', 'b', 'd']);
  });

  test('keeps the place that its flight got without waiting', () => {
    const scene = new Scene({ concurrency: 1 });
    const [a] = asked(scene, 'a');
    expect(a.order).toBeDefined();
    const { order } = a;
    a.fail(rejected);
    a.ask();
    expect([a.order, a.flies]).toEqual([order, true]);
  });

  test('made at once comes too late for the slot that it released, and gets the next', () => {
    const scene = new Scene({ concurrency: 1 });
    let attempts = 0;
    const flight = scene.flight('a');
    const work = new Subject<string>();
    const failing = defer(() => {
      attempts += 1;
      scene.order.push(`attempt ${attempts}`);
      return attempts === 1 ? work : NEVER;
    });
    scene.queue.run(flight, failing).pipe(retry(1)).subscribe();
    const [b] = asked(scene, 'b');
    work.error('again');
    // When the place was given up, only b waited.
    expect(scene.order).toEqual(['attempt 1', 'b']);
    expect(flight.told).toEqual([true]);
    b.done();
    expect(scene.order).toEqual(['attempt 1', 'b', 'attempt 2']);
  });

  test('is accepted by a full queue', () => {
    const scene = new Scene({ concurrency: 1, queue: 1 });
    const [a] = asked(scene, 'a');
    a.done();
    asked(scene, 'b', 'c');
    a.ask();
    expect([a.waits, a.errors]).toEqual([true, []]);
  });
});

describe('a full queue', () => {
  test('refuses another request, and states how full it is', () => {
    const scene = new Scene({ concurrency: 1, queue: 2 });
    const [, b, c, d] = asked(scene, 'a', 'b', 'c', 'd');
    expect([b.waits, c.waits, d.told]).toEqual([true, true, []]);
    expect(d.errors).toEqual([
      { kind: 'queue-full', reason: '2 token requests of this provider are already waiting for their turn' },
    ]);
    expect(isTokenFailure(d.failure)).toBe(true);
    expect(d.order).toBeUndefined();
  });

  test('has room again when a request has left, failed or begun', () => {
    const scene = new Scene({ concurrency: 1, queue: 1 });
    const [a, b] = asked(scene, 'a', 'b');
    b.leave();
    const [c] = asked(scene, 'c');
    expect(c.waits).toBe(true);
    a.done();
    expect(c.flies).toBe(true);
    const [d, e] = asked(scene, 'd', 'e');
    expect([d.waits, e.failure?.kind]).toEqual([true, 'queue-full']);
    e.ask();
    expect(e.errors).toHaveLength(2);
  });

  test('of length 0 lets requests begin, but not wait', () => {
    const scene = new Scene({ concurrency: 1, queue: 0 });
    const [a, b] = asked(scene, 'a', 'b');
    expect([a.flies, b.failure?.kind]).toEqual([true, 'queue-full']);
  });

  test('has room for a new request when others could have begun, though no timer has fired yet', async () => {
    let ahead = 0;
    const scene = new Scene({ concurrency: 2, queue: 1, rate: { requests: 1, per: 100 } }, (clock) => ({
      now: () => ({ wall: clock.wall(), monotonic: clock.now().monotonic + ahead }),
    }));
    asked(scene, 'a', 'b');
    await scene.clock.advance(99);
    ahead = 1;
    const [c] = asked(scene, 'c');
    expect([scene.order, c.waits]).toEqual([['a', 'b'], true]);
  });
});

describe('the rate of the queue', () => {
  test('lets a number of requests begin at once, and the next after the interval', async () => {
    const scene = new Scene({ concurrency: 10, rate: { requests: 2, per: 1_000 } });
    const { clock } = scene;
    asked(scene, 'a');
    await clock.advance(400);
    asked(scene, 'b', 'c', 'd', 'e');
    expect(scene.order).toEqual(['a', 'b']);
    await clock.advance(599);
    expect(scene.order).toEqual(['a', 'b']);
    await clock.advance(1);
    expect(scene.order).toEqual(['a', 'b', 'c']);
    await clock.advance(399);
    expect(scene.order).toEqual(['a', 'b', 'c']);
    await clock.advance(1);
    expect(scene.order).toEqual(['a', 'b', 'c', 'd']);
    await clock.advance(600);
    expect(scene.order).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(clock.timers).toBe(0);
  });

  test('counts requests that have begun, however soon they ended', async () => {
    const scene = new Scene({ concurrency: 10, rate: { requests: 1, per: 50 } });
    const [a, b] = asked(scene, 'a', 'b');
    a.done();
    expect(b.waits).toBe(true);
    b.leave();
    const [c] = asked(scene, 'c');
    await scene.clock.advance(50);
    expect(c.flies).toBe(true);
  });

  test('limits requests besides the slots', async () => {
    const scene = new Scene({ concurrency: 1, rate: { requests: 1, per: 50 } });
    const [a, b] = asked(scene, 'a', 'b');
    expect(scene.clock.timers).toBe(0);
    await scene.clock.advance(200);
    expect(b.waits).toBe(true);
    a.done();
    expect(b.flies).toBe(true);
  });

  test('does not run against the time of any request', async () => {
    const scene = new Scene({ concurrency: 10, rate: { requests: 1, per: 60_000 } });
    const [, b, c] = asked(scene, 'a', 'b', 'c');
    await scene.clock.advance(120_000);
    expect([b.flies, c.flies, c.errors]).toEqual([true, true, []]);
  });

  test('uses one timer, and none when all waiting requests have left', async () => {
    const scene = new Scene({ concurrency: 10, rate: { requests: 1, per: 1_000 } });
    const [, b, c] = asked(scene, 'a', 'b', 'c');
    expect(scene.clock.timers).toBe(1);
    b.leave();
    expect(scene.clock.timers).toBe(1);
    c.leave();
    expect(scene.clock.timers).toBe(0);
  });

  test('is not exceeded when the wall clock is set forward or back, or the machine sleeps', async () => {
    const scene = new Scene({ concurrency: 10, rate: { requests: 1, per: 1_000 } });
    const { clock } = scene;
    asked(scene, 'a');
    clock.setWall(clock.wall() + 3_600_000);
    const [b] = asked(scene, 'b');
    expect(b.waits).toBe(true);
    await clock.advance(500);
    clock.suspend(60_000);
    const [c] = asked(scene, 'c');
    expect([b.waits, c.waits]).toEqual([true, true]);
    clock.setWall(clock.wall() - 7_200_000);
    await clock.advance(500);
    expect([b.flies, c.waits]).toEqual([true, true]);
    await clock.advance(1_000);
    expect(c.flies).toBe(true);
  });

  test('counts from the real beginning of each request', async () => {
    let ahead = 0;
    const scene = new Scene({ concurrency: 10, rate: { requests: 2, per: 100 } }, (clock) => ({
      now: () => ({ wall: clock.wall(), monotonic: clock.now().monotonic + ahead }),
    }));
    scene.queue.failed('x', retryAfter(1_000));
    const slow = defer(() => {
      ahead = 50;
      return NEVER;
    });
    scene.queue.run(scene.flight('slow'), slow).subscribe();
    asked(scene, 'a', 'b', 'c');
    // Both at 1 000, by the clock of the test; by its own, the queue began the second at 1 050.
    await scene.clock.advance(1_000);
    expect(scene.order).toEqual(['a']);
    await scene.clock.advance(50);
    expect(scene.order).toEqual(['a', 'b']);
    await scene.clock.advance(49);
    expect(scene.order).toEqual(['a', 'b']);
    await scene.clock.advance(1);
    expect(scene.order).toEqual(['a', 'b', 'c']);
  });

  test('uses timers of whole milliseconds, rounded up', () => {
    let ahead = 0;
    const timers: number[] = [];
    const scene = new Scene({ rate: { requests: 1, per: 1_000 } }, (clock) => ({
      now: () => ({ wall: clock.wall(), monotonic: ahead }),
      timer: (milliseconds) => {
        timers.push(milliseconds);
        return clock.timer(milliseconds);
      },
    }));
    asked(scene, 'a');
    ahead = 0.4;
    asked(scene, 'b', 'c');
    expect(timers).toEqual([1_000]);
  });

  test('tolerates timers that fire a moment early', async () => {
    const scene = new Scene({ concurrency: 10, rate: { requests: 1, per: 1_000 } }, (clock) => ({
      timer: (milliseconds) => clock.timer(milliseconds - 0.5),
    }));
    const { clock } = scene;
    const [, b] = asked(scene, 'a', 'b');
    await clock.advance(999);
    expect(b.waits).toBe(true);
    await clock.advance(1);
    expect(b.flies).toBe(true);
  });
});

describe('a bank that asks to be left alone', () => {
  const announced = 'busy for 30000 ms: HTTP 429';

  test('holds all requests for that long, reports it once, and lets requests under way finish', async () => {
    const scene = new Scene({ concurrency: 3 });
    const { clock } = scene;
    const [a, b, c] = asked(scene, 'a', 'b', 'c');
    const waiter = scene.flight('waiter', 'w', 30_000).ask();
    a.fail(retryAfter(30_000));
    const newcomer = scene.flight('newcomer', 'n', 30_000).ask();
    expect([b.flies, c.flies, waiter.waits, newcomer.waits]).toEqual([true, true, true, true]);
    b.answer();
    expect(b.completed).toBe(1);
    await clock.advance(29_999);
    expect([waiter.begun, newcomer.begun, clock.timers]).toEqual([0, 0, 1]);
    await clock.advance(1);
    expect([waiter.flies, newcomer.flies, clock.timers]).toEqual([true, true, 0]);
    expect(scene.said).toEqual([announced]);
  });

  test.each([
    ['429', retryAfter(1_000, 429), true],
    ['503', retryAfter(1_000, 503), true],
    ['400 and temporarily_unavailable', retryAfter(1_000, 400), true],
    ['200 and temporarily_unavailable', retryAfter(1_000, 200), true],
    ['500', retryAfter(1_000, 500), false],
    ['408', retryAfter(1_000, 408), false],
    ['425', retryAfter(1_000, 425), false],
    ['429 without a time', retryAfter(0), false],
    ['a rejection', tokenFailure({ ...rejected, status: 429, retryAfterMs: 1_000 }), false],
  ])('is recognised by %s', (_name, failure, holds) => {
    const scene = new Scene();
    const [a] = asked(scene, 'a');
    a.fail(failure);
    expect(asked(scene, 'b')[0].waits).toBe(holds);
    expect(scene.said).toHaveLength(holds ? 1 : 0);
  });

  test('fails a request at once that has less time, with the time that is left', async () => {
    const scene = new Scene({ concurrency: 1 });
    const { clock } = scene;
    const [a] = asked(scene, 'a');
    const short = scene.flight('short', 's', 29_999).ask();
    const enough = scene.flight('enough', 'e', 30_000).ask();
    a.fail(retryAfter(30_000));
    expect(short).toMatchObject({ told: [true, false], begun: 0, errors: [retryAfter(30_000)] });
    expect(isTokenFailure(short.failure)).toBe(true);
    expect(enough.waits).toBe(true);
    await clock.advance(10_000);
    const newcomer = scene.flight('newcomer', 'n', 19_999).ask();
    expect(newcomer).toMatchObject({ told: [], errors: [retryAfter(20_000)] });
    expect(newcomer.order).toBeUndefined();
    expect(scene.flight('fine', 'f', 20_000).ask().waits).toBe(true);
  });

  test('is obeyed for at most five minutes', async () => {
    const scene = new Scene();
    const [a] = asked(scene, 'a');
    a.fail(retryAfter(3_600_000, 503));
    expect(scene.said).toEqual(['busy for 300000 ms: HTTP 503']);
    const patient = scene.flight('patient', 'p', 300_000).ask();
    await scene.clock.advance(299_999);
    expect(patient.waits).toBe(true);
    await scene.clock.advance(1);
    expect(patient.flies).toBe(true);
  });

  test('may ask for longer, which is reported, but not for less', async () => {
    const scene = new Scene({ concurrency: 3 });
    const { clock } = scene;
    const [a, b, c] = asked(scene, 'a', 'b', 'c');
    a.fail(retryAfter(10_000));
    const [short, long] = [scene.flight('short', 's', 12_000).ask(), scene.flight('long', 'l', 60_000).ask()];
    await clock.advance(1_000);
    b.fail(retryAfter(5_000, 503));
    await clock.advance(5_001);
    expect([short.waits, long.waits]).toEqual([true, true]);
    // 6 s have counted, so that 6 s are left to one and 54 s to the other.
    c.fail(retryAfter(20_000, 503));
    expect(short.errors).toEqual([retryAfter(20_000, 503)]);
    await clock.advance(19_999);
    expect([long.waits, clock.timers]).toEqual([true, 1]);
    await clock.advance(1);
    expect(long.flies).toBe(true);
    expect(scene.said).toEqual(['busy for 10000 ms: HTTP 429', 'busy for 20000 ms: HTTP 503']);
  });

  test('has not answered until the wait is over, whatever becomes of requests under way', async () => {
    const scene = new Scene();
    scene.trouble();
    await scene.clock.advance(1_000);
    const [a] = asked(scene, 'a');
    a.fail(retryAfter(30_000));
    scene.queue.answered();
    await scene.clock.advance(29_999);
    scene.queue.answered();
    expect(scene.said).toEqual(['unavailable: HTTP 503', announced]);
    await scene.clock.advance(1);
    scene.queue.answered();
    expect(scene.said.at(-1)).toBe('recovered');
  });

  test('is reported again when it asks again', async () => {
    const scene = new Scene();
    asked(scene, 'a')[0].fail(retryAfter(30_000));
    await scene.clock.advance(30_000);
    asked(scene, 'b')[0].fail(retryAfter(30_000));
    expect(scene.said).toEqual([announced, announced]);
  });

  test('costs waiting requests the time of the hold', async () => {
    const scene = new Scene({ concurrency: 1 });
    const { clock } = scene;
    const [a] = asked(scene, 'a');
    const [b, c] = [scene.flight('b').ask(), scene.flight('c').ask()];
    a.fail(retryAfter(10_000));
    await clock.advance(10_000);
    expect([b.flies, c.waits]).toEqual([true, true]);
    // For its place it waits for free.
    await clock.advance(100_000);
    const d = scene.flight('d', 'd', 5_001).ask();
    b.fail(retryAfter(5_001));
    expect([c.failure?.retryAfterMs, d.waits]).toEqual([5_001, true]);
  });

  test('costs no time outside the hold, nor before a request arrived', async () => {
    const scene = new Scene({ concurrency: 1 });
    const { clock } = scene;
    const [a] = asked(scene, 'a');
    a.fail(retryAfter(10_000));
    await clock.advance(4_000);
    const [b, c] = [scene.flight('b').ask(), scene.flight('c').ask()];
    await clock.advance(6_000);
    b.fail(retryAfter(9_000));
    expect(c.waits).toBe(true);
    await clock.advance(9_000);
    expect(c.flies).toBe(true);
  });

  test('is left alone until the wall clock agrees after a suspension, and no longer', async () => {
    const scene = new Scene();
    asked(scene, 'a')[0].fail(retryAfter(30_000));
    scene.clock.suspend(29_999);
    const b = scene.flight('b', 'b', 30_000).ask();
    expect(b.waits).toBe(true);
    scene.clock.suspend(1);
    asked(scene, 'c');
    expect(scene.order).toEqual(['a', 'b', 'c']);
  });

  test('is left alone as long where the wall clock is set back', async () => {
    const scene = new Scene();
    asked(scene, 'a')[0].fail(retryAfter(30_000));
    const b = scene.flight('b', 'b', 30_000).ask();
    scene.clock.setWall(scene.clock.wall() - 3_600_000);
    await scene.clock.advance(30_000);
    expect(b.flies).toBe(true);
  });

  test('tells a waiting request how much of the wait counts', async () => {
    const scene = new Scene({ concurrency: 1 });
    const { clock } = scene;
    const [a] = asked(scene, 'a');
    const [b, c] = asked(scene, 'b', 'c');
    await clock.advance(1_000);
    a.fail(retryAfter(2_000));
    const d = scene.flight('d', 'd', 2_500).ask();
    expect([b.counted, d.counted]).toEqual([0, 0]);
    await clock.advance(5_000);
    expect([b.flies, b.counted]).toEqual([true, 2_000]);
    for (const name of ['x', 'y', 'z']) scene.queue.failed(name, down);
    await clock.advance(500);
    expect([c.waits, d.errors, d.counted]).toEqual([true, [down], 2_500]);
    b.answer();
    expect([c.flies, c.counted]).toEqual([true, 2_500]);
  });

  test('needs no timer while no request waits', async () => {
    const scene = new Scene();
    const [a] = asked(scene, 'a');
    a.fail(retryAfter(30_000));
    expect(scene.clock.timers).toBe(0);
    const b = scene.flight('b', 'b', 60_000).ask();
    expect(scene.clock.timers).toBe(1);
    b.leave();
    expect(scene.clock.timers).toBe(0);
    await scene.clock.advance(30_000);
    expect(asked(scene, 'c')[0].flies).toBe(true);
  });

  test('fails waiting requests before it refuses for want of room', () => {
    const scene = new Scene({ queue: 0 });
    asked(scene, 'a')[0].fail(retryAfter(30_000));
    expect(asked(scene, 'b')[0].failure?.kind).toBe('unavailable');
    expect(scene.flight('c', 'c', 60_000).ask().failure?.kind).toBe('queue-full');
  });
});

describe('a bank in trouble', () => {
  const announced = 'unavailable: HTTP 503';

  test('was unavailable to three merchants in a row', () => {
    const scene = new Scene();
    for (const name of ['a', 'a', 'b', 'a', 'b']) asked(scene, name)[0].fail();
    expect([scene.queue.inTrouble, scene.said]).toEqual([false, []]);
    asked(scene, 'c')[0].fail();
    expect([scene.queue.inTrouble, scene.said]).toEqual([true, [announced]]);
  });

  test('tells merchants apart by identity', () => {
    const scene = new Scene();
    for (const merchant of [{}, {}, {}]) scene.flight('x', merchant).ask().fail();
    expect(scene.queue.inTrouble).toBe(true);
    const other = new Scene();
    const merchant = {};
    for (let n = 0; n < 5; n++) other.flight('x', merchant).ask().fail();
    expect(other.queue.inTrouble).toBe(false);
  });

  test('is well if it answered any merchant in between', () => {
    const scene = new Scene();
    for (const name of ['a', 'b']) asked(scene, name)[0].fail();
    asked(scene, 'd')[0].answer();
    asked(scene, 'c')[0].fail();
    asked(scene, 'a')[0].fail();
    expect(scene.queue.inTrouble).toBe(false);
    asked(scene, 'b')[0].fail();
    expect(scene.queue.inTrouble).toBe(true);
  });

  test('neither asks for time nor rejects', async () => {
    const scene = new Scene();
    for (const name of ['a', 'b', 'c', 'd']) {
      asked(scene, name)[0].fail(retryAfter(1_000, 503));
      await scene.clock.advance(1_000);
      scene.queue.failed(name, rejected);
    }
    expect(scene.queue.inTrouble).toBe(false);
    // What it asked for is no answer either.
    for (const name of ['a', 'b']) asked(scene, name)[0].fail();
    asked(scene, 'a')[0].fail(retryAfter(1_000, 503));
    await scene.clock.advance(1_000);
    asked(scene, 'c')[0].fail();
    expect(scene.queue.inTrouble).toBe(true);
  });

  test('gets one request a second until it answers, and then all at once', async () => {
    const scene = new Scene({ concurrency: 3 });
    const { clock } = scene;
    scene.trouble();
    const [a, b, c, d] = asked(scene, 'a', 'b', 'c', 'd', 'e');
    expect(scene.order).toEqual([]);
    await clock.advance(999);
    expect(scene.order).toEqual([]);
    await clock.advance(1);
    expect(scene.order).toEqual(['a']);
    a.fail();
    await clock.advance(999);
    expect(scene.order).toEqual(['a']);
    await clock.advance(1);
    expect(scene.order).toEqual(['a', 'b']);
    await clock.advance(5_000);
    expect(scene.order).toEqual(['a', 'b']);
    b.fail();
    expect(scene.order).toEqual(['a', 'b', 'c']);
    expect(scene.said).toEqual([announced]);
    c.answer();
    expect(scene.order).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(d.flies).toBe(true);
    expect(scene.queue.inTrouble).toBe(false);
    expect(scene.said).toEqual([announced, 'recovered']);
    expect(clock.timers).toBe(0);
  });

  test('is well as soon as it answers, before the answer is read', () => {
    const scene = new Scene({ concurrency: 3 });
    const [a] = asked(scene, 'a');
    for (const name of ['x', 'y', 'z']) scene.queue.failed(name, down);
    asked(scene, 'b', 'c', 'd');
    expect([scene.order, scene.clock.timers]).toEqual([['a'], 1]);
    scene.queue.answered();
    expect([scene.order, a.flies, scene.clock.timers]).toEqual([['a', 'b', 'c'], true, 0]);
  });

  test('costs waiting requests their time until it ends, and goes on where it left off', async () => {
    const scene = new Scene({ concurrency: 1 });
    const { clock } = scene;
    asked(scene, 'a');
    for (const name of ['x', 'y', 'z']) scene.queue.failed(name, down);
    const waiter = scene.flight('waiter', 'w', 3_000).ask();
    await clock.advance(2_000);
    scene.queue.answered();
    await clock.advance(60_000);
    for (const name of ['x', 'y', 'z']) scene.queue.failed(name, unreachable);
    await clock.advance(999);
    expect(waiter.waits).toBe(true);
    await clock.advance(1);
    expect(waiter.errors).toEqual([unreachable]);
  });

  test('lets requests under way finish before it gets another', async () => {
    const scene = new Scene({ concurrency: 4 });
    const [a, b, c, slow] = asked(scene, 'a', 'b', 'c', 'slow');
    const [waiter] = asked(scene, 'waiter');
    a.fail();
    b.fail();
    scene.queue.failed('c', down);
    // Two had begun in the places of a and b, had there been more waiters than one.
    expect(scene.order).toEqual(['a', 'b', 'c', 'slow', 'waiter']);
    waiter.done();
    const [next] = asked(scene, 'next');
    await scene.clock.advance(5_000);
    expect(next.waits).toBe(true);
    c.done();
    expect(next.waits).toBe(true);
    slow.done();
    expect(next.flies).toBe(true);
  });

  test('gets the first request at once where the last one is a second ago', async () => {
    const scene = new Scene();
    scene.trouble();
    await scene.clock.advance(1_000);
    const [a] = asked(scene, 'a');
    expect([a.flies, a.told]).toEqual([true, []]);
  });

  test('is well again after any answer, and in trouble again after three merchants only', () => {
    const scene = new Scene();
    scene.trouble();
    scene.queue.answered();
    expect(scene.queue.inTrouble).toBe(false);
    scene.queue.answered();
    for (const name of ['a', 'b']) asked(scene, name)[0].fail();
    expect(scene.queue.inTrouble).toBe(false);
    expect(scene.said).toHaveLength(2);
    asked(scene, 'c')[0].fail();
    expect(scene.said).toHaveLength(3);
  });

  test('costs each waiting request its own time, from its arrival or its beginning', async () => {
    const scene = new Scene({ concurrency: 3 });
    const { clock } = scene;
    const [a, b, c] = asked(scene, 'a', 'b', 'c');
    const early = scene.flight('early', 'e', 4_000).ask();
    await clock.advance(60_000);
    for (const flight of [a, b, c]) scene.queue.failed(flight.merchant, down);
    await clock.advance(1_000);
    const late = scene.flight('late', 'l', 4_500).ask();
    scene.queue.failed('x', unreachable);
    await clock.advance(2_999);
    expect([early.waits, late.waits]).toEqual([true, true]);
    await clock.advance(1);
    expect(early).toMatchObject({ told: [true, false], begun: 0 });
    expect(early.errors).toEqual([unreachable]);
    expect(isTokenFailure(early.failure)).toBe(true);
    expect(early.failure).not.toBe(unreachable);
    await clock.advance(1_499);
    expect(late.waits).toBe(true);
    await clock.advance(1);
    expect([late.errors, clock.timers]).toEqual([[unreachable], 0]);
  });

  test('fails a request without time to wait', () => {
    const scene = new Scene();
    scene.trouble();
    const a = scene.flight('a', 'a', 0).ask();
    expect(a).toMatchObject({ told: [], errors: [down] });
    expect(scene.flight('b', 'b', 1).ask().waits).toBe(true);
  });

  test('fails a request at once whose time was spent in a hold', async () => {
    const scene = new Scene({ concurrency: 3 });
    const [a, b, c] = asked(scene, 'a', 'b', 'c');
    const waiter = scene.flight('waiter', 'w', 1_000).ask();
    scene.queue.failed('a', retryAfter(1_000));
    await scene.clock.advance(1_000);
    expect(waiter.waits).toBe(true);
    for (const flight of [a, b, c]) scene.queue.failed(flight.merchant, down);
    expect(waiter.errors).toEqual([down]);
  });

  test('gets no request that is out of time at its turn', async () => {
    const scene = new Scene({ concurrency: 1 });
    scene.trouble();
    const a = scene.flight('a', 'a', 1_000).ask();
    const b = scene.flight('b', 'b', 2_000).ask();
    await scene.clock.advance(1_000);
    expect([a.errors, a.begun, b.flies]).toEqual([[down], 0, true]);
  });

  test('does not repeat an old Retry-After to a request that is out of time', async () => {
    const scene = new Scene();
    scene.trouble();
    scene.queue.failed('x', retryAfter(2_000, 503));
    await scene.clock.advance(2_000);
    const [a] = asked(scene, 'a');
    const b = scene.flight('b', 'b', 10).ask();
    await scene.clock.advance(10);
    expect([a.flies, b.errors]).toEqual([true, [{ ...down, retryAfterMs: undefined }]]);
  });

  test('may ask to be left alone as well, and is in trouble still afterwards', async () => {
    const scene = new Scene();
    const { clock } = scene;
    scene.trouble();
    const short = scene.flight('short', 's', 4_999).ask();
    const [a, b] = asked(scene, 'a', 'b');
    scene.queue.failed('x', retryAfter(5_000));
    expect(short.errors).toEqual([retryAfter(5_000)]);
    await clock.advance(4_999);
    expect(scene.order).toEqual([]);
    await clock.advance(1);
    expect(scene.order).toEqual(['a']);
    a.fail();
    // Each second counts once.
    await clock.advance(1_000);
    expect(scene.order).toEqual(['a', 'b']);
    b.answer();
    expect(scene.said).toHaveLength(3);
  });

  test('is well when it answers, but the time it asked for holds', async () => {
    const scene = new Scene();
    scene.trouble();
    scene.queue.failed('x', retryAfter(5_000));
    scene.queue.answered();
    const [a] = asked(scene, 'a');
    expect([scene.queue.inTrouble, a.waits]).toEqual([false, true]);
    await scene.clock.advance(5_000);
    expect(a.flies).toBe(true);
  });

  test('does not get more requests than the rate allows either', async () => {
    const scene = new Scene({ rate: { requests: 4, per: 10_000 } });
    const { clock } = scene;
    scene.trouble();
    const [a] = asked(scene, 'a', 'b');
    await clock.advance(1_000);
    a.fail();
    await clock.advance(8_999);
    expect(scene.order).toEqual(['a']);
    await clock.advance(1);
    expect(scene.order).toEqual(['a', 'b']);
  });

  test('needs no timer while no request waits, and one for all that do', async () => {
    const scene = new Scene();
    scene.trouble();
    expect(scene.clock.timers).toBe(0);
    const flights = asked(scene, 'a', 'b', 'c', 'd');
    expect(scene.clock.timers).toBe(1);
    for (const flight of flights) flight.leave();
    expect(scene.clock.timers).toBe(0);
  });
});

describe('a closed queue', () => {
  test('completes all waiting requests without an error, clears its timer, and lets requests under way finish', () => {
    const scene = new Scene({ concurrency: 1, rate: { requests: 1, per: 1_000 } });
    const [a, b, c] = asked(scene, 'a', 'b', 'c');
    scene.queue.failed('x', retryAfter(1_000));
    expect(scene.clock.timers).toBe(1);
    scene.queue.close();
    for (const flight of [b, c]) {
      expect(flight).toMatchObject({ told: [true, false], completed: 1, errors: [], begun: 0 });
    }
    expect([a.flies, scene.clock.timers]).toEqual([true, 0]);
    a.done();
    expect([a.completed, scene.order]).toEqual([1, ['a']]);
  });

  test('begins and reports nothing, and may be closed twice', () => {
    const scene = new Scene();
    scene.queue.close();
    scene.queue.close();
    const [a] = asked(scene, 'a');
    expect(a).toMatchObject({ begun: 0, told: [], completed: 1, errors: [] });
    for (const name of ['x', 'y', 'z']) scene.queue.failed(name, down);
    scene.queue.failed('x', retryAfter(1_000));
    scene.queue.answered();
    expect(scene.said).toEqual([]);
    const troubled = new Scene();
    troubled.trouble();
    troubled.queue.close();
    troubled.queue.answered();
    expect(troubled.said).toHaveLength(1);
  });

  test('gives no more turns when it is closed while it gives them', () => {
    const scene = new Scene({ concurrency: 1 });
    const [first] = asked(scene, 'first');
    scene.queue
      .run(
        scene.flight('closer'),
        defer(() => {
          scene.queue.close();
          return EMPTY;
        }),
      )
      .subscribe();
    const [next] = asked(scene, 'next');
    first.done();
    expect(next).toMatchObject({ told: [true, false], begun: 0, completed: 1 });
  });

  test('needs no subscriber to its reports', () => {
    const queue = new TokenRequestQueue({ concurrency: 1, queue: 1 }, new SystemClock());
    for (const name of ['x', 'y', 'z']) queue.failed(name, down);
    expect(queue.inTrouble).toBe(true);
    queue.close();
  });
});

describe('a turn without a request to the bank', () => {
  const ticket = (): QueueTicket => ({ timeLeft: () => 15_000, waiting: () => undefined });

  function asks(queue: TokenRequestQueue) {
    const asked = { ticket: ticket(), begun: false };
    queue
      .run(
        asked.ticket,
        defer(() => {
          asked.begun = true;
          return NEVER;
        }),
      )
      .subscribe();
    return asked;
  }

  test('does not count for the rate', () => {
    const queue = new TokenRequestQueue(
      { concurrency: 8, queue: 8, rate: { requests: 1, per: 1_000 } },
      new VirtualClock(),
    );
    const first = asks(queue);
    queue.unused(first.ticket);
    expect([first.begun, asks(queue).begun, asks(queue).begun]).toEqual([true, true, false]);
  });

  test('is not mistaken for a later turn', async () => {
    const clock = new VirtualClock();
    const queue = new TokenRequestQueue(
      { concurrency: 8, queue: 8, rate: { requests: 1, per: 1_000 } },
      clock,
    );
    const first = asks(queue);
    await clock.advance(1_000);
    expect(asks(queue).begun).toBe(true);
    queue.unused(first.ticket);
    expect(asks(queue).begun).toBe(false);
  });
});
