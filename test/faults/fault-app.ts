import type { HttpService } from '@nestjs/axios';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  type AccessToken,
  type BankAuthError,
  BankAuthModule,
  type BankDefinition,
  defineBank,
  getBankHttpToken,
  getTokenServiceToken,
  TokenService,
} from 'nestjs-bank-auth';
import { firstValueFrom, Observable } from 'rxjs';
import { partOf } from '../../src/time/running-time.js';
import { SecretScanner } from '../support/secret-scan.js';
import { settle, VirtualClock } from '../support/virtual-clock.js';
import type { FaultyBank } from './faulty-bank.js';

export const PROVIDER = 'faulty-bank';
export const SCOPES = ['payments'] as const;

/** The longest pause between two attempts that a row of the table leads to, in milliseconds. */
const LONGEST_PAUSE = 2_500;
/** Milliseconds in which the parts of an attempt and of a flight run: no pause of the table lasts as long as one of them. */
const PARTS_OF_TIME_OUTS = [5_000, 15_000].map(partOf);

/** A virtual clock that knows what is waited for. */
class FaultClock extends VirtualClock {
  readonly #running = new Set<{ readonly milliseconds: number; readonly end: number }>();

  override timer(milliseconds: number): Observable<void> {
    const timer = super.timer(milliseconds);
    return new Observable((subscriber) => {
      const running = { milliseconds, end: this.now().monotonic + Math.max(1, Math.trunc(milliseconds)) };
      this.#running.add(running);
      const subscription = timer.subscribe(subscriber);
      return () => {
        this.#running.delete(running);
        subscription.unsubscribe();
      };
    });
  }

  /** Until the first pause between two attempts is over, in milliseconds; undefined if there is none. */
  get untilPauseEnds(): number | undefined {
    return this.#until(
      (milliseconds) => milliseconds <= LONGEST_PAUSE && !PARTS_OF_TIME_OUTS.includes(milliseconds),
    );
  }

  /** Until the first timer of any kind fires. */
  get untilNext(): number | undefined {
    return this.#until(() => true);
  }

  #until(which: (milliseconds: number) => boolean): number | undefined {
    const ends = [...this.#running].filter(({ milliseconds }) => which(milliseconds)).map(({ end }) => end);
    return ends.length === 0 ? undefined : Math.min(...ends) - this.now().monotonic;
  }
}

/** A started application with the faulty bank as its only provider, under the secrets scanner. */
export class FaultApp {
  readonly tokens: TokenService;
  readonly http: HttpService;
  /** Stalls of the token endpoint for which time has been moved on. */
  #stallsSeen = 0;

  private constructor(
    readonly bank: FaultyBank,
    readonly app: INestApplicationContext,
    readonly clock: FaultClock,
    readonly scanner: SecretScanner,
  ) {
    this.tokens = app.get(getTokenServiceToken(PROVIDER));
    this.http = app.get(getBankHttpToken(PROVIDER));
  }

  /** @param whole whether `scan(true)` will look at its graph too, which takes Nest as long to draw as all the rest of its start */
  static async start(
    bank: FaultyBank,
    definition: Partial<BankDefinition> = {},
    whole = false,
  ): Promise<FaultApp> {
    const clock = new FaultClock();
    const scanner = new SecretScanner(bank.secrets);
    const { tokenUrl, apiBaseUrl, agent } = bank;
    const provider = {
      bank: definitionOf(definition),
      ...bank.credentials,
      scopes: [...SCOPES],
      tokenUrl,
      apiBaseUrl,
      http: { httpsAgent: agent, proxy: false as const },
    };
    const module = await Test.createTestingModule({
      imports: [
        BankAuthModule.forRoot({
          environment: 'sandbox',
          warmUp: false,
          providers: { [PROVIDER]: provider },
        }),
      ],
    })
      .overrideProvider(Symbol.for('nestjs-bank-auth:clock'))
      .useValue(clock)
      // In the middle: no jitter on cool-downs, and back-offs of half their size.
      .overrideProvider(Symbol.for('nestjs-bank-auth:random'))
      .useValue(() => 0.5)
      .setLogger(scanner.logger)
      .compile({ snapshot: whole });
    return new FaultApp(bank, await module.init(), clock, scanner);
  }

  /** What the library logged, as `level message`. */
  get logged(): string[] {
    return this.scanner.logged
      .filter(({ parameters }) => parameters.at(-1) === 'BankAuth')
      .map(({ level, parameters }) => `${level} ${parameters[0]}`);
  }

  /** Asks for a token, moving time on as the faults need it. */
  getToken(): Promise<AccessToken | BankAuthError> {
    return this.drive(firstValueFrom(this.tokens.getToken()).catch((error: BankAuthError) => error));
  }

  /**
   * Waits for something that goes over real sockets, while virtual time stands still, except that pauses between
   * attempts pass, and that what the bank leaves hanging runs into its time-out.
   */
  async drive<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const settled = () => {
      done = true;
    };
    work.then(settled, settled);
    while (!done) {
      const { untilPauseEnds, untilNext } = this.clock;
      if (this.bank.token.stalls > this.#stallsSeen) {
        this.#stallsSeen += 1;
        await this.#timeOut(() => done);
      } else if (untilPauseEnds !== undefined) {
        // Not past a timer before it, by which the work may end.
        await this.clock.advance(Math.min(untilPauseEnds, untilNext ?? untilPauseEnds));
      } else {
        await new Promise((resolve) => setTimeout(resolve, 1));
        await settle();
      }
    }
    return work;
  }

  /** Moves time on, one part of a time-out after the other, until the attempt that the bank leaves hanging is over. */
  async #timeOut(isDone: () => boolean): Promise<void> {
    const { bank, clock } = this;
    const attempts = bank.tokenRequests;
    while (!isDone() && clock.untilPauseEnds === undefined && bank.tokenRequests === attempts) {
      const { untilNext } = clock;
      if (untilNext === undefined) return;
      await clock.advance(untilNext);
      // The connection that is given up is a real one.
      await new Promise((resolve) => setTimeout(resolve, 1));
      await settle();
    }
  }

  /** Drives until it is so; fails after many looks. */
  async until(condition: () => boolean, what: string): Promise<void> {
    const wait = async () => {
      // Looks, not seconds, are counted: on a busy machine they take longer.
      for (let looks = 0; !condition(); looks += 1) {
        if (looks > 5_000) throw new Error(`${what} did not come true`);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    await this.drive(wait());
  }

  /**
   * Looks for secrets in all that the library shows of itself now.
   * @param whole in the container of the application too, down to the last object, which takes longer than the fault
   */
  scan(whole: boolean): void {
    const { scanner, app, tokens } = this;
    scanner.reach('the status', tokens.status);
    if (whole) scanner.container(app, isOurs);
    else scanner.providers(app, isOurs);
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.bank.stop();
  }
}

function definitionOf(different: Partial<BankDefinition>): BankDefinition {
  return defineBank({
    id: PROVIDER,
    title: 'A bank at fault',
    tokenUrl: {},
    apiBaseUrl: {},
    clientAuthentication: { method: 'client_secret_basic' },
    tokenRequest: { headers: ({ apiKey = '' }) => ({ apikey: apiKey }) },
    headers: ({ value }, { apiKey = '' }) => ({ Authorization: `Bearer ${value}`, apikey: apiKey }),
    idempotencyHeader: 'Idempotency-Key',
    options: { apiKey: 'required', scopes: 'optional' },
    ...different,
  });
}

function isOurs(token: unknown): boolean {
  return (
    token === TokenService ||
    (typeof token === 'symbol' && token.description?.startsWith('nestjs-bank-auth:') === true)
  );
}
