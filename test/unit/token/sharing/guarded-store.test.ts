import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { defer, finalize, NEVER, type Observable, of, Subject, take, throwError } from 'rxjs';
import type { EventSink } from '../../../../src/events/index.js';
import type {
  LeaseAnswer,
  StoredFailure,
  StoredToken,
  TokenChange,
  TokenLease,
  TokenStore,
} from '../../../../src/store/index.js';
import type { Clock } from '../../../../src/time/clock.js';
import { GuardedStore } from '../../../../src/token/sharing/guarded-store.js';
import { LogLines } from '../../../support/token-service.harness.js';
import { settle, VirtualClock } from '../../../support/virtual-clock.js';

const token: StoredToken = {
  fingerprint: 'fingerprint-1',
  value: 'token-1',
  scopes: ['read'],
  issuedAt: 0,
  lifetime: 3_600_000,
  credentialsVersion: 'v1',
};
const found = { token, ageMs: 5 };
const failure: StoredFailure = { kind: 'unavailable', reason: 'HTTP 503', status: 503, by: 'another' };

const never = () => new Promise<never>(() => undefined);
const rejects = () => Promise.reject(new Error('secret of the store'));
const throws = () => {
  throw new Error('secret of the store');
};

/** Notes what it is asked; each operation answers at once, unless a test puts another in its place. */
class PlainStore implements TokenStore {
  readonly calls: unknown[][] = [];

  read = async (...asked: unknown[]): Promise<typeof found | undefined> => this.#note('read', asked, found);
  writeIfNewer = async (...asked: unknown[]): Promise<boolean> => this.#note('write', asked, true);
  remove = async (...asked: unknown[]): Promise<void> => this.#note('remove', asked, undefined);

  get operations(): unknown[] {
    return this.calls.map(([operation]) => operation);
  }

  #note<T>(operation: string, asked: unknown[], answer: T): T {
    this.calls.push([operation, ...asked]);
    return answer;
  }
}

/** The same with leases, news and a check. */
class FullStore extends PlainStore {
  readonly description = 'at a place';
  readonly news = new Subject<TokenChange>();

  held: TokenLease = {
    extend: async (...asked: unknown[]) => {
      this.calls.push(['extend', ...asked]);
      return true;
    },
    release: async (...asked: unknown[]) => {
      this.calls.push(['release', ...asked]);
    },
  };
  lease = async (...asked: unknown[]): Promise<LeaseAnswer> => {
    this.calls.push(['lease', ...asked]);
    return { kind: 'acquired', lease: this.held };
  };
  changes = (): Observable<TokenChange> => this.news;
  check = async (...asked: unknown[]): Promise<void> => {
    this.calls.push(['check', ...asked]);
  };
  close = async (): Promise<void> => {
    this.calls.push(['close']);
  };
}

/** What an operation emitted, and whether it is over. */
interface Told {
  readonly values: unknown[];
  over: boolean;
  leave(): void;
}

function tell(source: Observable<unknown>): Told {
  const told: Told = { values: [], over: false, leave: () => undefined };
  const subscription = source.subscribe({
    next: (value) => told.values.push(value),
    complete: () => {
      told.over = true;
    },
  });
  told.leave = () => subscription.unsubscribe();
  return told;
}

const guards: GuardedStore[] = [];
afterEach(async () => {
  await Promise.all(guards.splice(0).map((guarded) => guarded.close()));
});

/** A store under guard, on time of the test's own. */
function guard<S extends TokenStore>(store: S, logger = new LogLines(), events?: EventSink) {
  const clock = new VirtualClock();
  const guarded = new GuardedStore(store, clock, logger, events);
  guards.push(guarded);
  return { store, clock, guarded, logger };
}

/** One that has met a fault just now. */
async function inTrouble(store = new FullStore()) {
  const parts = guard(store);
  const { read } = store;
  store.read = rejects;
  tell(parts.guarded.read('key'));
  await settle();
  store.read = read;
  store.calls.length = 0;
  return parts;
}

const IN_TROUBLE = /^warn \[BANK_AUTH_STORE_UNAVAILABLE\] The token store \(at a place\) is in trouble/;
const WELL_AGAIN = expect.stringMatching(
  /^log \[BANK_AUTH_STORE_RECOVERED\] The token store \(at a place\) is well again after .* s; tokens are shared\.$/,
);

describe('a healthy store', () => {
  test('gives its answers', async () => {
    const { store, guarded, logger } = guard(new FullStore());
    const reading = tell(guarded.read('key'));
    const leasing = tell(guarded.lease('key', 6_000, true));
    const extending = tell(guarded.extend('key', store.held, 5_000));
    await settle();
    expect(reading).toMatchObject({ values: [{ value: found }], over: true });
    expect(leasing).toMatchObject({
      values: [{ value: { kind: 'acquired', lease: store.held } }],
      over: true,
    });
    expect(extending).toMatchObject({ values: [{ value: true }], over: true });
    expect(store.calls).toEqual([
      ['read', 'key'],
      ['lease', 'key', 6_000, { despiteFailure: true }],
      ['extend', 5_000],
    ]);
    expect(logger.lines).toEqual([]);
  });

  test('may have nothing, or lose a lease: both are answers', async () => {
    const { store, guarded } = guard(new FullStore());
    store.read = async () => undefined;
    store.held = { ...store.held, extend: async () => false };
    const reading = tell(guarded.read('key'));
    const extending = tell(guarded.extend('key', store.held, 5_000));
    await settle();
    expect(reading.values).toEqual([{ value: undefined }]);
    expect(extending.values).toEqual([{ value: false }]);
  });

  test('gets writes, drops and releases without being waited for', async () => {
    const { store, guarded } = guard(new FullStore());
    guarded.remove('key', 'fingerprint-0', true);
    guarded.remove('key', 'fingerprint-0', false);
    guarded.release('key', store.held, { failure, forMs: 1_000 });
    guarded.write('key', token, 12, undefined);
    await settle();
    expect(store.calls).toEqual([
      ['remove', 'key', 'fingerprint-0', { refused: true }],
      ['remove', 'key', 'fingerprint-0', { refused: false }],
      ['release', { failure, forMs: 1_000 }],
      ['write', 'key', token, { ageMs: 12 }],
    ]);
  });

  test('is called once for each subscription, and not before', async () => {
    const { store, guarded } = guard(new FullStore());
    const reading = guarded.read('key');
    await settle();
    expect(store.calls).toEqual([]);
    tell(reading);
    tell(reading);
    await settle();
    expect(store.operations).toEqual(['read', 'read']);
  });

  test('leaves no timer behind', async () => {
    const { store, guarded, clock } = guard(new FullStore());
    tell(guarded.read('key'));
    tell(guarded.lease('key', 6_000, false));
    guarded.write('key', token, 12, store.held);
    await settle();
    expect(clock.timers).toBe(0);
  });

  test('shows its location when it is printed, and nothing else', () => {
    expect(inspect(guard(new FullStore()).guarded)).toBe('GuardedStore(The token store (at a place))');
    expect(inspect(guard(new PlainStore()).guarded)).toBe('GuardedStore(The token store)');
    const odd = Object.assign(new PlainStore(), { description: { secret: 'secret of the store' } as never });
    expect(inspect(guard(odd).guarded)).toBe('GuardedStore(The token store)');
  });
});

describe('an answer of the store is waited for during one second', () => {
  test('and not a millisecond less', async () => {
    const { store, guarded, clock, logger } = guard(new FullStore());
    let answer: (value: typeof found) => void = () => undefined;
    store.read = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const reading = tell(guarded.read('key'));
    await clock.advance(999);
    expect(reading.over).toBe(false);
    answer(found);
    await settle();
    expect(reading).toMatchObject({ values: [{ value: found }], over: true });
    await clock.advance(5_000);
    expect(logger.lines).toEqual([]);
  });

  test.each([
    ['read', (guarded: GuardedStore) => guarded.read('key')],
    ['lease', (guarded: GuardedStore) => guarded.lease('key', 6_000, false)],
    [
      'extend',
      (guarded: GuardedStore) => guarded.extend('key', { extend: never, release: async () => undefined }, 1),
    ],
  ])('and is missing afterwards: %s', async (_operation, ask) => {
    const store = new FullStore();
    store.read = never;
    store.lease = never;
    const { guarded, clock, logger } = guard(store);
    const told = tell(ask(guarded));
    await clock.advance(999);
    expect(told.over).toBe(false);
    await clock.advance(1);
    expect(told).toMatchObject({ values: [undefined], over: true });
    expect(logger.lines).toEqual([
      'warn [BANK_AUTH_STORE_UNAVAILABLE] The token store (at a place) is in trouble (no answer within 1000 ms). It is busy or frozen, or the network loses packets. Wait; if it lasts, check its load and the network between. Each process obtains tokens on ' +
        'its own meanwhile; payments go on. The store is tried again every few seconds.',
    ]);
  });

  describe('as far as the process could read it', () => {
    /** Time that passes between two turns of the event loop, as it does where something blocks it. */
    class BlockingClock implements Clock {
      #now = 0;
      readonly #timers = new Set<{ readonly at: number; readonly over: Subject<void> }>();

      wall = () => this.#now;
      now = () => ({ wall: this.#now, monotonic: this.#now });

      timer(milliseconds: number): Observable<void> {
        return defer(() => {
          const timer = { at: this.#now + milliseconds, over: new Subject<void>() };
          this.#timers.add(timer);
          return timer.over.pipe(
            take(1),
            finalize(() => this.#timers.delete(timer)),
          );
        });
      }

      block(milliseconds: number): void {
        this.#now += milliseconds;
        for (const { at, over } of [...this.#timers]) if (at <= this.#now) over.next();
      }

      async pass(milliseconds: number): Promise<void> {
        for (let ms = 0; ms < milliseconds; ms += 10) {
          this.block(10);
          await settle();
        }
      }
    }

    /** A read that is answered when the test says so. */
    function reading() {
      const store = new FullStore();
      const clock = new BlockingClock();
      const logger = new LogLines();
      const guarded = new GuardedStore(store, clock, logger);
      let answer: (value: typeof found) => void = () => undefined;
      store.read = () =>
        new Promise((resolve) => {
          answer = resolve;
        });
      const told = tell(guarded.read('key'));
      return { told, clock, logger, answer: () => answer(found) };
    }

    test('so that an answer counts that lies unread when the time is over', async () => {
      const { told, clock, logger, answer } = reading();
      await clock.pass(990);
      clock.block(10);
      // After a pause of the event loop timers come first, then sockets, then what was put off by the timers.
      setImmediate(answer);
      await settle();
      expect(told).toMatchObject({ values: [{ value: found }], over: true });
      expect(logger.lines).toEqual([]);
    });

    test('and no longer', async () => {
      const { told, clock, logger, answer } = reading();
      await clock.pass(990);
      clock.block(10);
      await settle();
      answer();
      await settle();
      expect(told).toMatchObject({ values: [undefined], over: true });
      expect(logger.lines).toHaveLength(1);
    });

    test('so that a pause, however long, is not the fault of the store', async () => {
      const { told, clock, logger, answer } = reading();
      await clock.pass(300);
      clock.block(60_000);
      await settle();
      await clock.pass(300);
      expect(told.over).toBe(false);
      answer();
      await settle();
      expect(told.values).toEqual([{ value: found }]);
      expect(logger.lines).toEqual([]);
    });

    test('but no pause makes the store healthy for ever', async () => {
      const { told, clock } = reading();
      clock.block(60_000);
      await settle();
      await clock.pass(1_000);
      expect(told).toMatchObject({ values: [undefined], over: true });
    });
  });

  test('and ignored if it comes later', async () => {
    const { store, guarded, clock } = guard(new FullStore());
    let answer: (value: typeof found) => void = () => undefined;
    store.read = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const reading = tell(guarded.read('key'));
    await clock.advance(1_000);
    answer(found);
    await settle();
    expect(reading.values).toEqual([undefined]);
  });

  test('by its subscriber, which leaves no timer and no fault if it leaves earlier', async () => {
    const { store, guarded, clock, logger } = guard(new FullStore());
    store.read = never;
    tell(guarded.read('key')).leave();
    expect(clock.timers).toBe(0);
    await clock.advance(5_000);
    expect(logger.lines).toEqual([]);
  });
});

describe('at the first fault of a store', () => {
  describe.each<[string, () => never]>([
    ['rejects', rejects as () => never],
    ['throws', throws],
  ])('because an operation %s,', (_how, method) => {
    test.each([
      ['read', (guarded: GuardedStore) => guarded.read('key')],
      ['lease', (guarded: GuardedStore) => guarded.lease('key', 6_000, false)],
    ])('%s ends at once without an answer', async (_operation, ask) => {
      const store = new FullStore();
      store.read = method;
      store.lease = method;
      const told = tell(ask(guard(store).guarded));
      await settle();
      expect(told).toMatchObject({ values: [undefined], over: true });
    });
  });

  test('an answer that is no promise counts as none', async () => {
    const { store, guarded, logger } = guard(new FullStore());
    store.read = () => undefined as never;
    const told = tell(guarded.read('key'));
    await settle();
    expect(told).toMatchObject({ values: [undefined], over: true });
    expect(logger.lines).toEqual([expect.stringMatching(IN_TROUBLE)]);
  });

  test.each<[string, (parts: ReturnType<typeof guard<FullStore>>) => void]>([
    [
      'a lease that cannot be extended',
      ({ guarded }) => {
        tell(guarded.extend('key', { extend: rejects, release: never }, 5_000));
      },
    ],
    [
      'a lease that cannot be given up',
      ({ guarded }) => {
        guarded.release('key', { extend: never, release: throws });
      },
    ],
    [
      'a token that cannot be written',
      ({ guarded, store }) => {
        store.writeIfNewer = rejects;
        guarded.write('key', token, 0, undefined);
      },
    ],
    [
      'a token that cannot be removed',
      ({ guarded, store }) => {
        store.remove = throws;
        guarded.remove('key', 'fingerprint-1', false);
      },
    ],
  ])('such as %s the store is left alone', async (_what, meet) => {
    const parts = guard(new FullStore());
    meet(parts);
    await settle();
    expect(parts.logger.lines).toEqual([expect.stringMatching(IN_TROUBLE)]);
    parts.store.calls.length = 0;
    const reading = tell(parts.guarded.read('key'));
    expect(reading).toMatchObject({ values: [undefined], over: true });
    expect(parts.store.calls).toEqual([]);
  });

  test('no operation reaches it for any key, except a check of the failed key each second', async () => {
    const { store, guarded, clock } = await inTrouble();
    store.check = async (...asked) => {
      store.calls.push(['check', ...asked]);
      throw new Error('still down');
    };
    for (let second = 1; second <= 5; second += 1) {
      tell(guarded.read('key'));
      tell(guarded.lease('other key', 6_000, false));
      tell(guarded.extend('key', store.held, 6_000));
      guarded.write('key', token, 0, undefined);
      guarded.remove('key', 'fingerprint-1', false);
      await clock.advance(999);
      expect(store.calls).toHaveLength(second - 1);
      await clock.advance(1);
      expect(store.calls).toEqual(Array.from({ length: second }, () => ['check', 'key']));
    }
  });

  test('a check that hangs is given up after a second, and repeated a second later', async () => {
    const { store, clock, guarded } = await inTrouble();
    let checks = 0;
    store.check = () => {
      checks += 1;
      return never();
    };
    await clock.advance(1_000);
    expect(checks).toBe(1);
    await clock.advance(1_999);
    expect(checks).toBe(1);
    await clock.advance(1);
    expect(checks).toBe(2);
    store.check = async () => undefined;
    await clock.advance(2_000);
    const reading = tell(guarded.read('key'));
    await settle();
    expect(reading.values).toEqual([{ value: found }]);
  });

  test('a check that throws counts as failed', async () => {
    const { store, clock, logger } = await inTrouble();
    store.check = throws;
    await clock.advance(3_500);
    expect(logger.lines).toHaveLength(1);
    store.check = async () => undefined;
    await clock.advance(500);
    expect(logger.lines).toEqual([expect.stringMatching(IN_TROUBLE), WELL_AGAIN]);
  });

  test('a store without a check is read at the failed key instead', async () => {
    const store = new PlainStore();
    const { guarded, clock, logger } = guard(store);
    store.remove = rejects;
    guarded.remove('key', 'fingerprint-1', false);
    await settle();
    await clock.advance(999);
    expect(store.calls).toEqual([]);
    await clock.advance(1);
    expect(store.calls).toEqual([['read', 'key']]);
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn \[BANK_AUTH_STORE_UNAVAILABLE\] The token store is in trouble\. /),
      expect.stringMatching(
        /^log \[BANK_AUTH_STORE_RECOVERED\] The token store is well again after .* s; tokens are shared\.$/,
      ),
    ]);
  });

  test('operations already under way still have their second', async () => {
    const { store, guarded, clock } = guard(new FullStore());
    let answer: (value: typeof found) => void = () => undefined;
    store.read = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const reading = tell(guarded.read('key'));
    store.remove = rejects;
    guarded.remove('other key', 'fingerprint-1', false);
    await clock.advance(500);
    answer(found);
    await settle();
    expect(reading.values).toEqual([{ value: found }]);
  });
});

test('a store is shared, but for the time of a fault', async () => {
  const { store, guarded, clock } = guard(new FullStore());
  expect(guarded.state).toBe('shared');
  store.read = rejects;
  tell(guarded.read('key'));
  await settle();
  expect(guarded.state).toBe('alone');
  await clock.advance(1_000);
  expect(guarded.state).toBe('shared');
});

describe('at the end of a fault of a store', () => {
  test('the store is used again', async () => {
    const { store, guarded, clock } = await inTrouble();
    await clock.advance(1_000);
    expect(store.calls).toEqual([['check', 'key']]);
    const reading = tell(guarded.read('key'));
    await settle();
    expect(reading.values).toEqual([{ value: found }]);
    expect(clock.timers).toBe(0);
  });

  test('each listener hears once that news may have been missed, whatever its key', async () => {
    const { guarded, clock } = await inTrouble();
    const [one, other] = [tell(guarded.changes('key')), tell(guarded.changes('other key'))];
    await clock.advance(5_000);
    expect(one.values).toEqual([{ type: 'resumed' }]);
    expect(other.values).toEqual([{ type: 'resumed' }]);
  });

  test('a listener that hears of it finds the store in use', async () => {
    const { guarded, clock } = await inTrouble();
    let reading: Told | undefined;
    guarded.changes('key').subscribe(() => {
      reading = tell(guarded.read('key'));
    });
    await clock.advance(1_000);
    expect(reading?.values).toEqual([{ value: found }]);
  });

  test('the next fault counts as a new one', async () => {
    const { store, guarded, clock, logger } = await inTrouble();
    await clock.advance(6_000);
    store.read = rejects;
    tell(guarded.read('key'));
    await clock.advance(1_000);
    expect(logger.lines).toEqual([
      expect.stringMatching(IN_TROUBLE),
      WELL_AGAIN,
      expect.stringMatching(IN_TROUBLE),
      WELL_AGAIN,
    ]);
  });
});

describe('a store that is healthy for its check only', () => {
  /** How long after each fault it is used again, in seconds; it fails at once each time. */
  async function pauses(count: number, wellFor: number): Promise<number[]> {
    const { store, guarded, clock } = await inTrouble();
    const found: number[] = [];
    for (let n = 0; n < count; n += 1) {
      let seconds = 0;
      for (; ; seconds += 1) {
        store.calls.length = 0;
        tell(guarded.read('key'));
        if (store.operations.includes('read')) break;
        await clock.advance(1_000);
      }
      found.push(seconds);
      await clock.advance(wellFor);
      guarded.release('key', { extend: never, release: rejects });
      await settle();
    }
    return found;
  }

  test('is checked half as often each time, down to every four seconds', async () => {
    expect(await pauses(6, 0)).toEqual([1, 2, 4, 4, 4, 4]);
  });

  test('is checked each second again after a healthy while', async () => {
    expect(await pauses(3, 4_999)).toEqual([1, 2, 4]);
    expect(await pauses(3, 5_000)).toEqual([1, 1, 1]);
  });
});

describe('the log on a store', () => {
  test('has one line at the beginning of a fault and one at its end, for all users of the store', async () => {
    const { store, guarded, clock, logger } = guard(new FullStore());
    store.read = never;
    store.check = rejects;
    for (const key of ['a', 'b', 'c', 'd']) {
      tell(guarded.read(key));
      tell(guarded.read(key));
    }
    await clock.advance(10_000);
    store.read = rejects;
    for (const key of ['a', 'b', 'c', 'd']) tell(guarded.read(key));
    await clock.advance(10_000);
    expect(logger.lines).toEqual([expect.stringMatching(IN_TROUBLE)]);
    store.check = async () => undefined;
    await clock.advance(10_000);
    expect(logger.lines).toEqual([expect.stringMatching(IN_TROUBLE), WELL_AGAIN]);
  });

  test.each([
    ['a code as Node.js has them', Object.assign(new Error(), { code: 'ECONNREFUSED' }), ' (ECONNREFUSED)'],
    ['none', new Error('secret of the store'), ''],
    ['something else for a code', Object.assign(new Error(), { code: 'secret of the store' }), ''],
    ['no error at all', undefined, ''],
    ['a string for an error', 'secret of the store', ''],
  ])('shows the code of the error, where it is a code: %s', async (_what, error, told) => {
    const { store, guarded, logger } = guard(new FullStore());
    store.read = () => Promise.reject(error);
    tell(guarded.read('key'));
    await settle();
    expect(logger.lines).toEqual([
      `warn [BANK_AUTH_STORE_UNAVAILABLE] The token store (at a place) is in trouble${told}. Check the store. Each process obtains tokens on its own ` +
        'meanwhile; payments go on. The store is tried again every few seconds.',
    ]);
  });

  test.each([
    ['as the store says', 'It is being mended. Wait.', 'It is being mended. Wait.'],
    ['but nothing with a line break', 'It is\nin trouble', 'Check the store.'],
    ['but nothing with a terminal sequence', 'It is \u001b[31mred', 'Check the store.'],
    ['in up to 500 characters', 'x'.repeat(500), 'x'.repeat(500)],
    ['but nothing without end', 'x'.repeat(501), 'Check the store.'],
    ['but nothing that is no string', ['It is being mended.'], 'Check the store.'],
  ])('distinguishes waiting from mending, %s', async (_what, trouble, told) => {
    const { store, guarded, logger } = guard(new FullStore());
    store.read = () => Promise.reject(Object.assign(new Error(), { code: 'WORD', trouble }));
    tell(guarded.read('key'));
    await settle();
    expect(logger.lines).toEqual([
      `warn [BANK_AUTH_STORE_UNAVAILABLE] The token store (at a place) is in trouble (WORD). ${told} Each process obtains tokens on its own meanwhile; ` +
        'payments go on. The store is tried again every few seconds.',
    ]);
  });

  test('shows no key, no token and no words of the store', async () => {
    const { store, guarded, clock, logger } = guard(new FullStore());
    const error = Object.assign(new Error('secret of the store'), {
      cause: token,
      command: { args: ['secret'] },
    });
    store.writeIfNewer = () => Promise.reject(error);
    store.check = () => Promise.reject(error);
    guarded.write('secret key', token, 0, store.held);
    await clock.advance(3_000);
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines.join()).not.toMatch(/secret|token-1|fingerprint/);
  });

  test('has a line a minute while a fault lasts, with what it was and how long it has lasted', async () => {
    const { store, guarded, clock, logger } = guard(new FullStore());
    store.read = () => Promise.reject(Object.assign(new Error(), { code: 'ECONNREFUSED' }));
    store.check = rejects;
    tell(guarded.read('key'));
    await clock.advance(59_999);
    expect(logger.lines).toEqual([expect.stringMatching(IN_TROUBLE)]);
    const still = (lasted: string) =>
      'warn [BANK_AUTH_STORE_STILL_UNAVAILABLE] The token store (at a place) is still in trouble (ECONNREFUSED), for ' +
      `${lasted} now. Each process obtains tokens on its own; payments go on.`;
    await clock.advance(60_001);
    expect(logger.lines.slice(1)).toEqual([still('60 s'), still('2 min')]);
  });

  test('may throw: the store is left alone and used again all the same', async () => {
    const logger = new LogLines();
    logger.warn = throws;
    logger.log = throws;
    const { store, guarded, clock } = guard(new FullStore(), logger);
    const { read } = store;
    store.read = rejects;
    const failed = tell(guarded.read('key'));
    const news = tell(guarded.changes('key'));
    await settle();
    expect(failed).toMatchObject({ values: [undefined], over: true });
    store.read = read;
    await clock.advance(1_000);
    expect(news.values).toEqual([{ type: 'resumed' }]);
    const reading = tell(guarded.read('key'));
    await settle();
    expect(reading.values).toEqual([{ value: found }]);
  });
});

describe('the events of a store', () => {
  function observed(isObserved: boolean) {
    const emitted: unknown[][] = [];
    const emit = (...event: unknown[]) => void emitted.push(event);
    const parts = guard(new FullStore(), undefined, { application: 1, observed: isObserved, emit });
    return { ...parts, emitted };
  }

  test.each([
    ['its code', Object.assign(new Error(), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['unknown, where the error has no code', new Error('secret of the store'), 'unknown'],
  ])(
    'say for all merchants when a fault begins, with the reason, and when it ends: %s',
    async (_what, error, reason) => {
      const { store, guarded, clock, emitted } = observed(true);
      const start = clock.wall();
      store.read = () => Promise.reject(error);
      tell(guarded.read('key'));
      await clock.advance(3_000);
      expect(emitted).toEqual([
        ['*', '*', start, { type: 'store.unavailable', reason }],
        ['*', '*', start + 1_000, { type: 'store.recovered', outageMs: 1_000 }],
      ]);
    },
  );

  test('are put together for nobody while nobody listens', async () => {
    const { store, guarded, clock, emitted } = observed(false);
    store.read = rejects;
    tell(guarded.read('key'));
    await clock.advance(3_000);
    expect(emitted).toEqual([]);
  });
});

describe('a store with a reason not to be used', () => {
  const reason = 'It holds tokens under another key. Give all the same.';

  test('is warned of for five reasons at most, and in 500 characters of each', async () => {
    const { store, guarded, logger } = guard(new FullStore());
    for (let n = 0; n < 7; n += 1) {
      store.lease = async () => ({ kind: 'unavailable', reason: `${n}`.repeat(501) });
      tell(guarded.lease('key', 6_000, false));
      await settle();
    }
    expect(logger.lines).toEqual(
      [0, 1, 2, 3, 4].map((n) => expect.stringMatching(new RegExp(`: ${n}{500}$`))),
    );
  });

  test('is warned of once for each reason, and has no fault', async () => {
    const { store, guarded, clock, logger } = guard(new FullStore());
    const reasons = [reason, reason, 'Another reason.', undefined, 7 as never, reason];
    store.lease = async () => ({ kind: 'unavailable', reason: reasons.shift() });
    const told = [];
    for (let n = 0; n < 6; n += 1) told.push(tell(guarded.lease(`key ${n}`, 6_000, false)));
    await clock.advance(5_000);
    expect(logger.lines).toEqual([
      `warn [BANK_AUTH_STORE_UNUSABLE] The token store (at a place): ${reason}`,
      'warn [BANK_AUTH_STORE_UNUSABLE] The token store (at a place): Another reason.',
    ]);
    for (const { values } of told)
      expect(values).toEqual([{ value: expect.objectContaining({ kind: 'unavailable' }) }]);
    expect(store.operations).toEqual([]);
  });
});

describe('a token that is written to the store', () => {
  test.each<[string, boolean | undefined, number]>([
    ['is outdated where there is a newer one', false, 1],
    ['is not outdated where it was kept', true, 0],
    ['is not outdated where the store does not say', undefined, 0],
  ])('%s', async (_what, kept, times) => {
    const { store, guarded } = guard(new FullStore());
    store.writeIfNewer = async () => kept as boolean;
    const outdated = jest.fn();
    guarded.write('key', token, 12, store.held, outdated);
    await settle();
    expect(outdated).toHaveBeenCalledTimes(times);
    expect(store.operations).toEqual(['release']);
  });
});

describe('a lease of the store', () => {
  /** One that a store grants when the test says so. */
  function grantedLater(store: FullStore) {
    let grant: () => void = () => undefined;
    store.lease = () =>
      new Promise((resolve) => {
        grant = () => resolve({ kind: 'acquired', lease: store.held });
      });
    return () => grant();
  }

  test('that arrives after its subscriber left is released', async () => {
    const { store, guarded } = guard(new FullStore());
    const grant = grantedLater(store);
    tell(guarded.lease('key', 6_000, false)).leave();
    await settle();
    grant();
    await settle();
    expect(store.calls).toEqual([['release', undefined]]);
  });

  test('that arrives after its time is released', async () => {
    const { store, guarded, clock } = guard(new FullStore());
    store.check = rejects;
    const grant = grantedLater(store);
    tell(guarded.lease('key', 6_000, false));
    await clock.advance(1_200);
    grant();
    await settle();
    expect(store.operations).toEqual(['release']);
  });

  test('that arrives when the store is healthy again is released', async () => {
    const { store, guarded, clock } = guard(new FullStore());
    const grant = grantedLater(store);
    tell(guarded.lease('key', 6_000, false));
    await clock.advance(2_500);
    store.calls.length = 0;
    grant();
    await settle();
    expect(store.operations).toEqual(['release']);
  });

  test('that was requested when the end came is released before the store is closed', async () => {
    const { store, guarded } = guard(new FullStore());
    const grant = grantedLater(store);
    tell(guarded.lease('key', 6_000, false)).leave();
    await settle();
    const closing = guarded.close();
    grant();
    await closing;
    expect(store.operations).toEqual(['release', 'close']);
  });

  test.each<[string, (guarded: GuardedStore, lease: TokenLease) => void]>([
    ['as such', (guarded, lease) => guarded.release('key', lease)],
    ['with a token that cannot be written', (guarded, lease) => guarded.write('key', token, 12, lease)],
  ])('is released also during a fault, %s', async (_how, giveUp) => {
    const { store, guarded } = await inTrouble();
    giveUp(guarded, store.held);
    await settle();
    expect(store.operations).toEqual(['release']);
  });

  test('that cannot be released during a fault causes no warning', async () => {
    const { store, guarded, clock, logger } = await inTrouble();
    store.check = rejects;
    guarded.release('key', { ...store.held, release: rejects });
    guarded.release('key', { ...store.held, release: never });
    await clock.advance(5_000);
    expect(logger.lines).toEqual([expect.stringMatching(IN_TROUBLE)]);
  });

  test('that another process holds, and that arrives late, is ignored', async () => {
    const { store, guarded } = guard(new FullStore());
    let answer: () => void = () => undefined;
    store.lease = () =>
      new Promise((resolve) => {
        answer = () => resolve({ kind: 'held', forMs: 5_000 });
      });
    tell(guarded.lease('key', 6_000, false)).leave();
    await settle();
    answer();
    await settle();
    expect(store.calls).toEqual([]);
  });

  test('is released when the token is written, not before', async () => {
    const { store, guarded } = guard(new FullStore());
    let written: () => void = () => undefined;
    store.writeIfNewer = (...asked) => {
      store.calls.push(['write', ...asked]);
      return new Promise((resolve) => {
        written = () => resolve(true);
      });
    };
    guarded.write('key', token, 12, store.held);
    await settle();
    expect(store.calls).toEqual([['write', 'key', token, { ageMs: 12, lease: store.held }]]);
    written();
    await settle();
    expect(store.calls.slice(1)).toEqual([['release']]);
  });

  test.each([
    ['rejects', rejects],
    ['throws', throws],
    ['finds a newer token there', async () => false],
  ])('is released also where the write %s', async (_how, method) => {
    const { store, guarded } = guard(new FullStore());
    store.writeIfNewer = method;
    guarded.write('key', token, 12, store.held);
    await settle();
    expect(store.operations).toEqual(['release']);
  });

  test('is released also where the write takes too long', async () => {
    const { store, guarded, clock } = guard(new FullStore());
    store.check = rejects;
    let written: () => void = () => undefined;
    store.writeIfNewer = () =>
      new Promise((resolve) => {
        written = () => resolve(true);
      });
    guarded.write('key', token, 12, store.held);
    await clock.advance(1_500);
    written();
    await settle();
    expect(store.operations).toEqual(['release']);
  });
});

describe('the end of a guarded store', () => {
  beforeEach(() => {
    // The wait for the last writes runs on the real clock: an end that waits for the test's would never come.
    jest.useFakeTimers({
      doNotFake: ['setImmediate', 'clearImmediate', 'nextTick', 'queueMicrotask', 'Date', 'performance'],
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('waits for writes, then closes the store', async () => {
    const { store, guarded } = guard(new FullStore());
    let written: () => void = () => undefined;
    store.writeIfNewer = () =>
      new Promise((resolve) => {
        written = () => {
          store.calls.push(['written']);
          resolve(true);
        };
      });
    guarded.write('key', token, 12, store.held);
    const closing = guarded.close();
    await settle();
    expect(store.calls).toEqual([]);
    written();
    await closing;
    expect(store.operations).toEqual(['written', 'release', 'close']);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('waits for drops and releases as well', async () => {
    const { store, guarded } = guard(new FullStore());
    guarded.remove('key', 'fingerprint-1', false);
    guarded.release('key', store.held);
    await guarded.close();
    expect(store.operations).toEqual(['remove', 'release', 'close']);
  });

  test('waits for at most half a second', async () => {
    const { store, guarded, clock, logger } = guard(new FullStore());
    store.writeIfNewer = never;
    guarded.write('key', token, 12, store.held);
    const closing = guarded.close();
    await settle();
    jest.advanceTimersByTime(499);
    await settle();
    expect(store.calls).toEqual([]);
    jest.advanceTimersByTime(1);
    await closing;
    expect(store.operations).toEqual(['close']);
    expect(jest.getTimerCount()).toBe(0);
    expect(clock.timers).toBe(0);
    expect(logger.lines).toEqual([]);
  });

  test('does not wait for reads', async () => {
    const { store, guarded, clock } = guard(new FullStore());
    store.read = never;
    const reading = tell(guarded.read('key'));
    await guarded.close();
    expect(reading.over).toBe(true);
    expect(clock.timers).toBe(0);
    expect(store.operations).toEqual(['close']);
  });

  test('keeps the process alive as long as a write may take, and no longer', async () => {
    const { store, guarded, clock } = guard(new FullStore());
    store.writeIfNewer = never;
    guarded.write('key', token, 12, undefined);
    expect(jest.getTimerCount()).toBe(1);
    await clock.advance(1_000);
    expect(jest.getTimerCount()).toBe(0);
    guarded.write('key', token, 12, undefined);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('is final: no operation reaches the store afterwards, and all end at once', async () => {
    const { store, guarded, clock, logger } = guard(new FullStore());
    await guarded.close();
    store.calls.length = 0;
    const told = [
      tell(guarded.read('key')),
      tell(guarded.lease('key', 6_000, false)),
      tell(guarded.extend('key', store.held, 6_000)),
    ];
    guarded.write('key', token, 0, store.held);
    guarded.remove('key', 'fingerprint-1', true);
    guarded.release('key', store.held);
    await clock.advance(10_000);
    for (const one of told) expect(one).toMatchObject({ values: [undefined], over: true });
    expect(store.calls).toEqual([]);
    expect(clock.timers).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
    expect(logger.lines).toEqual([]);
  });

  test('ends the checks after a fault', async () => {
    const { store, guarded, clock, logger } = await inTrouble();
    await guarded.close();
    expect(clock.timers).toBe(0);
    await clock.advance(10_000);
    expect(store.operations).toEqual(['close']);
    expect(logger.lines).toHaveLength(1);
  });

  test('ends a check that hangs', async () => {
    const { store, guarded, clock } = await inTrouble();
    store.check = never;
    await clock.advance(1_500);
    await guarded.close();
    expect(clock.timers).toBe(0);
  });

  test('is not disturbed by a late fault', async () => {
    const { store, guarded, clock, logger } = guard(new FullStore());
    let fail: () => void = () => undefined;
    store.remove = () =>
      new Promise((_resolve, reject) => {
        fail = () => reject(new Error('the connection was closed'));
      });
    guarded.remove('key', 'fingerprint-1', false);
    const closing = guarded.close();
    await settle();
    jest.advanceTimersByTime(500);
    await closing;
    fail();
    await clock.advance(5_000);
    expect(logger.lines).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  test.each([
    ['rejects', rejects],
    ['throws', throws],
  ])('is reached also where the store %s on closing', async (_how, method) => {
    const { store, guarded } = guard(new FullStore());
    store.close = method;
    await expect(guarded.close()).resolves.toBeUndefined();
  });

  test('is reached also where the store never finishes closing', async () => {
    const { store, guarded } = guard(new FullStore());
    store.close = never;
    let ended = false;
    void guarded.close().then(() => {
      ended = true;
    });
    await settle();
    jest.advanceTimersByTime(1_000);
    await settle();
    expect(ended).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('happens once', async () => {
    const { store, guarded } = guard(new FullStore());
    guarded.write('key', token, 0, undefined);
    await Promise.all([guarded.close(), guarded.close()]);
    await guarded.close();
    expect(store.operations).toEqual(['write', 'close']);
  });
});

describe('a store with the three required methods only', () => {
  test('is used without leases', async () => {
    const { store, guarded, logger } = guard(new PlainStore());
    expect(guarded.hasLeases).toBe(false);
    const leasing = tell(guarded.lease('key', 6_000, false));
    guarded.write('key', token, 12, undefined);
    await settle();
    expect(leasing.values).toEqual([{ value: { kind: 'unavailable' } }]);
    expect(store.calls).toEqual([['write', 'key', token, { ageMs: 12 }]]);
    expect(logger.lines).toEqual([]);
    expect(guard(new FullStore()).guarded.hasLeases).toBe(true);
  });

  test('has no news except that a fault is over', async () => {
    const store = new PlainStore();
    const { guarded, clock } = guard(store);
    const news = tell(guarded.changes('key'));
    await settle();
    expect(news).toMatchObject({ values: [], over: false });
    store.remove = rejects;
    guarded.remove('key', 'fingerprint-1', false);
    await clock.advance(1_000);
    expect(news).toMatchObject({ values: [{ type: 'resumed' }], over: false });
  });

  test('is never closed', async () => {
    await expect(guard(new PlainStore()).guarded.close()).resolves.toBeUndefined();
  });
});

describe('news of a store', () => {
  test('are passed on unchanged', async () => {
    const { store, guarded } = guard(new FullStore());
    const told = tell(guarded.changes('key'));
    store.news.next({ type: 'written', fingerprint: 'fingerprint-1' });
    store.news.next({ type: 'released' });
    expect(told.values).toEqual([{ type: 'written', fingerprint: 'fingerprint-1' }, { type: 'released' }]);
    told.leave();
    expect(store.news.observed).toBe(false);
  });

  test.each<[string, () => Observable<TokenChange>]>([
    ['throws', throws],
    ['errors', () => throwError(() => new Error('secret of the store'))],
    ['ends', () => of<TokenChange>({ type: 'released' })],
    ['is silent', () => NEVER],
    ['is something else', () => ({ not: 'an Observable' }) as never],
  ])('whose Observable %s do not end the news of faults', async (_how, changes) => {
    const { store, guarded, clock } = guard(new FullStore());
    store.changes = changes;
    const told = tell(guarded.changes('key'));
    store.remove = rejects;
    guarded.remove('key', 'fingerprint-1', false);
    await clock.advance(1_000);
    expect(told.values.at(-1)).toEqual({ type: 'resumed' });
    expect(told.over).toBe(false);
  });
});
