import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { type BankAuthConfigError, isBankAuthError } from '../../../src/errors/index.js';
import { checkAttachOptions, checkRequestOptions } from '../../../src/http/request-options.js';

function problem(options: unknown, check = checkRequestOptions): BankAuthConfigError {
  try {
    check('a-bank', options);
  } catch (error) {
    expect(isBankAuthError(error, 'BANK_AUTH_CONFIG')).toBe(true);
    expect(error).toMatchObject({ provider: 'a-bank', requestSent: false });
    return error as BankAuthConfigError;
  }
  throw new Error('nothing was found wrong');
}

test.each([
  [undefined],
  [{}],
  [{ replay: true }],
  [{ replay: false }],
  [{ replay: undefined }],
  [{ merchant: 'shop-7', replay: true }],
  [Object.assign(Object.create(null), { merchant: 'shop-7' })],
  [runInNewContext("({ merchant: 'shop-7' })")],
])('the options %j of a request are accepted', (options) => {
  expect(() => checkRequestOptions('a-bank', options)).not.toThrow();
});

class Options {
  merchant = 'shop-7';
}

test.each([
  [null],
  ['merchant'],
  [1],
  [true],
  [() => undefined],
  [['shop-7']],
  [new Map([['merchant', 'shop-7']])],
  [new Date()],
  [new Options()],
  [Object.create({ merchant: 'shop-7' })],
  [Object.create(Object.assign(Object.create(null), { merchant: 'shop-7' }))],
])('an option that is no plain object is refused before anything is sent: %p', (options) => {
  expect(problem(options).message).toBe(
    'a-bank: bankAuth must be a plain object of merchant and replay, so no request was sent.',
  );
});

describe('a misspelt member of bankAuth', () => {
  test.each([
    ['merchantId', 'did you mean merchant?'],
    ['Merchant', 'did you mean merchant?'],
    ['merchnat', 'did you mean merchant?'],
    ['merchant ', 'did you mean merchant?'],
    ['replays', 'did you mean replay?'],
    ['account', 'it may contain only merchant and replay'],
  ])('%s is refused by its name', (name, meant) => {
    for (const options of [{ [name]: 'A' }, { merchant: 'A', replay: true, [name]: undefined }]) {
      expect(problem(options).message).toBe(
        `a-bank: bankAuth has no member "${name}", so no request was sent; ${meant}`,
      );
    }
  });

  test('is refused also as a symbol, or if it is not enumerable', () => {
    expect(problem({ [Symbol('merchant')]: 'A' }).message).toContain('has no member "Symbol(merchant)"');
    const hidden = Object.defineProperty({}, 'merchantKey', { value: 'A' });
    expect(problem(hidden).message).toContain('has no member "merchantKey"');
  });

  test('is named in a bounded length, without invisible characters', () => {
    const { message } = problem({ [`a\n\u001b[31m\u202e\u2028${'x'.repeat(1_000)}`]: 1 });
    expect(message).toContain('"a\\n\\u001b[31m\\u202e\\u2028');
    expect(message.length).toBeLessThan(200);
  });

  test('of attach() is refused, as is replay, which attach() does not know', () => {
    expect(() => checkAttachOptions('a-bank', { merchant: 'shop-7' })).not.toThrow();
    expect(problem({ mercant: 'A' }, checkAttachOptions).message).toBe(
      'a-bank: attach() options has no member "mercant", so nothing was attached; did you mean merchant?',
    );
    expect(problem({ replay: true }, checkAttachOptions).message).toBe(
      'a-bank: attach() options has no member "replay", so nothing was attached; it may contain only merchant',
    );
    expect(problem(new Map(), checkAttachOptions).message).toContain('must be a plain object of merchant,');
  });
});

describe('a polluted Object.prototype', () => {
  const pollute = (key: string, value: unknown) =>
    Object.defineProperty(Object.prototype, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });

  test.each([
    ['merchant', 7],
    ['replay', 'yes'],
    ['mercant', 'A'],
  ])('adds no member: %s', (key, value) => {
    pollute(key, value);
    try {
      expect(() => checkRequestOptions('a-bank', { replay: true })).not.toThrow();
      expect(() => checkRequestOptions('a-bank', {})).not.toThrow();
    } finally {
      delete (Object.prototype as Record<string, unknown>)[key];
    }
  });
});

test.each([['false'], [0], [null], [{}]])('replay is true or false, not %j', (replay) => {
  expect(problem({ replay }).message).toBe(
    'a-bank: bankAuth.replay must be true or false, so no request was sent.',
  );
});

describe('a merchant key in a request', () => {
  test.each([
    ['', 'empty', 'an empty column, header or variable'],
    [
      undefined,
      'undefined',
      'a property that is misspelt or not loaded, a request without a tenant, a missing "await"',
    ],
    [
      null,
      'null',
      'a property that is misspelt or not loaded, a request without a tenant, a missing "await"',
    ],
  ])(
    "that is empty never means the provider's own credentials, and the message says where to look: %j",
    (merchant, what, where) => {
      const error = problem({ merchant, replay: true });
      expect(error.message).toBe(
        `a-bank: a merchant key is given but ${what}, so nothing was sent. Check the source of the key: ${where}. ` +
          "To use the provider's own credentials, leave `merchant` out (docs/merchants.md).",
      );
      expect(error.merchant).toBe('');
    },
  );

  test.each([[7], [{}], [['shop']], [Symbol('shop')], [new String('shop')]])(
    'must be a string, not %p',
    (merchant) => {
      expect(problem({ merchant }).message).toBe(
        'a-bank: a merchant key must be a string, so nothing was sent.',
      );
    },
  );

  test('must be of a reasonable length', () => {
    expect(() => checkRequestOptions('a-bank', { merchant: 'x'.repeat(1_024) })).not.toThrow();
    expect(problem({ merchant: 'x'.repeat(1_025) }).message).toBe(
      'a-bank: a merchant key has at most 1024 characters, so nothing was sent.',
    );
  });
});
