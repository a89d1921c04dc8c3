import { describe, expect, test } from '@jest/globals';
import {
  type BankCallReport,
  bankCallOf,
  isSafeToRepeat,
  keepReport,
  type ReportedCall,
} from '../../../src/reports/index.js';

const REPORT: BankCallReport = {
  provider: 'a-bank',
  merchant: 'default',
  delivery: 'unknown',
  attempts: 1,
  tokenRefused: false,
  replayed: false,
  waitedForToken: 0,
};

const ofCall = (said: Partial<BankCallReport> = {}, repeatable = false): ReportedCall => ({
  report: () => ({ ...REPORT, ...said }),
  isRepeatable: () => repeatable,
});

/** What several calls ended with, in this order. */
function sharedBy(...calls: readonly ReportedCall[]): Error {
  const outcome = new Error('aborted');
  for (const call of calls) keepReport(call, outcome);
  return outcome;
}

const bothOrders = <T>(one: T, other: T): readonly [T, T][] => [
  [one, other],
  [other, one],
];

describe('bankCallOf() of an error that several calls have ended with', () => {
  test.each([
    ['not-sent', 'not-sent', 'not-sent'],
    ['not-sent', 'answered', 'answered'],
    ['not-sent', 'unknown', 'unknown'],
    ['answered', 'unknown', 'unknown'],
    ['answered', 'answered', 'answered'],
  ] as const)('of "%s" and "%s" says the least certain: "%s"', (one, other, delivery) => {
    for (const [first, last] of bothOrders(one, other)) {
      const outcome = sharedBy(ofCall({ delivery: first }), ofCall({ delivery: last }));
      expect(bankCallOf(outcome)?.delivery).toBe(delivery);
    }
  });

  test('says a status only where it is that of all calls', () => {
    const answered = (status: number) => ofCall({ delivery: 'answered', status });
    expect(bankCallOf(sharedBy(answered(500), answered(500)))).toStrictEqual({
      ...REPORT,
      delivery: 'answered',
      status: 500,
    });
    const unsent = ofCall({ delivery: 'not-sent' });
    for (const [one, other] of [
      ...bothOrders(answered(500), answered(200)),
      ...bothOrders(answered(500), unsent),
    ])
      expect(bankCallOf(sharedBy(one, other))).toStrictEqual({ ...REPORT, delivery: 'answered' });
    expect(bankCallOf(sharedBy(ofCall(), ofCall()))).toStrictEqual(REPORT);
  });

  test('says what happened to any of them, and the most of what is counted', () => {
    const eventful = { attempts: 2, tokenRefused: true, replayed: true, waitedForToken: 40 };
    for (const [one, other] of bothOrders(ofCall(eventful), ofCall({ attempts: 0 })))
      expect(bankCallOf(sharedBy(one, other))).toStrictEqual({ ...REPORT, ...eventful });
    const calm = bankCallOf(sharedBy(ofCall(), ofCall()));
    expect(calm).toMatchObject({ tokenRefused: false, replayed: false });
    expect(Object.isFrozen(calm)).toBe(true);
  });

  test('is for the last call as far as it names one', () => {
    const outcome = sharedBy(ofCall(), ofCall({ provider: 'another', merchant: 'a shop' }));
    expect(bankCallOf(outcome)).toMatchObject({ provider: 'another', merchant: 'a shop' });
  });

  test('follows a call that ends with the same error twice, as it goes on', () => {
    let attempts = 0;
    const call: ReportedCall = { report: () => ({ ...REPORT, attempts }), isRepeatable: () => false };
    const outcome = sharedBy(call, call);
    attempts = 2;
    expect(bankCallOf(outcome)?.attempts).toBe(2);
  });
});

describe('isSafeToRepeat() of an error that several calls have ended with', () => {
  test.each([
    [true, true, true],
    [true, false, false],
    [false, false, false],
  ])('is what holds for each of them: %s and %s give %s', (one, other, isSafe) => {
    for (const [first, last] of bothOrders(one, other))
      expect(isSafeToRepeat(sharedBy(ofCall({}, first), ofCall({}, last)))).toBe(isSafe);
  });
});

describe('bankCallOf() of an error that nobody has kept', () => {
  const call = ofCall({ provider: 'found' });
  const kept = {};
  keepReport(call, kept);

  test.each([
    ['response', { response: kept }],
    ['configuration', { config: kept }],
    ['configuration, where its response is of no call', { response: {}, config: kept }],
    ['response, before its configuration', { response: kept, config: {} }],
  ])('is that of its %s', (_member, error) => {
    expect(bankCallOf(error)?.provider).toBe('found');
  });

  test('is undefined where its response and configuration are no objects', () => {
    expect(bankCallOf({ response: 'text', config: 1 })).toBeUndefined();
    expect(bankCallOf(kept)?.provider).toBe('found');
  });
});

test('bankCallOf() knows a function that a call has ended with, and leaves strings alone', () => {
  const thrown = () => undefined;
  keepReport(ofCall(), thrown);
  keepReport(ofCall(), 'text');
  expect(bankCallOf(thrown)).toEqual(REPORT);
  expect(bankCallOf('text')).toBeUndefined();
});
