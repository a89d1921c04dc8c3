import type { Instant } from '../../src/time/clock.js';
import { FlightTime } from './flight-time.js';
import {
  between,
  type Failed,
  type Found,
  type Issued,
  type Terms,
  TokenHistory,
  unusableFrom,
} from './token-history.js';

/** What a bank makes of a token request. Durations in milliseconds. */
export type BankAnswer =
  | { readonly kind: 'grant'; readonly value: string; readonly lifetime: number }
  | {
      readonly kind: 'unavailable';
      readonly retryAfterMs?: number;
      /** The connection was lost: the bank has said nothing. */
      readonly lost?: boolean;
    }
  | { readonly kind: 'rejected' | 'invalid' };

/** What a caller gets. */
export type Outcome =
  | { readonly kind: 'token'; readonly token: Issued }
  | { readonly kind: 'error'; readonly code: string; readonly retryAfterMs?: number }
  | { readonly kind: 'aborted' }
  /** The application has shut down: any error, but at once. */
  | { readonly kind: 'closed' };

/** One who asked for a token. */
export class Caller {
  /** What it got; any of more than one, where two things happen in one millisecond. Empty while it waits. */
  outcomes: readonly Outcome[] = [];
  left = false;

  /** @param givesUpAt by the monotonic clock */
  constructor(readonly givesUpAt = Number.POSITIVE_INFINITY) {}

  get waits(): boolean {
    return this.outcomes.length === 0 && !this.left;
  }
}

/** One who follows the tokens, with those that it must have seen. */
export interface Follower {
  readonly seen: Issued[];
  follows: boolean;
  left: boolean;
}

/** A token request with all that belongs to it, of which there is one at a time. Ends are of the monotonic clock. */
export interface Flight {
  readonly time: FlightTime;
  readonly fromBankOnly: boolean;
  /** It is only worth a request if the credentials are others than these; otherwise it looks into the store. */
  readonly rejectedVersion: string | undefined;
  readonly waiting: Caller[];
  phase: 'reads the credentials' | 'looks into the store' | 'asks the bank' | 'pauses';
  phaseEndsAt: number;
  /** When it last looked into the store. The answer may take its time, in which the token grows older. */
  lookedAt: Instant | undefined;
  /** Whether its credentials are those that were rejected, so that it asks no bank. */
  onlyLooks: boolean;
  /** Whether the source of the credentials has been asked, in this phase. */
  reading: boolean;
  version: string;
  /** Whether these are its second credentials, or may be. */
  rejectedOnce: boolean;
  attempts: number;
  attemptsLeft: number;
  asked: Instant;
  /** How many times it has begun anew, because the process did not run. */
  excused: number;
}

const CODES = {
  rejected: 'BANK_AUTH_CREDENTIALS_REJECTED',
  unavailable: 'BANK_AUTH_UNAVAILABLE',
  invalid: 'BANK_AUTH_INVALID_RESPONSE',
  'credentials-unreadable': 'BANK_AUTH_CONFIG',
} as const;

const NEVER = Number.POSITIVE_INFINITY;
const GAVE_UP: Outcome = { kind: 'error', code: CODES.unavailable };

/**
 * What a token service ought to do, said once more and naively, after docs/behaviour.md: who waits for what, and what
 * becomes of it. It is told what happens around the service and shares no code with it.
 */
export class ReferenceModel {
  readonly history: TokenHistory;
  /** The token requests that the bank must have seen. */
  readonly requests: { readonly version: string; readonly at: Instant }[] = [];
  /** How often the credentials must have been read. */
  reads = 0;
  flight: Flight | undefined;
  closed = false;
  readonly callers: Caller[] = [];
  readonly followers: Follower[] = [];
  #storeInTrouble = false;
  #keptWarm = false;
  /** When a clock was last set or the process frozen, by the monotonic clock. */
  #disturbedAt = Number.NEGATIVE_INFINITY;
  /** The moment that is being caught up with. */
  #moment: Instant | undefined;

  /** @param clock both clocks; timers follow the monotonic one */
  constructor(
    readonly terms: Terms,
    private readonly clock: () => Instant,
  ) {
    this.history = new TokenHistory(terms);
  }

  // ————— what callers do —————

  /** Somebody wants a token, and waits for so many milliseconds at most. */
  ask(patience?: number): Caller {
    const caller = this.#caller(patience);
    const now = this.#now;
    const token = this.history.usableToken(now);
    if (token !== undefined) {
      settle(caller, { kind: 'token', token });
      const idle = this.flight === undefined && !this.closed;
      if (idle && this.history.isStale(token, now) && this.history.bankMayBeAsked(now)) this.#takeOff();
    } else if (this.closed) settle(caller, { kind: 'closed' });
    else if (this.flight === undefined && !this.history.bankMayBeAsked(now))
      settle(caller, this.#failureWith(this.history.coolingFor(now)));
    else this.#join(caller);
    return caller;
  }

  /** Somebody whose signal says already that it wants none. */
  askInVain(): Caller {
    const caller = this.#caller();
    settle(caller, { kind: 'aborted' });
    return caller;
  }

  /** Somebody wants another token. */
  refresh(): Caller {
    const caller = this.#caller();
    const { lastFailure: failure, coolDown } = this.history;
    // Never sooner than the bank asks for, and never twice in a second.
    const least =
      failure === undefined ? 0 : Math.min(coolDown, Math.max(1_000, this.history.askedFor(failure)));
    const age = failure === undefined ? 0 : between(failure.at, this.#now);
    if (this.closed) settle(caller, { kind: 'closed' });
    else if (this.flight === undefined && age < least) settle(caller, this.#failureWith(least - age));
    else {
      if (this.flight === undefined) this.#takeOff(true);
      this.#join(caller);
    }
    return caller;
  }

  warmUp(): void {
    this.catchUp();
    const idle = this.flight === undefined && !this.closed;
    const without = this.history.usableToken(this.#now) === undefined;
    if (idle && without && this.history.bankMayBeAsked(this.#now)) this.#takeOff();
  }

  /** A caller does not want its token any more. */
  leave(caller: Caller): void {
    this.catchUp();
    if (caller.waits) caller.left = true;
  }

  abort(caller: Caller): void {
    this.catchUp();
    if (caller.waits) settle(caller, { kind: 'aborted' });
  }

  follow(): Follower {
    this.catchUp();
    const token = this.closed ? undefined : this.history.usableToken(this.#now);
    const follower = { seen: token === undefined ? [] : [token], follows: !this.closed, left: false };
    this.followers.push(follower);
    return follower;
  }

  unfollow(follower: Follower): void {
    this.catchUp();
    follower.follows = false;
    follower.left = true;
  }

  keepWarm(): void {
    this.catchUp();
    this.#keptWarm = true;
  }

  // ————— what is said of a token —————

  /** A call was answered 401. Says whether another token is worth a try. */
  refused(value: string): boolean {
    this.catchUp();
    return this.history.token?.value === value ? this.history.refuse(this.#now) : true;
  }

  accepted(token: Issued, afterRefusal: boolean): void {
    this.catchUp();
    if (this.history.token === token) this.history.add({ fact: 'worked', remedy: afterRefusal });
  }

  invalidate(value: string): void {
    this.catchUp();
    if (this.history.token?.value === value)
      this.history.add({ fact: 'dropped', value, refused: false, at: this.#now });
  }

  // ————— what the surroundings do —————

  /** The service reads the credentials, on behalf of the flight that is returned. */
  credentialsAsked(): Flight {
    this.catchUp();
    if (this.flight === undefined && this.warmRenewalIn() <= 0) this.#takeOff();
    const { flight } = this;
    if (flight === undefined) throw new Error('the credentials are read, but nobody needs a token now');
    if (flight.phase !== 'reads the credentials' || flight.reading)
      throw new Error(`the credentials are read, but the flight ${flight.phase}: is there another one?`);
    flight.reading = true;
    return flight;
  }

  /** The credentials have this version; undefined if they cannot be read. */
  credentialsRead(flight: Flight, version: string | undefined): void {
    this.catchUp();
    if (flight !== this.flight || !flight.reading) return;
    flight.reading = false;
    if (flight.rejectedOnce) {
      if (version === undefined || version === flight.version) this.#fail('rejected');
      else {
        // Other credentials get one try.
        flight.attempts = 0;
        flight.attemptsLeft = 1;
        this.#look(flight, version);
      }
    } else if (
      flight.rejectedVersion !== undefined &&
      (version ?? flight.rejectedVersion) === flight.rejectedVersion
    ) {
      // The same are worth a look: the bank may have been kinder to another process.
      flight.onlyLooks = true;
      if (version === undefined || !this.terms.store || this.#storeInTrouble) this.#findNoOthers();
      else this.#lookInto(flight, version);
    } else if (version === undefined) this.#failUnheard('credentials-unreadable');
    else this.#look(flight, version);
  }

  /** From the first fault on, which does not end here, the store is left alone. */
  storeFailed(): void {
    this.catchUp();
    this.#storeInTrouble = true;
  }

  /** Before each request: somebody else may have brought a token meanwhile. */
  #look(flight: Flight, version = flight.version): void {
    flight.time.attemptBegins(this.#now);
    if (!this.terms.store || this.#storeInTrouble || flight.fromBankOnly) {
      this.#send(flight, version);
      return;
    }
    this.#lookInto(flight, version);
  }

  #lookInto(flight: Flight, version: string): void {
    flight.version = version;
    flight.phase = 'looks into the store';
    flight.lookedAt = this.#now;
    flight.phaseEndsAt = this.#now.monotonic + 1_000;
  }

  #findNothing(flight: Flight): void {
    if (flight.onlyLooks) this.#findNoOthers();
    else this.#send(flight);
  }

  /** The store has this token, or none, or could not be asked. */
  storeRead(flight: Flight, found: Found | undefined): void {
    this.catchUp();
    if (flight !== this.flight || flight.phase !== 'looks into the store') return;
    if (found !== undefined && this.history.isOfUse(found, flight.version, this.#now)) {
      const { value, ageMs, lifetime } = found;
      const { wall, monotonic } = flight.lookedAt ?? this.#now;
      const asked = { wall: wall - ageMs, monotonic: monotonic - ageMs };
      this.#land({ fact: 'issued', value, asked, lifetime });
    } else this.#findNothing(flight);
  }

  /** The bank answers the request that is under way. */
  answered(answer: BankAnswer): void {
    this.catchUp();
    const { flight } = this;
    if (flight?.phase !== 'asks the bank') throw new Error('the bank was asked, but no flight asks it');
    if (answer.kind === 'grant') {
      const { value, lifetime } = answer;
      // One that has had its time on arrival is as good as none.
      if (between(flight.asked, this.#now) >= unusableFrom(lifetime)) this.#tryAgainOrFail(flight);
      else this.#land({ fact: 'issued', value, asked: flight.asked, lifetime });
    } else if (answer.kind === 'unavailable')
      this.#tryAgainOrFail(flight, answer.retryAfterMs, answer.lost !== true);
    else if (answer.kind === 'rejected' && this.terms.mayRotate && !flight.rejectedOnce) {
      flight.rejectedOnce = true;
      flight.phase = 'reads the credentials';
      flight.phaseEndsAt = NEVER;
      this.reads += 1;
    } else this.#fail(answer.kind);
  }

  /** To be told before a clock is set or the process frozen. */
  disturb(): void {
    this.catchUp();
    this.#disturbedAt = this.#now.monotonic;
  }

  close(): void {
    this.catchUp();
    this.closed = true;
    this.flight = undefined;
    for (const caller of this.callers) if (caller.waits) settle(caller, { kind: 'closed' });
    for (const follower of this.followers) follower.follows = false;
  }

  /** Lets all happen that had its time by now, each at its time. */
  catchUp(): void {
    const { wall, monotonic } = this.clock();
    for (let next = this.#next(monotonic); next !== undefined; next = this.#next(monotonic)) {
      this.#moment = { wall: wall - (monotonic - next.at), monotonic: next.at };
      next.happens();
      this.#moment = undefined;
    }
  }

  // ————— what is so now —————

  get status() {
    const { history } = this;
    const now = this.#now;
    const { token, lastFailure: failure } = history;
    const usable = history.usableToken(now);
    const cooling = history.coolingFor(now);
    const without =
      cooling > 0 && this.flight === undefined ? 'cooling-down' : token === undefined ? 'absent' : 'expired';
    const refused = usable && history.refusedNow(now);
    const served = usable && (refused ? 'refused' : history.isStale(usable, now) ? 'stale' : 'fresh');
    const state = served ?? without;
    const retryIn = Math.max(cooling, refused?.left ?? 0);
    return {
      state,
      since: this.#sinceWhen(state, refused?.since),
      issuedAt: token?.asked.wall,
      expiresAt: token && token.asked.wall + token.lifetime,
      refreshAt: token && Math.round(token.asked.wall + history.staleFrom(token)),
      failures: history.failuresInARow.length,
      retryAt: retryIn > 0 ? Math.ceil(now.wall + retryIn) : undefined,
      lastErrorCode: failure && CODES[failure.why],
      lastErrorAt: failure && Math.round(failure.at.wall),
    };
  }

  /** By the wall clock; never in the future, to which a clock that was set back belongs. */
  #sinceWhen(state: string, refusedSince: Instant | undefined): number | undefined {
    const { token, failuresInARow, lostAt } = this.history;
    const firstFailure = failuresInARow[0]?.at.wall;
    const since = {
      fresh: token?.asked.wall,
      stale: token && token.asked.wall + this.history.staleFrom(token),
      expired: token && token.asked.wall + unusableFrom(token.lifetime),
      refused: refusedSince?.wall,
      'cooling-down': firstFailure,
      absent: lostAt?.wall ?? firstFailure,
    }[state];
    return since && Math.round(Math.min(since, this.#now.wall));
  }

  /** Milliseconds until the token is renewed although nobody asks; below 0 that is overdue. */
  warmRenewalIn(): number {
    const { history } = this;
    if (!this.#isWarm || this.flight !== undefined) return NEVER;
    const now = this.#now;
    const { token } = history;
    // Such renewals are at least a second apart, however short a token lives.
    const due =
      token === undefined
        ? Number.NEGATIVE_INFINITY
        : Math.max(history.staleFrom(token), 1_000) - between(token.asked, now);
    if (history.lastFailure === undefined) return due;
    return Math.max(due, Math.min(history.coolingFor(now), history.recheckIn(now)));
  }

  /**
   * Whether a renewal that nobody asked for should have happened by now. Timers stand still with a frozen process and
   * hear nothing of clocks that are set; but the time is looked at once a minute.
   */
  get missedWarmRenewal(): boolean {
    const sinceDisturbance = this.#now.monotonic - this.#disturbedAt;
    const grace = this.#disturbedAt === Number.NEGATIVE_INFINITY ? 1 : 60_001;
    return Math.min(-this.warmRenewalIn(), sinceDisturbance) > grace;
  }

  /** Whether nothing is under way and nobody waits for anything; what a store has to do is not looked at. */
  get isIdle(): boolean {
    return !this.#isWarm && this.flight === undefined && !this.callers.some(({ waits }) => waits);
  }

  get #isWarm(): boolean {
    return !this.closed && (this.#keptWarm || this.followers.some(({ follows }) => follows));
  }

  /** Milliseconds until something changes by itself, for a test that wants to be there. */
  get milestones(): readonly number[] {
    const { history, flight } = this;
    const now = this.#now;
    const { token } = history;
    const refusal = history.lastRefusal();
    return [
      ...(token === undefined
        ? []
        : [history.staleFrom(token), unusableFrom(token.lifetime)].map(
            (age) => age - between(token.asked, now),
          )),
      history.coolingFor(now),
      history.recheckIn(now),
      ...(refusal === undefined ? [] : [refusal.pause - between(refusal.at, now)]),
      ...(flight === undefined ? [] : [flight.time.left(now), flight.phaseEndsAt - now.monotonic]),
    ].filter((ms) => ms > 0 && ms !== NEVER);
  }

  // ————— flights —————

  #takeOff(fromBankOnly = false): void {
    const started = this.#now;
    const { lastFailure: failure } = this.history;
    const onlyIfOthers =
      !fromBankOnly && this.history.coolingFor(started) > 0 && this.history.recheckIn(started) !== NEVER;
    // One that follows a failure only looks whether the bank is back.
    const attempts = failure === undefined ? this.terms.attempts : 1;
    this.#begin(
      { fromBankOnly, rejectedVersion: onlyIfOthers ? failure?.version : undefined, waiting: [] },
      attempts,
    );
  }

  #begin(
    plan: Pick<Flight, 'fromBankOnly' | 'rejectedVersion' | 'waiting'>,
    attempts: number,
    excused = 0,
  ): void {
    const { fromBankOnly, rejectedVersion, waiting } = plan;
    const now = this.#now;
    this.flight = {
      time: new FlightTime(this.terms.deadline, now),
      fromBankOnly,
      rejectedVersion,
      waiting,
      phase: 'reads the credentials',
      phaseEndsAt: NEVER,
      lookedAt: undefined,
      onlyLooks: false,
      reading: false,
      version: '',
      rejectedOnce: false,
      attempts: 0,
      attemptsLeft: attempts,
      asked: now,
      excused,
    };
    this.reads += 1;
  }

  #join(caller: Caller): void {
    if (this.flight === undefined) this.#takeOff();
    this.flight?.waiting.push(caller);
  }

  #send(flight: Flight, version = flight.version): void {
    const { attemptTimeout } = this.terms;
    const at = this.#now;
    const left = flight.time.left(at);
    flight.phase = 'asks the bank';
    flight.phaseEndsAt = at.monotonic + wholeMilliseconds(Math.min(attemptTimeout, left));
    flight.version = version;
    flight.asked = at;
    flight.attempts += 1;
    flight.attemptsLeft -= 1;
    this.requests.push({ version, at });
  }

  /** @param said whether it was the bank that said so */
  #tryAgainOrFail(flight: Flight, retryAfterMs = 0, said = false): void {
    const { luck } = this.terms;
    const now = this.#now;
    const pause = Math.max(retryAfterMs, luck * 250 * 2 ** (flight.attempts - 1));
    if (flight.attemptsLeft === 0 || pause >= flight.time.left(now)) {
      if (said) this.#fail('unavailable', retryAfterMs);
      else this.#failUnheard('unavailable', retryAfterMs);
    } else {
      flight.phase = 'pauses';
      flight.phaseEndsAt = now.monotonic + wholeMilliseconds(pause);
    }
  }

  #land(token: Issued): void {
    this.history.add(token);
    for (const follower of this.followers) if (follower.follows) follower.seen.push(token);
    this.#end({ kind: 'token', token });
  }

  /** The bank has said nothing. If the process did not run meanwhile, that is no news of the bank: one attempt more, thrice. */
  #failUnheard(why: Failed['why'], retryAfterMs = 0): void {
    const { flight } = this;
    const mayBegin = flight !== undefined && flight.excused < 3 && flight.time.hasStoodStill(this.#now);
    if (mayBegin) this.#begin(flight, 1, flight.excused + 1);
    else this.#fail(why, retryAfterMs);
  }

  #fail(why: Failed['why'], retryAfterMs = 0): void {
    const { version = '' } = this.flight ?? {};
    this.history.add({ fact: 'failed', why, at: this.#now, retryAfterMs, version });
    this.#end(this.#failureWith(this.history.coolDown));
  }

  #findNoOthers(): void {
    this.history.add({ fact: 'same credentials', at: this.#now });
    this.#end(this.#failureWith(this.history.coolingFor(this.#now)));
  }

  #end(outcome: Outcome): void {
    const { waiting = [] } = this.flight ?? {};
    const { monotonic } = this.#now;
    this.flight = undefined;
    for (const caller of waiting) {
      // Which of two things in one millisecond comes first is nobody's to say.
      if (caller.givesUpAt === monotonic && !caller.left) caller.outcomes = [outcome, GAVE_UP];
      else if (caller.waits) caller.outcomes = [outcome];
    }
  }

  /** The last failure, as one is told who has so many milliseconds to wait. */
  #failureWith(retryAfterMs: number): Outcome {
    const { why } = this.history.lastFailure as Failed;
    return { kind: 'error', code: CODES[why], retryAfterMs: Math.ceil(Math.max(0, retryAfterMs)) };
  }

  // ————— callers and time —————

  #caller(patience?: number): Caller {
    this.catchUp();
    const caller = new Caller(
      patience === undefined ? NEVER : this.#now.monotonic + wholeMilliseconds(patience),
    );
    this.callers.push(caller);
    return caller;
  }

  /** What happens next by itself, if that is by `now` of the monotonic clock. */
  #next(now: number): { readonly at: number; happens(): void } | undefined {
    const { flight } = this;
    const ends =
      flight === undefined
        ? []
        : [
            {
              at: flight.time.partEndsAt,
              happens: () => {
                if (flight.time.endPart(this.#now) <= 0) this.#endLate(flight);
              },
            },
            { at: flight.phaseEndsAt, happens: () => this.#endPhase(flight) },
          ];
    const givingUp = this.callers
      .filter(({ waits }) => waits)
      .map((caller) => ({ at: caller.givesUpAt, happens: () => settle(caller, GAVE_UP) }));
    return [...ends, ...givingUp].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)[0];
  }

  /** Whose time is over before it knew any credentials has found none. */
  #endLate(flight: Flight): void {
    if (!flight.onlyLooks && (flight.phase !== 'reads the credentials' || flight.rejectedOnce))
      this.#failUnheard('unavailable');
    else if (flight.rejectedVersion === undefined) this.#failUnheard('credentials-unreadable');
    else this.#findNoOthers();
  }

  #endPhase(flight: Flight): void {
    if (flight.phase === 'asks the bank') this.#tryAgainOrFail(flight);
    else if (flight.phase === 'pauses') this.#look(flight);
    // Without a store that takes too long.
    else this.#findNothing(flight);
  }

  get #now(): Instant {
    return this.#moment ?? this.clock();
  }
}

function settle(caller: Caller, outcome: Outcome): void {
  caller.outcomes = [outcome];
}

/** Timers know whole milliseconds only, and at least one. */
function wholeMilliseconds(ms: number): number {
  return Math.max(1, Math.trunc(ms));
}
