import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { defer, Observable } from 'rxjs';
import type { AccessToken } from '../../src/token/access-token.js';
import { VirtualClock } from './virtual-clock.js';

/** The context of whoever a request is for; undefined is nobody's. */
const storage = new AsyncLocalStorage<string>();

export const here = (): string | undefined => storage.getStore();
export const as = <T>(who: string, work: () => T): T => storage.run(who, work);
/** As a library does that has no callback to run. */
export const become = (who: string): void => storage.enterWith(who);

/** Time that a test owns, and timers that fire in the context in which they were set, as those of Node.js. */
export class ContextualClock extends VirtualClock {
  /** In whose context timers were set. */
  readonly setBy = new Set<string | undefined>();

  override timer(milliseconds: number): Observable<void> {
    return defer(() => {
      this.setBy.add(here());
      const timer = super.timer(milliseconds);
      return new Observable<void>((subscriber) =>
        timer.subscribe({
          next: AsyncResource.bind(() => subscriber.next()),
          complete: AsyncResource.bind(() => subscriber.complete()),
        }),
      );
    });
  }
}

/** Subscribes as somebody, and notes in whose context everything comes. */
export function heard(who: string, source: Observable<AccessToken>): string[] {
  const calls: string[] = [];
  as(who, () =>
    source.subscribe({
      next: ({ value }) => calls.push(`${value} as ${here()}`),
      error: ({ code }) => calls.push(`${code} as ${here()}`),
      complete: () => calls.push(`end as ${here()}`),
    }),
  );
  return calls;
}
