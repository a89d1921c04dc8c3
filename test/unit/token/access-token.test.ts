import { expect, test } from '@jest/globals';
import { AccessToken } from '../../../src/token/access-token.js';
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

test('TokenService.status states whole milliseconds where the bank states a decimal lifetime', async () => {
  const harness = new Harness();
  harness.bank.issues(123_456.789);
  await harness.service.getAccessToken();
  const { expiresAt, refreshAt } = harness.service.status;
  expect([expiresAt, refreshAt].map(Number.isInteger)).toEqual([true, true]);
});
