import type { BankAuthError, LineLogger, LogLine } from '../../errors/index.js';
import type { BankAuthEventDetails, EventSink } from '../../events/index.js';
import { type Clock, elapsed, type Instant } from '../../time/clock.js';
import { isReminderDue } from '../reminders.js';
import {
  tokenAccepted,
  tokenBraked,
  tokenFailed,
  tokenRecovered,
  tokenRefused,
  tokenStillBraked,
  tokenStillFailing,
} from '../token.messages.js';
import type { CoolDown, CurrentToken, TokenEntry } from '../token-entry.js';
import type { TokenFailure } from '../token-failure.js';
import { whoIs } from '../token-failure.messages.js';
import type { TokenMachine } from '../token-machine.js';
import { MerchantLog, say } from './merchant-log.js';

/** The troubles of a merchant that were told, so that their course and their end are told too. */
export interface Trouble {
  /** No flight brings a token. */
  failing?: FailingTrouble;
  /** A token was refused and replaced. */
  refused?: { readonly toldAt: Instant };
  /** New tokens are refused too. */
  braked?: BrakedTrouble;
}

interface FailingTrouble {
  readonly began: Instant;
  /** Failed flights, counted on even if other credentials have begun a new row. */
  failures: number;
  /** Whether there was a token to go on with when it was told. */
  served: boolean;
  /** When the last line was written, or was left out. */
  toldAt: Instant;
  /** When the line with the advice on each kind of failure was written, by the wall clock. */
  readonly lines: Partial<Record<TokenFailure['kind'], number>>;
  /** Whether the last such line was left out, because there were too many. */
  isLeftOut: boolean;
}

interface BrakedTrouble {
  readonly began: Instant;
  /** When its first line was written; undefined while it was left out, because there were too many. */
  line: number | undefined;
  /** In milliseconds since the Unix epoch; undefined where the next refused token is replaced. */
  until: number | undefined;
  refused: number;
  refusedAt: Instant;
  /** Whether tokens work for other calls. */
  isPartial: boolean;
  toldAt: Instant;
}

/** A merchant, as far as there is news of it. */
export interface MerchantInNews {
  readonly key: string | undefined;
  readonly entry: TokenEntry;
  /** Undefined without trouble. */
  trouble: Trouble | undefined;
}

/** How a token came, or did not: by a flight, or from another process. */
export interface Flown {
  /** Milliseconds from its start. */
  readonly durationMs: number;
  /** Token requests that were sent. */
  readonly attempts: number;
}

/** The parts that the news of a provider's merchants need. */
export interface NewsParts {
  readonly provider: string;
  readonly clock: Clock;
  readonly machine: TokenMachine;
  readonly events: EventSink;
  readonly loggerOf: (key: string | undefined) => LineLogger;
  readonly labelOf: (key: string | undefined) => string;
  /** Whether trouble of the bank with all merchants has been told, so that none is named for it. */
  readonly isBankInTrouble: () => boolean;
}

/**
 * Tells what happens to merchants: as events while somebody listens, and as log lines, one when a trouble begins,
 * one a minute for as long as it lasts and is felt, one when it ends. No timer: news of trouble can wait until a caller
 * or a renewal meets it.
 */
export class MerchantNews {
  constructor(private readonly parts: NewsParts) {}

  /** @param before the state before the token came, which is the current one by now */
  arrived(merchant: MerchantInNews, before: TokenEntry, source: 'bank' | 'store', flown: Flown): void {
    const now = this.parts.clock.now();
    const { current } = merchant.entry;
    const told = merchant.trouble?.failing;
    const failures = told?.failures ?? before.coolDown?.count ?? 0;
    const began = told?.began ?? before.coolDown?.began;
    const outageMs = began === undefined ? undefined : elapsed(began, now);
    if (this.parts.events.observed && current !== undefined) {
      this.#emit(merchant, now, {
        type: isUsable(before.current, now) ? 'token.renewed' : 'token.obtained',
        source,
        ...flown,
        expiresAt: current.token.expiresAt,
        refreshAt: refreshAtOf(current),
        afterFailures: failures,
        ...(outageMs === undefined ? {} : { outageMs }),
      });
    }
    if (told === undefined) return;
    this.#settle(merchant, 'failing');
    if (Object.keys(told.lines).length === 0) return;
    this.#say(merchant, tokenRecovered(this.#who(merchant), failures, outageMs ?? 0));
  }

  /**
   * A flight failed; `merchant.entry` knows of it.
   * @param isMistake whether it is a caller's mistake: the caller gets the error, and no line is written
   */
  failed(
    merchant: MerchantInNews,
    failure: TokenFailure,
    error: BankAuthError,
    { isMistake, ...flown }: Flown & { readonly isMistake: boolean },
  ): void {
    const now = this.parts.clock.now();
    const coolDown = merchant.entry.coolDown as CoolDown;
    const course = this.#courseOf(merchant, coolDown, now);
    const { usableUntil } = course;
    if (this.parts.events.observed) {
      const { code } = error;
      const { status } = failure;
      const { failures, retryAt } = course;
      this.#emit(merchant, now, {
        type: usableUntil === undefined ? 'token.failed' : 'token.renewal-failed',
        code,
        ...(status === undefined ? {} : { status }),
        ...flown,
        failures,
        ...(retryAt === undefined ? {} : { retryAt }),
        ...(usableUntil === undefined ? {} : { usableUntil }),
      });
      if (failure.kind === 'rejected') this.#emit(merchant, now, { type: 'credentials.rejected' });
      if (retryAt !== undefined)
        this.#emit(merchant, now, { type: 'cooldown.started', code, until: retryAt });
    }
    const told = merchant.trouble?.failing;
    if (told === undefined) {
      if (!isMistake) this.#begin(merchant, failure, error, course, now);
      return;
    }
    told.failures += 1;
    const hasRunOut = told.served && usableUntil === undefined;
    if (hasRunOut || told.lines[failure.kind] === undefined)
      this.#begin(merchant, failure, error, course, now);
    else this.#remind(merchant, course, now);
  }

  /** Logs the advice: once for each kind of failure, and once more when there is no token left to go on with. */
  #begin(
    merchant: MerchantInNews,
    failure: TokenFailure,
    error: BankAuthError,
    course: Course,
    now: Instant,
  ): void {
    const { kind } = failure;
    // Callers get the error too, but a renewal in the background has no caller.
    if (kind === 'unavailable' && this.parts.isBankInTrouble()) return;
    const { began, count } = merchant.entry.coolDown as CoolDown;
    const trouble = this.#troubleOf(merchant);
    trouble.failing ??= { began, failures: count, served: false, toldAt: now, lines: {}, isLeftOut: false };
    const told = trouble.failing;
    if (told.isLeftOut && !isReminderDue(told.toldAt, now)) return;
    told.toldAt = now;
    told.isLeftOut = !this.#say(
      merchant,
      tokenFailed(levelOf(failure), error, { ...course, failures: told.failures, since: told.began.wall }),
    );
    if (told.isLeftOut) return;
    told.served = course.usableUntil !== undefined;
    told.lines[kind] ??= now.wall;
  }

  /** A caller was sent away without a token, because a request failed just before. */
  turnedAway(merchant: MerchantInNews): void {
    const told = merchant.trouble?.failing;
    const { coolDown } = merchant.entry;
    if (told === undefined || coolDown === undefined) return;
    const now = this.parts.clock.now();
    this.#remind(merchant, this.#courseOf(merchant, coolDown, now), now);
  }

  /**
   * The bank refused a call with the token that was current.
   * @param token the token and its state before the refusal
   */
  refused(merchant: MerchantInNews, { token, worked }: CurrentToken): void {
    const { clock, machine } = this.parts;
    const now = clock.now();
    this.#emit(merchant, now, { type: 'token.refused' });
    const { refusals, current } = merchant.entry;
    const isBraked = machine.isBraked(merchant.entry);
    if (refusals !== undefined && (isBraked || merchant.trouble?.braked !== undefined)) {
      const end = refusals.since.wall + refusals.pause;
      const until = isBraked && end > now.wall ? end : undefined;
      this.#braked(merchant, refusals.since, until, worked, now);
    } else if (current === undefined) {
      const told = merchant.trouble?.refused;
      // A bank that ends each token after one call makes one line a minute.
      if (told !== undefined && !isReminderDue(told.toldAt, now)) return;
      this.#troubleOf(merchant).refused = { toldAt: now };
      this.#say(merchant, tokenRefused(this.#who(merchant), token.expiresAt - now.wall));
    }
  }

  /**
   * A call has got past authentication with the current token.
   * @param afterRefusal whether the same call had been refused with the token before
   */
  accepted(merchant: MerchantInNews, afterRefusal: boolean): void {
    const now = this.parts.clock.now();
    const { braked, refused } = merchant.trouble ?? {};
    if (refused !== undefined && isReminderDue(refused.toldAt, now)) this.#settle(merchant, 'refused');
    if (braked === undefined) return;
    // Where tokens work for some calls, one of these getting through does not end the trouble.
    const isPartial = braked.isPartial && !afterRefusal;
    if (isPartial && elapsed(braked.refusedAt, now) < 2 * this.parts.machine.cooldown.rejected) return;
    this.#settle(merchant, 'braked');
    if (braked.line === undefined) return;
    const outageMs = elapsed(braked.began, isPartial ? braked.refusedAt : now);
    this.#say(merchant, tokenAccepted(this.#who(merchant), braked.refused, outageMs));
  }

  /** Something that is told as an event only. */
  happened(
    merchant: MerchantInNews,
    type: 'token.refused' | 'token.invalidated' | 'credentials.rotated',
  ): void {
    if (this.parts.events.observed) this.#emit(merchant, this.parts.clock.now(), { type });
  }

  /** @param until undefined where the next refused token is replaced */
  #braked(
    merchant: MerchantInNews,
    began: Instant,
    until: number | undefined,
    isPartial: boolean,
    now: Instant,
  ): void {
    const { braked } = merchant.trouble ?? {};
    if (until !== undefined && braked?.until !== until)
      this.#emit(merchant, now, { type: 'token.braked', until });
    const course = { until, isPartial, refused: (braked?.refused ?? 0) + 1, refusedAt: now };
    if (braked === undefined) {
      const trouble = { began, line: undefined, toldAt: now, ...course };
      this.#troubleOf(merchant).braked = trouble;
      this.#sayBraked(merchant, trouble, now);
      return;
    }
    Object.assign(braked, course);
    const isTellable = braked.line !== undefined || until !== undefined;
    if (!isTellable || !isReminderDue(braked.toldAt, now)) return;
    braked.toldAt = now;
    this.#sayBraked(merchant, braked, now);
  }

  #sayBraked(merchant: MerchantInNews, braked: BrakedTrouble, now: Instant): void {
    const { line, began, until, isPartial } = braked;
    const who = this.#who(merchant);
    if (line !== undefined) {
      const outageMs = elapsed(began, now);
      this.#say(
        merchant,
        tokenStillBraked(who, { ...braked, since: began.wall, toldAt: line, outageMs }),
        true,
      );
    } else if (until !== undefined) {
      const forMs = Math.min(until - now.wall, this.parts.machine.cooldown.rejected);
      const isWritten = this.#say(merchant, tokenBraked(who, isPartial, forMs, until));
      if (isWritten) braked.line = now.wall;
    }
  }

  #remind(merchant: MerchantInNews, course: Course, now: Instant): void {
    const told = merchant.trouble?.failing;
    const { kind } = merchant.entry.coolDown?.failure ?? {};
    const toldAt = kind && told?.lines[kind];
    if (told === undefined || toldAt === undefined || !isReminderDue(told.toldAt, now)) return;
    told.toldAt = now;
    const { failures, began } = told;
    const lasting = { failures, since: began.wall, outageMs: elapsed(began, now), toldAt };
    this.#say(merchant, tokenStillFailing(this.#who(merchant), { ...course, ...lasting }), true);
  }

  #courseOf({ entry }: MerchantInNews, coolDown: CoolDown, now: Instant): Course {
    const { began, since, count, duration, failure } = coolDown;
    const { current } = entry;
    const left = duration - elapsed(since, now);
    return {
      level: levelOf(failure),
      reason: failure.reason,
      status: failure.status,
      failures: count,
      since: began.wall,
      outageMs: elapsed(began, now),
      retryAt: left > 0 ? Math.ceil(now.wall + left) : undefined,
      usableUntil: isUsable(current, now)
        ? Math.round(now.wall + current.unusableAfter - elapsed(current.since, now))
        : undefined,
    };
  }

  #troubleOf(merchant: MerchantInNews): Trouble {
    merchant.trouble ??= {};
    return merchant.trouble;
  }

  #settle(merchant: MerchantInNews, what: keyof Trouble): void {
    // Only a trouble that was told is settled, so there is one.
    const trouble = merchant.trouble as Trouble;
    delete trouble[what];
    if (Object.keys(trouble).length === 0) merchant.trouble = undefined;
  }

  #who({ key }: MerchantInNews): string {
    const { provider, labelOf } = this.parts;
    return whoIs(provider, key === undefined ? undefined : labelOf(key));
  }

  #emit({ key }: MerchantInNews, { wall }: Instant, details: BankAuthEventDetails): void {
    const { events, provider, labelOf } = this.parts;
    if (events.observed) events.emit(provider, labelOf(key), wall, details);
  }

  /** Returns whether the line is written: there may be too many on merchants. */
  #say({ key }: MerchantInNews, line: LogLine, isReminder = false): boolean {
    const { provider, labelOf, loggerOf } = this.parts;
    const logger = loggerOf(key);
    const limited = logger instanceof MerchantLog ? logger : undefined;
    const isWritten = limited?.hasRoom ?? true;
    const fields = { provider, merchant: labelOf(key), ...line.fields };
    say(isReminder ? (limited?.reminders ?? logger) : logger, { ...line, fields });
    return isWritten;
  }
}

/** How a trouble with a token stands; instants in milliseconds since the Unix epoch. */
export interface Course {
  readonly level: 'warn' | 'error';
  /** In words of ours. */
  readonly reason: string;
  readonly status: number | undefined;
  readonly failures: number;
  readonly since: number;
  readonly outageMs: number;
  readonly retryAt: number | undefined;
  readonly usableUntil: number | undefined;
}

function levelOf({ kind }: TokenFailure): 'warn' | 'error' {
  return kind === 'unavailable' || kind === 'queue-full' ? 'warn' : 'error';
}

function isUsable(current: CurrentToken | undefined, now: Instant): current is CurrentToken {
  return current !== undefined && elapsed(current.since, now) < current.unusableAfter;
}

/** When the renewal of a token ahead of its expiry begins. */
function refreshAtOf({ token, refreshAfter }: CurrentToken): number {
  return Math.round(token.issuedAt + refreshAfter);
}
