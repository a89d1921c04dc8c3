import {
  catchError,
  concat,
  defer,
  EMPTY,
  filter,
  map,
  type Observable,
  of,
  type Subscription,
  switchMap,
  tap,
} from 'rxjs';
import type { VersionedCredentials } from '../../credentials/index.js';
import type { StoredToken, TokenChange } from '../../store/index.js';
import { elapsed, type Instant } from '../../time/clock.js';
import { type Arrival, adopted, candidateIn, fingerprintOf } from '../arrival.js';
import type { FlightParts, FlightPlan, MerchantFlightParts } from '../flight-plan.js';
import type { CurrentToken } from '../token-entry.js';
import type { TokenMachine } from '../token-machine.js';
import type { SharedTokens } from './shared-tokens.js';

/** A merchant, as far as other processes concern it. */
export interface FollowingMerchant {
  readonly current: CurrentToken | undefined;
  /** Whether a flight is under way, which looks into the store itself. */
  readonly isFlying: boolean;
  readCredentials(): Observable<VersionedCredentials>;
  arrive(arrival: Arrival, type: 'taken-over'): void;
  /** Another process has dropped the current token. */
  dropElsewhere(refused: boolean): void;
}

/** The parts that the followers of all merchants of a provider share. */
export interface FollowerParts
  extends Pick<FlightParts, 'clock' | 'random' | 'bank' | 'environment' | 'provider' | 'scopes'> {
  readonly machine: TokenMachine;
  readonly agents: MerchantFlightParts['agents'];
}

/** At most this many dropped tokens are remembered: no store has an older one. */
const MOST_GONE = 16;
/** After a fault of the store, replicas compare tokens with it within this time in milliseconds, not all at once. */
const COMPARE_WITHIN = 500;
/** Milliseconds after news in which a process with a newer token has offered it. */
const SETTLED_AFTER = 1_000;
/** The least time between two looks because of news, in milliseconds: news may be repeated, or made up. */
const LOOK_EVERY = 1_000;
/** The milliseconds by which the ages of two tokens differ through clocks and the length of a call alone. */
const SAME_MOMENT = 2_000;

/**
 * Follows the store, where there is one: other processes renew and drop a merchant's token too. While there is no news,
 * it is one subscription, since there may be ten thousand of these.
 */
export class StoreFollower {
  readonly shared: SharedTokens;
  readonly #parts: FollowerParts;
  readonly #merchant: FollowingMerchant;
  /** Fingerprints of the last tokens that were refused or invalidated, anywhere: not to be taken over from a store. */
  #gone?: Set<string>;
  /** The current token as a store keeps it. */
  #stored?: StoredToken;
  #listening?: Subscription;
  /** Looks into the store because of news. */
  #looking?: Subscription;
  /** When it last looked. */
  #lookedAt?: Instant;
  /** Compares the token with the store's after a fault. */
  #comparing?: Subscription;
  /** The last token that was written since a flight began, which may have looked before. */
  #writtenMeanwhile?: { readonly fingerprint?: string };

  constructor(shared: SharedTokens, parts: FollowerParts, merchant: FollowingMerchant) {
    this.shared = shared;
    this.#parts = parts;
    this.#merchant = merchant;
  }

  /** Whether a flight may use a token in the store. */
  get adopts(): FlightPlan['adopts'] {
    return this.#parts.bank.singleActiveToken === true ? this.#adoptsNewer : this.#adoptsAsNew;
  }

  flightBegins(): void {
    this.#writtenMeanwhile = undefined;
    this.#listen();
  }

  /** A flight is over. If another process has written meanwhile, its token may not be the newest. */
  flightEnds(): void {
    const written = this.#writtenMeanwhile;
    this.#writtenMeanwhile = undefined;
    if (written !== undefined && !this.#isCurrent(written.fingerprint)) this.#look(written.fingerprint);
  }

  /** This is the current token now. */
  holds({ stored }: Arrival): void {
    this.#stored = stored;
  }

  /** A token was dropped here; others are told, unless it is this process' own trouble. */
  forget(value: string, refused: boolean, isOwnTrouble: boolean): void {
    const fingerprint = fingerprintOf(value);
    // Of a thousand calls with a refused token, only the first tells the others.
    if (this.#gone?.has(fingerprint)) return;
    this.#note(fingerprint);
    if (!isOwnTrouble) this.shared.remove(fingerprint, refused);
  }

  close(): void {
    this.#listening?.unsubscribe();
    this.#looking?.unsubscribe();
    this.#comparing?.unsubscribe();
  }

  /** Whether a token in the store is newer than the current one, as far as clocks can tell. */
  get #adoptsNewer(): FlightPlan['adopts'] {
    return this.#adoptsWithin(0);
  }

  /** Whether it is as new, so that all processes have the same. An older token is never taken over. */
  get #adoptsAsNew(): FlightPlan['adopts'] {
    return this.#adoptsWithin(SAME_MOMENT);
  }

  /** @param leeway how much older than the current one a token may look, in milliseconds */
  #adoptsWithin(leeway: number): FlightPlan['adopts'] {
    const { machine, bank, clock } = this.#parts;
    return (found, ageMs, lifetime) => {
      const { current } = this.#merchant;
      return (
        !this.#gone?.has(found) &&
        !this.#isCurrent(found) &&
        ageMs < machine.schedule(lifetime, 1, bank.singleActiveToken !== true).refreshAfter &&
        (current === undefined || ageMs <= elapsed(current.since, clock.now()) + leeway)
      );
    };
  }

  /** Listens to the store, from the first flight on. */
  #listen(): void {
    if (this.#listening !== undefined) return;
    this.#listening = this.shared.listen((change) => this.#hear(change));
    // The store decides on the order, whatever the clocks here say.
    this.shared.overtaken = () => {
      this.#looking?.unsubscribe();
      this.#looking = this.#takeOver(this.#adoptsAsNew).subscribe();
    };
  }

  #hear(change: TokenChange): void {
    switch (change.type) {
      case 'written':
        this.#writtenMeanwhile = change;
        if (!this.#isCurrent(change.fingerprint)) this.#look(change.fingerprint);
        break;
      case 'removed':
        this.#note(change.fingerprint);
        if (this.#isCurrent(change.fingerprint)) this.#merchant.dropElsewhere(change.refused);
        break;
      case 'resumed': {
        const { clock, random } = this.#parts;
        this.#comparing?.unsubscribe();
        this.#comparing = clock
          .timer(COMPARE_WITHIN * random())
          .pipe(switchMap(() => this.#compare()))
          .subscribe();
      }
    }
  }

  /** @param fingerprint of the token that is in the store now, if it is known */
  #look(fingerprint: string | undefined): void {
    const { clock } = this.#parts;
    const pause = this.#lookedAt === undefined ? 0 : LOOK_EVERY - elapsed(this.#lookedAt, clock.now());
    const turn = pause > 0 ? clock.timer(pause) : of(undefined);
    this.#looking?.unsubscribe();
    this.#looking = concat(
      turn.pipe(switchMap(() => this.#takeOver(this.#adoptsNewer))),
      // Two processes may disagree on which token is newer. When all have offered theirs, the store's token is
      // for all.
      clock.timer(SETTLED_AFTER).pipe(
        filter(() => !this.#isCurrent(fingerprint)),
        switchMap(() => this.#takeOver(this.#adoptsAsNew)),
      ),
    ).subscribe();
  }

  #isCurrent(fingerprint: string | undefined): boolean {
    const { current } = this.#merchant;
    return current !== undefined && fingerprintOf(current.token.value) === fingerprint;
  }

  /** Another process has a newer token. A flight under way looks for itself. */
  #takeOver(adopts: FlightPlan['adopts']): Observable<unknown> {
    return defer(() => {
      if (this.#merchant.isFlying) return EMPTY;
      this.#lookedAt = this.#parts.clock.now();
      return this.#lookUp(adopts).pipe(
        filter(({ stored }) => !this.#merchant.isFlying && !this.#isCurrent(stored.fingerprint)),
        tap((arrival) => this.#merchant.arrive(arrival, 'taken-over')),
      );
    });
  }

  /** The token in the store, if it is usable; completes without one, whatever the obstacle. */
  #lookUp(adopts: FlightPlan['adopts']): Observable<Arrival> {
    const { agents } = this.#parts;
    return candidateIn(this, this.#parts, adopts).pipe(
      // Reading credentials may cost a call to a vault: not for nothing.
      filter((found) => found !== undefined),
      switchMap((found) =>
        this.#merchant
          .readCredentials()
          .pipe(map((credentials) => adopted(found, credentials, this.#parts, agents))),
      ),
      filter((arrival) => arrival !== undefined),
      catchError(() => EMPTY),
    );
  }

  /** Takes or offers the newer token: the store may have missed or lost one, and the newest is for all processes. */
  #compare(): Observable<unknown> {
    const offer = defer(() => {
      const { current } = this.#merchant;
      const age = current === undefined ? 0 : elapsed(current.since, this.#parts.clock.now());
      if (this.#stored !== undefined && current !== undefined && age < current.refreshAfter) {
        this.shared.offer(this.#stored, age);
      }
      return EMPTY;
    });
    return concat(this.#takeOver(this.#adoptsNewer), offer);
  }

  #note(gone: string): void {
    this.#gone ??= new Set();
    this.#gone.add(gone);
    for (const oldest of this.#gone) {
      if (this.#gone.size <= MOST_GONE) break;
      this.#gone.delete(oldest);
    }
  }
}
