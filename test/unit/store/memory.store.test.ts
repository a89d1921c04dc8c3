import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryTokenStore, type StoredToken } from '../../../src/store/index.js';
import { replayable } from '../../support/replay.js';

let wall: number;
let monotonic: number;
beforeEach(() => {
  wall = Date.UTC(2026, 0, 1);
  monotonic = 1_000;
  jest.spyOn(Date, 'now').mockImplementation(() => wall);
  jest.spyOn(performance, 'now').mockImplementation(() => monotonic);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const pass = (milliseconds: number) => {
  wall += milliseconds;
  monotonic += milliseconds;
};
const acquired = async (store: MemoryTokenStore, durationMs = 1_000) => {
  const answer = await store.lease('key', durationMs);
  if (answer.kind !== 'acquired') throw new Error(answer.kind);
  return answer.lease;
};
const stored = (name: string, more: Partial<StoredToken> = {}): StoredToken => ({
  fingerprint: `fingerprint-of-${name}`,
  value: `value-of-${name}`,
  scopes: ['read'],
  issuedAt: wall,
  lifetime: 10_000,
  credentialsVersion: 'v1',
  ...more,
});

describe('the memory store', () => {
  test('returns a token under its key, with its age', async () => {
    const store = new MemoryTokenStore();
    const token = stored('a');
    expect(await store.read('key')).toBeUndefined();
    expect(await store.writeIfNewer('key', token)).toBe(true);
    pass(1_500);
    expect(await store.read('key')).toEqual({ token, ageMs: 1_500 });
    expect(await store.read('other')).toBeUndefined();
  });

  test('counts the age from the request of the token, not from its write', async () => {
    const store = new MemoryTokenStore();
    const token = stored('a');
    pass(2_000);
    await store.writeIfNewer('key', token);
    pass(500);
    expect(await store.read('key')).toMatchObject({ ageMs: 2_500 });
  });

  test('returns no expired token, to the millisecond', async () => {
    const store = new MemoryTokenStore();
    await store.writeIfNewer('key', stored('a'));
    pass(9_999);
    expect(await store.read('key')).toMatchObject({ ageMs: 9_999 });
    pass(1);
    expect(await store.read('key')).toBeUndefined();
    expect(inspect(store)).toBe('MemoryTokenStore(0 tokens)');
  });

  test('rejuvenates no token when the wall clock is set back', async () => {
    const store = new MemoryTokenStore();
    const token = stored('a');
    pass(2_000);
    // It is 2 s old when it is kept.
    await store.writeIfNewer('key', token);
    pass(4_000);
    wall -= 86_400_000;
    expect(await store.read('key')).toMatchObject({ ageMs: 6_000 });
    pass(4_000);
    expect(await store.read('key')).toBeUndefined();
  });

  test('rejuvenates no token when the machine is suspended', async () => {
    const store = new MemoryTokenStore();
    await store.writeIfNewer('key', stored('a'));
    wall += 6_000;
    expect(await store.read('key')).toMatchObject({ ageMs: 6_000 });
    wall += 4_000;
    expect(await store.read('key')).toBeUndefined();
  });

  test('keeps the token that was issued later, in any order of writes', async () => {
    const store = new MemoryTokenStore();
    const older = stored('older', { issuedAt: wall - 1 });
    const newer = stored('newer');
    expect(await store.writeIfNewer('key', newer)).toBe(true);
    expect(await store.writeIfNewer('key', older)).toBe(false);
    expect(await store.read('key')).toMatchObject({ token: newer });
    expect(await store.writeIfNewer('other', older)).toBe(true);
    expect(await store.writeIfNewer('other', newer)).toBe(true);
    expect(await store.read('other')).toMatchObject({ token: newer });
  });

  test('keeps the second of two tokens of the same millisecond', async () => {
    const store = new MemoryTokenStore();
    await store.writeIfNewer('key', stored('first'));
    expect(await store.writeIfNewer('key', stored('second'))).toBe(true);
    expect(await store.read('key')).toMatchObject({ token: { value: 'value-of-second' } });
  });

  test('forgets an expired token, so that one with an earlier date by a corrected clock may follow', async () => {
    const store = new MemoryTokenStore();
    await store.writeIfNewer('key', stored('tomorrow', { issuedAt: wall + 86_400_000 }));
    monotonic += 10_000;
    expect(await store.read('key')).toBeUndefined();
    expect(await store.writeIfNewer('key', stored('now'))).toBe(true);
    expect(await store.read('key')).toMatchObject({ token: { value: 'value-of-now' }, ageMs: 0 });
  });

  test('accepts any token in place of one that expires in this millisecond', async () => {
    const store = new MemoryTokenStore();
    await store.writeIfNewer('key', stored('a'));
    pass(10_000);
    expect(await store.writeIfNewer('key', stored('b', { lifetime: 20_000 }), { ageMs: 10_500 })).toBe(true);
  });

  test('accepts a second token under one lease, and the same token again', async () => {
    const store = new MemoryTokenStore();
    const lease = await acquired(store);
    expect(await store.writeIfNewer('key', stored('a'), { lease })).toBe(true);
    expect(await store.writeIfNewer('key', stored('b'), { lease })).toBe(true);
    expect(await store.writeIfNewer('key', stored('b'), { ageMs: 5_000 })).toBe(true);
    expect(await store.writeIfNewer('key', stored('c'), { ageMs: 6_000 })).toBe(false);
  });

  test('takes the token of the later lease for the newer one, also within one millisecond', async () => {
    const store = new MemoryTokenStore();
    await store.writeIfNewer('key', stored('without a lease'), { ageMs: 5_000 });
    const earlier = await acquired(store);
    await earlier.release();
    const later = await acquired(store);
    expect(await store.writeIfNewer('key', stored('b'), { lease: later })).toBe(true);
    expect(await store.writeIfNewer('key', stored('a'), { lease: earlier })).toBe(false);
  });

  test('ends leases and cool-downs to the millisecond', async () => {
    const store = new MemoryTokenStore();
    const lost = await acquired(store);
    pass(1_000);
    expect(await lost.extend(1_000)).toBe(false);
    const next = await acquired(store);
    const failure = { kind: 'rejected', reason: 'HTTP 401', status: 401, by: 'one' } as const;
    await next.release({ failure, forMs: 1_000 });
    pass(999);
    expect(await store.lease('key', 1_000)).toEqual({ kind: 'cooling-down', failure, forMs: 1 });
    pass(1);
    await acquired(store);
  });

  test('keeps a lease whose token is removed', async () => {
    const store = new MemoryTokenStore();
    await acquired(store);
    await store.remove('key', 'fingerprint-of-a');
    await store.writeIfNewer('key', stored('a'));
    await store.remove('key', 'fingerprint-of-a');
    expect(await store.lease('key', 1_000)).toMatchObject({ kind: 'held', forMs: 1_000 });
  });

  test('removes the token with that fingerprint, under that key, and no other', async () => {
    const store = new MemoryTokenStore();
    await store.writeIfNewer('key', stored('a'));
    await store.writeIfNewer('other', stored('a'));
    await store.remove('key', 'fingerprint-of-b');
    await store.remove('unknown', 'fingerprint-of-a');
    expect(await store.read('key')).toBeDefined();
    await store.remove('key', 'fingerprint-of-a');
    expect(await store.read('key')).toBeUndefined();
    expect(await store.read('other')).toBeDefined();
  });

  test('never returns a token that is expired, removed, or older than before', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('pass' as const), ms: fc.nat(8_000) }),
      fc.record({ do: fc.constant('wall' as const), ms: fc.integer({ min: -20_000, max: 20_000 }) }),
      fc.record({ do: fc.constant('write' as const), ms: fc.nat(3_000) }),
      fc.record({ do: fc.constant('remove' as const), ms: fc.nat(3) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const store = new MemoryTokenStore();
        const since = new Map<string, { wall: number; monotonic: number }>();
        const removed = new Set<string>();
        let number = 0;
        for (const { do: what, ms } of steps) {
          if (what === 'pass') pass(ms);
          else if (what === 'wall') wall += ms;
          else if (what === 'write') {
            number += 1;
            since.set(`fingerprint-of-${number}`, { wall: wall - ms, monotonic: monotonic - ms });
            await store.writeIfNewer('key', stored(`${number}`, { issuedAt: wall - ms }));
          } else {
            const fingerprint = `fingerprint-of-${number - ms}`;
            removed.add(fingerprint);
            await store.remove('key', fingerprint);
          }
          const found = await store.read('key');
          if (found === undefined) continue;
          const began = since.get(found.token.fingerprint);
          expect(removed.has(found.token.fingerprint)).toBe(false);
          expect(wall - (began?.wall ?? Number.NaN)).toBeLessThan(10_000);
          expect(monotonic - (began?.monotonic ?? Number.NaN)).toBeLessThan(10_000);
          expect(found.ageMs).toBe(
            Math.max(wall - (began?.wall ?? Number.NaN), monotonic - (began?.monotonic ?? Number.NaN)),
          );
        }
      }),
      replayable('FUZZ'),
    );
  });

  test('keeps no tokens of merchants that never return', async () => {
    const store = new MemoryTokenStore();
    await store.writeIfNewer('lasts', stored('lasts', { lifetime: 1_000_000 }));
    for (let day = 0; day < 20; day += 1) {
      for (let number = 0; number < 500; number += 1)
        await store.writeIfNewer(`${day}/${number}`, stored(`${day}`));
      pass(10_000);
    }
    // As many as there were at once, and some.
    expect(Number(/\d+/.exec(inspect(store))?.[0])).toBeLessThanOrEqual(1_000);
    expect((await store.read('lasts'))?.token.value).toBe('value-of-lasts');
  });

  test('extends no lease that was released, whether or not another process holds one since', async () => {
    const store = new MemoryTokenStore();
    const released = await acquired(store, 10_000);
    await released.release();
    expect(await released.extend(10_000)).toBe(false);
    await acquired(store, 1_000);
    expect(await released.extend(10_000)).toBe(false);
    pass(1_000);
    expect((await store.lease('key', 1_000)).kind).toBe('acquired');
  });

  test('drops what is over and nothing else, however many keys there are', async () => {
    const store = new MemoryTokenStore();
    const failure = { kind: 'rejected', reason: 'no', status: 401, by: 'one' } as const;
    const leaseOf = async (key: string, durationMs: number) => {
      const answer = await store.lease(key, durationMs);
      if (answer.kind !== 'acquired') throw new Error(answer.kind);
      return answer.lease;
    };
    const over = await leaseOf('over', 1_000);
    const held = await leaseOf('held', 10_000);
    await (await leaseOf('cools', 1_000)).release({ failure, forMs: 10_000 });
    await (await leaseOf('cooled', 1_000)).release({ failure, forMs: 1_000 });
    pass(5_000);
    for (let number = 0; number < 1_000; number += 1)
      await store.writeIfNewer(`${number}`, stored(`${number}`));
    expect((await store.lease('cools', 1_000)).kind).toBe('cooling-down');
    expect((await store.lease('held', 1_000)).kind).toBe('held');
    expect(await held.extend(10_000)).toBe(true);
    // What was dropped is nobody's any more.
    expect(await over.extend(1_000)).toBe(false);
    const next = await leaseOf('over', 1_000);
    await over.release({ failure, forMs: 10_000 });
    await next.release();
    expect((await store.lease('over', 1_000)).kind).toBe('acquired');
    expect((await store.lease('cooled', 1_000)).kind).toBe('acquired');
  });

  test('shows the number of its tokens and none of them', async () => {
    const store = new MemoryTokenStore();
    await store.writeIfNewer('key', stored('a'));
    for (const key of ['without a token', 'another']) await store.lease(key, 1_000);
    expect(inspect(store)).toBe('MemoryTokenStore(1 tokens)');
    for (const text of [
      inspect([store], { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }),
      inspect(store, { depth: Number.POSITIVE_INFINITY, showHidden: true, customInspect: false }),
      JSON.stringify(store),
      String(store),
    ]) {
      expect(text).not.toMatch(/value-of|fingerprint-of|key/);
    }
  });
});
