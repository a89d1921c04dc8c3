import { describe, expect, test } from '@jest/globals';
import { firstValueFrom, NEVER } from 'rxjs';
import type { TokenStore } from '../../../../src/store/index.js';
import { GuardedStore } from '../../../../src/token/sharing/guarded-store.js';
import { SharedTokens } from '../../../../src/token/sharing/shared-tokens.js';
import { LogLines } from '../../../support/token-service.harness.js';
import { VirtualClock } from '../../../support/virtual-clock.js';

const YEAR = 31_536_000_000;
const LONGEST = 'x'.repeat(1_000);
const token = {
  fingerprint: 'f1',
  value: 'opaque~token',
  scopes: ['read', 'write'],
  issuedAt: 0,
  lifetime: 3_600_000,
  credentialsVersion: 'v1',
};

/** What is taken from a store in which this stands. */
function readFrom(found: unknown) {
  const store = { read: async () => found } as unknown as TokenStore;
  const guarded = new GuardedStore(store, new VirtualClock(), new LogLines());
  const shared = new SharedTokens(guarded, 'key', NEVER);
  return firstValueFrom(shared.read());
}

describe('the content of a store is accepted if it is', () => {
  test('a token with its age', async () => {
    const found = { token, ageMs: 1_000 };
    expect(await readFrom(found)).toBe(found);
  });

  test.each([
    ['that was asked for just now', { token, ageMs: 0 }],
    ['without scopes', { token: { ...token, scopes: [] }, ageMs: 1 }],
    ['of a thousand scopes', { token: { ...token, scopes: Array(1_000).fill('read') }, ageMs: 1 }],
    ['with a fingerprint of 1000 characters', { token: { ...token, fingerprint: LONGEST }, ageMs: 1 }],
    ['of almost a year', { token: { ...token, lifetime: YEAR - 1 }, ageMs: YEAR - 1 }],
  ])('a token %s', async (_what, found) => {
    expect(await readFrom(found)).toBe(found);
  });

  test.each([[undefined], [null], [7], ['opaque~token'], [{}], [{ token: null, ageMs: 1 }], [{ ageMs: 1 }]])(
    'well-formed, not %j',
    async (found) => {
      expect(await readFrom(found)).toBeUndefined();
    },
  );

  test.each<[string, object]>([
    ['that is empty', { value: '' }],
    ['that is no string', { value: 7 }],
    ['that begins with a line break', { value: '\r\ntoken' }],
    ['that ends with a line break', { value: 'token\r\nX-Evil: 1' }],
    ['with a space in it', { value: 'to ken' }],
    ['beyond ASCII', { value: 'tokén' }],
    ['without a fingerprint', { fingerprint: undefined }],
    ['with a number for a fingerprint', { fingerprint: 7 }],
    ['without scopes', { scopes: undefined }],
    ['with a string for scopes', { scopes: 'read' }],
    ['with a fingerprint of 1001 characters', { fingerprint: `${LONGEST}x` }],
    ['with a fingerprint of two lines', { fingerprint: 'f1\nf2' }],
    ['with a scope that is no string', { scopes: ['read', 7] }],
    ['with a scope of two lines', { scopes: ['read', 'wri\nte'] }],
    ['of more than a thousand scopes', { scopes: Array(1_001).fill('read') }],
    ['without a lifetime', { lifetime: undefined }],
    ['with a string for a lifetime', { lifetime: '3600000' }],
    ['that would have expired before it was asked for', { lifetime: -1 }],
    ['that lives a year or more', { lifetime: YEAR }],
    ['that lives for ever', { lifetime: Number.POSITIVE_INFINITY }],
    ['whose lifetime is no number', { lifetime: Number.NaN }],
  ])('a valid token, not one %s', async (_what, part) => {
    expect(await readFrom({ token: { ...token, ...part }, ageMs: 1_000 })).toBeUndefined();
  });

  test.each([[undefined], ['1000'], [-1], [Number.NaN], [YEAR]])(
    'a token of a valid age, not %j',
    async (ageMs) => {
      expect(await readFrom({ token, ageMs })).toBeUndefined();
    },
  );
});
