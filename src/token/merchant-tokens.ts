import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import {
  AsyncSubject,
  concat,
  defer,
  EMPTY,
  filter,
  firstValueFrom,
  ignoreElements,
  map,
  merge,
  mergeMap,
  NEVER,
  Observable,
  of,
  repeat,
  Subject,
  type Subscription,
  share,
  startWith,
  switchMap,
  take,
  takeUntil,
  tap,
  throwError,
} from 'rxjs';
import {
  BankAuthConfigError,
  type BankAuthError,
  type BankAuthErrorCode,
  TokenEndpointUnavailableError,
} from '../errors/index.js';
import type { StoredToken, TokenChange } from '../store/index.js';
import { AccessToken } from './access-token.js';
import { elapsed, type Instant } from './clock.js';
import type { GuardedStore } from './guarded-store.js';
import { SharedTokens } from './shared-tokens.js';
import type { TlsAgents } from './tls-agents.js';
import { errorOf, type FailureContext, type TokenFailure } from './token-failure.js';
import {
  type Arrival,
  type FlightParts,
  type FlightPlan,
  fingerprintOf,
  TokenFlight,
  UNCHANGED_CREDENTIALS,
} from './token-flight.js';
import type { Decision, TokenEntry, TokenMachine, TokenState } from './token-machine.js';

/** What a token service says about itself. Never the token. */
export interface TokenStatus {
  readonly provider: string;
  readonly merchant: string;
  readonly state: TokenState;
  /** Milliseconds since the Unix epoch, as are the other instants. */
  readonly expiresAt?: number;
  /** From when on the token is renewed ahead of its expiry. */
  readonly refreshAt?: number;
  /** Token requests that have failed in a row. */
  readonly failures: number;
  /** Before this, no token request is sent. */
  readonly retryAt?: number;
  readonly lastErrorCode?: BankAuthErrorCode;
}

/** Everything a token service works with; made by the module. */
export interface TokenServiceParts extends Omit<FlightParts, 'shared' | 'agents'> {
  readonly agents: Pick<TlsAgents, 'forResources' | 'close'>;
  readonly merchant: string;
  readonly tokenUrl: string;
  readonly machine: TokenMachine;
  readonly logger: Pick<LoggerService, 'log' | 'warn' | 'error'>;
  readonly store?: GuardedStore;
  /** A provider that is switched off: its name injects, its use is an error. */
  readonly disabled?: boolean;
}

/** Timers stand still while a machine is suspended, so that a long one is looked at now and then. */
const LONGEST_NAP = 60_000;
/** How long requests in flight are waited for before a new token ends the one they carry, in milliseconds. */
const LONGEST_DRAIN = 5_000;
/** So many tokens that are gone are remembered: no store will have an older one. */
const MOST_GONE = 16;
/** After a fault of the store, replicas compare tokens with it within so many milliseconds, not all at once. */
const COMPARE_WITHIN = 500;
/** Milliseconds after news in which whoever has a newer token has offered it. */
const SETTLED_AFTER = 1_000;
/** Between two renewals that nobody waits for, in milliseconds, however short a bank's tokens live. */
const LEAST_BETWEEN_RENEWALS = 1_000;

/**
 * Keeps one merchant of one provider in tokens: the RxJS shell around `TokenMachine`. It owns the one flight, the
 * timers and the subscriptions; what to do is the machine's to say.
 */
export class TokenService {
  readonly provider: string;
  readonly merchant: string;

  /**
   * The current token (obtained if there is none), then each renewal. While subscribed, renews ahead of expiry. A
   * failed renewal is not an error here, it is tried again after its cool-down; completes at shutdown.
   */
  readonly token$: Observable<AccessToken>;

  readonly #parts: TokenServiceParts;
  readonly #renewed = new Subject<AccessToken>();
  readonly #changed = new Subject<void>();
  readonly #closing = new AsyncSubject<void>();
  /** Renews ahead of expiry for as long as anybody is subscribed. */
  readonly #keepingWarm: Observable<never>;
  /** Keeps the process alive while somebody waits, which is never longer than a flight may take. */
  readonly #waiting = new Observable<never>(() => {
    const handle = setTimeout(() => undefined, this.#parts.retry.deadline);
    return () => clearTimeout(handle);
  }).pipe(share());
  readonly #failureContext: FailureContext;
  readonly #shared: SharedTokens;
  #entry: TokenEntry;
  #flight?: AsyncSubject<AccessToken>;
  #flightSubscription?: Subscription;
  #warm?: Subscription;
  #closed = false;
  /** Fingerprints of the last tokens that were refused or invalidated, anywhere: not to be taken over from a store. */
  readonly #gone = new Set<string>();
  /** The current token as a store keeps it. */
  #stored?: StoredToken;
  #listening?: Subscription;
  /** Of the token that is in the store now, if it is known. */
  readonly #look = new Subject<string | undefined>();
  /** The last token that was written since a flight began, which may have looked before. */
  #writtenMeanwhile?: { readonly fingerprint?: string };
  /** Requests under way with the token they carry; counted only where a new token ends the old one. */
  readonly #sending = new Map<AccessToken, number>();
  readonly #sent = new Subject<void>();
  // What `getAccessToken` answers within one millisecond of a full check, and one turn of the event loop. In a private
  // field, because inspecting a promise prints its value.
  #answer?: Promise<string>;
  #answeredAt = Number.NaN;
  readonly #forgetWhenAnswered = () => {
    this.#answeredAt = Number.NaN;
  };

  /** @internal */
  constructor(parts: TokenServiceParts) {
    this.#parts = parts;
    this.provider = parts.provider;
    this.merchant = parts.merchant;
    this.#entry = parts.machine.empty;
    this.#failureContext = {
      provider: parts.provider,
      merchant: parts.merchant,
      endpoint: withoutQuery(parts.tokenUrl),
      credentialsFrom: parts.credentials.description,
    };
    // JSON, so that no delimiter in a name can make two keys equal. RFC 6749 §3.3: scopes are an unordered set.
    const key = JSON.stringify([parts.provider, parts.merchant, parts.tokenUrl, [...parts.scopes].sort()]);
    this.#shared = new SharedTokens(parts.store, key, this.#closing);
    this.#keepingWarm = this.#changed.pipe(
      startWith(undefined),
      switchMap(() => defer(() => this.#nextRenewal()).pipe(repeat())),
      ignoreElements(),
      share(),
    );
    this.token$ = defer(() => {
      const disabled = this.#disabledError();
      if (disabled !== undefined) return throwError(() => disabled);
      const decision = this.#decide();
      const current = 'token' in decision ? of(decision.token) : EMPTY;
      return merge(current, this.#renewed, this.#keepingWarm);
    }).pipe(takeUntil(this.#closing));
  }

  /**
   * One usable token, then completes. Cold: each subscription asks again.
   * Errors with `CredentialsRejectedError`, `TokenEndpointUnavailableError`, `InvalidTokenResponseError` or
   * `BankAuthConfigError`.
   */
  getToken(): Observable<AccessToken> {
    return defer(() => {
      const token = this.acquire();
      return token instanceof AccessToken ? of(token) : token;
    });
  }

  /**
   * The raw token, for `await`. Rejects as `getToken` errors.
   * @param options `signal` and `timeout` (milliseconds) end this caller's wait only; the flight goes on
   */
  getAccessToken(options?: { readonly signal?: AbortSignal; readonly timeout?: number }): Promise<string> {
    // Nothing ages within a millisecond: reading two clocks on each call would cost more than all the rest.
    if (
      options === undefined &&
      this.#answer !== undefined &&
      this.#answeredAt === this.#parts.clock.wall()
    ) {
      return this.#answer;
    }
    return this.#getAccessToken(options);
  }

  /** Drops `rejected` if it is still the current token; a newer one stays. */
  invalidate(rejected: AccessToken | string): void {
    const value = typeof rejected === 'string' ? rejected : rejected?.value;
    if (typeof value !== 'string') return;
    const before = this.#entry;
    this.#update(this.#parts.machine.reduce(before, { type: 'invalidated', value }));
    if (this.#entry !== before) this.#forget(value, false);
  }

  /**
   * Renews now, joining a renewal in flight. Errors as `getToken` does, also where the bank's `Retry-After` has not
   * passed or the last failure is less than a second old.
   */
  refresh(): Observable<AccessToken> {
    return defer(() => {
      const refusal = this.#disabledError() ?? this.#closedError();
      if (refusal !== undefined) return throwError(() => refusal);
      const { machine, clock } = this.#parts;
      const decision = machine.decideRefresh(this.#entry, clock.now());
      if (decision.kind === 'fail') {
        const error = errorOf(decision.coolDown.failure, this.#failureContext, decision.retryInMs, true);
        return throwError(() => error);
      }
      return this.#awaited(this.#flight ?? this.#launch(true));
    });
  }

  /** How things stand, without asking the bank. Never the token. */
  get status(): TokenStatus {
    const { machine, clock } = this.#parts;
    const now = clock.now();
    const { held, coolDown } = this.#entry;
    const state = machine.state(this.#entry, now);
    const cooling = coolDown === undefined ? 0 : coolDown.duration - elapsed(coolDown.since, now);
    return Object.freeze({
      provider: this.provider,
      merchant: this.merchant,
      state,
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

  /**
   * A token at once where there is one, else what to wait for.
   * @internal
   */
  acquire(): AccessToken | Observable<AccessToken> {
    const disabled = this.#disabledError();
    if (disabled !== undefined) return throwError(() => disabled);
    const decision = this.#decide();
    switch (decision.kind) {
      case 'serve':
        return decision.token;
      case 'serve-and-renew':
        if (!this.#closed) this.#launch(false);
        return decision.token;
      case 'fail': {
        const error = errorOf(decision.coolDown.failure, this.#failureContext, decision.retryInMs, true);
        return throwError(() => error);
      }
      case 'wait': {
        const closed = this.#closedError();
        if (closed !== undefined) return throwError(() => closed);
        return this.#awaited(this.#flight ?? this.#launch(false));
      }
    }
  }

  /**
   * Throws where the provider is switched off.
   * @internal
   */
  assertEnabled(): void {
    const disabled = this.#disabledError();
    if (disabled !== undefined) throw disabled;
  }

  /**
   * A resource call with this token got past authentication.
   * @param afterRefusal whether the same call had been refused with the token before
   * @internal
   */
  accepted(token: AccessToken, afterRefusal: boolean): void {
    const { held } = this.#entry;
    if (held?.token !== token || (held.worked && !afterRefusal)) return;
    const { value } = token;
    this.#entry = this.#parts.machine.reduce(this.#entry, { type: 'accepted', value, afterRefusal });
  }

  /**
   * A resource call with this token was answered 401. Says whether another token is worth a try.
   * @internal
   */
  refused(token: AccessToken): boolean {
    const { machine, clock } = this.#parts;
    const before = this.#entry;
    this.#update(machine.reduce(before, { type: 'refused', value: token.value, at: clock.now() }));
    const kept = this.#entry.held?.token.value === token.value;
    if (this.#entry !== before && !kept) this.#forget(token.value, true);
    return !kept;
  }

  /**
   * A resource call with this token is about to leave. Where a new token ends the old one, the next renewal waits until
   * the function that is returned is called, or for a while.
   * @internal
   */
  sending(token: AccessToken): (() => void) | undefined {
    if (this.#parts.bank.singleActiveToken !== true) return undefined;
    this.#sending.set(token, (this.#sending.get(token) ?? 0) + 1);
    return () => {
      const left = (this.#sending.get(token) ?? 1) - 1;
      if (left > 0) this.#sending.set(token, left);
      else this.#sending.delete(token);
      this.#sent.next();
    };
  }

  /**
   * Starts a flight that nobody waits for, where there is no token.
   * @internal
   */
  warmUp(): void {
    const idle = this.#disabledError() === undefined && !this.#closed && this.#flight === undefined;
    if (idle && this.#decide().kind === 'wait') this.#launch(false);
  }

  /**
   * Renews ahead of expiry from now on, until the end.
   * @internal
   */
  keepWarm(): void {
    if (!this.#parts.disabled) this.#warm ??= this.#keepingWarm.pipe(takeUntil(this.#closing)).subscribe();
  }

  /**
   * Ends everything: `token$` completes, a flight is aborted and its waiters get an error, timers are cleared.
   * @internal
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.next();
    this.#closing.complete();
    this.#flightSubscription?.unsubscribe();
    const closed = this.#closedError();
    this.#flight?.error(closed);
    this.#flight = undefined;
    this.#renewed.complete();
    this.#changed.complete();
    this.#listening?.unsubscribe();
    this.#parts.agents.close();
  }

  [inspect.custom](): string {
    return `TokenService(${this.provider}, ${this.merchant}, ${this.status.state})`;
  }

  #getAccessToken(options?: { readonly signal?: AbortSignal; readonly timeout?: number }): Promise<string> {
    let token: AccessToken | Observable<AccessToken>;
    try {
      options?.signal?.throwIfAborted();
      token = this.acquire();
    } catch (error) {
      return Promise.reject(error);
    }
    if (token instanceof AccessToken) {
      this.#answer ??= Promise.resolve(token.value);
      // Not beyond this turn of the event loop: a clock may be set back to this very millisecond.
      if (Number.isNaN(this.#answeredAt)) setImmediate(this.#forgetWhenAnswered).unref();
      this.#answeredAt = this.#parts.clock.wall();
      return this.#answer;
    }
    return firstValueFrom(this.#boundWait(token, options).pipe(map(({ value }) => value)));
  }

  #boundWait(
    token: Observable<AccessToken>,
    { signal, timeout }: { readonly signal?: AbortSignal; readonly timeout?: number } = {},
  ): Observable<AccessToken> {
    const waits = [token];
    if (signal !== undefined) waits.push(rejectionOf(signal));
    if (timeout !== undefined) {
      waits.push(
        this.#parts.clock
          .timer(timeout)
          .pipe(
            mergeMap(() =>
              throwError(
                () =>
                  new TokenEndpointUnavailableError(
                    `${this.provider}: no token within the ${timeout} ms that this caller waits. The token request goes on; ask again.`,
                    { provider: this.provider, merchant: this.merchant },
                  ),
              ),
            ),
          ),
      );
    }
    return waits.length === 1 ? token : merge(...waits).pipe(take(1));
  }

  /** The flight as one who waits for it sees it: it is they who keep the process alive, not the flight. */
  #awaited(flight: Observable<AccessToken>): Observable<AccessToken> {
    return merge(flight, this.#waiting).pipe(take(1));
  }

  #decide(): Decision {
    return this.#parts.machine.decide(this.#entry, this.#parts.clock.now());
  }

  #update(entry: TokenEntry): void {
    if (entry === this.#entry) return;
    this.#entry = entry;
    this.#answer = undefined;
    this.#changed.next();
  }

  /** Starts the flight. It is nobody's: a caller that leaves does not end it. */
  #launch(forced: boolean): Observable<AccessToken> {
    const { machine, clock, retry, random, bank } = this.#parts;
    const { coolDown } = this.#entry;
    const onlyRechecks = !forced && machine.onlyRechecks(this.#entry, clock.now());
    const flight = new AsyncSubject<AccessToken>();
    this.#flight = flight;
    this.#writtenMeanwhile = undefined;
    this.#entry = machine.reduce(this.#entry, { type: 'flight-started' });
    this.#listen();
    const plan: FlightPlan = {
      // One that follows a failure only looks whether the bank is back.
      attempts: coolDown === undefined ? retry.attempts : 1,
      forced,
      rejectedVersion: onlyRechecks ? coolDown?.failure.credentialsVersion : undefined,
      usable: (ageMs, lifetime) => ageMs < machine.schedule(lifetime, 0, true).unusableAfter,
      // Another one that lives is as good as a new one, unless a new one has ended it.
      adopts: bank.singleActiveToken === true ? this.#adoptsNewer : this.#adopts,
      coolDownOf: (failure) => machine.coolDownOf(this.#entry, failure, 2 * random() - 1),
      ready: this.#drained(clock.now()),
    };
    this.#flightSubscription = this.#flightOf(plan).subscribe({
      next: (arrival) => this.#land(flight, arrival),
      error: (failure: TokenFailure | typeof UNCHANGED_CREDENTIALS) => this.#crash(flight, failure),
    });
    return flight;
  }

  #flightOf(plan: FlightPlan): TokenFlight {
    return new TokenFlight({ ...this.#parts, shared: this.#shared }, plan);
  }

  /** Emits once when no request is under way with a token that would be ended by a new one, or has been for too long. */
  #drained(since: Instant): Observable<unknown> {
    const { clock } = this.#parts;
    const held = this.#entry.held?.token;
    const isDrained = () => held === undefined || !this.#sending.has(held);
    return defer(() => {
      const left = LONGEST_DRAIN - elapsed(since, clock.now());
      if (isDrained() || left <= 0) return of(undefined);
      return merge(this.#sent.pipe(filter(isDrained)), clock.timer(left)).pipe(take(1));
    });
  }

  /** Whether a token in the store is another than the one held or dropped, and young enough to be worth it. */
  readonly #adopts = (found: string, ageMs: number, lifetime: number): boolean => {
    const { machine, bank } = this.#parts;
    if (this.#gone.has(found) || this.#holds(found)) return false;
    return ageMs < machine.schedule(lifetime, 1, bank.singleActiveToken !== true).refreshAfter;
  };

  /** The same, and newer than the one held. Of two that are as old, everybody takes the one in the store. */
  readonly #adoptsNewer = (found: string, ageMs: number, lifetime: number): boolean => {
    const { held } = this.#entry;
    const older = held !== undefined && ageMs > elapsed(held.since, this.#parts.clock.now());
    return !older && this.#adopts(found, ageMs, lifetime);
  };

  #land(flight: AsyncSubject<AccessToken>, arrival: Arrival): void {
    this.#flight = undefined;
    this.#arrive(arrival, 'issued');
    flight.next(arrival.token);
    flight.complete();
    this.#catchUp();
  }

  #arrive({ token, stored, since }: Arrival, type: 'issued' | 'taken-over'): void {
    const { machine, random, bank } = this.#parts;
    const failures = this.#entry.coolDown?.count ?? 0;
    const schedule = machine.schedule(stored.lifetime, random(), bank.singleActiveToken !== true);
    this.#stored = stored;
    this.#update(machine.reduce(this.#entry, { type, held: { token, since, ...schedule } }));
    if (failures > 0)
      this.#say('log', `${this.#who}: tokens are issued again, after ${count(failures, 'failure')}.`);
    this.#renewed.next(token);
  }

  /** From the first flight on: what other processes do with the token concerns this one. */
  #listen(): void {
    const { clock, random } = this.#parts;
    if (this.#listening !== undefined) return;
    const changes = this.#shared.changes().pipe(share());
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
            switchMap(() => this.#takeOver(this.#adopts)),
          ),
        ),
      ),
    );
    // The order is the store's, whatever the clocks here say.
    const overtaken = this.#shared.overtaken.pipe(switchMap(() => this.#takeOver(this.#adopts)));
    this.#listening = merge(resumed, heard, looked, overtaken).subscribe();
  }

  #hear(change: TokenChange): void {
    if (change.type === 'written') {
      this.#writtenMeanwhile = change;
      if (!this.#holds(change.fingerprint)) this.#look.next(change.fingerprint);
    }
    if (change.type === 'removed') {
      this.#note(change.fingerprint);
      if (this.#holds(change.fingerprint)) this.#dropElsewhere(change);
    }
  }

  /** A flight is over. If somebody has written meanwhile, its token may not be the newest. */
  #catchUp(): void {
    const written = this.#writtenMeanwhile;
    this.#writtenMeanwhile = undefined;
    if (written !== undefined && !this.#holds(written.fingerprint)) this.#look.next(written.fingerprint);
  }

  #dropElsewhere(change: Extract<TokenChange, { type: 'removed' }>): void {
    const { machine, clock } = this.#parts;
    const { held } = this.#entry;
    if (held === undefined) return;
    const { value } = held.token;
    const event = change.refused
      ? ({ type: 'refused-elsewhere', value, at: clock.now() } as const)
      : ({ type: 'invalidated', value } as const);
    this.#update(machine.reduce(this.#entry, event));
  }

  #holds(fingerprint: string | undefined): boolean {
    const { held } = this.#entry;
    return held !== undefined && fingerprint !== undefined && fingerprintOf(held.token.value) === fingerprint;
  }

  /** Another process has a newer token. A flight under way looks for itself. */
  #takeOver(adopts: FlightPlan['adopts']): Observable<unknown> {
    if (this.#flight !== undefined || this.#closed) return EMPTY;
    return this.#flightOf(lookOnly(adopts))
      .takeOver()
      .pipe(
        filter(({ stored }) => this.#flight === undefined && !this.#holds(stored.fingerprint)),
        tap((arrival) => this.#arrive(arrival, 'taken-over')),
      );
  }

  /** The store may have missed something, or lost it: the newest token is everybody's. */
  #compare(): Observable<unknown> {
    const offer = defer(() => {
      const { held } = this.#entry;
      const age = held === undefined ? 0 : elapsed(held.since, this.#parts.clock.now());
      if (this.#stored !== undefined && held !== undefined && age < held.refreshAfter) {
        this.#shared.offer(this.#stored, age);
      }
      return EMPTY;
    });
    return concat(this.#takeOver(this.#adoptsNewer), offer);
  }

  #crash(flight: AsyncSubject<AccessToken>, failure: TokenFailure | typeof UNCHANGED_CREDENTIALS): void {
    const { machine, clock, random, credentials } = this.#parts;
    const at = clock.now();
    this.#flight = undefined;
    if (failure === UNCHANGED_CREDENTIALS) {
      this.#update(machine.reduce(this.#entry, { type: 'rechecked', at }));
    } else {
      const noise = 2 * random() - 1;
      const recheckable = credentials.mayChange;
      this.#update(machine.reduce(this.#entry, { type: 'failed', failure, at, recheckable, noise }));
    }
    const { coolDown } = this.#entry;
    if (coolDown === undefined) return;
    const left = Math.max(0, coolDown.duration - elapsed(coolDown.since, at));
    const error = errorOf(coolDown.failure, this.#failureContext, left, failure === UNCHANGED_CREDENTIALS);
    // Callers have the error too, but a renewal behind their backs has no caller. Once per outage.
    if (coolDown.count === 1 && failure !== UNCHANGED_CREDENTIALS) {
      this.#say(coolDown.failure.kind === 'unavailable' ? 'warn' : 'error', error.message);
    }
    flight.error(error);
    this.#catchUp();
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

  /** A logger that throws must not strand those who wait for the flight. */
  #say(level: 'log' | 'warn' | 'error', message: string): void {
    try {
      this.#parts.logger[level](message);
    } catch {
      // Nobody is left to tell.
    }
  }

  #forget(value: string, refused: boolean): void {
    const fingerprint = fingerprintOf(value);
    this.#note(fingerprint);
    this.#shared.remove(fingerprint, refused);
  }

  #note(gone: string): void {
    this.#gone.add(gone);
    for (const oldest of this.#gone) {
      if (this.#gone.size <= MOST_GONE) break;
      this.#gone.delete(oldest);
    }
  }

  get #who(): string {
    return this.merchant === DEFAULT_MERCHANT
      ? this.provider
      : `${this.provider} (merchant ${JSON.stringify(this.merchant)})`;
  }

  #disabledError(): BankAuthError | undefined {
    if (this.#parts.disabled !== true) return undefined;
    return new BankAuthConfigError(
      `${this.provider} is disabled by its option "enabled", so no request was sent. Enable it or do not use it here.`,
      { provider: this.provider, merchant: this.merchant },
    );
  }

  #closedError(): BankAuthError | undefined {
    if (!this.#closed) return undefined;
    return new TokenEndpointUnavailableError(
      `${this.provider}: the application is shutting down, so no token is requested any more.`,
      { provider: this.provider, merchant: this.merchant },
    );
  }
}

/** What the provider's own credentials are called. */
export const DEFAULT_MERCHANT = 'default';

/** For looking into the store without asking the bank. */
function lookOnly(adopts: FlightPlan['adopts']): FlightPlan {
  return {
    attempts: 0,
    forced: false,
    usable: () => false,
    adopts,
    coolDownOf: () => 0,
    ready: EMPTY,
  };
}

function rejectionOf(signal: AbortSignal): Observable<never> {
  return new Observable((subscriber) => {
    const abort = () => subscriber.error(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    return () => signal.removeEventListener('abort', abort);
  });
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
