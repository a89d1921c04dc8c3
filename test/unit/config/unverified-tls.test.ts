import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { resolveOptions } from '../../../src/config/resolve-options.js';
import { BankAuthConfigError } from '../../../src/errors/index.js';

const { NODE_TLS_REJECT_UNAUTHORIZED: before } = process.env;
beforeEach(() => {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
});
afterEach(() => {
  if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
});

const credentials = { clientId: 'id', clientSecret: 'secret' };

function problems(environment: string, provider: object = {}): readonly string[] {
  const providers = { 'bog-payments': { ...credentials, ...provider } };
  try {
    resolveOptions({ environment, providers }, ['bog-payments']);
  } catch (error) {
    return (error as BankAuthConfigError).problems;
  }
  return [];
}

const REFUSED = [
  expect.stringMatching(
    /^NODE_TLS_REJECT_UNAUTHORIZED is 0 in the environment, which is refused in production: /,
  ),
];
const own = { tokenUrl: 'https://bank.example/token', apiBaseUrl: 'https://bank.example' };

test('NODE_TLS_REJECT_UNAUTHORIZED=0 is refused in production, of the module or of one provider', () => {
  expect(problems('production')).toEqual(REFUSED);
  expect(problems('sandbox', { environment: 'production' })).toEqual(REFUSED);
  expect(problems('production', { ...own, environment: 'sandbox' })).toEqual(REFUSED);
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0 is reported with all other problems', () => {
  expect(problems('production', { clientId: '' })).toEqual(
    [expect.stringContaining('clientId'), ...REFUSED].reverse(),
  );
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0 is accepted where nothing is in production', () => {
  expect(problems('sandbox', own)).toEqual([]);
  expect(problems('sandbox', { ...own, environment: 'production', enabled: false })).toEqual([]);
});

test('another value of NODE_TLS_REJECT_UNAUTHORIZED, or none, is accepted in production', () => {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '1';
  expect(problems('production')).toEqual([]);
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  expect(problems('production')).toEqual([]);
});
