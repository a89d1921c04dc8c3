import {
  concat,
  defer,
  EMPTY,
  filter,
  merge,
  type Observable,
  Subject,
  type Subscription,
  share,
  switchMap,
  tap,
} from 'rxjs';
import type { StoredToken, TokenChange } from '../store/index.js';
import { type Clock, elapsed } from './clock.js';
import type { SharedTokens } from './shared-tokens.js';
import { type Arrival, type FlightPlan, fingerprintOf } from './token-flight.js';
import type { HeldToken, TokenMachine } from './token-machine.js';

/** A merchant, as far as it is concerned with what other processes do. */
export interface FollowingMerchant {
  readonly held: HeldToken | undefined;
  /** Whether a flight is under way, which looks for itself. */
  readonly flying: boolean;
  /** The token that is in the store, if it is of use. */
  lookUp(adopts: FlightPlan['adopts']): Observable<Arrival>;
  takeOver(arrival: Arrival): void;
  /** Another process has dropped the token that is held. */
  drop(refused: boolean): void;
}

export interface FollowerParts {
  readonly shared: SharedTokens;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly machine: TokenMachine;
  /** Whether a new token ends the old one. */
  readonly singleActive: boolean;
}

/** So many tokens that are gone are remembered: no store will have an older one. */
const MOST_GONE = 16;
/** After a fault of the store, replicas compare tokens with it within so many milliseconds, not all at once. */
const COMPARE_WITHIN = 500;
/** Milliseconds after news in which whoever has a newer token has offered it. */
const SETTLED_AFTER = 1_000;

/** What other processes do with a merchant's token concerns this one: it follows the store, where there is one. */
export class StoreFollower {
  readonly #parts: FollowerParts;
  readonly #merchant: FollowingMerchant;
  /** Fingerprints of the last tokens that were refused or invalidated, anywhere: not to be taken over from a store. */
  readonly #gone = new Set<string>();
  /** The current token as a store keeps it. */
  #stored?: StoredToken;
  #listening?: Subscription;
  /** Of the token that is in the store now, if it is known. */
  readonly #look = new Subject<string | undefined>();
  /** The last token that was written since a flight began, which may have looked before. */
  #writtenMeanwhile?: { readonly fingerprint?: string };

  constructor(parts: FollowerParts, merchant: FollowingMerchant) {
    this.#parts = parts;
    this.#merchant = merchant;
  }

  /** Whether a token in the store is of use. Another one that lives is as good as a new one, unless a new one has ended it. */
  get adopts(): FlightPlan['adopts'] {
    return this.#parts.singleActive ? this.#adoptsNewer : this.#adoptsAnother;
  }

  flightBegins(): void {
    this.#writtenMeanwhile = undefined;
    this.#listen();
  }

  /** A flight is over. If somebody has written meanwhile, its token may not be the newest. */
  flightEnds(): void {
    const written = this.#writtenMeanwhile;
    this.#writtenMeanwhile = undefined;
    if (written !== undefined && !this.#holds(written.fingerprint)) this.#look.next(written.fingerprint);
  }

  /** This is the current token now. */
  holds({ stored }: Arrival): void {
    this.#stored = stored;
  }

  /** A token was dropped here; others are told. */
  forget(value: string, refused: boolean): void {
    const fingerprint = fingerprintOf(value);
    // Of a thousand calls with a token that is refused, one tells.
    if (this.#gone.has(fingerprint)) return;
    this.#note(fingerprint);
    this.#parts.shared.remove(fingerprint, refused);
  }

  close(): void {
    this.#listening?.unsubscribe();
  }

  /** Whether a token in the store is another than the one held or dropped, and young enough to be worth it. */
  readonly #adoptsAnother = (found: string, ageMs: number, lifetime: number): boolean => {
    const { machine, singleActive } = this.#parts;
    if (this.#gone.has(found) || this.#holds(found)) return false;
    return ageMs < machine.schedule(lifetime, 1, !singleActive).refreshAfter;
  };

  /** The same, and newer than the one held. Of two that are as old, everybody takes the one in the store. */
  readonly #adoptsNewer = (found: string, ageMs: number, lifetime: number): boolean => {
    const { held } = this.#merchant;
    const older = held !== undefined && ageMs > elapsed(held.since, this.#parts.clock.now());
    return !older && this.#adoptsAnother(found, ageMs, lifetime);
  };

  /** From the first flight on. */
  #listen(): void {
    const { clock, random, shared } = this.#parts;
    if (this.#listening !== undefined) return;
    const changes = shared.changes().pipe(share());
    const resumed = changes.pipe(
      filter(({ type }) => type === 'resumed'),
      switchMap(() => clock.timer(COMPARE_WITHIN * random())),
      switchMap(() => this.#compare()),
    );
    const heard = changes.pipe(tap((change) => this.#hear(change)));
    const looked = this.#look.pipe(
      switchMap((fingerprint) =>
        concat(
          this.#takeOver(this.#adoptsNewer),
          // Which of two is newer may look different here and there. When all have offered theirs, the store's is
          // everybody's.
          clock.timer(SETTLED_AFTER).pipe(
            filter(() => !this.#holds(fingerprint)),
            switchMap(() => this.#takeOver(this.#adoptsAnother)),
          ),
        ),
      ),
    );
    // The order is the store's, whatever the clocks here say.
    const overtaken = shared.overtaken.pipe(switchMap(() => this.#takeOver(this.#adoptsAnother)));
    this.#listening = merge(resumed, heard, looked, overtaken).subscribe();
  }

  #hear(change: TokenChange): void {
    if (change.type === 'written') {
      this.#writtenMeanwhile = change;
      if (!this.#holds(change.fingerprint)) this.#look.next(change.fingerprint);
    }
    if (change.type === 'removed') {
      this.#note(change.fingerprint);
      if (this.#holds(change.fingerprint)) this.#merchant.drop(change.refused);
    }
  }

  #holds(fingerprint: string | undefined): boolean {
    const { held } = this.#merchant;
    return held !== undefined && fingerprint !== undefined && fingerprintOf(held.token.value) === fingerprint;
  }

  /** Another process has a newer token. A flight under way looks for itself. */
  #takeOver(adopts: FlightPlan['adopts']): Observable<unknown> {
    if (this.#merchant.flying) return EMPTY;
    return this.#merchant.lookUp(adopts).pipe(
      filter(({ stored }) => !this.#merchant.flying && !this.#holds(stored.fingerprint)),
      tap((arrival) => this.#merchant.takeOver(arrival)),
    );
  }

  /** The store may have missed something, or lost it: the newest token is everybody's. */
  #compare(): Observable<unknown> {
    const offer = defer(() => {
      const { held } = this.#merchant;
      const age = held === undefined ? 0 : elapsed(held.since, this.#parts.clock.now());
      if (this.#stored !== undefined && held !== undefined && age < held.refreshAfter) {
        this.#parts.shared.offer(this.#stored, age);
      }
      return EMPTY;
    });
    return concat(this.#takeOver(this.#adoptsNewer), offer);
  }

  #note(gone: string): void {
    this.#gone.add(gone);
    for (const oldest of this.#gone) {
      if (this.#gone.size <= MOST_GONE) break;
      this.#gone.delete(oldest);
    }
  }
}
