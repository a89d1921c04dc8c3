import { AsyncResource } from 'node:async_hooks';
import { Observable, type Subscriber } from 'rxjs';

// AsyncLocalStorage, and with it tracing, follows the code that starts a piece of work. A flight is started by the first caller
// and waited for by others: without what stands here, all of them would be called back in the first one's context, as its
// user and with its merchant.

/** The context in which this module is loaded: as long as no request does that, it is nobody's. */
const NOBODY = new AsyncResource('nestjs-bank-auth', { requireManualDestroy: true });

/**
 * Runs something outside of every caller's context, and with it all that it leads to: its timers, requests and
 * promises. Users' functions have a context of their own there: on Node.js below 24, `enterWith` of one would change
 * nobody's context for good.
 */
export function inNobodysContext<T>(work: () => T): T {
  return NOBODY.runInAsyncScope(anew<T>, undefined, work);
}

/** The same for what a subscription starts. */
export function subscribedByNobody<T>(source: Observable<T>): Observable<T> {
  return new Observable((subscriber) => inNobodysContext(() => source.subscribe(subscriber)));
}

/** Tells each subscriber in the context in which it subscribed, wherever the news comes from. */
export function inOwnContext<T>(source: Observable<T>): Observable<T> {
  return new Observable((subscriber) => {
    // One resource for all three: `AsyncLocalStorage.snapshot()` costs up to fifteen times as much.
    const context = new AsyncResource('BankAuthWaiter', { requireManualDestroy: true });
    subscriber.add(() => context.emitDestroy());
    return source.subscribe({
      next: (value) => context.runInAsyncScope(next<T>, undefined, subscriber, value),
      error: (failure: unknown) => context.runInAsyncScope(error, undefined, subscriber, failure),
      complete: () => context.runInAsyncScope(complete, undefined, subscriber),
    });
  });
}

function anew<T>(work: () => T): T {
  const context = new AsyncResource('BankAuthWork', { requireManualDestroy: true });
  try {
    return context.runInAsyncScope(work);
  } finally {
    context.emitDestroy();
  }
}

function next<T>(subscriber: Subscriber<T>, value: T): void {
  subscriber.next(value);
}

function error(subscriber: Subscriber<unknown>, failure: unknown): void {
  subscriber.error(failure);
}

function complete(subscriber: Subscriber<unknown>): void {
  subscriber.complete();
}
