import { channel } from 'node:diagnostics_channel';
import { processWide } from '../copies/index.js';
import type { BankAuthEvent, BankAuthEventDetails } from './bank-auth-event.js';

/** The diagnostics channel with the events of all applications in the process. */
export const EVENT_CHANNEL = 'nestjs-bank-auth:event';

/** The provider and the merchant of an event that concerns all of them. */
export const ALL = '*';

/** An event as the diagnostics channel carries it. */
export type PublishedEvent = BankAuthEvent & {
  /** Tells the applications of a process apart: 1 for the first. */
  readonly application: number;
};

const applications = processWide('applications:1', () => ({ last: 0 }));

/** Held for good: a channel without references is garbage-collected, and its subscribers with it. */
const events = channel(EVENT_CHANNEL);

/** The place where events are emitted: one application's way to the diagnostics channel. */
export interface EventSink {
  /** Tells the applications of a process apart: 1 for the first, 0 without an application. */
  readonly application: number;
  /** Whether the channel has a subscriber. Without one, no event is built. */
  readonly observed: boolean;
  emit(provider: string, merchant: string, at: number, details: BankAuthEventDetails): void;
}

/** The sink of objects that are made without an application. */
export const NO_EVENTS: EventSink = { application: 0, observed: false, emit: () => undefined };

/**
 * Publishes the events of one application. Subscribers hear of them in the next turn of the event loop, in the order in
 * which they happened: none of them holds up a call or a flight.
 */
export class EventBus implements EventSink {
  readonly application = ++applications.last;
  #waiting: PublishedEvent[] = [];
  #ended?: () => void;

  get observed(): boolean {
    return events.hasSubscribers;
  }

  emit(provider: string, merchant: string, at: number, details: BankAuthEventDetails): void {
    if (!events.hasSubscribers) return;
    const event = { provider, merchant, at, ...details, application: this.application };
    // Frozen: a change by one subscriber must not reach the next.
    if (this.#waiting.push(Object.freeze(event)) === 1) setImmediate(() => this.#publish());
  }

  /** Calls back when all events so far have been published. */
  afterwards(done: () => void): void {
    if (this.#waiting.length === 0) done();
    else this.#ended = done;
  }

  #publish(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    // Node.js reports the error of a channel's subscriber as an uncaught exception, in a turn of its own.
    for (const event of waiting) events.publish(event);
    if (this.#waiting.length > 0) return;
    this.#ended?.();
    this.#ended = undefined;
  }
}
