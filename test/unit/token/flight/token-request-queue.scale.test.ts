import { expect, test } from '@jest/globals';
import { EMPTY, NEVER, type Observable, Subject, type Subscription } from 'rxjs';
import { type QueueTicket, TokenRequestQueue } from '../../../../src/token/flight/token-request-queue.js';
import { type Ordered, WaitingLine } from '../../../../src/token/flight/waiting-line.js';
import { type TokenFailure, tokenFailure } from '../../../../src/token/token-failure.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

const MANY = 10_000;
/** What is asked per waiter, of its ticket and of the clock: a few times, however many wait. */
const FEW = 20;

const down = tokenFailure({ kind: 'unavailable', reason: 'HTTP 503', status: 503 });

/** A queue of one order, which is taken. */
class Crowd {
  readonly clock = new VirtualClock();
  readonly queue = new TokenRequestQueue({ concurrency: 1, queue: MANY }, this.clock);
  readonly first = new Subject<never>();
  readonly tickets: QueueTicket[] = [];
  readonly subscriptions: Subscription[] = [];
  /** How many more were told that they wait than that they do not. */
  waiting = 0;
  /** In the order in which their work was begun. */
  readonly begun: QueueTicket[] = [];
  readonly failures: TokenFailure[] = [];
  /** How often tickets and the clock were asked. */
  asked = 0;

  constructor() {
    const now = this.clock.now.bind(this.clock);
    const timer = this.clock.timer.bind(this.clock);
    this.clock.now = () => {
      this.asked += 1;
      return now();
    };
    this.clock.timer = (milliseconds) => {
      this.asked += 1;
      return timer(milliseconds);
    };
    this.run(this.ticket(), this.first);
    this.tickets.length = 0;
    this.begun.length = 0;
  }

  ticket(timeLeft = 15_000): QueueTicket {
    const ticket: QueueTicket = {
      timeLeft: () => {
        this.asked += 1;
        return timeLeft;
      },
      waiting: (waits) => {
        this.waiting += waits ? 1 : -1;
        if (!waits) this.begun.push(ticket);
      },
    };
    this.tickets.push(ticket);
    return ticket;
  }

  run(ticket: QueueTicket, work: Observable<unknown>): void {
    this.subscriptions.push(
      this.queue.run(ticket, work).subscribe({ error: (failure) => this.failures.push(failure) }),
    );
  }
}

/** The same for each run, and far from any order. */
function shuffled<T>(list: readonly T[]): T[] {
  // A step that has no factor in common with the length comes by every element.
  return list.map((_, n) => list[(n * 61_803 + 7) % list.length] as T);
}

test('ten thousand waiting requests get their turns in order, though each ends at once', () => {
  const crowd = new Crowd();
  for (let n = 0; n < MANY; n++) crowd.run(crowd.ticket(), EMPTY);
  expect(crowd.waiting).toBe(MANY);
  crowd.first.complete();
  expect(crowd.asked).toBeLessThan(FEW * MANY);
  expect(crowd.waiting).toBe(0);
  expect(crowd.begun.every((ticket, n) => ticket === crowd.tickets[n])).toBe(true);
  expect(crowd.begun).toHaveLength(MANY);
});

test('ten thousand retries in any order get their turns in the order of their flights', () => {
  const crowd = new Crowd();
  for (let n = 0; n < MANY; n++) crowd.run(crowd.ticket(), EMPTY);
  crowd.first.complete();
  crowd.begun.length = 0;
  const last = new Subject<never>();
  crowd.queue.run(crowd.ticket(), last).subscribe();
  crowd.tickets.pop();
  for (const ticket of shuffled(crowd.tickets)) crowd.run(ticket, EMPTY);
  expect(crowd.waiting).toBe(MANY);
  last.complete();
  expect(crowd.asked).toBeLessThan(FEW * MANY);
  expect(crowd.begun.every((ticket, n) => ticket === crowd.tickets[n])).toBe(true);
  expect(crowd.begun).toHaveLength(MANY);
});

test('ten thousand waiting requests may leave in any order', () => {
  const crowd = new Crowd();
  for (let n = 0; n < MANY; n++) crowd.run(crowd.ticket(), NEVER);
  const [, ...waiters] = crowd.subscriptions;
  for (const subscription of shuffled(waiters)) subscription.unsubscribe();
  expect(crowd.asked).toBeLessThan(FEW * MANY);
  expect(crowd.waiting).toBe(0);
});

test('ten thousand waiting requests fail at once where the bank asks for more time than they have', () => {
  const crowd = new Crowd();
  for (let n = 0; n < MANY; n++) crowd.run(crowd.ticket(), NEVER);
  crowd.queue.failed('x', { ...down, retryAfterMs: 20_000 });
  expect(crowd.asked).toBeLessThan(FEW * MANY);
  expect([crowd.waiting, crowd.failures.length]).toEqual([0, MANY]);
});

test('ten thousand waiting requests in trouble each fail at their deadline or hardly later', async () => {
  const crowd = new Crowd();
  for (const merchant of ['x', 'y', 'z']) crowd.queue.failed(merchant, down);
  // Spread over a second, with fractions, so that hardly two have the same time.
  for (let n = 0; n < MANY; n++) crowd.run(crowd.ticket(5_000 + n / 10), NEVER);
  expect(crowd.clock.timers).toBe(1);
  for (let passed = 0; passed < 6_100; passed += 100) {
    expect(crowd.failures.length).toBeLessThanOrEqual(Math.max(0, (passed - 4_999) * 10));
    expect(crowd.failures.length).toBeGreaterThanOrEqual(Math.min(MANY, (passed - 5_101) * 10));
    await crowd.clock.advance(100);
  }
  expect(crowd.asked).toBeLessThan(FEW * MANY);
  expect([crowd.waiting, crowd.failures.length, crowd.clock.timers]).toEqual([0, MANY, 0]);
});

test('a request costs next to nothing more where none waits', () => {
  const crowd = new Crowd();
  crowd.first.complete();
  crowd.asked = 0;
  for (let n = 0; n < MANY; n++) crowd.queue.run(crowd.tickets[0] ?? crowd.ticket(), EMPTY).subscribe();
  expect(crowd.asked).toBeLessThan(FEW * MANY);
  expect(crowd.begun).toEqual([]);
});

test('the queue looks at a few places for each request that arrives, ends or leaves, however long it is', () => {
  // A move takes four looks a floor at most, and each waiter moves twice at most.
  const LOOKS = 2 * MANY * 4 * Math.log2(MANY);
  let looks = 0;
  const line = new WaitingLine<Ordered>();
  const waiters = Array.from({ length: MANY }, (_, order) => ({
    index: 0,
    get order() {
      looks += 1;
      // At once: what grows with the square would go on for long.
      if (looks > LOOKS) throw new Error(`more than ${LOOKS} looks`);
      return order;
    },
  }));
  for (const waiter of shuffled(waiters)) line.add(waiter);
  for (const waiter of shuffled(waiters.filter((_, n) => n % 2 === 1))) line.remove(waiter);
  const left: Ordered[] = [];
  for (let first = line.first; first !== undefined; first = line.first) {
    left.push(first);
    line.remove(first);
  }
  expect(left.every((waiter, n) => waiter === waiters[2 * n])).toBe(true);
});
