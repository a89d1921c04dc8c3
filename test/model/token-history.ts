import type { Instant } from '../../src/time/clock.js';

/** What a token service is told to be like. Durations in milliseconds. */
export interface Terms {
  readonly attempts: number;
  readonly attemptTimeout: number;
  readonly deadline: number;
  readonly rejectedCoolsFor: number;
  readonly unavailableCoolsFor: number;
  readonly singleActiveToken: boolean;
  /** Whether the credentials stand where they may be exchanged. */
  readonly mayRotate: boolean;
  readonly store: boolean;
  /** What each throw of the dice gives, from 0 to 1. */
  readonly luck: number;
  /** What does not happen. */
  readonly never: readonly string[];
}

/** A token that arrived. */
export interface Issued {
  readonly fact: 'issued';
  readonly value: string;
  /** When it was asked for, from which its life counts. */
  readonly asked: Instant;
  readonly lifetime: number;
}

/** A flight that came to nothing. */
export interface Failed {
  readonly fact: 'failed';
  readonly why: 'rejected' | 'unavailable' | 'invalid' | 'credentials-unreadable';
  readonly at: Instant;
  readonly retryAfterMs: number;
  /** Of the credentials that it used. */
  readonly version: string;
}

/** All that can be known, one thing at a time. */
type Fact =
  | Issued
  | Failed
  /** During a cool-down the credentials were found to be the same. */
  | { readonly fact: 'same credentials'; readonly at: Instant }
  /** The current token must not be used any more. */
  | { readonly fact: 'dropped'; readonly value: string; readonly refused: boolean; readonly at: Instant }
  /** The current token was refused, and kept all the same. */
  | { readonly fact: 'kept'; readonly at: Instant }
  /** A call with the current token succeeded, perhaps after the one before had been refused. */
  | { readonly fact: 'worked'; readonly remedy: boolean };

/** A token that stands in the store. */
export interface Found {
  readonly value: string;
  readonly ageMs: number;
  readonly lifetime: number;
  readonly version: string;
}

/** Milliseconds gone by, as the clock says that saw more of them. */
export function between(since: Instant, until: Instant): number {
  return Math.max(until.wall - since.wall, until.monotonic - since.monotonic);
}

/** From which age on a token is not used any more: requests take time to arrive. */
export function unusableFrom(lifetime: number): number {
  return lifetime - Math.min(10_000, 0.05 * lifetime);
}

/**
 * The list of what has happened to one merchant's token. Everything is worked out from it whenever it is asked; nothing
 * else is kept. It takes docs/behaviour.md at its word.
 */
export class TokenHistory {
  readonly #facts: Fact[] = [];

  constructor(private readonly terms: Terms) {}

  add(fact: Fact): void {
    this.#facts.push(fact);
  }

  // ————— tokens —————

  /** The newest token, unless it was dropped. */
  get token(): Issued | undefined {
    for (const fact of this.#facts.toReversed()) {
      if (fact.fact === 'issued') return fact;
      if (fact.fact === 'dropped') return undefined;
    }
    return undefined;
  }

  /** The token that callers are given. */
  usableToken(now: Instant): Issued | undefined {
    const { token } = this;
    if (token === undefined) return undefined;
    return between(token.asked, now) < unusableFrom(token.lifetime) ? token : undefined;
  }

  /** From which age on a token is renewed behind everybody's back. */
  staleFrom({ lifetime }: Pick<Issued, 'lifetime'>, luck = this.terms.luck): number {
    const unusable = unusableFrom(lifetime);
    // A new one would disable the one in use.
    if (this.terms.singleActiveToken) return unusable;
    const margin = Math.min(120_000, 0.2 * lifetime);
    return Math.min(lifetime - margin * (1 + 0.1 * luck), unusable);
  }

  isStale(token: Issued, now: Instant): boolean {
    return between(token.asked, now) >= this.staleFrom(token);
  }

  /** Whether a token in the store is another one, of these credentials, and young enough under any luck. */
  isOfUse({ value, ageMs, lifetime, version }: Found, ofVersion: string, now: Instant): boolean {
    const { token } = this;
    // The last sixteen, no store will have an older one.
    const dropped = this.#facts.filter((fact) => fact.fact === 'dropped').slice(-16);
    const known = value === token?.value || dropped.some((fact) => fact.value === value);
    // An older one is not taken over; where a new token does not end the old one, two seconds are the same age.
    const sameAge = this.terms.singleActiveToken ? 0 : 2_000;
    const older = token !== undefined && ageMs > between(token.asked, now) + sameAge;
    return version === ofVersion && !known && !older && ageMs < this.staleFrom({ lifetime }, 1);
  }

  // ————— refusals —————

  /** What a 401 to the current token does, and whether another token is worth a try then. */
  refuse(now: Instant): boolean {
    const token = this.token as Issued;
    const last = this.lastRefusal();
    if (last !== undefined && between(last.at, now) < last.pause) return false;
    const pausedForLong = last !== undefined && last.pause >= this.terms.rejectedCoolsFor;
    // After a long pause another token is worth a try, and this one may be it: it gets as long.
    if (pausedForLong && !this.#worked(token) && between(token.asked, now) < last.pause) return false;
    if (this.#replacesRefused(token) && !this.#worked(token) && !pausedForLong) {
      this.add({ fact: 'kept', at: now });
      return false;
    }
    this.add({ fact: 'dropped', value: token.value, refused: true, at: now });
    return true;
  }

  /** When a 401 last made a difference, and the first in that row, unless another token was the remedy since; and how long no other one will. */
  lastRefusal(): { readonly began: Instant; readonly at: Instant; readonly pause: number } | undefined {
    const { rejectedCoolsFor: longest } = this.terms;
    let last: { began: Instant; at: Instant; pause: number } | undefined;
    let inARow = 0;
    for (const fact of this.#facts) {
      if (fact.fact === 'worked' && fact.remedy) last = undefined;
      if (fact.fact !== 'kept' && !(fact.fact === 'dropped' && fact.refused)) continue;
      let began = last?.began ?? fact.at;
      if (last === undefined || between(last.at, fact.at) >= 2 * longest) {
        inARow = 0;
        began = fact.at;
      }
      if (fact.fact === 'kept') {
        last = { began, at: fact.at, pause: longest };
      } else {
        inARow += 1;
        last = { began, at: fact.at, pause: inARow < 3 ? 0 : Math.min(1_000 * 2 ** (inARow - 3), longest) };
      }
    }
    return last;
  }

  /** Since the first of them, and for how much longer, all tokens are known to be refused; undefined if calls get through. */
  refusedNow(now: Instant): { readonly since: Instant; readonly left: number } | undefined {
    const { token } = this;
    const last = this.lastRefusal();
    if (token === undefined || last === undefined || this.#worked(token)) return undefined;
    const pause = this.terms.rejectedCoolsFor;
    const left = Math.max(last.pause - between(last.at, now), pause - between(token.asked, now));
    return last.pause >= pause && left > 0 ? { since: last.began, left } : undefined;
  }

  /** When the last token was dropped because a call refused it, if no other one has come since. */
  get lostAt(): Instant | undefined {
    const since = this.#facts.slice(this.#facts.findLastIndex(({ fact }) => fact === 'issued') + 1);
    const lost = since.flatMap((fact) => (fact.fact === 'dropped' && fact.refused ? [fact.at] : []));
    return lost.at(-1);
  }

  /** Whether it came because the one before was refused. */
  #replacesRefused(token: Issued): boolean {
    const before = this.#facts.slice(0, this.#facts.indexOf(token));
    const refused = before.findLastIndex((fact) => fact.fact === 'dropped' && fact.refused);
    return refused > before.findLastIndex(({ fact }) => fact === 'issued');
  }

  #worked(token: Issued): boolean {
    return this.#facts.slice(this.#facts.indexOf(token)).some(({ fact }) => fact === 'worked');
  }

  // ————— failures —————

  get failuresInARow(): readonly Failed[] {
    const since = this.#facts.findLastIndex(({ fact }) => fact === 'issued');
    return this.#facts.slice(since + 1).filter((fact) => fact.fact === 'failed');
  }

  get lastFailure(): Failed | undefined {
    return this.failuresInARow.at(-1);
  }

  /** How long the last failure keeps the next request back. */
  get coolDown(): number {
    const inARow = this.failuresInARow;
    const failure = inARow.at(-1);
    if (failure === undefined) return 0;
    const { rejectedCoolsFor, unavailableCoolsFor: most, luck } = this.terms;
    const asked = this.askedFor(failure);
    if (failure.why === 'rejected') return Math.max(rejectedCoolsFor, asked);
    if (failure.why === 'invalid') return Math.max(10_000, asked);
    const doubled = Math.min(1_000 * 2 ** (inARow.length - 1), most);
    return Math.max(Math.min(doubled * (1 + 0.1 * (2 * luck - 1)), most), asked);
  }

  /** As far as the bank's wish to be left alone is obeyed. */
  askedFor({ retryAfterMs }: Failed): number {
    return Math.min(retryAfterMs, 300_000);
  }

  /** Milliseconds that are left of the cool-down; 0 or less if it is over. */
  coolingFor(now: Instant): number {
    const failure = this.lastFailure;
    return failure === undefined ? 0 : this.coolDown - between(failure.at, now);
  }

  /**
   * Milliseconds until the credentials may be looked at again during a cool-down: perhaps there are others. So may the
   * store: a bank that refuses this process need not refuse another one.
   */
  recheckIn(now: Instant): number {
    const failure = this.lastFailure;
    const { mayRotate, store } = this.terms;
    const worthALook =
      (failure?.why === 'rejected' && (mayRotate || store)) || (failure?.why === 'invalid' && store);
    if (failure === undefined || !worthALook) return Number.POSITIVE_INFINITY;
    const since = this.#facts.slice(this.#facts.indexOf(failure));
    const seen = since.findLast((fact) => fact.fact === 'same credentials')?.at ?? failure.at;
    return 1_000 - between(seen, now);
  }

  /** Whether nothing keeps a request back. */
  bankMayBeAsked(now: Instant): boolean {
    return this.coolingFor(now) <= 0 || this.recheckIn(now) <= 0;
  }
}
