import { createHash } from 'node:crypto';
import type { Observable } from 'rxjs';
import type { CredentialsSource } from '../../src/credentials/index.js';
import type { StoredToken, TokenStore } from '../../src/store/index.js';
import type { Instant } from '../../src/time/clock.js';
import type { AccessToken } from '../../src/token/access-token.js';
import type { GuardedStore } from '../../src/token/sharing/guarded-store.js';
import type { TokenService } from '../../src/token/token.service.js';
import { TokenMachine } from '../../src/token/token-machine.js';
import { refreshPolicy } from '../support/machine.fixtures.js';
import { aBank, Harness } from '../support/token-service.harness.js';
import { settle, VirtualClock } from '../support/virtual-clock.js';
import { type BankLine, clientIdOf } from './bank-line.js';
import { RealCaller, RealFollower } from './parties.js';
import { type BankAnswer, type Flight, ReferenceModel } from './reference-model.js';
import { ScriptedBankLine } from './scripted-bank.line.js';
import { between, type Issued, type Terms } from './token-history.js';

/** How callers ask. */
export type Way = 'getToken' | 'getAccessToken' | 'acquire' | 'refresh';

/** What the bank is told to answer. */
export interface Told {
  readonly kind: BankAnswer['kind'];
  readonly lifetime: number;
  readonly retryAfterMs?: number;
  /** The credentials are exchanged just before. */
  readonly rotates?: boolean;
}

/** What comes of a call; with `ok elsewhere`, this one is refused, but another one with the same token was not. */
export type CallAnswer = 'ok' | 'refused' | 'ok elsewhere';

/** What may be said of a token. */
export type Report = 'refused' | 'accepted' | 'accepted after a refusal' | 'invalid' | 'invalid by value';

/** A token that somebody was given, with what the model knows of it. */
interface Given {
  readonly token: AccessToken;
  readonly issued: Issued;
}

/** How a run begins. */
export interface Setting {
  readonly terms: Terms;
  readonly habit: readonly Told[];
}

/** Lets something outside the service happen, now or when it is its turn. */
export type Outside = (what: string, happens: () => void) => void;

export const AT_ONCE: Outside = (_what, happens) => happens();

/** A real token service in surroundings that a test controls, beside the model that is told the same. */
export class World {
  readonly clock = new VirtualClock();
  readonly terms: Terms;
  readonly model: ReferenceModel;
  readonly service: TokenService;
  /** What stands between the service and its store. */
  readonly store: GuardedStore | undefined;
  readonly line: BankLine;
  readonly callers: RealCaller[] = [];
  readonly followers: RealFollower[] = [];
  /** Tokens that somebody was given, each once. */
  readonly given: Given[] = [];
  /** When each token was asked for and how long it lives, by its value; a bank may give the same one twice. */
  readonly #born = new Map<string, { readonly asked: Instant; readonly lifetime: number }[]>();
  /** What must never happen, noted where it cannot be thrown. */
  readonly violations: string[] = [];
  readonly log: string[] = [];
  /** What the bank answers at once, in turn; without any, a request hangs until it is answered. */
  habit: readonly Told[];
  credentials: 'readable' | 'unreadable' | 'hanging' = 'readable';
  reads = 0;
  /** From which request on the bank has failed without a break, and without a clock being set meanwhile. */
  failingFrom = 0;
  /** When a clock was set or the process was frozen, by the monotonic clock. */
  readonly disturbances: number[] = [];
  /** When the credentials were exchanged. */
  readonly rotations: number[] = [];
  #version = 1;
  readonly #unread: (() => void)[] = [];
  #stored: (StoredToken & { readonly asked: Instant }) | undefined;
  #grants = 0;

  constructor(
    setting: Setting,
    public outside: Outside = AT_ONCE,
    line?: (clock: VirtualClock) => BankLine,
  ) {
    const { terms } = setting;
    const { attempts, attemptTimeout, deadline, rejectedCoolsFor, unavailableCoolsFor } = terms;
    this.terms = terms;
    this.habit = setting.habit;
    this.model = new ReferenceModel(terms, () => this.clock.now());
    this.line = line?.(this.clock) ?? new ScriptedBankLine(this.clock);
    this.line.onRequest = () => this.#requested();
    this.line.onAnswer = (answer) => {
      if (answer.kind === 'grant') this.failingFrom = this.line.requests.length;
      this.#tell(() => this.model.answered(answer));
    };
    const cooldown = { rejected: rejectedCoolsFor, unavailableMax: unavailableCoolsFor };
    const write = (line: unknown) => {
      this.log.push(String(line));
      if (String(line).startsWith('[BANK_AUTH_STORE_UNAVAILABLE]')) this.model.storeFailed();
    };
    const harness = new Harness({
      clock: this.clock,
      client: this.line.client,
      bank: aBank({ singleActiveToken: terms.singleActiveToken }),
      credentials: this.#credentialsSource(),
      store: terms.store ? this.#tokenStore() : undefined,
      machine: new TokenMachine(refreshPolicy, cooldown),
      retry: { attempts, attemptTimeout, deadline },
      random: () => terms.luck,
      logger: { log: write, warn: write, error: write },
    });
    this.service = harness.service;
    this.store = harness.store;
  }

  // ————— callers —————

  /** @param again whether the caller asks once more as soon as it is settled */
  ask(way: Way, again = false): void {
    const { model, service } = this;
    const caller = this.#caller(way, way === 'refresh' ? model.refresh() : model.ask());
    // Not after a promise, which is settled between two things that the model takes for one: an answer of the store or
    // of the source of the credentials, and the service's hearing it.
    if (again && way !== 'getAccessToken') caller.afterwards = () => this.ask('getToken');
    if (way === 'getAccessToken') caller.await(service.getAccessToken(), (value) => this.#checkAge(value));
    else this.#watch(caller, service[way]());
  }

  /**
   * A call to the bank's API, as the HTTP client makes it: what is refused once is sent again if that is worth it.
   * @param answers what comes of the first try and of the second
   */
  call([first, ...others]: readonly CallAnswer[], again = false): void {
    const caller = this.#caller(again ? 'a call, again' : 'a call', this.model.ask());
    caller.afterwards = () => {
      const given = givenTo(caller);
      if (given === undefined || first === undefined) return;
      if (first === 'ok') this.#report(again ? 'accepted after a refusal' : 'accepted', given);
      if (first === 'ok elsewhere') this.#report('accepted', given);
      if (first !== 'ok' && this.#report('refused', given) && !again) this.call(others, true);
    };
    this.#watch(caller, this.service.acquire());
  }

  askFor(patience: number | undefined, signal: 'none' | 'open' | 'aborted'): void {
    const { model, service } = this;
    const controller = new AbortController();
    if (signal === 'aborted') controller.abort();
    const expected = signal === 'aborted' ? model.askInVain() : model.ask(patience);
    const caller = this.#caller(`getAccessToken(${patience}, ${signal})`, expected);
    if (signal === 'open') caller.abort = () => controller.abort();
    const options = {
      ...(patience === undefined ? {} : { timeout: patience }),
      ...(signal === 'none' ? {} : { signal: controller.signal }),
    };
    caller.await(service.getAccessToken(options), (value) => this.#checkAge(value));
  }

  /** One of those who wait goes. */
  leave(which: number): void {
    const caller = pick(
      this.callers.filter(({ expected, abort }) => expected.waits && !abort),
      which,
    );
    if (caller === undefined || caller.how.startsWith('getAccessToken')) return;
    this.model.leave(caller.expected);
    caller.leave();
  }

  abort(which: number): void {
    const caller = pick(
      this.callers.filter(({ expected, abort }) => expected.waits && abort),
      which,
    );
    if (caller === undefined) return;
    this.model.abort(caller.expected);
    caller.abort?.();
  }

  follow(): void {
    const expected = this.model.follow();
    this.followers.push(
      new RealFollower(expected, this.service.token$, ({ value }) => this.#checkAge(value)),
    );
  }

  unfollow(which: number): void {
    const follower = pick(
      this.followers.filter(({ expected }) => expected.follows),
      which,
    );
    if (follower === undefined) return;
    this.model.unfollow(follower.expected);
    follower.leave();
  }

  warmUp(): void {
    this.model.warmUp();
    this.service.warmUp();
  }

  keepWarm(): void {
    this.model.keepWarm();
    this.service.keepWarm();
  }

  /** Something is said of one of the tokens that were given, counted from the newest. */
  report(what: Report, back: number): void {
    const given = this.given.at(-1 - back);
    if (given !== undefined) this.#report(what, given);
  }

  /** Says whether another token is worth a try. */
  #report(what: Report, { token, issued }: Given): boolean {
    const { model, service } = this;
    switch (what) {
      case 'refused': {
        const expected = model.refused(issued.value);
        const worthAnother = service.forCall().refused(token);
        if (worthAnother !== expected)
          this.violations.push(`refused() returned ${worthAnother}, not ${expected}`);
        return worthAnother;
      }
      case 'accepted':
      case 'accepted after a refusal':
        model.accepted(issued, what !== 'accepted');
        service.forCall().accepted(token, what !== 'accepted');
        return false;
      default:
        model.invalidate(issued.value);
        service.invalidate(what === 'invalid' ? token : token.value);
        return false;
    }
  }

  // ————— the bank, the credentials and the store —————

  /** Answers the request that is under way, if there is one. */
  answer({ kind, lifetime, retryAfterMs, rotates }: Told, sameToken = false): void | Promise<void> {
    if (this.line.open === 0) return;
    if (rotates) this.rotate();
    if (!sameToken || this.#grants === 0) this.#grants += 1;
    const value = `token-${this.#grants}`;
    const answer: BankAnswer =
      kind === 'grant'
        ? { kind, value, lifetime }
        : kind === 'unavailable'
          ? { kind, retryAfterMs }
          : { kind };
    const asked = this.line.requests.at(-1)?.at as Instant;
    if (kind === 'grant') this.#bear(value, asked, lifetime);
    return this.line.answer(answer);
  }

  rotate(): void {
    if (!this.terms.mayRotate) return;
    this.#version += 1;
    this.rotations.push(this.clock.now().monotonic);
  }

  /** Answers all who wait for the credentials. */
  answerReads(): void {
    for (const answer of this.#unread.splice(0)) answer();
  }

  /** Another process puts a token into the store. */
  share(lifetime: number, ageMs: number, ofSameCredentials: boolean): void {
    const { wall, monotonic } = this.clock.now();
    this.#grants += 1;
    const value = `token-${this.#grants}-shared`;
    const asked = { wall: wall - ageMs, monotonic: monotonic - ageMs };
    const credentialsVersion = ofSameCredentials ? `v${this.#version}` : 'other';
    // As the other process makes it, which is this library too.
    const fingerprint = createHash('sha256').update(value).digest('base64url');
    const issuedAt = asked.wall;
    this.#bear(value, asked, lifetime);
    this.#stored = { asked, fingerprint, value, scopes: [], issuedAt, lifetime, credentialsVersion };
  }

  // ————— time —————

  async advance(milliseconds: number): Promise<void> {
    await this.clock.advance(milliseconds);
    this.model.catchUp();
  }

  /** The process is frozen: only the wall clock goes on. */
  freeze(milliseconds: number): void {
    this.#disturb();
    this.clock.suspend(milliseconds);
  }

  setWall(by: number): void {
    this.#disturb();
    this.clock.setWall(this.clock.wall() + by);
  }

  close(): void {
    this.model.close();
    this.service.close();
  }

  /** Lets everything that is under way go as far as it can. */
  async settle(): Promise<void> {
    await settle();
    this.model.catchUp();
    this.#noteGiven();
    if (this.service.status.failures === 0) this.failingFrom = this.line.requests.length;
  }

  #disturb(): void {
    this.model.disturb();
    this.disturbances.push(this.clock.now().monotonic);
    this.failingFrom = this.line.requests.length;
  }

  #watch(caller: RealCaller, answer: AccessToken | Observable<AccessToken>): void {
    caller.watch(answer, ({ value }) => this.#checkAge(value));
  }

  #caller(how: string, expected: RealCaller['expected']): RealCaller {
    const caller = new RealCaller(expected, how, this.clock.now().monotonic);
    this.callers.push(caller);
    return caller;
  }

  #bear(value: string, asked: Instant, lifetime: number): void {
    this.#born.set(value, [...(this.#born.get(value) ?? []), { asked, lifetime }]);
  }

  /** Nobody may be given a token that is past its time by either clock. */
  #checkAge(value: string): void {
    const now = this.clock.now();
    const usable = (this.#born.get(value) ?? []).some(
      ({ asked, lifetime }) => between(asked, now) < lifetime - Math.min(10_000, lifetime * 0.05),
    );
    if (!usable) this.violations.push(`${value} was given, but its time is over`);
  }

  #noteGiven(): void {
    const known = new Set(this.given.map(({ token }) => token));
    for (const caller of this.callers.slice(-20)) {
      const given = givenTo(caller);
      if (given === undefined || known.has(given.token)) continue;
      known.add(given.token);
      this.given.push(given);
    }
  }

  #requested(): void {
    const { length } = this.line.requests;
    const told = this.habit[(length - 1) % Math.max(1, this.habit.length)];
    if (told === undefined) return;
    this.outside(`the bank answers request ${length}: ${told.kind}`, () => {
      if (this.line.requests.length === length) void this.answer(told);
    });
  }

  #credentialsSource(): CredentialsSource {
    return {
      mayChange: this.terms.mayRotate,
      description: 'BANK_CLIENT_ID and BANK_CLIENT_SECRET',
      read: () => {
        this.reads += 1;
        const flight = this.#tell(() => this.model.credentialsAsked());
        return new Promise((resolve, reject) => {
          const answer = () => {
            const version = `v${this.#version}`;
            const readable = this.credentials !== 'unreadable';
            if (flight !== undefined)
              this.#tell(() => this.model.credentialsRead(flight, readable ? version : undefined));
            if (readable)
              resolve({ clientId: clientIdOf(version), clientSecret: `secret-${version}`, version });
            else reject(new Error('/run/secrets/bank: ENOENT'));
          };
          this.outside('the credentials are read', () => {
            if (this.credentials === 'hanging') this.#unread.push(answer);
            else answer();
          });
        });
      },
    };
  }

  #tokenStore(): TokenStore {
    /** An operation on the store; `told` is told to the model as it happens. */
    const operation = <T>(what: string, result: () => T, told: (value: T) => void = () => undefined) =>
      new Promise<T>((resolve) => {
        this.outside(what, () => {
          const value = result();
          this.#tell(() => told(value));
          resolve(value);
        });
      });
    return {
      read: () => {
        const flight: Flight | undefined = this.model.flight;
        return operation(
          'the store is read',
          () => {
            const token = this.#stored;
            return token && { token, ageMs: between(token.asked, this.clock.now()) };
          },
          (found) => {
            if (flight === undefined) return;
            const { value = '', lifetime = 0, credentialsVersion: version = '' } = found?.token ?? {};
            this.model.storeRead(flight, found && { value, lifetime, version, ageMs: found.ageMs });
          },
        );
      },
      writeIfNewer: (_key, token) =>
        operation('the store is written', () => {
          const newer = this.#stored === undefined || this.#stored.issuedAt <= token.issuedAt;
          const asked = this.#born.get(token.value)?.at(-1)?.asked ?? this.clock.now();
          if (newer) this.#stored = { ...token, asked };
          return newer;
        }),
      // A store that has been in trouble stays so to the end.
      check: () => Promise.reject(new Error('still in trouble')),
      remove: (_key, fingerprint) =>
        operation('the store is cleared', () => {
          if (this.#stored?.fingerprint === fingerprint) this.#stored = undefined;
        }),
    };
  }

  /** Tells the model something in the middle of the service's work, where a contradiction cannot be thrown. */
  #tell<T>(tell: () => T): T | undefined {
    try {
      return tell();
    } catch (contradiction) {
      this.violations.push((contradiction as Error).message);
      return undefined;
    }
  }
}

function givenTo({ token, expected }: RealCaller): Given | undefined {
  const [outcome] = expected.outcomes;
  return token !== undefined && outcome?.kind === 'token' ? { token, issued: outcome.token } : undefined;
}

function pick<T>(list: readonly T[], which: number): T | undefined {
  return list[which % Math.max(1, list.length)];
}
