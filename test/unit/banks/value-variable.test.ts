import { describe, expect, test } from '@jest/globals';
import { isValueName, upperSnakeCase, valueVariable } from '../../../src/banks/value-variable.js';

describe('the name of a value', () => {
  test.each(['a', 'accountId', 'X-1_y', 'a'.repeat(40)])('may be %s', (name) => {
    expect(isValueName(name)).toBe(true);
  });

  test.each(['', '1a', '-a', '!accountId', 'account id', 'accountId!', 'å', 'a'.repeat(41)])(
    'may not be %j: it may be a misplaced secret',
    (name) => {
      expect(isValueName(name)).toBe(false);
    },
  );
});

describe('an environment variable is named after', () => {
  test.each([
    ['bog-payments', 'BOG_PAYMENTS'],
    ['accountId', 'ACCOUNT_ID'],
    ['v2Key', 'V2_KEY'],
    ['tbcTPay', 'TBC_TPAY'],
    ['a.-b', 'A_B'],
    ['IBAN', 'IBAN'],
  ])('%s: %s', (name, variable) => {
    expect(upperSnakeCase(name)).toBe(variable);
    expect(valueVariable(name)).toBe(`VALUE_${variable}`);
  });
});
