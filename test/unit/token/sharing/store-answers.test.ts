import { describe, expect, test } from '@jest/globals';
import { isChange, isLeaseAnswer } from '../../../../src/token/sharing/store-answers.js';

const ALMOST_A_YEAR = 31_535_999_999;
const text = (length: number) => 'x'.repeat(length);
const ours = async () => true;
const failure = { kind: 'unavailable', reason: 'HTTP 503', status: 503 };
const cooling = (parts: object = {}, forMs = 5_000) => ({
  kind: 'cooling-down',
  forMs,
  failure: { ...failure, ...parts },
});

describe('the answer of a store to a request for a lease', () => {
  test.each<[string, object]>([
    ['that it is ours', { kind: 'acquired', lease: { extend: ours, release: ours } }],
    ['that it is held for no time', { kind: 'held', forMs: 0 }],
    ['that it is held for almost a year', { kind: 'held', forMs: ALMOST_A_YEAR }],
    ['that it is held by a name of 128 characters', { kind: 'held', forMs: 1, owner: text(128) }],
    ['that there is none', { kind: 'unavailable' }],
    ['that the bank is cooling down', cooling()],
    ['that it is so no more', cooling({}, 0)],
    ['that it refused the credentials', cooling({ kind: 'rejected' })],
    ['that its answer was invalid', cooling({ kind: 'invalid', confirmed: true })],
    ['with a reason of 1000 characters', cooling({ reason: text(1_000) })],
    ['with the process that was told', cooling({ by: text(128) })],
    ['with a Retry-After', cooling({ retryAfterMs: 0 })],
    ['with the version of the credentials', cooling({ credentialsVersion: 'v1' })],
  ])('is accepted: %s', (_what, answer) => {
    expect(isLeaseAnswer(answer)).toBe(true);
  });

  // Those that cost a request are in token.service.replicas.faults.test.ts.
  test.each<[string, object]>([
    ['that it is ours, and cannot be extended', { kind: 'acquired', lease: { release: ours } }],
    ['that it is ours, and cannot be given up', { kind: 'acquired', lease: { extend: ours } }],
    ['that it is ours, without a lease', { kind: 'acquired' }],
    ['that it is held for a year', { kind: 'held', forMs: ALMOST_A_YEAR + 1 }],
    ['that it is held by a name of 129 characters', { kind: 'held', forMs: 1, owner: text(129) }],
    ['that it is held by a number', { kind: 'held', forMs: 1, owner: 7 }],
    ['that the bank cools down for a year', cooling({}, ALMOST_A_YEAR + 1)],
    ['with a reason of 1001 characters', cooling({ reason: text(1_001) })],
    ['with a reason of two lines', cooling({ reason: 'HTTP 503\nforged' })],
    ['with a process of 129 characters', cooling({ by: text(129) })],
    ['with a number for the process', cooling({ by: 7 })],
    ['with a refusal that is not confirmed after all', cooling({ confirmed: false })],
    ['with a Retry-After before now', cooling({ retryAfterMs: -1 })],
    ['with a version of two lines', cooling({ credentialsVersion: 'v1\n' })],
  ])('is ignored: %s', (_what, answer) => {
    expect(isLeaseAnswer(answer)).toBe(false);
  });
});

describe('news of a store', () => {
  test.each<object>([
    { type: 'written' },
    { type: 'written', fingerprint: text(1_000) },
    { type: 'removed', fingerprint: 'f1', refused: true },
    { type: 'removed', fingerprint: 'f1', refused: false },
    { type: 'released' },
    { type: 'resumed' },
  ])('is heard: %j', (change) => {
    expect(isChange(change)).toBe(true);
  });

  test.each<[unknown]>([
    [{ type: 'written', fingerprint: 7 }],
    [{ type: 'written', fingerprint: text(1_001) }],
    [{ type: 'written', fingerprint: 'f1\n' }],
    [{ type: 'removed', refused: true }],
    [{ type: 'removed', fingerprint: 7, refused: true }],
    [{ type: 'removed', fingerprint: 'f1' }],
    [{ type: 'removed', fingerprint: 'f1', refused: 'true' }],
    [{ type: 'something' }],
    [{}],
    ['written'],
    [undefined],
    [null],
  ])('is ignored: %j', (change) => {
    expect(isChange(change)).toBe(false);
  });
});
