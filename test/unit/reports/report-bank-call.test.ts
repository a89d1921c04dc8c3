import { describe, expect, test } from '@jest/globals';
import { BankAuthConfigError } from '../../../src/errors/index.js';
import { bankCallOf, isSafeToRepeat, reportBankCall } from '../../../src/reports/index.js';

const provider = 'a-bank';

describe('reportBankCall()', () => {
  test('says of a call of which only the provider is given that nothing is known', () => {
    const outcome = new Error('reset');
    expect(reportBankCall(outcome, { provider })).toBe(outcome);
    expect(bankCallOf(outcome)).toStrictEqual({
      provider,
      merchant: 'default',
      delivery: 'unknown',
      attempts: 1,
      tokenRefused: false,
      replayed: false,
      waitedForToken: 0,
    });
    expect(Object.isFrozen(bankCallOf(outcome))).toBe(true);
    expect(isSafeToRepeat(outcome)).toBe(false);
  });

  test('says what it is told', () => {
    const said = {
      merchant: 'a shop',
      delivery: 'unknown',
      status: 503,
      attempts: 2,
      tokenRefused: true,
      replayed: true,
      waitedForToken: 7,
    } as const;
    const outcome = reportBankCall({}, { provider, ...said, repeatable: true });
    expect(bankCallOf(outcome)).toStrictEqual({ provider, ...said });
    expect(isSafeToRepeat(outcome)).toBe(true);
  });

  test('takes a status for an answer', () => {
    const refused = Object.assign(new Error(), { code: 'ECONNREFUSED' });
    const outcome = reportBankCall(refused, { provider, status: 500 });
    expect(bankCallOf(outcome)).toMatchObject({ delivery: 'answered', status: 500 });
    expect(isSafeToRepeat(outcome)).toBe(false);
  });

  test.each([
    [
      'an error of this package that says so',
      new BankAuthConfigError('', { requestSent: false }),
      'not-sent',
    ],
    [
      'an error of this package that says the opposite',
      new BankAuthConfigError('', { requestSent: true }),
      'unknown',
    ],
    ['an error by whose code it was not', Object.assign(new Error(), { code: 'ENOTFOUND' }), 'not-sent'],
    [
      'an error by whose code it may have been',
      Object.assign(new Error(), { code: 'ECONNRESET' }),
      'unknown',
    ],
    ['a response without a status', {}, 'unknown'],
  ] as const)('takes %s for a request that was: %s', (_what, outcome, delivery) => {
    expect(bankCallOf(reportBankCall(outcome, { provider }))?.delivery).toBe(delivery);
    expect(isSafeToRepeat(outcome)).toBe(delivery === 'not-sent');
  });

  test('leaves alone what is no object', () => {
    expect(reportBankCall('text', { provider })).toBe('text');
    expect(bankCallOf('text')).toBeUndefined();
  });
});
