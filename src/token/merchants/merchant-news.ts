import type { BankAuthError, LineLogger, LogLine } from '../../errors/index.js';
import type { BankAuthEventDetails, EventSink } from '../../events/index.js';
import { type Clock, elapsed, type Instant } from '../../time/clock.js';
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
import { say } from './merchant-log.js';

/** What was told of a merchant's trouble, so that its course and its end are told too. */
export interface Trouble {
  /** No flight brings a token. */
  failing?: { readonly served: boolean; readonly began: Instant; toldAt: Instant };
  /** A token was refused and replaced. */
  refused?: { readonly toldAt: Instant };
  /** New tokens are refused too. */
  braked?: { readonly began: Instant; until: number; refused: number; toldAt: Instant };
}

/** A merchant, as far as there is news of it. */
export interface MerchantInNews {
  readonly key: string | undefined;
  readonly entry: TokenEntry;
  /** Only while there is any. */
  trouble: Trouble | undefined;
}

/** How a token came, or did not: by a flight, or from another process. */
export interface Flown {
  /** Milliseconds from its start. */
  readonly durationMs: number;
  /** Token requests that were sent. */
  readonly attempts: number;
}

/** What the news of a provider's merchants are made of. */
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

/** Milliseconds between two lines on a trouble that lasts. */
const REMIND_EVERY = 60_000;

/**
 * Tells what happens to merchants: as events while somebody listens, and as lines of the log, one when a trouble begins,
 * one a minute for as long as it lasts and is felt, one when it ends. No timer: the news of trouble that no caller and no
 * renewal meets can wait until one does.
 */
export class MerchantNews {
  constructor(private readonly parts: NewsParts) {}

  /** @param before what was known before the token came, which is the current one by now */
  arrived(merchant: MerchantInNews, before: TokenEntry, source: 'bank' | 'store', flown: Flown): void {
    const now = this.parts.clock.now();
    const { current } = merchant.entry;
    const failures = before.coolDown?.count ?? 0;
    const began = before.coolDown?.began ?? merchant.trouble?.failing?.began;
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
    if (merchant.trouble?.failing === undefined) return;
    this.#settle(merchant, 'failing');
    this.#say(merchant, tokenRecovered(this.#who(merchant), failures, outageMs ?? 0));
  }

  /**
   * A flight failed; `merchant.entry` knows of it.
   * @param isMistake whether it is a caller's mistake, who is told, and nobody else has to know
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
    if (isMistake) return;
    const told = merchant.trouble?.failing;
    const hasRunOut = told?.served === true && usableUntil === undefined;
    if (told !== undefined && coolDown.count > 1 && !hasRunOut) {
      this.#remind(merchant, course, now);
      return;
    }
    // Callers have the error too, but a renewal behind their backs has no caller.
    if (failure.kind === 'unavailable' && this.parts.isBankInTrouble()) return;
    this.#troubleOf(merchant).failing = {
      served: usableUntil !== undefined,
      began: coolDown.began,
      toldAt: now,
    };
    this.#say(merchant, tokenFailed(levelOf(failure), error, course));
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
   * @param token with what was known of it
   */
  refused(merchant: MerchantInNews, { token }: CurrentToken): void {
    const { clock, machine } = this.parts;
    const now = clock.now();
    this.#emit(merchant, now, { type: 'token.refused' });
    const { refusals, current } = merchant.entry;
    const isBraked = merchant.trouble?.braked !== undefined || machine.isBraked(merchant.entry);
    if (refusals !== undefined && isBraked) {
      this.#braked(merchant, refusals.since, refusals.since.wall + refusals.pause, now);
    } else if (current === undefined) {
      const told = merchant.trouble?.refused;
      // A bank that ends each token after one call makes one line a minute.
      if (told !== undefined && elapsed(told.toldAt, now) < REMIND_EVERY) return;
      this.#troubleOf(merchant).refused = { toldAt: now };
      this.#say(merchant, tokenRefused(this.#who(merchant), token.expiresAt - now.wall));
    }
  }

  /** A call has got past authentication with the current token. */
  accepted(merchant: MerchantInNews): void {
    const now = this.parts.clock.now();
    const { braked, refused } = merchant.trouble ?? {};
    if (refused !== undefined && elapsed(refused.toldAt, now) >= REMIND_EVERY)
      this.#settle(merchant, 'refused');
    if (braked === undefined) return;
    this.#settle(merchant, 'braked');
    const outageMs = elapsed(braked.began, now);
    this.#say(merchant, tokenAccepted(this.#who(merchant), braked.refused, outageMs));
  }

  /** Something that is told as an event only. */
  happened(
    merchant: MerchantInNews,
    type: 'token.refused' | 'token.invalidated' | 'credentials.rotated',
  ): void {
    if (this.parts.events.observed) this.#emit(merchant, this.parts.clock.now(), { type });
  }

  #braked(merchant: MerchantInNews, began: Instant, until: number, now: Instant): void {
    const { braked } = merchant.trouble ?? {};
    if (braked?.until !== until) this.#emit(merchant, now, { type: 'token.braked', until });
    if (braked === undefined) {
      this.#troubleOf(merchant).braked = { began, until, refused: 1, toldAt: now };
      this.#say(merchant, tokenBraked(this.#who(merchant), this.parts.machine.cooldown.rejected, until));
      return;
    }
    braked.until = until;
    braked.refused += 1;
    if (elapsed(braked.toldAt, now) < REMIND_EVERY) return;
    braked.toldAt = now;
    const outageMs = elapsed(braked.began, now);
    const since = braked.began.wall;
    this.#say(merchant, tokenStillBraked(this.#who(merchant), { ...braked, since, outageMs }));
  }

  #remind(merchant: MerchantInNews, course: Course, now: Instant): void {
    const told = merchant.trouble?.failing;
    if (told === undefined || elapsed(told.toldAt, now) < REMIND_EVERY) return;
    told.toldAt = now;
    this.#say(merchant, tokenStillFailing(this.#who(merchant), course));
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
      usableUntil:
        current !== undefined && isUsable(current, now)
          ? Math.round(now.wall + current.unusableAfter - elapsed(current.since, now))
          : undefined,
    };
  }

  #troubleOf(merchant: MerchantInNews): Trouble {
    merchant.trouble ??= {};
    return merchant.trouble;
  }

  #settle(merchant: MerchantInNews, what: keyof Trouble): void {
    const { trouble } = merchant;
    if (trouble === undefined) return;
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

  #say({ key }: MerchantInNews, line: LogLine): void {
    const { provider, labelOf, loggerOf } = this.parts;
    say(loggerOf(key), { ...line, fields: { provider, merchant: labelOf(key), ...line.fields } });
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

function isUsable(current: CurrentToken | undefined, now: Instant): boolean {
  return current !== undefined && elapsed(current.since, now) < current.unusableAfter;
}

/** From when on a token is renewed ahead of its expiry. */
function refreshAtOf({ token, refreshAfter }: CurrentToken): number {
  return Math.round(token.issuedAt + refreshAfter);
}
