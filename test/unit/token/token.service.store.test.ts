import { describe, expect, test } from '@jest/globals';
import { MemoryTokenStore, type StoredToken, type TokenStore } from '../../../src/store/index.js';
import { aBank, ask, Follower, Harness, HOUR, STALE } from '../../support/token-service.harness.js';
import { settle, VirtualClock } from '../../support/virtual-clock.js';

/** A store on the clock of the test that notes what it is asked. */
class NotingStore implements TokenStore {
  readonly kept = new Map<string, StoredToken>();
  readonly calls: string[] = [];

  constructor(private readonly clock: VirtualClock) {}

  async read(key: string) {
    this.calls.push('read');
    const token = this.kept.get(key);
    return token === undefined ? undefined : { token, ageMs: this.clock.wall() - token.issuedAt };
  }

  async writeIfNewer(key: string, token: StoredToken) {
    this.calls.push('write');
    this.kept.set(key, token);
    return true;
  }

  async remove(key: string, fingerprint: string) {
    this.calls.push('remove');
    if (this.kept.get(key)?.fingerprint === fingerprint) this.kept.delete(key);
  }
}

/** Two services of one application each, on one store. */
function replicas(parts: ConstructorParameters<typeof Harness>[0] = {}) {
  const clock = new VirtualClock();
  const store = new NotingStore(clock);
  const make = (more: typeof parts = {}) => {
    const harness = new Harness({ ...parts, clock, store, ...more });
    harness.bank.issues();
    return harness;
  };
  const [a, b] = [make(), make()];
  // Tokens of the two can be told apart.
  a.bank.replies((exchange) => exchange.grant(`a-${exchange.number}`));
  b.bank.replies((exchange) => exchange.grant(`b-${exchange.number}`));
  return { a, b, clock, store, make };
}

describe('a store of tokens', () => {
  test('lends the token of another service, with its age', async () => {
    const { a, b, clock } = replicas();
    expect(await a.service.getAccessToken()).toBe('a-1');
    await clock.advance(600_000);
    expect(await b.service.getAccessToken()).toBe('a-1');
    expect(b.bank.requests).toBe(0);
    expect(b.service.status).toMatchObject({
      state: 'fresh',
      expiresAt: a.service.status.expiresAt,
      refreshAt: a.service.status.refreshAt,
    });
    await clock.advance(STALE - 600_000 - 1);
    expect(b.service.status.state).toBe('fresh');
    await clock.advance(1);
    expect(b.service.status.state).toBe('stale');
  });

  test('lends it with its age by both clocks, so that setting one back makes it no younger', async () => {
    const { a, b, clock } = replicas();
    await a.service.getAccessToken();
    await clock.advance(600_000);
    await b.service.getAccessToken();
    clock.setWall(clock.wall() - HOUR);
    await clock.advance(STALE - 600_000 - 1);
    expect(b.service.status.state).toBe('fresh');
    await clock.advance(1);
    expect(b.service.status.state).toBe('stale');
  });

  test('lends it with its scopes and the headers of the definition', async () => {
    const { a, b } = replicas({
      bank: aBank({ headers: ({ value }, { clientId }) => ({ X: `${value} ${clientId}` }) }),
    });
    a.bank.replies((exchange) => exchange.grant('a-1', HOUR, ['granted']));
    await a.service.getAccessToken();
    const asked = ask(b.service);
    await settle();
    expect(asked.token?.scopes).toEqual(['granted']);
    expect(asked.token?.headers).toEqual({ X: 'a-1 id-v1' });
  });

  test('lends no stale token', async () => {
    const { a, b, clock } = replicas();
    await a.service.getAccessToken();
    await clock.advance(HOUR - 132_000);
    expect(await b.service.getAccessToken()).toBe('b-1');
  });

  test('lends the renewal of another service instead of a second one', async () => {
    const { a, b, clock } = replicas();
    await a.service.getAccessToken();
    await b.service.getAccessToken();
    await clock.advance(STALE);
    ask(a.service);
    await settle();
    ask(b.service);
    await settle();
    expect(await a.service.getAccessToken()).toBe('a-2');
    expect(await b.service.getAccessToken()).toBe('a-2');
    expect([a.bank.requests, b.bank.requests]).toEqual([2, 0]);
  });

  test('emits what it lends on token$', async () => {
    const { a, b } = replicas();
    await a.service.getAccessToken();
    const follower = new Follower(b.service);
    await settle();
    expect(follower.values).toEqual(['a-1']);
    follower.leave();
  });

  test('lends no token that this service has invalidated, even if it could not be removed', async () => {
    const { a, b, store } = replicas();
    await a.service.getAccessToken();
    await b.service.getAccessToken();
    store.remove = async () => undefined;
    b.service.invalidate('a-1');
    expect(await b.service.getAccessToken()).toBe('b-1');
  });

  test('lends no token that a resource refused', async () => {
    const { a, b, store } = replicas();
    await a.service.getAccessToken();
    const asked = ask(b.service);
    await settle();
    store.remove = async () => undefined;
    b.service.forCall().refused(asked.token as never);
    expect(await b.service.getAccessToken()).toBe('b-1');
  });

  test('loses a token that one of its services drops, and no newer one', async () => {
    const { a, b, store } = replicas();
    await a.service.getAccessToken();
    await b.service.getAccessToken();
    a.service.invalidate('a-1');
    await settle();
    expect(store.kept.size).toBe(0);
    await a.service.getAccessToken();
    b.service.invalidate('a-1');
    await settle();
    expect([...store.kept.values()].map(({ value }) => value)).toEqual(['a-2']);
    expect(await b.service.getAccessToken()).toBe('a-2');
  });

  test('lends no token of other credentials', async () => {
    const { a, b } = replicas();
    await a.service.getAccessToken();
    b.credentials.version = 'v2';
    expect(await b.service.getAccessToken()).toBe('b-1');
  });

  test.each([
    ['provider', { provider: 'other' }],
    ['merchant', { merchant: 'other' }],
    ['token URL', { tokenUrl: 'https://bank.example/other' }],
    ['scopes', { scopes: ['read'] }],
    ['scopes that only join to the same', { scopes: ['read write'] }],
    ['merchant whose key is the name of the default one', { merchant: 'default' }],
    ['provider and merchant that only join to the same', { provider: 'a-bank","default' }],
  ])('lends no token of another %s', async (_name, parts) => {
    const { a, make } = replicas();
    await a.service.getAccessToken();
    const other = make(parts);
    expect(await other.service.getAccessToken()).toBe('token-1');
    expect(other.bank.requests).toBe(1);
  });

  test('compares scopes as a set without order', async () => {
    const { a, make } = replicas();
    await a.service.getAccessToken();
    const other = make({ scopes: ['write', 'read'] });
    expect(await other.service.getAccessToken()).toBe('a-1');
  });

  test('is not read by an explicit renewal, which requires a token of the bank', async () => {
    const { a, b } = replicas();
    await a.service.getAccessToken();
    const asked = ask(b.service, 'refresh');
    await settle();
    expect(asked.token?.value).toBe('b-1');
    expect(await b.service.getAccessToken()).toBe('b-1');
  });

  test('is not read while the current token is fresh', async () => {
    const { a, store } = replicas();
    await a.service.getAccessToken();
    for (let n = 0; n < 100; n += 1) await a.service.getAccessToken();
    expect(store.calls).toEqual(['read', 'write']);
  });

  test('in memory serves two services of one process', async () => {
    const clock = new VirtualClock(Date.now());
    const store = new MemoryTokenStore();
    const [a, b] = [new Harness({ clock, store }), new Harness({ clock, store })];
    a.bank.issues();
    b.bank.issues();
    await a.service.getAccessToken();
    expect(await b.service.getAccessToken()).toBe('token-1');
    expect([a.bank.requests, b.bank.requests]).toEqual([1, 0]);
  });
});

describe('a failing store', () => {
  const never = () => new Promise<never>(() => undefined);
  const rejects = () => Promise.reject(new Error('secret of the store'));
  const throws = () => {
    throw new Error('secret of the store');
  };

  test.each([
    ['rejects', rejects],
    ['throws', throws],
    ['never answers', never],
  ])('that %s costs nothing but one warning', async (_name, method) => {
    const clock = new VirtualClock();
    const store: TokenStore = { read: method, writeIfNewer: method, remove: method };
    const { service, bank, logger, store: guarded } = new Harness({ clock, store });
    bank.issues();
    const asked = ask(service);
    await clock.advance(1_000);
    expect(asked.token?.value).toBe('token-1');
    for (let round = 2; round < 6; round += 1) {
      service.invalidate(`token-${round - 1}`);
      const again = ask(service);
      await clock.advance(1_000);
      expect(again.token?.value).toBe(`token-${round}`);
    }
    await clock.advance(5_000);
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn \[BANK_AUTH_STORE_UNAVAILABLE\] The token store is in trouble/),
    ]);
    expect(logger.lines.join()).not.toContain('secret');
    await guarded?.close();
    expect(clock.timers).toBe(0);
  });

  test.each([
    ['null', null],
    ['an empty object', {}],
    ['a string', 'token'],
    [
      'a token without an age',
      { token: { value: 'from-the-store', credentialsVersion: 'v1', lifetime: HOUR, fingerprint: 'f' } },
    ],
    ['an age without a token', { ageMs: 5 }],
  ])('that answers %s costs nothing either', async (_name, found) => {
    const store: TokenStore = {
      read: async () => found as never,
      writeIfNewer: async () => true,
      remove: async () => undefined,
    };
    const { service, bank, clock } = new Harness({ store });
    bank.issues();
    const asked = ask(service);
    await clock.advance(1_000);
    expect(asked.error).toBeUndefined();
    expect(asked.token?.value).toBe('token-1');
  });

  test('is announced once when it works again, and lends tokens again', async () => {
    const { a, b, clock, store } = replicas();
    const { read } = store;
    store.read = rejects;
    await b.service.getAccessToken();
    store.read = read;
    await clock.advance(1_000);
    b.service.invalidate('b-1');
    await a.service.getAccessToken();
    expect(await b.service.getAccessToken()).toBe('a-1');
    await clock.advance(5_000);
    expect(b.logger.lines).toEqual([
      expect.stringMatching(/^warn \[BANK_AUTH_STORE_UNAVAILABLE\] The token store is in trouble/),
      'log [BANK_AUTH_STORE_RECOVERED] The token store is well again after 1 s; tokens are shared.',
    ]);
  });

  test('does not undo a later answer with a late one', async () => {
    const clock = new VirtualClock();
    let answer: (found: undefined) => void = () => undefined;
    const store: TokenStore = {
      read: () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
      writeIfNewer: async () => true,
      remove: async () => undefined,
    };
    const { service, bank } = new Harness({ clock, store });
    bank.issues();
    const asked = ask(service);
    await clock.advance(1_000);
    answer(undefined);
    await settle();
    expect(asked).toMatchObject({ settled: 1, token: { value: 'token-1' } });
    expect(bank.requests).toBe(1);
  });

  test('does not delay a token that has arrived', async () => {
    const store: TokenStore = { read: async () => undefined, writeIfNewer: never, remove: never };
    const { service, bank } = new Harness({ store });
    bank.issues();
    const asked = ask(service);
    await settle();
    expect(asked.token?.value).toBe('token-1');
  });

  test('leaves no timer after the shutdown', async () => {
    const clock = new VirtualClock();
    const store: TokenStore = { read: never, writeIfNewer: never, remove: never };
    const { service } = new Harness({ clock, store });
    const asked = ask(service);
    await settle();
    service.close();
    expect(asked.settled).toBe(1);
    expect(clock.timers).toBe(0);
  });
});

test('a store whose write hangs leaves no timer after the shutdown', async () => {
  const never = () => new Promise<never>(() => undefined);
  const store: TokenStore = { read: async () => undefined, writeIfNewer: never, remove: never };
  const { service, bank, clock, store: guarded } = new Harness({ store });
  bank.issues();
  await service.getAccessToken();
  service.close();
  await guarded?.close();
  expect(clock.timers).toBe(0);
});
