import type { HttpService } from '@nestjs/axios';
import type { INestApplicationContext } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { metrics } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  BankAuthModule,
  type BankAuthOptions,
  BankAuthState,
  bankCallOf,
  getBankHttpToken,
  isSafeToRepeat,
} from 'nestjs-bank-auth';
import { BankAuthTelemetryModule } from 'nestjs-bank-auth/opentelemetry';
import { BankAuthHealthIndicator } from 'nestjs-bank-auth/terminus';
import { firstValueFrom } from 'rxjs';
import { BankSimulator, type SimulatedBank, type SimulatedBankId } from '../../src/testing/index.js';
import { until } from '../support/until.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** What a scene shows: lines of the log as they come, and what is looked at in between. */
export type Shown =
  | { readonly kind: 'said'; readonly text: string }
  | { readonly kind: 'line'; readonly at: number; readonly level: string; readonly text: string }
  | { readonly kind: 'seen'; readonly title: string; readonly language: string; readonly text: string };

const BEGINS = Date.UTC(2026, 10, 29, 2, 0, 0);
const ENDPOINT = /127\.0\.0\.1:\d+/g;
const PROVIDER = 'bog-payments';

/** A service that takes payments through one bank, with what a person on call sees of it; time is the scene's. */
export class Stage {
  readonly clock = new VirtualClock(BEGINS);
  readonly shown: Shown[] = [];
  readonly #simulator: BankSimulator<SimulatedBankId>;
  readonly #apps: INestApplicationContext[] = [];
  readonly #ends: (() => Promise<unknown>)[] = [];
  readonly #reader = new PrometheusExporter({ preventServerStart: true });
  readonly #meters = new MeterProvider({ readers: [this.#reader] });

  private constructor(simulator: BankSimulator<SimulatedBankId>) {
    this.#simulator = simulator;
    metrics.setGlobalMeterProvider(this.#meters);
  }

  static async set(): Promise<Stage> {
    const simulator = await BankSimulator.start(PROVIDER);
    simulator.bank(PROVIDER).setLifetime(3_600_000);
    return new Stage(simulator as BankSimulator<SimulatedBankId>);
  }

  get bank(): SimulatedBank {
    return this.#simulator.bank(PROVIDER);
  }

  /** The application that was started last. */
  get app(): INestApplicationContext {
    const app = this.#apps.at(-1);
    if (app === undefined) throw new Error('no application was started');
    return app;
  }

  /** Starts the service, or one more replica of it. */
  async start({
    provider,
    ...options
  }: Partial<Omit<BankAuthOptions, 'providers'>> & {
    readonly provider?: object;
  } = {}): Promise<HttpService> {
    const log = (level: string) => (text: unknown) => this.#heard(level, String(text));
    const module = await Test.createTestingModule({
      imports: [
        TerminusModule,
        BankAuthTelemetryModule.forRoot({ callSpans: false }),
        BankAuthModule.forRoot({
          environment: 'sandbox',
          warmUp: false,
          ...options,
          providers: { [PROVIDER]: { ...this.bank.providerOptions(), ...provider } },
        } as BankAuthOptions),
      ],
      providers: [BankAuthHealthIndicator],
    })
      .overrideProvider(Symbol.for('nestjs-bank-auth:clock'))
      .useValue(this.clock)
      .overrideProvider(Symbol.for('nestjs-bank-auth:random'))
      .useValue(() => 0)
      .setLogger({ log: log('LOG'), warn: log('WARN'), error: log('ERROR') })
      .compile();
    const app = await module.init();
    this.#apps.push(app);
    return app.get(getBankHttpToken(PROVIDER));
  }

  /** At the end of the scene, besides the applications. */
  atTheEnd(end: () => Promise<unknown>): void {
    this.#ends.push(end);
  }

  async strike(): Promise<void> {
    for (const app of this.#apps) await app.close();
    for (const end of this.#ends) await end();
    await this.#simulator.stop();
    metrics.disable();
    await this.#meters.shutdown();
  }

  /** A paragraph. */
  say(text: string): void {
    this.shown.push({ kind: 'said', text });
  }

  /** A payment that the bank does not know again. @returns the answer or the error */
  pay(http: HttpService = this.app.get(getBankHttpToken(PROVIDER))): Promise<unknown> {
    const order = {
      callback_url: 'https://shop.example/callback',
      purchase_units: { total_amount: 1, basket: [{ product_id: 'tea', quantity: 1, unit_price: 1 }] },
    };
    return this.during(firstValueFrom(http.post('/payments/v1/ecommerce/orders', order)));
  }

  /** The same payments for a while, one each `everyMs` milliseconds. @returns what the last one got */
  async payFor(milliseconds: number, everyMs = 10_000): Promise<unknown> {
    let last: unknown;
    for (let gone = 0; gone < milliseconds; gone += everyMs) {
      last = await this.pay();
      await this.clock.advance(everyMs);
    }
    return last;
  }

  /** Waits for something that goes on over sockets. Time passes only where a retry waits for it. */
  async during<T>(work: Promise<T>): Promise<T | Error> {
    let outcome: { readonly value: T | Error } | undefined;
    work.then(
      (value) => {
        outcome = { value };
      },
      (error: Error) => {
        outcome = { value: error };
      },
    );
    for (let looks = 0; outcome === undefined; looks += 1) {
      if (looks > 10_000) throw new Error('a call did not end');
      const next = this.clock.untilNextTimer;
      if (next <= 10) await this.clock.advance(next);
      else await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return outcome.value;
  }

  /** Waits for a line that is written when something has come over a socket. */
  hears(code: string): Promise<void> {
    return until(() => this.shown.some((each) => each.kind === 'line' && each.text.includes(code)), code);
  }

  /** Waits until nothing waits for a store any more: it may take a second for each answer, by the clock of the scene. */
  isIdle(): Promise<void> {
    return until(() => this.clock.untilNextTimer > 1_000, 'idleness');
  }

  /** What became of a call. */
  showCall(call: unknown): void {
    const { waitedForToken: _measured, ...report } = bankCallOf(call) ?? {};
    const safe = call instanceof Error ? { isSafeToRepeat: isSafeToRepeat(call) } : {};
    this.#see('`bankCallOf` of the last call', 'json', JSON.stringify({ ...report, ...safe }));
  }

  /** How the token stands, and what those are told who watch the service. */
  async showStatus(): Promise<void> {
    const [snapshot] = this.app.get(BankAuthState).providers();
    const { token, expiries = [] } = snapshot ?? {};
    const shown = { ...token, ...(expiries.length === 0 ? {} : { expiries }) };
    this.#see('`BankAuthState`', 'json', JSON.stringify(withDates(shown), undefined, 2));
    const { [PROVIDER]: health } = this.#health().bank.providers;
    const { status, reasons } = health;
    this.#see('Health', 'json', JSON.stringify({ status, reasons }));
    this.#see('Metrics, without those that are 0', 'text', (await this.#metrics()).join('\n'));
  }

  /** As Prometheus gets them. */
  async #metrics(): Promise<string[]> {
    // Events are told in the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    const { resourceMetrics } = await this.#reader.collect();
    return new PrometheusSerializer()
      .serialize(resourceMetrics)
      .split('\n')
      .filter((line) => /^bank_auth_/.test(line) && !/_bucket|_sum| 0$/.test(line))
      .map((line) => line.replace(/,?otel_scope_\w+="[^"]*"/g, '').replace('{,', '{'));
  }

  /** The indicator goes by the time of the machine. */
  #health(): Record<string, any> {
    const { now } = Date;
    Date.now = () => this.clock.wall();
    try {
      return this.app.get(BankAuthHealthIndicator).check('bank');
    } finally {
      Date.now = now;
    }
  }

  #see(title: string, language: string, text: string): void {
    this.shown.push({ kind: 'seen', title, language, text: text.replaceAll(ENDPOINT, 'bank.example') });
  }

  #heard(level: string, text: string): void {
    if (!text.startsWith('[BANK_AUTH_')) return;
    const line = text.replaceAll(ENDPOINT, 'bank.example');
    this.shown.push({ kind: 'line', at: this.clock.wall(), level, text: line });
  }
}

/** Instants as a person reads them. */
function withDates(value: object): unknown {
  return JSON.parse(JSON.stringify(value), (name, each: unknown) =>
    typeof each === 'number' && /^since$|At$|^notAfter$/.test(name) ? new Date(each).toISOString() : each,
  );
}
