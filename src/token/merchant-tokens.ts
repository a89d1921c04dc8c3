import { inspect } from 'node:util';
import {
  AsyncSubject,
  defer,
  EMPTY,
  filter,
  finalize,
  ignoreElements,
  merge,
  NEVER,
  Observable,
  of,
  repeat,
  share,
  startWith,
  switchMap,
  take,
  takeUntil,
  throwError,
} from 'rxjs';
import type { CredentialsSource } from '../credentials/index.js';
import {
  type BankAuthError,
  type LineLogger,
  quoted,
  TokenEndpointUnavailableError,
} from '../errors/index.js';
import { AccessToken } from './access-token.js';
import type { Arrival } from './arrival.js';
import { inNobodysContext, inOwnContext, subscribedByNobody } from './async-context.js';
import { elapsed, type Instant } from './clock.js';
import { type FlightParts, type FlightPlan, lookOnly } from './flight-plan.js';
import type { GuardedStore } from './guarded-store.js';
import { MerchantActivity } from './merchant-activity.js';
import { say } from './merchant-log.js';
import { SharedTokens } from './shared-tokens.js';
import { StoreFollower } from './store-follower.js';
import type { TlsAgents } from './tls-agents.js';
import { shuttingDown, tokenFailed, tokenRecovered } from './token.messages.js';
import { errorOf, type OutlookOf, type TokenFailure } from './token-failure.js';
import { type FailureContext, whoIs } from './token-failure.messages.js';
import { TokenFlight, UNCHANGED_CREDENTIALS } from './token-flight.js';
import type { CoolDown, Decision, HeldToken, TokenEntry, TokenMachine } from './token-machine.js';
import type { TokenStatus } from './token-status.js';

/** What all merchants of a provider have in common. */
export interface CommonParts extends FlightParts {
  readonly tokenUrl: string;
  readonly machine: TokenMachine;
  readonly store?: GuardedStore;
  /** One for all of them, so that those with equal TLS settings have the same connections. */
  readonly agents: TlsAgents;
  /** Where there is no store. */
  readonly unshared: SharedTokens;
  /** Emits when the application ends. */
  readonly closing: Observable<unknown>;
  /** Whether it has. */
  readonly isClosed: () => boolean;
  /** Keeps the process alive while it is subscribed to: for those who wait. */
  readonly awake: Observable<never>;
  /** Why nothing can be had, if that is so: no request is sent then. */
  readonly refusal: (merchant: MerchantTokens) => BankAuthError | undefined;
  readonly credentialsOf: (merchant: MerchantTokens) => CredentialsSource;
  /** The line in which it waits to read them. */
  readonly readsOf: (merchant: MerchantTokens) => FlightParts['queue'] | undefined;
  /** A clause on where the credentials come from. */
  readonly credentialsFrom: (key: string | undefined) => string;
  readonly labelOf: (key: string | undefined) => string;
  readonly scopesFrom: string;
  readonly loggerOf: (key: string | undefined) => LineLogger;
  /** Told when something begins to go on, and when it has ended. */
  readonly residence: Residence;
}

/** Who keeps merchants, and lets idle ones go. */
export interface Residence {
  becomesBusy(merchant: MerchantTokens): void;
  becomesIdle(merchant: MerchantTokens): void;
}

/** Timers stand still while a machine is suspended, so that a long one is looked at now and then. */
const LONGEST_NAP = 60_000;
/** How long requests in flight are waited for before a new token ends the one they carry, in milliseconds. */
const LONGEST_DRAIN = 5_000;
/** Between two renewals that nobody waits for, in milliseconds, however short a bank's tokens live. */
const LEAST_BETWEEN_RENEWALS = 1_000;

/**
 * Keeps one merchant of one provider in tokens: the RxJS shell around `TokenMachine`. It owns the one flight, the
 * timers and the subscriptions; what to do is the machine's to say. An idle one is little more than its token.
 */
export class MerchantTokens {
  /** Undefined for the provider's own credentials. */
  readonly key: string | undefined;
  readonly #parts: CommonParts;
  #entry: TokenEntry;
  #activity?: MerchantActivity;
  /** From the first flight on, where there is a store. */
  #follower?: StoreFollower;
  /** There while it is used, and for as long as it watches something. */
  #credentials?: CredentialsSource;
  // What `getAccessToken` answers within one millisecond of a full check, and one turn of the event loop. In a private
  // field, because inspecting a promise prints its value.
  #answer?: { readonly promise: Promise<string>; readonly at: number };
  /** Whether its failure was told, so that its end is told too: while its token was served, or when it had none. */
  #complained: 'no' | 'served' | 'failing' = 'no';

  constructor(parts: CommonParts, key: string | undefined) {
    this.#parts = parts;
    this.key = key;
    this.#entry = parts.machine.empty;
  }

  /** The answer to `getAccessToken`, if it was given just now. */
  get answer(): Promise<string> | undefined {
    const answer = this.#answer;
    // Nothing ages within a millisecond: reading two clocks on each call would cost more than all the rest.
    return answer !== undefined && answer.at === this.#parts.clock.wall() ? answer.promise : undefined;
  }

  answerWith(token: AccessToken): Promise<string> {
    const promise = Promise.resolve(token.value);
    // Not beyond this turn of the event loop: a clock may be set back to this very millisecond.
    if (this.#answer === undefined) setImmediate(MerchantTokens.#forgetAnswer, this).unref();
    this.#answer = { promise, at: this.#parts.clock.wall() };
    return promise;
  }

  static readonly #forgetAnswer = (merchant: MerchantTokens) => {
    merchant.#answer = undefined;
  };

  /** The current token, obtained if there is none, then each renewal: what `token$` is. */
  follow(): Observable<AccessToken> {
    const following = defer(() => {
      const refusal = this.#refusal();
      if (refusal !== undefined) return throwError(() => refusal);
      const activity = this.#begin();
      activity.subscribers += 1;
      const decision = this.#decide();
      const current = 'token' in decision ? of(decision.token) : EMPTY;
      return merge(current, activity.renewed, this.#keepingWarm(activity)).pipe(
        finalize(() => {
          activity.subscribers -= 1;
          this.#rest();
        }),
      );
    });
    return inOwnContext(following.pipe(takeUntil(this.#parts.closing)));
  }

  /** A token at once where there is one, else what to wait for. */
  acquire(): AccessToken | Observable<AccessToken> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return throwError(() => refusal);
    const decision = this.#decide();
    switch (decision.kind) {
      case 'serve':
        return decision.token;
      case 'serve-and-renew':
        if (!this.#parts.isClosed()) this.#launch(false);
        return decision.token;
      case 'fail': {
        const { coolDown, retryInMs } = decision;
        const error = errorOf(coolDown.failure, this.#failureContext, retryInMs, { cooling: true });
        return throwError(() => error);
      }
      case 'wait': {
        const closed = this.#closedError();
        if (closed !== undefined) return throwError(() => closed);
        return this.#awaited(this.#activity?.flight ?? this.#launch(false));
      }
    }
  }

  /** Renews now, joining a renewal in flight. */
  refresh(): Observable<AccessToken> {
    const refusal = this.#refusal() ?? this.#closedError();
    if (refusal !== undefined) return throwError(() => refusal);
    const { machine, clock } = this.#parts;
    const decision = machine.decideRefresh(this.#entry, clock.now());
    if (decision.kind === 'fail') {
      const { coolDown, retryInMs } = decision;
      const error = this.#errorOf(coolDown, retryInMs, true);
      return throwError(() => error);
    }
    return this.#awaited(this.#activity?.flight ?? this.#launch(true));
  }

  /** Drops this token if it is still the current one. */
  invalidate(value: string): void {
    const before = this.#entry;
    this.#update(this.#parts.machine.reduce(before, { type: 'invalidated', value }));
    if (this.#entry !== before || before.held === undefined) this.#forget(value, false);
  }

  /** How things stand, without asking the bank. */
  get status(): TokenStatus {
    const { provider, machine, clock, labelOf } = this.#parts;
    const now = clock.now();
    const { held, coolDown } = this.#entry;
    const cooling = coolDown === undefined ? 0 : coolDown.duration - elapsed(coolDown.since, now);
    return Object.freeze({
      provider,
      merchant: labelOf(this.key),
      state: machine.state(this.#entry, now),
      ...(held === undefined
        ? {}
        : {
            expiresAt: held.token.expiresAt,
            refreshAt: Math.round(held.token.issuedAt + held.refreshAfter),
          }),
      failures: coolDown?.count ?? 0,
      ...(cooling > 0 ? { retryAt: Math.ceil(now.wall + cooling) } : {}),
      ...(coolDown === undefined
        ? {}
        : { lastErrorCode: errorOf(coolDown.failure, this.#failureContext, 0).code }),
    });
  }

  /** Throws where nothing can be had. */
  assertUsable(): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
  }

  /**
   * A resource call with this token got past authentication.
   * @param afterRefusal whether the same call had been refused with the token before
   */
  accepted(token: AccessToken, afterRefusal: boolean): void {
    const { held } = this.#entry;
    if (held?.token !== token || (held.worked && !afterRefusal)) return;
    const { value } = token;
    this.#entry = this.#parts.machine.reduce(this.#entry, { type: 'accepted', value, afterRefusal });
  }

  /** A resource call with this token was answered 401. Says whether another token is worth a try. */
  refused(token: AccessToken): boolean {
    const { machine, clock } = this.#parts;
    const before = this.#entry;
    this.#update(machine.reduce(before, { type: 'refused', value: token.value, at: clock.now() }));
    const kept = this.#entry.held?.token.value === token.value;
    if ((this.#entry !== before && !kept) || before.held === undefined)
      this.#forget(token.value, true, machine.isOwnTrouble(before));
    return !kept;
  }

  /**
   * A resource call with this token is about to leave. Where a new token ends the old one, the next renewal waits until
   * the function that is returned is called, or for a while.
   */
  sending(token: AccessToken): (() => void) | undefined {
    if (!this.#isSingleActive) return undefined;
    const { sending, sent } = this.#begin();
    sending.set(token, (sending.get(token) ?? 0) + 1);
    return () => {
      const left = (sending.get(token) ?? 1) - 1;
      if (left > 0) sending.set(token, left);
      else sending.delete(token);
      // A renewal waits for it, which is nobody's.
      if (sent.observed) inNobodysContext(() => sent.next());
      this.#rest();
    };
  }

  /** Starts a flight that nobody waits for, where there is no token. */
  warmUp(): void {
    const idle = this.#refusal() === undefined && !this.#parts.isClosed() && !this.isFlying;
    if (idle && this.#decide().kind === 'wait') this.#launch(false);
  }

  /** Renews ahead of expiry from now on, until the end. */
  keepWarm(): void {
    if (this.#refusal() !== undefined) return;
    const activity = this.#begin();
    activity.warm ??= this.#keepingWarm(activity).pipe(takeUntil(this.#parts.closing)).subscribe();
  }

  /** Whether there is anything that is worth being kept, and whether anybody has ever said that there is such a merchant. */
  get standing(): 'known' | 'stranger' | 'nothing' {
    const { held, coolDown, refusals } = this.#entry;
    if (held !== undefined) return 'known';
    const { kind } = coolDown?.failure ?? {};
    if (kind === 'unknown-merchant' || kind === 'credentials-unreadable') return 'stranger';
    const isEmpty = coolDown === undefined && refusals === undefined && this.#credentials === undefined;
    return isEmpty ? 'nothing' : 'known';
  }

  /** Whether it has a token that need not be renewed yet. */
  get isFresh(): boolean {
    return this.#parts.machine.state(this.#entry, this.#parts.clock.now()) === 'fresh';
  }

  get held(): HeldToken | undefined {
    return this.#entry.held;
  }

  get isFlying(): boolean {
    return this.#activity?.flight !== undefined;
  }

  /** The token that is in the store, if it is of use; nobody waits for it. */
  lookUp(adopts: FlightPlan['adopts']): Observable<Arrival> {
    return defer(() => {
      this.#activity ??= new MerchantActivity();
      return this.#flightOf(lookOnly(adopts)).takeOver();
    }).pipe(finalize(() => this.#tidy()));
  }

  /** Another process has a newer token. */
  takeOver(arrival: Arrival): void {
    this.#arrive(arrival, 'taken-over');
  }

  /** Another process has dropped the token that is held. */
  dropElsewhere(refused: boolean): void {
    const { machine, clock } = this.#parts;
    const { held } = this.#entry;
    if (held === undefined) return;
    const { value } = held.token;
    const event = refused
      ? ({ type: 'refused-elsewhere', value, at: clock.now() } as const)
      : ({ type: 'invalidated', value } as const);
    this.#update(machine.reduce(this.#entry, event));
  }

  /** Lets go of everything outside; nothing goes on, and nobody asks this object any more. */
  leave(): void {
    inNobodysContext(() => {
      this.#credentials?.close?.();
      this.#follower?.close();
    });
  }

  /** The application has ended: a flight is aborted, and its waiters get an error. */
  close(): void {
    const activity = this.#activity;
    if (activity !== undefined) {
      const { flight } = activity;
      activity.flightSubscription?.unsubscribe();
      activity.flight = undefined;
      flight?.error(this.#closedError());
      activity.soon?.unsubscribe();
      activity.renewed.complete();
      activity.changed.complete();
    }
    this.leave();
  }

  [inspect.custom](): string {
    const { provider, merchant, state } = this.status;
    return `MerchantTokens(${provider}, ${quoted(merchant)}, ${state})`;
  }

  /** Something goes on from now on. */
  #begin(): MerchantActivity {
    this.#activity ??= new MerchantActivity();
    this.#parts.residence.becomesBusy(this);
    return this.#activity;
  }

  #following(): StoreFollower | undefined {
    const { store, provider, tokenUrl, scopes, closing } = this.#parts;
    if (store === undefined || this.#follower !== undefined) return this.#follower;
    // JSON, so that no delimiter in a name can make two keys equal; a merchant's key in a list, so that none is that of
    // the provider's own credentials. RFC 6749 §3.3: scopes are an unordered set.
    const merchant = this.key === undefined ? 'default' : [this.key];
    const key = JSON.stringify([provider, merchant, tokenUrl, [...scopes].sort()]);
    this.#follower = new StoreFollower(new SharedTokens(store, key, closing), this.#parts, this);
    return this.#follower;
  }

  /** Nothing may be going on any more. */
  #rest(): void {
    const activity = this.#activity;
    if (activity === undefined || !activity.isOver) return;
    this.#tidy();
    this.#parts.residence.becomesIdle(this);
  }

  /** Lets go of what an idle merchant has no use for. */
  #tidy(): void {
    if (this.#activity?.isOver === false) return;
    if (this.#credentials?.watching !== true) this.#credentials = undefined;
    this.#activity = undefined;
  }

  get #isSingleActive(): boolean {
    return this.#parts.bank.singleActiveToken === true;
  }

  /** The flight as a caller that waits for it sees it: callers keep the process alive, not the flight. */
  #awaited(flight: Observable<AccessToken>): Observable<AccessToken> {
    return inOwnContext(merge(flight, this.#parts.awake).pipe(take(1)));
  }

  #decide(): Decision {
    return this.#parts.machine.decide(this.#entry, this.#parts.clock.now());
  }

  #update(entry: TokenEntry): void {
    if (entry === this.#entry) return;
    this.#entry = entry;
    this.#answer = undefined;
    const changed = this.#activity?.changed;
    if (changed?.observed) inNobodysContext(() => changed.next());
  }

  /** Starts the flight. It is nobody's: a caller that leaves does not end it, and it runs in no caller's context. */
  #launch(forced: boolean): Observable<AccessToken> {
    return inNobodysContext(() => this.#fly(forced));
  }

  #fly(forced: boolean): Observable<AccessToken> {
    const { machine, clock, retry, random } = this.#parts;
    const { coolDown } = this.#entry;
    const onlyRechecks = !forced && machine.onlyRechecks(this.#entry, clock.now());
    const activity = this.#begin();
    const flight = new AsyncSubject<AccessToken>();
    activity.flight = flight;
    this.#entry = machine.reduce(this.#entry, { type: 'flight-started' });
    const follower = this.#following();
    follower?.flightBegins();
    const plan: FlightPlan = {
      // One that follows a failure only looks whether the bank is back.
      attempts: coolDown === undefined ? retry.attempts : 1,
      forced,
      rejectedVersion: onlyRechecks ? coolDown?.failure.credentialsVersion : undefined,
      usable: (ageMs, lifetime) => ageMs < machine.schedule(lifetime, 0, true).unusableAfter,
      adopts: follower?.adopts ?? (() => false),
      coolDownOf: (failure) => machine.coolDownOf(this.#entry, failure, 2 * random() - 1),
      ready: this.#drained(activity, clock.now()),
    };
    activity.flightSubscription = this.#flightOf(plan).subscribe({
      next: (arrival) => this.#land(activity, flight, arrival),
      error: (failure: TokenFailure | typeof UNCHANGED_CREDENTIALS) => this.#crash(activity, flight, failure),
    });
    return flight;
  }

  #flightOf(plan: FlightPlan): TokenFlight {
    const reads = this.#parts.readsOf(this);
    this.#credentials ??= this.#parts.credentialsOf(this);
    const shared = this.#follower?.shared ?? this.#parts.unshared;
    const { agents } = this.#parts;
    const own = { merchant: this.key, credentials: this.#credentials, shared, agents, reads };
    return new TokenFlight(this.#parts, own, plan);
  }

  /** Emits once when no request is under way with a token that would be ended by a new one, or has been for too long. */
  #drained({ sending, sent }: MerchantActivity, since: Instant): Observable<unknown> {
    const { clock } = this.#parts;
    const held = this.#entry.held?.token;
    const isDrained = () => held === undefined || !sending.has(held);
    return defer(() => {
      const left = LONGEST_DRAIN - elapsed(since, clock.now());
      if (isDrained() || left <= 0) return of(undefined);
      return merge(sent.pipe(filter(isDrained)), clock.timer(left)).pipe(take(1));
    });
  }

  #land(activity: MerchantActivity, flight: AsyncSubject<AccessToken>, arrival: Arrival): void {
    activity.flight = undefined;
    this.#arrive(arrival, 'issued');
    flight.next(arrival.token);
    flight.complete();
    this.#flightEnds(activity, arrival.stored.credentialsVersion);
  }

  #arrive(arrival: Arrival, type: 'issued' | 'taken-over'): void {
    const { machine, random, loggerOf } = this.#parts;
    const { token, stored, since } = arrival;
    const failures = this.#entry.coolDown?.count ?? 0;
    const schedule = machine.schedule(stored.lifetime, random(), !this.#isSingleActive);
    this.#follower?.holds(arrival);
    this.#update(machine.reduce(this.#entry, { type, held: { token, since, ...schedule } }));
    if (this.#complained !== 'no') {
      this.#complained = 'no';
      say(loggerOf(this.key), tokenRecovered(this.#who, failures));
    }
    this.#activity?.renewed.next(token);
  }

  #crash(
    activity: MerchantActivity,
    flight: AsyncSubject<AccessToken>,
    failure: TokenFailure | typeof UNCHANGED_CREDENTIALS,
  ): void {
    const { machine, clock, random } = this.#parts;
    const at = clock.now();
    const before = this.#entry.held?.token;
    activity.flight = undefined;
    if (failure === UNCHANGED_CREDENTIALS) {
      this.#update(machine.reduce(this.#entry, { type: 'rechecked', at }));
    } else {
      const noise = 2 * random() - 1;
      const recheckable = this.#credentials?.mayChange === true;
      const shared = this.#parts.store !== undefined;
      this.#update(machine.reduce(this.#entry, { type: 'failed', failure, at, recheckable, shared, noise }));
    }
    // A flight fails with something that cools down from now on, or on account of what does already.
    const { coolDown } = this.#entry as { readonly coolDown: CoolDown };
    const left = Math.max(0, coolDown.duration - elapsed(coolDown.since, at));
    const error = this.#errorOf(coolDown, left, failure === UNCHANGED_CREDENTIALS);
    const isNew = coolDown.count === 1 || this.#complained === 'no' || this.#hasRunOut;
    // A wrong key is its caller's mistake; a merchant that has gone is news.
    const isMistake = coolDown.failure.kind === 'unknown-merchant' && before === undefined;
    if (isNew && failure !== UNCHANGED_CREDENTIALS && !isMistake) this.#complain(failure, error);
    if (before !== undefined && this.#entry.held === undefined) this.#forget(before.value, false);
    flight.error(error);
    this.#flightEnds(activity, coolDown.failure.credentialsVersion);
  }

  /** An error on a failure that is remembered; with how long the token that is there goes on being used. */
  #errorOf({ failure }: CoolDown, retryInMs: number, cooling: boolean): BankAuthError {
    return errorOf(failure, this.#failureContext, retryInMs, { cooling, served: this.#served });
  }

  get #served(): OutlookOf['served'] {
    const { held } = this.#entry;
    if (held === undefined) return undefined;
    const now = this.#parts.clock.now();
    const forMs = held.unusableAfter - elapsed(held.since, now);
    return forMs > 0 ? { forMs, until: now.wall + forMs } : undefined;
  }

  /** Whether the token is over that was served when the failure was told. */
  get #hasRunOut(): boolean {
    return this.#complained === 'served' && this.#served === undefined;
  }

  /** Callers have the error too, but a renewal behind their backs has no caller. Once per outage, and when it is felt. */
  #complain({ kind }: TokenFailure, error: BankAuthError): void {
    const { queue, loggerOf } = this.#parts;
    // Trouble of the bank with all merchants has been told.
    if (kind === 'unavailable' && queue.inTrouble) return;
    this.#complained = this.#served === undefined ? 'failing' : 'served';
    const level = kind === 'unavailable' || kind === 'queue-full' ? 'warn' : 'error';
    say(loggerOf(this.key), tokenFailed(level, error));
  }

  #flightEnds(activity: MerchantActivity, version: string | undefined): void {
    this.#follower?.flightEnds();
    const { emitted } = activity;
    activity.emitted = undefined;
    if (emitted !== undefined && emitted.version !== version) this.credentialsChanged(emitted.version);
    this.#rest();
  }

  /**
   * The source says that there are other credentials. The old token stays in use until the new one is there.
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
    this.#update(this.#parts.machine.reduce(this.#entry, { type: 'credentials-changed' }));
    this.#renewSoon(activity);
  }

  /** Renews the token that is there as soon as it may be; timers may be a moment early. */
  #renewSoon(activity: MerchantActivity): void {
    const { machine, clock } = this.#parts;
    activity.soon?.unsubscribe();
    activity.soon = undefined;
    // Where there is no token, nobody has asked for one; a flight under way is as good as one of ours.
    const pause =
      this.#entry.held === undefined || this.isFlying ? 0 : machine.untilRenewal(this.#entry, clock.now());
    if (pause > 0) {
      activity.soon = clock.timer(Math.ceil(pause)).subscribe(() => this.#renewSoon(activity));
      return;
    }
    if (!this.isFlying && this.#decide().kind === 'serve-and-renew') this.#launch(false);
    this.#rest();
  }

  #keepingWarm(activity: MerchantActivity): Observable<never> {
    activity.keepingWarm ??= subscribedByNobody(
      activity.changed.pipe(
        startWith(undefined),
        switchMap(() => defer(() => this.#nextRenewal()).pipe(repeat())),
        ignoreElements(),
      ),
    ).pipe(share());
    return activity.keepingWarm;
  }

  /** Until the next renewal is due: a nap, after which it is looked at again. */
  #nextRenewal(): Observable<void> {
    const { machine, clock } = this.#parts;
    const { held } = this.#entry;
    const now = clock.now();
    const pause = held === undefined ? 0 : LEAST_BETWEEN_RENEWALS - elapsed(held.since, now);
    const wait = Math.max(machine.untilRenewal(this.#entry, now), pause);
    if (wait > 0) return wait === Number.POSITIVE_INFINITY ? NEVER : clock.timer(Math.min(wait, LONGEST_NAP));
    this.#launch(false);
    return NEVER;
  }

  /** Nobody is to take it from the store again; also where it was held by who has been let go meanwhile. */
  #forget(value: string, refused: boolean, isOwnTrouble = false): void {
    this.#following()?.forget(value, refused, isOwnTrouble);
  }

  get #failureContext(): FailureContext {
    const { provider, tokenUrl, labelOf, credentialsFrom, scopesFrom } = this.#parts;
    return {
      provider,
      merchant: labelOf(this.key),
      who: this.#who,
      endpoint: withoutQuery(tokenUrl),
      credentialsFrom: credentialsFrom(this.key),
      scopesFrom,
    };
  }

  get #who(): string {
    const { provider, labelOf } = this.#parts;
    return whoIs(provider, this.key === undefined ? undefined : labelOf(this.key));
  }

  #refusal(): BankAuthError | undefined {
    return this.#parts.refusal(this);
  }

  #closedError(): BankAuthError | undefined {
    if (!this.#parts.isClosed()) return undefined;
    const { provider, labelOf } = this.#parts;
    return new TokenEndpointUnavailableError(shuttingDown(this.#who), {
      provider,
      merchant: labelOf(this.key),
    });
  }
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
