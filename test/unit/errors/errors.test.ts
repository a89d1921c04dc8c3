import { inspect } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import {
  BankAuthConfigError,
  BankAuthError,
  type BankAuthErrorCode,
  CredentialsRejectedError,
  InvalidTokenResponseError,
  isBankAuthError,
  TokenEndpointUnavailableError,
  UntrustedOriginError,
} from '../../../src/errors/index.js';
import * as root from '../../../src/index.js';

const classes = [
  ['BankAuthConfigError', BankAuthConfigError, 'BANK_AUTH_CONFIG', false],
  ['CredentialsRejectedError', CredentialsRejectedError, 'BANK_AUTH_CREDENTIALS_REJECTED', false],
  ['TokenEndpointUnavailableError', TokenEndpointUnavailableError, 'BANK_AUTH_UNAVAILABLE', true],
  ['InvalidTokenResponseError', InvalidTokenResponseError, 'BANK_AUTH_INVALID_RESPONSE', false],
  ['UntrustedOriginError', UntrustedOriginError, 'BANK_AUTH_UNTRUSTED_ORIGIN', false],
] as const;
const codes = classes.map(([, , code]) => code);

const details = {
  provider: 'bog-payments',
  merchant: 'shop',
  retryAfterMs: 1_500,
  status: 503,
  requestSent: true,
};

describe.each(classes)('%s', (name, Class, code, retryable) => {
  test('is an Error with a name and a code of its own', () => {
    const error = new Class('something happened', {});
    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(BankAuthError);
    expect(error).toMatchObject({ name, code, message: 'something happened', retryable });
    expect(String(error)).toBe(`${name}: something happened`);
    expect(error.stack).toContain(`${name}: something happened`);
    expect(error.stack).toContain('errors.test.ts');
  });

  test('carries the known facts', () => {
    expect(new Class('m', details)).toMatchObject(details);
  });

  test('leaves out unknown facts: no status, no time, and no request that left', () => {
    const error = new Class('m', {});
    expect(error).toMatchObject({ provider: '', merchant: '', requestSent: false });
    expect(Object.keys(error)).not.toContain('status');
    expect(Object.keys(error)).not.toContain('retryAfterMs');
    expect(error.cause).toBeUndefined();
  });

  test('is exported by the package', () => {
    expect((root as Record<string, unknown>)[name]).toBe(Class);
  });

  test('reads well in JSON, with everything an API needs and no stack', () => {
    const json = JSON.parse(JSON.stringify(new Class('m', details)));
    expect(json).toMatchObject({ name, code, retryable, ...details });
    expect(json).not.toHaveProperty('stack');
    expect(json).not.toHaveProperty('cause');
  });

  test('shows its fields when it is inspected, and has no others', () => {
    const shown = inspect(new Class('m', details), { depth: Number.POSITIVE_INFINITY, showHidden: true });
    expect(shown).toContain(`${name}: m`);
    expect(shown).toContain(code);
    expect(shown).toContain('bog-payments');
    const own = Reflect.ownKeys(new Class('m', details)).filter((key) => key !== 'problems');
    expect(own.sort()).toEqual(
      ['stack', 'message', 'name', 'code', 'retryable', ...Object.keys(details)].sort(),
    );
  });

  test('is recognised by its code alone, and by no other', () => {
    const error: unknown = new Class('m', {});
    expect(isBankAuthError(error)).toBe(true);
    for (const other of codes) expect(isBankAuthError(error, other)).toBe(other === code);
  });

  test('is recognised also as a subclass of the user', () => {
    class Own extends (Class as typeof BankAuthConfigError) {}
    expect(isBankAuthError(new Own('m'), code)).toBe(true);
    expect(new Own('m').name).toBe('Own');
  });
});

describe('the flag retryable', () => {
  test('cannot be claimed for a rejection, an unusable answer or a foreign origin, nor taken from an outage', () => {
    expect(new CredentialsRejectedError('m', { retryable: true }).retryable).toBe(false);
    expect(new InvalidTokenResponseError('m', { retryable: true }).retryable).toBe(false);
    expect(new UntrustedOriginError('m', { retryable: true }).retryable).toBe(false);
    expect(new TokenEndpointUnavailableError('m', { retryable: false }).retryable).toBe(true);
  });

  test('can be claimed for a configuration that may be corrected meanwhile', () => {
    expect(new BankAuthConfigError('m', { retryable: true }).retryable).toBe(true);
  });
});

describe('a configuration error', () => {
  test('lists its problems, or is its only problem', () => {
    expect(new BankAuthConfigError('m', { problems: ['a', 'b'] }).problems).toEqual(['a', 'b']);
    expect(new BankAuthConfigError('m').problems).toEqual(['m']);
  });
});

describe('isBankAuthError', () => {
  test.each([
    undefined,
    null,
    '',
    'BANK_AUTH_CONFIG',
    0,
    new Error('BANK_AUTH_CONFIG'),
    new TypeError('m'),
    {},
    { code: 'BANK_AUTH_CONFIG', provider: '', retryable: false },
    Object.assign(new Error('m'), { code: 'BANK_AUTH_CONFIG', name: 'BankAuthConfigError' }),
    () => undefined,
    Symbol('m'),
  ])('is false for anything else: %p', (value) => {
    expect(isBankAuthError(value)).toBe(false);
    for (const code of codes) expect(isBankAuthError(value, code)).toBe(false);
  });

  test('is not disturbed by getters of foreign errors', () => {
    const hostile = new Proxy({}, { get: () => undefined });
    expect(isBankAuthError(hostile)).toBe(false);
  });

  test('is false for an unknown code', () => {
    expect(isBankAuthError(new BankAuthConfigError('m'), 'OTHER' as BankAuthErrorCode)).toBe(false);
  });

  test('recognises errors of another copy of the package, which instanceof does not', async () => {
    jest.resetModules();
    const copy: typeof import('../../../src/errors/index.js') = await import('../../../src/errors/index.js');
    expect(copy.BankAuthError).not.toBe(BankAuthError);
    for (const [name, Class, code] of classes) {
      const Copied = copy[name] as typeof BankAuthConfigError;
      const theirs: unknown = new Copied('m', details);
      expect(theirs).not.toBeInstanceOf(Class);
      expect(isBankAuthError(theirs, code)).toBe(true);
      expect(copy.isBankAuthError(new (Class as typeof BankAuthConfigError)('m'), code)).toBe(true);
    }
  });
});
