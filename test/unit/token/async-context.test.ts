import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { describe, expect, test } from '@jest/globals';
import { Observable, Subject } from 'rxjs';
import { inNobodysContext, inOwnContext, subscribedByNobody } from '../../../src/token/async-context.js';
import { as, become, here } from '../../support/contexts.harness.js';
import { settle } from '../../support/virtual-clock.js';

describe('inNobodysContext()', () => {
  test('runs work, its timers and its promises outside of the context of its caller', async () => {
    const seen: (string | undefined)[] = [];
    const note = () => seen.push(here());
    await as('caller', async () => {
      const promise = inNobodysContext(async () => {
        note();
        setImmediate(note);
        await undefined;
        note();
      });
      note();
      await promise;
      note();
    });
    await settle();
    expect(seen).toEqual([undefined, 'caller', undefined, 'caller', undefined]);
  });

  test('returns what the work returns, and throws what it throws', () => {
    expect(inNobodysContext(() => 7)).toBe(7);
    const thrown = () =>
      inNobodysContext(() => {
        throw new Error('thrown');
      });
    expect(() => as('caller', thrown)).toThrow('thrown');
    expect(as('caller', here)).toBe('caller');
  });

  test('leaves no trace of a context that the work enters', () => {
    inNobodysContext(() => become('somebody'));
    expect(here()).toBeUndefined();
    expect(inNobodysContext(here)).toBeUndefined();
    expect(as('caller', () => inNobodysContext(here))).toBeUndefined();
  });

  test('holds for each AsyncLocalStorage there is, also for one that was made later', () => {
    const [one, other] = [new AsyncLocalStorage<number>(), new AsyncLocalStorage<number>()];
    const stores = () => [one.getStore(), other.getStore()];
    expect(one.run(1, () => other.run(2, () => [stores(), inNobodysContext(stores)]))).toEqual([
      [1, 2],
      [undefined, undefined],
    ]);
  });
});

describe('subscribedByNobody()', () => {
  test('starts outside of the context of its subscriber, and ends with it', () => {
    const seen: (string | undefined)[] = [];
    let ended = 0;
    const source = new Observable<never>(() => {
      seen.push(here());
      return () => {
        ended += 1;
      };
    });
    const subscription = as('subscriber', () => subscribedByNobody(source).subscribe());
    expect([seen, ended]).toEqual([[undefined], 0]);
    subscription.unsubscribe();
    expect(ended).toBe(1);
  });
});

describe('inOwnContext()', () => {
  /** What a subscriber hears, and in whose context. */
  const listen = (who: string, source: Observable<string>) => {
    const calls: string[] = [];
    const note = (what: string) => calls.push(`${what} as ${here()}`);
    const subscription = as(who, () =>
      inOwnContext(source).subscribe({
        next: note,
        error: (error: Error) => note(error.message),
        complete: () => note('end'),
      }),
    );
    return { calls, subscription };
  };

  test('calls next, error and complete of each subscriber in the context in which it subscribed', () => {
    const source = new Subject<string>();
    const [a, b] = [listen('a', source), listen('b', source)];
    as('elsewhere', () => source.next('one'));
    source.next('two');
    b.subscription.unsubscribe();
    as('elsewhere', () => source.complete());
    expect(a.calls).toEqual(['one as a', 'two as a', 'end as a']);
    expect(b.calls).toEqual(['one as b', 'two as b']);

    const failing = new Subject<string>();
    const [c, d] = [listen('c', failing), listen('d', failing)];
    as('elsewhere', () => failing.error(new Error('failed')));
    expect([c.calls, d.calls]).toEqual([['failed as c'], ['failed as d']]);
  });

  test('runs what a subscriber chains in its context too, and leaves that of the emission alone', () => {
    const source = new Subject<string>();
    const seen: (string | undefined)[] = [];
    as('a', () =>
      inOwnContext(source).subscribe(() => {
        seen.push(here());
        become('entered');
      }),
    );
    as('elsewhere', () => {
      source.next('one');
      seen.push(here());
    });
    expect(seen).toEqual(['a', 'elsewhere']);
  });

  test('tells tools that follow resources when one is done with, whatever the end', async () => {
    const alive = new Set<number>();
    const hook = createHook({
      init: (id, type) => {
        if (type.startsWith('BankAuth')) alive.add(id);
      },
      destroy: (id) => void alive.delete(id),
    }).enable();
    try {
      const [completed, failed, left] = [new Subject<string>(), new Subject<string>(), new Subject<string>()];
      listen('a', completed);
      listen('b', failed);
      const { subscription } = listen('c', left);
      inNobodysContext(() => undefined);
      await settle();
      expect(alive.size).toBe(3);
      completed.complete();
      failed.error(new Error('failed'));
      subscription.unsubscribe();
      await settle();
      expect(alive.size).toBe(0);
    } finally {
      hook.disable();
    }
  });
});
