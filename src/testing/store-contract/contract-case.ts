import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { StoredToken, TokenStore } from '../../index.js';

/** The stores under test. */
export interface Stores {
  readonly one: TokenStore;
  /** Another instance over the same data, or the same one. */
  readonly two: TokenStore;
  /** Both, for promises that each of them must keep. */
  readonly both: readonly TokenStore[];
  /** Makes a unique key. */
  newKey(): string;
}

export interface ContractCase {
  readonly name: string;
  readonly needsLeases?: boolean;
  body(stores: Stores): Promise<void>;
}

/** The most by which clocks may differ over the fraction of a second that a case takes, in milliseconds. */
export const TOLERANCE = 10;

export async function inStores(
  create: () => TokenStore | Promise<TokenStore>,
  another: (one: TokenStore) => TokenStore | Promise<TokenStore>,
  body: ContractCase['body'],
): Promise<void> {
  const one = await create();
  let two = one;
  try {
    two = await another(one);
    await body({ one, two, both: [one, two], newKey: () => `contract-${randomUUID()}` });
  } finally {
    for (const store of new Set([one, two])) await store.close?.();
  }
}

export function aToken(parts: Partial<StoredToken> = {}): StoredToken {
  return {
    fingerprint: `fingerprint-${randomUUID()}`,
    value: `value-${randomUUID()}`,
    scopes: ['payments.read', 'payments.write'],
    issuedAt: Date.now(),
    lifetime: 3_600_000,
    credentialsVersion: `version-${randomUUID()}`,
    ...parts,
  };
}

/** The result of an operation, with its beginning and its end by this process's monotonic clock. */
export interface Timed<T> {
  readonly value: T;
  readonly from: number;
  readonly to: number;
}

export async function timed<T>(action: () => Promise<T>): Promise<Timed<T>> {
  const from = performance.now();
  const value = await action();
  return { value, from, to: performance.now() };
}

/** Waits until a number of milliseconds have passed since an operation, at any moment of its duration. */
export async function passed(milliseconds: number, { to }: Timed<unknown>): Promise<void> {
  const end = to + milliseconds + TOLERANCE;
  while (performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, end - performance.now()));
  }
}

/** Whether an operation ended within a number of milliseconds after another, which a slow machine may not manage. */
export function wasWithin(milliseconds: number, since: Timed<unknown>, what: Timed<unknown>): boolean {
  return what.to < since.from + milliseconds - TOLERANCE;
}

/** Asserts that every instance reads this token under the key. */
export async function assertKept({ both }: Stores, key: string, token: StoredToken): Promise<void> {
  for (const store of both) {
    const found = await store.read(key);
    assert.ok(found !== undefined, 'read() found nothing where there is a token');
    assertSame(found.token, token, 'read() gave another token than was to be there');
  }
}

export async function assertNothing({ both }: Stores, key: string, message: string): Promise<void> {
  for (const store of both) assert.equal(await store.read(key), undefined, message);
}

/** Takes an undefined member for a missing one. */
export function assertSame(actual: unknown, expected: unknown, message: string): void {
  assert.deepEqual(JSON.parse(JSON.stringify(actual)), JSON.parse(JSON.stringify(expected)), message);
}

/**
 * Asserts an age: the token's age when it was written plus the time since; never younger. A store that asks another
 * clock for the time finds the token older by the duration of the answer, at most by that of the whole write.
 */
export function assertAge(
  read: Timed<{ readonly ageMs: number } | undefined>,
  ageMs: number,
  written: Timed<unknown>,
): void {
  const age = read.value?.ageMs;
  assert.ok(age !== undefined, 'read() found nothing where there is a token');
  const least = ageMs + Math.max(0, read.from - written.to);
  const most = ageMs + read.to - written.from + (written.to - written.from);
  assert.ok(
    age >= Math.max(0, least - TOLERANCE) && age <= most + TOLERANCE,
    `read() gave an age of ${age} ms where ${Math.floor(least)} to ${Math.ceil(most)} ms are right`,
  );
}
