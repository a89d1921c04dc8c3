import {
  defer,
  ignoreElements,
  NEVER,
  type Observable,
  repeat,
  Subject,
  type Subscription,
  share,
  startWith,
  switchMap,
} from 'rxjs';
import { type Clock, elapsed } from '../../time/clock.js';
import { subscribedByNobody } from '../async-context.js';
import type { CurrentToken } from '../token-entry.js';

/** The longest timer, in milliseconds: timers stand still while a machine is suspended, so time is looked at again. */
const LONGEST_NAP = 60_000;
/** The least milliseconds between two renewals that no caller waits for, however short a bank's tokens live. */
const LEAST_BETWEEN_RENEWALS = 1_000;

/** A merchant, as far as its renewals are concerned. */
export interface RenewedMerchant {
  readonly current: CurrentToken | undefined;
  /** Milliseconds until the token has to be renewed, or may be: 0 is now, Infinity while a flight is under way. */
  readonly untilRenewal: number;
  /** Starts a flight, which belongs to no caller. */
  launch(forced: boolean): unknown;
}

/** Renewals that no caller asks for: ahead of expiry while there are followers, and once after a rotation. */
export class Renewals {
  readonly #merchant: RenewedMerchant;
  readonly #clock: Clock;
  readonly #changed = new Subject<void>();
  #keepingWarm?: Observable<never>;
  #soon?: Subscription;

  constructor(merchant: RenewedMerchant, clock: Clock) {
    this.#merchant = merchant;
    this.#clock = clock;
  }

  /** Renews ahead of expiry as long as there is a subscriber. */
  get keepingWarm(): Observable<never> {
    this.#keepingWarm ??= subscribedByNobody(
      this.#changed.pipe(
        startWith(undefined),
        switchMap(() => defer(() => this.#next()).pipe(repeat())),
        ignoreElements(),
      ),
    ).pipe(share());
    return this.#keepingWarm;
  }

  /** To be notified when the token or its state has changed. */
  get changed(): Pick<Subject<void>, 'observed' | 'next'> {
    return this.#changed;
  }

  /** Whether a renewal is put off for a moment. */
  get isDue(): boolean {
    return this.#soon !== undefined;
  }

  /** Calls back as soon as the token may be renewed; timers may be a moment early. */
  soon(then: () => void): void {
    this.#soon?.unsubscribe();
    this.#soon = undefined;
    const { current, untilRenewal } = this.#merchant;
    // Where there is no token, no caller has asked for one; a flight under way is as good as one of ours.
    if (current === undefined || untilRenewal === Number.POSITIVE_INFINITY || untilRenewal <= 0) then();
    else this.#soon = this.#clock.timer(Math.ceil(untilRenewal)).subscribe(() => this.soon(then));
  }

  close(): void {
    this.#soon?.unsubscribe();
    this.#changed.complete();
  }

  /** Emits when it is time to look again whether a renewal is due; starts the renewal if it is. */
  #next(): Observable<void> {
    const { current, untilRenewal } = this.#merchant;
    const pause =
      current === undefined ? 0 : LEAST_BETWEEN_RENEWALS - elapsed(current.since, this.#clock.now());
    const wait = Math.max(untilRenewal, pause);
    if (wait > 0) {
      return wait === Number.POSITIVE_INFINITY ? NEVER : this.#clock.timer(Math.min(wait, LONGEST_NAP));
    }
    this.#merchant.launch(false);
    return NEVER;
  }
}
