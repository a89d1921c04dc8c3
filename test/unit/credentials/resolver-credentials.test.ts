import { inspect } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import {
  BehaviorSubject,
  concat,
  defer,
  EMPTY,
  NEVER,
  Observable,
  type Observer,
  of,
  ReplaySubject,
  Subject,
  throwError,
} from 'rxjs';
import type { CredentialsResolver, ResolvedMerchants } from '../../../src/config/index.js';
import { versioned } from '../../../src/credentials/credentials-version.js';
import { ResolverCredentials, UnknownMerchant } from '../../../src/credentials/index.js';
import { BankAuthConfigError } from '../../../src/errors/index.js';
import { replayable } from '../../support/replay.js';
import { resolvedProvider } from '../../support/resolved-options.js';

const PLANTED = 's3cret';
const WHERE = 'the function providers.bog-payments.credentials';
const of1 = { clientId: 'id', clientSecret: `${PLANTED}-1` };
const of2 = { clientId: 'id', clientSecret: `${PLANTED}-2` };
const of3 = { clientId: 'id', clientSecret: `${PLANTED}-3` };
const wrong = { clientId: PLANTED };
const WRONG = `${WHERE} returns unusable credentials: clientSecret is missing`;

/** A source over a function that need not keep to its type, and what it has said. */
function sourceOf(resolve: (merchant: string) => unknown, merchant = 'shop-1') {
  const counted = jest.fn(resolve);
  const { merchants } = resolvedProvider({ credentials: counted });
  const changes: (string | undefined)[] = [];
  const source = new ResolverCredentials(merchants as ResolvedMerchants, merchant, (version) =>
    changes.push(version),
  );
  return { source, changes, resolve: counted };
}

/** What a read is rejected with. */
const failureOf = (read: Promise<unknown>): Promise<Error> =>
  read.then(
    () => Promise.reject(new Error('they were read')),
    (error) => error,
  );

/** All that can be printed of something. */
const shown = (thing: unknown) =>
  [
    inspect(thing, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
    inspect(thing, { depth: Number.POSITIVE_INFINITY, showHidden: true, customInspect: false }),
    JSON.stringify(thing),
    String(thing),
    thing instanceof Error ? thing.stack : '',
  ].join('\n');

type Settle = (result: unknown) => void;

/** What other libraries have for a promise. */
const thenable = (then: (resolve: Settle, reject: Settle) => void) =>
  Object.defineProperty({}, 'then', { value: then });

/** Until all that was put off for a moment is done. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('credentials from a function', () => {
  test.each<[string, () => unknown]>([
    ['a value', () => of1],
    ['a promise', () => Promise.resolve(of1)],
    ['an async function', async () => of1],
    ['a thenable', () => thenable((resolve) => resolve(of1))],
  ])('are obtained anew at each read: %s', async (_what, find) => {
    const { source, changes, resolve } = sourceOf(find);
    expect(source.mayChange).toBe(true);
    expect(source.description).toBe(WHERE);
    expect(await source.read()).toEqual(versioned(of1));
    expect(await source.read()).toEqual(versioned(of1));
    expect(resolve.mock.calls).toEqual([['shop-1'], ['shop-1']]);
    expect(source.watching).toBe(false);
    expect(changes).toEqual([]);
  });

  test('differ as soon as the function returns others', async () => {
    let found = of1;
    const { source } = sourceOf(async () => found);
    const first = await source.read();
    found = of2;
    const second = await source.read();
    expect(second.clientSecret).toBe(of2.clientSecret);
    expect(second.version).not.toBe(first.version);
  });

  test.each([
    ['an ordinary one', 'shop-1'],
    ['one full of delimiters', 'a:b/c|d\0e%2f..'],
    ['half a surrogate pair', '\ud800'],
    ['a name of Object', '__proto__'],
    ['that of the default merchant', 'default'],
  ])('are those of the key: %s', async (_what, merchant) => {
    const { source, resolve } = sourceOf(
      (key) => ({ ...of1, clientSecret: `of ${JSON.stringify(key)}` }),
      merchant,
    );
    expect((await source.read()).clientSecret).toBe(`of ${JSON.stringify(merchant)}`);
    expect(resolve.mock.calls).toEqual([[merchant]]);
  });

  test('are returned by a function that is called without this', async () => {
    const { source } = sourceOf(function (this: unknown) {
      return { ...of1, clientId: this === undefined ? 'free' : 'bound' };
    });
    expect((await source.read()).clientId).toBe('free');
  });

  test('are never shown', async () => {
    const emissions = new BehaviorSubject<object>({ ...of1, version: `${PLANTED}-v` });
    for (const find of [() => of1, () => emissions]) {
      const { source } = sourceOf(find, `${PLANTED}-key`);
      await source.read();
      expect(inspect(source)).toBe(`ResolverCredentials(${WHERE})`);
      expect(shown(source)).not.toContain(PLANTED);
      source.close();
    }
  });

  test('leave of a merchant only a key and the shared parts', async () => {
    const { source } = sourceOf(async () => of1);
    await source.read();
    expect(Reflect.ownKeys(source)).toEqual([]);
  });
});

describe('the version of credentials from a function', () => {
  test('is computed from the values', async () => {
    const { source } = sourceOf(() => of1);
    expect((await source.read()).version).toBe(versioned(of1).version);
  });

  test('is the one that the function returns, if any', async () => {
    let found: object = { ...of1, version: '1' };
    const { source } = sourceOf(() => found);
    const { version } = await source.read();
    expect(version).toBe(versioned(of2, '1').version);
    found = { ...of2, version: '1' };
    expect((await source.read()).version).toBe(version);
    found = { ...of2, version: '2' };
    expect((await source.read()).version).not.toBe(version);
  });
});

describe('an unknown merchant', () => {
  test.each<[string, () => unknown]>([
    ['undefined', () => undefined],
    ['null', () => null],
    ['a promise of undefined', async () => undefined],
    ['a promise of null', () => Promise.resolve(null)],
    ['an Observable that completes without a value', () => EMPTY],
    ['an Observable of undefined', () => of(undefined)],
    ['an Observable of null', () => of(null)],
    ['an open Observable of null', () => new BehaviorSubject(null)],
    ['an Observable that completes later', () => defer(() => settled().then(() => undefined))],
  ])('is reported for %s', async (_what, find) => {
    const { source, changes } = sourceOf(find, `${PLANTED}-key`);
    const failure = await failureOf(source.read());
    expect(failure).toBeInstanceOf(UnknownMerchant);
    expect(failure).toBeInstanceOf(Error);
    expect(failure.name).toBe('UnknownMerchant');
    expect(failure.message).toBe(`${WHERE} knows no such merchant`);
    expect(shown(failure)).not.toContain(PLANTED);
    expect(changes).toEqual([]);
    source.close();
  });

  test('may be known the next time', async () => {
    const found = [undefined, of1];
    const { source } = sourceOf(() => found.shift());
    await expect(source.read()).rejects.toBeInstanceOf(UnknownMerchant);
    expect((await source.read()).clientSecret).toBe(of1.clientSecret);
  });

  test('differs from one with wrong or unreadable credentials', async () => {
    for (const find of [() => wrong, () => Promise.reject(new Error('x')), () => throwError(() => 'x')])
      expect(await failureOf(sourceOf(find).source.read())).not.toBeInstanceOf(UnknownMerchant);
  });
});

describe('a value that cannot be credentials', () => {
  test.each<[string, () => unknown]>([
    ['a value', () => wrong],
    ['a promise', async () => wrong],
    ['an emission', () => of(wrong)],
    ['an emission that stays', () => new BehaviorSubject(wrong)],
  ])('is rejected with the mistake and no value: %s', async (_what, find) => {
    const { source } = sourceOf(find);
    const failure = await failureOf(source.read());
    expect(failure.message).toBe(WRONG);
    expect(failure.cause).toBeUndefined();
    expect(shown(failure)).not.toContain(PLANTED);
    source.close();
  });

  test('is rejected with all mistakes', async () => {
    const failure = await failureOf(sourceOf(() => ({ [`${PLANTED}!`]: 1, version: 1 })).source.read());
    expect(failure.message).toBe(
      `${WHERE} returns unusable credentials: credentials have a member that is not an option; ` +
        'clientId is missing; clientSecret is missing; version must be a string of 1 to 256 characters',
    );
  });

  test.each<[string, () => unknown]>([
    ['a promise', async () => of(of1)],
    ['another Observable', () => of(of(of1))],
  ])('may be an Observable in %s', async (_what, find) => {
    expect((await failureOf(sourceOf(find).source.read())).message).toBe(
      `${WHERE} returns an Observable within a promise or another Observable: it must return the Observable itself`,
    );
  });

  test('may be anything, and nothing of it is shown', async () => {
    const planted = fc.string({ maxLength: 6 }).map((tail) => PLANTED + tail);
    const anything = fc.oneof(
      planted,
      fc.anything({ values: [planted], withNullPrototype: true, withMap: true, withBigInt: true }),
    );
    const hostile = fc.constantFrom<(text: string) => unknown>(
      hostileProxy,
      hostileGetter,
      hostileThenable,
      revoked,
    );
    // Made late, since a generator would look into it.
    const made = fc.oneof(
      anything.map((found) => () => found),
      hostile.map((make) => () => make(PLANTED)),
    );
    const way = fc.constantFrom<(found: unknown) => unknown>(
      (found) => found,
      async (found) => found,
      (found) => of(found),
      (found) => Promise.reject(found),
      (found) => throwError(() => found),
      (found) => {
        throw found;
      },
    );
    await fc.assert(
      fc.asyncProperty(way, made, async (way, make) => {
        const { source, changes } = sourceOf(() => way(make()));
        const failure = await failureOf(source.read());
        expect(failure).toBeInstanceOf(Error);
        expect(failure.message).toContain(WHERE);
        expect(failure.cause).toBeUndefined();
        expect(shown(failure)).not.toContain(PLANTED);
        expect(source.watching).toBe(false);
        expect(changes).toEqual([]);
      }),
      replayable('FUZZ', 500),
    );
  });
});

const hostileProxy = (text: string) =>
  new Proxy(
    {},
    {
      get: () => {
        throw new Error(text);
      },
      has: () => {
        throw new Error(text);
      },
      getPrototypeOf: () => {
        throw new Error(text);
      },
      ownKeys: () => {
        throw new Error(text);
      },
    },
  );
const hostileGetter = (text: string) => ({
  get lift(): unknown {
    throw new Error(text);
  },
  get clientId(): unknown {
    throw new Error(text);
  },
  get constructor(): never {
    throw new Error(text);
  },
});
const hostileThenable = (text: string) =>
  Object.defineProperty({}, 'then', {
    get: () => {
      throw new Error(text);
    },
  });
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

describe('a function that fails', () => {
  class VaultError extends Error {
    constructor(members: object) {
      super(`${PLANTED} in the message`, { cause: new Error(PLANTED) });
      Object.assign(this, members);
    }
  }
  class VaultException extends VaultError {}
  class Vault extends Error {}

  test.each<[string, unknown, string]>([
    ['an error', new Error(PLANTED), ''],
    ['an error of a class', new VaultError({}), ' (VaultError)'],
    ['an exception of a class', new VaultException({}), ' (VaultException)'],
    ['an error of a class that is called something else', new Vault(PLANTED), ''],
    ['a TypeError', new TypeError(PLANTED), ' (TypeError)'],
    ['an error with a name', Object.assign(new Error(PLANTED), { name: 'SealedError' }), ' (SealedError)'],
    ['an error with a secret for a name', Object.assign(new Error('x'), { name: `${PLANTED} Error` }), ''],
    ['an error with a name on lines', Object.assign(new Error('x'), { name: `Error\n${PLANTED}Error` }), ''],
    [
      'an error with a name that is too long',
      Object.assign(new Error('x'), { name: `A${'a'.repeat(41)}Error` }),
      '',
    ],
    ['an error with a secret before its name', { name: `${PLANTED} VaultError` }, ''],
    ['an error with a secret after its name', { name: `VaultError ${PLANTED}` }, ''],
    ['an object for a name', { name: { toString: () => 'SecretError' } }, ''],
    ['the lowest HTTP status', { status: 100 }, ' (status 100)'],
    ['the highest HTTP status', { status: 599 }, ' (status 599)'],
    ['an HTTP status', new VaultError({ status: 503 }), ' (VaultError, status 503)'],
    ['an HTTP status of another spelling', { statusCode: 404 }, ' (status 404)'],
    ['an HTTP status of a response', { response: { status: 403, data: PLANTED } }, ' (status 403)'],
    [
      'the first of them that is one',
      { status: 'x', statusCode: 99, response: { status: 429 } },
      ' (status 429)',
    ],
    ['a status that is none', { status: 600, statusCode: 99, response: { status: 200.5 } }, ''],
    ['a status that is a string', { status: '503' }, ''],
    ['a code', Object.assign(new Error(PLANTED), { code: 'ECONNREFUSED' }), ' (ECONNREFUSED)'],
    ['a code that is none', { code: PLANTED }, ''],
    ['a code that is too long', { code: 'A'.repeat(62) }, ''],
    ['a code on lines', { code: `E\n${PLANTED}` }, ''],
    ['a number for a code', { code: 500 }, ''],
    [
      'all of it',
      new VaultError({ status: 502, code: 'ERR_BAD_RESPONSE', data: PLANTED, config: { auth: PLANTED } }),
      ' (VaultError, status 502, ERR_BAD_RESPONSE)',
    ],
    ['a string', PLANTED, ''],
    ['nothing', undefined, ''],
    ['null', null, ''],
    ['a proxy', hostileProxy(PLANTED), ''],
    ['a getter', hostileGetter(PLANTED), ''],
    [
      'an error of ours',
      new BankAuthConfigError(PLANTED, { problems: [PLANTED] }),
      ' (BankAuthConfigError, BANK_AUTH_CONFIG)',
    ],
  ])('is reported without its message: %s', async (_what, thrown, details) => {
    const ways: (() => unknown)[] = [
      () => {
        throw thrown;
      },
      () => Promise.reject(thrown),
      () => throwError(() => thrown),
      () => thenable((_resolve, reject) => reject(thrown)),
      () => defer(() => settled().then(() => Promise.reject(thrown))),
    ];
    for (const find of ways) {
      const { source, changes } = sourceOf(find);
      const failure = await failureOf(source.read());
      expect(failure.message).toBe(`${WHERE} failed${details}`);
      expect(failure.cause).toBeUndefined();
      expect(shown(failure)).not.toContain(PLANTED);
      expect(source.watching).toBe(false);
      expect(changes).toEqual([]);
    }
  });

  test('fails in the same way where its values cannot be judged', async () => {
    const values = () => {
      throw new Error(PLANTED);
    };
    const source = new ResolverCredentials(
      { resolve: () => of1, values, description: 'X' },
      'a',
      () => undefined,
    );
    expect((await failureOf(source.read())).message).toBe('X failed');
  });

  test('is called again at the next read', async () => {
    const ways = [() => throwError(() => new Error('x')), () => Promise.reject(new Error('x')), () => of1];
    const { source } = sourceOf(() => ways.shift()?.());
    await expect(source.read()).rejects.toThrow(`${WHERE} failed`);
    await expect(source.read()).rejects.toThrow(`${WHERE} failed`);
    expect((await source.read()).clientSecret).toBe(of1.clientSecret);
  });
});

describe('an Observable that stays open', () => {
  const versionOf = (found: Parameters<typeof versioned>[0]) => versioned(found).version;

  test('answers the first read with its first emission, at any time', async () => {
    const emissions = new Subject<object>();
    const { source, changes } = sourceOf(() => emissions);
    const read = source.read();
    expect(source.watching).toBe(true);
    await settled();
    emissions.next(of1);
    expect(await read).toEqual(versioned(of1));
    expect(changes).toEqual([]);
  });

  test.each<[string, () => Observable<object>]>([
    ['a BehaviorSubject', () => new BehaviorSubject<object>(of1)],
    ['one that emits, then goes on', () => concat(of(of1), NEVER)],
  ])('may emit at once: %s', async (_what, make) => {
    const { source, changes } = sourceOf(make);
    expect((await source.read()).clientSecret).toBe(of1.clientSecret);
    expect(source.watching).toBe(true);
    expect(changes).toEqual([]);
    source.close();
  });

  test('answers later reads with the latest, and the function is not called again', async () => {
    const emissions = new BehaviorSubject<object>(of1);
    const { source, resolve } = sourceOf(() => emissions);
    await source.read();
    emissions.next(of2);
    expect((await source.read()).clientSecret).toBe(of2.clientSecret);
    emissions.next(of3);
    expect((await source.read()).clientSecret).toBe(of3.clientSecret);
    expect(resolve).toHaveBeenCalledTimes(1);
  });

  test('reports each version that differs from the one before', async () => {
    const emissions = new BehaviorSubject<object>(of1);
    const { source, changes } = sourceOf(() => emissions);
    await source.read();
    for (const found of [of1, { ...of1 }, of2, of2, of3, of1]) emissions.next(found);
    expect(changes).toEqual([versionOf(of2), versionOf(of3), versionOf(of1)]);
  });

  test('reports its own versions, and nothing while they stay', async () => {
    const emissions = new BehaviorSubject<object>({ ...of1, version: 'a' });
    const { source, changes } = sourceOf(() => emissions);
    await source.read();
    emissions.next({ ...of2, version: 'a' });
    expect(changes).toEqual([]);
    expect((await source.read()).clientSecret).toBe(of2.clientSecret);
    emissions.next({ ...of2, version: 'b' });
    expect(changes).toEqual([versioned(of1, 'b').version]);
  });

  test('has the latest value by the time it reports it', async () => {
    const emissions = new BehaviorSubject<object>(of1);
    const { merchants } = resolvedProvider({ credentials: () => emissions });
    const reads: Promise<{ clientSecret: string }>[] = [];
    const source: ResolverCredentials = new ResolverCredentials(merchants as ResolvedMerchants, 'a', () =>
      reads.push(source.read()),
    );
    await source.read();
    emissions.next(of2);
    expect((await Promise.all(reads)).map(({ clientSecret }) => clientSecret)).toEqual([of2.clientSecret]);
  });

  test('may emit several at once: the last one is read, and none is a change', async () => {
    const replay = new ReplaySubject<object>();
    for (const found of [of1, wrong, of2]) replay.next(found);
    const { source, changes } = sourceOf(() => replay);
    expect((await source.read()).clientSecret).toBe(of2.clientSecret);
    expect(changes).toEqual([]);
    replay.next(of3);
    expect(changes).toEqual([versionOf(of3)]);
  });

  test('may emit several at once later', async () => {
    const emissions = new Subject<object>();
    const { source, changes } = sourceOf(() => emissions);
    const reads = [source.read(), source.read()];
    await settled();
    emissions.next(of1);
    emissions.next(of2);
    for (const read of reads) expect((await read).clientSecret).toBe(of2.clientSecret);
    expect(changes).toEqual([]);
  });

  test('may report that a merchant is gone, or wrong, and then there is none', async () => {
    const emissions = new BehaviorSubject<object | null | undefined>(of1);
    const { source, changes, resolve } = sourceOf(() => emissions);
    await source.read();
    emissions.next(null);
    expect(changes).toEqual([undefined]);
    await expect(source.read()).rejects.toBeInstanceOf(UnknownMerchant);
    emissions.next(of1);
    expect(changes).toEqual([undefined, versionOf(of1)]);
    emissions.next(wrong);
    expect(changes).toEqual([undefined, versionOf(of1), undefined]);
    await expect(source.read()).rejects.toThrow(WRONG);
    emissions.next(undefined);
    await expect(source.read()).rejects.toBeInstanceOf(UnknownMerchant);
    expect(changes).toHaveLength(3);
    expect(source.watching).toBe(true);
    expect(resolve).toHaveBeenCalledTimes(1);
  });

  test('may begin with an unknown merchant, and reports it when it appears', async () => {
    const emissions = new BehaviorSubject<object | undefined>(undefined);
    const { source, changes } = sourceOf(() => emissions);
    await expect(source.read()).rejects.toBeInstanceOf(UnknownMerchant);
    await expect(source.read()).rejects.toBeInstanceOf(UnknownMerchant);
    emissions.next(of1);
    expect(changes).toEqual([versionOf(of1)]);
    expect((await source.read()).clientSecret).toBe(of1.clientSecret);
  });

  test('is shared by concurrent reads', async () => {
    const emissions = new Subject<object>();
    let subscriptions = 0;
    const { source, resolve } = sourceOf(() =>
      defer(() => {
        subscriptions += 1;
        return emissions;
      }),
    );
    const reads = [source.read(), source.read(), source.read()];
    emissions.next(of1);
    for (const read of reads) expect((await read).clientSecret).toBe(of1.clientSecret);
    expect([subscriptions, resolve.mock.calls.length]).toEqual([1, 1]);
  });

  test('keeps no reference to the emitted object', async () => {
    const found = { ...of1 };
    const { source } = sourceOf(() => new BehaviorSubject(found));
    await source.read();
    found.clientSecret = 'changed';
    expect((await source.read()).clientSecret).toBe(of1.clientSecret);
  });
});

describe('an Observable of credentials that ends', () => {
  test.each<[string, () => Observable<object>]>([
    ['at once', () => of(of1)],
    ['after several', () => of(of3, wrong, of1)],
    ['later', () => defer(() => settled().then(() => of1))],
  ])('by completion %s is subscribed to anew', async (_what, make) => {
    const { source, changes, resolve } = sourceOf(make);
    for (const times of [1, 2]) {
      expect((await source.read()).clientSecret).toBe(of1.clientSecret);
      await settled();
      expect(source.watching).toBe(false);
      expect(resolve).toHaveBeenCalledTimes(times);
    }
    expect(changes).toEqual([]);
  });

  test('loses its last emission', async () => {
    const first = new BehaviorSubject<object>(of1);
    const found: unknown[] = [first, of2];
    const { source, changes } = sourceOf(() => found.shift());
    await source.read();
    first.complete();
    expect(source.watching).toBe(false);
    expect((await source.read()).clientSecret).toBe(of2.clientSecret);
    expect(changes).toEqual([]);
  });

  test('by an error after an emission is subscribed to anew, and nothing is reported', async () => {
    const first = new BehaviorSubject<object>(of1);
    const found: unknown[] = [first, new BehaviorSubject(of2)];
    const { source, changes } = sourceOf(() => found.shift());
    await source.read();
    first.error(new Error(PLANTED));
    expect(source.watching).toBe(false);
    expect((await source.read()).clientSecret).toBe(of2.clientSecret);
    expect(source.watching).toBe(true);
    expect(changes).toEqual([]);
  });

  test('by an error together with an emission has emitted', async () => {
    const { source } = sourceOf(() =>
      concat(
        of(of1),
        throwError(() => new Error(PLANTED)),
      ),
    );
    expect((await source.read()).clientSecret).toBe(of1.clientSecret);
    expect(source.watching).toBe(false);
  });

  test('by an error rejects all waiting reads', async () => {
    const emissions = new Subject<object>();
    const { source, changes } = sourceOf(() => emissions);
    const failures = [source.read(), source.read()].map(failureOf);
    emissions.error(new Error(PLANTED));
    for (const failure of failures) expect((await failure).message).toBe(`${WHERE} failed`);
    expect([source.watching, changes]).toEqual([false, []]);
  });

  test('does not end the one that has begun meanwhile', async () => {
    const [first, second] = [new Subject<object>(), new BehaviorSubject<object>(of2)];
    const found: unknown[] = [first, second];
    const { source } = sourceOf(() => found.shift());
    const read = source.read();
    source.close();
    await failureOf(read);
    expect((await source.read()).clientSecret).toBe(of2.clientSecret);
    first.complete();
    expect(source.watching).toBe(true);
  });

  test('may throw in its teardown', async () => {
    const make = () =>
      new Observable<object>((subscriber) => {
        subscriber.next(of1);
        subscriber.complete();
        return () => {
          throw new Error(PLANTED);
        };
      });
    const { source } = sourceOf(make);
    expect((await source.read()).clientSecret).toBe(of1.clientSecret);
    expect(source.watching).toBe(false);
  });
});

describe('an Observable of another copy of RxJS, or of another library', () => {
  /** What all of them have in common. */
  const interop = (subscribe: (observer: Observer<unknown>) => unknown) => ({
    ['@@observable' as const]: () => ({ subscribe }),
  });

  test('is subscribed to', async () => {
    let observer: Observer<unknown> | undefined;
    const unsubscribe = jest.fn();
    const { source, changes } = sourceOf(() =>
      interop((given) => {
        observer = given;
        given.next(of1);
        return { unsubscribe };
      }),
    );
    expect((await source.read()).clientSecret).toBe(of1.clientSecret);
    observer?.next(of2);
    expect(changes).toEqual([versioned(of2).version]);
    expect((await source.read()).clientSecret).toBe(of2.clientSecret);
    source.close();
    expect(unsubscribe).toHaveBeenCalledTimes(1);
    observer?.next(of3);
    expect(changes).toHaveLength(1);
  });

  test.each<[string, unknown]>([
    ['throws when it is subscribed to', interop(() => fail())],
    ['is none', { '@@observable': () => PLANTED }],
    ['throws when it is asked for', { '@@observable': () => fail() }],
    ['only looks like one', { lift: () => undefined, subscribe: () => fail() }],
  ])('that %s is a failure', async (_what, found) => {
    const { source } = sourceOf(() => found);
    const failure = await failureOf(source.read());
    expect(failure.message).toMatch(new RegExp(`^${WHERE} failed( \\(TypeError\\))?$`));
    expect(shown(failure)).not.toContain(PLANTED);
    expect(source.watching).toBe(false);
  });
});

function fail(): never {
  throw new Error(PLANTED);
}

describe('closing a source of credentials', () => {
  test('unsubscribes, and nothing is reported any more', async () => {
    const emissions = new BehaviorSubject<object>(of1);
    const { source, changes } = sourceOf(() => emissions);
    await source.read();
    expect(emissions.observed).toBe(true);
    source.close();
    expect([emissions.observed, source.watching]).toEqual([false, false]);
    emissions.next(of2);
    expect(changes).toEqual([]);
  });

  test.each<[string, () => Observable<object>]>([
    ['that has not emitted', () => NEVER],
    ['that has emitted in the same moment', () => new BehaviorSubject(of1)],
  ])('rejects a read that waits for an Observable %s', async (_what, make) => {
    const { source } = sourceOf(make);
    const failures = [source.read(), source.read()].map(failureOf);
    source.close();
    for (const failure of failures)
      expect((await failure).message).toBe(`the credentials from ${WHERE} were closed while they were read`);
  });

  test('rejects a read that has just asked for an old emission', async () => {
    const { source } = sourceOf(() => new BehaviorSubject(of1));
    await source.read();
    const read = source.read();
    source.close();
    await expect(read).rejects.toThrow('closed');
  });

  test('allows a later read to begin anew', async () => {
    const { source, resolve } = sourceOf(() => new BehaviorSubject(of1));
    await source.read();
    source.close();
    expect((await source.read()).clientSecret).toBe(of1.clientSecret);
    expect(resolve).toHaveBeenCalledTimes(2);
    expect(source.watching).toBe(true);
  });

  test('may happen twice, before anything, and with nothing open', async () => {
    const { source } = sourceOf(() => of1);
    source.close();
    source.close();
    expect((await source.read()).clientSecret).toBe(of1.clientSecret);
    source.close();
    expect((await source.read()).clientSecret).toBe(of1.clientSecret);
  });

  test('may happen during a report of a change', async () => {
    const emissions = new BehaviorSubject<object>(of1);
    const { merchants } = resolvedProvider({ credentials: () => emissions });
    const told = jest.fn(() => source.close());
    const source: ResolverCredentials = new ResolverCredentials(merchants as ResolvedMerchants, 'a', told);
    await source.read();
    emissions.next(of2);
    emissions.next(of3);
    expect(told).toHaveBeenCalledTimes(1);
    expect(emissions.observed).toBe(false);
  });

  test('may happen while the Observable is being subscribed to', async () => {
    const freed = jest.fn();
    let subscribed: Observer<object> | undefined;
    const { source, changes } = sourceOf(
      () =>
        new Observable<object>((subscriber) => {
          subscribed = subscriber;
          source.close();
          subscriber.next(of1);
          return freed;
        }),
    );
    await expect(source.read()).rejects.toThrow('closed');
    expect(freed).toHaveBeenCalledTimes(1);
    subscribed?.next(of2);
    expect(changes).toEqual([]);
    expect(source.watching).toBe(false);
  });

  test('survives an Observable that throws in its teardown', async () => {
    const make = () =>
      new Observable<object>((subscriber) => {
        subscriber.next(of1);
        return () => fail();
      });
    const { source } = sourceOf(make);
    await source.read();
    expect(() => source.close()).not.toThrow();
    expect(source.watching).toBe(false);
  });
});

test('in any order of emissions, reads and closing the last emission is read, and every change is reported once', async () => {
  const found = [of1, of2, of3, wrong, undefined, { ...of1, version: 'v' }, { ...of2, version: 'v' }];
  const step = fc.oneof(
    fc.record({ type: fc.constant('emit' as const), index: fc.nat(found.length - 1) }),
    fc.constantFrom({ type: 'read' as const }, { type: 'close' as const }, { type: 'complete' as const }),
    fc.constantFrom({ type: 'error' as const }, { type: 'read' as const }),
  );
  const stateOf = (thing: object | undefined) => {
    const { version, ...values } = (thing ?? {}) as {
      version?: string;
      clientId: string;
      clientSecret: string;
    };
    return thing === undefined || thing === wrong ? undefined : versioned(values, version).version;
  };
  await fc.assert(
    fc.asyncProperty(fc.nat(found.length - 1), fc.array(step, { maxLength: 12 }), async (first, steps) => {
      // The model: what is open, what it emitted last, and what has to have been told.
      let open: BehaviorSubject<object | undefined> | undefined;
      let latest = found[first];
      const told: (string | undefined)[] = [];
      let calls = 0;
      const { source, changes, resolve } = sourceOf(() => {
        open = new BehaviorSubject<object | undefined>(latest);
        return open;
      });
      for (const one of steps) {
        if (one.type === 'emit') {
          const next = found[one.index];
          if (open !== undefined && stateOf(next) !== stateOf(latest)) told.push(stateOf(next));
          latest = next;
          open?.next(next);
        } else if (one.type === 'read') {
          if (open === undefined) calls += 1;
          const read = await source.read().then(
            ({ version }) => version,
            () => undefined,
          );
          expect(read).toBe(stateOf(latest));
        } else {
          const ending = open;
          open = undefined;
          if (one.type === 'close') source.close();
          if (one.type === 'complete') ending?.complete();
          if (one.type === 'error') ending?.error(new Error(PLANTED));
          if (one.type === 'close') expect(ending?.observed ?? false).toBe(false);
        }
        expect(source.watching).toBe(open !== undefined);
        expect(changes).toEqual(told);
        expect(resolve).toHaveBeenCalledTimes(calls);
      }
      source.close();
    }),
    replayable('FUZZ', 300),
  );
});

test('a source has the type of the option', () => {
  const resolve: CredentialsResolver = (merchant) => (merchant === '' ? undefined : of(of1));
  const source = new ResolverCredentials(
    { resolve, values: () => of1, description: WHERE },
    'a',
    () => undefined,
  );
  return expect(source.read()).resolves.toEqual(versioned(of1));
});
