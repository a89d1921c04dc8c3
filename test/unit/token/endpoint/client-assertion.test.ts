import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { jwtVerify } from 'jose';
import { signAssertion } from '../../../../src/token/endpoint/client-assertion.js';
import { isTokenFailure } from '../../../../src/token/token-failure.js';

const WALL = Date.UTC(2026, 0, 1) + 999;
const SECONDS = Date.UTC(2026, 0, 1) / 1000;

const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }) as string;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');

const credentials = (privateKey: string | undefined, keyId?: string) => ({
  clientId: 'the-id',
  clientSecret: '',
  version: 'v1',
  privateKey,
  ...(keyId === undefined ? {} : { keyId }),
});
const purpose = {
  algorithm: 'ES256',
  audience: 'https://bank.example',
  lifetime: 60_000,
  wall: WALL,
} as const;

async function verified(assertion: string, key: KeyObject = ec.publicKey) {
  return jwtVerify(assertion, key, { currentDate: new Date(WALL) });
}

describe('an assertion', () => {
  test('says who asks, of whom, and for how long, in whole seconds', async () => {
    const { payload, protectedHeader } = await verified(
      await signAssertion(credentials(pem(ec.privateKey)), purpose),
    );
    expect(protectedHeader).toStrictEqual({ alg: 'ES256', typ: 'JWT' });
    expect(payload).toStrictEqual({
      iss: 'the-id',
      sub: 'the-id',
      aud: 'https://bank.example',
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      iat: SECONDS,
      exp: SECONDS + 60,
    });
  });

  test('is never valid for less than was asked for, nor from later than now', async () => {
    const assertion = await signAssertion(credentials(pem(ec.privateKey)), { ...purpose, lifetime: 1_001 });
    expect((await verified(assertion)).payload).toMatchObject({ iat: SECONDS, exp: SECONDS + 2 });
  });

  test('names its key, where the bank knows it by a name', async () => {
    const assertion = await signAssertion(credentials(pem(ec.privateKey), 'key-1'), purpose);
    expect((await verified(assertion)).protectedHeader).toMatchObject({ kid: 'key-1' });
  });

  test('is for one request: no two are alike', async () => {
    const of = async () =>
      (await verified(await signAssertion(credentials(pem(ec.privateKey)), purpose))).payload.jti;
    expect(await of()).not.toBe(await of());
  });

  test('is signed in the way the bank wants', async () => {
    const assertion = await signAssertion(credentials(pem(ed.privateKey)), {
      ...purpose,
      algorithm: 'EdDSA',
    });
    expect((await verified(assertion, ed.publicKey)).protectedHeader.alg).toBe('EdDSA');
  });
});

describe('a key that does not sign so', () => {
  test.each([
    ['is of another kind', pem(ed.privateKey)],
    ['is no key', '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n'],
    ['is not there', undefined],
  ])('fails, without a word of the key: one that %s', async (_what, key) => {
    const failure = await signAssertion(credentials(key), purpose).catch((error: unknown) => error);
    expect(isTokenFailure(failure)).toBe(true);
    expect(failure).toMatchObject({
      kind: 'credentials-unreadable',
      reason: expect.stringMatching(/^the private key for assertions cannot be used(?:, [A-Z0-9_]+)?$/),
    });
  });
});
