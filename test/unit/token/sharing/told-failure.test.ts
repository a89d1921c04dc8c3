import { describe, expect, test } from '@jest/globals';
import type { StoredFailure } from '../../../../src/store/index.js';
import {
  confirms,
  isProven,
  isSaidByBank,
  toldOf,
  toldToOthers,
} from '../../../../src/token/sharing/told-failure.js';
import { tokenFailure } from '../../../../src/token/token-failure.js';

const failure = (parts: Partial<StoredFailure> = {}): StoredFailure => ({
  kind: 'rejected',
  reason: 'HTTP 401',
  status: 401,
  by: 'another',
  credentialsVersion: 'v1',
  ...parts,
});

test.each([
  ['an answer by HTTP', { kind: 'unavailable', status: 503 }, true],
  ['a refusal', { kind: 'rejected', status: 401 }, true],
  ['a failure of the network', { kind: 'unavailable' }, false],
  [
    'credentials that cannot be read, whatever the vault answered',
    { kind: 'credentials-unreadable', status: 500 },
    false,
  ],
] as const)('%s is told to other processes or not', (_what, parts, isSaid) => {
  expect(isSaidByBank(tokenFailure({ reason: '', ...parts }))).toBe(isSaid);
});

describe('a second refusal confirms the first', () => {
  const second = { kind: 'rejected', credentialsVersion: 'v1' } as const;

  test.each<[string, Parameters<typeof confirms>[0], StoredFailure | undefined, boolean]>([
    ['of another process', second, failure(), true],
    ['with an invalid answer', { ...second, kind: 'invalid' }, failure({ kind: 'invalid' }), true],
    ['of nobody', second, undefined, false],
    ['of the same process', second, failure({ by: 'this one' }), false],
    ['of a process that the store has forgotten', second, failure({ by: undefined }), false],
    ['of other credentials', second, failure({ credentialsVersion: 'v2' }), false],
    ['that was trouble of the bank', second, failure({ kind: 'unavailable' }), false],
    ['while it is trouble of the bank itself', { ...second, kind: 'unavailable' }, failure(), false],
  ])('%s or not', (_what, now, first, isConfirmed) => {
    expect(confirms(now, first, 'this one')).toBe(isConfirmed);
  });
});

test.each<[string, Partial<StoredFailure>, boolean]>([
  ['of another process', {}, false],
  ['of another process, with an invalid answer', { kind: 'invalid' }, false],
  ['that a second one has confirmed', { confirmed: true }, true],
  ['of the same process', { by: 'this one' }, true],
  ['that is trouble of the bank', { kind: 'unavailable' }, true],
])('a failure %s needs a second opinion or not', (_what, parts, proven) => {
  expect(isProven(failure(parts), 'this one')).toBe(proven);
});

describe('a failure that is told to other processes', () => {
  const parts = { kind: 'unavailable', reason: 'HTTP 503', status: 503, credentialsVersion: 'v1' } as const;
  const told = (retryAfterMs?: number, confirmed = false) =>
    toldToOthers({ ...tokenFailure(parts), ...parts, retryAfterMs }, 5_000, 'this one', confirmed);

  test('has a Retry-After as far as it is obeyed, and says whether it is confirmed', () => {
    expect(told()).toStrictEqual({ ...parts, by: 'this one', retryAfterMs: undefined });
    expect(told(4_000).retryAfterMs).toBe(4_000);
    expect(told(6_000).retryAfterMs).toBe(5_000);
    expect(told(undefined, true)).toMatchObject({ confirmed: true });
  });

  test('is for them what it was, as long as it holds', () => {
    expect(toldOf({ kind: 'cooling-down', failure: told(4_000), forMs: 3_000 })).toMatchObject({
      ...parts,
      retryAfterMs: 4_000,
      coolForMs: 3_000,
    });
  });
});
