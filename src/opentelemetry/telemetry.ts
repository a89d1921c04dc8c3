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

/** At most this number of events are kept until it is known whose they are. */
const MOST_EARLY = 1_000;

type Early = BankAuthEvent & { readonly application: number };

/**
 * Listens from its making on, since a warm-up asks for tokens before the application can be asked for its number: what
 * comes until then is kept. It ends with the application's events.
 */
export class Telemetry {
  #application: number | undefined;
  #early: Early[] = [];
  #metrics?: TokenMetrics;
  #heard?: { unsubscribe(): void };
  readonly #flights: FlightSpans;
  readonly #calls: CallSpans;
  readonly #listeners: [channel: string, listener: (message: unknown) => void][];

  constructor(tracer: Tracer, { callSpans }: { readonly callSpans: boolean }) {
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
    const { application } = events;
    this.#application = application;
    const metrics = new TokenMetrics(meter, state);
    this.#metrics = metrics;
    const early = this.#early;
    this.#stopHearingEarly();
    for (const event of early) if (event.application === application) metrics.record(event);
    this.#heard = events.subscribe({ next: (event) => metrics.record(event), complete: () => this.close() });
  }

  close(): void {
    this.#stopHearingEarly();
    for (const [channel, listener] of this.#listeners) unsubscribe(`nestjs-bank-auth:${channel}`, listener);
    this.#heard?.unsubscribe();
    this.#metrics?.close();
  }

  /** A listener on the channels, where Node.js would end the process with what it throws. */
  #mine<M extends { readonly application: number }>(hear: (message: M) => void): (message: unknown) => void {
    return (message) => {
      try {
        const { application } = message as M;
        if (this.#application === undefined || this.#application === application) hear(message as M);
      } catch (error) {
        diag.error('nestjs-bank-auth', error);
      }
    };
  }

  readonly #hearEarly = (message: unknown) => {
    if (this.#early.push(message as Early) > MOST_EARLY) this.#early.shift();
  };

  #stopHearingEarly(): void {
    unsubscribe('nestjs-bank-auth:event', this.#hearEarly);
    this.#early = [];
  }
}
