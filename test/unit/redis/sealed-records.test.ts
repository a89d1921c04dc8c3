import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type EncryptionKey, EncryptionKeys } from '../../../src/redis/encryption-keys.js';
import { digestOf, isKeyId, open, seal } from '../../../src/redis/record-cipher.js';
import { openRecord, sealRecord } from '../../../src/redis/sealed-records.js';

const keyOf = (bytes: Buffer): EncryptionKey =>
  new EncryptionKeys({ encryptionKey: bytes.toString('base64') }).current;
const [OURS, THEIRS] = [keyOf(randomBytes(32)), keyOf(randomBytes(32))];

const TOKEN = {
  fingerprint: 'f',
  value: 'v',
  scopes: ['read'],
  issuedAt: 1,
  lifetime: 2,
  credentialsVersion: 'c',
};
const RECORD = { token: TOKEN, order: 3, askedAt: 4 };

describe('a sealed value', () => {
  test('opens with its key in its context', () => {
    for (const value of [{ a: ['ä', 1, null] }, 'x', 7]) {
      expect(open(seal(value, OURS, ['a', 'b']), OURS, ['a', 'b'])).toEqual(value);
    }
  });

  test('opens with no other key, and in no other context', () => {
    const sealed = seal('x', OURS, ['a', 'b']);
    expect(open(sealed, THEIRS, ['a', 'b'])).toBeUndefined();
    for (const place of [['a'], ['b', 'a'], ['ab'], ['a', 'b', ''], ['a,b'], []]) {
      expect(open(sealed, OURS, place)).toBeUndefined();
    }
  });

  test('never looks the same twice', () => {
    expect(seal('x', OURS, [])).not.toBe(seal('x', OURS, []));
  });

  test('does not open with a changed bit, nor if it is shorter or longer', () => {
    const sealed = seal('x', OURS, []);
    const bytes = Buffer.from(sealed, 'base64url');
    for (const at of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(open(changed.toString('base64url'), OURS, [])).toBeUndefined();
      expect(open(bytes.subarray(0, at).toString('base64url'), OURS, [])).toBeUndefined();
    }
    for (const other of [`${sealed}A`, `${sealed}=`, ` ${sealed}`, `${sealed}\n`, '', 'ä']) {
      expect(open(other, OURS, [])).toBeUndefined();
    }
  });
});

test('a digest belongs to one fingerprint under one key', () => {
  expect(digestOf('f', OURS)).toBe(digestOf('f', OURS));
  expect(new Set([digestOf('f', OURS), digestOf('g', OURS), digestOf('f', THEIRS)]).size).toBe(3);
});

test('a key id has twelve letters of base64url', () => {
  expect(isKeyId(OURS.id)).toBe(true);
  for (const text of [OURS.id.slice(1), `${OURS.id}A`, `${OURS.id}\n`, `${OURS.id.slice(1)}.`, '']) {
    expect(isKeyId(text)).toBe(false);
  }
});

// Else replicas of two versions would neither read nor believe each other.
test('a record of the second form opens in every version with this form', () => {
  const key = keyOf(Buffer.alloc(32, 7));
  expect(key.id).toBe('r2KgnUIbNNt1');
  expect(digestOf('a fingerprint', key)).toBe('immDa1W0_Gmc2MSfHK5_CC8idj9a7Nu2888qx4OA8Vo');
  const sealed =
    'l7dXvsDy4UWlkIQ_v1tmQZ70ciJ77OQQw_uI_EoDN8AVxbBNrKT6hAgqUDYvS9X9r3lsoA8JZJqIzD-vyVYXl6P3Gnfi2XtNV3_PWoflFMSbklDa' +
    'xKnMk3pEnIj884oZf8Xj4OKANS06BXM_r53K9uu3r38PacuutpAf-7uJGSYMPeN3NCjDC1Aj9zYqlHl0VWR-KKi6GXPBXQ39TGMAvQ';
  expect(openRecord('token', sealed, key, 'a-place')).toEqual(RECORD);
});

describe('a sealed record', () => {
  const FAILURE = {
    failure: { kind: 'rejected' as const, reason: 'no', status: 401, by: 'one' },
    order: 0,
    at: 1,
    forMs: 2,
  };
  const MESSAGE = { change: { type: 'resumed' as const }, order: 0, at: 1 };

  test('opens for its use in its context, and for no other', () => {
    const sealed = sealRecord('token', RECORD, OURS, 'here');
    expect(openRecord('token', sealed, OURS, 'here')).toEqual(RECORD);
    expect(openRecord('token', sealed, OURS, 'there')).toBeUndefined();
    expect(openRecord('failure', sealed, OURS, 'here')).toBeUndefined();
    expect(openRecord('failure', sealRecord('failure', FAILURE, OURS, 'x'), OURS, 'x')).toEqual(FAILURE);
    expect(openRecord('message', sealRecord('message', MESSAGE, OURS, 'x'), OURS, 'x')).toEqual(MESSAGE);
  });

  test.each<['token' | 'failure' | 'message', unknown]>([
    ['token', null],
    ['token', 'text'],
    ['token', { ...RECORD, token: null }],
    ['token', { ...RECORD, token: 'v' }],
    ['token', { token: TOKEN, askedAt: 4 }],
    ['token', { ...RECORD, order: '3' }],
    ['token', { ...RECORD, order: -1 }],
    ['token', { ...RECORD, askedAt: undefined }],
    ['failure', { ...FAILURE, order: undefined }],
    ['failure', { ...FAILURE, at: -1 }],
    ['failure', { ...FAILURE, forMs: null }],
    ['message', { ...MESSAGE, order: undefined }],
    ['message', { ...MESSAGE, at: undefined }],
    ['message', { ...MESSAGE, change: undefined, token: TOKEN, failure: {} }],
  ])('of a %s is ignored with the content %j', (kind, content) => {
    expect(openRecord(kind, seal(content, OURS, [kind, 'x']), OURS, 'x')).toBeUndefined();
  });
});
