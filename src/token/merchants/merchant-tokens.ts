import { inspect } from 'node:util';
import { defer, EMPTY, finalize, merge, type Observable, of, take, takeUntil, throwError } from 'rxjs';
import type { CredentialsSource, VersionedCredentials } from '../../credentials/index.js';
import { type BankAuthError, quoted } from '../../errors/index.js';
import type { AccessToken } from '../access-token.js';
import type { Arrival } from '../arrival.js';
import { inNobodysContext, inOwnContext } from '../async-context.js';
import { readCredentials } from '../flight/credentials-reading.js';
import { FlightBudget } from '../flight/flight-budget.js';
import type { MerchantFlightParts } from '../flight-plan.js';
import { SharedTokens } from '../sharing/shared-tokens.js';
import { StoreFollower } from '../sharing/store-follower.js';
import type { CurrentToken, TokenEntry } from '../token-entry.js';
import type { Decision, TokenEvent } from '../token-machine.js';
import { statusOf, type TokenStatus } from '../token-status.js';
import { MerchantActivity } from './merchant-activity.js';
import { errorOn, shutdownErrorOf } from './merchant-errors.js';
import { MerchantFlight } from './merchant-flight.js';
import { storeKeyOf } from './merchant-names.js';
import type { Flown, MerchantInNews } from './merchant-news.js';
import type { CommonParts } from './merchant-parts.js';
import { type MerchantRetention, retentionOf } from './merchant-retention.js';

/** For a token from another process: there was no flight here. */
const NOT_FLOWN: Flown = { durationMs: 0, attempts: 0 };

/**
 * Keeps one merchant of one provider in tokens: the RxJS shell around `TokenMachine`. It owns the one flight, the
 * timers and the subscriptions; the machine decides. An idle merchant is little more than its token.
 */
export class MerchantTokens {
  /** Undefined for the provider's own credentials. */
  readonly key: string | undefined;
  readonly #parts: CommonParts<MerchantTokens>;
  #entry: TokenEntry;
  #activity?: MerchantActivity;
  /** From the first flight on, where there is a store. */
  #follower?: StoreFollower;
  /** Kept while it is in use, and while it watches something. */
  #credentials?: CredentialsSource;
  /** Undefined, as for most merchants, where nothing is wrong. */
  trouble: MerchantInNews['trouble'];

  constructor(parts: CommonParts<MerchantTokens>, key: string | undefined) {
    this.#parts = parts;
    this.key = key;
    this.#entry = parts.machine.empty;
  }

  /** The answer to `getAccessToken`, if it was given just now. */
  get answer(): Promise<string> | undefined {
    const { recent, clock } = this.#parts;
    return recent.of(this, clock.wall());
  }

  answerWith(token: AccessToken): Promise<string> {
    const { recent, clock } = this.#parts;
    return recent.give(this, token.value, clock.wall());
  }

  /** The source of `token$`: the current token, obtained if there is none, then each renewal. */
  follow(): Observable<AccessToken> {
    const following = defer(() => {
      const refusal = this.#parts.refusal(this);
      if (refusal !== undefined) return throwError(() => refusal);
      const activity = this.#begin();
      activity.subscribers += 1;
      const decision = this.#decide();
      const current = 'token' in decision ? of(decision.token) : EMPTY;
      return merge(current, activity.renewed, activity.renewals.keepingWarm).pipe(
        finalize(() => {
          activity.subscribers -= 1;
          this.#rest();
        }),
      );
    });
    return inOwnContext(following.pipe(takeUntil(this.#parts.closing)));
  }

  /** The token where there is one, else an Observable that emits it. */
  acquire(): AccessToken | Observable<AccessToken> {
    const refusal = this.#parts.refusal(this);
    if (refusal !== undefined) return throwError(() => refusal);
    const decision = this.#decide();
    switch (decision.kind) {
      case 'serve':
        return decision.token;
      case 'serve-and-renew':
        if (!this.#parts.isClosed()) this.launch(false);
        return decision.token;
      case 'fail':
        this.#parts.news.turnedAway(this);
        return throwError(() => this.#errorWhile(decision));
      case 'wait':
        return this.#awaited(false);
    }
  }

  /** Renews now, joining a renewal in flight. */
  refresh(): Observable<AccessToken> {
    const refusal = this.#parts.refusal(this);
    if (refusal !== undefined) return throwError(() => refusal);
    const { machine, clock, isClosed } = this.#parts;
    const decision = machine.decideRefresh(this.#entry, clock.now());
    return decision.kind === 'fail' && !isClosed()
      ? throwError(() => this.#errorWhile(decision))
      : this.#awaited(true);
  }

  /** Drops this token if it is still the current one. */
  invalidate(value: string): void {
    const wasHeld = this.current !== undefined;
    const dropped = this.take({ type: 'invalidated', value });
    if (dropped !== undefined) this.#parts.news.happened(this, 'token.invalidated');
    if (dropped !== undefined || !wasHeld) this.forget(value, false);
  }

  /** How things stand, without asking the bank. */
  get status(): TokenStatus {
    return statusOf(this.entry, this.#parts, this.key);
  }

  /** Throws if the merchant can have no token. */
  assertUsable(): void {
    const refusal = this.#parts.refusal(this);
    if (refusal !== undefined) throw refusal;
  }

  /**
   * A resource call with this token got past authentication.
   * @param afterRefusal whether the same call had been refused with the token before
   */
  accepted(token: AccessToken, afterRefusal: boolean): void {
    const { current } = this.#entry;
    if (current?.token !== token) return;
    if (!current.worked || afterRefusal) this.take({ type: 'accepted', value: token.value, afterRefusal });
    if (this.trouble !== undefined) this.#parts.news.accepted(this, afterRefusal);
  }

  /** A resource call with this token was answered 401. Returns whether another token is worth a try. */
  refused(token: AccessToken): boolean {
    const { machine, clock, news } = this.#parts;
    const before = this.#entry;
    const dropped = this.take({ type: 'refused', value: token.value, at: clock.now() });
    if (dropped !== undefined || before.current === undefined)
      this.forget(token.value, true, machine.isOwnTrouble(before));
    if (before.current?.token.value === token.value) news.refused(this, before.current);
    return this.current?.token.value !== token.value;
  }

  /** Whether a new token ends the old one, so that calls under way are counted. */
  get countsCalls(): boolean {
    return this.#parts.bank.singleActiveToken === true;
  }

  /**
   * A resource call with this token is about to leave. The next renewal, which ends the token, waits until the returned
   * function is called, but only for a limited time.
   */
  sending(token: AccessToken): () => void {
    const { calls } = this.#begin();
    calls.begin(token);
    return () => {
      calls.end(token);
      this.#rest();
    };
  }

  /** Starts a flight without a caller, where there is no token. */
  warmUp(): void {
    const idle = this.#parts.refusal(this) === undefined && !this.#parts.isClosed() && !this.isFlying;
    if (idle && this.#decide().kind === 'wait') this.launch(false);
  }

  /** Renews ahead of expiry from now on, until the application ends. */
  keepWarm(): void {
    if (this.#parts.refusal(this) !== undefined) return;
    const activity = this.#begin();
    activity.warm ??= activity.renewals.keepingWarm.pipe(takeUntil(this.#parts.closing)).subscribe();
  }

  /** The way in which it is kept while it is idle. */
  get retention(): MerchantRetention {
    return retentionOf(this.#entry, this.#credentials !== undefined);
  }

  /** The state of its token. */
  get entry(): TokenEntry {
    return this.#entry;
  }

  get current(): CurrentToken | undefined {
    return this.#entry.current;
  }

  get isFlying(): boolean {
    return this.#activity?.flight !== undefined;
  }

  /** Milliseconds until the token has to be renewed, or may be: 0 is now, Infinity while a flight is under way. */
  get untilRenewal(): number {
    return this.#parts.machine.untilRenewal(this.#entry, this.#parts.clock.now());
  }

  /** Reads the credentials for a look into the store, outside any flight. */
  readCredentials(): Observable<VersionedCredentials> {
    const { retry, clock } = this.#parts;
    return defer(() =>
      readCredentials(this.flightParts(), () => new FlightBudget(retry.deadline, clock).ticket()),
    ).pipe(finalize(() => this.#tidy()));
  }

  /** Another process has dropped the current token. */
  dropElsewhere(refused: boolean): void {
    if (this.current === undefined) return;
    const { value } = this.current.token;
    const at = this.#parts.clock.now();
    this.take(refused ? { type: 'refused-elsewhere', value, at } : { type: 'invalidated', value });
    this.#parts.news.happened(this, refused ? 'token.refused' : 'token.invalidated');
  }

  /** Closes the credentials and the follower; the merchant is idle, and this object is not used any more. */
  leave(): void {
    inNobodysContext(() => {
      this.#credentials?.close?.();
      this.#follower?.close();
    });
  }

  /** The application has ended: a flight is aborted, and its waiters get an error. */
  close(): void {
    this.#activity?.close(shutdownErrorOf(this.#parts, this.key));
    this.leave();
  }

  [inspect.custom](): string {
    const { provider, merchant, state } = this.status;
    return `MerchantTokens(${provider}, ${quoted(merchant)}, ${state})`;
  }

  /** The merchant is busy from now on. */
  #begin(): MerchantActivity {
    this.#activity ??= new MerchantActivity(this, this.#parts.clock);
    this.#parts.keeper.becomesBusy(this);
    return this.#activity;
  }

  following(): StoreFollower | undefined {
    const { store, closing } = this.#parts;
    if (store === undefined || this.#follower !== undefined) return this.#follower;
    this.#follower = new StoreFollower(
      new SharedTokens(store, storeKeyOf(this.#parts, this.key), closing),
      this.#parts,
      this,
    );
    return this.#follower;
  }

  /** Makes the merchant idle, if it is no longer busy. */
  #rest(): void {
    const activity = this.#activity;
    if (activity === undefined || !activity.isOver) return;
    this.#tidy();
    this.#parts.keeper.becomesIdle(this);
  }

  /** Drops the parts that an idle merchant does not need. */
  #tidy(): void {
    if (this.#activity?.isOver === false) return;
    if (this.#credentials?.watching !== true) this.#credentials = undefined;
    this.#activity = undefined;
  }

  /** The flight, as a waiting caller sees it: callers keep the process alive, not the flight. */
  #awaited(forced: boolean): Observable<AccessToken> {
    if (this.#parts.isClosed()) return throwError(() => shutdownErrorOf(this.#parts, this.key));
    const flight = this.#activity?.flight ?? this.launch(forced);
    flight.trace?.awaited();
    return inOwnContext(merge(flight.token, this.#parts.awake).pipe(take(1)));
  }

  #errorWhile({ coolDown, retryInMs }: Extract<Decision, { kind: 'fail' }>): BankAuthError {
    return errorOn(coolDown, this, this.#parts, { retryInMs, cooling: true });
  }

  #decide(): Decision {
    return this.#parts.machine.decide(this.#entry, this.#parts.clock.now());
  }

  /** The only way to change the state of the token. Returns the dropped token, if there is one. */
  take(event: TokenEvent): AccessToken | undefined {
    const { entry, dropped } = this.#parts.machine.reduce(this.#entry, event);
    if (entry === this.#entry) return undefined;
    this.#entry = entry;
    this.#parts.recent.forget(this);
    const changed = this.#activity?.renewals.changed;
    if (changed?.observed) inNobodysContext(() => changed.next());
    return dropped;
  }

  /** Starts the flight. It belongs to no caller: none ends it by leaving, and it runs in no caller's context. */
  launch(forced: boolean): MerchantFlight {
    const { clock } = this.#parts;
    const flight = new MerchantFlight(this.#parts, this);
    inNobodysContext(() => {
      const activity = this.#begin();
      activity.flight = flight;
      flight.start(forced, activity.calls.drained(this.current?.token, clock.now(), clock));
    });
    return flight;
  }

  /** The parts of a flight of this merchant. */
  flightParts(): MerchantFlightParts {
    const { agents, unshared, credentialsOf, credentialsRead, readsOf } = this.#parts;
    const reads = readsOf(this);
    this.#credentials ??= credentialsOf(this);
    const shared = this.#follower?.shared ?? unshared;
    return { merchant: this.key, credentials: this.#credentials, credentialsRead, shared, agents, reads };
  }

  /** A token is here, by a flight or from another process. */
  arrive(arrival: Arrival, type: 'issued' | 'taken-over', flown: Flown = NOT_FLOWN): void {
    const { bank, machine, random, news } = this.#parts;
    const { token, stored, since, source } = arrival;
    const before = this.#entry;
    const schedule = machine.schedule(stored.lifetime, random(), bank.singleActiveToken !== true);
    this.#follower?.holds(arrival);
    this.take({ type, current: { token, since, ...schedule } });
    news.arrived(this, before, source, flown);
    this.#activity?.renewed.next(token);
  }

  flightEnds(): void {
    if (this.#activity !== undefined) this.#activity.flight = undefined;
  }

  flightEnded(version: string | undefined): void {
    this.#follower?.flightEnds();
    const emitted = this.#activity?.takeEmitted();
    if (emitted !== undefined && emitted.version !== version) this.credentialsChanged(emitted.version);
    this.#rest();
  }

  /**
   * The source has other credentials. The old token stays in use until the new one is there.
   * @param version undefined if they cannot be used
   */
  credentialsChanged(version: string | undefined): void {
    if (!this.#parts.isClosed()) inNobodysContext(() => this.#rotate(version));
  }

  #rotate(version: string | undefined): void {
    const activity = this.#begin();
    if (activity.flight !== undefined) {
      activity.emitted = { version };
      return;
    }
    this.take({ type: 'credentials-changed' });
    if (version !== undefined) this.#parts.news.happened(this, 'credentials.rotated');
    activity.renewals.soon(() => {
      if (this.#decide().kind === 'serve-and-renew') this.launch(false);
      this.#rest();
    });
  }

  /** Keeps all processes from taking the token from the store again, even if this merchant was let go meanwhile. */
  forget(value: string, refused: boolean, isOwnTrouble = false): void {
    this.following()?.forget(value, refused, isOwnTrouble);
  }
}
