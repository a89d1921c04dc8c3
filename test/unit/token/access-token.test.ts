import { expect, test } from '@jest/globals';
import { AccessToken, secretsOf } from '../../../src/token/access-token.js';
import { Harness } from '../../support/token-service.harness.js';

test('AccessToken states its instants in whole milliseconds, never later than they are', () => {
  const token = new AccessToken({
    provider: 'a-bank',
    value: 'x',
    headers: {},
    scopes: [],
    issuedAt: 1_000.75,
    expiresAt: 4_600_999.999,
  });
  expect([token.issuedAt, token.expiresAt]).toEqual([1_000, 4_600_999]);
  expect(JSON.parse(JSON.stringify(token))).toMatchObject({ issuedAt: 1_000, expiresAt: 4_600_999 });
});

const parts = { provider: 'a-bank', value: 'opaque', scopes: ['a'], issuedAt: 0, expiresAt: 1_000 };

test('AccessToken has the headers it was made with, and its value, whether or not Bearer is all there is', () => {
  const ways: Record<string, string>[] = [
    { Authorization: 'Bearer opaque' },
    { Authorization: 'Bearer opaque', apikey: 'key' },
    { Authorization: 'Bearer another' },
    { 'X-Token': 'opaque' },
  ];
  for (const headers of ways) {
    const token = new AccessToken({ ...parts, headers });
    expect([token.value, token.headers]).toEqual(['opaque', headers]);
    expect([Object.isFrozen(token), Object.isFrozen(token.headers)]).toEqual([true, true]);
  }
});

test('AccessToken keeps scopes from being changed, and shares a list that cannot be', () => {
  const scopes = ['a'];
  const token = new AccessToken({ ...parts, headers: {}, scopes });
  scopes.push('b');
  expect(token.scopes).toEqual(['a']);
  expect(Object.isFrozen(token.scopes)).toBe(true);
  const frozen = Object.freeze(['a']);
  expect(new AccessToken({ ...parts, headers: {}, scopes: frozen }).scopes).toBe(frozen);
});

test('secretsOf() has all that a bank may repeat of a token and of what it was obtained with', () => {
  const made = (secrets?: { clientSecret: string; apiKey?: string }) =>
    secretsOf(new AccessToken({ ...parts, headers: {}, ...(secrets && { secrets }) }));
  expect(made()).toStrictEqual(['opaque']);
  expect(made({ clientSecret: 'secret' })).toStrictEqual(['opaque', 'secret']);
  expect(made({ clientSecret: 'secret', apiKey: 'key' })).toStrictEqual(['opaque', 'secret', 'key']);
});

test('TokenService.status states whole milliseconds where the bank states a decimal lifetime', async () => {
  const harness = new Harness();
  harness.bank.issues(123_456.789);
  await harness.service.getAccessToken();
  const { expiresAt, refreshAt } = harness.service.status;
  expect([expiresAt, refreshAt].map(Number.isInteger)).toEqual([true, true]);
});
