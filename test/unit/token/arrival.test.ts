import { Agent } from 'node:https';
import { describe, expect, test } from '@jest/globals';
import { type BankDefinition, defineBank } from '../../../src/banks/index.js';
import { arrivalOf, fingerprintOf } from '../../../src/token/arrival.js';
import { START } from '../../support/machine.fixtures.js';

const asked: readonly string[] = Object.freeze(['payments', 'refunds']);
const credentials = {
  clientId: 'id',
  clientSecret: 'a-long-secret',
  apiKey: 'key-of-the-app',
  version: 'v1',
};
const agent = new Agent();
const agents = { forTokens: () => undefined, forResources: () => agent };

const bankOf = (more: Pick<BankDefinition, 'headers'> = {}) =>
  defineBank({
    id: 'a-bank',
    title: 'A bank',
    tokenUrl: {},
    apiBaseUrl: {},
    clientAuthentication: { method: 'client_secret_basic' },
    ...more,
  });

function arrive(scopes: readonly string[], bank = bankOf()) {
  const parts = { provider: 'a-bank', bank, environment: 'sandbox', scopes: asked } as const;
  return arrivalOf({ value: 'opaque', scopes, lifetime: 60_000 }, START, credentials, parts, agents);
}

describe('an arrived token', () => {
  test.each([
    ['one of those asked for', ['payments']],
    ['one more', ['payments', 'refunds', 'payouts']],
    ['another in the first place', ['payouts', 'refunds']],
    ['another in the last place', ['payments', 'payouts']],
    ['the same in another order', ['refunds', 'payments']],
    ['none', []],
  ])('has the scopes that the bank stated: %s', (_what, scopes) => {
    const { token, stored } = arrive(scopes);
    expect([token.scopes, stored.scopes]).toEqual([scopes, scopes]);
  });

  test('keeps no list of its own where it has the scopes that were asked for', () => {
    const { token, stored } = arrive(['payments', 'refunds']);
    expect(token.scopes).toBe(asked);
    expect(stored.scopes).toBe(asked);
  });

  test('has a Bearer header where the bank wants no others', () => {
    expect(arrive([]).token.headers).toEqual({ Authorization: 'Bearer opaque' });
  });

  test('has the headers that the definition makes of the token, the credentials and the environment', () => {
    const given: unknown[] = [];
    const headers = (...parameters: unknown[]) => {
      given.push(...parameters);
      return { 'X-Token': 'made' };
    };
    expect(arrive([], bankOf({ headers })).token.headers).toEqual({ 'X-Token': 'made' });
    expect(given).toEqual([
      { value: 'opaque' },
      expect.objectContaining({ clientId: 'id', apiKey: 'key-of-the-app' }),
      { environment: 'sandbox' },
    ]);
  });

  test('is told by what it is, since when, for how long, and with which credentials', () => {
    const { token, stored, since, source } = arrive([]);
    expect([token.issuedAt, token.expiresAt]).toEqual([START.wall, START.wall + 60_000]);
    expect(token.httpsAgent).toBe(agent);
    expect(stored).toEqual({
      fingerprint: fingerprintOf('opaque'),
      value: 'opaque',
      scopes: [],
      issuedAt: START.wall,
      lifetime: 60_000,
      credentialsVersion: 'v1',
    });
    expect([since, source]).toEqual([START, 'bank']);
  });

  test('has a fingerprint that tells nothing of it: SHA-256 in base64url', () => {
    expect(fingerprintOf('opaque')).toBe('bSKYhMEmi7CrMtjaMV0P5S-RRyKL2DCje8n7KKlUlA0');
  });
});
