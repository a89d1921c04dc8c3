import { describe, expect, test } from '@jest/globals';
import { firstValueFrom, type Observable, Subject } from 'rxjs';
import type { StoredToken, TokenChange, TokenStore } from '../../../../src/store/index.js';
import { fingerprintOf } from '../../../../src/token/arrival.js';
import { ask, Harness, HOUR } from '../../../support/token-service.harness.js';
import { settle, VirtualClock } from '../../../support/virtual-clock.js';

/** A store that anybody may write to, and that tells whatever it is told to tell. */
class OpenStore implements TokenStore {
  readonly news = new Subject<TokenChange>();
  found?: { readonly token: StoredToken; readonly ageMs: number };
  reads = 0;

  async read() {
    this.reads += 1;
    return this.found;
  }
  async writeIfNewer() {
    return true;
  }
  async remove() {}
  changes(): Observable<TokenChange> {
    return this.news;
  }
}

const stored = (value: string, parts: Partial<StoredToken> = {}): StoredToken => ({
  fingerprint: fingerprintOf(value),
  value,
  scopes: [],
  issuedAt: 0,
  lifetime: HOUR,
  credentialsVersion: 'v1',
  ...parts,
});

/** A service that has held `token-1` for ten minutes. */
async function holder() {
  const store = new OpenStore();
  const clock = new VirtualClock();
  const harness = new Harness({ clock, store });
  harness.bank.issues();
  await harness.service.getAccessToken();
  await clock.advance(600_000);
  store.reads = 0;
  harness.credentials.reads = 0;
  return { ...harness, store, clock, service: harness.service, credentials: harness.credentials };
}

const WRITTEN: TokenChange = { type: 'written', fingerprint: 'another' };

describe('news of a token in the store', () => {
  test('lead to at most one look a second, however often they are repeated', async () => {
    const { store, clock } = await holder();
    for (let n = 0; n < 1_000; n += 1) store.news.next(WRITTEN);
    await settle();
    expect(store.reads).toBe(1);
    for (let second = 1; second <= 10; second += 1) {
      for (let n = 0; n < 100; n += 1) {
        store.news.next(WRITTEN);
        await clock.advance(10);
      }
    }
    expect(store.reads).toBeLessThanOrEqual(11);
    expect(store.reads).toBeGreaterThanOrEqual(10);
  });

  test('read no credentials where there is no token to take over', async () => {
    const { store, clock, credentials } = await holder();
    store.found = { token: stored('token-0'), ageMs: 700_000 };
    for (let n = 0; n < 5; n += 1) {
      store.news.next(WRITTEN);
      await clock.advance(1_000);
    }
    expect(store.reads).toBeGreaterThanOrEqual(5);
    expect(credentials.reads).toBe(0);
  });

  test('read the credentials once where there is a token to take over', async () => {
    const { store, service, credentials } = await holder();
    store.found = { token: stored('token-2'), ageMs: 1_000 };
    store.news.next(WRITTEN);
    await settle();
    expect(await service.getAccessToken()).toBe('token-2');
    expect(credentials.reads).toBe(1);
  });
});

test('a token that is found in the store while a flight is under way is not taken over: the flight brings one', async () => {
  const { store, service, bank } = await holder();
  const arrives = new Subject<void>();
  store.read = async () => {
    await firstValueFrom(arrives);
    return { token: stored('token-of-another'), ageMs: 0 };
  };
  store.news.next(WRITTEN);
  await settle();
  bank.hangs();
  const renewed = ask(service, 'refresh');
  await settle();
  arrives.next();
  await settle();
  expect(await service.getAccessToken()).toBe('token-1');
  bank.last.grant('token-2', HOUR);
  await settle();
  expect(renewed.token?.value).toBe('token-2');
});

test('the last sixteen tokens that were dropped elsewhere are not taken over from the store, an older one is', async () => {
  const { store, clock, service } = await holder();
  const dropped = Array.from({ length: 17 }, (_, n) => `dropped-${n}`);
  for (const value of dropped)
    store.news.next({ type: 'removed', fingerprint: fingerprintOf(value), refused: false });
  const held: string[] = [];
  for (const value of dropped.reverse()) {
    store.found = { token: stored(value), ageMs: 0 };
    store.news.next(WRITTEN);
    await clock.advance(2_000);
    held.push(await service.getAccessToken());
  }
  expect(held).toEqual([...Array(16).fill('token-1'), 'dropped-0']);
});

describe('a token in the store that is older than the current one', () => {
  test.each<[string, TokenChange]>([
    ['news of it', WRITTEN],
    ['a fault that is over', { type: 'resumed' }],
  ])('is not taken over on account of %s', async (_what, change) => {
    const { store, clock, service } = await holder();
    store.found = { token: stored('token-0'), ageMs: 610_000 };
    for (let n = 0; n < 3; n += 1) {
      store.news.next(change);
      await clock.advance(2_000);
    }
    expect(store.reads).toBeGreaterThan(0);
    expect(await service.getAccessToken()).toBe('token-1');
  });

  test('is not taken over where the store would refuse the current one', async () => {
    const { store, clock, service, bank } = await holder();
    store.writeIfNewer = async () => false;
    store.news.next({ type: 'resumed' });
    store.found = { token: stored('token-0'), ageMs: 700_000 };
    await clock.advance(3_000);
    expect(await service.getAccessToken()).toBe('token-1');
    expect(bank.requests).toBe(1);
  });

  test('is not mistaken for the renewal that is due', async () => {
    const { store, clock, service } = await holder();
    await clock.advance(HOUR - 600_000 - 100_000);
    // It says that it lives longer than ours.
    store.found = { token: stored('token-0', { lifetime: 5 * HOUR }), ageMs: HOUR };
    await service.getAccessToken();
    await settle();
    expect(await service.getAccessToken()).toBe('token-2');
  });
});

test('a token in the store lives no longer than the bank definition allows', async () => {
  const store = new OpenStore();
  const clock = new VirtualClock();
  const { service } = new Harness({ clock, store });
  store.found = { token: stored('token-0', { lifetime: 300 * 24 * HOUR }), ageMs: 0 };
  expect(await service.getAccessToken()).toBe('token-0');
  expect((service.status.expiresAt ?? 0) - clock.wall()).toBe(24 * HOUR);
});
