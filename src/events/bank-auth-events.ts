import { AsyncResource } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Observable, type Observer, type Operator, Subject, Subscriber, type Subscription } from 'rxjs';
import type { BankAuthEvent } from './bank-auth-event.js';
import { EVENT_CHANNEL, type EventBus, type PublishedEvent } from './event-bus.js';

/** @param hasEnded whether the subscriber gets no more events */
export type SubscriberReport = (thrown: unknown, hasEnded: boolean) => void;

type Next<T> = ((value: T) => void) | null | undefined;

/**
 * An Observable whose subscribers and operators can throw without harm: RxJS would throw their errors again in a turn
 * of the event loop of its own, and that ends the process. Each subscriber is called in the `AsyncLocalStorage` context
 * in which it subscribed.
 */
class HarmlessObservable<T> extends Observable<T> {
  #report: SubscriberReport = () => undefined;

  /** @param report gets a subscriber's error, once for each subscription, and once more if an error ends it */
  constructor(report?: SubscriberReport, source?: Observable<T>) {
    super(source === undefined ? undefined : (subscriber) => source.subscribe(subscriber));
    if (report !== undefined) this.#report = report;
  }

  /** Observables that operators derive from this one are as harmless. */
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = new HarmlessObservable<R>(this.#report);
    return Object.assign(lifted, { source: this, operator });
  }

  override subscribe(observerOrNext?: Partial<Observer<T>> | Next<T>, ...rest: unknown[]): Subscription {
    // An operator, which passes errors on.
    if (observerOrNext instanceof Subscriber) return super.subscribe(observerOrNext);
    const [error, complete] = rest as [Next<unknown>, (() => void) | null | undefined];
    const given = observerOrNext ?? {};
    const observer: Partial<Observer<T>> =
      typeof given === 'function'
        ? { next: given, ...(error ? { error } : {}), ...(complete ? { complete } : {}) }
        : given;
    return super.subscribe(this.#harmless(observer));
  }

  #harmless(observer: Partial<Observer<T>>): Observer<T> {
    const context = new AsyncResource('BankAuthSubscriber');
    let reported = false;
    let ended = false;
    const report = (thrown: unknown) => {
      if (!reported) this.#report(thrown, ended);
      reported = true;
    };
    const run = (work: () => unknown) => {
      try {
        const done = context.runInAsyncScope(work) as PromiseLike<unknown> | undefined;
        // The subscriber is an `async` function.
        if (typeof done?.then === 'function') done.then(undefined, report);
      } catch (thrown) {
        report(thrown);
      }
    };
    const end = (work: () => void) => {
      ended = true;
      work();
    };
    return {
      next: (value) => run(() => observer.next?.(value)),
      error: (failure) =>
        end(() => {
          if (observer.error) run(() => observer.error?.(failure));
          // An operator threw it: this is reported even if the subscriber has thrown before.
          else this.#report(failure, true);
        }),
      complete: () => end(() => run(() => observer.complete?.())),
    };
  }
}

/**
 * The events of this application's tokens and calls, as they happen; completes when the application ends. Subscribers
 * are called after the call that they watch, and hold nothing up. An error that a subscriber throws is logged once and
 * has no other effect. To see all applications of a process, subscribe to the diagnostics channel
 * `nestjs-bank-auth:event`.
 */
export class BankAuthEvents extends HarmlessObservable<BankAuthEvent> {
  /** The member `application` in the messages of this application on the diagnostics channels. */
  readonly application: number;
  readonly #end: () => void;

  /** @internal */
  constructor(bus: EventBus, report: SubscriberReport) {
    const subject = new Subject<BankAuthEvent>();
    const hear = (message: unknown) => {
      const event = message as PublishedEvent;
      if (event.application === bus.application) subject.next(event);
    };
    let subscribers = 0;
    super(
      report,
      new Observable((subscriber) => {
        // No event is built before the first subscription.
        if (++subscribers === 1) subscribe(EVENT_CHANNEL, hear);
        const subscription = subject.subscribe(subscriber);
        subscription.add(() => {
          if (--subscribers === 0) unsubscribe(EVENT_CHANNEL, hear);
        });
        return subscription;
      }),
    );
    this.application = bus.application;
    this.#end = () => bus.afterwards(() => subject.complete());
  }

  /**
   * Completes the Observable: the application has ended.
   * @internal
   */
  end(): void {
    this.#end();
  }
}
