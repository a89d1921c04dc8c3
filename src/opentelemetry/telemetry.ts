import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { diag, type Meter, type Tracer } from '@opentelemetry/api';
import type {
  BankAuthCallMessage,
  BankAuthEvent,
  BankAuthEvents,
  BankAuthFlightMessage,
  BankAuthState,
  BankAuthWaitMessage,
} from '../index.js';
import { CallSpans } from './call-spans.js';
import { FlightSpans } from './flight-spans.js';
import { TokenMetrics } from './token-metrics.js';

/** The most events that are kept until their application is known. */
const MOST_EARLY = 1_000;

type Early = BankAuthEvent & { readonly application: number };

/**
 * Listens from its creation on, since a warm-up requests tokens before Nest calls any hook here. It recognises the
 * messages of its application once the application's events are made, before any message. It ends with them, also if
 * the application does not start.
 */
export class Telemetry {
  #application: number | undefined;
  #early: Early[] = [];
  #metrics?: TokenMetrics;
  #heard?: { unsubscribe(): void };
  #isClosed = false;
  readonly #flights: FlightSpans;
  readonly #calls: CallSpans;
  readonly #listeners: [channel: string, listener: (message: unknown) => void][];

  /** @param find returns the application's events; undefined until they are made */
  constructor(
    tracer: Tracer,
    { callSpans }: { readonly callSpans: boolean },
    private readonly find: () => BankAuthEvents | undefined,
  ) {
    this.#flights = new FlightSpans(tracer);
    this.#calls = new CallSpans(tracer);
    this.#listeners = [
      ['flight', this.#mine<BankAuthFlightMessage>((message) => this.#flights.flight(message))],
      ['wait', this.#mine<BankAuthWaitMessage>((message) => this.#flights.wait(message))],
    ];
    if (callSpans) {
      const listener = this.#mine<BankAuthCallMessage>((message) => this.#calls.call(message));
      this.#listeners.push(['call', listener]);
    }
    for (const [channel, listener] of this.#listeners) subscribe(`nestjs-bank-auth:${channel}`, listener);
    subscribe('nestjs-bank-auth:event', this.#hearEarly);
  }

  begin(events: BankAuthEvents, state: BankAuthState, meter: Meter): void {
    this.#belongTo(events);
    if (this.#isClosed) return;
    const metrics = new TokenMetrics(meter, state);
    this.#metrics = metrics;
    const early = this.#early;
    this.#stopHearingEarly();
    for (const event of early) if (event.application === this.#application) metrics.record(event);
  }

  close(): void {
    this.#isClosed = true;
    this.#stopHearingEarly();
    for (const [channel, listener] of this.#listeners) unsubscribe(`nestjs-bank-auth:${channel}`, listener);
    this.#heard?.unsubscribe();
    this.#metrics?.close();
  }

  /** A listener for a channel that reports its errors: Node.js would end the process with an error that it throws. */
  #mine<M extends { readonly application: number }>(hear: (message: M) => void): (message: unknown) => void {
    return (message) => {
      try {
        if (this.#isMine((message as M).application)) hear(message as M);
      } catch (error) {
        diag.error('nestjs-bank-auth', error);
      }
    };
  }

  /** Whether a message is of this application; another one's would begin a span here that nobody ends. */
  #isMine(application: number): boolean {
    if (this.#heard === undefined) {
      const events = this.find();
      if (events !== undefined) this.#belongTo(events);
    }
    return this.#application === application;
  }

  #belongTo(events: BankAuthEvents): void {
    if (this.#heard !== undefined) return;
    this.#application = events.application;
    this.#heard = events.subscribe({
      next: (event) => this.#metrics?.record(event),
      complete: () => this.close(),
    });
  }

  readonly #hearEarly = (message: unknown) => {
    if (this.#application !== undefined && (message as Early).application !== this.#application) return;
    if (this.#early.push(message as Early) > MOST_EARLY) this.#early.shift();
  };

  #stopHearingEarly(): void {
    unsubscribe('nestjs-bank-auth:event', this.#hearEarly);
    this.#early = [];
  }
}
