import { elapsed, type Instant } from '../time/clock.js';
import type { AccessToken } from './access-token.js';
import { afterDrop, isSuspended, suspendedFor, suspension } from './refusals.js';
import type { CoolDown, CurrentToken, TokenEntry, TokenState } from './token-entry.js';
import type { TokenFailure } from './token-failure.js';

/** How long before expiry a token is renewed, and how long before it is used no more. Durations in milliseconds. */
export interface RefreshPolicy {
  /** Part of the lifetime by which renewal runs ahead of expiry. */
  readonly aheadFraction: number;
  readonly aheadMax: number;
  /** Part of the lifetime, before expiry, in which the token is not used any more: requests take time to arrive. */
  readonly unusableFraction: number;
  readonly unusableMax: number;
  /** The margin grows by up to this part, at random, so that replicas do not renew at once. */
  readonly jitter: number;
}

/** How long a failed flight keeps the next one back, in milliseconds. */
export interface CooldownPolicy {
  readonly rejected: number;
  readonly unavailableMax: number;
}

export type TokenEvent =
  | { readonly type: 'flight-started' }
  | { readonly type: 'issued'; readonly current: Omit<CurrentToken, 'worked' | 'replacesRefused'> }
  /** Another process has obtained a token, which is taken over in the background. */
  | { readonly type: 'taken-over'; readonly current: Omit<CurrentToken, 'worked' | 'replacesRefused'> }
  | {
      readonly type: 'failed';
      readonly failure: TokenFailure;
      readonly at: Instant;
      readonly recheckable: boolean;
      /** Whether other processes may obtain a token meanwhile. */
      readonly shared?: boolean;
      /** From -1 to 1. */
      readonly noise: number;
    }
  /** The credentials were read again during a cool-down and are still the rejected ones. */
  | { readonly type: 'rechecked'; readonly at: Instant }
  /** A resource call with this token got past authentication; with the token before, it may have been refused. */
  | { readonly type: 'accepted'; readonly value: string; readonly afterRefusal: boolean }
  /** A resource call with this token was answered 401. */
  | { readonly type: 'refused'; readonly value: string; readonly at: Instant }
  /** Another process has dropped this token because a resource refused it: the judgement holds here too. */
  | { readonly type: 'refused-elsewhere'; readonly value: string; readonly at: Instant }
  /** The application has invalidated this token. */
  | { readonly type: 'invalidated'; readonly value: string }
  /** The credentials changed: the token is to be renewed. The old ones' failure ends, in 1 s or at `Retry-After`. */
  | { readonly type: 'credentials-changed' };

export type Decision =
  | { readonly kind: 'serve'; readonly token: AccessToken }
  | { readonly kind: 'serve-and-renew'; readonly token: AccessToken }
  | { readonly kind: 'wait' }
  | { readonly kind: 'fail'; readonly coolDown: CoolDown; readonly retryInMs: number };

/** The entry after an event, and the token that the event dropped. */
export interface Reduction {
  readonly entry: TokenEntry;
  /** The former token, if no other has taken its place. */
  readonly dropped?: AccessToken;
}

const RECHECK_EVERY = 1_000;
const INVALID_COOLDOWN = 10_000;
/** Long enough that not each call with a wrong key looks the key up, short enough for a new merchant. */
const UNKNOWN_COOLDOWN = 1_000;
const UNAVAILABLE_FIRST = 1_000;
const UNAVAILABLE_NOISE = 0.1;
/** The longest that a bank's `Retry-After` is obeyed. */
const RETRY_AFTER_MAX = 300_000;

/**
 * Decides about one merchant's token: pure, so that it can be read, tested against a model, and reused. `decide` gives
 * the answer to a caller, `reduce` the entry after an event; their shell has the clocks, timers, randomness and I/O.
 *
 * | state        | when                                                          | a caller                              |
 * |--------------|---------------------------------------------------------------|---------------------------------------|
 * | absent       | no token                                                      | joins or starts the flight, and waits |
 * | fresh        | age < refreshAfter                                            | is served                             |
 * | stale        | refreshAfter ≤ age < unusableAfter                            | is served, and a flight starts in the background unless one flies or cools down |
 * | expired      | unusableAfter ≤ age                                           | joins or starts the flight, and waits |
 * | cooling-down | no usable token, the last flight failed, its time is not over | fails at once; no request is sent     |
 * | refused      | fresh or stale, but no call has got through with it, nor will a 401 replace it yet | is served as if it were either, and gets its 401 |
 *
 * Ages go by the clock that saw more time. A cool-down lasts 60 s for rejected credentials, which may be read again
 * every second, and other credentials end it; 1 s, doubling to 3 s, ±10 %, for an unavailable bank, or as long as its
 * `Retry-After` asks, at most 5 min; 10 s for an answer without a token; 1 s for an unknown merchant, whose token is
 * dropped. A failure of another process cools down here as long as there, but no longer than one of our own would.
 *
 * A refused token (401 on a resource call) is dropped if it is still the current one; a late 401 never drops a newer
 * one. But a token that itself replaces a refused one and never worked is kept: the token is not the trouble, and no
 * 401 renews it for as long as a rejection cools down. Where tokens work for one path and are refused for another, a
 * pause of 1 s, doubling to the same length, follows the third replacement in a row that helps no call. A process whose
 * tokens are all refused, perhaps because of its address, does not tell the others.
 */
export class TokenMachine {
  constructor(
    readonly refresh: RefreshPolicy,
    readonly cooldown: CooldownPolicy,
  ) {}

  readonly empty: TokenEntry = Object.freeze({ flying: false, refused: false });

  /** The answer to a caller now. */
  decide(entry: TokenEntry, now: Instant): Decision {
    const { current, coolDown } = entry;
    const cooling =
      coolDown !== undefined && elapsed(coolDown.since, now) < coolDown.duration ? coolDown : undefined;
    if (current !== undefined) {
      const age = elapsed(current.since, now);
      if (age < current.refreshAfter) return { kind: 'serve', token: current.token };
      if (age < current.unusableAfter) {
        const renew = !entry.flying && (cooling === undefined || this.#mayRecheck(cooling, now));
        return { kind: renew ? 'serve-and-renew' : 'serve', token: current.token };
      }
    }
    if (entry.flying || cooling === undefined || this.#mayRecheck(cooling, now)) return { kind: 'wait' };
    return { kind: 'fail', coolDown: cooling, retryInMs: cooling.duration - elapsed(cooling.since, now) };
  }

  /**
   * The answer to an explicit renewal: it need not wait for a cool-down of ours, but never shortens a `Retry-After` and
   * never asks a failing bank twice in a second.
   */
  decideRefresh(entry: TokenEntry, now: Instant): Exclude<Decision, { token: AccessToken }> {
    const { coolDown } = entry;
    if (entry.flying || coolDown === undefined) return { kind: 'wait' };
    const age = elapsed(coolDown.since, now);
    const least = Math.max(UNAVAILABLE_FIRST, askedFor(coolDown.failure));
    return age < least && age < coolDown.duration
      ? { kind: 'fail', coolDown, retryInMs: Math.min(least, coolDown.duration) - age }
      : { kind: 'wait' };
  }

  /** The entry after an event; the same object where nothing is new. */
  reduce(entry: TokenEntry, event: TokenEvent): Reduction {
    const after = this.#after(entry, event);
    return entry.current !== undefined && after.current === undefined
      ? { entry: after, dropped: entry.current.token }
      : { entry: after };
  }

  #after(entry: TokenEntry, event: TokenEvent): TokenEntry {
    switch (event.type) {
      case 'flight-started':
        return { ...entry, flying: true };
      case 'issued':
        return this.#issued(entry, event.current);
      case 'taken-over':
        return { ...this.#issued(entry, event.current), flying: entry.flying };
      case 'failed':
        return this.#failed(entry, event);
      case 'rechecked':
        return {
          ...entry,
          flying: false,
          ...(entry.coolDown === undefined ? {} : { coolDown: { ...entry.coolDown, checked: event.at } }),
        };
      case 'accepted': {
        const { current } = entry;
        if (current?.token.value !== event.value || (current.worked && !event.afterRefusal)) return entry;
        const accepted = { ...entry, current: { ...current, worked: true } };
        if (!event.afterRefusal) return accepted;
        // The token had been the trouble, and another one was the remedy.
        const { refusals: _settled, ...rest } = accepted;
        return rest;
      }
      case 'refused':
        return entry.current?.token.value === event.value
          ? this.#refuse(entry, entry.current, event.at)
          : entry;
      case 'refused-elsewhere':
        return entry.current?.token.value === event.value ? this.#drop(entry, event.at) : entry;
      case 'invalidated': {
        if (entry.current?.token.value !== event.value) return entry;
        const { current: _dropped, ...rest } = entry;
        return rest;
      }
      case 'credentials-changed':
        return this.#outdate(entry);
    }
  }

  state(entry: TokenEntry, now: Instant): TokenState {
    const { current, coolDown } = entry;
    if (current !== undefined && elapsed(current.since, now) < current.unusableAfter) {
      if (this.refusedFor(entry, now) > 0) return 'refused';
      return elapsed(current.since, now) < current.refreshAfter ? 'fresh' : 'stale';
    }
    if (!entry.flying && coolDown !== undefined && elapsed(coolDown.since, now) < coolDown.duration) {
      return 'cooling-down';
    }
    return current === undefined ? 'absent' : 'expired';
  }

  /** Milliseconds until a token that is kept warm has to be renewed: 0 is now, Infinity while a flight is under way. */
  untilRenewal(entry: TokenEntry, now: Instant): number {
    if (entry.flying) return Number.POSITIVE_INFINITY;
    const { current, coolDown } = entry;
    const stale = current === undefined ? 0 : Math.max(0, current.refreshAfter - elapsed(current.since, now));
    if (coolDown === undefined) return stale;
    const cooled = coolDown.duration - elapsed(coolDown.since, now);
    const checked = coolDown.recheckable
      ? Math.max(
          RECHECK_EVERY - elapsed(coolDown.checked, now),
          askedFor(coolDown.failure) - elapsed(coolDown.since, now),
        )
      : Number.POSITIVE_INFINITY;
    return Math.max(stale, Math.min(cooled, checked), 0);
  }

  /** How long a failure keeps the next flight back, in milliseconds. */
  coolDownOf(entry: TokenEntry, failure: TokenFailure, noise: number): number {
    const count = (entry.coolDown?.count ?? 0) + 1;
    const own = Math.max(this.#ownCoolDown(failure, count, noise), askedFor(failure));
    if (failure.coolForMs === undefined) return own;
    // A failure of another process lasts no longer here than a failure of this one would.
    return Math.min(
      failure.coolForMs,
      failure.kind === 'unavailable' ? Math.max(own, this.cooldown.unavailableMax) : own,
    );
  }

  /** Whether the next flight only reads the credentials again, and asks the bank if they have changed. */
  onlyRechecks(entry: TokenEntry, now: Instant): boolean {
    const { coolDown } = entry;
    return coolDown?.recheckable === true && elapsed(coolDown.since, now) < coolDown.duration;
  }

  /**
   * When a token of this lifetime is renewed and when it is no longer used, in milliseconds after it was asked for.
   * @param lifetime milliseconds
   * @param noise from 0 to 1
   */
  schedule(
    lifetime: number,
    noise: number,
    renewAhead: boolean,
  ): { readonly refreshAfter: number; readonly unusableAfter: number } {
    const { aheadFraction, aheadMax, unusableFraction, unusableMax, jitter } = this.refresh;
    const unusableAfter = lifetime - Math.min(unusableMax, lifetime * unusableFraction);
    if (!renewAhead) return { refreshAfter: unusableAfter, unusableAfter };
    const margin = Math.min(aheadMax, lifetime * aheadFraction) * (1 + jitter * noise);
    return { refreshAfter: Math.min(Math.max(0, lifetime - margin), unusableAfter), unusableAfter };
  }

  /** Copies member by member: ten thousand idle merchants keep this object, and a copy by `...` is larger. */
  #issued(
    { refused, refusals }: TokenEntry,
    current: Omit<CurrentToken, 'worked' | 'replacesRefused'>,
  ): TokenEntry {
    const { token, since, refreshAfter, unusableAfter } = current;
    const issued: TokenEntry = {
      current: { token, since, refreshAfter, unusableAfter, worked: false, replacesRefused: refused },
      flying: false,
      refused: false,
    };
    return refusals === undefined ? issued : { ...issued, refusals };
  }

  /**
   * Whether a refusal of the current token would say more of this process than of the token: the token before was
   * refused here too, and none has worked since. Other processes are not told then.
   */
  isOwnTrouble({ current, refusals }: TokenEntry): boolean {
    return current?.worked === false && isSuspended(refusals, this.cooldown.rejected);
  }

  /** Whether refused tokens are no longer replaced, or only rarely, because replacing them has helped no call. */
  isBraked({ refusals }: TokenEntry): boolean {
    return isSuspended(refusals, this.cooldown.rejected);
  }

  /** Milliseconds until a refused token may be replaced; 0 if it may be now, or if calls get through. */
  refusedFor({ current, refusals }: TokenEntry, now: Instant): number {
    const { rejected } = this.cooldown;
    if (current?.worked !== false || !isSuspended(refusals, rejected)) return 0;
    // A token that was renewed meanwhile is not replaced before it is as old as the suspension is long.
    return Math.max(suspendedFor(refusals, now, rejected), rejected - elapsed(current.since, now), 0);
  }

  #mayRecheck(coolDown: CoolDown, now: Instant): boolean {
    // Even other credentials are no reason to ask the bank before its `Retry-After` is over.
    const allowed = elapsed(coolDown.since, now) >= askedFor(coolDown.failure);
    return coolDown.recheckable && allowed && elapsed(coolDown.checked, now) >= RECHECK_EVERY;
  }

  #refuse(entry: TokenEntry, current: CurrentToken, at: Instant): TokenEntry {
    const { rejected } = this.cooldown;
    const { refusals } = entry;
    if (refusals !== undefined && elapsed(refusals.since, at) < refusals.pause) return entry;
    // When the suspension is over, another token is worth a try; it may be here, brought by another process.
    const suspended = isSuspended(refusals, rejected);
    if (suspended && !current.worked && elapsed(current.since, at) < rejected) return entry;
    if (current.replacesRefused && !current.worked && !suspended) {
      return { ...entry, refusals: suspension(refusals, at, rejected) };
    }
    return this.#drop(entry, at);
  }

  /**
   * A token of rotated credentials is stale, not absent: the bank may well accept both for a while. A thousand
   * rotations a second must not cost a thousand token requests.
   */
  #outdate(entry: TokenEntry): TokenEntry {
    const { current, coolDown, ...rest } = entry;
    return {
      ...rest,
      ...(current && {
        current: { ...current, refreshAfter: Math.min(current.refreshAfter, RECHECK_EVERY) },
      }),
      ...this.#withOtherCredentials(coolDown),
    };
  }

  #withOtherCredentials(coolDown: CoolDown | undefined): Pick<TokenEntry, 'coolDown'> {
    switch (coolDown?.failure.kind) {
      case undefined:
      case 'credentials-unreadable':
      case 'unknown-merchant':
        return {};
      case 'rejected':
        return {
          coolDown: {
            ...coolDown,
            duration: Math.min(coolDown.duration, Math.max(RECHECK_EVERY, askedFor(coolDown.failure))),
          },
        };
      default:
        return { coolDown };
    }
  }

  /** Drops a refused token; the next one replaces it. */
  #drop(entry: TokenEntry, at: Instant): TokenEntry {
    const { current: _dropped, ...rest } = entry;
    return { ...rest, refused: true, refusals: afterDrop(entry.refusals, at, this.cooldown.rejected) };
  }

  #failed(entry: TokenEntry, event: Extract<TokenEvent, { type: 'failed' }>): TokenEntry {
    const { current, ...rest } = entry;
    const failed = { ...rest, flying: false, coolDown: this.#coolDown(entry, event) };
    // A merchant that was removed has no token either.
    return current === undefined || event.failure.kind === 'unknown-merchant'
      ? failed
      : { ...failed, current };
  }

  #coolDown(entry: TokenEntry, event: Extract<TokenEvent, { type: 'failed' }>): CoolDown {
    const { failure, at, recheckable, shared = false, noise } = event;
    const { kind, credentialsVersion } = failure;
    // The bank refuses this process, and perhaps no other.
    const isRefusal = credentialsVersion !== undefined && (kind === 'rejected' || kind === 'invalid');
    return {
      failure,
      began: entry.coolDown?.began ?? at,
      since: at,
      duration: this.coolDownOf(entry, failure, noise),
      count: (entry.coolDown?.count ?? 0) + 1,
      recheckable: (recheckable && kind === 'rejected') || (shared && isRefusal),
      checked: at,
    };
  }

  #ownCoolDown(failure: TokenFailure, count: number, noise: number): number {
    switch (failure.kind) {
      case 'rejected':
        return this.cooldown.rejected;
      case 'invalid':
        return INVALID_COOLDOWN;
      case 'unknown-merchant':
        return UNKNOWN_COOLDOWN;
      default: {
        const { unavailableMax } = this.cooldown;
        const doubled = Math.min(UNAVAILABLE_FIRST * 2 ** Math.min(count - 1, 20), unavailableMax);
        return Math.min(doubled * (1 + UNAVAILABLE_NOISE * noise), unavailableMax);
      }
    }
  }
}

/** The bank's `Retry-After` in milliseconds, as far as it is obeyed. */
function askedFor({ retryAfterMs = 0 }: TokenFailure): number {
  return Math.min(retryAfterMs, RETRY_AFTER_MAX);
}
