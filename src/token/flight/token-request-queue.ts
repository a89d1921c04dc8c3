import { finalize, Observable, type Subscriber, type Subscription } from 'rxjs';
import { type Clock, elapsed, type Instant } from '../../time/clock.js';
import { LEAST_PAUSE } from '../../time/running-time.js';
import { type TokenFailure, tokenFailure } from '../token-failure.js';
import { queueFull } from '../token-failure.messages.js';
import { type Ordered, WaitingLine } from './waiting-line.js';

/** The limits that spare a bank's token endpoint. */
export interface TokenRequestPolicy {
  /** Token requests under way at once, at most. */
  readonly concurrency: number;
  /** Flights that may wait for their turn, at most. */
  readonly queue: number;
  /** At most this number of requests begin in any `per` milliseconds. */
  readonly rate?: { readonly requests: number; readonly per: number };
  /** The name of the waiting work in messages. Default: token requests. */
  readonly what?: string;
}

/** News about the bank as a whole. */
export interface QueueNews {
  /** No merchant gets a token; told again with each failure while that lasts. */
  unavailable(reason: string): void;
  /** A token request was answered with something other than trouble, and no merchant has to wait. */
  answered(): void;
  /** The bank asks all merchants to wait, in milliseconds; told again each time that it asks for longer. */
  busy(reason: string, forMs: number): void;
  /** The queue is full: no further flight may wait. */
  saturated(queued: number): void;
}

const NO_NEWS: QueueNews = {
  unavailable: () => {},
  answered: () => {},
  busy: () => {},
  saturated: () => {},
};

/** One flight in the queue: made once per flight, used for each of its attempts. */
export interface QueueTicket {
  /** Milliseconds left of its deadline, which does not run while it waits; asked when it begins to wait. */
  readonly timeLeft: () => number;
  /**
   * Told `true` when it begins to wait, and `false` when waiting is over, whatever the end.
   * @param counted the milliseconds of waiting that count against the flight's deadline
   */
  readonly waiting: (waits: boolean, counted: number) => void;
  /** Set by the queue at first use; a later attempt keeps it. */
  order?: number;
  /** Set by the queue: the number of its last turn. */
  turn?: number;
}

/** The longest that a bank's `Retry-After` holds all merchants, in milliseconds. */
const LONGEST_PAUSE = 300_000;
/** When this number of merchants fail in a row, the trouble is the bank's. */
const MERCHANTS_IN_TROUBLE = 3;
/** Milliseconds from one request to the next while the bank is in trouble. */
const APART_IN_TROUBLE = 1_000;
/** A look at each of 10 000 waiters takes a fraction of a millisecond; a rest of ten milliseconds follows. */
const REST_PER_WAITER = 0.001;
const NEVER = Number.POSITIVE_INFINITY;
/** The statuses on one request, which say nothing about the others. */
const ONE_REQUEST = new Set([408, 425]);

/** A flight that waits for its turn. */
interface Waiter extends Ordered {
  readonly ticket: QueueTicket;
  /** `#counted` when it came. */
  readonly since: number;
  /** `#counted` when its time is over. */
  readonly endsAt: number;
  readonly subscriber: Subscriber<unknown>;
  readonly work: Observable<unknown>;
}

/**
 * The token requests of all merchants of one provider, first come, first served; a retry keeps its flight's place.
 *
 * | the bank        | requests begin                                 | a waiting request                 |
 * |-----------------|------------------------------------------------|-----------------------------------|
 * | is well         | `concurrency` at once, `requests` in any `per` | waits free, at most `queue` do    |
 * | makes all wait  | when the time it asks for is over              | fails at once if it has less      |
 * | is in trouble   | one at a time, one a second                    | fails when its time is over       |
 *
 * A `Retry-After` (429 or 503) holds all merchants, for at most 5 min. The bank is in trouble when three merchants in a
 * row found it unavailable, until it answers any merchant. Requests under way go on in each state.
 *
 * A pause ends by the clock that saw more time, as each merchant's cool-down does: after a suspension, no request waits
 * for a pause that is long over. The rate goes by the monotonic clock alone: a wall clock set forward would make it ask
 * more than it may, while a monotonic clock can at worst stand still, and then it asks less.
 */
export class TokenRequestQueue {
  readonly #waiters = new WaitingLine<Waiter>();
  #nextOrder = 0;
  #running = 0;
  /** When requests began, in monotonic milliseconds: a ring with as many places as the rate has requests. */
  readonly #begins: number[] = [];
  #begun = 0;
  #pause?: { readonly failure: TokenFailure; readonly since: Instant; readonly duration: number };
  /** Merchants that failed since the last answer of the bank. */
  readonly #failing = new Set<unknown>();
  /** The last failure of a bank in trouble. */
  #trouble?: TokenFailure;
  #now: Instant;
  /** The milliseconds of waiting that have counted so far: in pauses and in trouble. */
  #counted = 0;
  /** No waiting request runs out of time before `#counted` has reached this. */
  #soonest = NEVER;
  /** When all waiters were looked at, in monotonic milliseconds. */
  #lookedAt = -NEVER;
  #timer?: Subscription;
  /** When the timer fires, in monotonic milliseconds. */
  #wakesAt = NEVER;
  #busy = false;
  #closed = false;

  constructor(
    private readonly policy: TokenRequestPolicy,
    private readonly clock: Clock,
    private readonly news: QueueNews = NO_NEWS,
  ) {
    this.#now = clock.now();
  }

  /** Whether trouble of the bank as a whole has been announced, so that no merchant need announce it for itself. */
  get inTrouble(): boolean {
    return this.#trouble !== undefined;
  }

  /** How many flights wait for their turn. */
  get length(): number {
    return this.#waiters.all.length;
  }

  /**
   * Runs the work when it is its turn; the place is free again when the work completes, errors or is unsubscribed.
   * Errors with a `TokenFailure` where it never was its turn; completes where the queue is closed.
   */
  run<T>(ticket: QueueTicket, work: Observable<T>): Observable<T> {
    return new Observable<T>((subscriber) => {
      // A flight whose turn it is by now goes first: a timer may be late.
      this.#giveTurns();
      if (this.#closed) subscriber.complete();
      else if (this.#waiters.first !== undefined || !this.#mayBegin) this.#wait(ticket, subscriber, work);
      else {
        ticket.order ??= this.#nextOrder++;
        this.#takeSlot(ticket);
        this.#begin(subscriber, work);
      }
    });
  }

  /** The flight has not used its turn at the bank after all. */
  unused({ turn }: QueueTicket): void {
    const isRemembered = turn !== undefined && this.#begun - turn <= this.#span;
    if (isRemembered) this.#begins[turn % this.#span] = -NEVER;
  }

  /** The bank answered a token request with something other than trouble. */
  answered(): void {
    this.#tick();
    this.#failing.clear();
    if (this.#closed) return;
    // An answer to a request that was under way ends no wait.
    if (this.#pause === undefined) this.news.answered();
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    this.#giveTurns();
  }

  /**
   * A token request of this merchant failed as `failure` says (kind 'unavailable').
   * @param merchant compared by identity
   */
  failed(merchant: unknown, failure: TokenFailure): void {
    if (failure.kind !== 'unavailable' || this.#closed) return;
    this.#tick();
    if (this.#trouble !== undefined) {
      this.#trouble = failure;
      this.news.unavailable(failure.reason);
    }
    const { status, retryAfterMs = 0 } = failure;
    if (asksAllToWait(status) && retryAfterMs > 0) {
      this.#beginPause(failure, Math.min(retryAfterMs, LONGEST_PAUSE));
    } else if (this.#trouble === undefined && this.#failing.add(merchant).size >= MERCHANTS_IN_TROUBLE) {
      this.#trouble = failure;
      this.news.unavailable(failure.reason);
    }
    this.#giveTurns();
  }

  /** Ends all waiting silently. Requests under way go on; none begins any more. */
  close(): void {
    this.#closed = true;
    this.#wake(NEVER);
    for (const waiter of [...this.#waiters.all]) if (this.#leave(waiter)) waiter.subscriber.complete();
  }

  /** Brings the clock up to date: waiting has counted, a pause may be over. */
  #tick(): void {
    const now = this.clock.now();
    // A timer that is overdue means that the process did not run, which is no waiting for the bank.
    const ran = now.monotonic - this.#wakesAt < LEAST_PAUSE ? now.monotonic : this.#wakesAt;
    if (this.#pause !== undefined || this.inTrouble) this.#counted += Math.max(0, ran - this.#now.monotonic);
    this.#now = now;
    if (this.#pauseLeft <= 0) this.#pause = undefined;
  }

  /** Begins the requests whose turn it is, in a loop: requests that end at once, or come meanwhile, do not recurse. */
  #giveTurns(): void {
    this.#tick();
    if (this.#busy || this.#closed) return;
    this.#busy = true;
    try {
      if (this.#untilLate <= 0) this.#endLate();
      for (let next = this.#next; next !== undefined; next = this.#next) {
        // Before the waiter is told, since its subscriber may come back at once and take the slot.
        this.#takeSlot(next.ticket);
        this.#leave(next);
        this.#begin(next.subscriber, next.work);
        // The rate looks back on when each really began, and to begin may take a while.
        this.#tick();
      }
    } finally {
      this.#busy = false;
    }
    this.#wake(this.#waiters.first === undefined ? NEVER : this.#untilNext);
  }

  /** The flight whose turn it is now. */
  get #next(): Waiter | undefined {
    return this.#mayBegin ? this.#waiters.first : undefined;
  }

  get #mayBegin(): boolean {
    return this.#pause === undefined && this.#hasRoom && this.#untilTurn <= 0;
  }

  get #hasRoom(): boolean {
    return this.#running < (this.inTrouble ? 1 : this.policy.concurrency);
  }

  #takeSlot(ticket: QueueTicket): void {
    ticket.turn = this.#begun;
    this.#running += 1;
    this.#begins[this.#begun % this.#span] = this.#now.monotonic;
    this.#begun += 1;
  }

  #begin(subscriber: Subscriber<unknown>, work: Observable<unknown>): void {
    const free = () => {
      this.#running -= 1;
      this.#giveTurns();
    };
    if (subscriber.closed) free();
    // The slot is released last: subscribers that hear how the work ended may have news of the bank.
    else work.pipe(finalize(free)).subscribe(subscriber);
  }

  #wait(ticket: QueueTicket, subscriber: Subscriber<unknown>, work: Observable<unknown>): void {
    const timeLeft = ticket.timeLeft();
    const refusal = this.#refusal(timeLeft) ?? (ticket.order === undefined ? this.#fullness : undefined);
    if (refusal !== undefined) {
      subscriber.error(refusal);
      return;
    }
    ticket.order ??= this.#nextOrder++;
    const since = this.#counted;
    const endsAt = since + timeLeft;
    const waiter = { ticket, order: ticket.order, since, endsAt, subscriber, work, index: 0 };
    this.#waiters.add(waiter);
    this.#soonest = Math.min(this.#soonest, endsAt);
    ticket.waiting(true, 0);
    subscriber.add(() => {
      if (this.#leave(waiter)) this.#giveTurns();
    });
    this.#giveTurns();
  }

  /** Returns whether it was still waiting. */
  #leave(waiter: Waiter): boolean {
    const waited = this.#waiters.remove(waiter);
    if (waited) waiter.ticket.waiting(false, this.#counted - waiter.since);
    return waited;
  }

  /** The milliseconds that a request must have left to wait; in trouble any number suffices. */
  get #leastTime(): number {
    if (this.#pause !== undefined) return this.#pauseLeft;
    return this.inTrouble ? Number.MIN_VALUE : -NEVER;
  }

  /** The failure of a request that has less than the least time. */
  #refusal(timeLeft: number): TokenFailure | undefined {
    const failure = this.#pause?.failure ?? this.#trouble;
    if (failure === undefined || timeLeft >= this.#leastTime) return undefined;
    const { kind, reason, status } = failure;
    const retryAfterMs = this.#pause === undefined ? undefined : this.#pauseLeft;
    return tokenFailure({ kind, reason, status, retryAfterMs });
  }

  get #fullness(): TokenFailure | undefined {
    const { queue, what } = this.policy;
    const queued = this.#waiters.all.length;
    if (queued < queue) return undefined;
    this.news.saturated(queued);
    return tokenFailure({ kind: 'queue-full', reason: queueFull(queue, what) });
  }

  #beginPause(failure: TokenFailure, duration: number): void {
    if (duration <= this.#pauseLeft) return;
    this.#pause = { failure, since: this.#now, duration };
    this.news.busy(failure.reason, duration);
    this.#endLate();
  }

  /** Fails all requests whose time is over. */
  #endLate(): void {
    const counted = this.#counted;
    const least = this.#leastTime;
    const refusal = this.#refusal(-NEVER);
    let soonest = NEVER;
    const late: Waiter[] = [];
    for (const waiter of this.#waiters.all) {
      if (waiter.endsAt - counted < least) late.push(waiter);
      else if (waiter.endsAt < soonest) soonest = waiter.endsAt;
    }
    this.#soonest = soonest;
    this.#lookedAt = this.#now.monotonic;
    for (const waiter of late) if (this.#leave(waiter)) waiter.subscriber.error(refusal);
  }

  get #pauseLeft(): number {
    return this.#pause === undefined ? 0 : this.#pause.duration - elapsed(this.#pause.since, this.#now);
  }

  get #span(): number {
    return this.policy.rate?.requests ?? 1;
  }

  /** Milliseconds until the rate, and in trouble the time between two requests, allow another one. */
  get #untilTurn(): number {
    const after = (number: number, pause: number) =>
      (this.#begins[number % this.#span] ?? -NEVER) + pause - this.#now.monotonic;
    const { rate } = this.policy;
    const untilRate = rate === undefined ? 0 : after(this.#begun - rate.requests, rate.per);
    return Math.max(untilRate, this.inTrouble ? after(this.#begun - 1, APART_IN_TROUBLE) : 0);
  }

  /** Milliseconds until the time of the next waiting request is over. */
  get #untilLate(): number {
    if (!this.inTrouble) return NEVER;
    const rest = this.#waiters.all.length * REST_PER_WAITER;
    return Math.max(this.#soonest - this.#counted, this.#lookedAt + rest - this.#now.monotonic);
  }

  /** Milliseconds until the next event for a waiting request. */
  get #untilNext(): number {
    if (this.#pause !== undefined) return this.#pauseLeft;
    const pause = this.inTrouble ? APART_IN_TROUBLE : NEVER;
    return Math.min(this.#untilLate, this.#hasRoom ? this.#untilTurn : NEVER, pause);
  }

  /** Goes on after this time, or before it: once too often does no harm. */
  #wake(milliseconds: number): void {
    const at = this.#now.monotonic + milliseconds;
    if (this.#wakesAt <= at && at !== NEVER) return;
    this.#timer?.unsubscribe();
    this.#wakesAt = at;
    if (at === NEVER) return;
    this.#timer = this.clock.timer(Math.ceil(milliseconds)).subscribe(() => {
      this.#tick();
      this.#wakesAt = NEVER;
      this.#giveTurns();
    });
  }
}

/** Whether a status speaks of the bank as a whole: 429, 503, and 4xx or 2xx with `temporarily_unavailable` instead. */
function asksAllToWait(status = 500): boolean {
  return status === 503 || (status < 500 && !ONE_REQUEST.has(status));
}
