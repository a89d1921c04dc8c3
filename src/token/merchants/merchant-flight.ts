import { AsyncSubject, type Observable, type Subscription } from 'rxjs';
import { FlightTrace } from '../../events/index.js';
import { elapsed, type Instant } from '../../time/clock.js';
import type { AccessToken } from '../access-token.js';
import type { Arrival } from '../arrival.js';
import { tokenFlight, UNCHANGED_CREDENTIALS } from '../flight/token-flight.js';
import type { FlightPlan, MerchantFlightParts } from '../flight-plan.js';
import type { StoreFollower } from '../sharing/store-follower.js';
import type { CoolDown, TokenEntry } from '../token-entry.js';
import type { TokenFailure } from '../token-failure.js';
import type { TokenEvent } from '../token-machine.js';
import { errorOn } from './merchant-errors.js';
import type { Flown, MerchantInNews } from './merchant-news.js';
import type { CommonParts } from './merchant-parts.js';

/** A merchant, as far as its flights are concerned. */
export interface FlyingMerchant {
  readonly key: string | undefined;
  readonly entry: TokenEntry;
  trouble: MerchantInNews['trouble'];
  /** The parts of a flight. */
  flightParts(): MerchantFlightParts;
  /** The follower of other processes, where there is a store. */
  following(): StoreFollower | undefined;
  /** @returns the token that was dropped, if one was */
  take(event: TokenEvent): AccessToken | undefined;
  arrive(arrival: Arrival, type: 'issued', flown: Flown): void;
  /** Keeps all processes from taking this token from the store again. */
  forget(value: string, refused: boolean): void;
  /** The flight is over: the next caller starts another one. */
  flightEnds(): void;
  /** All waiting callers have its outcome. @param version the version of the credentials that it used */
  flightEnded(version: string | undefined): void;
}

/** The flight of one merchant. It passes the outcome on to the merchant and to its waiting callers. */
export class MerchantFlight {
  readonly #parts: CommonParts;
  readonly #merchant: FlyingMerchant;
  readonly #token = new AsyncSubject<AccessToken>();
  #own?: MerchantFlightParts;
  #subscription?: Subscription;
  #began?: Instant;
  #attempts = 0;
  /** Undefined where nobody traces flights. */
  readonly trace: FlightTrace | undefined;

  constructor(parts: CommonParts, merchant: FlyingMerchant) {
    this.#parts = parts;
    this.#merchant = merchant;
    this.trace = FlightTrace.of(parts.events?.application ?? 0, parts.provider);
  }

  /** Emits once, for every waiting caller. */
  get token(): Observable<AccessToken> {
    return this.#token;
  }

  /**
   * @param forced whether the token has to come from the bank, not from a store
   * @param ready emits once when a new token may end the old one
   */
  start(forced: boolean, ready: Observable<unknown>): void {
    const { machine, clock, retry, random, tokenUrl } = this.#parts;
    const { trace } = this;
    const merchant = this.#merchant;
    const { coolDown, current } = merchant.entry;
    this.#began = clock.now();
    const onlyRechecks = !forced && machine.onlyRechecks(merchant.entry, clock.now());
    merchant.take({ type: 'flight-started' });
    const follower = merchant.following();
    follower?.flightBegins();
    const plan: FlightPlan = {
      // A flight after a failure only checks whether the bank is back.
      attempts: coolDown === undefined ? retry.attempts : 1,
      asking: () => {
        this.#attempts += 1;
      },
      forced,
      rejectedVersion: onlyRechecks ? coolDown?.failure.credentialsVersion : undefined,
      usable: (ageMs, lifetime) => ageMs < machine.schedule(lifetime, 0, true).unusableAfter,
      current: current && {
        value: current.token.value,
        lifetime: current.token.expiresAt - current.token.issuedAt,
        since: current.since,
      },
      adopts: follower?.adopts ?? (() => false),
      coolDownOf: (failure) => machine.coolDownOf(merchant.entry, failure, 2 * random() - 1),
      traced: trace && ((work) => trace.around(work)),
      ready,
    };
    const own = merchant.flightParts();
    this.#own = own;
    const start = () => {
      this.#subscription = tokenFlight(this.#parts, own, plan).subscribe({
        next: (arrival) => this.#succeeded(arrival),
        error: (failure: TokenFailure | typeof UNCHANGED_CREDENTIALS) => this.#failed(failure),
      });
    };
    if (trace === undefined) start();
    else trace.start(tokenUrl, start);
  }

  /** Aborts it; waiting callers get the error. */
  abort(error: unknown): void {
    this.trace?.ended({ outcome: 'aborted', attempts: this.#attempts });
    this.#subscription?.unsubscribe();
    this.#token.error(error);
  }

  #succeeded(arrival: Arrival): void {
    const { source } = arrival;
    this.trace?.ended({ outcome: 'obtained', source, attempts: this.#attempts });
    this.#merchant.flightEnds();
    this.#merchant.arrive(arrival, 'issued', this.#flown);
    this.#token.next(arrival.token);
    this.#token.complete();
    this.#merchant.flightEnded(arrival.stored.credentialsVersion);
  }

  #failed(failure: TokenFailure | typeof UNCHANGED_CREDENTIALS): void {
    const { clock, random, store, news } = this.#parts;
    const merchant = this.#merchant;
    const at = clock.now();
    const had = merchant.entry.current !== undefined;
    merchant.flightEnds();
    const dropped = merchant.take(
      failure === UNCHANGED_CREDENTIALS
        ? { type: 'rechecked', at }
        : {
            type: 'failed',
            failure,
            at,
            recheckable: this.#own?.credentials.mayChange === true,
            shared: store !== undefined,
            noise: 2 * random() - 1,
          },
    );
    // A failed flight leaves a cool-down: a new one, or the former one where the credentials are unchanged.
    const { coolDown } = merchant.entry as { readonly coolDown: CoolDown };
    const left = Math.max(0, coolDown.duration - elapsed(coolDown.since, at));
    const cooling = failure === UNCHANGED_CREDENTIALS;
    const error = errorOn(coolDown, merchant, this.#parts, { retryInMs: left, cooling });
    const { code, status } = error;
    this.trace?.ended({
      outcome: 'failed',
      attempts: this.#attempts,
      code,
      ...(status === undefined ? {} : { status }),
    });
    // A wrong key is its caller's mistake; a merchant that has gone is news.
    const isMistake = coolDown.failure.kind === 'unknown-merchant' && !had;
    if (failure === UNCHANGED_CREDENTIALS) news.turnedAway(merchant);
    else news.failed(merchant, failure, error, { ...this.#flown, isMistake });
    if (dropped !== undefined) merchant.forget(dropped.value, false);
    this.#token.error(error);
    merchant.flightEnded(coolDown.failure.credentialsVersion);
  }

  get #flown(): Flown {
    const { clock } = this.#parts;
    const durationMs = this.#began === undefined ? 0 : elapsed(this.#began, clock.now());
    return { durationMs, attempts: this.#attempts };
  }
}
