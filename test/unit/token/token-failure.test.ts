import { describe, expect, test } from '@jest/globals';
import {
  codeOf,
  errorOf,
  isTokenFailure,
  type TokenFailure,
  tokenFailure,
  unusableCredentials,
  whoIs,
} from '../../../src/token/token-failure.js';

const context = {
  provider: 'a-bank',
  merchant: 'default',
  endpoint: 'https://bank.example/token',
  who: 'a-bank',
  credentialsFrom: 'A_BANK_CLIENT_ID and A_BANK_CLIENT_SECRET',
};
const rejected: TokenFailure = { kind: 'rejected', reason: 'HTTP 401', status: 401 };

describe('the message of an error says what happened, where, what to do and when it is tried again:', () => {
  test.each<[TokenFailure, string]>([
    [
      rejected,
      'a-bank: the bank refused the credentials at https://bank.example/token (HTTP 401). Check A_BANK_CLIENT_ID ' +
        'and A_BANK_CLIENT_SECRET, and that they belong to this product and environment. ' +
        'The next token request is allowed in 60 s.',
    ],
    [
      { kind: 'unavailable', reason: 'ECONNRESET' },
      'a-bank: no token from https://bank.example/token (ECONNRESET). Nothing to do if the bank is down; ' +
        'otherwise check the network between. The next token request is allowed in 60 s.',
    ],
    [
      { kind: 'invalid', reason: 'HTTP 404', status: 404 },
      'a-bank: https://bank.example/token answered something that is no token (HTTP 404). Check the token URL and ' +
        'the bank definition, then ask the bank. The next token request is allowed in 60 s.',
    ],
    [
      { kind: 'credentials-unreadable', reason: 'ENOENT: /run/secrets/bank' },
      'a-bank: the credentials could not be read (ENOENT: /run/secrets/bank). ' +
        'The next token request is allowed in 60 s.',
    ],
  ])('%j', (failure, message) => {
    expect(errorOf(failure, context, 60_000).message).toBe(message);
  });

  test('a call during a cool-down is told that it sent nothing', () => {
    expect(errorOf(rejected, context, 60_000, true).message).toMatch(
      / This call sent no token request: it failed just before, and the next one is allowed in 60 s\.$/,
    );
  });

  test('a merchant of its own is named', () => {
    const merchant = 'shop "7"';
    const error = errorOf(rejected, { ...context, merchant, who: whoIs('a-bank', merchant) }, 0);
    expect(error.message).toMatch(/^a-bank \(merchant "shop \\"7\\""\): the bank refused/);
    expect(error).toMatchObject({ provider: 'a-bank', merchant: 'shop "7"' });
  });

  test.each([
    [-5, '0 ms'],
    [0, '0 ms'],
    [0.2, '1 ms'],
    [999, '999 ms'],
    [1_000, '1 s'],
    [1_001, '2 s'],
    [59_999.5, '60 s'],
  ])('%d ms are %s', (milliseconds, text) => {
    expect(errorOf(rejected, context, milliseconds).message.endsWith(` in ${text}.`)).toBe(true);
  });

  test('whoever waits as long as it says does not come too early', () => {
    expect(errorOf(rejected, context, 999.5).retryAfterMs).toBe(1_000);
  });
});

test('the status of the answer is told where there was one', () => {
  expect(errorOf(rejected, context, 0).status).toBe(401);
  expect(errorOf({ kind: 'unavailable', reason: 'ECONNRESET' }, context, 0)).not.toHaveProperty('status');
});

test('a failure of ours is known; what only looks like one is not', () => {
  const failure = tokenFailure({ kind: 'unavailable', reason: 'HTTP 503' });
  expect(isTokenFailure(failure)).toBe(true);
  for (const other of [{ ...failure }, new Error('HTTP 503'), undefined, null, 'unavailable', 7]) {
    expect(isTokenFailure(other)).toBe(false);
  }
});

test('a code is one of Node.js, or is not shown', () => {
  expect(codeOf({ code: 'ECONNRESET' })).toBe('ECONNRESET');
  for (const code of ['no_code', '', 7, ['ECONNRESET'], undefined]) expect(codeOf({ code })).toBeUndefined();
  for (const error of [undefined, null, 'ECONNRESET']) expect(codeOf(error)).toBeUndefined();
});

test('credentials that cannot be used are said so, with a code where there is one, and nothing of them', () => {
  const error = Object.assign(new Error('-----BEGIN PRIVATE KEY'), { code: 'ERR_OSSL_UNSUPPORTED' });
  expect(unusableCredentials('the key', error)).toEqual({
    kind: 'credentials-unreadable',
    reason: 'the key cannot be used, ERR_OSSL_UNSUPPORTED',
  });
  expect(unusableCredentials('the key', new Error('-----BEGIN PRIVATE KEY'))).toEqual({
    kind: 'credentials-unreadable',
    reason: 'the key cannot be used',
  });
});
