import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
  Optional,
  type Type,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { metrics, trace } from '@opentelemetry/api';
import { BankAuthConfigError, BankAuthEvents, BankAuthState } from '../index.js';
import { Telemetry } from './telemetry.js';
import { NO_BANK_AUTH_MODULE, noOption, ODD_CALL_SPANS, WATCHED_TWICE } from './telemetry.messages.js';

export interface BankAuthTelemetryOptions {
  /** Whether each resource call has a span, around those of its HTTP requests. Default `true`. */
  readonly callSpans?: boolean;
}

/** The name of tracer and meter, by which views and samplers select them. */
const SCOPE = 'nestjs-bank-auth';
const OPTIONS = Symbol.for('nestjs-bank-auth:telemetry-options');

/** The telemetry of each application. */
const WATCHING = new WeakMap<BankAuthEvents, Telemetry>();

/**
 * Gives OpenTelemetry the metrics and spans of `BankAuthModule`. Import it once, in the root module, as it is or by
 * `forRoot`; set up the SDK before the application is created. Without an SDK it does nothing.
 */
@Module({})
export class BankAuthTelemetryModule implements OnModuleInit, OnApplicationShutdown {
  // Not private fields of JavaScript: Nest may call the hooks on a proxy.
  private readonly telemetry: Telemetry;

  constructor(
    @Inject(ModuleRef) private readonly ref: ModuleRef,
    @Optional() @Inject(OPTIONS) options: BankAuthTelemetryOptions = {},
  ) {
    const callSpans = options.callSpans ?? true;
    this.telemetry = new Telemetry(trace.getTracer(SCOPE), { callSpans }, () => this.find(BankAuthEvents));
  }

  /** @throws BankAuthConfigError if an option is unknown or wrong */
  static forRoot(options: BankAuthTelemetryOptions = {}): DynamicModule {
    const { callSpans, ...others } = options;
    const [other] = Object.keys(others);
    if (other !== undefined) throw new BankAuthConfigError(noOption(other));
    if (!['boolean', 'undefined'].includes(typeof callSpans)) throw new BankAuthConfigError(ODD_CALL_SPANS);
    return { module: BankAuthTelemetryModule, providers: [{ provide: OPTIONS, useValue: { callSpans } }] };
  }

  onModuleInit(): void {
    const [events, state] = [this.find(BankAuthEvents), this.find(BankAuthState)];
    if (events === undefined || state === undefined) throw this.ended(NO_BANK_AUTH_MODULE);
    const other = WATCHING.get(events);
    if (other !== undefined) throw this.ended(WATCHED_TWICE, other);
    WATCHING.set(events, this.telemetry);
    this.telemetry.begin(events, state, metrics.getMeter(SCOPE));
  }

  /** Closes unused telemetry. The other ends with the application's events, and records them until then. */
  onApplicationShutdown(): void {
    const events = this.find(BankAuthEvents);
    if (events === undefined || WATCHING.get(events) !== this.telemetry) this.telemetry.close();
  }

  /** Closes the telemetry: Nest calls no hook of an application that does not start. */
  private ended(problem: string, other?: Telemetry): BankAuthConfigError {
    for (const each of [this.telemetry, other]) each?.close();
    return new BankAuthConfigError(problem);
  }

  private find<T>(type: Type<T> | (abstract new (...args: never[]) => T)): T | undefined {
    try {
      // Null before the instance is made.
      return this.ref.get<T | null>(type as Type<T>, { strict: false }) ?? undefined;
    } catch {
      return undefined;
    }
  }
}
