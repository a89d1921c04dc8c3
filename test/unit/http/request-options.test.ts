import { describe, expect, test } from '@jest/globals';
import { type BankAuthConfigError, isBankAuthError } from '../../../src/errors/index.js';
import { checkRequestOptions } from '../../../src/http/request-options.js';

function problem(options: unknown): BankAuthConfigError {
  try {
    checkRequestOptions('a-bank', options);
  } catch (error) {
    expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
    expect(error).toMatchObject({ provider: 'a-bank', requestSent: false });
    return error as BankAuthConfigError;
  }
  throw new Error('nothing was found wrong');
}

test.each([[undefined], [{}], [{ replay: true }], [{ replay: false }], [{ replay: undefined }]])(
  'a request may say %j',
  (options) => {
    expect(() => checkRequestOptions('a-bank', options)).not.toThrow();
  },
);

test.each([[null], ['merchant'], [1], [true], [() => undefined]])(
  'what is no object is refused before anything is sent: %p',
  (options) => {
    expect(problem(options).message).toBe('a-bank: bankAuth must be an object, so no request was sent.');
  },
);

test.each([['false'], [0], [null], [{}]])('replay is true or false, not %j', (replay) => {
  expect(problem({ replay }).message).toBe(
    'a-bank: bankAuth.replay must be true or false, so no request was sent.',
  );
});

describe('a merchant key', () => {
  test.each([[''], [undefined], [null]])(
    'that is given but empty is never the own credentials: %j',
    (merchant) => {
      const error = problem({ merchant, replay: true });
      expect(error.message).toBe(
        "a-bank: a merchant key is given but empty, so nothing was sent. Leave the key out for the provider's own credentials.",
      );
      expect(error.merchant).toBe('');
    },
  );

  test.each([[7], [{}], [['shop']], [Symbol('shop')], [new String('shop')]])(
    'is a text, not %p',
    (merchant) => {
      expect(problem({ merchant }).message).toBe(
        'a-bank: a merchant key must be a text, so nothing was sent.',
      );
    },
  );

  test('is of a length that makes sense', () => {
    expect(() => checkRequestOptions('a-bank', { merchant: 'x'.repeat(1_024) })).not.toThrow();
    expect(problem({ merchant: 'x'.repeat(1_025) }).message).toBe(
      'a-bank: a merchant key has at most 1024 characters, so nothing was sent.',
    );
  });
});
