import { AsyncResource } from 'node:async_hooks';
import { Observable, type Subscriber } from 'rxjs';

// AsyncLocalStorage, and with it tracing, follows the code that starts a piece of work. The first caller starts a
// flight, and others wait for it: without this module, all of them would be called back in the first caller's context,
// as its user and with its merchant.

/** The context in which this module is loaded. It belongs to nobody, as long as no request loads the module. */
const NOBODY = new AsyncResource('nestjs-bank-auth', { requireManualDestroy: true });

/**
 * Runs work outside every caller's context, together with the timers, requests and promises that it starts. Each run
 * has a context of its own: on Node.js below 24, `enterWith` in a user's function would otherwise change the shared
 * context for good.
 */
export function inNobodysContext<T>(work: () => T): T {
  return NOBODY.runInAsyncScope(anew<T>, undefined, work);
}

/** Subscribes to the source outside every caller's context. */
export function subscribedByNobody<T>(source: Observable<T>): Observable<T> {
  return new Observable((subscriber) => inNobodysContext(() => source.subscribe(subscriber)));
}

/** Notifies each subscriber in the context in which it subscribed, wherever the notification comes from. */
export function inOwnContext<T>(source: Observable<T>): Observable<T> {
  return new Observable((subscriber) => {
    // One resource for all three callbacks: `AsyncLocalStorage.snapshot()` costs up to fifteen times as much.
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
