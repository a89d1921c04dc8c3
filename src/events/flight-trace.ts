import { AsyncResource } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import { Observable } from 'rxjs';
import { processWide } from '../copies/index.js';
import { surrounded } from './operation.js';
import type { BankAuthFlightMessage, BankAuthWaitMessage } from './trace-message.js';

// Held for good, as the channel of events is.
const flights = channel('nestjs-bank-auth:flight');
const waits = channel('nestjs-bank-auth:wait');
const numbers = processWide('flights:1', () => ({ last: 0 }));

type FlightEnd = Omit<Extract<BankAuthFlightMessage, { phase: 'end' }>, keyof BankAuthWaitMessage | 'phase'>;

/** Publishes one flight to the subscribers of the tracing channels. */
export class FlightTrace {
  readonly #whose: BankAuthWaitMessage;
  #context?: AsyncResource;
  #ended = false;

  private constructor(application: number, provider: string) {
    this.#whose = { application, provider, flight: ++numbers.last };
  }

  /** @returns undefined if the channels have no subscriber */
  static of(application: number, provider: string): FlightTrace | undefined {
    return flights.hasSubscribers || waits.hasSubscribers
      ? new FlightTrace(application, provider)
      : undefined;
  }

  /** @param tokenUrl the URL of the token endpoint of this flight */
  start(tokenUrl: string, work: () => void): void {
    const { hostname: address } = new URL(tokenUrl);
    surrounded(flights, { ...this.#whose, address }, () => {
      this.#context = new AsyncResource('BankAuthFlight', { requireManualDestroy: true });
      work();
    });
  }

  /** Runs the source in this flight's context: a queued source is started by the flight that had its turn before. */
  around<T>(source: Observable<T>): Observable<T> {
    return new Observable((subscriber) => {
      const subscribe = () => source.subscribe(subscriber);
      return this.#context === undefined ? subscribe() : this.#context.runInAsyncScope(subscribe);
    });
  }

  /** Publishes that a caller begins to wait; must be called in the caller's context. */
  awaited(): void {
    if (waits.hasSubscribers) waits.publish(Object.freeze({ ...this.#whose }));
  }

  ended(end: FlightEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    if (flights.hasSubscribers) flights.publish(Object.freeze({ ...this.#whose, phase: 'end', ...end }));
  }
}
